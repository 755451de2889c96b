"""Sweeps: a dry run foresees what a real one does, and afterwards nothing is over."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import psycopg
import pytest

from candor.app import Candor
from candor.app.entitling import broom_of, office_of
from candor.domain.consent.model.choice import Choice
from candor.domain.rights import jobs
from candor.domain.rights.errors import NoSuchSweep
from candor.domain.rights.model.request import Ground, Right
from candor.domain.rights.model.sweep import Sweep
from candor.domain.rights.service import deciding, holds, sweeping
from candor.domain.rights.service.carrying import carry
from candor.infra.db.pool import Tx
from candor.infra.holder import Expired, Round
from candor.kernel.clock import FixedClock
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii
from tests.factories.house import (
    TEST,
    apply_company,
    choose,
    make_company,
    make_person,
    order,
    send,
    states_of,
)
from tests.factories.offices import ask

_YEAR: Final = timedelta(days=366)

# What no sweep removes, and why.
NEVER: Final = {
    "audit.entry": "the log proves itself only whole; it holds pseudonyms that nobody can link",
    "vault.erasure": "a restored backup replays it; it goes with the last backup that is older",
    "vault.subject_key": "lives as long as the profile: destroying it is an erasure",
    "profiles.profile": "lives as long as anything of the person, then as a bare id",
    "profiles.identifier": "lives as long as the profile",
    "profiles.merge": "lives as long as the profile",
    "profiles.apart": "lives as long as the profile: it keeps two people apart",
    "consent.reach": "worked out anew from consent.wish; goes with an erasure",
    "access.passkey": "lives as long as the account",
    "rights.note": "goes with its request",
    "rights.by_people_only": "lives as long as the profile: a no has no end",
}


async def swept(candor: Candor, **how: Any) -> Sweep:  # noqa: ANN401 - arguments of `run`
    return await sweeping.run(broom_of(candor), **how)


async def test_every_table_about_people_is_swept_or_says_why_not(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    comments = owner.execute(
        "SELECT n.nspname || '.' || c.relname, obj_description(c.oid) FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p') AND obj_description(c.oid) LIKE 'person:%'"
    ).fetchall()
    retained = {table for table, comment in comments if re.search(r"retain=\S", comment)}
    looked_at = {name.partition("/")[0] for name in (await swept(candor, is_dry=True)).counts}
    assert retained - looked_at - NEVER.keys() == set()
    assert not looked_at & NEVER.keys()
    assert NEVER.keys() <= retained


async def test_nothing_is_over_on_the_first_day(candor: Candor) -> None:
    await make_person(candor, name="Ana", hobby="chess")
    done = await swept(candor)
    assert (done.rows, done.problem) == (0, None)
    assert done.finished_at is not None


async def rich(candor: Candor, number: str) -> ProfileId:
    person = await make_person(candor, number=number, name="Ana", city="Rome")
    await choose(candor, person, "news", Choice.GRANTED)
    await send(candor, "shop", order(candor, userId=number))
    return person


async def test_a_dry_run_foresees_exactly_what_goes(candor: Candor, clock: FixedClock) -> None:
    await rich(candor, "one")
    clock.advance(3 * _YEAR + _YEAR)
    foreseen = await swept(candor, is_dry=True)
    assert foreseen.counts["collect.event/retention"] == 1
    assert foreseen.counts["profiles.attribute/retention"] == 2
    assert foreseen.counts["feed.change/P90D"] > 0
    done = await swept(candor)
    assert done.counts == foreseen.counts
    assert done.problem is None
    assert (await swept(candor, is_dry=True)).rows == 0
    assert (await swept(candor)).rows == 0


async def test_small_steps_get_there_as_well(
    candor: Candor, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in ("one", "two", "three"):
        await rich(candor, number)
    clock.advance(4 * _YEAR)
    foreseen = await swept(candor, is_dry=True)
    monkeypatch.setattr(sweeping, "AT_ONCE", 2)
    told: list[tuple[str, int]] = []
    done = await swept(candor, tell=lambda name, rows: told.append((name, rows)))
    assert done.counts == foreseen.counts
    assert ("profiles.attribute/retention", 6) in told


async def test_who_is_held_or_restricted_is_spared(candor: Candor, clock: FixedClock) -> None:
    held, restricted = await rich(candor, "held"), await rich(candor, "restricted")
    office = office_of(candor)
    async with candor.database.tx() as tx:
        hold = await holds.place(
            tx,
            held,
            Ground.LEGAL_CLAIMS,
            reference="4711",
            review_on=(clock.now() + _YEAR / 2).date(),
            actor=TEST,
            office=office,
        )
        await candor.holders["consent"].restrict_person(tx, [restricted], is_restricted=True)
    clock.advance(4 * _YEAR)
    assert (await swept(candor)).rows == 0
    async with candor.database.tx() as tx:
        await holds.lift(tx, hold.hold_id, actor=TEST, office=office)
        await candor.holders["consent"].restrict_person(tx, [restricted], is_restricted=False)
    assert (await swept(candor)).counts["profiles.attribute/retention"] == 4


async def test_what_rests_on_nothing_goes_after_a_month(
    candor: Candor, clock: FixedClock
) -> None:
    person = await make_person(candor, number="hobbyist", name="Ana")
    await choose(candor, person, "news", Choice.GRANTED)
    clock.advance(timedelta(seconds=1))
    await make_person(candor, number="hobbyist", hobby="chess")
    clock.advance(timedelta(days=1))
    await choose(candor, person, "news", Choice.WITHDRAWN)
    rule = "profiles.attribute/rests_on_nothing"
    clock.advance(timedelta(days=29))
    assert (await swept(candor, is_dry=True)).counts[rule] == 0
    clock.advance(timedelta(days=1))
    assert (await swept(candor, is_dry=True)).counts[rule] == 1
    done = await swept(candor)
    assert (done.counts[rule], done.rows, done.problem) == (1, 1, None)


async def test_a_yes_that_ran_out_takes_its_facts_along(
    candor: Candor, clock: FixedClock
) -> None:
    person = await make_person(candor, number="lapsed", name="Ana")
    await choose(candor, person, "news", Choice.GRANTED)
    clock.advance(timedelta(seconds=1))
    await make_person(candor, number="lapsed", hobby="chess")
    rule = "profiles.attribute/rests_on_nothing"
    clock.advance(timedelta(days=365 + 29))
    assert (await swept(candor, is_dry=True)).counts[rule] == 0
    clock.advance(timedelta(days=2))
    assert (await swept(candor)).counts[rule] == 1


async def test_what_is_declared_no_more_goes(candor: Candor) -> None:
    await rich(candor, "undeclared")
    document = make_company()
    await apply_company(
        candor,
        attributes=tuple(a for a in document.attributes if a.code != "city"),
        events=tuple(e for e in document.events if e.code != "Order Completed"),
    )
    done = await swept(candor)
    assert done.counts["profiles.attribute/undeclared"] == 1
    assert done.counts["collect.event/undeclared"] == 1


async def test_evidence_about_the_erased_goes_three_years_after_their_last_word(
    candor: Candor, clock: FixedClock
) -> None:
    clock.advance(-8 * _YEAR)
    person = await make_person(candor, name="Ana")
    await choose(candor, person, "news", Choice.GRANTED)
    async with candor.database.tx() as tx:
        await candor.holders["consent"].erase_person(tx, [person])
    clock.advance(3 * _YEAR - timedelta(days=10))
    assert (await swept(candor, is_dry=True)).counts["consent.record/erased"] == 0
    clock.advance(timedelta(days=20))
    done = await swept(candor)
    assert (done.counts["consent.record/erased"], done.counts["consent.state/erased"]) == (1, 1)
    assert await states_of(candor, [person]) == {}


async def test_evidence_cannot_go_before_its_time(candor: Candor) -> None:
    person = await make_person(candor)
    await choose(candor, person, "news", Choice.GRANTED)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with candor.database.tx() as tx:
            await tx.connection.execute("DELETE FROM consent.record")


async def test_a_request_goes_when_its_law_wants_it_no_more(
    candor: Candor, clock: FixedClock
) -> None:
    person = await make_person(candor)
    office = office_of(candor)
    first = await ask(office, person, Right.INFORMATION)
    await carry(office, first.request.request_id)
    stranger = await ask(office, None, Right.COMPLAINT)
    clock.advance(timedelta(days=1_095))
    rule = "rights.request/keep_requests"
    assert (await swept(candor, is_dry=True)).counts[rule] == 0
    clock.advance(timedelta(days=3))
    assert (await swept(candor)).counts[rule] == 1
    assert stranger.request.is_open


async def test_a_sweep_that_was_asked_for_runs_once(candor: Candor) -> None:
    async with candor.database.tx() as tx:
        asked = await sweeping.ask(tx, is_dry=True, actor=TEST, clock=candor.clock)
    broom = broom_of(candor)
    await jobs.sweep_asked(broom, str(asked.sweep_id))
    await jobs.sweep_asked(broom, str(asked.sweep_id))
    await jobs.sweep(broom)
    async with candor.database.read() as tx:
        runs = await sweeping.list_runs(tx)
        with pytest.raises(NoSuchSweep):
            await sweeping.find(tx, new_id())
    assert {run.is_dry for run in runs} == {True, False}
    assert all(run.finished_at for run in runs)
    assert len(runs) == 2


async def test_words_of_a_stranger_go_with_their_key(candor: Candor, clock: FixedClock) -> None:
    office = office_of(candor)
    opened = await ask(office, None, Right.COMPLAINT, words=Pii("It is too late."))
    request_id = opened.request.request_id
    async with candor.database.tx() as tx:
        assert await candor.vault.keys(tx, [ProfileId(request_id)])
        await deciding.refuse(tx, request_id, Ground.NOT_IDENTIFIED, actor=TEST, office=office)
    clock.advance(4 * _YEAR)
    assert (await swept(candor)).counts["rights.request/keep_requests"] == 1
    async with candor.database.read() as tx:
        assert not await candor.vault.keys(tx, [ProfileId(request_id)])


async def test_a_sweep_that_fails_says_why(
    candor: Candor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_tx: Tx, _round: Round) -> Sequence[Expired]:
        raise Unavailable

    access = candor.holders["access"]
    monkeypatch.setattr(access, "sweep", away)
    broom = replace(broom_of(candor), holders={"access": access})
    done = await sweeping.run(broom)
    assert done.problem == Unavailable.code
    assert done.finished_at is not None
