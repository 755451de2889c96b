"""Moving requests: proofs, more time, pauses, refusals, taking back."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.app import Candor
from candor.domain.catalogue.model import Regime
from candor.domain.rights.errors import (
    NoSuchRequest,
    NoSuchTask,
    NotExtendable,
    NotPausable,
    NotProved,
    ProofFailed,
    TooManyProofs,
    UnknownGround,
    UnknownRight,
    WrongMove,
)
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import (
    MOVES,
    OPEN,
    Channel,
    Ground,
    Outcome,
    Proof,
    Request,
    Right,
    State,
    may_move,
)
from candor.domain.rights.model.task import Answer, Done, Failed, Planned
from candor.domain.rights.service import deciding, reading, words
from candor.domain.rights.service.carrying import carry
from candor.domain.rights.service.office import Office, Work, happened
from candor.domain.rights.service.reading import Filter, place_of
from candor.domain.vault.errors import NoKey
from candor.kernel.ids import new_id
from candor.kernel.pii import Pii
from tests.conftest import FixedClock
from tests.factories.house import TEST, make_person
from tests.factories.offices import ask, office_with, protected, request_of, story_of

Deed = Callable[..., Awaitable[Request]]
LATER: Final[dict[str, Any]] = {"channel": Channel.MAIL, "proof": Proof.NONE}


async def do(office: Office, deed: Deed, request_id: UUID, *args: Any, **rest: Any) -> Request:  # noqa: ANN401
    async with office.database.tx() as tx:
        return await deed(tx, request_id, *args, actor=TEST, office=office, **rest)


@given(st.lists(st.sampled_from(State), min_size=1))
def test_what_is_over_stays_over(path: list[State]) -> None:
    state, was_over = State.RECEIVED, False
    for target in path:
        if may_move(state, target):
            assert not was_over
            state = target
        was_over = state not in OPEN
    assert all(MOVES[state] == frozenset() for state in State if state not in OPEN)


async def test_a_proof_that_is_enough_lets_work_begin(candor: Candor) -> None:
    office, ada = office_with(candor), await make_person(candor)
    request = (await ask(office, ada, Right.ERASURE, **LATER)).request
    weak = await do(office, deciding.prove, request.request_id, Proof.MAILBOX)
    assert weak.state is State.VERIFYING
    strong = await do(office, deciding.prove, request.request_id, Proof.ACCOUNT)
    assert strong.state is State.IN_PROGRESS
    with pytest.raises(WrongMove):
        await do(office, deciding.prove, request.request_id, Proof.ACCOUNT)


async def test_five_wrong_proofs_are_the_last(candor: Candor) -> None:
    office, ada = office_with(candor), await make_person(candor)
    request = (await ask(office, ada, **LATER)).request
    for number in range(1, 6):
        failed = await do(office, deciding.fail_proof, request.request_id)
        wrong = deciding.wrong_proof(failed)
        assert isinstance(wrong, TooManyProofs if number == 5 else ProofFailed)
    with pytest.raises(TooManyProofs):
        await do(office, deciding.fail_proof, request.request_id)
    with pytest.raises(TooManyProofs):
        await do(office, deciding.prove, request.request_id, Proof.ACCOUNT)


async def test_a_request_of_nobody_finds_its_person(candor: Candor) -> None:
    office = office_with(candor)
    (brazilian,) = await protected(candor, Regime.LGPD)
    request = (
        await ask(office, None, Right.RECTIFICATION, channel=Channel.LETTER, proof=Proof.NONE)
    ).request
    with pytest.raises(NotProved):
        await do(office, deciding.fulfil, request.request_id, Outcome.FULL)
    found = await do(office, deciding.find_whose, request.request_id, brazilian)
    assert (found.state, found.regime) == (State.VERIFYING, Regime.LGPD)
    with pytest.raises(WrongMove):
        await do(office, deciding.find_whose, request.request_id, brazilian)


async def test_which_right_a_mail_means_is_put_right_while_nobody_is_known(
    candor: Candor, clock: FixedClock
) -> None:
    office = office_with(candor)
    mail: dict[str, Any] = {**LATER, "regime": Regime.CCPA}
    request = (await ask(office, None, Right.COMPLAINT, **mail)).request
    clock.advance(timedelta(days=3))
    moved = await do(office, deciding.sort, request.request_id, Right.SALE_OPT_OUT)
    assert moved == await request_of(office, request.request_id)
    async with candor.database.read() as tx:
        due = office.laws.due(
            Right.SALE_OPT_OUT, Regime.CCPA, request.received_at, await office.calendar(tx)
        )
    assert (moved.kind, moved.due_at) == (Right.SALE_OPT_OUT, due.answer_by)
    assert moved.due_at != request.due_at
    assert await do(office, deciding.sort, request.request_id, Right.SALE_OPT_OUT) == moved
    assert (await story_of(office, request.request_id)).count("sorted") == 1
    with pytest.raises(UnknownRight):
        await do(office, deciding.sort, request.request_id, Right.RESTRICTION)
    found = await do(office, deciding.find_whose, request.request_id, await make_person(candor))
    assert found.state is State.IN_PROGRESS  # a no to a sale asks for no proof
    with pytest.raises(WrongMove):
        await do(office, deciding.sort, request.request_id, Right.ERASURE)


async def test_a_proved_request_begins_when_its_person_is_found(candor: Candor) -> None:
    office, ada = office_with(candor), await make_person(candor)
    request = (await ask(office, None, channel=Channel.PHONE, proof=Proof.NONE)).request
    proved = await do(office, deciding.prove, request.request_id, Proof.DECLARATION)
    assert proved.state is State.RECEIVED
    found = await do(office, deciding.find_whose, request.request_id, ada)
    assert found.state is State.IN_PROGRESS


async def test_nobody_who_was_forgotten_is_found(candor: Candor) -> None:
    office, ada = office_with(candor), await make_person(candor)
    request = (await ask(office, None, channel=Channel.PHONE, proof=Proof.NONE)).request
    async with candor.database.tx() as tx:
        await candor.vault.destroy(tx, [ada])
    with pytest.raises(NoKey):
        await do(office, deciding.find_whose, request.request_id, ada)


async def test_time_is_extended_once_with_a_ground_before_it_is_over(
    candor: Candor, clock: FixedClock
) -> None:
    office = office_with(candor)
    (european,) = await protected(candor, Regime.GDPR)
    request = (await ask(office, european)).request
    with pytest.raises(UnknownGround):
        await do(office, deciding.extend, request.request_id, Ground.EXCESSIVE)
    longer = await do(office, deciding.extend, request.request_id, Ground.COMPLEX)
    assert request.due_at is not None
    assert longer.due_at is not None
    assert longer.due_at > request.due_at + timedelta(days=55)
    with pytest.raises(NotExtendable):
        await do(office, deciding.extend, request.request_id, Ground.COMPLEX)
    late = (await ask(office, european, Right.ERASURE)).request
    assert late.due_at is not None
    clock.at = late.due_at
    with pytest.raises(NotExtendable):
        await do(office, deciding.extend, late.request_id, Ground.MANY_REQUESTS)


async def test_brazil_gives_no_more_time(candor: Candor) -> None:
    office = office_with(candor)
    (brazilian,) = await protected(candor, Regime.LGPD)
    request = (await ask(office, brazilian)).request
    with pytest.raises(NotExtendable):
        await do(office, deciding.extend, request.request_id, Ground.COMPLEX)


async def test_a_clock_that_stood_goes_on_by_as_much(candor: Candor, clock: FixedClock) -> None:
    office = office_with(candor)
    british, german = await protected(candor, Regime.UK_GDPR, Regime.GDPR)
    request = (await ask(office, british, **LATER)).request
    await do(office, deciding.pause, request.request_id, "identity")
    with pytest.raises(NotPausable):
        await do(office, deciding.pause, request.request_id, "identity")
    assert request.due_at is not None
    clock.at = request.due_at + timedelta(days=1)
    assert not (await request_of(office, request.request_id)).is_overdue(clock.now())
    stood = clock.now() - request.received_at
    resumed = await do(office, deciding.resume, request.request_id)
    assert resumed.due_at == request.due_at + stood
    with pytest.raises(WrongMove):
        await do(office, deciding.resume, request.request_id)
    other = (await ask(office, german, **LATER)).request
    with pytest.raises(NotPausable):
        await do(office, deciding.pause, other.request_id, "identity")


async def test_a_refusal_says_its_ground_and_may_say_more(candor: Candor) -> None:
    office, ada = office_with(candor), await make_person(candor)
    request = (await ask(office, ada)).request
    with pytest.raises(UnknownGround):
        await do(office, deciding.refuse, request.request_id, Ground.COMPLEX)
    refused = await do(
        office,
        deciding.refuse,
        request.request_id,
        Ground.EXCESSIVE,
        words=Pii("The fifth one"),
    )
    assert (refused.state, refused.ground) == (State.REFUSED, Ground.EXCESSIVE)
    async with candor.database.tx() as tx:
        (answer,) = await words.read(tx, refused, uses=["answer"], actor=TEST, office=office)
    assert answer.text.reveal() == "The fifth one"
    for deed, args in (
        (deciding.refuse, (Ground.NO_DATA,)), (deciding.withdraw, ()),
        (deciding.extend, (Ground.COMPLEX,)), (deciding.fulfil, (Outcome.FULL,)),
    ):  # fmt: skip
        with pytest.raises(WrongMove):
            await do(office, deed, request.request_id, *args)


async def test_a_part_says_what_stays(candor: Candor) -> None:
    office, ada = office_with(candor), await make_person(candor)
    request = (await ask(office, ada)).request
    for outcome, ground in ((Outcome.PART, None), (Outcome.FULL, Ground.LEGAL_CLAIMS)):
        with pytest.raises(UnknownGround):
            await do(office, deciding.fulfil, request.request_id, outcome, ground=ground)
    part = await do(
        office, deciding.fulfil, request.request_id, Outcome.PART, ground=Ground.LEGAL_CLAIMS
    )
    assert part.outcome is Outcome.PART


async def test_what_stands_still_when_it_is_taken_back_stands_no_more(candor: Candor) -> None:
    office = office_with(candor)
    (british,) = await protected(candor, Regime.UK_GDPR)
    request = (await ask(office, british, **LATER)).request
    await do(office, deciding.pause, request.request_id, "clarification")
    taken = await do(office, deciding.withdraw, request.request_id)
    assert (taken.state, taken.paused_at) == (State.WITHDRAWN, None)


_BACKWARDS: Final = (
    (deciding.refuse, (Ground.LEGAL_CLAIMS,)),
    (deciding.withdraw, ()),
    (deciding.fulfil, (Outcome.FULL,)),
)


@pytest.mark.parametrize("answer", [Done({}), Failed("died")], ids=["done", "died"])
async def test_nobody_goes_back_on_an_erasure_that_happened(
    candor: Candor, answer: Answer
) -> None:
    """Not even when the worker died before it could say that it was done."""

    async def destroy(work: Work) -> Answer:
        async with work.office.database.tx() as tx:
            await happened(tx, work.request, What.UNREADABLE, actor=TEST, office=work.office)
        return answer

    from_then = (Planned("destroy"), Planned("purge", stage=1, is_manual=True))
    office = office_with(candor, from_then, {"destroy": destroy})
    ada = await make_person(candor)
    request = (await ask(office, ada, Right.ERASURE)).request
    await carry(office, request.request_id)
    for deed, args in _BACKWARDS:
        with pytest.raises(WrongMove):
            await do(office, deed, request.request_id, *args)


async def test_small_deeds(candor: Candor) -> None:
    office, ada = office_with(candor), await make_person(candor)
    request = (await ask(office, ada, **LATER)).request
    mara = new_id()
    assert (await do(office, deciding.assign, request.request_id, mara)).assignee_id == mara
    first = await do(office, deciding.acknowledge, request.request_id)
    again = await do(office, deciding.acknowledge, request.request_id)
    assert first.acknowledged_at == again.acknowledged_at is not None
    assert (await story_of(office, request.request_id)).count("acknowledged") == 1
    with pytest.raises(NoSuchRequest):
        await do(office, deciding.assign, new_id(), mara)
    with pytest.raises(NoSuchTask):
        await do(office, deciding.settle_task, request.request_id, new_id(), {})
    await do(office, deciding.withdraw, request.request_id)
    with pytest.raises(WrongMove):
        await do(office, deciding.retry_task, request.request_id, new_id())


async def test_the_queue_shows_what_is_due_first(candor: Candor, clock: FixedClock) -> None:
    office = office_with(candor)
    brazilian, european = await protected(candor, Regime.LGPD, Regime.GDPR)
    slow = (await ask(office, european)).request
    quick = (await ask(office, brazilian, **LATER)).request
    over = (await ask(office, european, Right.ERASURE)).request
    await do(office, deciding.refuse, over.request_id, Ground.LEGAL_CLAIMS)
    async with candor.database.read() as tx:
        rows = await reading.queue(tx, Filter(states=sorted(OPEN)))
        assert [row.request_id for row in rows] == [quick.request_id, slow.request_id]
        rest = await reading.queue(tx, Filter(states=sorted(OPEN)), after=place_of(rows[0]))
        assert [row.request_id for row in rest] == [slow.request_id]
        assert [r.request_id for r in await reading.queue(tx, Filter(is_stuck=True))]
        assert len(await reading.queue(tx, Filter(regimes=["lgpd"], kinds=[Right.ACCESS]))) == 1
        assert await reading.queue(tx, Filter(channels=[Channel.DRP])) == []
        assert await reading.queue(tx, Filter(assignee_id=new_id())) == []
        counts = await reading.counts(tx, clock.now())
        assert (counts.open, counts.waiting_for_proof, counts.overdue) == (2, 1, 0)
        figures = await reading.figures(
            tx, since=clock.now() - timedelta(days=1), until=clock.now() + timedelta(days=1)
        )
        by_right = {figure.kind: figure for figure in figures}
        assert (by_right["access"].received, by_right["access"].mean_days) == (2, None)
        assert (by_right["erasure"].refused, by_right["erasure"].median_days) == (1, 0)
        weeks = await reading.weeks(tx, since=clock.now() - timedelta(days=6))
        assert sum(week.received for week in weeks) == 3
        own = await reading.of_person(tx, [european])
        assert [one.request_id for one in own] == [over.request_id, slow.request_id]
