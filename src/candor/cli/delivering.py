"""`candor connection …`: what is on its way, what failed, sending again, looking before sending."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

import typer
from rich.table import Table

from candor.app.exchanging import exchange_of
from candor.cli.connection import Code, Yes
from candor.cli.place import Place, reached, services
from candor.cli.screen import entry, out, step
from candor.domain.audit.model import Actor
from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model.composing import Line
from candor.domain.connections.model.delivery import Delivery, Stage
from candor.domain.connections.service import (
    comparing,
    connecting,
    delivering,
    previewing,
    reading,
    routing,
    steering,
)
from candor.domain.connections.service.comparing import Report
from candor.domain.connections.service.previewing import DryRun, Preview
from candor.domain.connections.service.reading import Filter, Health, Problem
from candor.domain.profiles.service import read as people
from candor.domain.vault.errors import NotAllowed
from candor.infra.settings import Settings

app: Final = typer.Typer()
_CLI: Final = Actor.machine("cli")
_SHOWN: Final = 50
_One = Annotated[
    UUID | None, typer.Option("--delivery", help="this one alone; else all parked")
]
_MILLI: Final = 1000


@app.command()
def health(code: Code) -> None:
    """Show how a connection does: lag, throughput, what goes wrong."""
    with reached(Settings.load()) as place:
        found, problems = asyncio.run(_health(place, code))
    entry(code, _told(found))
    for one in problems:
        out.print(f"  {one.count} × {one.problem.replace('_', ' ')}, {_at(one.last_at)}")


@app.command()
def deliveries(
    code: Code,
    state: Annotated[
        list[Stage] | None, typer.Option(help="only in this state; repeat")
    ] = None,
    after: Annotated[UUID | None, typer.Option(help="go on after this one")] = None,
) -> None:
    """Show deliveries, newest first: what became of each, and nothing about whom."""
    with reached(Settings.load()) as place:
        found = asyncio.run(_deliveries(place, code, tuple(state or ()), after))
    table = Table("delivery", "state", "why", "changed", "settled", box=None, pad_edge=False)
    table.add_column("tries", justify="right")
    table.add_column("fields")
    table.add_column("problem")
    for one in found:
        table.add_row(
            str(one.delivery_id),
            one.state,
            one.cause.replace("_", " "),
            _at(one.changed_at),
            _at(one.settled_at) if one.settled_at else "",
            str(one.attempts),
            ", ".join(one.fields or ()),
            (one.problem or "").replace("_", " "),
        )
    out.print(table)
    if len(found) == _SHOWN:
        step(f"There are more: --after {found[-1].delivery_id}")


@app.command()
def retry(code: Code, delivery: _One = None) -> None:
    """Try what is parked again, now."""
    with reached(Settings.load()) as place:
        count = asyncio.run(_again(place, code, delivery))
    step(f"{count} deliveries are tried again.")


@app.command()
def drop(code: Code, delivery: _One = None, yes: Yes = False) -> None:
    """Give up what is parked: the other system is not told; says first how many."""
    with reached(Settings.load()) as place:
        parked = 1 if delivery else asyncio.run(_parked(place, code))
        out.print(f"{parked} deliveries are given up; {code} keeps what it holds.")
        if not yes:
            typer.confirm("Drop them?", abort=True)
        count = asyncio.run(_drop(place, code, delivery))
    step(f"{count} deliveries are dropped.")


@app.command()
def replay(
    code: Code,
    since: Annotated[
        str, typer.Option(help="those who changed since: 2026-11-22T08:00Z; else everybody")
    ] = "",
) -> None:
    """Compare people with what the other system holds, anew; what agrees is not sent."""
    start = _instant(since)
    with reached(Settings.load()) as place:
        count = asyncio.run(_replay(place, code, start))
    if start is None:
        step("Everybody is compared, in slices; `health` says how far it is.")
    else:
        step(f"{count} people are on their way.")


@app.command(name="dry-run")
def dry_run(code: Code) -> None:
    """Count over everybody who would be told what; nothing is sent, nothing opened."""
    with reached(Settings.load()) as place:
        found = asyncio.run(_dry_run(place, code))
    step(
        f"{found.people} people: {found.put} told, {found.remove} removed there, the rest not."
    )
    table = Table("field there", box=None, pad_edge=False)
    table.add_column("may go for", justify="right")
    for name, count in found.fields.items():
        table.add_row(name, str(count))
    out.print(table)


@app.command()
def compare(code: Code) -> None:
    """Hold the other system's refusals against ours, now; what differs is set to no."""
    with reached(Settings.load()) as place:
        found = asyncio.run(_compare(place, code))
    step(
        f"{found.looked_at} records: {found.drifted} differed; {found.unknown} not known here,"
        f" {found.missing} missing there."
    )
    if found.drifted:
        out.print(f"  {found.taken} refusals taken over, {found.repaired} told ours again.")


