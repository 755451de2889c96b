"""Valid views of the pages that guard: four eyes, alerts, keys, backups, staff. See `views.py`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from candor.domain.shield.service import runbooks
from candor.surface.console.alerts.filling import VERDICTS
from candor.surface.console.alerts.views import (
    AlertLine,
    AlertPage,
    AlertsPage,
    CanariesPage,
    CanaryLine,
    MeasureLine,
)
from candor.surface.console.proposals.views import (
    PermitLine,
    ProposalLine,
    ProposalPage,
    ProposalsPage,
)
from candor.surface.console.security.views import AuditLine
from candor.surface.console.views import Option

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
    why_not=None,
)

ALERT_LINE: Final = AlertLine(
    href="/console/security/alerts/1",
    title="Somebody opens far more people than usual, in an hour",
    against="Cleo Marsh",
    severity="warning",
    tone="attention",
    times=2,
    first_at=NOW - timedelta(hours=1),
    last_at=NOW - timedelta(minutes=4),
    verdict=None,
    settled_by=None,
)
MEASURE: Final = MeasureLine(
    measure_id="1",
    what="Can take nothing out in bulk",
    against="Cleo Marsh",
    since=NOW - timedelta(minutes=4),
    until=NOW + timedelta(hours=8),
    state="in force",
    tone="attention",
    lifted_by=None,
    lift_url="/console/security/alerts/measures/1",
    alert_url="/console/security/alerts/1",
)
SUSPENDED: Final = replace(
    MEASURE,
    what="The key opens nothing until somebody has looked",
    against="the key “Mailer”",
    until=None,
)
ALERTS: Final = AlertsPage(
    open=(
        replace(
            ALERT_LINE,
            title="Somebody touched what nobody has a reason to touch",
            against="the network 5f3a90c1",
            severity="critical",
            tone="refusal",
            times=1,
        ),
        ALERT_LINE,
    ),
    settled=(
        replace(
            ALERT_LINE,
            title="Somebody signs in from a network that they never used",
            severity="notice",
            tone="calm",
            verdict="expected",
            settled_by="Tom Hale",
        ),
    ),
    measures=(MEASURE, SUSPENDED),
    csrf_token="token",
    back="/console/security/alerts",
    canaries_url="/console/security/canaries",
)
ALERT: Final = AlertPage(
    line=ALERT_LINE,
    seen="58 people within 1 hour.",
    usual="The busiest such span of the four weeks before had 17.",
    entries=(
        AuditLine(
            entry_id=4711,
            at=NOW - timedelta(hours=1),
            who="Cleo Marsh",
            who_kind="staff",
            action="vault.open",
            subject="5f3a90c1",
            purpose="orders",
            fields=("Name",),
            outcome="allowed",
            reason=None,
        ),
    ),
    log_url="/console/audit?action=vault.open",
    measures=(
        MEASURE,
        replace(
            MEASURE, what="All sign-ins were ended", state="done", tone="good", lift_url=None
        ),
        replace(MEASURE, state="lifted", tone="good", lift_url=None, lifted_by="Tom Hale"),
    ),
    runbook=runbooks.of_rule("bulk_reading"),
    is_open=True,
    settle_url="/console/security/alerts/1",
    verdicts=VERDICTS,
    csrf_token="token",
    back_url="/console/security/alerts",
    back="/console/security/alerts/1",
)
CANARY: Final = CanaryLine(
    kind="key of the API",
    note="Notes of the old shop project",
    created_at=NOW - timedelta(days=40),
    ended_at=None,
    take_in_url="/console/security/canaries/1",
)
CANARIES: Final = CanariesPage(
    out=(CANARY,),
    ended=(replace(CANARY, note="A branch of the app", ended_at=NOW, take_in_url=None),),
    kinds=(Option("api_key", "A key of the API"), Option("write_key", "A write key")),
    post_url="/console/security/canaries",
    csrf_token="token",
    back_url="/console/security/alerts",
)

# case, template, view, place in the console's rail
SAMPLES: Final = (
    ("alerts", "console/alerts.html", ALERTS, "security"),
    (
        "alerts-none",
        "console/alerts.html",
        replace(ALERTS, open=(), settled=(), measures=(), canaries_url=None),
        "security",
    ),
    ("alert", "console/alert.html", ALERT, "security"),
    (
        "alert-settled",
        "console/alert.html",
        replace(
            ALERT,
            line=replace(ALERT_LINE, verdict="a mistake", settled_by="Tom Hale", times=1),
            usual=None,
            measures=(),
            runbook=None,
            entries=(),
            log_url=None,
            is_open=False,
            settle_url=None,
        ),
        "security",
    ),
    ("canaries", "console/canaries.html", CANARIES, "security"),
    (
        "canaries-none",
        "console/canaries.html",
        replace(CANARIES, out=(), ended=(), error="Say where you put it."),
        "security",
    ),
    (
        "canaries-made",
        "console/canaries.html",
        replace(CANARIES, secret="cdr_an-example"),
        "security",
    ),
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
        replace(PROPOSAL, may_decide=False, may_withdraw=True, why_not="It is yours."),
        "security",
    ),
    ("proposal-over", "console/proposal.html", replace(PROPOSAL, line=DECLINED), "security"),
)
