"""`candor demo`: the demo company Nordmarkt: its catalogue, staff, keys and year of purchases."""

import asyncio
import json
import os
import signal
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from candor.app import Candor
from candor.cli import demo_crm, demo_mail, demo_requests
from candor.cli.family import WithParent, stop_with_parent
from candor.cli.place import reached, services
from candor.cli.screen import out, step
from candor.demo import known
from candor.demo import load as loader
from candor.domain.access.model.roles import Role
from candor.domain.access.service import members, write_keys
from candor.domain.audit.model import Actor
from candor.domain.catalogue import service as catalogue
from candor.domain.consent.service import notices
from candor.infra.settings import Settings
from candor.kernel.clock import SystemClock

app: Final = typer.Typer(help="The demo company.", no_args_is_help=True)
STAFF: Final = (
    ("mara", "Mara Lindqvist", Role.MARKETING, "marketer"),
    ("piet", "Piet Adeyemi", Role.PRIVACY, "privacy officer"),
    ("sina", "Sina Kowalczyk", Role.SECURITY, "security officer"),
    ("sam", "Sam Oduya", Role.SUPPORT, "customer service"),
    ("alex", "Alex Moreau", Role.ADMIN, "administrator"),
)
CUSTOMER: Final = known.CUSTOMER
_ACTOR: Final = Actor.machine("demo")


def state_file(settings: Settings) -> Path:
    """Return the file that remembers how far the demo was loaded."""
    return settings.home / "demo" / "load.json"


def is_loaded(settings: Settings) -> bool:
    """Tell whether the whole year is in."""
    done = settings.home / "demo" / "done"
    return done.exists()


@app.callback()
def _group() -> None:
    """Keep `load` a command of a group, though it is the only one."""


@app.command()
def load(households: int = 0, days: int = 0, *, with_parent: WithParent = False) -> None:
    """Send the demo company's year through the door of a running server, with a progress bar.

    Stopped midway, it goes on where it was.
    """
    if with_parent:
        stop_with_parent()
    settings = Settings.load()
    keys = json.loads(known.keys_file(settings.home).read_text(encoding="utf-8"))
    with Progress(
        SpinnerColumn(),
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("events"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=out,
    ) as bar:
        task = bar.add_task("reading the data set", total=None)
        tenths = 0

        def show(progress: loader.Progress) -> None:
            nonlocal tenths
            day = f"{progress.day:%d %b %Y}" if progress.day else "first day"
            reached = 10 * progress.events_sent // max(1, progress.events_total)
            if reached > tenths and not out.is_terminal:
                tenths = reached  # a bar says nothing in a log file
                step(f"{tenths * 10} % of {progress.events_total:,} events, {day}")
            bar.update(
                task,
                description=f"a year of purchases, {day}",
                completed=progress.events_sent,
                total=progress.events_total,
            )

        report = asyncio.run(
            loader.load(
                f"http://{settings.host}:{settings.port}",
                keys,
                now=SystemClock().now(),
                state_file=state_file(settings),
                progress=show,
                households=households or None,
                limit_days=days or None,
            )
        )
    if report.is_complete and not households:
        asyncio.run(_ask_for_things(settings))
        (settings.home / "demo" / "done").touch()
    step(f"sent {report.events_sent:,} events in {report.requests:,} requests")


@app.command(name="crm-server", hidden=True)
def crm_server(*, with_parent: WithParent = False) -> None:
    """Run the demo's CRM database and connect it, until we are told to stop."""
    if with_parent:
        stop_with_parent()
    signal.signal(signal.SIGTERM, _stop)
    with suppress(KeyboardInterrupt):
        demo_crm.serve(Settings.load())


@app.command(name="mail-server", hidden=True)
def mail_server(*, with_parent: WithParent = False) -> None:
    """Run the demo's mail platform and connect it, until we are told to stop."""
    if with_parent:
        stop_with_parent()
    signal.signal(signal.SIGTERM, _stop)
    with suppress(KeyboardInterrupt):
        demo_mail.serve(Settings.load())


@app.command()
def crm(
    statement: Annotated[str, typer.Argument(help="SQL; none: open a client there")] = "",
) -> None:
    """Look into the demo's CRM database, or change something there as its owner would."""
    demo_crm.show(Settings.load(), statement)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


async def _ask_for_things(settings: Settings) -> None:
    """Let some customers of the demo ask for their rights."""
    with reached(settings) as place:
        async with services(place) as candor:
            step(f"{await demo_requests.make(candor)} people asked for their rights")


async def prepare(candor: Candor) -> None:
    """Apply the catalogue, make staff and write keys: all but the year itself. Repeatable."""
    settings = candor.settings
    folder = settings.catalogue or Path(str(files("candor.demo.catalogue")))
    state_file(settings).parent.mkdir(parents=True, exist_ok=True)
    async with candor.database.tx("demo") as tx:
        applied = await catalogue.versions(tx)
        if not applied or applied[0].applied_by == _ACTOR.label:  # nobody made it their own
            document = catalogue.read(folder)
            await notices.put_in_force(tx, document=document, actor=_ACTOR, clock=candor.clock)
        for handle, name, role, _ in STAFF:
            await members.put(
                tx, handle=handle, display_name=name, role=role, clock=candor.clock
            )
        rules = await candor.rulebook.rules(tx)
        file = known.keys_file(settings.home)
        keys: dict[str, str] = {}
        if file.exists():
            keys = json.loads(file.read_text(encoding="utf-8"))
        missing = rules.in_force.sources.keys() - keys.keys()
        for source in sorted(missing):
            keys[source] = await write_keys.issue(
                tx, source_code=source, actor=_ACTOR, clock=candor.clock
            )
        if missing:
            handle_ = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle_, "w", encoding="utf-8") as out_file:
                json.dump(keys, out_file)
