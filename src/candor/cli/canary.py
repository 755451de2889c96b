"""`candor canary`: profiles and keys that nobody has a reason to touch."""

import asyncio
import secrets
from typing import Annotated, Final
from uuid import UUID

import msgspec
import typer

from candor.app import Candor
from candor.cli.place import Place, reached, services
from candor.cli.screen import entry, out, step
from candor.domain.access.model.keys import API_KEY_PREFIX, hash_of
from candor.domain.access.service import members
from candor.domain.audit.model import Actor
from candor.domain.profiles.service import read as people
from candor.domain.shield.model.canary import Canary, CanaryKind
from candor.domain.shield.service import canaries
from candor.infra.settings import Settings
from candor.kernel.errors import Kind, Refused

app: Final = typer.Typer(
    help="Canaries: whoever touches one is noticed at once.", no_args_is_help=True
)
_add: Final = typer.Typer(help="Lay out a canary.", no_args_is_help=True)
app.add_typer(_add, name="add")
_CLI: Final = Actor.machine("cli")
_SECRET_BYTES: Final = 32
_Note = Annotated[str, typer.Argument(help="where you put it, to know what was broken into")]


class NoCanaryMade(Refused):
    """The source did not take this profile."""

    code = "cli.no_canary_made"
    kind = Kind.INVALID
    default_hint = "See what the source declares: candor catalogue show"


@_add.command(name="api-key")
def add_api_key(note: _Note) -> None:
    """Make a key of the API that opens nothing, and print it, once."""
    _add_key(CanaryKind.API_KEY, note)


@_add.command(name="write-key")
def add_write_key(note: _Note) -> None:
    """Make a write key that opens nothing, and print it, once."""
    _add_key(CanaryKind.WRITE_KEY, note)


@_add.command(name="profile")
def add_profile(
    note: _Note,
    source: Annotated[str, typer.Option(help="source that tells of the made-up person")],
    user_id: Annotated[str, typer.Option(help="their number there; best like the others")],
    trait: Annotated[
        list[str] | None, typer.Option(help="name=value, as the source sends; repeat")
    ] = None,
) -> None:
    """Make up a person through the door, like any other; nothing was asked of them."""
    traits = dict(one.split("=", 1) for one in trait or [] if "=" in one)
    with reached(Settings.load()) as place:
        asyncio.run(_profile(place, note, source, user_id, traits))
    step("The profile is laid out. Only this list and the page of canaries know of it.")


@_add.command(name="staff")
def add_staff(
    note: _Note,
    handle: Annotated[str, typer.Argument(help="of an account that nobody signs in with")],
) -> None:
    """Make an account of staff a canary: whatever it does raises the alarm."""
    with reached(Settings.load()) as place:
        asyncio.run(_staff(place, note, handle))
    step("The account is laid out. Only this list and the page of canaries know of it.")


@app.command(name="list")
def list_canaries() -> None:
    """Show all canaries, newest first."""
    with reached(Settings.load()) as place:
        found = asyncio.run(_list(place))
    if not found:
        step("No canary is laid out.")
    for canary in found:
        entry(canary.note, {
            "canary": str(canary.canary_id),
            "what": canary.kind,
            "since": f"{canary.created_at:%Y-%m-%d}",
            "state": f"taken in {canary.ended_at:%Y-%m-%d}" if canary.ended_at else "laid out",
        })  # fmt: skip


@app.command()
def remove(
    canary: Annotated[UUID, typer.Argument(help="id of the canary, as the list shows it")],
) -> None:
    """Take a canary in: nobody is noticed by it any more."""
    with reached(Settings.load()) as place:
        asyncio.run(_remove(place, canary))
    step("The canary is taken in.")


def _add_key(kind: CanaryKind, note: str) -> None:
    with reached(Settings.load()) as place:
        out.print(asyncio.run(_key(place, kind, note)), soft_wrap=True)
    step("It opens nothing. Put it where only an intruder looks; it is not shown again.")


async def _key(place: Place, kind: CanaryKind, note: str) -> str:
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    if kind is CanaryKind.API_KEY:
        secret = API_KEY_PREFIX + secret
    async with services(place) as candor, candor.database.tx("cli") as tx:
        await canaries.lay_out(
            tx, kind, hash_of(secret), note=note, actor=_CLI, clock=candor.clock
        )
    return secret


async def _staff(place: Place, note: str, handle: str) -> None:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        member = await members.named(tx, handle)
        await canaries.lay_out(
            tx,
            CanaryKind.STAFF,
            member.staff_id.bytes,
            note=note,
            actor=_CLI,
            clock=candor.clock,
        )


async def _profile(
    place: Place, note: str, source: str, user_id: str, traits: dict[str, str]
) -> None:
    async with services(place) as candor:
        async with candor.database.read("cli") as tx:
            in_force = (await candor.rulebook.rules(tx)).in_force
        if source not in in_force.sources:
            raise NoCanaryMade
        await candor.door.open()
        try:
            await _tell(candor, source, user_id, traits)
        finally:
            await candor.door.close()
        kind = in_force.sources[source].user_id
        async with candor.database.tx("cli") as tx:
            profile_id = await people.find(
                tx, kind, user_id, in_force=in_force, vault=candor.vault
            )
            (mark,) = await candor.vault.pseudonyms(tx, [profile_id])
            await canaries.lay_out(
                tx, CanaryKind.PROFILE, mark, note=note, actor=_CLI, clock=candor.clock
            )


async def _tell(candor: Candor, source: str, user_id: str, traits: dict[str, str]) -> None:
    """Tell of the person as the source would."""
    reader = await candor.door.reader(source)
    call = {"type": "identify", "userId": user_id, "traits": traits}
    body = msgspec.json.encode({"batch": [call]})
    await candor.door.take(reader.batch(body, candor.clock.now()))


async def _list(place: Place) -> list[Canary]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        return await canaries.every(tx)


async def _remove(place: Place, canary: UUID) -> None:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        await canaries.take_in(tx, canary, actor=_CLI, clock=candor.clock)
