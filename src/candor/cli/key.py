"""`candor key`: write keys of sources, and `candor key api`: keys of the API."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import typer
from rich.table import Table

from candor.cli.place import Place, reached, services
from candor.cli.screen import out, step
from candor.domain.access.model.keys import APIKey, Scope
from candor.domain.access.service import api_keys, members, write_keys
from candor.domain.audit.model import Actor
from candor.infra.db.pool import ReadTx
from candor.infra.settings import Settings
from candor.kernel.clock import SystemClock
from candor.kernel.errors import Kind, Refused

app: Final = typer.Typer(
    help="Write keys of sources, and keys of the API.", no_args_is_help=True
)
_api: Final = typer.Typer(
    help="Keys of the API: what another system proves itself with.", no_args_is_help=True
)
app.add_typer(_api, name="api")
_CLI: Final = Actor.machine("cli")
_KeyId = Annotated[
    UUID, typer.Argument(help="id of the key, as `candor key api list` shows it")
]

_Of = Annotated[
    str,
    typer.Option(help="handle of who answers for it: it ends when they leave; or none"),
]


class NoSuchSource(Refused):
    """The catalogue declares no such source."""

    code = "cli.no_such_source"
    kind = Kind.NOT_FOUND


@app.command()
def issue(
    source: Annotated[str, typer.Argument(help="code of the source in the catalogue")],
    of: _Of = "",
) -> None:
    """Make a write key for a source and print it, once: only its hash is kept."""
    with reached(Settings.load()) as place:
        out.print(asyncio.run(_issue(place, source, of)), soft_wrap=True)


@_api.command(name="issue")
def issue_api(
    name: Annotated[str, typer.Argument(help="what it is used for: no names of people")],
    scope: Annotated[list[Scope], typer.Option(help="what it may do; repeat for several")],
    source: Annotated[str, typer.Option(help="source in whose name it records, or none")] = "",
    days: Annotated[int, typer.Option(min=1, max=730, help="how long it works")] = 365,
    of: _Of = "",
) -> None:
    """Make a key of the API and print it, once: only its hash is kept."""
    with reached(Settings.load()) as place:
        secret, key = asyncio.run(_issue_api(place, name, scope, source, days, of))
    out.print(secret, soft_wrap=True)
    step(f"Key {key.key_id} works until {_day(key.expires_at)}. It is not shown again.")


@_api.command(name="list")
def list_api() -> None:
    """Show all keys of the API, newest first, without their secrets."""
    with reached(Settings.load()) as place:
        keys = asyncio.run(_list_api(place))
    table = Table("key", "begins", "name", "may", "source", "last used", "works until")
    now = SystemClock().now()
    for key in keys:
        table.add_row(
            str(key.key_id),
            key.hint + "…",
            key.name,
            "\n".join(key.scopes),
            key.source_code or "–",
            f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never",
            _until(key, now),
        )
    out.print(table)


@_api.command(name="revoke")
def revoke_api(key_id: _KeyId) -> None:
    """Take a key back: after a second at most it opens nothing any more."""
    with reached(Settings.load()) as place:
        key = asyncio.run(_revoke_api(place, key_id))
    step(f"Key {key.key_id} ({key.name}) is taken back.")


@_api.command(name="rotate")
def rotate_api(key_id: _KeyId) -> None:
    """Make a successor with the same rights and print it; the old key works for another day."""
    with reached(Settings.load()) as place:
        secret, key = asyncio.run(_rotate_api(place, key_id))
    out.print(secret, soft_wrap=True)
    step(f"Key {key.key_id} works until {_day(key.expires_at)}. The old one ends in 24 hours.")


async def _issue(place: Place, source: str, of: str) -> str:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        rules = await candor.rulebook.rules(tx)
        _declared(source, rules.in_force.sources)
        return await write_keys.issue(
            tx,
            source_code=source,
            actor=_CLI,
            clock=candor.clock,
            made_by=await _answers(tx, of),
        )


async def _issue_api(
    place: Place, name: str, scopes: list[Scope], source: str, days: int, of: str
) -> tuple[str, APIKey]:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        if source:
            _declared(source, (await candor.rulebook.rules(tx)).in_force.sources)
        return await api_keys.issue(
            tx,
            name=name,
            scopes=scopes,
            source_code=source or None,
            actor=_CLI,
            clock=candor.clock,
            lasts=timedelta(days=days),
            made_by=await _answers(tx, of),
        )


async def _list_api(place: Place) -> list[APIKey]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        return await api_keys.every(tx)


async def _revoke_api(place: Place, key_id: UUID) -> APIKey:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        return await api_keys.revoke(tx, key_id, actor=_CLI, clock=candor.clock)


async def _rotate_api(place: Place, key_id: UUID) -> tuple[str, APIKey]:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        return await api_keys.rotate(tx, key_id, actor=_CLI, clock=candor.clock)


async def _answers(tx: ReadTx, handle: str) -> UUID | None:
    """Return who answers for a key; None: nobody is named, whoever runs the server does.

    Raises:
        NoSuchStaff: somebody is named who is not there.
    """
    return (await members.named(tx, handle)).staff_id if handle else None


def _declared(source: str, sources: Collection[str]) -> None:
    if source not in sources:
        raise NoSuchSource(hint="Declared: " + ", ".join(sources))


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _until(key: APIKey, now: datetime) -> str:
    if key.revoked_at:
        return f"taken back {_day(key.revoked_at)}"
    if key.suspended_at and key.expires_at > now:
        return f"suspended {_day(key.suspended_at)}; {_day(key.expires_at)} if it is let go on"
    return _day(key.expires_at) if key.works_at(now) else f"ended {_day(key.expires_at)}"
