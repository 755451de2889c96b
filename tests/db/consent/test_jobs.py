"""What consent leaves to the worker: yeses that ran out, and new rules for everybody."""

from datetime import timedelta

import msgspec

from candor.app import Candor
from candor.domain.catalogue.model import Document, LegalBasis, Regime
from candor.domain.consent import jobs
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import decide, in_effect
from candor.domain.consent.model.preference import Pause
from candor.domain.consent.service import choices
from candor.domain.consent.service.preferences import Said, prefer
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.catalogue import make_purpose
from tests.factories.house import (
    TEST,
    apply_company,
    choose,
    make_company,
    make_person,
    policy_of,
    start_profiles,
    states_of,
)


async def allowed(candor: Candor, profile_id: ProfileId, purpose: str) -> bool:
    """Decide on the state as it stands."""
    state = (await states_of(candor, [profile_id]))[profile_id]
    return decide(state, await policy_of(candor), purpose, candor.clock.now()).allowed


async def test_a_yes_that_ran_out_stops_counting_without_the_worker(
    candor: Candor, clock: FixedClock
) -> None:
    ada = await make_person(candor)
    await choose(candor, ada, "news", Choice.GRANTED)
    clock.advance(timedelta(days=365) - timedelta(microseconds=1))
    assert await allowed(candor, ada, "news")
    clock.advance(timedelta(microseconds=1))
    assert not await allowed(candor, ada, "news")


async def test_the_worker_renews_what_still_stands_when_another_yes_ran_out(
    candor: Candor, clock: FixedClock
) -> None:
    ada = await make_person(candor)
    await choose(candor, ada, "news", Choice.GRANTED)
    await choose(candor, ada, "ads", Choice.GRANTED)
    clock.advance(timedelta(days=365))
    assert not await allowed(candor, ada, "ads")  # the safe side, for a minute
    assert await jobs.renew_run_out(candor.database, candor.rulebook, clock) == 1
    assert await allowed(candor, ada, "ads")
    assert not await allowed(candor, ada, "news")
    assert await jobs.renew_run_out(candor.database, candor.rulebook, clock) == 0


async def test_what_ran_out_is_published(candor: Candor, clock: FixedClock) -> None:
    ada = await make_person(candor)
    await choose(candor, ada, "news", Choice.GRANTED)
    clock.advance(timedelta(days=400))
    async with candor.database.read() as tx:
        horizon = await feed.now(tx)
    await jobs.renew_run_out(candor.database, candor.rulebook, clock)
    async with candor.database.read() as tx:
        since = await feed.follow(tx, horizon=horizon, kinds=(Changed.CONSENT,))
    assert since.profile_ids == {ada}


def changed(document: Document) -> dict[str, object]:
    """Return a catalogue where interest became consent and a purpose was added."""
    purposes = [
        msgspec.structs.replace(p, basis=dict.fromkeys(Regime, LegalBasis.CONSENT))
        if p.code == "insight"
        else p
        for p in document.purposes
    ]
    return {"purposes": (*purposes, make_purpose("service", LegalBasis.CONTRACT))}


async def test_a_new_catalogue_reaches_everybody(candor: Candor, clock: FixedClock) -> None:
    people = await start_profiles(candor, [Regime.GDPR, None, Regime.CCPA])
    await choose(candor, people[1], "insight", Choice.GRANTED)
    clock.advance(timedelta(minutes=1))
    version = (await apply_company(candor, **changed(make_company()))).version_id
    assert not await allowed(candor, people[0], "service")  # not before it is folded
    followed = await jobs.follow_once(candor.database, candor.rulebook, clock, None)
    assert followed.version_id == version
    assert [await allowed(candor, p, "service") for p in people] == [True, True, True]
    assert [await allowed(candor, p, "insight") for p in people] == [False, True, False]
    assert await jobs.follow_once(candor.database, candor.rulebook, clock, followed) == followed


async def test_following_a_catalogue_publishes_who_was_folded(
    candor: Candor, clock: FixedClock
) -> None:
    people = await start_profiles(candor, [Regime.GDPR])
    clock.advance(timedelta(minutes=1))
    await apply_company(candor, **changed(make_company()))
    async with candor.database.read() as tx:
        horizon = await feed.now(tx)
    await jobs.follow_once(candor.database, candor.rulebook, clock, None)
    async with candor.database.read() as tx:
        since = await feed.follow(tx, horizon=horizon, kinds=(Changed.CONSENT,))
    assert since.profile_ids == set(people)


async def test_following_is_resumed_where_it_was_killed(
    candor: Candor, clock: FixedClock
) -> None:
    people = await start_profiles(candor, [Regime.GDPR] * 5)
    clock.advance(timedelta(minutes=1))
    await apply_company(candor, **changed(make_company()))
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        done = await choices.refold_stale(
            tx, clock.now(), policy=policy, clock=clock, at_most=2
        )
    assert done == 2
    await jobs.follow_once(candor.database, candor.rulebook, clock, None)
    states = await states_of(candor, people)
    service = policy.bits["service"]
    assert all(in_effect(s, policy, clock.now()) >> service & 1 for s in states.values())


async def test_the_end_of_a_pause_is_published(candor: Candor, clock: FixedClock) -> None:
    ada = await make_person(candor)
    rules = await policy_of(candor)
    pause = Said(
        wish_id=new_id(),
        via=ada,
        wish=Pause(clock.now() + timedelta(days=1)),
        decided_at=clock.now(),
        surface="test",
    )
    async with candor.database.tx() as tx:
        await prefer(tx, [pause], actor=TEST, vault=candor.vault, policy=rules, clock=clock)
    async with candor.database.read() as tx:
        horizon = await feed.now(tx)
    assert await jobs.renew_run_out(candor.database, candor.rulebook, clock) == 0
    clock.advance(timedelta(days=1))
    assert await jobs.renew_run_out(candor.database, candor.rulebook, clock) == 1
    assert await jobs.renew_run_out(candor.database, candor.rulebook, clock) == 0
    async with candor.database.read() as tx:
        since = await feed.follow(tx, horizon=horizon, kinds=(Changed.CONSENT,))
    assert since.profile_ids == {ada}
