"""Restriction, objection, rectification, information, sale: done at once, everywhere."""

from datetime import timedelta
from typing import Any, Final

import pytest

from candor.app import Candor
from candor.app.entitling import office_of
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import Ask
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import gate
from candor.domain.profiles import queries
from candor.domain.profiles.model import OWN_SOURCE
from candor.domain.profiles.service import correct
from candor.domain.rights.errors import UnknownGround
from candor.domain.rights.model.downstream import Protocol
from candor.domain.rights.model.request import Ground, Request, Right, State
from candor.domain.rights.model.task import TaskState
from candor.domain.rights.service import reading, rectification, restriction
from candor.domain.rights.service.carrying import carry
from candor.domain.rights.service.downstream import systems
from candor.infra.db.pool import ReadTx
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii
from candor.kernel.values import ValueType
from tests.factories.house import (
    TEST,
    choose,
    make_person,
    order,
    policy_of,
    send,
    states_of,
)
from tests.factories.offices import ask, request_of

NUMBER: Final = "4711-smaller"


async def asked(
    candor: Candor,
    person: ProfileId,
    kind: Right,
    *,
    words: str | None = None,
    **scope: Any,  # noqa: ANN401 - whatever a scope may hold
) -> Request:
    """Ask for a right on the portal and let the worker do it; return the request at its end."""
    office = office_of(candor)
    said = None if words is None else Pii(words)
    opened = await ask(office, person, kind, scope=scope, words=said)
    await carry(office, opened.request.request_id)
    return await request_of(office, opened.request.request_id)


async def allowed(candor: Candor, person: ProfileId) -> set[str]:
    """Return what is allowed with a person, asked in every way that there is."""
    policy, now = await policy_of(candor), candor.clock.now()
    async with candor.database.read() as tx:
        explained = await gate.explained(tx, person, policy=policy, now=now)
        asks = [Ask(person, purpose) for purpose in policy.bits]
        decisions = await gate.decisions(tx, asks, policy=policy, now=now)
        verdicts = {
            p: (await gate.verdicts(tx, [person], p, TEST, policy=policy, now=now))[person]
            for p in policy.bits
        }
        heads = {p: await gate.audience(tx, p, policy=policy, now=now) for p in policy.bits}
        reached = await messages(tx, candor)
    found = {p for p, d in explained.items() if d.allowed}
    assert found == {ask.purpose for ask, d in zip(asks, decisions, strict=True) if d.allowed}
    assert found == {p for p, v in verdicts.items() if v.allowed}
    assert found == {p for p, people in heads.items() if people}
    assert reached == 0 or "news" in found
    return found


async def messages(tx: ReadTx, candor: Candor) -> int:
    """Return how many people a letter about an offer may reach."""
    return await gate.audience(
        tx,
        "news",
        policy=await policy_of(candor),
        now=candor.clock.now(),
        channel="post",
        topic="offers",
    )


async def test_a_restriction_stops_everything_but_storage(candor: Candor) -> None:
    person = await make_person(candor, number=NUMBER, hobby="chess", email="a@example.org")
    await choose(candor, person, "news", Choice.GRANTED)
    before = await allowed(candor, person)
    assert {"orders", "books", "insight", "news"} <= before
    done = await asked(candor, person, Right.RESTRICTION, ground="accuracy")
    assert done.state is State.FULFILLED
    assert (await states_of(candor, [person]))[person].standing == Standing.RESTRICTED
    assert await allowed(candor, person) == set()
    await send(candor, "shop", order(candor, userId=NUMBER))
    await choose(candor, person, "news", Choice.GRANTED, after=timedelta(minutes=1))
    assert await allowed(candor, person) == set()
    lifted = await asked(candor, person, Right.RESTRICTION, act="lift")
    assert lifted.state is State.FULFILLED
    assert await allowed(candor, person) == before


