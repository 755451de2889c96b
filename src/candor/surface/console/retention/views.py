"""What the page of retention needs."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeptLine:
    """How long something is kept, as the catalogue says."""

    what: str
    kind: str  # "attribute", "event", "purpose", "decision"
    kept: str  # "25 months"
    href: str


@dataclass(frozen=True, slots=True)
class TableLine:
    """Rows of one table by one rule."""

    table: str
    rule: str
    rows: int


@dataclass(frozen=True, slots=True)
class SweepLine:
    """One sweep."""

    is_dry: bool
    by: str
    started_at: datetime
    finished_at: datetime | None
    rows: int
    state: str
    tone: str
    note: str | None
    tables: tuple[TableLine, ...]


@dataclass(frozen=True, slots=True)
class RetentionPage:
    """Template `console/retention.html`."""

    kept: tuple[KeptLine, ...]
    sweeps: tuple[SweepLine, ...]
    foreseen: SweepLine | None  # what the last dry run would take, while nothing ran since
    post_url: str | None  # none without permission
    csrf_token: str
    is_running: bool
    done: str | None = None
