"""`candor keys`: how the keys are doing, changing them, and copies for the day they are lost.

No command shows a key. `candor key` (without s) is about keys that others prove themselves with.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from candor.app import Candor, change_epoch, move_index
from candor.cli import recovery
from candor.cli.place import Place, reached, services
from candor.cli.screen import out, step
from candor.domain.audit.model import Actor
from candor.domain.profiles.service import reindex
from candor.domain.vault.model.life import Epoch
from candor.domain.vault.service import keys
from candor.domain.vault.service.keys import Use
from candor.domain.vault.service.overview import Overview, overview
from candor.infra.settings import Settings

app: Final = typer.Typer(
    help="Keys that seal and sign: how they are, changing them, recovery copies.",
    no_args_is_help=True,
)
app.add_typer(recovery.app, name="recovery")
app.command(name="restore")(recovery.restore)
_CLI: Final = Actor.machine("cli")
_USES: Final = {
    Use.INDEX: "finds people by their identifiers",
    Use.RECEIPT: "signs receipts",
    Use.CHECKPOINT: "signs the heads of the audit log",
}


class Which(StrEnum):
    """Which key to change."""

    EPOCH = "epoch"
    INDEX = "index"
    RECEIPT = "receipt"
    CHECKPOINT = "checkpoint"


@app.command()
def status() -> None:
    """Show epochs, versions, where the keys live, and whether their loss could be made good."""
    with reached(Settings.load()) as place:
        seen = asyncio.run(_look(place))
    _show(seen)
    if seen.trouble is not None:
        raise typer.Exit(1)


@app.command()
def rotate(
    which: Annotated[Which, typer.Argument(help="which key")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Change a key, after saying in numbers what that does. Everything goes on meanwhile."""
    with reached(Settings.load()) as place:
        seen, identifiers = asyncio.run(_look_closely(place))
        step(_meaning(which, seen, identifiers, place.settings.receipt_key))
        if not yes:
            typer.confirm("Go on?", abort=True)
        with Progress(console=out) as progress:
            asyncio.run(_rotate(place, which, seen, identifiers, progress))
    step("Done. See: candor keys status")


async def _look(place: Place) -> Overview:
    async with services(place) as candor, candor.database.read("keys") as tx:
        return await overview(tx, candor.vault, candor.keyring)


async def _look_closely(place: Place) -> tuple[Overview, int]:
    async with services(place) as candor, candor.database.read("keys") as tx:
        seen = await overview(tx, candor.vault, candor.keyring)
        return seen, await reindex.count(tx)


def _show(seen: Overview) -> None:
    out.print(f"Keys live in {escape(seen.about)}, root {seen.fingerprint}.", soft_wrap=True)
    if seen.trouble is not None:
        out.print(f"[red]✗[/] {escape(seen.trouble.message)}", soft_wrap=True)
        out.print(f"  {escape(seen.trouble.hint)}", soft_wrap=True)
    else:
        out.print("[green]✓[/] all of them can be reached")
    for is_well, text in recovery.standing(seen):
        out.print(f"{'[green]✓[/]' if is_well else '[red]✗[/]'} {escape(text)}", soft_wrap=True)
    _show_epochs(seen)
    table = Table("key", "what it does", "version in use", "since", "the one before")
    for use, what in _USES.items():
        own = [v for v in seen.versions if v.use == use]
        since = _day(own[0].opened_at) if own else "the beginning"
        is_moving = use is Use.INDEX and seen.moving(use) is not None
        before = "is still needed" if is_moving else ("retired" if own else "–")
        table.add_row(use, what, str(seen.version(use)), since, before)
    out.print(table)


def _show_epochs(seen: Overview) -> None:
    table = Table("epoch", "opened", "closed", "wraps", "its key")
    for epoch in seen.epochs:
        if epoch.destroyed_at is None or epoch in seen.epochs[:6]:
            table.add_row(
                str(epoch.epoch_id), _day(epoch.opened_at), _day(epoch.closed_at),
                f"{epoch.keys:,} keys" if epoch.keys else "–", _fate(epoch, seen),
            )  # fmt: skip
    out.print(table)
    gone = sum(epoch.destroyed_at is not None for epoch in seen.epochs)
    out.print(f"{gone} epochs were destroyed so far. An epoch lasts {seen.lasts.days} days.")
    if seen.left:
        out.print(f"{seen.left:,} keys are still to be wrapped anew.")
    if seen.unreadable_by is not None:
        day = f"{seen.unreadable_by:%Y-%m-%d}"
        out.print(f"Who is erased today is unreadable in every copy and backup by {day}.")


def _fate(epoch: Epoch, seen: Overview) -> str:
    if epoch.destroyed_at is not None:
        return f"destroyed {_day(epoch.destroyed_at)}"
    if epoch.closed_at is None:
        return "in use"
    return f"to be destroyed {_day(epoch.closed_at + seen.lasts)}"


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "–"


def _meaning(which: Which, seen: Overview, identifiers: int, floor: int) -> str:
    """Say what changing a key will do."""
    match which:
        case Which.EPOCH:
            return (
                f"A new epoch opens, and {seen.keys:,} keys of people are wrapped in it. The key "
                f"of the epoch that closes is destroyed in {seen.lasts.days} days; backups taken "
                "before today cannot be opened from then on."
            )
        case Which.INDEX:
            older = seen.moving(Use.INDEX)
            now = seen.version(Use.INDEX)
            begin, end = (older, now) if older is not None else (now, now + 1)
            return (
                f"{identifiers:,} identifiers {'go on moving' if older else 'move'} from version "
                f"{begin} of the index to {end}. Each is opened and sealed again inside the "
                "vault, with an entry of the audit log per batch."
            )
        case Which.RECEIPT:
            now = max(floor, seen.version(Use.RECEIPT))
            return (
                f"Receipts are signed by version {now + 1} from now on. Those of version {now} "
                "stay valid: its public key stays published."
            )
        case Which.CHECKPOINT:
            now = seen.version(Use.CHECKPOINT)
            return (
                f"Heads of the audit log are signed by version {now + 1} from now on. Tell those "
                "who keep checkpoints: its public key is a new one."
            )


async def _rotate(
    place: Place, which: Which, seen: Overview, identifiers: int, progress: Progress
) -> None:
    async with services(place) as candor:
        match which:
            case Which.EPOCH:
                task = progress.add_task("wrapping keys", total=seen.keys)
                await change_epoch(
                    candor, actor=_CLI, tell=lambda done: progress.update(task, completed=done)
                )
            case Which.INDEX:
                task = progress.add_task("moving identifiers", total=identifiers)
                await _rotate_index(candor, lambda done: progress.update(task, completed=done))
            case Which.RECEIPT | Which.CHECKPOINT:
                use = Use(which.value)
                floor = place.settings.receipt_key if use is Use.RECEIPT else 1
                async with candor.database.tx("keys") as tx:
                    await keys.rotate(tx, use, actor=_CLI, clock=candor.clock, at_least=floor)


async def _rotate_index(candor: Candor, tell: Callable[[int], None]) -> None:
    """Begin a change of the index, or take up the one that was not finished; see it through."""
    async with candor.database.read("keys") as tx:
        is_under_way = await keys.is_under_way(tx, Use.INDEX)
    if not is_under_way:
        async with candor.database.tx("keys") as tx:
            await keys.rotate(tx, Use.INDEX, actor=_CLI, clock=candor.clock)
    await move_index(candor, actor=_CLI, tell=tell)
