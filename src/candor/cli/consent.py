"""`candor consent`: choices that were made before Candor, from a file.

The file is read as a stream and recorded in batches, each a transaction of its own. Whatever stops
it, the same command goes on: a row that stands already is left as it is.
"""

import asyncio
import csv
import json
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO, Final, TextIO, cast

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from candor.app import Candor
from candor.cli.key import NoSuchSource
from candor.cli.place import Place, reached, services
from candor.cli.screen import err, out
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Source
from candor.domain.consent.model.earlier import COLUMNS, SAID, Flaw, Row, read_row
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import earlier
from candor.domain.profiles.service import earlier as people
from candor.infra.db.pool import Tx
from candor.infra.settings import Settings
from candor.kernel.errors import Refused
from candor.kernel.ids import ProfileId

app: Final = typer.Typer(help="Choices that were made before Candor.", no_args_is_help=True)
_BATCH: Final = 500
_LONGEST_LINE: Final = 64 * 1024
_ACTOR: Final = Actor.machine("import")


class NoFile(Refused):
    """This file cannot be read as rows of choices."""

    code = "cli.no_file"
    default_hint = (
        "Give a .csv file with a header, or .ndjson with an object per line, in UTF-8. "
        "Columns: " + ", ".join(COLUMNS)
    )


class _DryRun(Exception):
    """Undoes a transaction that only looked."""


@dataclass(slots=True)
class Tally:
    """What became of the rows so far."""

    new: int = 0
    known: int = 0
    begun: int = 0
    refused: int = 0
    reasons: dict[Flaw, int] = field(default_factory=dict[Flaw, int])


@app.callback()
def _group() -> None:
    """Keep `import` a command of a group, though it is the only one."""


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with a header, or NDJSON; in UTF-8")],
    create: Annotated[
        bool, typer.Option("--create", help="Begin a profile for whom nobody is known yet")
    ] = False,
    source: Annotated[
        str, typer.Option(help="Source in whose name profiles are begun (with --create)")
    ] = "",
    report: Annotated[
        Path | None, typer.Option(help="Where refused rows are listed; empty: beside the file")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done")
    ] = False,
) -> None:
    """Record choices of earlier years with their evidence. Repeating is harmless."""
    if not file.is_file():
        message = f"There is no file {file}."
        raise NoFile(message)
    refused = report or file.with_name(file.name + ".refused.csv")
    if refused.resolve() == file.resolve():
        message = "The report would overwrite the file."
        raise NoFile(message)
    with (
        reached(Settings.load()) as place,
        _shown(file) as show,
        file.open("rb") as raw,
        refused.open("w", encoding="utf-8", newline="") as listed,
    ):
        importer = Importer(source if create else "", listed, show, is_dry=dry_run)
        tally = asyncio.run(_import(place, importer, raw, is_csv=file.suffix == ".csv"))
    if not tally.refused:
        refused.unlink()
    _say(tally, refused, is_dry=dry_run)
    if tally.refused:
        raise typer.Exit(1)


async def _import(place: Place, importer: "Importer", raw: BinaryIO, *, is_csv: bool) -> Tally:
    async with services(place) as candor:
        return await importer.run(candor, raw, is_csv=is_csv)


