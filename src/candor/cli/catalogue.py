"""`candor catalogue`: the declared data as code. Plan, apply, check, show, versions.

Exit codes: 0 done or nothing to do; 1 something is wrong; 2 there are changes (`plan
--exit-code`, for a pipeline that wants to know).
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Coroutine, Iterable
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, NoReturn, TypeVar

import typer
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from candor.cli.place import reached
from candor.cli.screen import err as _err
from candor.cli.screen import out as _out
from candor.domain.audit.model import Actor
from candor.domain.catalogue import service
from candor.domain.catalogue.errors import Problem
from candor.domain.catalogue.model import (
    Change,
    Difference,
    Document,
    How,
    InForce,
    Plan,
    Version,
)
from candor.domain.consent.service import notices
from candor.infra.db import migrate
from candor.infra.db.pool import Database
from candor.infra.settings import Settings
from candor.kernel.clock import SystemClock
from candor.kernel.errors import CandorError

Result = TypeVar("Result")

app: Final = typer.Typer(
    help="The declared data as code: what may be known, why, and for how long.",
    no_args_is_help=True,
)
_CHANGES: Final = 2  # exit code
_SHORT: Final = 60  # characters that still fit beside each other
_SIGNS: Final = {
    How.ADDED: ("+", "green"),
    How.CHANGED: ("~", "yellow"),
    How.REMOVED: ("-", "red"),
    How.REORDERED: ("↕", "blue"),
}

_HEADINGS: Final = {
    "company": "Company",
    "purpose": "Purposes",
    "identifier": "Identifiers",
    "attribute": "Attributes",
    "event": "Events",
    "source": "Sources",
    "channel": "Channels",
    "topic": "Topics",
    "decision": "Decisions",
}

Folder = Annotated[
    Path | None,
    typer.Argument(
        help="Folder of the TOML files; empty: the setting `catalogue`, or the demo's"
    ),
]


@app.command()
def plan(
    folder: Folder = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 2 when there are changes")
    ] = False,
) -> None:
    """Show what applying the files would change, and what to think about before."""
    document = _read(folder)
    found = service.plan(_run(_find_current()), document)
    _show_plan(found)
    if exit_code and not found.is_empty:
        raise typer.Exit(_CHANGES)


@app.command()
def apply(
    folder: Folder = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
) -> None:
    """Put the files in force, after showing what changes."""
    _run(_plan_and_apply(_read(folder), is_agreed=yes))


@app.command()
def check(
    code: Annotated[
        Path | None, typer.Argument(help="File or folder of code that sends data")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--catalogue", help="Folder of the TOML files")
    ] = None,
) -> None:
    """Check the files, and fail when code sends what they do not declare. Needs no database."""
    document = _read(folder)
    _out.print(f"[green]✓[/] The catalogue is sound: {_counts(document)}.")
    if code is None:
        return
    if not code.exists():
        _fail(f"There is no {code}.", "Name a file or folder of code.")
    found = service.check_code(document, code)
    for problem in found.findings:
        _show_problem(problem)
    if found.unreadable:
        count = _many(found.unreadable, "call names its event", "calls name their event")
        _out.print(f"[yellow]![/] {count} by a variable; the door will check them.")
    if found.findings:
        count = _many(len(found.findings), "thing is", "things are")
        _fail(f"{count} sent but not declared.", "Declare them, or stop sending them.")
    calls, files = _many(found.calls, "call", "calls"), _many(found.files, "file", "files")
    _out.print(f"[green]✓[/] {calls} in {files}: everything that they send is declared.")


@app.command()
def show(
    version: Annotated[
        int | None, typer.Option("--version", help="An earlier version; empty: in force")
    ] = None,
) -> None:
    """Print a catalogue as one TOML file, ready to be changed."""
    document = _run(_document(version))
    _out.print(service.as_toml(document), markup=False, soft_wrap=True)


@app.command()
def versions() -> None:
    """List every catalogue that was in force."""
    table = Table(box=None, pad_edge=False)
    for heading in ("version", "since", "applied by", "digest"):
        table.add_column(heading)
    for heading in (
        "purposes",
        "attributes",
        "events",
        "sources",
        "channels",
        "topics",
        "decisions",
    ):
        table.add_column(heading, justify="right")
    for found in _run(_versions()):
        table.add_row(
            str(found.version_id),
            f"{found.applied_at:%Y-%m-%d %H:%M} UTC",
            escape(found.applied_by),
            found.digest.hex()[:12],
            str(found.purposes),
            str(found.attributes),
            str(found.events),
            str(found.sources),
            str(found.channels),
            str(found.topics),
            str(found.decisions),
        )
    _out.print(table)


# -------------------------------------------------------------------------------- the database
async def _find_current() -> InForce | None:
    async with _database() as database, database.read() as tx:
        return await service.find_current(tx)


async def _plan_and_apply(document: Document, *, is_agreed: bool) -> None:
    async with _database() as database:
        async with database.read() as tx:
            found = service.plan(await service.find_current(tx), document)
        _show_plan(found)
        if found.is_empty:
            return
        if not is_agreed and not _agreed():
            _fail("Nothing was changed.", "")
        actor = Actor.machine("cli")
        async with database.tx() as tx:
            in_force = await notices.put_in_force(
                tx, document=document, actor=actor, clock=SystemClock()
            )
        _out.print(f"[green]✓[/] In force as version {in_force.version_id}.")


async def _document(version_id: int | None) -> Document:
    async with _database() as database, database.read() as tx:
        if version_id is None:
            return (await service.current(tx)).document
        return await service.document_of(tx, version_id=version_id)


async def _versions() -> list[Version]:
    async with _database() as database, database.read() as tx:
        return await service.versions(tx)


@asynccontextmanager
async def _database() -> AsyncGenerator[Database]:
    """Connect to the configured database, or to the embedded one, which is made when missing."""
    with reached(Settings.load()) as place:
        if place.embedded is not None:
            migrate.migrate(place.urls.owner)
        database = Database(place.urls.app, max_size=2)
        try:
            await database.open()
            migrate.check(place.urls.app)
            yield database
        finally:
            await database.close()


def _run(work: Coroutine[None, None, Result]) -> Result:
    """Run to the end; show what was refused and end with 1."""
    try:
        return asyncio.run(work)
    except CandorError as error:
        _fail(error.message, error.hint)


# ------------------------------------------------------------------------------------- reading
def _read(folder: Path | None) -> Document:
    """Read the files; show every problem, and end with 1 when one is a mistake."""
    if folder is None:
        try:
            folder = Settings.load().catalogue or _demo_folder()
        except CandorError as error:
            _fail(error.message, error.hint)
    reading = service.inspect(folder)
    for problem in reading.problems:
        _show_problem(problem)
    if reading.document is None:
        mistakes = len(reading.problems) - len(reading.warnings)
        message = f"{_many(mistakes, 'mistake')} in the catalogue; nothing was changed."
        _fail(message, "Put the named lines right and try again.")
    return reading.document


def _demo_folder() -> Path:
    """Return the folder of the demo company's catalogue, which ships with Candor."""
    return Path(str(files("candor.demo") / "catalogue"))


