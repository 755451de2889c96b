"""`candor alerts`: what looks like an attack, for whoever works without a browser."""

import asyncio
from typing import Annotated, Final
from uuid import UUID

import typer

from candor.app import measures_of
from candor.cli.place import Place, reached, services
from candor.cli.screen import entry, step
from candor.domain.audit.model import Actor
from candor.domain.shield.model.alert import Alert, Verdict
from candor.domain.shield.model.measure import Measure
from candor.domain.shield.model.rules import RULES
from candor.domain.shield.service import alerts, measures
from candor.infra.settings import Settings

app: Final = typer.Typer(help="Alerts, and what is in force by itself.", no_args_is_help=True)
_CLI: Final = Actor.machine("cli")


@app.command(name="list")
def list_alerts(
    *,
    all_: Annotated[bool, typer.Option("--all", help="those that are settled, too")] = False,
) -> None:
    """Show open alerts, the most urgent first, and the measures that are in force."""
    with reached(Settings.load()) as place:
        found, standing = asyncio.run(_list(place, with_settled=all_))
    if not found:
        step("No alert is open.")
    for alert in found:
        title = RULES[alert.rule].title if alert.rule in RULES else alert.rule
        entry(f"{alert.severity}: {title}", {
            "alert": str(alert.alert_id),
            "against": alert.actor,
            "seen": f"{alert.times} times, last at {alert.last_at:%Y-%m-%d %H:%M} UTC",
            "state": alert.verdict or alert.state,
        })  # fmt: skip
    for measure in standing:
        entry(f"in force: {measure.kind}", {
            "measure": str(measure.measure_id),
            "against": measure.actor,
            "until": f"{measure.until:%Y-%m-%d %H:%M} UTC",
        })  # fmt: skip


@app.command()
def settle(
    alert: Annotated[UUID, typer.Argument(help="id of the alert, as the list shows it")],
    verdict: Annotated[Verdict, typer.Argument(help="what it was")],
) -> None:
    """Say what an alert was. What is in force stays until its time, or until it is lifted."""
    with reached(Settings.load()) as place:
        asyncio.run(_settle(place, alert, verdict))
    step("The alert is settled.")


@app.command()
def lift(
    measure: Annotated[UUID, typer.Argument(help="id of the measure, as the list shows it")],
) -> None:
    """End a measure before its time, and undo what it did."""
    with reached(Settings.load()) as place:
        lifted = asyncio.run(_lift(place, measure))
    step(f"Lifted: {lifted.kind} against {lifted.actor}.")


async def _list(place: Place, *, with_settled: bool) -> tuple[list[Alert], list[Measure]]:
    async with services(place) as candor, candor.database.read("cli") as tx:
        found = await alerts.unsettled(tx)
        if with_settled:
            found = [*found, *await alerts.settled(tx)]
        return found, await measures.in_force(tx, candor.clock)


async def _settle(place: Place, alert: UUID, verdict: Verdict) -> None:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        await alerts.settle(tx, alert, verdict, by=None, actor=_CLI, clock=candor.clock)


async def _lift(place: Place, measure: UUID) -> Measure:
    async with services(place) as candor, candor.database.tx("cli") as tx:
        deeds = measures_of(candor.clock)
        return await measures.lift(
            tx, measure, by=None, deeds=deeds, actor=_CLI, clock=candor.clock
        )
