"""A human looks at what a machine decided: logic, what it rests on, the verdict."""

from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest

from candor.app import Candor
from candor.app.entitling import office_of
from candor.domain.access.model.roles import Role
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Purpose
from candor.domain.rights.model.automated import Decided, Decision
from candor.domain.rights.model.request import Right, State
from candor.domain.rights.service import reading as requests
from candor.domain.rights.service.automated import contesting, recording, telling
from candor.domain.rights.service.carrying import carry
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii
from tests.factories.catalogue import make_decision
from tests.factories.house import apply_company, make_company, make_person
from tests.factories.offices import ask
from tests.web.console.conftest import STATED, Clerk, Hire, words_of

URL = "/console/requests"
LIMIT = make_decision("limit", inputs=("name", "city"))


@pytest.fixture
async def anna(candor: Candor) -> ProfileId:
    purposes: list[Purpose] = [
        msgspec.structs.replace(purpose, roles=tuple(Role) if purpose.code in STATED else ())
        for purpose in make_company().purposes
    ]
    await apply_company(candor, purposes=tuple(purposes), decisions=(LIMIT,))
    return await make_person(candor, email="anna@example.org", name="Anna Ahlers")


@pytest.fixture
async def contested(candor: Candor, anna: ProfileId) -> tuple[Decision, UUID]:
    """Return a decision that its person contests, and the request."""
    office = office_of(candor)
    one = Decided(
        new_id(), "limit", "refused", {"city": Pii("Rome")}, decided_at=candor.clock.now()
    )
    async with candor.database.tx() as tx:
        kept = await recording.record(
            tx, anna, one, actor=Actor.machine("limits"), office=office
        )
    scope = contesting.contest_of(one.decision_id)
    opened = await ask(office, anna, Right.AUTOMATED_DECISION, scope=scope)
    await carry(office, opened.request.request_id)
    return kept.decision, opened.request.request_id


async def decision_of(candor: Candor, anna: ProfileId) -> Decision:
    async with candor.database.read() as tx:
        (found,) = await telling.of_person(tx, [anna])
    return found


async def test_a_contested_decision_is_opened_reviewed_and_closed(
    candor: Candor,
    piet: Clerk,
    anna: ProfileId,
    contested: tuple[Decision, UUID],
    owner: psycopg.Connection[Any],
) -> None:
    where = f"{URL}/{contested[1]}/review"
    assert where in await piet.page(f"{URL}/contests")
    assert f"{URL}/contests" in await piet.page(f"{URL}/{contested[1]}")
    page = await piet.words(where)
    assert LIMIT.text().plain in page
    assert "Rome" not in page
    assert (await piet.send(f"{where}/open", purpose="fun")).status_code == 400
    opened = await piet.send(f"{where}/open", purpose="orders")
    assert opened.status_code == 200
    assert "Rome" in opened.text
    entry = owner.execute(
        "SELECT count(*) FROM audit.entry WHERE actor_kind = 'staff' AND purpose = 'orders'"
    ).fetchone()
    assert entry is not None
    assert entry[0] >= 1
    other = next(one for one in LIMIT.outcomes if one != "refused")
    for changes in (
        {"verdict": "maybe"},
        {"verdict": "changed"},
        {"verdict": "changed", "outcome": "refused"},
        {"verdict": "upheld", "outcome": other},
        {"verdict": "upheld", "words": "x" * 4_001},
    ):
        assert (await piet.send(where, **changes)).status_code == 400, changes
    answer = await piet.send(where, verdict="changed", outcome=other, words="Our mistake.")
    assert answer.status_code == 303, words_of(answer.text)
    found = await decision_of(candor, anna)
    assert (found.verdict, found.new_outcome) == ("changed", other)
    async with candor.database.read() as tx:
        assert (await requests.find(tx, contested[1])).state is State.FULFILLED
    assert "No decision is contested" in await piet.words(f"{URL}/contests")
    assert "decided otherwise" in await piet.words(where)
    late = await piet.send(where, verdict="upheld")
    assert late.status_code == 409


async def test_only_who_works_on_requests_reviews(
    hire: Hire, piet: Clerk, contested: tuple[Decision, UUID]
) -> None:
    sue = await hire(Role.SUPPORT)
    where = f"{URL}/{contested[1]}/review"
    assert (await sue.get(where)).status_code == 403
    assert (await sue.send(where, verdict="upheld")).status_code == 403
    assert (await sue.get(f"{URL}/contests")).status_code == 403
    assert (await piet.get(f"{URL}/{new_id()}/review")).status_code == 404


async def test_a_request_that_contests_nothing_has_no_review(
    candor: Candor, piet: Clerk, anna: ProfileId
) -> None:
    office = office_of(candor)
    switched = contesting.switch_of("limit", is_by_people_only=True)
    for right, scope in (
        (Right.COMPLAINT, {}),
        (Right.AUTOMATED_DECISION, switched),
        (Right.AUTOMATED_DECISION, contesting.contest_of(new_id())),
    ):
        opened = await ask(office, anna, right, scope=scope)
        where = f"{URL}/{opened.request.request_id}/review"
        assert (await piet.get(where)).status_code == 404
    assert "No decision is contested" in await piet.words(f"{URL}/contests")
