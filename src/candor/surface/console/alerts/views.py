"""What the pages of alerts and canaries need."""

from dataclasses import dataclass
from datetime import datetime

from candor.domain.shield.model.runbook import Runbook
from candor.surface.console.security.views import AuditLine
from candor.surface.console.views import Option


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert in a list."""

    href: str
    title: str
    against: str  # whom it is about, in words
    severity: str  # "notice", "warning" or "critical"
    tone: str
    times: int
    first_at: datetime
    last_at: datetime
    verdict: str | None  # in words, once it is settled
    settled_by: str | None


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One thing that was done by itself."""

    measure_id: str
    what: str  # a sentence
    against: str
    since: datetime
    until: datetime | None  # none: until somebody has looked
    state: str  # "in force", "done", "over" or "lifted"
    tone: str
    lifted_by: str | None
    lift_url: str | None  # none when there is nothing to lift, or without permission
    alert_url: str | None


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """Template `console/alerts.html`."""

    open: tuple[AlertLine, ...]
    settled: tuple[AlertLine, ...]
    measures: tuple[MeasureLine, ...]  # all in force
    csrf_token: str
    back: str
    canaries_url: str | None


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Template `console/alert.html`."""

    line: AlertLine
    seen: str  # what was counted, as a sentence
    usual: str | None
    entries: tuple[AuditLine, ...]
    log_url: str | None
    measures: tuple[MeasureLine, ...]
    runbook: Runbook | None
    is_open: bool
    settle_url: str | None  # none without permission, or once settled
    verdicts: tuple[Option, ...]
    csrf_token: str
    back_url: str
    back: str


@dataclass(frozen=True, slots=True)
class CanaryLine:
    """One canary."""

    kind: str
    note: str
    created_at: datetime
    ended_at: datetime | None
    take_in_url: str | None


@dataclass(frozen=True, slots=True)
class CanariesPage:
    """Template `console/canaries.html`."""

    out: tuple[CanaryLine, ...]
    ended: tuple[CanaryLine, ...]
    kinds: tuple[Option, ...]
    post_url: str
    csrf_token: str
    back_url: str
    secret: str | None = None  # of a key that was just made: shown once
    error: str | None = None
    note: str = ""
