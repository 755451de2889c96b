"""Valid views of the console's pages about rights, and of the yearly figures. See `views.py`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from candor.domain.rights.model.request import State
from candor.surface.console.contesting.views import ContestLine, ContestsPage, ReviewPage
from candor.surface.console.holding.views import HoldLine, HoldsPage
from candor.surface.console.outside.views import (
    AgentLine,
    AgentsPage,
    SystemLine,
    SystemsPage,
)
from candor.surface.console.person.views import AskedLine, HeldBy, PersonPage
from candor.surface.console.requests import naming, queue
from candor.surface.console.requests.views import (
    Act,
    ActPage,
    AreaPart,
    CertificatePart,
    ClockPart,
    Column,
    EventStep,
    Figure,
    HoldPart,
    InputPart,
    NewPage,
    NoteLine,
    PaceLine,
    Preview,
    QueueFilter,
    QueuePage,
    RelatedLine,
    RequestLine,
    RequestPage,
    SelectPart,
    TaskLine,
    WordsPage,
)
from candor.surface.console.retention.views import (
    KeptLine,
    RetentionPage,
    SweepLine,
    TableLine,
)
from candor.surface.console.security.views import AuditLine
from candor.surface.console.today.views import Promised, TodayPage
from candor.surface.console.views import Option, Pager, Pair
from candor.surface.trust.views import RightLine, YearPage, YearPart

NOW: Final = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_ONE: Final = f"{queue.URL}/01a2b3c4-0000-7000-8000-000000000001"
_WEEKLY: Final = (2, 4, 1, 0, 3, 6, 5, 9, 4, 7, 8, 3)
_COLLEAGUES: Final = (
    Option("1", "Dora Lindqvist, privacy officer"),
    Option("2", "Ben Okafor, administrator"),
)
_ANY: Final = QueueFilter("", "", "", "", "", "")

LINE: Final = RequestLine(
    href=_ONE,
    right="Erasure",
    law="GDPR",
    who="Person 7f3a 91c0",
    channel="letter",
    state="in progress",
    tone="calm",
    clock=ClockPart("2 days late", "late"),
    assignee="Dora Lindqvist",
    received_at=NOW - 33 * _DAY,
    is_stuck=True,
)
QUEUE: Final = QueuePage(
    url=queue.URL,
    chosen=_ANY,
    states=queue.STATES,
    rights=queue.RIGHTS,
    laws=queue.LAWS,
    channels=queue.CHANNELS,
    assignees=(Option("mine", "me"), *_COLLEAGUES),
    onlies=queue.ONLIES,
    is_filtered=False,
    lines=(
        LINE,
        replace(
            LINE,
            right="Access",
            law="unknown: the strictest",
            who="nobody found yet",
            channel="e-mail",
            state="waiting for proof",
            tone="attention",
            clock=ClockPart("4 days left", "soon"),
            assignee=None,
            received_at=NOW - 11 * _DAY,
            is_stuck=False,
        ),
        replace(
            LINE,
            right="No sale or sharing",
            law="CCPA",
            clock=ClockPart("19 days left"),
            is_stuck=False,
        ),
        replace(
            LINE,
            right="Portability",
            state="fulfilled",
            tone="good",
            clock=None,
            is_stuck=False,
        ),
    ),
    pager=Pager(None, f"{queue.URL}?after=x"),
    figures=(
        Figure("Open", 14, queue.URL),
        Figure("Due within 7 days", 3, queue.URL, note="late ones too"),
        Figure("Late", 1, queue.URL, is_alert=True),
        Figure("Stuck", 2, queue.URL, note="need a person", is_alert=True),
        Figure("Waiting for proof", 4, queue.URL),
        Figure("Nobody sees to it", 6, queue.URL),
    ),
    weeks=tuple(
        Column(f"{week} September 2026", value) for week, value in enumerate(_WEEKLY, start=1)
    ),
    is_any=True,
    pace=(
        PaceLine("Access", queue.URL, 41, 38, 2, "97%", 97, "1.2", "4.9", _WEEKLY),
        PaceLine("Erasure", queue.URL, 12, 0, 0, "–", None, "–", "–", (0,) * 12),
    ),
    new_url=f"{queue.URL}/new",
)
TASK: Final = TaskLine(
    what="Tell the system",
    party="warehouse",
    state="stuck",
    tone="refusal",
    stage=2,
    attempts=8,
    when=None,
    problem="no answer",
    evidence=(),
    settle_url=f"{_ONE}/tasks/1",
    retry_url=f"{_ONE}/tasks/1/retry",
)
REQUEST: Final = RequestPage(
    title="Erasure",
    code="7f3a 91c0",
    back_url=queue.URL,
    url=_ONE,
    csrf_token="token",
    state="in progress",
    tone="calm",
    clock=ClockPart("4 days left", "soon"),
    who="Person 7f3a 91c0",
    person_url="/console/people/1",
    facts=(
        Pair("Law", "GDPR (European Union)"),
        Pair("Came by", "letter"),
        Pair("Asked by", "an authorised agent: Helper Ltd"),
        Pair("Is answered in", "German"),
        Pair("Number outside", "HELPER-2026-0001"),
    ),
    scope=(Pair("Purpose", "news"),),
    times=(
        Pair("Reached us", "22 October 2026, 12:00"),
        Pair("To be answered by", "23 November 2026, 23:59"),
        Pair("Why more time", naming.GROUNDS[naming.Ground.COMPLEX]),
    ),
    proof="two facts that agree with ours",
    proof_needed="signed in, and proved anew",
    is_proved=False,
    proved_at=NOW - 3 * _DAY,
    failures=1,
    outcome=None,
    ground=None,
    assignee="Dora Lindqvist",
    colleagues=_COLLEAGUES,
    assign_url=f"{_ONE}/assign",
    assignee_id="1",
    acts=(
        Act("See to it myself", f"{_ONE}/assign", is_form=True, look=""),
        Act("Confirm receipt", f"{_ONE}/acknowledge", is_form=True),
        Act("Record a proof …", f"{_ONE}/prove"),
        Act("Take more time …", f"{_ONE}/extend"),
        Act("Answer by hand …", f"{_ONE}/fulfil"),
        Act("Refuse …", f"{_ONE}/refuse"),
    ),
    events=(
        EventStep(NOW - 30 * _DAY, "Received", "letter · Dora Lindqvist"),
        EventStep(NOW - 2 * _DAY, "Work began", "the person"),
    ),
    tasks=(
        replace(
            TASK,
            what="Remove the rows",
            party="profiles",
            state="done",
            tone="good",
            attempts=1,
            when=NOW - _DAY,
            problem=None,
            evidence=(Pair("rows", "412"), Pair("tables", "9")),
            done_by="the worker",
            settle_url=None,
            retry_url=None,
        ),
        TASK,
        replace(
            TASK,
            what="Answer the person",
            party="",
            state="somebody must do it",
            tone="attention",
            due_at=NOW + 2 * _DAY,
            attempts=0,
            problem=None,
            retry_url=None,
        ),
    ),
    holds=(
        HoldPart(
            naming.GROUNDS[naming.Ground.LEGAL_CLAIMS],
            "C-2026/17",
            NOW - 90 * _DAY,
            NOW + 90 * _DAY,
            f"{queue.URL}/holds",
        ),
    ),
    related=(
        RelatedLine(_ONE, "Access", "of the same person", "fulfilled", "good", NOW - 40 * _DAY),
    ),
    certificate=CertificatePart(
        f"{_ONE}/certificate",
        (Pair("Rows", "412"), Pair("Backups until", "22 December 2026")),
    ),
    log=(
        AuditLine(
            entry_id=4711,
            at=NOW - _DAY,
            who="Dora Lindqvist",
            who_kind="staff",
            action="rights.proved",
            subject="5f3a90c1",
            purpose=None,
            fields=(),
            outcome="done",
            reason=None,
            details=("request 7f3a 91c0", "right erasure"),
        ),
    ),
    words_url=f"{_ONE}/words",
    contests_url=None,
    done="Written down who sees to it.",
)
_GROUNDS: Final = tuple(Option(code, said) for code, said in naming.GROUNDS.items())
REFUSE: Final = ActPage(
    title="Refuse this request",
    eyebrow="Request 7f3a 91c0, Person 7f3a 91c0",
    lede="With a ground that the law knows.",
    back_url=_ONE,
    post_url=f"{_ONE}/refuse",
    csrf_token="token",
    button="Refuse, and send the letter",
    look="danger",
    effects=("3 tasks are dropped.", "One letter goes to the person, in their language."),
    selects=(SelectPart("ground", "Ground", _GROUNDS, empty="Choose a ground"),),
    area=AreaPart("words", "Your own words to them", hint="They read it as it stands here."),
    preview_button=True,
)
PROVE: Final = replace(
    REFUSE,
    title="Record a proof",
    button="It is the person",
    look="",
    area=None,
    preview_button=False,
    inputs=(
        InputPart(
            "authority", "Number of the paper", is_required=False, error="Write it down."
        ),
    ),
    second=Option("wrong", "It does not agree"),
    error="Put right what is marked.",
)
WORDS: Final = WordsPage(
    eyebrow="Request 7f3a 91c0",
    back_url=_ONE,
    url=f"{_ONE}/words",
    csrf_token="token",
    purposes=(Option("answer", "To answer this request"),),
)
_SOME: Final = (Option("a", "One"), Option("b", "Another"))
NEW: Final = NewPage(
    url=f"{queue.URL}/new",
    back_url=queue.URL,
    csrf_token="token",
    kinds=(Option("email", "E-mail address"), Option("card", "Loyalty card")),
    purposes=(Option("orders", "Orders"),),
    rights=queue.RIGHTS,
    channels=queue.CHANNELS,
    laws=queue.LAWS,
    languages=(Option("en", "English"), Option("de", "German")),
    requesters=_SOME,
    proofs=_SOME,
    facts=_SOME,
    today="2026-11-21",
)
HOLD: Final = HoldLine(
    href=f"{queue.URL}/holds/1",
    who="Person 7f3a 91c0",
    person_url="/console/people/1",
    ground=naming.GROUNDS[naming.Ground.LEGAL_CLAIMS],
    reference="C-2026/17",
    placed_by="Dora Lindqvist",
    placed_at=NOW - 190 * _DAY,
    review_on=date(2026, 11, 20),
    is_due=True,
    lifted_at=None,
    lifted_by=None,
)
HOLDS: Final = HoldsPage(
    standing=(
        HOLD,
        replace(HOLD, reference="A-4", person_url=None, href=None, is_due=False),
    ),
    lifted=(replace(HOLD, href=None, is_due=False, lifted_at=NOW, lifted_by="Ben Okafor"),),
    due=1,
)
CONTESTS: Final = ContestsPage(
    (
        ContestLine(
            f"{_ONE}/review",
            "Person 7f3a 91c0",
            "Which offers you see",
            NOW - 4 * _DAY,
            ClockPart("26 days left"),
            "Dora Lindqvist",
        ),
        ContestLine(f"{_ONE}/review", "Person 22aa 91c0", "Credit on invoice", NOW, None, None),
    )
)
REVIEW: Final = ReviewPage(
    title="Which offers you see",
    eyebrow="Request 7f3a 91c0, Person 7f3a 91c0",
    back_url=f"{queue.URL}/contests",
    request_url=_ONE,
    csrf_token="token",
    plain="Who buys often at one shop gets its offers.",
    meaning="Other offers are not shown to you.",
    decided_at=NOW - 9 * _DAY,
    outcome="family",
    source="the worker",
    edition=2,
    purposes=(Option("orders", "Orders"),),
    open_url=f"{_ONE}/review/open",
    post_url=f"{_ONE}/review",
    verdicts=_SOME,
    outcomes=_SOME,
)
_ROWS: Final = (
    TableLine("collect.event", "retention", 1_204),
    TableLine("rights.request", "keep requests", 3),
)
SWEEP: Final = SweepLine(
    is_dry=True,
    by="the schedule",
    started_at=NOW - timedelta(hours=2),
    finished_at=NOW - timedelta(hours=1),
    rows=1_207,
    state="done",
    tone="good",
    note=None,
    tables=_ROWS,
)
RETENTION: Final = RetentionPage(
    kept=(
        KeptLine("Birthday", "fact", "36 months", "/console/catalogue"),
        KeptLine("Purchase", "event", "25 months", "/console/catalogue"),
    ),
    sweeps=(
        SWEEP,
        replace(SWEEP, is_dry=False),
        replace(
            SWEEP,
            is_dry=False,
            state="failed",
            tone="refusal",
            note="Something was over and is still there: look at the tables below.",
        ),
        replace(
            SWEEP, finished_at=None, rows=0, tables=(), state="running, or killed", tone="calm"
        ),
    ),
    foreseen=SWEEP,
    post_url="/console/catalogue/retention",
    csrf_token="token",
    is_running=False,
    done="A worker counts what is over.",
)
AGENT: Final = AgentLine(
    code="HELPER",
    name="Helper Ltd",
    web_url="https://helper.example",
    is_trusted=True,
    added_at=NOW - 60 * _DAY,
    added_by="Dora Lindqvist",
    paired_at=NOW - 9 * _DAY,
    ended_at=None,
    end_url=f"{queue.URL}/agents/end",
)
AGENTS: Final = AgentsPage(
    lines=(
        AGENT,
        replace(
            AGENT,
            code="OTHER",
            name="Other Ltd",
            web_url="",
            is_trusted=False,
            paired_at=None,
            ended_at=NOW,
            end_url=None,
        ),
    ),
    post_url=f"{queue.URL}/agents",
    csrf_token="token",
)
SYSTEM: Final = SystemLine(
    ref="1",
    name="Mailer",
    protocol="OpenDSR 2.0",
    url="https://mailer.example/opendsr/v2",
    identities=("E-mail address", "Customer number"),
    callback="https://shop.example/opendsr/v2/callbacks/01a2b3c4",
    added_at=NOW - 60 * _DAY,
    answered_at=NOW - _DAY,
    problem=None,
    ended_at=None,
    end_url=f"{queue.URL}/systems/end",
)
SYSTEMS: Final = SystemsPage(
    lines=(
        SYSTEM,
        replace(SYSTEM, name="Shop", problem="bad signature", answered_at=None),
        replace(
            SYSTEM,
            name="Warehouse",
            protocol="by a colleague",
            url="",
            identities=(),
            callback=None,
            ended_at=NOW,
            end_url=None,
        ),
    ),
    protocols=_SOME,
    kinds=(Option("email", "E-mail address"), Option("card", "Loyalty card")),
    post_url=f"{queue.URL}/systems",
    csrf_token="token",
)
PROMISED: Final = Promised("97%", "of 38 in 90 days", 14, 1, 2, _WEEKLY, queue.URL)
HELD: Final = (
    HeldBy(
        naming.GROUNDS[naming.Ground.LEGAL_CLAIMS],
        "C-2026/17",
        date(2027, 2, 1),
        f"{queue.URL}/holds",
    ),
)
ASKED: Final = (AskedLine(_ONE, "Access", *naming.STATES[State.FULFILLED], NOW - 9 * _DAY),)
YEARS: Final = YearPage(
    years=(
        YearPart(
            "2026",
            is_over=False,
            rights=(
                RightLine("Seeing everything we hold about you", 41, 33, 5, None, "1.2", "4.9"),
                RightLine("Being forgotten", None, None, 0, 0, None, None),
            ),
        ),
        YearPart("2025", is_over=True, rights=()),
    ),
    smallest=5,
    json_url="/trust/requests.json",
    trust_url="/trust",
)
_NO_FILTER: Final = replace(QUEUE, lines=(), pager=Pager(None, None), weeks=(), pace=())

# case, template, view, place in the console's rail
SAMPLES: Final = (
    ("requests", "console/requests.html", QUEUE, "requests"),
    (
        "requests-none",
        "console/requests.html",
        replace(_NO_FILTER, is_any=False, new_url=None),
        "requests",
    ),
    (
        "requests-filtered",
        "console/requests.html",
        replace(_NO_FILTER, is_any=False, is_filtered=True, chosen=replace(_ANY, only="stuck")),
        "requests",
    ),
    ("request", "console/request.html", REQUEST, "requests"),
    (
        "request-closed",
        "console/request.html",
        replace(
            REQUEST,
            state="fulfilled",
            tone="good",
            clock=None,
            person_url=None,
            outcome="a part of it was done",
            ground=naming.GROUNDS[naming.Ground.LEGAL_OBLIGATION],
            acts=(),
            assign_url=None,
            is_proved=True,
            tasks=(),
            holds=(),
            related=(),
            certificate=None,
            log=(),
            words_url=None,
            done=None,
            refused="This request is answered. Below is how, and by whom.",
        ),
        "requests",
    ),
    (
        "request-contest",
        "console/request.html",
        replace(REQUEST, contests_url=f"{_ONE}/review", done=None),
        "requests",
    ),
    ("request-refuse", "console/request_act.html", REFUSE, "requests"),
    (
        "request-refuse-letter",
        "console/request_act.html",
        replace(
            REFUSE, preview=Preview("de-DE", "Sie haben sich beschwert", ("Nichts da.", "Gruß"))
        ),
        "requests",
    ),
    ("request-prove-wrong", "console/request_act.html", PROVE, "requests"),
    ("request-words", "console/request_words.html", WORDS, "requests"),
    (
        "request-words-open",
        "console/request_words.html",
        replace(
            WORDS,
            notes=(NoteLine("What they wrote", "the person", NOW, "Please stop.\nThank you."),),
        ),
        "requests",
    ),
    (
        "request-words-none",
        "console/request_words.html",
        replace(WORDS, notes=(), error="Choose why."),
        "requests",
    ),
    ("request-new", "console/request_new.html", NEW, "requests"),
    (
        "request-new-wrong",
        "console/request_new.html",
        replace(
            NEW,
            values={"right": "access", "words": "hello"},
            errors={"received": "This day lies in the future.", "words": "Too long."},
            is_not_found=True,
        ),
        "requests",
    ),
    ("holds", "console/holds.html", HOLDS, "requests"),
    ("holds-none", "console/holds.html", HoldsPage((), (), 0), "requests"),
    ("contests", "console/contests.html", CONTESTS, "requests"),
    ("contests-none", "console/contests.html", ContestsPage(()), "requests"),
    ("review", "console/review.html", REVIEW, "requests"),
    (
        "review-open",
        "console/review.html",
        replace(
            REVIEW,
            inputs=(Pair("Household", "family"), Pair("Visits", "12")),
            values={"verdict": "changed"},
            errors={"outcome": "Choose the outcome instead."},
        ),
        "requests",
    ),
    (
        "review-over",
        "console/review.html",
        replace(
            REVIEW,
            inputs=(),
            post_url=None,
            verdict="A person looked, and came to the same.",
            refused="This purpose is not allowed.",
        ),
        "requests",
    ),
    ("retention", "console/retention.html", RETENTION, "catalogue"),
    (
        "retention-none",
        "console/retention.html",
        replace(RETENTION, sweeps=(), foreseen=None, post_url=None, done=None),
        "catalogue",
    ),
    (
        "retention-running",
        "console/retention.html",
        replace(RETENTION, foreseen=None, is_running=True),
        "catalogue",
    ),
    ("agents", "console/agents.html", AGENTS, "requests"),
    (
        "agents-none",
        "console/agents.html",
        replace(AGENTS, lines=(), error="A key is not of 32 bytes.", values={"code": "A"}),
        "requests",
    ),
    ("systems", "console/systems.html", SYSTEMS, "requests"),
    (
        "systems-none",
        "console/systems.html",
        replace(SYSTEMS, lines=(), error="Its name is taken.", values={"kind-email": "yes"}),
        "requests",
    ),
)


def samples(
    console: Callable[[str], object],
    trust_frame: object,
    person: PersonPage,
    today: TodayPage,
) -> dict[str, tuple[str, Any, object]]:
    """Return each state of these pages: template, view, frame."""
    return {
        **{case: (path, view, console(place)) for case, path, view, place in SAMPLES},
        "person-held": (
            "console/person.html",
            replace(person, holds=HELD, requests=ASKED, hold_url="/console/people/1/hold"),
            console("people"),
        ),
        "today-promised": (
            "console/today.html",
            replace(today, promised=PROMISED),
            console("today"),
        ),
        "trust-requests": ("trust/requests.html", YEARS, trust_frame),
        "trust-requests-none": (
            "trust/requests.html",
            replace(YEARS, years=(YearPart("2026", is_over=False, rights=()),)),
            trust_frame,
        ),
    }
