"""Runs of backups, and the pure rules: which to keep, which are due, which open for the erased."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

BACKUP_EVERY: Final = timedelta(days=1)
DRILL_EVERY: Final = timedelta(days=7)
_GRACE: Final = timedelta(hours=6)  # a machine that slept through the night is not warned of


class Deed(StrEnum):
    """What can be done with backups."""

    CREATE = "create"
    VERIFY = "verify"
    DRILL = "drill"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one deed."""

    run_id: UUID
    kind: str
    label: str | None
    started_at: datetime
    finished_at: datetime | None  # none: it runs, or was killed
    outcome: str | None  # "well" or "failed"
    report: dict[str, Any]

    @property
    def is_well(self) -> bool:
        """Tell whether it ended well."""
        return self.outcome == "well"


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup as retention looks at it."""

    label: str
    at: datetime
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How it stands with backups: when the last ones went well, and whether one is overdue."""

    last_backup_at: datetime | None
    last_drill_at: datetime | None
    last_failure: Run | None  # of a deed that has not gone well since
    backup_is_late: bool
    drill_is_late: bool

    @property
    def is_well(self) -> bool:
        """Tell whether nothing is late and nothing failed."""
        return not (self.backup_is_late or self.drill_is_late or self.last_failure)


def health(runs: Sequence[Run], now: datetime) -> Health:
    """Judge by the runs, newest first."""
    last: dict[str, Run] = {}
    failed: Run | None = None
    for run in runs:
        if run.is_well:
            last.setdefault(run.kind, run)
        elif run.outcome == "failed" and run.kind not in last and failed is None:
            failed = run
    backup, drill = last.get(Deed.CREATE), last.get(Deed.DRILL)
    return Health(
        last_backup_at=backup.started_at if backup else None,
        last_drill_at=drill.started_at if drill else None,
        last_failure=failed,
        backup_is_late=_late(backup, BACKUP_EVERY, now),
        drill_is_late=_late(drill, DRILL_EVERY, now),
    )


def _late(run: Run | None, every: timedelta, now: datetime) -> bool:
    return run is None or now - run.started_at > every + _GRACE


def to_remove(kept: Sequence[Kept], days: int, weeks: int, good: Collection[str]) -> list[str]:
    """Return the labels that may go: the newest of each kept day and week stays.

    What a kept one rests on stays, and so does the newest that is known to be good.
    """
    newest_first = sorted(kept, key=lambda each: each.at, reverse=True)
    stays: set[str] = set()
    for spans, at_most in (
        ([each.at.date() for each in newest_first], days),
        ([_week(each.at) for each in newest_first], weeks),
    ):
        seen: list[date | tuple[int, int]] = []
        for each, span in zip(newest_first, spans, strict=True):
            if span not in seen and len(seen) < at_most:
                seen.append(span)
                stays.add(each.label)
    stays |= set([each.label for each in newest_first if each.label in good][:1])
    parents: Mapping[str, str | None] = {each.label: each.parent for each in kept}
    for label in list(stays):
        above = parents.get(label)
        while above is not None and above not in stays:
            stays.add(above)
            above = parents.get(above)
    return [each.label for each in reversed(newest_first) if each.label not in stays]


def _week(at: datetime) -> tuple[int, int]:
    year, week, _ = at.isocalendar()
    return year, week
