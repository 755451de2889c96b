"""The key of the blind index changes while people come and go: nobody is lost, nobody doubled."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.profiles import jobs
from candor.domain.profiles.errors import NoSuchProfile
from candor.domain.profiles.service import reindex
from candor.domain.vault.errors import RotationUnderWay
from candor.domain.vault.service import keys
from candor.domain.vault.service.keys import Use
from candor.infra.db.embedded import Urls
from candor.kernel.clock import FixedClock
from candor.kernel.errors import CandorError
from candor.kernel.ids import ProfileId
from tests.factories.house import (
    TEST,
    find,
    fresh,
    fresh_email,
    make_person,
    order,
    running,
    send,
)

Owner = psycopg.Connection[tuple[Any, ...]]
EMAIL: Final = "email"
NUMBER: Final = "customer_number"
DEVICE: Final = "device"


@pytest.fixture
async def second(
    database_urls: Urls, tmp_path: Path, clock: FixedClock, candor: Candor
) -> AsyncIterator[Candor]:
    """Return another process on the same database, with the same keyring."""
    del candor  # the catalogue is applied
    async with running(database_urls.app, tmp_path, clock) as process:
        yield process


async def change_key(candor: Candor) -> int:
    """Put the next version of the index in use."""
    async with candor.database.tx() as tx:
        return await keys.rotate(tx, Use.INDEX, actor=TEST, clock=candor.clock)


async def move_some(candor: Candor, at_most: int) -> int:
    """Move a few identifiers; return how many."""
    async with candor.database.tx() as tx:
        return (await reindex.step(tx, candor.vault, actor=TEST, at_most=at_most)).moved


def rows(owner: Owner) -> dict[int, int]:
    """Return how many identifiers stand under each version."""
    found = owner.execute("SELECT index_version, count(*) FROM profiles.identifier GROUP BY 1")
    return dict(found.fetchall())


async def test_people_are_found_before_during_and_after(
    candor: Candor, second: Candor, owner: Owner
) -> None:
    people = {number: await make_person(candor, number=number) for number in map(fresh, "abcd")}
    assert await change_key(candor) == 2
    assert await move_some(candor, 2) == 2
    assert rows(owner) == {1: 2, 2: 2}
    for process in (second, candor):  # the second has not heard of it
        assert {n: await find(process, NUMBER, n) for n in people} == people
    assert await jobs.reindex_all(candor.database, candor.vault, candor.clock) == 2
    assert rows(owner) == {2: 4}
    for process in (second, candor):
        assert {n: await find(process, NUMBER, n) for n in people} == people


async def test_what_was_moved_still_opens_and_belongs_to_the_same_person(
    candor: Candor,
) -> None:
    address = fresh_email()
    ada = await make_person(candor, email=address)
    await change_key(candor)
    await jobs.reindex_all(candor.database, candor.vault, candor.clock)
    await change_key(candor)  # a second time: it was sealed for its new row
    await jobs.reindex_all(candor.database, candor.vault, candor.clock)
    assert await find(candor, EMAIL, address) == ada


async def test_a_process_that_has_not_heard_begins_nobody_twice(
    candor: Candor, second: Candor, owner: Owner
) -> None:
    number = fresh("number")
    ada = await make_person(candor, number=number)
    await change_key(candor)
    await jobs.reindex_all(candor.database, candor.vault, candor.clock)
    assert second.vault.indexing.version == 1
    assert await make_person(second, number=number) == ada
    assert second.vault.indexing.version == 2
    assert rows(owner) == {2: 1}


async def test_a_request_read_before_the_change_is_written_under_the_new_version(
    candor: Candor, second: Candor, owner: Owner
) -> None:
    number = fresh("number")
    call = {"type": "identify", "userId": number}
    reader = await second.door.reader("shop")
    load = reader.batch(b'{"batch":[' + _json(call) + b"]}", second.clock.now())
    await change_key(candor)
    await second.door.take(load)
    assert rows(owner) == {2: 1}
    assert await find(candor, NUMBER, number) == await find(second, NUMBER, number)


async def test_vouching_reaches_an_identifier_that_was_not_moved_yet(
    candor: Candor, owner: Owner
) -> None:
    address = fresh_email()
    await make_person(candor, source="crm", number=address)
    await change_key(candor)
    await make_person(candor, source="shop", email=address)
    row = owner.execute(
        "SELECT index_version FROM profiles.identifier WHERE kind = 'email'"
    ).fetchall()
    assert row == [(1,)]


async def test_the_next_change_waits_until_this_one_is_done(candor: Candor) -> None:
    await make_person(candor)
    await change_key(candor)
    with pytest.raises(RotationUnderWay):
        await change_key(candor)
    await jobs.reindex_all(candor.database, candor.vault, candor.clock)
    assert await change_key(candor) == 3


async def test_each_batch_and_the_end_stand_in_the_log(candor: Candor) -> None:
    await make_person(candor)
    await change_key(candor)
    await jobs.reindex_all(candor.database, candor.vault, candor.clock)
    await jobs.reindex_all(candor.database, candor.vault, candor.clock)
    async with candor.database.read() as tx:
        moved = await audit.newest(tx, action="vault.reindexed")
        done = await audit.newest(tx, action="vault.key_done")
    assert [entry.detail for entry in moved] == [{"version": 2, "count": 1, "broken": 0}]
    assert [entry.detail for entry in done] == [{"use": "index", "version": 2}]


async def test_an_identifier_that_somebody_changed_is_left_and_keeps_the_old_version_alive(
    candor: Candor, owner: Owner
) -> None:
    await make_person(candor)
    owner.execute("UPDATE profiles.identifier SET sealed = set_byte(sealed, 20, 1)")
    owner.execute("UPDATE profiles.identifier SET sealed = set_byte(sealed, 21, 1)")
    await change_key(candor)
    assert await jobs.reindex_all(candor.database, candor.vault, candor.clock) == 0
    assert rows(owner) == {1: 1}
    async with candor.database.read() as tx:
        [older] = [v for v in await keys.versions(tx) if v.retired_at]
    assert older.done_at is None


async def test_what_the_erased_left_is_deleted_rather_than_moved(
    candor: Candor, owner: Owner
) -> None:
    ada = await make_person(candor)
    owner.execute("DELETE FROM vault.subject_key WHERE profile_id = %s", [ada])
    candor.vault.forget([ada])
    await change_key(candor)
    await jobs.reindex_all(candor.database, candor.vault, candor.clock)
    assert rows(owner) == {}


# ------------------------------------------------------------------------ random interleavings
STEPS = st.one_of(
    *(
        st.tuples(st.just(what), st.integers(0, 1), st.integers(0, 2))
        for what in ("browse", "order", "sign_in", "write", "find", "change", "move", "finish")
    )
)


class Town:
    """Three people with a number, an address and a browser, and a model of who is known."""

    def __init__(self, processes: tuple[Candor, Candor]) -> None:
        self.processes = processes
        self.names = [
            {NUMBER: fresh("number"), EMAIL: fresh_email(), DEVICE: fresh("browser")}
            for _ in range(3)
        ]
        self.together: list[set[str]] = []

    def meet(self, *names: str) -> None:
        """Note that these are one person."""
        met = [group for group in self.together if group & set(names)]
        self.together = [group for group in self.together if group not in met]
        self.together.append(set(names).union(*met))

    async def do(self, step: tuple[str, int, int]) -> None:
        """Do one thing in one of the processes."""
        what, who, one = step
        process, mine = self.processes[who], self.names[one]
        number, address, browser = mine[NUMBER], mine[EMAIL], mine[DEVICE]
        match what:
            case "browse":
                await send(process, "shop", {**order(process), "anonymousId": browser})
                self.meet(browser)
            case "order":
                await send(process, "shop", {**order(process), "userId": number})
                self.meet(number)
            case "sign_in":
                call = {"type": "identify", "userId": number, "anonymousId": browser}
                await send(process, "shop", call)
                self.meet(number, browser)
            case "write":
                traits = {"email": address}
                call = {"type": "identify", "userId": number, "traits": traits}
                await send(process, "shop", call)
                self.meet(number, address)
            case "find":
                await self.found(process, NUMBER, number)
            case "change":
                with suppress(RotationUnderWay):
                    await change_key(process)
            case "move":
                await move_some(process, one + 1)
            case _:
                async with process.database.tx() as tx:
                    await reindex.finish(tx, process.vault, actor=TEST, clock=process.clock)

    async def found(self, process: Candor, kind: str, name: str) -> ProfileId | None:
        """Return whose an identifier is; it must be known if, and only if, it was sent."""
        is_known = any(name in group for group in self.together)
        try:
            head = await find(process, kind, name)
        except NoSuchProfile:
            assert not is_known
            return None
        assert is_known
        return head

    async def same(self) -> None:
        """Compare both processes with the model."""
        named = [pair for mine in self.names for pair in mine.items()]
        for process in self.processes:
            heads = {name: await self.found(process, kind, name) for kind, name in named}
            for group in self.together:
                assert len({heads[name] for name in group}) == 1
            known = [heads[next(iter(group))] for group in self.together]
            assert len(set(known)) == len(self.together)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, min_size=6, max_size=20))
async def test_whatever_the_order_everybody_is_there_once(
    candor: Candor, second: Candor, owner: Owner, steps: list[tuple[str, int, int]]
) -> None:
    town = Town((candor, second))
    before = sum(rows(owner).values())
    for step in steps:
        try:
            await town.do(step)
        except CandorError as error:
            pytest.fail(f"{step}: {error!r}")
    await town.same()
    written = len({name for group in town.together for name in group})
    assert sum(rows(owner).values()) - before == written


def _json(call: dict[str, str]) -> bytes:
    inner = ",".join(f'"{name}":"{value}"' for name, value in call.items())
    return b"{" + inner.encode() + b"}"