# ------------------------------------------------------------------------------------- showing
def _show_problem(problem: Problem) -> None:
    sign, colour = ("!", "yellow") if problem.is_warning else ("✗", "red")
    line = Text.assemble((f"{sign} ", colour), (_place(problem), "bold"), "  ", problem.message)
    _err.print(line, soft_wrap=True)


def _place(problem: Problem) -> str:
    """Return `file:line`, which terminals and editors open on a click."""
    return f"{problem.file}:{problem.line}" if problem.line else problem.file


def _show_plan(found: Plan) -> None:
    if found.is_empty:
        _out.print("[green]✓[/] Nothing to do: this catalogue is in force.")
        return
    kind = ""
    for change in found.changes:
        if change.kind != kind:
            kind = change.kind
            _out.print(Text(f"\n{_HEADINGS[kind]}", "bold"))
        _show_change(change)
    parts = [f"{found.count(how)} {how.value}" for how in How if found.count(how)]
    _out.print(f"\n[bold]{', '.join(parts)}[/]")
    if found.warnings:
        _out.print("\n[bold yellow]Think about this first[/]")
        for warning in found.warnings:
            _out.print(Padding(Text(f"! {warning}", "yellow"), (0, 0, 0, 2)))


def _show_change(change: Change) -> None:
    sign, colour = _SIGNS[change.how]
    name = change.name or "order"
    _out.print(Text(f"  {sign} {name}", colour))
    for difference in change.differences:
        for line in _sides(difference):
            _out.print(Padding(line, (0, 0, 0, 6)))


def _sides(difference: Difference) -> Iterable[Text]:
    """Yield before and after: on one line when short, else under each other."""
    before, after = difference.before, difference.after
    if len(before) + len(after) <= _SHORT:
        yield Text.assemble(
            (f"{difference.key}: ", "dim"),
            (before or "nothing", "red"),
            " → ",
            (after or "nothing", "green"),
        )
        return
    yield Text(f"{difference.key}:", "dim")
    yield Text(f"- {before or 'nothing'}", "red")
    yield Text(f"+ {after or 'nothing'}", "green")


def _counts(document: Document) -> str:
    counts = [
        _many(len(document.purposes), "purpose"),
        _many(len(document.attributes), "attribute"),
        _many(len(document.events), "event"),
        _many(len(document.sources), "source"),
    ]
    if document.channels or document.topics:
        counts.append(_many(len(document.channels), "channel"))
        counts.append(_many(len(document.topics), "topic"))
    if document.decisions:
        counts.append(_many(len(document.decisions), "decision"))
    return ", ".join(counts)


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one}" if count == 1 else f"{count} {more or one + 's'}"


def _agreed() -> bool:
    """Ask; where nobody can answer, say how to go on."""
    if not sys.stdin.isatty():
        _fail("Nobody is here to say yes.", "Look at the plan, then run it again with --yes.")
    return typer.confirm("\nApply this?")


def _fail(message: str, hint: str) -> NoReturn:
    _err.print(Text(f"✗ {message}", "red"), soft_wrap=True)
    if hint:
        _err.print(Text(f"  {hint}"), soft_wrap=True)
    raise typer.Exit(1)
