"""`candor staff`: who may come in, inviting, letting somebody begin anew, leaving.

Whoever can run commands on this machine holds the keys of the installation; so the command is how
the very first administrator is invited, and the way back when nobody can sign in any more.
"""

import asyncio
from typing import Annotated, Final

import typer
from rich.table import Table

from candor.cli import demo
from candor.cli.place import Place, reached, services
from candor.cli.screen import entry, out, step
from candor.domain.access.model import totp as codes
from candor.domain.access.model.factors import Factors, Weight
from candor.domain.access.model.keys import HeldKey
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Staff
from candor.domain.access.service import (
    answering,
    enrolments,
    invitations,
    leaving,
    members,
    staff_sign_in,
    totp,
)
from candor.domain.access.service.leaving import HandedOn
from candor.domain.audit.model import Actor
from candor.infra.settings import Settings
from candor.kernel.errors import Refused

app: Final = typer.Typer(help="Members of staff and their way in.", no_args_is_help=True)
_CLI: Final = Actor.machine("cli")
_Handle = Annotated[str, typer.Argument(help="handle, as `candor staff list` shows it")]


class NotTheDemo(Refused):
    """Passwords are made up for the demo company alone."""

    code = "cli.not_the_demo"
    default_hint = "Invite people instead: candor staff invite"


@app.command(name="list")
def list_staff() -> None:
    """Show everybody, what they sign in with, and who left."""
    with reached(Settings.load()) as place:
        rows = asyncio.run(_list(place))
    table = Table("handle", "name", "role", "signs in with", "mail goes to", "left")
    for member, factors in rows:
        table.add_row(
            member.handle,
            member.display_name,
            member.role,
            _in_words(factors),
            member.email or "–",
            f"{member.left_at:%Y-%m-%d}" if member.left_at else "",
        )
    out.print(table)


@app.command()
def invite(
    handle: Annotated[str, typer.Argument(help="short work name; it stays for ever")],
    name: Annotated[str, typer.Option(help="as colleagues and the audit log see it")],
    role: Annotated[Role, typer.Option(help="what they work as")],
    address: Annotated[str, typer.Option(help="work address; empty: only the link")] = "",
) -> None:
    """Make a member of staff and print the link by which they set up their sign-in, once."""
    settings = Settings.load()
    with reached(settings) as place:
        token = asyncio.run(_invite(place, handle, name, role, address))
    _tell_link(settings, token)


@app.command(name="reset-factors")
def reset_factors(handle: _Handle) -> None:
    """Take all factors and sign-ins from somebody who lost theirs; print a link to begin anew."""
    settings = Settings.load()
    with reached(settings) as place:
        token = asyncio.run(_reset(place, handle))
    _tell_link(settings, token)


@app.command()
def leave(
    handle: _Handle,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    keys_to: Annotated[
        str, typer.Option(help="handle of who answers for their keys from then on, or none")
    ] = "",
) -> None:
    """Let somebody leave: from then on nothing of theirs opens anything.

    Keys that they answer for end as well, unless a colleague is named who takes them over.
    """
    with reached(Settings.load()) as place:
        weight, keys = asyncio.run(_weigh(place, handle))
        fate = f"go to {keys_to}" if keys_to else "end, and what uses them is refused"
        ends = (
            f"{weight.sessions} sign-ins, {weight.passkeys} passkeys, {weight.permits} permits "
            f"and {weight.proposals} open proposals of {handle} end. "
            f"{len(keys)} keys {fate}. It cannot be undone."
        )
        if not yes and not typer.confirm(f"{ends} Go on?"):
            raise typer.Exit(1)
        asyncio.run(_leave(place, handle, keys_to))
    step(f"{handle} has left. The audit log goes on naming them.")


@app.command(name="demo")
def demo_factors() -> None:
    """Give the demo's staff fresh passwords and apps, and print them: to try signing in.

    Former ones, and all of their sign-ins, end. Refused where the company is a real one.
    """
    settings = Settings.load()
    if settings.catalogue is not None:
        raise NotTheDemo
    with reached(settings) as place:
        rows = asyncio.run(_equip(place))
    for handle, role, password, key, code in rows:
        shown = {"password": password, "key for an app": key, "code now": code}
        entry(f"{handle}, {role}", shown)
    step(f"Sign in at {settings.public_url}/console/sign-in. A code counts once.")


async def _list(place: Place) -> list[tuple[Staff, Factors]]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        staff = await members.everybody(tx)
        found = await staff_sign_in.factors_of_all(tx, [one.staff_id for one in staff])
        return [(one, found[one.staff_id]) for one in staff]


async def _invite(place: Place, handle: str, name: str, role: Role, address: str) -> str:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        member = await invitations.enrol(
            tx,
            handle=handle,
            name=name,
            address=address,
            role=role,
            actor=_CLI,
            clock=candor.clock,
        )
        return await invitations.invite(
            tx, member.staff_id, keyring=candor.keyring, actor=_CLI, clock=candor.clock
        )


async def _reset(place: Place, handle: str) -> str:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        member = await members.named(tx, handle)
        return await invitations.begin_anew(
            tx, member.staff_id, keyring=candor.keyring, actor=_CLI, clock=candor.clock
        )


async def _weigh(place: Place, handle: str) -> tuple[Weight, list[HeldKey]]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        member = await members.named(tx, handle)
        weight = await leaving.weigh(tx, member.staff_id, candor.clock)
        return weight, await answering.keys_of(tx, member.staff_id, candor.clock)


async def _leave(place: Place, handle: str, keys_to: str) -> None:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        member = await members.named(tx, handle)
        keys = None
        if keys_to:
            heir = await members.named(tx, keys_to)
            held = await answering.keys_of(tx, member.staff_id, candor.clock)
            keys = HandedOn(heir.staff_id, [key.ref for key in held])
        await leaving.leave(tx, member.staff_id, actor=_CLI, clock=candor.clock, keys=keys)


async def _equip(place: Place) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    async with services(place) as candor:
        for handle, _, role, _ in demo.STAFF:
            password = enrolments.made_up_password()
            verifier = await candor.passwords.verifier(password)
            seed = totp.make_seed()
            async with candor.database.tx("cli") as tx:
                member = await members.named(tx, handle)
                await enrolments.equip(
                    tx,
                    member,
                    verifier=verifier,
                    seed=seed,
                    keyring=candor.keyring,
                    actor=_CLI,
                    clock=candor.clock,
                )
            code = codes.code_at(seed, codes.step_of(candor.clock.now()))
            rows.append((handle, role.value, password, codes.key_text(seed), code))
    return rows


def _tell_link(settings: Settings, token: str) -> None:
    out.print(f"{settings.public_url}/console/join/{token}", soft_wrap=True, highlight=False)
    step("The link works once, for 72 hours. Hand it over on a way that only they read.")


def _in_words(factors: Factors) -> str:
    """Return what somebody signs in with."""
    parts = [
        "password" if factors.password_set_at else "",
        "app" if factors.totp_since else "",
        f"{factors.recovery_left} recovery codes" if factors.recovery_left else "",
        f"{factors.passkeys} passkeys" if factors.passkeys else "",
        "identity provider" if factors.vouched else "",
    ]
    return ", ".join(part for part in parts if part) or "nothing yet"
