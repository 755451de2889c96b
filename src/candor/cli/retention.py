"""`candor retention`: what is over, foreseen and swept away, and what sweeps did."""

import asyncio
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from candor.app import broom_of
from candor.cli.place import Place, reached, services
from candor.cli.screen import err, out, step
from candor.domain.audit.model import Actor
from candor.domain.rights.model.sweep import Sweep
from candor.domain.rights.service import sweeping
from candor.infra.settings import Settings

app: Final = typer.Typer(
    help="What is kept too long: foreseen, swept away, proved.", no_args_is_help=True
)
_CLI: Final = Actor.machine("cli")
_SHOWN: Final = 20


@app.command(name="dry-run")
def dry_run() -> None:
    """Count what is over in every table, and change nothing."""
    with reached(Settings.load()) as place:
        done = asyncio.run(_foresee(place))
    _show(done)


@app.command()
def run(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
) -> None:
    """Sweep away what is over, after saying what that is; prove that nothing is left."""
    with reached(Settings.load()) as place:
        foreseen = asyncio.run(_foresee(place))
        _show(foreseen)
        if not foreseen.rows:
            return
        if not yes:
            typer.confirm("Remove these rows? They do not come back.", abort=True)
        done = asyncio.run(_sweep(place, foreseen))
    if done.problem is not None:
        err.print(f"[red]✗[/] {done.rows} rows went, and then: {done.problem}")
        err.print("  Run it again; what went stays away.")
        raise typer.Exit(1)
    step(f"{done.rows} rows went. A second look found nothing that is over.")


@app.command(name="list")
def list_runs() -> None:
    """Show the last sweeps, newest first."""
    with reached(Settings.load()) as place:
        runs = asyncio.run(_list(place))
    table = Table("began", "what", "by", "rows", "ended", box=None, pad_edge=False)
    for one in runs:
        table.add_row(
            f"{one.started_at:%Y-%m-%d %H:%M:%S}",
            "foreseen" if one.is_dry else "swept",
            one.asked_by,
            str(one.rows),
            one.problem or (f"{one.finished_at:%H:%M:%S}" if one.finished_at else "not yet"),
        )
    out.print(table)


def _show(done: Sweep) -> None:
    """Say what is over, by table and rule; or that nothing is."""
    if not done.rows:
        step("Nothing is over.")
        return
    table = Table("table", "rule", box=None, pad_edge=False)
    table.add_column("rows", justify="right")
    for name, rows in sorted(done.counts.items()):
        if rows:
            where, _, rule = name.partition("/")
            table.add_row(where, rule, str(rows))
    out.print(table)


async def _foresee(place: Place) -> Sweep:
    async with services(place) as candor:
        return await sweeping.run(broom_of(candor), is_dry=True, actor=_CLI)


async def _sweep(place: Place, foreseen: Sweep) -> Sweep:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    async with services(place) as candor:
        with Progress(*columns, console=err, transient=True) as progress:
            bars: dict[str, TaskID] = {}

            def tell(name: str, rows: int) -> None:
                total = max(foreseen.counts.get(name, 0), rows)
                if total and name not in bars:
                    bars[name] = progress.add_task(name, total=total)
                if name in bars:
                    progress.update(bars[name], completed=rows, total=total)

            return await sweeping.run(broom_of(candor), actor=_CLI, tell=tell)


async def _list(place: Place) -> list[Sweep]:
    async with services(place) as candor, candor.database.read("retention") as tx:
        return await sweeping.list_runs(tx, at_most=_SHOWN)
