"""What the page of the backups needs."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BackupLine:
    """One backup in the folder."""

    label: str
    at: datetime | None  # none: it cannot be read
    kind: str
    size: str
    opens_for: str
    is_broken: bool


@dataclass(frozen=True, slots=True)
class RunLine:
    """One deed: a backup, a verification, a drill, a restore."""

    what: str
    at: datetime
    state: str
    tone: str
    details: tuple[str, ...]  # sizes, counts, seconds


@dataclass(frozen=True, slots=True)
class Running:
    """What is under way."""

    what: str
    done: int  # megabytes
    expected: int


@dataclass(frozen=True, slots=True)
class BackupsPage:
    """Template `console/backups.html`."""

    folder: str | None  # none: no folder is set
    last_backup_at: datetime | None
    last_drill_at: datetime | None
    next_backup_at: datetime
    next_drill_at: datetime
    backup_is_late: bool
    drill_is_late: bool
    running: tuple[Running, ...]
    backups: tuple[BackupLine, ...]
    runs: tuple[RunLine, ...]
    keeps: str
    may_act: bool
    post_url: str
    csrf_token: str
