"""Valid views of the customer's pages about rights, in every state. See `views.py`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from candor.surface.portal.rights.views import (
    Answer,
    Archive,
    BackPage,
    ComplainPage,
    CorrectPage,
    Count,
    DecisionLine,
    ForgetPage,
    HumanPage,
    KindLine,
    ObjectPage,
    Pick,
    ProgressPage,
    RequestLine,
    RequestPage,
    RightCard,
    RightsPage,
    Step,
    UseLine,
)

NOW: Final = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
_TICKET: Final = "/rights/sJ3l0b1r5yEXAMPLEv9dQm2u6TnWc8KfHaZp4RgXoYE"
_ONE: Final = "/me/rights/01a2b3c4-0000-7000-8000-000000000001"

RUNNING: Final = RequestLine(
    href=_ONE,
    title="You asked to see everything",
    asked_at=NOW - timedelta(minutes=1),
    state="under way",
    tone="calm",
    clock="We have until 21 December 2026. It usually takes less than a minute.",
)
LATE: Final = replace(
    RUNNING,
    title="You complained",
    clock="We should have answered by 20 November 2026. We are late.",
    urgency="late",
)
OVER: Final = replace(
    RUNNING,
    title="You asked us to put something right",
    state="done in part",
    tone="attention",
    clock=None,
)
RIGHTS: Final = RightsPage(
    cards=(
        RightCard(
            "see",
            "See everything",
            "You get a copy of all that we hold about you.",
            "Show me everything",
            "/me/rights/see",
            acts=True,
            running_url=_ONE,
        ),
        RightCard(
            "take",
            "Take it with you",
            "You get what you gave us, in files that another company can read.",
            "Pack it for me",
            "/me/rights/take",
            acts=True,
        ),
        RightCard(
            "forget",
            "Be forgotten",
            "We make everything about you unreadable at once.",
            "Forget me",
            "/me/rights/forget",
            acts=False,
        ),
    ),
    waiting=(
        replace(
            RUNNING,
            clock=None,
            state="waiting for your yes",
            confirm_url=f"{_ONE}/confirm",
            deny_url=f"{_ONE}/deny",
        ),
    ),
    running=(RUNNING, LATE),
    past=(OVER,),
    law="GDPR",
    authority="Der Hamburgische Beauftragte für Datenschutz, datenschutz-hamburg.de",
    said="Your data is used again as you have chosen under What you allow.",
    asks_again=True,
    has_older=True,
)
STEPS: Final = (
    Step("We received it", NOW - timedelta(minutes=2), "done"),
    Step("Work on it began", NOW - timedelta(minutes=2), "done"),
    Step("We took more time and told you why", NOW, "done", "So many people ask at present."),
    Step("What has become unreadable is cleared away", None, "waiting", "Just now."),
    Step("You get a signed certificate of it", None, "waiting"),
)
REQUEST: Final = RequestPage(
    title="You asked to see everything",
    what=None,
    asked_at=NOW - timedelta(minutes=2),
    state="under way",
    tone="calm",
    clock="We have until 21 December 2026. It usually takes less than a minute.",
    urgency="",
    steps=STEPS,
    answer=None,
    is_live=True,
    back_url="/me/rights",
    here_url=_ONE,
    withdraw_url=f"{_ONE}/withdraw",
    said="We have it. You see here how it goes.",
)
DONE: Final = Answer(
    "Done in part",
    "What we held about you is gone. The certificate says so.",
    "attention",
    words="Your invoices of 2025 stay until 2033.",
    kept=("A law tells us to keep it for a time.",),
)
FORGET: Final = ForgetPage(
    post_url="/me/rights/forget",
    back_url="/me/rights",
    goes=(Count("Facts about you", 27), Count("Purchases, visits and messages", 1_204)),
    stays=("That somebody asked for this.", "The log of who looked at your data."),
    gone_by=NOW + timedelta(days=28),
    asks_again=True,
)
USE: Final = UseLine(
    "insights", "Understand what is bought", "We count baskets.", is_on=True, state="On"
)
OBJECT: Final = ObjectPage(
    post_url="/me/rights/object",
    back_url="/me/rights",
    uses=(USE, replace(USE, code="post", title="Letters by post", is_on=False, state="Off")),
    allow_url="/me/allow",
)
CORRECT: Final = CorrectPage(
    post_url="/me/rights/correct",
    back_url="/me/rights",
    facts_url="/me/facts",
    picks=(Pick("last_name", "Family name"), Pick("something_else", "Something else")),
)
DECISION: Final = DecisionLine(
    decision_id="01a2b3c4",
    title="Buying on account",
    outcome="refused",
    logic="We look at what you paid late in a year, and at nothing else.",
    meaning="You pay at once instead of later.",
    at=NOW - timedelta(days=3),
    inputs=(("Late payments", "2"),),
)
HUMAN: Final = HumanPage(
    contest_url="/me/rights/human",
    only_url="/me/rights/human/only",
    back_url="/me/rights",
    kinds=(
        KindLine("credit", DECISION.title, DECISION.logic, DECISION.meaning, by_people=True),
    ),
    decisions=(
        DECISION,
        replace(DECISION, decision_id="2", is_contested=True, request_url=_ONE),
        replace(
            DECISION,
            decision_id="3",
            is_contested=True,
            request_url=_ONE,
            verdict="A person looked, and decided otherwise: granted.",
        ),
    ),
)
COMPLAIN: Final = ComplainPage(
    post_url="/me/rights/complain",
    back_url="/me/rights",
    is_appeal=False,
    about=None,
    authority=RIGHTS.authority,
    contact="privacy@nordmarkt.example",
)
PROGRESS: Final = ProgressPage(
    "open",
    title="You asked to be forgotten",
    asked_at=NOW - timedelta(minutes=2),
    badge="under way",
    tone="calm",
    clock="We have until 21 December 2026.",
    steps=STEPS,
    is_live=True,
    here_url=_TICKET,
    is_farewell=True,
    yes_url=f"{_TICKET}/yes/mark",
    no_url=f"{_TICKET}/no",
    points_url=f"{_TICKET}/facts",
    left=5,
    home_url="/me",
    csrf_token="token",
    contact="privacy@nordmarkt.example",
    authority=RIGHTS.authority,
)
BACK: Final = BackPage(
    "address",
    post_url="/me/back/send",
    start_url="/me/back",
    csrf_token="token",
    contact="privacy@nordmarkt.example",
    lasts_minutes=15,
)

PAGES: Final = (
    ("rights", "portal/rights.html", RIGHTS),
    (
        "rights-nothing-yet",
        "portal/rights.html",
        replace(
            RIGHTS,
            running=(),
            past=(),
            law=None,
            authority="",
            said=None,
            asks_again=False,
            has_older=False,
        ),
    ),
    ("request", "portal/request.html", REQUEST),
    (
        "request-done",
        "portal/request.html",
        replace(
            REQUEST,
            what="Family name",
            state="done in part",
            tone="attention",
            clock=None,
            answer=DONE,
            is_live=False,
            certificate_url=f"{_ONE}/certificate",
            archive=Archive(f"{_ONE}/archive", NOW + timedelta(days=14), 2),
            withdraw_url=None,
            appeal_url=f"{_ONE}/appeal",
            complain_url="/me/rights/complain?about=1",
            is_no=True,
            authority=RIGHTS.authority,
            words="My name is Schmidt with dt.",
            said=None,
        ),
    ),
    (
        "request-from-elsewhere",
        "portal/request.html",
        replace(
            REQUEST,
            state="waiting for your yes",
            tone="attention",
            confirm_url=f"{_ONE}/confirm",
            deny_url=f"{_ONE}/deny",
            archive=Archive(f"{_ONE}/archive", NOW + timedelta(days=14), 0),
            complain_url="/me/rights/complain?about=1",
            is_live=False,
            steps=(),
            urgency="soon",
            said=None,
        ),
    ),
    ("forget", "portal/forget.html", FORGET),
    (
        "forget-held",
        "portal/forget.html",
        replace(FORGET, held="A claim is open until March.", gone_by=None, asks_again=False),
    ),
    ("forget-running", "portal/forget.html", replace(FORGET, running_url=_ONE)),
    ("object", "portal/object.html", OBJECT),
    ("object-nothing", "portal/object.html", replace(OBJECT, uses=())),
    ("put-right", "portal/put_right.html", CORRECT),
    (
        "put-right-wrong",
        "portal/put_right.html",
        replace(CORRECT, chosen="last_name", why="My passport.", error="Say what is right."),
    ),
    ("human", "portal/human.html", HUMAN),
    (
        "human-nothing",
        "portal/human.html",
        replace(HUMAN, kinds=(), decisions=()),
    ),
    ("complain", "portal/complain.html", COMPLAIN),
    (
        "appeal",
        "portal/complain.html",
        replace(
            COMPLAIN,
            is_appeal=True,
            about="You asked to be forgotten",
            authority="",
            words="No.",
            error="Write a sentence or two.",
        ),
    ),
)
CARDS: Final = (
    ("progress", "portal/progress.html", PROGRESS),
    (
        "progress-over",
        "portal/progress.html",
        replace(
            PROGRESS,
            answer=DONE,
            is_live=False,
            certificate_url=f"{_TICKET}/certificate",
            has_archive=True,
        ),
    ),
    (
        "progress-ask",
        "portal/progress.html",
        replace(PROGRESS, state="ask", title="being forgotten", points_url=""),
    ),
    (
        "progress-ask-wrong",
        "portal/progress.html",
        replace(PROGRESS, state="ask", yes_url="", left=1, error="That is not what we know."),
    ),
    ("progress-done", "portal/progress.html", replace(PROGRESS, state="done")),
    ("progress-withdrawn", "portal/progress.html", replace(PROGRESS, state="withdrawn")),
    ("progress-gone", "portal/progress.html", ProgressPage("gone", home_url="/me")),
    ("back", "portal/back.html", BACK),
    (
        "back-wrong",
        "portal/back.html",
        replace(BACK, address="ada", error="This is no address.", said="Ask for a new one."),
    ),
    ("back-code", "portal/back.html", replace(BACK, state="code", post_url="/me/back/code")),
    ("back-done", "portal/back.html", replace(BACK, state="done")),
)
