"""What the pages of four eyes need."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A proposal, in words."""

    href: str
    what: str
    why: str
    by: str
    at: datetime
    state: str  # "open" "approved" "declined" "withdrawn" "expired"
    tone: str
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class PermitLine:
    """A permission beyond the role that stands now."""

    what: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ProposalsPage:
    """Template `console/proposals.html`."""

    open: tuple[ProposalLine, ...]
    settled: tuple[ProposalLine, ...]
    permits: tuple[PermitLine, ...]  # of who looks
    ask_url: str | None  # where to ask for a permit; None: the role may not
    csrf_token: str
    why: str = ""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """Template `console/proposal.html`."""

    line: ProposalLine
    effects: tuple[str, ...]  # what happens when it is approved
    post_url: str
    back_url: str
    csrf_token: str
    may_decide: bool
    may_withdraw: bool
    why_not: str | None  # why who looks may not decide, in words; None: they may, or it is over
