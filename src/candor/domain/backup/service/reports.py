"""What is said and kept of a deed: lines for people, and the numbers of a run."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from candor.domain.backup.service.deeds import Drilled, Restored
from candor.domain.backup.service.runs import Report
from candor.infra.backup.manifest import Kind, Manifest
from candor.infra.backup.restoring import Shelf
from candor.kernel.errors import CandorError

_KINDS = {Kind.FULL: "full", Kind.INCREMENTAL: "what changed", Kind.DUMP: "dump"}
_MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One backup in a list."""

    label: str
    at: datetime | None  # none: it cannot be read
    kind: str
    size: str
    server: str
    opens_for: str
    is_broken: bool = False


def listing(shelf: Shelf, has_epoch: Callable[[int], bool]) -> list[Line]:
    """Return every backup, oldest first; one that cannot be read says why."""
    lines: list[Line] = []
    for label in shelf.labels():
        try:
            manifest = shelf.manifest(label)
        except CandorError as error:
            lines.append(Line(label, None, "–", "–", "–", error.message, is_broken=True))
            continue
        lines.append(
            Line(
                label=label,
                at=manifest.started_at,
                kind=_KINDS[manifest.kind],
                size=size(manifest.sealed_bytes),
                server=manifest.server_version.split(" ", 1)[0],
                opens_for=opens_for(manifest, has_epoch),
            )
        )
    return lines


def opens_for(manifest: Manifest, has_epoch: Callable[[int], bool]) -> str:
    """Say for whom a backup can be opened, by the epochs whose keys are still there."""
    closed = [e for e in manifest.epochs if e.keys and not has_epoch(e.epoch_id)]
    if not closed:
        return "everybody in it"
    return "nobody who was erased since: their keys are gone for good"


def size(number: int) -> str:
    """Return a number of bytes for people."""
    return f"{number / _MEGA:,.1f} MB"


def created(manifest: Manifest) -> str:
    """Return a line about a backup that was taken."""
    seconds = (manifest.finished_at - manifest.started_at).total_seconds()
    return (
        f"{manifest.label}: {_KINDS[manifest.kind]}, {size(manifest.sealed_bytes)} "
        f"in {seconds:.1f} s, sealed."
    )


def drilled(done: Drilled) -> str:
    """Return a line about a drill."""
    return (
        f"{done.label} restores: {size(done.plain_bytes)} in {done.seconds:.1f} s, "
        f"{done.replayed} profile(s) erased again, {done.proof.opened_keys} key(s) and "
        f"{done.proof.opened_values} value(s) of one person opened, all counts agree; "
        f"{done.proof.log_entries} entries of the log verified."
    )


def restored(done: Restored) -> list[str]:
    """Return lines about a restore."""
    again = f"{done.replayed} profile(s) were erased again"
    lines = [f"{done.label} is in place after {done.seconds:.1f} s; {again}."]
    if done.taken_keys or done.closed_keys:
        lines.append(
            f"{done.taken_keys} key(s) came from a newer backup; {done.closed_keys} stay "
            f"closed for ever."
        )
    lines.append(
        f"{done.ended} sign-in(s) of the past were ended. Who left, or was given or had taken back "
        f"a role or a key since that backup, has it as it was then: candor staff list, "
        f"candor key api list."
    )
    if done.aside is not None:
        lines.append(
            f"The database from before lies in {done.aside}; remove it when all is well."
        )
    return lines


def of_backup(manifest: Manifest) -> tuple[str, Report]:
    """Return what is kept of a backup."""
    seconds = (manifest.finished_at - manifest.started_at).total_seconds()
    return manifest.label, {
        "kind": manifest.kind,
        "plain_bytes": manifest.plain_bytes,
        "sealed_bytes": manifest.sealed_bytes,
        "seconds": round(seconds, 1),
    }


def of_drill(done: Drilled) -> tuple[str, Report]:
    """Return what is kept of a drill."""
    return done.label, {
        "plain_bytes": done.plain_bytes,
        "sealed_bytes": done.sealed_bytes,
        "replayed": done.replayed,
        "opened_keys": done.proof.opened_keys,
        "opened_values": done.proof.opened_values,
        "log_entries": done.proof.log_entries,
        "log_flaws": len(done.proof.log_flaws),
        "seconds": round(done.seconds, 1),
    }