async def test_the_company_lifts_only_after_it_told_the_person(
    candor: Candor, clock: FixedClock
) -> None:
    person = await make_person(candor)
    await asked(candor, person, Right.RESTRICTION)
    office = office_of(candor)
    async with candor.database.tx() as tx:
        opened = await restriction.announce_lifting(
            tx, person, locale="de", actor=TEST, office=office
        )
    await carry(office, opened.request.request_id)
    assert await allowed(candor, person) == set()
    clock.advance(restriction.NOTICE - timedelta(seconds=1))
    await carry(office, opened.request.request_id)
    assert await allowed(candor, person) == set()
    clock.advance(timedelta(seconds=2))
    await carry(office, opened.request.request_id)
    assert (await request_of(office, opened.request.request_id)).state is State.FULFILLED
    assert "orders" in await allowed(candor, person)


async def test_nobody_erased_is_restricted_or_brought_back(candor: Candor) -> None:
    person = await make_person(candor)
    holder = candor.holders["consent"]
    async with candor.database.tx() as tx:
        await holder.erase_person(tx, [person])
        assert not await holder.restrict_person(tx, [person], is_restricted=False)
    assert (await states_of(candor, [person]))[person].standing == Standing.ERASED


async def test_an_objection_stops_one_purpose(candor: Candor) -> None:
    person = await make_person(candor)
    before = await allowed(candor, person)
    done = await asked(candor, person, Right.OBJECTION, purpose="insight")
    assert done.state is State.FULFILLED
    assert await allowed(candor, person) == before - {"insight"}
    assert (await asked(candor, person, Right.OBJECTION, purpose="insight")).state is (
        State.FULFILLED
    )


async def test_an_objection_to_everything_leaves_contract_and_law(candor: Candor) -> None:
    person = await make_person(candor)
    await choose(candor, person, "news", Choice.GRANTED)
    await asked(candor, person, Right.OBJECTION)
    assert await allowed(candor, person) == {"orders", "books"}


@pytest.mark.parametrize("purpose", ["orders", "books", "nonsense"])
async def test_what_cannot_be_objected_to_is_refused_with_its_ground(
    candor: Candor, purpose: str
) -> None:
    person = await make_person(candor)
    done = await asked(candor, person, Right.OBJECTION, purpose=purpose)
    assert (done.state, done.ground) == (State.REFUSED, Ground.NOT_APPLICABLE)


async def test_sale_stops_at_once_for_a_californian(candor: Candor) -> None:
    person = await make_person(candor, source="far", number="far-1")
    assert "ads" in await allowed(candor, person)
    done = await asked(candor, person, Right.SALE_OPT_OUT)
    assert done.state is State.FULFILLED
    assert "ads" not in await allowed(candor, person)
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        waits = await gate.ask_again_at(tx, person, policy=policy, now=candor.clock.now())
    assert waits["ads"] >= candor.clock.now() + timedelta(days=365)


async def test_a_fact_is_put_right_at_once(candor: Candor) -> None:
    person = await make_person(candor, name="Ana", city="Berlin", points=3)
    done = await asked(candor, person, Right.RECTIFICATION, attribute="points", words=" 12.5 ")
    assert done.state is State.FULFILLED
    async with candor.database.read() as tx:
        rows = await own_answers(tx, person)
    assert rows == 1


async def own_answers(tx: ReadTx, person: ProfileId) -> int:
    rows = await queries.attributes(tx, profile_ids=[person])
    return sum(row.source_id == OWN_SOURCE for row in rows)