@app.command()
def preview(
    code: Code,
    kind: Annotated[str, typer.Option(help="kind of identifier: email")] = "email",
) -> None:
    """Show which fields would go about one person, and why; the values are not shown.

    The identifier is asked for: it does not stand in the list of processes.
    """
    value = typer.prompt(kind)
    with reached(Settings.load()) as place:
        found = asyncio.run(_preview(place, code, kind, value))
    words = {
        None: "Nothing would be sent.",
        "put": "It would be told:",
        "remove": "Removed there.",
    }
    step(words[found.act])
    table = Table("field there", "ours", "goes", "news", box=None, pad_edge=False)
    for line in found.lines:
        news = "yes" if line.field.there in found.changed else ""
        table.add_row(line.field.there, line.field.name, _reason(line), news)
    out.print(table)


def _reason(line: Line) -> str:
    if line.answer is not None:
        return "yes" if line.answer else "no"
    return line.reason.replace("_", " ")


def _told(one: Health) -> dict[str, str]:
    took = one.took
    sweep = f"everybody is compared: {one.sweep.share:.0%}" if one.sweep else ""
    return {
        "state": one.connection.state,
        "on their way": f"{one.waiting} wait, {one.parked} parked",
        "lag": f"{one.lag_seconds:.1f} s",
        "took (a day)": f"{_ms(took.p50)} / {_ms(took.p95)} / {_ms(took.p99)} of {took.count}",
        "holds": f"{one.linked} people",
        "problem": (one.problem or "none").replace("_", " "),
        "last answer": _at(one.answered_at) if one.answered_at else "none yet",
        "last read": _at(one.polled_at) if one.polled_at else "never",
        "last compared": _at(one.compared_at) if one.compared_at else "never",
        "differed then": str(one.drifted),
        "missing then": str(one.missing),
        **({"now": sweep} if sweep else {}),
    }


def _ms(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * _MILLI:,.0f} ms"


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no instant: write 2026-11-22T08:00Z."
        raise BadConnection(message) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


# ------------------------------------------------------------------ in the database
async def _health(place: Place, code: str) -> tuple[Health, Sequence[Problem]]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        which = (await connecting.by_code(tx, code)).connection_id
        found = await reading.health_of(tx, which, clock=candor.clock)
        return found, await reading.problems(tx, which)


async def _deliveries(
    place: Place, code: str, states: tuple[Stage, ...], after: UUID | None
) -> list[Delivery]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        which = (await connecting.by_code(tx, code)).connection_id
        wanted = Filter(connection_id=which, states=states)
        return await reading.deliveries(tx, wanted, after=after, at_most=_SHOWN)


async def _parked(place: Place, code: str) -> int:
    async with services(place) as candor, candor.database.read("cli") as tx:
        which = (await connecting.by_code(tx, code)).connection_id
        return (await steering.outlook(tx, which)).parked


async def _again(place: Place, code: str, delivery: UUID | None) -> int:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        which = (await connecting.by_code(tx, code)).connection_id
        return await delivering.retry(tx, which, delivery, actor=_CLI, clock=candor.clock)


async def _drop(place: Place, code: str, delivery: UUID | None) -> int:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        which = (await connecting.by_code(tx, code)).connection_id
        return await delivering.drop(tx, which, delivery, actor=_CLI, clock=candor.clock)


async def _replay(place: Place, code: str, since: datetime | None) -> int:
    async with services(place) as candor:
        exchange = exchange_of(candor)
        async with candor.database.tx("cli") as tx:
            which = (await connecting.by_code(tx, code)).connection_id
            return await routing.replay(tx, which, since, actor=_CLI, exchange=exchange)


async def _dry_run(place: Place, code: str) -> DryRun:
    async with services(place) as candor:
        exchange = exchange_of(candor)
        async with candor.database.tx("cli") as tx:
            which = (await connecting.by_code(tx, code)).connection_id
            return await previewing.dry_run(tx, which, exchange=exchange, actor=_CLI)


async def _compare(place: Place, code: str) -> Report:
    async with services(place) as candor:
        async with candor.database.read("cli") as tx:
            one = await connecting.by_code(tx, code)
        await candor.door.open()  # what is heard as a fact comes in by the one door
        try:
            return await comparing.compare(exchange_of(candor), one, actor=_CLI)
        finally:
            await candor.door.close()


async def _preview(place: Place, code: str, kind: str, value: str) -> Preview:
    async with services(place) as candor:
        exchange = exchange_of(candor)
        async with candor.database.tx("cli") as tx:
            one = await connecting.by_code(tx, code)
            in_force = (await candor.rulebook.rules(tx)).in_force
            who = await people.find(tx, kind, value, in_force=in_force, vault=candor.vault)
            try:
                return await previewing.preview(tx, one, who, actor=_CLI, exchange=exchange)
            except NotAllowed as error:
                refused = error  # that it was asked for stays written down
        raise refused
