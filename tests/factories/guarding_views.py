"""Valid views of the pages that guard: four eyes, alerts, keys, backups, staff. See `views.py`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from candor.surface.console.proposals.views import (
    PermitLine,
    ProposalLine,
    ProposalPage,
    ProposalsPage,
)

NOW: Final = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)

ASKED: Final = ProposalLine(
    href="/console/security/proposals/1",
    what="Let Cleo Marsh open more people in an hour than ordinary work needs, for 4 hours",
    why="The recall of March: two hundred letters",
    by="Cleo Marsh",
    at=NOW - timedelta(hours=2),
    state="open",
    tone="attention",
    expires_at=NOW + timedelta(hours=22),
    decided_by=None,
    decided_at=None,
)
DECLINED: Final = replace(
    ASKED,
    href="/console/security/proposals/2",
    what="Make Ben Okafor administrator",
    state="declined",
    tone="refusal",
    decided_by="Dora Lindqvist",
    decided_at=NOW - timedelta(days=1),
)
PROPOSALS: Final = ProposalsPage(
    open=(ASKED,),
    settled=(DECLINED,),
    permits=(PermitLine("open more people", NOW + timedelta(hours=3)),),
    ask_url="/console/security/proposals",
    csrf_token="token",
)
PROPOSAL: Final = ProposalPage(
    line=ASKED,
    effects=("It begins now and ends by itself.", "The audit log names you both."),
    post_url="/console/security/proposals/1",
    back_url="/console/security/proposals",
    csrf_token="token",
    may_decide=True,
    may_withdraw=False,
    is_own=False,
)

# case, template, view, place in the console's rail
SAMPLES: Final = (
    ("proposals", "console/proposals.html", PROPOSALS, "security"),
    (
        "proposals-none",
        "console/proposals.html",
        ProposalsPage((), (), (), None, "token"),
        "security",
    ),
    (
        "proposals-wrong",
        "console/proposals.html",
        replace(PROPOSALS, why="because", error="Say in a sentence what for."),
        "security",
    ),
    ("proposal", "console/proposal.html", PROPOSAL, "security"),
    (
        "proposal-own",
        "console/proposal.html",
        replace(PROPOSAL, may_decide=False, may_withdraw=True, is_own=True),
        "security",
    ),
    ("proposal-over", "console/proposal.html", replace(PROPOSAL, line=DECLINED), "security"),
)