@pytest.mark.parametrize(
    ("attribute", "words", "step"),
    [
        ("email", "new@example.org", rectification.REVIEW),
        ("unknown", "x", rectification.REVIEW),
        ("points", "many", rectification.RECTIFY),
        ("points", None, rectification.RECTIFY),
    ],
)
async def test_what_a_machine_cannot_put_right_waits_for_a_person(
    candor: Candor, attribute: str, words: str | None, step: str
) -> None:
    person = await make_person(candor, name="Ana")
    waiting = await asked(candor, person, Right.RECTIFICATION, attribute=attribute, words=words)
    assert waiting.state is State.IN_PROGRESS
    office = office_of(candor)
    async with candor.database.tx() as tx:
        (task,) = await reading.tasks(tx, waiting.request_id)
        assert (task.step, task.state) == (step, TaskState.MANUAL)
        await rectification.review(
            tx,
            waiting.request_id,
            task.task_id,
            Ground.ACCURATE,
            words_to_person=Pii("It is right."),
            actor=TEST,
            office=office,
        )
    await carry(office, waiting.request_id)
    closed = await request_of(office, waiting.request_id)
    assert (closed.state, closed.ground) == (State.REFUSED, Ground.ACCURATE)


async def test_information_is_answered_at_once(candor: Candor) -> None:
    person = await make_person(candor)
    done = await asked(candor, person, Right.INFORMATION)
    assert done.state is State.FULFILLED
    async with candor.database.read() as tx:
        (task,) = await reading.tasks(tx, done.request_id)
    assert task.evidence == {"kept_data": "yes", "profiles": 1}


async def test_limiting_sensitive_data_stops_what_looks_at_it(candor: Candor) -> None:
    person = await make_person(candor, source="far", number="far-2")
    done = await asked(candor, person, Right.LIMIT_SENSITIVE)
    assert done.state is State.FULFILLED  # nothing sensitive is declared: nothing to stop


async def _steps(candor: Candor, request: Request) -> set[str]:
    async with candor.database.read() as tx:
        return {task.step for task in await reading.tasks(tx, request.request_id)}


async def test_systems_outside_hear_of_what_was_done_and_not_of_what_was_refused(
    candor: Candor,
) -> None:
    async with candor.database.tx() as tx:
        await systems.add(
            tx,
            systems.NewSystem("Letters", Protocol.MANUAL),
            actor=TEST,
            outbound=candor.outbound,
            keyring=candor.keyring,
            clock=candor.clock,
        )
    person = await make_person(candor)
    stopped = await asked(candor, person, Right.OBJECTION, purpose="insight")
    assert stopped.state is State.IN_PROGRESS  # until somebody told the printers
    assert "insight" not in await allowed(candor, person)
    assert await _steps(candor, stopped) == {"object", "tell"}
    refused = await asked(candor, person, Right.OBJECTION, purpose="orders")
    assert refused.state is State.REFUSED
    assert await _steps(candor, refused) == {"object"}
    corrected = await asked(
        candor, person, Right.RECTIFICATION, attribute="email", words="new@example.org"
    )
    assert await _steps(candor, corrected) == {rectification.REVIEW}
    async with candor.database.tx() as tx:
        (task,) = await reading.tasks(tx, corrected.request_id)
        with pytest.raises(UnknownGround):
            await rectification.review(
                tx,
                corrected.request_id,
                task.task_id,
                Ground.COMPLEX,
                actor=TEST,
                office=office_of(candor),
            )
        await rectification.review(
            tx,
            corrected.request_id,
            task.task_id,
            None,
            actor=TEST,
            office=office_of(candor),
        )
    assert await _steps(candor, corrected) == {rectification.REVIEW, "tell"}


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        (ValueType.INTEGER, "12", 12),
        (ValueType.INTEGER, "a dozen", "a dozen"),
        (ValueType.NUMBER, "1.5", 1.5),
        (ValueType.NUMBER, "inf", "inf"),
        (ValueType.BOOLEAN, "Yes", True),
        (ValueType.BOOLEAN, "no", False),
        (ValueType.BOOLEAN, "perhaps", "perhaps"),
        (ValueType.TEXT, "12", "12"),
    ],
)
def test_words_become_what_is_declared(kind: ValueType, said: str, kept: object) -> None:
    assert correct.typed(kind, said) == kept