class Importer:
    """One run over one file."""

    def __init__(
        self,
        source: str,
        report: TextIO,
        show: Callable[[int, Tally], None],
        *,
        is_dry: bool,
    ) -> None:
        """Take where unknown people come from (empty: they are refused), and who is told."""
        self._source = source
        self._show = show
        self._is_dry = is_dry
        self._tally = Tally()
        self._refused = csv.writer(report)
        self._refused.writerow(("line", "code", "reason"))

    async def run(self, candor: Candor, raw: BinaryIO, *, is_csv: bool) -> Tally:
        """Go through the file; return what became of its rows.

        Raises:
            NoFile: it is not text, or has columns that are not known.
            NoSuchSource: the catalogue does not declare the source.
        """
        text = TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        lines = _csv(text) if is_csv else _ndjson(text)
        while batch := list(islice(lines, _BATCH)):
            for line, flaw in sorted(await self._batch(candor, batch)):
                self._refused.writerow((line, flaw.value, SAID[flaw]))
                self._tally.refused += 1
                self._tally.reasons[flaw] = self._tally.reasons.get(flaw, 0) + 1
            self._show(raw.tell(), self._tally)
        if not self._is_dry:
            await self._note(candor)
        return self._tally

    async def _batch(self, candor: Candor, batch: "list[_Line]") -> list[tuple[int, Flaw]]:
        flaws: list[tuple[int, Flaw]] = []
        try:
            async with candor.database.tx("import") as tx:
                rules = await candor.rulebook.rules(tx)
                rows: list[Row] = []
                for line, fields in batch:
                    row = (
                        Flaw.UNREADABLE
                        if fields is None
                        else read_row(line, fields, rules.policy, candor.clock.now())
                    )
                    if isinstance(row, Flaw):
                        flaws.append((line, row))
                    else:
                        rows.append(row)
                flaws += await self._rows(candor, tx, rows, rules)
                if self._is_dry:
                    raise _DryRun  # noqa: TRY301 - undoes the transaction around it
        except _DryRun:
            pass
        return flaws

    async def _rows(
        self, candor: Candor, tx: Tx, rows: list[Row], rules: Rules
    ) -> list[tuple[int, Flaw]]:
        found, flaws = await self._people(candor, tx, rows, rules)
        judged = await earlier.judge(tx, found, rules=rules)
        await earlier.record(
            tx, judged.fresh, actor=_ACTOR, vault=candor.vault, rules=rules, clock=candor.clock
        )
        self._tally.new += len(judged.fresh)
        self._tally.known += judged.known
        return flaws + judged.refused

    async def _people(
        self, candor: Candor, tx: Tx, rows: list[Row], rules: Rules
    ) -> tuple[list[tuple[Row, ProfileId]], list[tuple[int, Flaw]]]:
        """Return the rows with their profiles, and those of nobody."""
        named = {(row.kind, row.value): row.decided_at for row in rows if row.profile is None}
        by_name, ids = await people.known(
            tx,
            list(named),
            [row.profile for row in rows if row.profile is not None],
            in_force=rules.in_force,
            vault=candor.vault,
        )
        if self._source:
            begun = await people.begin(
                tx,
                [(one, at) for one, at in named.items() if one not in by_name],
                source=self._declared(rules),
                rules=rules,
                vault=candor.vault,
                clock=candor.clock,
            )
            self._tally.begun += len(set(begun.values()))
            by_name |= begun
        found: list[tuple[Row, ProfileId]] = []
        flaws: list[tuple[int, Flaw]] = []
        for row in rows:
            via = by_name.get((row.kind, row.value))
            if row.profile is not None:
                via = ProfileId(row.profile) if row.profile in ids else None
            if via is None:
                flaws.append((row.line, Flaw.UNKNOWN_PERSON))
            else:
                found.append((row, via))
        return found, flaws

    def _declared(self, rules: Rules) -> Source:
        found = rules.in_force.sources.get(self._source)
        if found is None:
            raise NoSuchSource(hint="Declared: " + ", ".join(rules.in_force.sources))
        return found

    async def _note(self, candor: Candor) -> None:
        """Write the import as a whole into the log, beside the entry of each choice."""
        async with candor.database.tx("import") as tx:
            await audit.record(
                tx,
                actor=_ACTOR,
                action="consent.imported",
                clock=candor.clock,
                detail={
                    "new": self._tally.new,
                    "known": self._tally.known,
                    "refused": self._tally.refused,
                },
            )


# ------------------------------------------------------------------------------------- reading
_Line = tuple[int, Mapping[str, str] | None]  # None: not a row


def _csv(text: TextIO) -> Iterator[_Line]:
    """Yield the rows of a CSV file (RFC 4180) with the number of their last line."""
    reader = csv.DictReader(iter(text.readline, ""), strict=True)
    try:
        names = reader.fieldnames or ()
        if not names or not set(names) <= set(COLUMNS) or len(set(names)) < len(names):
            raise NoFile
        while True:
            try:
                row = cast("dict[str | None, str | None] | None", next(reader, None))
            except csv.Error:
                yield reader.line_num, None
                continue
            if row is None:
                return
            is_whole = None not in row and all(value is not None for value in row.values())
            yield reader.line_num, cast("dict[str, str]", row) if is_whole else None
    except UnicodeDecodeError:
        raise NoFile from None


def _ndjson(text: TextIO) -> Iterator[_Line]:
    """Yield the objects of an NDJSON file with the number of their line."""
    number = 0
    try:
        while line := text.readline():
            number += 1
            if line.strip():
                yield number, _object(line)
    except UnicodeDecodeError:
        raise NoFile from None


def _object(line: str) -> Mapping[str, str] | None:
    """Return an object of texts and whole numbers; None when it is anything else."""
    if len(line) > _LONGEST_LINE:
        return None
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    fields = cast("dict[str, object]", found)
    if any(isinstance(v, bool) or not isinstance(v, str | int | None) for v in fields.values()):
        return None
    return {name: "" if value is None else str(value) for name, value in fields.items()}


# ------------------------------------------------------------------------------------- showing
class _Show:
    """A bar over the bytes of the file, with the counts so far."""

    def __init__(self, progress: Progress, size: int) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=max(size, 1), said="")

    def __call__(self, done: int, tally: Tally) -> None:
        said = f"{tally.new} new, {tally.known} known, {tally.refused} refused"
        self._progress.update(self._task, completed=done, said=said)


@contextmanager
def _shown(file: Path) -> Generator[_Show]:
    columns = (BarColumn(), TextColumn("{task.fields[said]}"), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        yield _Show(progress, file.stat().st_size)


def _say(tally: Tally, report: Path, *, is_dry: bool) -> None:
    verb = "would be recorded" if is_dry else "recorded"
    out.print(f"[green]✓[/] {tally.new} choices {verb}, {tally.known} stood already")
    if tally.begun:
        out.print(f"  {tally.begun} profiles {'would be ' if is_dry else ''}begun")
    if tally.refused:
        err.print(f"[red]✗[/] {tally.refused} rows refused; see {escape(str(report))}")
        for flaw, count in sorted(tally.reasons.items(), key=lambda one: -one[1]):
            err.print(f"  {count}: {SAID[flaw]}")
