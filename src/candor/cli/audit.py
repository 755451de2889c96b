"""`candor audit`: verify the audit log, sign its head, prove an entry, hand it to auditors."""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from candor.app import registry_of
from candor.cli.place import Place, reached, services
from candor.cli.screen import err, out, step
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.audit.model.checkpoint import notes_in
from candor.domain.audit.model.stretch import Stretch
from candor.domain.audit.model.tiles import WIDTH
from candor.domain.audit.model.verdict import Verdict
from candor.domain.audit.service import (
    checkpoints,
    integrating,
    keeping,
    proving,
    verifying,
)
from candor.domain.audit.service.keeping import Registry
from candor.domain.audit.service.verifying import Plan, Task
from candor.infra.db.pool import Database
from candor.infra.settings import Settings
from candor.kernel.errors import Refused

app: Final = typer.Typer(help="The audit log and its proof.", no_args_is_help=True)
_CLI: Final = Actor.machine("cli")
_SHOWN: Final = 50  # findings
_ToFile = Annotated[Path | None, typer.Option("--to", help="Write into a file instead")]


class NoFile(Refused):
    """A file of checkpoints cannot be read."""

    code = "audit.no_file"
    default_hint = "Name a file that holds one checkpoint or more, as /trust/log shows them."


class BadTime(Refused):
    """This is no time."""

    code = "audit.bad_time"
    default_hint = "Write a day, or a day and a time in UTC: 2026-11-22 or 2026-11-22T14:30."


@app.command()
def verify(
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="A file with checkpoints that were kept elsewhere; several times"),
    ] = None,
    since: Annotated[
        str, typer.Option(help="Only entries that were signed over after this time, UTC")
    ] = "",
) -> None:
    """Work the whole log out anew; name what was changed, and end with 1."""
    given = [one for path in checkpoint or () for one in _notes(path)]
    after = _instant(since) if since else None
    with reached(Settings.load()) as place:
        plan = asyncio.run(_planned(place, given, after))
        stretches = worked_out(place.urls.app, plan)
        verdict = asyncio.run(_concluded(place, plan, stretches))
    _say(verdict)
    if not verdict.is_whole:
        raise typer.Exit(1)


@app.command()
def checkpoint() -> None:
    """Take in what is new, sign the head of the log now, and print it."""

    async def signed(place: Place) -> str:
        async with _registry(place) as registry:
            async with registry.database.tx("cli") as tx:
                await integrating.integrate(tx)
            await keeping.sign(registry)
            async with registry.database.read("cli") as tx:
                last = await checkpoints.latest(tx)
        if last is None:
            raise Refused(
                "The log has no entry yet.", hint="Try again when something was done."
            )
        return last.note

    with reached(Settings.load()) as place:
        sys.stdout.write(asyncio.run(signed(place)))


@app.command()
def prove(
    entry: Annotated[int, typer.Argument(help="The number of the entry")], to: _ToFile = None
) -> None:
    """Write the proof that an entry is in the log, with the entry: a .tlog-proof file."""

    async def proved(place: Place) -> str:
        async with _registry(place) as registry, registry.database.read("cli") as tx:
            return (await proving.prove(tx, entry)).file

    with reached(Settings.load()) as place:
        text = asyncio.run(proved(place))
    if to is None:
        sys.stdout.write(text)
    else:
        to.write_text(text, encoding="utf-8")
        step(f"entry {entry} is proved by {to}")


@app.command()
def export(to: _ToFile = None) -> None:
    """Write every entry under the newest checkpoint: one line each, in the order of the log."""
    with reached(Settings.load()) as place:
        asyncio.run(_exported(place, to))


@asynccontextmanager
async def _registry(place: Place) -> AsyncGenerator[Registry]:
    async with services(place) as candor:
        yield registry_of(candor)


async def _planned(place: Place, given: Sequence[str], since: datetime | None) -> Plan:
    async with _registry(place) as registry:
        file = registry.notebook.text()
        async with registry.database.read("cli") as tx:
            notary = await registry.notary(tx)
            return await verifying.plan(tx, notary, file=file, given=given, since=since)


def worked_out(url: str, plan: Plan) -> list[Stretch]:
    """Work out all stretches, one process per core; nothing else of ours runs meanwhile."""
    tasks = plan.tasks
    if not tasks:
        return []
    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn())
    fork = multiprocessing.get_context("fork")
    processes = min(len(tasks), os.cpu_count() or 1)
    with ProcessPoolExecutor(processes, mp_context=fork) as pool:
        running = [pool.submit(_stretch, url, task) for task in tasks]
        with Progress(*columns, console=err, transient=True) as progress:
            bar = progress.add_task("", total=plan.size - plan.begin * WIDTH)
            done: list[Stretch] = []
            for one in as_completed(running):
                done.append(one.result())
                progress.advance(bar, done[-1].entries)
    return done


def _stretch(url: str, task: Task) -> Stretch:
    """Work out one stretch, in a process of its own."""

    async def work() -> Stretch:
        database = Database(url, max_size=1)
        await database.open()
        try:
            async with database.read("cli") as tx:
                return await verifying.work_out(tx, task)
        finally:
            await database.close()

    return asyncio.run(work())


async def _concluded(place: Place, plan: Plan, stretches: Sequence[Stretch]) -> Verdict:
    async with _registry(place) as registry:
        async with registry.database.read("cli") as tx:
            verdict = await verifying.conclude(tx, plan, stretches)
        await keeping.tell(registry, verdict, _CLI)
    return verdict


def _say(verdict: Verdict) -> None:
    for finding in verdict.findings[:_SHOWN]:
        err.print(f"[red]✗[/] {escape(str(finding))}")
    if len(verdict.findings) > _SHOWN:
        err.print(f"[red]✗[/] and {len(verdict.findings) - _SHOWN:,} more")
    seen = (
        f"{verdict.checked:,} of {verdict.size:,} entries worked out anew, "
        f"{verdict.checkpoints:,} checkpoints"
    )
    later = f"; {verdict.waiting:,} entries are not in the tree yet" if verdict.waiting else ""
    if verdict.is_whole:
        out.print(f"[green]✓[/] The log is whole: {seen}{later}.")
    else:
        err.print(f"The log is not what was written: {seen}{later}.")
        err.print("  Treat it as an incident: docs/howto/verify-the-log.md")


async def _exported(place: Place, to: Path | None) -> None:
    file = to.open("wb") if to else sys.stdout.buffer
    try:
        async with _registry(place) as registry:
            async with registry.database.tx("cli") as tx:
                head = await checkpoints.latest(tx)
                size = head.size if head else 0
                await audit.record(
                    tx,
                    actor=_CLI,
                    action="audit.exported",
                    clock=registry.clock,
                    detail={"entries": size},
                )
            for begin in range(0, size, WIDTH):
                async with registry.database.read("cli") as tx:
                    lines = await proving.export(tx, begin=begin, size=size)
                file.writelines(line + b"\n" for line in lines)
            file.flush()
    finally:
        if to:
            file.close()
    if to:
        step(f"{size:,} entries are in {to}, up to the checkpoint of that size")


def _notes(path: Path) -> list[str]:
    try:
        notes = notes_in(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise NoFile(f"{path} cannot be read.") from None
    if not notes:
        raise NoFile(f"{path} is empty.")
    return notes


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadTime from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
