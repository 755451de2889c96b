"""The console's side of requests: the queue, one page for each, and every act on it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from candor.app import Candor, office_of
from candor.domain.access.model.roles import Role
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Regime
from candor.domain.rights.model.request import Channel, Proof, Request, Right, State
from candor.domain.rights.model.task import TaskState
from candor.domain.rights.service import reading as requests
from candor.domain.rights.service.asking import Asked, ask
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii
from tests.factories.house import make_person
from tests.web.console.conftest import Clerk, Hire, words_of

URL = "/console/requests"
DESK = Actor.machine("test")


async def asked_for(candor: Candor, who: ProfileId | None, **changes: Any) -> Request:  # noqa: ANN401
    """Return a request: a complaint by letter, under the GDPR, unless told otherwise."""
    wanted: dict[str, Any] = {
        "kind": Right.COMPLAINT,
        "channel": Channel.LETTER,
        "profile_id": who,
        "regime": Regime.GDPR,
        **changes,
    }
    async with candor.database.tx("test") as tx:
        opened = await ask(tx, Asked(**wanted), actor=DESK, office=office_of(candor))
    return opened.request


async def now_of(candor: Candor, request: Request) -> Request:
    async with candor.database.read("test") as tx:
        return await requests.find(tx, request.request_id)


@pytest.fixture
async def anna(candor: Candor) -> ProfileId:
    return await make_person(candor, email="anna@example.org", name="Anna Ahlers")


@pytest.fixture
async def complaint(candor: Candor, anna: ProfileId) -> Request:
    """Return a request that a person answers: it is under way."""
    return await asked_for(candor, anna)


@pytest.fixture
async def waiting(candor: Candor, anna: ProfileId) -> Request:
    """Return a request of which nobody knows yet whether it is hers."""
    return await asked_for(candor, anna, kind=Right.RECTIFICATION)


def url_of(request: Request) -> str:
    return f"{URL}/{request.request_id}"


# ---------------------------------------------------------------- the queue


async def test_the_most_urgent_comes_first_and_nobody_is_opened(
    candor: Candor, piet: Clerk, anna: ProfileId, clock: FixedClock
) -> None:
    late = clock.now() - timedelta(days=60)
    await asked_for(candor, anna)
    await asked_for(candor, anna, kind=Right.OBJECTION, received_at=late)
    html = await piet.page(URL)
    words = words_of(html)
    assert "late" in words
    rows = re.findall(r'<th scope="row"><a href="/console/requests/[^"]+">(\w+)', html)
    assert rows == ["Objection", "Complaint"]
    assert "Anna" not in words
    assert "anna@" not in words


async def test_an_empty_queue_says_how_requests_come(piet: Clerk) -> None:
    assert "No request is open" in await piet.words(URL)
    assert "No request is like that" in await piet.words(f"{URL}?right=erasure")


FILTERS: list[tuple[Any, ...]] = [
    ("only=overdue", False),
    ("only=all", True),
    ("only=soon", False),
    ("only=stuck", True),
    ("only=answered", False),
    ("only=proof", False),
    ("state=in_progress", True),
    ("state=refused", False),
    ("right=complaint", True),
    ("right=erasure", False),
    ("law=gdpr", True),
    ("law=unknown", False),
    ("channel=letter", True),
    ("channel=drp", False),
    ("assignee=nobody", True),
    ("assignee=mine", False),
    ("right=nonsense&law=%00&after=nonsense", True),
    ("after=2999-01-01T00:00:00%2B00:00~00000000-0000-0000-0000-000000000000", False),
    ("after=2999-01-01T00:00:00~00000000-0000-0000-0000-000000000000", True),
]


async def test_the_filter_stands_in_the_address(piet: Clerk, complaint: Request) -> None:
    for query, is_shown in FILTERS:
        assert (url_of(complaint) in await piet.page(f"{URL}?{query}")) is is_shown


async def test_numbers_lead_to_their_rows_and_pages_to_the_next(
    candor: Candor, piet: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "PAGE", 2)
    made = [await asked_for(candor, None) for _ in range(5)]
    seen: list[str] = []
    address: str | None = URL
    html = ""
    while address:
        html = await piet.page(address)
        seen += re.findall(r'<th scope="row"><a href="/console/requests/([0-9a-f-]{36})"', html)
        older = re.search(r'href="([^"]+)" rel="next"', html)
        address = older.group(1).replace("&amp;", "&") if older else None
    assert sorted(seen) == sorted(str(one.request_id) for one in made)
    assert "Waiting for proof" in html
    assert "Newest" in html


# ---------------------------------------------------------------- one request


async def test_a_page_shows_everything_but_the_person(piet: Clerk, complaint: Request) -> None:
    words = await piet.words(url_of(complaint))
    for told in ("Complaint", "GDPR", "letter", "To be answered by", "Received", "Work began"):
        assert told in words
    assert "Anna" not in words
    html = await piet.page(url_of(complaint))
    assert f"/console/people/{complaint.profile_id}" in html
    assert "rights.received" in html


async def test_what_the_person_did_themselves_is_told_without_their_name(
    candor: Candor, piet: Clerk, anna: ProfileId
) -> None:
    async with candor.database.tx("test") as tx:
        asked = Asked(Right.COMPLAINT, Channel.PORTAL, anna, regime=Regime.GDPR)
        for actor in (Actor.customer(anna), Actor.customer("unknown")):
            opened = await ask(tx, asked, actor=actor, office=office_of(candor))
    words = await piet.words(url_of(opened.request))
    assert "Received their own page · the person" in words
    assert "the person" in await piet.words("/console/audit")


async def test_there_is_no_page_of_what_nobody_asked(piet: Clerk) -> None:
    assert (await piet.get(f"{URL}/{new_id()}")).status_code == 404
    assert (await piet.get(f"{URL}/{new_id()}/refuse")).status_code == 404
    assert (await piet.get(f"{URL}/nonsense")).status_code == 404


async def test_who_may_only_look_gets_no_acts(hire: Hire, complaint: Request) -> None:
    sue = await hire(Role.SUPPORT)
    html = await sue.page(url_of(complaint))
    assert "/refuse" not in html
    assert "rights.received" not in html, "the log is for those who may read it"
    for act in ("assign", "acknowledge", "link", "resume", "prove", "extend", "pause"):
        assert (await sue.send(f"{url_of(complaint)}/{act}")).status_code == 403
    for act in ("refuse", "fulfil", "withdraw", "words", "person"):
        assert (await sue.send(f"{url_of(complaint)}/{act}")).status_code == 403


# ---------------------------------------------------------------- acts


async def test_somebody_sees_to_it(candor: Candor, piet: Clerk, complaint: Request) -> None:
    assert piet.staff
    me = str(piet.staff.staff_id)
    answer = await piet.send(f"{url_of(complaint)}/assign", who=me)
    assert answer.status_code == 303
    assert (await now_of(candor, complaint)).assignee_id == UUID(me)
    assert url_of(complaint) in await piet.page(f"{URL}?assignee=mine")
    assert "Privacy Miller" in await piet.words(answer.headers["location"])
    await piet.send(f"{url_of(complaint)}/assign", who="")
    assert (await now_of(candor, complaint)).assignee_id is None


async def test_only_who_works_on_requests_can_see_to_one(
    hire: Hire, piet: Clerk, complaint: Request
) -> None:
    eve = await hire(Role.MARKETING)
    assert eve.staff
    for who in (str(eve.staff.staff_id), str(new_id()), "nobody"):
        assert (await piet.send(f"{url_of(complaint)}/assign", who=who)).status_code == 400


async def test_receipt_is_confirmed(candor: Candor, piet: Clerk, anna: ProfileId) -> None:
    made = await asked_for(candor, anna, regime=Regime.UK_GDPR)
    assert "Confirm receipt" in await piet.words(url_of(made))
    assert (await piet.send(f"{url_of(made)}/acknowledge")).status_code == 303
    assert (await now_of(candor, made)).acknowledged_at is not None
    assert "Confirm receipt" not in (await piet.page(url_of(made))).split("What happened")[0]


async def test_a_proof_lets_work_begin(candor: Candor, piet: Clerk, waiting: Request) -> None:
    page = await piet.words(f"{url_of(waiting)}/prove")
    assert "begins at once" in page
    two = {"proof": "data_points", "first": "email", "second": "card"}
    answer = await piet.send(f"{url_of(waiting)}/prove", **two)
    assert answer.status_code == 303, words_of(answer.text)
    found = await now_of(candor, waiting)
    assert (found.state, found.proof) == (State.IN_PROGRESS, Proof.DATA_POINTS)
    assert "Compared by hand" in await piet.words(url_of(waiting))


WEAK: list[tuple[Any, ...]] = [
    ({"proof": "account"}, "how you made sure"),
    ({"proof": ""}, "how you made sure"),
    ({"proof": "data_points", "first": "email", "second": "email"}, "2 different facts"),
    ({"proof": "declaration", "first": "email", "second": "card"}, "3 different facts"),
    ({"proof": "authority"}, "number of the paper"),
    ({"proof": "authority", "authority": "Anna's letter"}, "number of the paper"),
]


async def test_what_proves_too_little_is_said(
    candor: Candor, piet: Clerk, waiting: Request
) -> None:
    for changes, sentence in WEAK:
        answer = await piet.send(f"{url_of(waiting)}/prove", **changes)
        assert answer.status_code == 400
        assert sentence in words_of(answer.text)
        assert (await now_of(candor, waiting)).state is State.VERIFYING


async def test_five_wrong_proofs_are_the_last(
    candor: Candor, piet: Clerk, waiting: Request
) -> None:
    for count in range(5):
        answer = await piet.send(f"{url_of(waiting)}/prove", answer="wrong")
        assert answer.status_code == 303
        assert (await now_of(candor, waiting)).failures == count + 1
    two = {"proof": "data_points", "first": "email", "second": "card"}
    late = await piet.send(f"{url_of(waiting)}/prove", **two)
    assert late.status_code == 409
    assert "No more proofs" in words_of(late.text)


async def test_the_link_is_sent_again(
    candor: Candor, piet: Clerk, waiting: Request, complaint: Request
) -> None:
    assert (await piet.send(f"{url_of(waiting)}/link")).status_code == 303
    async with candor.database.read("test") as tx:
        told = [one.what for one in await requests.events(tx, waiting.request_id)]
    assert told.count("proof_asked") == 2
    assert (await piet.send(f"{url_of(complaint)}/link")).status_code == 409


async def test_more_time_is_taken_once(candor: Candor, piet: Clerk, complaint: Request) -> None:
    assert "It is due on" in await piet.words(f"{url_of(complaint)}/extend")
    wrong = await piet.send(f"{url_of(complaint)}/extend", ground="no_data")
    assert wrong.status_code == 400
    answer = await piet.send(f"{url_of(complaint)}/extend", ground="complex")
    assert answer.status_code == 303
    found = await now_of(candor, complaint)
    assert found.due_at is not None
    assert complaint.due_at is not None
    assert found.due_at > complaint.due_at + timedelta(days=50)
    again = await piet.send(f"{url_of(complaint)}/extend", ground="complex")
    assert again.status_code == 409
    assert "Last of all: More time taken" in words_of(again.text)


async def test_which_right_a_letter_means_is_put_right_by_who_reads_it(
    candor: Candor, piet: Clerk, waiting: Request
) -> None:
    letter = await asked_for(candor, None)
    url = url_of(letter)
    assert f"{url}/sort" in await piet.page(url)
    assert "worked out anew" in await piet.words(f"{url}/sort")
    assert (await piet.send(f"{url}/sort", right="fun")).status_code == 400
    done = await piet.send(f"{url}/sort", right="erasure")
    assert done.status_code == 303
    assert "Sorted" in await piet.words(done.headers["location"])
    assert (await now_of(candor, letter)).kind is Right.ERASURE
    late = await piet.send(f"{url_of(waiting)}/sort", right="erasure")
    assert late.status_code == 409  # it is known whose it is: they were told what they confirm
    assert f"{url_of(waiting)}/sort" not in await piet.page(url_of(waiting))


async def test_the_clock_stands_only_where_the_law_lets_it(
    candor: Candor, piet: Clerk, anna: ProfileId, complaint: Request, clock: FixedClock
) -> None:
    assert "/pause" not in await piet.page(url_of(complaint))
    refused = await piet.send(f"{url_of(complaint)}/pause", why="identity")
    assert refused.status_code == 409
    british = await asked_for(candor, anna, kind=Right.ERASURE, regime=Regime.UK_GDPR)
    assert (await piet.send(f"{url_of(british)}/pause", why="fun")).status_code == 400
    assert (await piet.send(f"{url_of(british)}/pause", why="identity")).status_code == 303
    assert "stands still" in await piet.words(url_of(british))
    clock.advance(timedelta(minutes=5))
    assert (await piet.send(f"{url_of(british)}/resume")).status_code == 303
    assert (await now_of(candor, british)).paused_for == timedelta(minutes=5)
    assert (await piet.send(f"{url_of(british)}/resume")).status_code == 409


async def test_a_refusal_is_shown_as_the_person_reads_it(
    candor: Candor, piet: Clerk, anna: ProfileId
) -> None:
    made = await asked_for(candor, anna, locale="de")
    assert "dropped" in await piet.words(f"{url_of(made)}/refuse")
    look = {"ground": "no_data", "words": "Liebe Anna\n\nNichts da.", "look": "1"}
    shown = await piet.send(f"{url_of(made)}/refuse", **look)
    assert shown.status_code == 200
    assert 'lang="de' in shown.text
    assert "Nichts da." in shown.text
    assert (await now_of(candor, made)).is_open
    del look["look"]
    answer = await piet.send(f"{url_of(made)}/refuse", **look)
    assert answer.status_code == 303
    found = await now_of(candor, made)
    assert (found.state, found.ground) == (State.REFUSED, "no_data")
    words = await piet.words(answer.headers["location"])
    assert "Nothing is held about them" in words
    assert "Nichts da" not in words, "what was written is opened only for a reason"


BAD_ANSWERS: list[tuple[Any, ...]] = [
    ("refuse", {"ground": "because"}, "ground that the law knows"),
    ("refuse", {"ground": "complex"}, "ground that the law knows"),
    ("refuse", {"ground": "no_data", "words": "x" * 4001}, "at most 4,000"),
    ("fulfil", {"outcome": "some"}, "how much of it was done"),
    ("fulfil", {"outcome": "part"}, "why the rest has to stay"),
    ("fulfil", {"outcome": "full", "ground": "no_data"}, "nothing had to stay"),
]


async def test_a_bad_answer_changes_nothing(
    candor: Candor, piet: Clerk, complaint: Request
) -> None:
    for act, changes, sentence in BAD_ANSWERS:
        answer = await piet.send(f"{url_of(complaint)}/{act}", **changes)
        assert answer.status_code == 400
        assert sentence in words_of(answer.text)
        assert (await now_of(candor, complaint)).is_open


async def test_it_is_answered_by_hand(candor: Candor, piet: Clerk, complaint: Request) -> None:
    assert "make sure that each" in await piet.words(f"{url_of(complaint)}/fulfil")
    part = {"outcome": "part", "ground": "legal_obligation", "words": "We looked."}
    answer = await piet.send(f"{url_of(complaint)}/fulfil", **part)
    assert answer.status_code == 303
    found = await now_of(candor, complaint)
    assert (found.state, found.outcome) == (State.FULFILLED, "part")
    assert "a part of it was done" in await piet.words(url_of(complaint))


async def test_what_was_not_proved_is_not_answered_by_hand(
    piet: Clerk, waiting: Request
) -> None:
    answer = await piet.send(f"{url_of(waiting)}/fulfil", outcome="full")
    assert answer.status_code == 409
    assert "Nobody has proved yet" in words_of(answer.text)


async def test_it_is_taken_back(candor: Candor, piet: Clerk, waiting: Request) -> None:
    assert "Only when the person" in await piet.words(f"{url_of(waiting)}/withdraw")
    assert (await piet.send(f"{url_of(waiting)}/withdraw")).status_code == 303
    assert (await now_of(candor, waiting)).state is State.WITHDRAWN


async def test_of_two_officers_the_second_is_told_what_the_first_did(
    candor: Candor, hire: Hire, piet: Clerk, complaint: Request
) -> None:
    ada = await hire(Role.ADMIN)
    assert (await ada.send(f"{url_of(complaint)}/refuse", ground="no_data")).status_code == 303
    late = await piet.send(f"{url_of(complaint)}/fulfil", outcome="full")
    assert late.status_code == 409
    words = words_of(late.text)
    assert "Nothing was done" in words
    assert "Last of all: Refused" in words
    assert "Admin Miller" in words
    assert (await now_of(candor, complaint)).state is State.REFUSED
    asked_again = await piet.get(f"{url_of(complaint)}/refuse")
    assert asked_again.status_code == 409
    assert "This request is answered" in words_of(asked_again.text)


@pytest.mark.asvs("7.5.3")
@pytest.mark.parametrize("act", ["prove", "refuse", "fulfil", "withdraw", "words", "person"])
async def test_what_is_grave_needs_a_fresh_proof(
    candor: Candor, anybody: Callable[[], Clerk], complaint: Request, act: str
) -> None:
    pat = await anybody().sign_in(Role.PRIVACY, by_link_alone=True)
    answer = await pat.send(f"{url_of(complaint)}/{act}", ground="no_data", outcome="full")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/prove")
    assert (await now_of(candor, complaint)).is_open


# ---------------------------------------------------------------- tasks


async def manual_task(candor: Candor, request: Request) -> str:
    async with candor.database.read("test") as tx:
        (task,) = await requests.tasks(tx, request.request_id)
    assert task.state is TaskState.MANUAL
    return f"{url_of(request)}/tasks/{task.task_id}"


async def test_a_task_is_settled_with_evidence(
    candor: Candor, piet: Clerk, complaint: Request
) -> None:
    where = await manual_task(candor, complaint)
    assert where in await piet.page(url_of(complaint))
    assert "stands in the evidence" in await piet.words(where)
    for changes in (
        {"reference": ""},
        {"reference": "asked Anna"},
        {"reference": "A", "ground": "x"},
    ):
        assert (await piet.send(where, **changes)).status_code == 400
    answer = await piet.send(where, reference="T-4711", ground="legal_claims")
    assert answer.status_code == 303
    async with candor.database.read("test") as tx:
        (task,) = await requests.tasks(tx, complaint.request_id)
    assert task.evidence == {"by_hand": "T-4711", "kept": "legal_claims"}
    late = await piet.send(where, reference="T-1")
    assert late.status_code == 409


async def test_a_task_of_another_request_is_none_of_this(
    candor: Candor, piet: Clerk, complaint: Request, waiting: Request
) -> None:
    where = (await manual_task(candor, complaint)).replace(
        str(complaint.request_id), str(waiting.request_id)
    )
    assert (await piet.get(where)).status_code == 404
    assert (await piet.send(where, reference="T-1")).status_code in {404, 409}
    assert (await piet.send(f"{url_of(complaint)}/tasks/{new_id()}/retry")).status_code == 404


async def test_a_stuck_task_is_tried_again(
    candor: Candor, piet: Clerk, complaint: Request, owner: psycopg.Connection[Any]
) -> None:
    where = await manual_task(candor, complaint)
    owner.execute("UPDATE rights.task SET state = 'stuck', attempts = 8, problem = 'away'")
    words = await piet.words(url_of(complaint))
    assert "stuck" in words
    assert "away" in words
    assert "needs a person" in await piet.words(f"{URL}?only=stuck")
    assert (await piet.send(f"{where}/retry")).status_code == 303
    async with candor.database.read("test") as tx:
        (task,) = await requests.tasks(tx, complaint.request_id)
    assert (task.state, task.attempts) == (TaskState.WAITING, 0)


# ---------------------------------------------------------------- what was written


async def test_words_are_opened_for_a_reason_and_written_down(
    candor: Candor, piet: Clerk, anna: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    made = await asked_for(candor, anna, words=Pii("Please <b>stop</b>."))
    page = await piet.page(url_of(made))
    assert "stop" not in page.split("<main")[1].split("What can be done")[0]
    where = f"{url_of(made)}/words"
    assert where in page
    assert (await piet.send(where, purpose="fun")).status_code == 400
    opened = await piet.send(where, purpose="answer")
    assert opened.status_code == 200
    assert "Please &lt;b&gt;stop&lt;/b&gt;." in opened.text
    row = owner.execute(
        "SELECT actor_kind, reason, fields FROM audit.entry WHERE action = 'rights.words_read'"
    ).fetchone()
    assert row == ("staff", "answer", ["words"])


# ---------------------------------------------------------------- writing one down


def form_of(candor: Candor, **changes: str) -> dict[str, str]:
    return {
        "kind": "email",
        "value": "anna@example.org",
        "purpose": "orders",
        "requester": "self",
        "authority": "",
        "right": "complaint",
        "law": "gdpr",
        "channel": "phone",
        "received": candor.clock.now().date().isoformat(),
        "language": "en",
        "words": "",
        "reply_to": "",
        "proof": "none",
        **changes,
    }


async def taken(candor: Candor, answer_url: str) -> Request:
    request_id = UUID(answer_url.split("/")[3].split("?", maxsplit=1)[0])
    async with candor.database.read("test") as tx:
        return await requests.find(tx, request_id)


async def test_a_call_is_written_down_and_the_search_is_in_the_log(
    candor: Candor, hire: Hire, anna: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    sue = await hire(Role.SUPPORT)
    assert "The clock runs from the day" in await sue.words(f"{URL}/new")
    fields = form_of(candor, words="I want to know.", right="access", law="")
    answer = await sue.send(f"{URL}/new", **fields)
    assert answer.status_code == 303, words_of(answer.text)
    found = await taken(candor, answer.headers["location"])
    assert (found.profile_id, found.channel, found.state) == (anna, "phone", State.VERIFYING)
    actions = [row[0] for row in owner.execute("SELECT action FROM audit.entry").fetchall()]
    assert "profiles.find" in actions
    assert "rights.received" in actions
    again = await sue.send(f"{URL}/new", **fields)
    assert again.headers["location"].endswith("done=again")


async def test_whoever_nobody_knows_may_ask_too(
    candor: Candor, piet: Clerk, anna: ProfileId
) -> None:
    nobody = {"kind": "", "value": "", "purpose": "", "reply_to": "nora@example.org"}
    answer = await piet.send(f"{URL}/new", **form_of(candor, **nobody))
    assert answer.status_code == 303, words_of(answer.text)
    found = await taken(candor, answer.headers["location"])
    assert found.profile_id is None
    assert "nobody found yet" in await piet.words(url_of(found))
    where = f"{url_of(found)}/person"
    assert "worked out anew" in await piet.words(where)
    wrong = await piet.send(where, kind="email", value="eve@example.org", purpose="orders")
    assert wrong.status_code == 400
    bad = await piet.send(where, kind="email", value="nonsense", purpose="orders")
    assert bad.status_code == 400
    nothing = await piet.send(where, kind="", value="", purpose="")
    assert nothing.status_code == 400
    right = await piet.send(where, kind="email", value="anna@example.org", purpose="orders")
    assert right.status_code == 303, words_of(right.text)
    assert (await now_of(candor, found)).profile_id == anna
    assert (await piet.get(where)).status_code == 409
    late = await piet.send(where, kind="email", value="anna@example.org", purpose="orders")
    assert late.status_code == 409


MISSING: list[tuple[Any, ...]] = [
    ({"value": "eve@example.org"}, 404, "Nobody is found"),
    ({"value": "nonsense"}, 400, "well-formed identifier"),
    ({"value": ""}, 400, "Type what the person told you"),
    ({"purpose": "ads"}, 400, "Choose why you need"),
    ({"right": "wealth"}, 400, "Choose what they ask for"),
    ({"law": "salic"}, 400, "Choose one of the laws"),
    ({"channel": "portal"}, 400, "Choose how it came"),
    ({"received": "2999-01-01"}, 400, "lies in the future"),
    ({"received": "1999-01-01"}, 400, "more than three years ago"),
    ({"received": "soon"}, 400, "Write the day"),
    ({"language": "tlh"}, 400, "Choose a language"),
    ({"requester": "neighbour"}, 400, "Choose who asks"),
    ({"requester": "guardian"}, 400, "number of the paper"),
    ({"authority": "Anna's letter"}, 400, "number of the paper"),
    ({"proof": "account"}, 400, "how you made sure"),
    ({"proof": "data_points", "first": "email"}, 400, "2 different facts"),
    ({"words": "x" * 4001}, 400, "at most 4,000"),
    ({"reply_to": "nowhere"}, 400, "whole e-mail address"),
    ({"right": "sale_opt_out", "law": "gdpr"}, 400, "knows no such right"),
]


async def test_what_is_missing_is_said_and_nothing_is_taken(
    candor: Candor, piet: Clerk, anna: ProfileId
) -> None:
    for changes, status, sentence in MISSING:
        answer = await piet.send(f"{URL}/new", **form_of(candor, **changes))
        assert answer.status_code == status, words_of(answer.text)
        assert sentence.lower() in words_of(answer.text).lower()
        async with candor.database.read("test") as tx:
            assert not await requests.of_person(tx, [anna])


async def test_a_guardian_shows_a_paper_whose_number_is_kept(
    candor: Candor, piet: Clerk, anna: ProfileId
) -> None:
    fields = form_of(candor, requester="guardian", authority="G-12", proof="authority")
    answer = await piet.send(f"{URL}/new", **fields)
    assert answer.status_code == 303, words_of(answer.text)
    found = await taken(candor, answer.headers["location"])
    assert (found.requester, found.proof) == ("guardian", Proof.AUTHORITY)
    async with candor.database.read("test") as tx:
        events = await requests.events(tx, found.request_id)
    assert {"paper": "G-12"} in [one.detail for one in events]
    assert found.profile_id == anna
