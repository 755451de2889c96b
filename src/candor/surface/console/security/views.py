"""What the page of the audit log needs."""

from dataclasses import dataclass
from datetime import datetime

from candor.surface.console.views import Option, Pager


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry: who did what to whom and why."""

    entry_id: int
    at: datetime
    who: str
    who_kind: str  # "staff", "customer" or "machine"
    action: str  # dotted verb
    subject: str | None  # short pseudonym
    purpose: str | None
    fields: tuple[str, ...]
    outcome: str  # "done", "allowed" or "refused"
    reason: str | None
    details: tuple[str, ...] = ()  # codes and counts, in words


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Template `console/audit.html`. The filter is `action`, `who` and `outcome` by GET."""

    url: str
    actions: tuple[Option, ...]
    kinds: tuple[Option, ...]
    outcomes: tuple[Option, ...]
    action: str | None
    who: str | None
    outcome: str | None
    entries: tuple[AuditLine, ...]
    pager: Pager


@dataclass(frozen=True, slots=True)
class HeadPart:
    """The newest signed head of the log."""

    size: int
    note: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class VerifiedPart:
    """The last time that the whole log was worked out anew."""

    at: datetime
    entries: int
    findings: int


@dataclass(frozen=True, slots=True)
class ProofPage:
    """Template `console/proof.html`. An entry is asked for by GET: `entry`."""

    url: str
    size: int  # entries in the tree
    waiting: int  # entries that are not in it yet
    head: HeadPart | None
    verified: VerifiedPart | None
    origin: str
    vkey: str
    log_url: str  # where anybody finds the head
    asked: str = ""
    refusal: str = ""  # why there is no proof of the entry that was asked for
