"""Decisions by machine: kept as declared, told with their logic, contested, reviewed by a human."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest

from candor.app import Candor
from candor.app.entitling import broom_of, office_of
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import MachineDecision
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.rights.errors import (
    ByPeopleOnly,
    DecidedDifferently,
    MayNotDecide,
    NeedsHuman,
    NoSuchDecision,
    UndeclaredInput,
    UnknownDecision,
    UnknownOutcome,
    WrongMove,
)
from candor.domain.rights.model.automated import ALL, Decided, Decision, Verdict
from candor.domain.rights.model.request import Ground, Right, State
from candor.domain.rights.service import sweeping
from candor.domain.rights.service.automated import contesting, recording, telling
from candor.domain.rights.service.carrying import carry
from candor.domain.vault.errors import NoKey
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii
from tests.factories.catalogue import make_decision
from tests.factories.house import apply_company, make_person
from tests.factories.offices import ask, request_of

MACHINE: Final = Actor.machine("limits")
HUMAN: Final = Actor.staff(UUID(int=7))
LIMIT: Final = make_decision("limit", inputs=("name", "city"))
INSIGHT: Final = make_decision("guess", purpose="insight")


async def declare(candor: Candor, *decisions: MachineDecision) -> None:
    await apply_company(candor, decisions=decisions)


@pytest.fixture(autouse=True)
async def _declared(candor: Candor) -> None:
    await declare(candor, LIMIT, INSIGHT)


def decided(candor: Candor, **changes: Any) -> Decided:  # noqa: ANN401 - fields of `Decided`
    given = Decided(
        decision_id=new_id(),
        code="limit",
        outcome="refused",
        inputs={"name": Pii("Ana"), "city": Pii("Rome")},
        decided_at=candor.clock.now(),
    )
    return replace(given, **changes)


async def record(candor: Candor, person: ProfileId, one: Decided) -> recording.Kept:
    async with candor.database.tx() as tx:
        return await recording.record(tx, person, one, actor=MACHINE, office=office_of(candor))


async def switched(candor: Candor, person: ProfileId, code: str, *, is_on: bool) -> None:
    office = office_of(candor)
    scope = contesting.switch_of(code, is_by_people_only=is_on)
    opened = await ask(office, person, Right.AUTOMATED_DECISION, scope=scope)
    await carry(office, opened.request.request_id)
    assert (await request_of(office, opened.request.request_id)).state is State.FULFILLED


async def test_a_decision_is_kept_sealed_and_told_with_its_logic(candor: Candor) -> None:
    person, office = await make_person(candor), office_of(candor)
    one = decided(candor)
    kept = await record(candor, person, one)
    assert kept.is_new
    assert b"Rome" not in kept.decision.sealed
    async with candor.database.tx() as tx:
        decisions = await telling.of_person(tx, [person])
        actor = Actor.customer(person, next(iter(await candor.vault.pseudonyms(tx, [person]))))
        (told,) = await telling.told(tx, decisions, actor=actor, office=office)
    assert {name: value.reveal() for name, value in told.inputs.items()} == {
        "name": "Ana",
        "city": "Rome",
    }
    assert told.declared == LIMIT
    assert told.decision.stands == "refused"


async def test_the_words_are_those_of_the_edition_that_decided(candor: Candor) -> None:
    person, office = await make_person(candor), office_of(candor)
    await record(candor, person, decided(candor))
    later = msgspec.structs.replace(LIMIT, edition=2, inputs=("city",))
    await declare(candor, later)
    async with candor.database.read() as tx:
        words = await telling.wording(tx, [("limit", 1), ("limit", 9)], office=office)
    assert words == {("limit", 1): LIMIT}


async def test_the_same_again_changes_nothing_and_another_is_refused(candor: Candor) -> None:
    person = await make_person(candor)
    one = decided(candor)
    await record(candor, person, one)
    assert not (await record(candor, person, one)).is_new
    with pytest.raises(DecidedDifferently):
        await record(candor, person, replace(one, outcome="granted"))
    with pytest.raises(DecidedDifferently):
        await record(candor, await make_person(candor), one)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"code": "nothing"}, UnknownDecision),
        ({"outcome": "perhaps"}, UnknownOutcome),
        ({"inputs": {"hobby": Pii("chess")}}, UndeclaredInput),
    ],
)
async def test_only_what_is_declared_is_kept(
    candor: Candor, changes: dict[str, Any], wrong: type[Exception]
) -> None:
    person = await make_person(candor)
    with pytest.raises(wrong):
        await record(candor, person, decided(candor, **changes))
    async with candor.database.read() as tx:
        assert await telling.of_person(tx, [person]) == []


@pytest.mark.parametrize("code", ["limit", ALL])
async def test_who_wants_people_to_decide_is_decided_by_people(
    candor: Candor, code: str
) -> None:
    person, office = await make_person(candor), office_of(candor)
    await switched(candor, person, code, is_on=True)
    with pytest.raises(ByPeopleOnly):
        await record(candor, person, decided(candor))
    async with candor.database.read() as tx:
        answer = await recording.may_decide(tx, person, "limit", office=office)
        assert (answer.allowed, answer.reason) == (False, recording.BY_PEOPLE_ONLY)
        assert await telling.chosen(tx, person) == {code}
        assert await telling.of_person(tx, [person]) == []
    await switched(candor, person, code, is_on=False)
    async with candor.database.read() as tx:
        answer = await recording.may_decide(tx, person, "limit", office=office)
    assert (answer.allowed, answer.reason) == (True, recording.ALLOWED)
    assert (await record(candor, person, decided(candor))).is_new


async def test_no_machine_decides_about_the_restricted_or_the_erased(candor: Candor) -> None:
    person = await make_person(candor)
    async with candor.database.tx() as tx:
        await candor.holders["consent"].restrict_person(tx, [person], is_restricted=True)
    with pytest.raises(MayNotDecide):
        await record(candor, person, decided(candor))
    gone = await make_person(candor)
    async with candor.database.tx() as tx:
        await candor.vault.destroy(tx, [gone])
    with pytest.raises(NoKey):
        await record(candor, gone, decided(candor))


async def contested(candor: Candor, person: ProfileId) -> tuple[Decision, UUID]:
    """Keep a decision and contest it; return it and the request."""
    office = office_of(candor)
    kept = (await record(candor, person, decided(candor))).decision
    opened = await ask(
        office,
        person,
        Right.AUTOMATED_DECISION,
        scope=contesting.contest_of(kept.decision_id),
        words=Pii("I moved."),
    )
    await carry(office, opened.request.request_id)
    return kept, opened.request.request_id


@pytest.mark.parametrize(
    ("verdict", "new", "stands"),
    [
        (Verdict.UPHELD, None, "refused"),
        (Verdict.CHANGED, "granted", "granted"),
        (Verdict.ANNULLED, None, None),
    ],
)
async def test_a_human_looks_at_what_is_contested(
    candor: Candor, verdict: Verdict, new: str | None, stands: str | None
) -> None:
    person, office = await make_person(candor), office_of(candor)
    kept, request_id = await contested(candor, person)
    assert (await request_of(office, request_id)).state is State.IN_PROGRESS
    async with candor.database.read() as tx:
        horizon = await feed.now(tx)
    async with candor.database.tx() as tx:
        closed = await contesting.review(
            tx,
            kept.decision_id,
            verdict,
            new_outcome=new,
            words=Pii("We looked."),
            actor=HUMAN,
            office=office,
        )
    assert closed.state is State.FULFILLED
    async with candor.database.read() as tx:
        now = await telling.find(tx, kept.decision_id, [person])
        heard = await feed.follow(tx, horizon=horizon, kinds=[Changed.DECIDED])
    assert (now.stands, now.reviewed_by) == (stands, HUMAN.label)
    assert heard.profile_ids == {person}
    with pytest.raises(WrongMove):
        async with candor.database.tx() as tx:
            await contesting.review(
                tx, kept.decision_id, Verdict.UPHELD, actor=HUMAN, office=office
            )


@pytest.mark.parametrize(
    ("verdict", "new"),
    [
        (Verdict.CHANGED, None),
        (Verdict.CHANGED, "refused"),
        (Verdict.CHANGED, "perhaps"),
        (Verdict.UPHELD, "granted"),
    ],
)
async def test_a_verdict_changes_into_another_declared_outcome_only(
    candor: Candor, verdict: Verdict, new: str | None
) -> None:
    office = office_of(candor)
    kept, _ = await contested(candor, await make_person(candor))
    with pytest.raises(UnknownOutcome):
        async with candor.database.tx() as tx:
            await contesting.review(
                tx, kept.decision_id, verdict, new_outcome=new, actor=HUMAN, office=office
            )


async def test_no_machine_reviews(candor: Candor) -> None:
    office = office_of(candor)
    kept, _ = await contested(candor, await make_person(candor))
    with pytest.raises(NeedsHuman):
        async with candor.database.tx() as tx:
            await contesting.review(
                tx, kept.decision_id, Verdict.UPHELD, actor=MACHINE, office=office
            )


async def test_what_nobody_contests_is_not_reviewed(candor: Candor) -> None:
    office = office_of(candor)
    kept = (await record(candor, await make_person(candor), decided(candor))).decision
    for decision_id in (kept.decision_id, new_id()):
        with pytest.raises(NoSuchDecision):
            async with candor.database.tx() as tx:
                await contesting.review(
                    tx, decision_id, Verdict.UPHELD, actor=HUMAN, office=office
                )


async def test_only_the_person_contests_and_only_once(candor: Candor) -> None:
    office = office_of(candor)
    person, other = await make_person(candor), await make_person(candor)
    kept, _ = await contested(candor, person)
    scopes = [contesting.contest_of(kept.decision_id), {"decision": "no id"}]
    for scope in scopes:
        opened = await ask(office, other, Right.AUTOMATED_DECISION, scope=scope)
        await carry(office, opened.request.request_id)
        closed = await request_of(office, opened.request.request_id)
        assert (closed.state, closed.ground) == (State.REFUSED, Ground.NO_DATA)
    async with candor.database.tx() as tx:
        await contesting.review(
            tx, kept.decision_id, Verdict.UPHELD, actor=HUMAN, office=office
        )
    again = await ask(office, person, Right.AUTOMATED_DECISION, scope=scopes[0])
    await carry(office, again.request.request_id)
    closed = await request_of(office, again.request.request_id)
    assert (closed.state, closed.ground) == (State.REFUSED, Ground.NOT_APPLICABLE)


@pytest.mark.parametrize("scope", [{}, {"act": "people_only", "code": "nothing"}])
async def test_what_no_machine_understands_a_person_answers(
    candor: Candor, scope: dict[str, Any]
) -> None:
    office = office_of(candor)
    opened = await ask(office, await make_person(candor), Right.AUTOMATED_DECISION, scope=scope)
    await carry(office, opened.request.request_id)
    assert (await request_of(office, opened.request.request_id)).is_open


async def test_a_decision_about_somebody_else_is_none(candor: Candor) -> None:
    kept, _ = await contested(candor, await make_person(candor))
    other = await make_person(candor)
    async with candor.database.read() as tx:
        with pytest.raises(NoSuchDecision):
            await telling.find(tx, kept.decision_id, [other])


async def test_decisions_go_when_the_catalogue_says(candor: Candor, clock: FixedClock) -> None:
    await record(candor, await make_person(candor), decided(candor))
    clock.advance(timedelta(days=1_200))
    done = await sweeping.run(broom_of(candor))
    assert done.counts["rights.automated_decision/retention"] == 1


async def test_nothing_is_opened_where_nothing_was_decided(candor: Candor) -> None:
    async with candor.database.tx() as tx:
        assert await telling.told(tx, [], actor=MACHINE, office=office_of(candor)) == []


async def test_an_id_that_is_taken_at_the_same_moment_is_refused(
    candor: Candor, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = decided(candor)
    await record(candor, await make_person(candor), one)

    async def not_yet(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr(recording.stored, "decision", not_yet)
    with pytest.raises(DecidedDifferently):
        await record(candor, await make_person(candor), one)
