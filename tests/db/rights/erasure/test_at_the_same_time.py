"""Somebody is erased while others do something with them: one waits for the other, both ways.

What a download does of which the person is erased: `test_archive`.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from typing_extensions import override

from candor.app import Candor, office_of
from candor.domain.profiles.errors import ErasedMeanwhile, NoSuchProfile
from candor.domain.profiles.model import MergeRule
from candor.domain.profiles.service import merge
from candor.domain.rights.errors import BadHold
from candor.domain.rights.model.hold import Hold
from candor.domain.rights.model.request import Ground, Right, State
from candor.domain.rights.model.task import Answer, Done, Later
from candor.domain.rights.service import carrying, holds
from candor.domain.rights.service.office import Work
from candor.domain.vault.errors import NoKey
from candor.infra.db.pool import Database, Tx
from candor.kernel.ids import ProfileId
from tests.factories import erasing, house
from tests.factories.archives import ordered, prepared
from tests.factories.house import TEST

Owner = psycopg.Connection[Any]
PATIENCE = 500  # times ten milliseconds


class Paused(Database):
    """A database whose transactions wait before they commit."""

    def __init__(self, real: Database) -> None:
        """Wrap a database that is open."""
        self.real = real
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()

    @override
    @asynccontextmanager
    async def tx(self, request_id: str = "") -> AsyncGenerator[Tx, None]:
        async with self.real.tx(request_id) as tx:
            yield tx
            self.reached.set()
            await self.go_on.wait()

    @override
    def read(self, request_id: str = "") -> Any:
        return self.real.read(request_id)


async def leased(candor: Candor, who: ProfileId) -> Work:
    """Ask to be erased, and lease what destroys."""
    request = await erasing.ask(candor, who)
    work = await carrying._take(office_of(candor), request.request_id)
    assert work is not None
    assert work.task.step == "destroy"
    return work


async def destroy(work: Work, database: Database | None = None) -> Answer:
    """Do the step that destroys, over another database perhaps."""
    if database is not None:
        work = replace(work, office=erasing.over(work.office, database))
    return await work.office.steps["destroy"](work)


async def somebody_waits(owner: Owner) -> None:
    """Return when a transaction waits for another."""
    for _ in range(PATIENCE):
        row = owner.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
        if row is not None and row[0]:
            return
        await asyncio.sleep(0.01)
    pytest.fail("nobody waits")


async def join(candor: Candor, tx: Tx, one: ProfileId, other: ProfileId) -> None:
    """Join two people into one."""
    await merge.join(
        tx,
        [merge.Join(one, other, MergeRule.BY_HAND, {}, TEST)],
        vault=candor.vault,
        policy=await house.policy_of(candor),
        clock=candor.clock,
    )


async def joined(candor: Candor, one: ProfileId, other: ProfileId) -> None:
    """Join two people in a transaction of its own."""
    async with candor.database.tx() as tx:
        await join(candor, tx, one, other)


async def place(candor: Candor, who: ProfileId, tx: Tx) -> Hold:
    """Place a hold on somebody."""
    return await holds.place(
        tx,
        who,
        Ground.LEGAL_CLAIMS,
        reference="case-2",
        review_on=candor.clock.now().date().replace(month=12),
        actor=TEST,
        office=office_of(candor),
    )


async def placed(candor: Candor, who: ProfileId) -> Hold:
    """Place a hold in a transaction of its own."""
    async with candor.database.tx() as tx:
        return await place(candor, who, tx)


async def test_whoever_is_joined_just_before_is_erased_too(
    candor: Candor, owner: Owner
) -> None:
    who, _ = await erasing.make_somebody(candor)
    other, known = await erasing.make_somebody(candor)
    work = await leased(candor, who)
    async with candor.database.tx() as tx:
        await join(candor, tx, who, other)
        destroying = asyncio.create_task(destroy(work))
        await somebody_waits(owner)
    answer = await destroying
    assert isinstance(answer, Done)
    assert answer.evidence["profiles"] == 4
    with pytest.raises(NoSuchProfile):
        await house.find(candor, "email", known["email"])


async def test_whoever_is_joined_just_after_is_not(candor: Candor, owner: Owner) -> None:
    who, _ = await erasing.make_somebody(candor)
    other, known = await erasing.make_somebody(candor)
    paused = Paused(candor.database)
    destroying = asyncio.create_task(destroy(await leased(candor, who), paused))
    await paused.reached.wait()
    joining = asyncio.create_task(joined(candor, who, other))
    await somebody_waits(owner)
    paused.go_on.set()
    assert isinstance(await destroying, Done)
    with pytest.raises(ErasedMeanwhile):
        await joining
    assert await house.find(candor, "email", known["email"]) == other


async def test_a_hold_that_comes_first_is_waited_for(candor: Candor, owner: Owner) -> None:
    who, known = await erasing.make_somebody(candor)
    work = await leased(candor, who)
    async with candor.database.tx() as tx:
        await place(candor, who, tx)
        destroying = asyncio.create_task(destroy(work))
        await somebody_waits(owner)
    assert isinstance(await destroying, Later)
    assert await house.find(candor, "email", known["email"]) == who


async def test_a_hold_on_whoever_is_joined_meanwhile_counts(
    candor: Candor, owner: Owner
) -> None:
    who, known = await erasing.make_somebody(candor)
    other, _ = await erasing.make_somebody(candor)
    work = await leased(candor, who)
    async with candor.database.tx() as holding:
        async with candor.database.tx() as tx:
            await join(candor, tx, who, other)
            destroying = asyncio.create_task(destroy(work))
            await somebody_waits(owner)
            await place(candor, other, holding)
        await somebody_waits(owner)
    assert isinstance(await destroying, Later)
    assert await house.find(candor, "email", known["email"])


async def test_a_hold_that_comes_too_late_is_refused(candor: Candor, owner: Owner) -> None:
    who, _ = await erasing.make_somebody(candor)
    paused = Paused(candor.database)
    destroying = asyncio.create_task(destroy(await leased(candor, who), paused))
    await paused.reached.wait()
    placing = asyncio.create_task(placed(candor, who))
    await somebody_waits(owner)
    paused.go_on.set()
    assert isinstance(await destroying, Done)
    with pytest.raises(BadHold):
        await placing
    assert owner.execute("SELECT count(*) FROM rights.hold").fetchone() == (0,)


async def test_two_workers_at_once_erase_once(candor: Candor) -> None:
    who, _ = await erasing.make_somebody(candor)
    request = await erasing.ask(candor, who)
    office = office_of(candor)
    await asyncio.gather(*(carrying.carry(office, request.request_id) for _ in range(3)))
    request = await erasing.carried(candor, request)
    assert request.state is State.FULFILLED
    said = await erasing.said(candor, request)
    assert (said.count("unreadable"), said.count("certified")) == (1, 1)


async def test_the_same_step_twice_at_once_destroys_once(candor: Candor, owner: Owner) -> None:
    who, _ = await erasing.make_somebody(candor)
    work, paused = await leased(candor, who), Paused(candor.database)
    first = asyncio.create_task(destroy(work, paused))
    await paused.reached.wait()
    second = asyncio.create_task(destroy(work))  # by whoever thinks that the first has died
    await somebody_waits(owner)
    paused.go_on.set()
    assert await first == await second
    noted = owner.execute(
        "SELECT count(*) FROM audit.entry WHERE action = 'profiles.erased'"
    ).fetchone()
    assert noted == (2,)  # one for each of their two profiles


async def test_nothing_stays_of_what_pours_in_meanwhile(candor: Candor, owner: Owner) -> None:
    who, known = await erasing.make_somebody(candor)
    request = await erasing.ask(candor, who)
    ends = asyncio.Event()

    async def pour() -> int:
        sent = 0
        while sent < 200 or not ends.is_set():
            named = {"userId": known["number"], "anonymousId": known["device"]}
            calls = ({**house.order(candor), **named} for _ in range(10))
            await house.send(candor, "shop", *calls)
            sent += 10
            await asyncio.sleep(0)
        return sent

    pouring = asyncio.create_task(pour())
    done = await erasing.carried(candor, request)
    ends.set()
    assert await pouring >= 200
    assert done.state is State.FULFILLED
    left = owner.execute(
        "SELECT count(*) FROM collect.event WHERE profile_id = %s", (who,)
    ).fetchone()
    assert left == (0,)
    with pytest.raises(NoSuchProfile):
        await house.find(candor, "customer_number", known["number"])
    refused = owner.execute("SELECT sum(refused) FROM profiles.tombstone").fetchone()
    assert refused is not None
    assert refused[0] > 0


async def test_whoever_is_erased_meanwhile_is_given_nothing(candor: Candor) -> None:
    who, _ = await erasing.make_somebody(candor)
    wish = await erasing.ask(candor, who, Right.ACCESS)
    done = await erasing.carried(candor, await erasing.ask(candor, who))
    assert done.state is State.FULFILLED
    wish = await erasing.carried(candor, wish)
    assert (wish.state, wish.ground) == (State.REFUSED, Ground.NO_DATA)


async def test_a_download_that_was_ready_is_not_given(candor: Candor) -> None:
    who, _ = await erasing.make_somebody(candor)
    wish = await prepared(candor, who)
    assert (await erasing.carried(candor, await erasing.ask(candor, who))).outcome
    with pytest.raises(NoKey):
        await ordered(candor, wish.request_id)
