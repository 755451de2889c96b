"""`candor backup`: taking backups, proving that they restore, and the disaster day."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TimeElapsedColumn
from rich.table import Table

from candor.app import workshop
from candor.cli.place import Place, reached, services
from candor.cli.screen import out, step
from candor.domain.audit.model import Actor
from candor.domain.backup.model import Deed
from candor.domain.backup.service import deeds, reports, runs
from candor.domain.backup.service.place import Progress as Tell
from candor.domain.backup.service.replaying import replay as replay_all
from candor.infra.backup.wal import Point
from candor.infra.settings import Settings
from candor.kernel.errors import Refused

app: Final = typer.Typer(
    help="Backups: encrypted, verified by restoring them, and never bringing back the erased.",
    no_args_is_help=True,
)
_CLI: Final = Actor.machine("cli")
_Label = Annotated[str, typer.Argument(help="name of the backup; empty: the newest")]


class BadTime(Refused):
    """This is not a moment."""

    code = "cli.bad_time"
    default_hint = "Write it like 2026-11-22T14:30, in UTC, or with an offset: …14:30+01:00"


@app.command()
def create(
    *,
    full: Annotated[bool, typer.Option("--full", help="not only what changed")] = False,
) -> None:
    """Take a backup now."""
    with reached(Settings.load()) as place, _bar() as tell:
        made = asyncio.run(_create(place, tell, is_full=full))
    step(f"{made}")


@app.command(name="list")
def list_all() -> None:
    """Show all backups, oldest first, and what each is good for."""
    shop = workshop(Settings.load())
    table = Table("backup", "kind", "size", "PostgreSQL", "opens for")
    table.columns[0].no_wrap = True
    for line in reports.listing(shop.shelf, shop.has_epoch):
        table.add_row(line.label, line.kind, line.size, line.server, line.opens_for)
    if table.row_count:
        out.print(table)
    else:
        out.print(f"There is no backup in {shop.folder}. Make one: candor backup create")


@app.command()
def verify(label: _Label = "") -> None:
    """Read and check every byte of a backup; one wrong bit is found and named."""
    shop = workshop(Settings.load())
    with _bar() as tell:
        made = deeds.verify(shop, label or deeds.newest(shop), tell)
    step(f"{made.label} is whole: {reports.size(made.sealed_bytes)}, nothing was changed.")


@app.command()
def drill(label: _Label = "") -> None:
    """Restore a backup where nobody sees it, replay erasures, prove it, take it away again."""
    with reached(Settings.load()) as place, _bar() as tell:
        done = asyncio.run(_drill(place, label or None, tell))
    step(reports.drilled(done))


@app.command()
def restore(
    label: _Label = "",
    *,
    to_time: Annotated[str, typer.Option(help="stop at this moment, UTC")] = "",
    only_backup: Annotated[
        bool, typer.Option("--only-backup", help="leave out what was committed after it")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Put a backup in the place of the database, after every erasure was carried out again."""
    settings = Settings.load()
    shop = workshop(settings)
    until = None if only_backup else Point(_moment(to_time) if to_time else None)
    name = label or deeds.newest(shop)
    made = shop.shelf.manifest(name)
    out.print(f"{made.label}, taken {made.finished_at:%Y-%m-%d %H:%M} UTC ({made.kind}).")
    out.print(
        "The database of today is kept beside it, in the home folder."
        if settings.is_embedded
        else "It goes into the empty database that CANDOR_DATABASE_URL names."
    )
    if not yes and not typer.confirm("Restore it?"):
        raise typer.Exit(1)
    with _bar() as tell:
        done = deeds.restore(shop, name, tell, until)
    for line in reports.restored(done):
        step(line)


@app.command()
def replay() -> None:
    """Carry out again, in this database, every erasure that it does not know of."""
    settings = Settings.load()
    with reached(settings) as place:
        erased = asyncio.run(_replay(place))
    step(f"{erased} profile(s) were erased again; the database may be opened.")


@app.command()
def prune() -> None:
    """Take away backups that need not be kept (CANDOR_BACKUP_KEEP); the last good one stays."""
    with reached(Settings.load()) as place:
        gone = asyncio.run(_prune(place))
    for label in gone:
        step(f"took away {label}")
    if not gone:
        out.print("Nothing has to go.")


async def _create(place: Place, tell: Tell, *, is_full: bool) -> str:
    async with services(place) as candor:
        shop = workshop(place.settings)
        made = await runs.noted(
            candor.database, Deed.CREATE, None, candor.clock, _CLI,
            partial(deeds.create, shop, place.urls.owner, is_full=is_full),
            reports.of_backup, tell,
        )  # fmt: skip
    return reports.created(made)


async def _drill(place: Place, label: str | None, tell: Tell) -> deeds.Drilled:
    async with services(place) as candor:
        return await runs.noted(
            candor.database, Deed.DRILL, label, candor.clock, _CLI,
            partial(deeds.drill, workshop(place.settings), label), reports.of_drill, tell,
        )  # fmt: skip


async def _replay(place: Place) -> int:
    shop = workshop(place.settings)
    async with shop.opener(place.urls.app) as opened:
        return await replay_all(opened, shop.ledger)


async def _prune(place: Place) -> list[str]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        good = await runs.good(tx)
    return deeds.prune(workshop(place.settings), good)


@contextmanager
def _bar() -> Generator[Tell]:
    """Show how far it is."""
    with Progress("{task.description}", BarColumn(), DownloadColumn(), TimeElapsedColumn(),
                  console=out) as bars:  # fmt: skip
        shown: dict[str, TaskID] = {}

        def tell(what: str, done: int, expected: int) -> None:
            if what not in shown:
                shown[what] = bars.add_task(what, total=expected)
            bars.update(shown[what], completed=done, total=expected)

        yield tell


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text} is not a moment."
        raise BadTime(message) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
