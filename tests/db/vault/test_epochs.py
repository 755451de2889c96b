"""The life of epochs: rotated, wrapped anew, destroyed; never while a living key needs one."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from typing_extensions import override

from candor.app import Candor, compose
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.vault import jobs
from candor.domain.vault.errors import ForeignKeyring, WrongKey
from candor.domain.vault.model import Place
from candor.domain.vault.model.life import Epoch
from candor.domain.vault.queries import subject_keys
from candor.domain.vault.service import keys
from candor.domain.vault.service.keys import Use
from candor.domain.vault.service.overview import overview
from candor.infra.db.embedded import Urls
from candor.infra.db.errors import IntegrityError
from candor.infra.db.pool import ReadTx
from candor.infra.keyring import MissingEpoch
from candor.infra.settings import Settings
from candor.kernel.clock import FixedClock
from candor.kernel.errors import Bug, Unavailable
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import TEST
from tests.faults.test_chaos_at_the_door import Chaos

PREFIX = Place("tests.note", "sealed").prefix()


async def make_keys(candor: Candor, number: int) -> list[ProfileId]:
    """Make keys of profiles that have nothing else."""
    ids = [ProfileId(new_id()) for _ in range(number)]
    async with candor.database.tx() as tx:
        await candor.vault.create(tx, ids)
    return ids


async def rotate(candor: Candor, *, days: float = 7) -> int:
    """Run the nightly job some days later."""
    assert isinstance(candor.clock, FixedClock)
    candor.clock.advance(timedelta(days=days))
    return await jobs.rotate(candor.database, candor.vault, candor.clock)


async def epochs(candor: Candor) -> list[Epoch]:
    """Return all epochs, newest first."""
    async with candor.database.read() as tx:
        return await candor.vault.epochs.every(tx)


async def seal(candor: Candor, profile_id: ProfileId) -> bytes:
    """Seal a value with the key as it is in the database."""
    candor.vault.forget([profile_id])
    async with candor.database.read() as tx:
        return (await candor.vault.keys(tx, [profile_id]))[profile_id].seal(PREFIX, b"tall")


async def unseal(candor: Candor, profile_id: ProfileId, sealed: bytes) -> bytes:
    """Open a value with the key as it is in the database."""
    candor.vault.forget([profile_id])
    async with candor.database.read() as tx:
        return (await candor.vault.keys(tx, [profile_id]))[profile_id].unseal(PREFIX, sealed)


async def test_the_first_key_opens_the_first_epoch(candor: Candor) -> None:
    assert await epochs(candor) == []
    await make_keys(candor, 3)
    [epoch] = await epochs(candor)
    assert (epoch.epoch_id, epoch.keys, epoch.closed_at) == (1, 3, None)


@pytest.mark.asvs("11.2.2")
async def test_after_rotating_old_values_open_and_new_keys_use_the_new_epoch(
    candor: Candor,
) -> None:
    [ada] = await make_keys(candor, 1)
    sealed = await seal(candor, ada)
    await rotate(candor)
    await make_keys(candor, 1)
    assert [(e.epoch_id, e.keys, e.closed_at is None) for e in await epochs(candor)] == [
        (2, 2, True),
        (1, 0, False),
    ]
    assert await unseal(candor, ada, sealed) == b"tall"


async def test_the_epoch_before_the_last_is_destroyed_and_the_living_stay_readable(
    candor: Candor,
) -> None:
    [ada] = await make_keys(candor, 1)
    sealed = await seal(candor, ada)
    for _ in range(3):
        await rotate(candor)
    found = {e.epoch_id: e for e in await epochs(candor)}
    assert [n for n, e in found.items() if e.destroyed_at] == [2, 1]
    for destroyed in (1, 2):
        with pytest.raises(MissingEpoch):
            candor.keyring.epoch_key(destroyed)
    assert await unseal(candor, ada, sealed) == b"tall"


async def test_wrapping_anew_goes_on_where_it_was_killed(candor: Candor) -> None:
    people = await make_keys(candor, 7)
    sealed = {p: await seal(candor, p) for p in people}
    async with candor.database.tx() as tx:
        await candor.vault.epochs.open(tx, TEST, after=1)
    async with candor.database.tx() as tx:
        assert (await candor.vault.epochs.rewrap(tx, at_most=3)).keys == 3

    async def killed_midway() -> None:
        async with candor.database.tx() as tx:
            assert (await candor.vault.epochs.rewrap(tx, at_most=3)).keys == 3
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await killed_midway()
    assert {e.epoch_id: e.keys for e in await epochs(candor)} == {2: 3, 1: 4}
    assert await jobs.rewrap_all(candor.database, candor.vault) == 4
    assert await jobs.rewrap_all(candor.database, candor.vault) == 0
    for profile_id in people:
        assert await unseal(candor, profile_id, sealed[profile_id]) == b"tall"


async def test_two_workers_wrap_each_key_once(candor: Candor) -> None:
    await make_keys(candor, 6)
    async with candor.database.tx() as tx:
        await candor.vault.epochs.open(tx, TEST, after=1)
    async with candor.database.tx() as one, candor.database.tx() as other:
        assert (await candor.vault.epochs.rewrap(one, at_most=4)).keys == 4
        assert (await candor.vault.epochs.rewrap(other, at_most=4)).keys == 2


async def test_an_epoch_that_wraps_a_living_key_is_not_destroyed(candor: Candor) -> None:
    [ada] = await make_keys(candor, 1)
    sealed = await seal(candor, ada)
    async with candor.database.tx() as tx:
        await candor.vault.epochs.open(tx, TEST, after=1)
    with pytest.raises(Bug):
        async with candor.database.tx() as tx:
            await candor.vault.epochs.destroy(tx, 1, TEST)
    assert await unseal(candor, ada, sealed) == b"tall"


@pytest.mark.parametrize("epoch_id", [1, 99])
async def test_an_open_or_unknown_epoch_is_not_destroyed(candor: Candor, epoch_id: int) -> None:
    await make_keys(candor, 0)
    async with candor.database.tx() as tx:
        with pytest.raises(Bug):
            await candor.vault.epochs.destroy(tx, epoch_id, TEST)


async def test_the_database_has_one_open_epoch_at_most(
    candor: Candor, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    await make_keys(candor, 1)
    with pytest.raises(IntegrityError):
        owner.execute("INSERT INTO vault.epoch (epoch_id, opened_at) VALUES (9, now())")


async def test_opening_and_destroying_an_epoch_stand_in_the_log(candor: Candor) -> None:
    await make_keys(candor, 1)
    for _ in range(2):
        await rotate(candor)
    async with candor.database.read() as tx:
        opened = await audit.newest(tx, action="vault.epoch_opened")
        destroyed = await audit.newest(tx, action="vault.epoch_destroyed")
    assert [entry.detail for entry in opened] == [{"epoch": 3}, {"epoch": 2}, {"epoch": 1}]
    assert [entry.detail for entry in destroyed] == [{"epoch": 1}]
    assert destroyed[0].actor_id == Actor.machine("worker").id


# -------------------------------------------------------------------------- nobody is harmed
async def test_who_read_a_wrapped_key_just_before_finds_the_epoch_for_a_while(
    candor: Candor,
) -> None:
    [ada] = await make_keys(candor, 1)
    sealed = await seal(candor, ada)
    async with candor.database.read() as tx:
        await candor.vault.epochs.every(tx)  # the snapshot stands from here
        for _ in range(3):  # somebody is in a hurry
            await jobs.rotate(candor.database, candor.vault, candor.clock, is_forced=True)
        candor.vault.forget([ada])
        key = (await candor.vault.keys(tx, [ada]))[ada]
        assert key.unseal(PREFIX, sealed) == b"tall"


async def test_who_makes_a_key_in_an_epoch_that_closes_meanwhile_loses_nothing(
    candor: Candor,
) -> None:
    await make_keys(candor, 1)
    ada = ProfileId(new_id())
    async with candor.database.tx() as slow:
        made = (await candor.vault.create(slow, [ada]))[ada]
        sealed = made.seal(PREFIX, b"tall")
        await rotate(candor)
        await rotate(candor, days=1)
    assert {e.epoch_id: e.keys for e in await epochs(candor)} == {2: 1, 1: 1}
    await rotate(candor, days=6)
    assert {e.epoch_id: e.keys for e in await epochs(candor)} == {3: 2, 2: 0, 1: 0}
    assert await unseal(candor, ada, sealed) == b"tall"


async def test_no_key_is_made_in_a_closed_epoch(candor: Candor) -> None:
    await make_keys(candor, 1)
    async with candor.database.tx() as tx:
        await candor.vault.epochs.open(tx, TEST, after=1)
        assert not await subject_keys.insert_keys(
            tx, epoch_id=1, profile_ids=[new_id()], wrapped=[bytes(61)], at=candor.clock.now()
        )


async def test_an_epoch_is_not_opened_before_its_time_nor_destroyed(candor: Candor) -> None:
    await make_keys(candor, 1)
    await rotate(candor, days=6.9)
    assert [e.epoch_id for e in await epochs(candor)] == [1]
    await rotate(candor, days=0.1)
    await rotate(candor, days=6.9)
    assert [e.epoch_id for e in await epochs(candor) if e.destroyed_at] == []
    await rotate(candor, days=0.1)
    assert [e.epoch_id for e in await epochs(candor) if e.destroyed_at] == [1]


async def test_two_at_once_open_one_epoch(candor: Candor) -> None:
    await make_keys(candor, 5)
    both = [
        jobs.rotate(candor.database, candor.vault, candor.clock, is_forced=True)
        for _ in range(2)
    ]
    assert sum(await asyncio.gather(*both)) == 5
    assert [e.epoch_id for e in await epochs(candor)] in ([2, 1], [3, 2, 1])
    assert (await epochs(candor))[0].keys == 5


async def test_a_key_put_in_the_place_of_another_s_stops_the_batch_and_nothing_is_destroyed(
    candor: Candor, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    ada, ben = await make_keys(candor, 2)
    owner.execute(
        "UPDATE vault.subject_key SET wrapped = (SELECT wrapped FROM vault.subject_key"
        " WHERE profile_id = %s) WHERE profile_id = %s",
        [ada, ben],
    )
    with pytest.raises(WrongKey):
        await rotate(candor)
    assert {e.epoch_id: e.keys for e in await epochs(candor)} == {2: 0, 1: 2}
    assert candor.keyring.epoch_key(1)


async def test_a_wrapped_key_said_to_be_of_another_epoch_is_the_wrong_key(
    candor: Candor, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    [ada] = await make_keys(candor, 1)
    async with candor.database.tx() as tx:
        await candor.vault.epochs.open(tx, TEST, after=1)
    owner.execute("UPDATE vault.subject_key SET epoch_id = 2")
    candor.vault.forget([ada])
    async with candor.database.read() as tx:
        with pytest.raises(WrongKey):
            await candor.vault.keys(tx, [ada])


class Failing(Chaos):
    """A database whose n-th statement fails, or the n-th look at it."""

    @override
    @asynccontextmanager
    async def read(self, request_id: str = "") -> AsyncGenerator[ReadTx, None]:
        self.step()
        async with self.real.read(request_id) as tx:
            yield tx


async def test_whatever_statement_fails_the_next_run_completes_it(candor: Candor) -> None:
    """The n-th statement or commit fails, for n = 1, 2, …: nobody is lost by it."""
    people = await make_keys(candor, 6)
    sealed = {p: await seal(candor, p) for p in people}
    assert isinstance(candor.clock, FixedClock)
    failing, has_failed = 0, True
    while has_failed:
        failing += 1
        candor.clock.advance(timedelta(days=7))
        chaos = Failing(candor.database, failing, Unavailable)
        with suppress(Unavailable):
            await jobs.rotate(chaos, candor.vault, candor.clock)
        has_failed = chaos.has_failed
        for profile_id in people:
            assert await unseal(candor, profile_id, sealed[profile_id]) == b"tall"
        await jobs.rotate(candor.database, candor.vault, candor.clock)
        found = await epochs(candor)
        assert jobs.left(found) == 0
        assert sum(e.destroyed_at is None for e in found) <= 3
    assert failing > 10


async def test_a_database_takes_no_other_root(
    candor: Candor, database_urls: Urls, tmp_path: Path
) -> None:
    assert isinstance(candor.clock, FixedClock)
    other = compose(
        Settings.load({"CANDOR_HOME": str(tmp_path / "other"), "CANDOR_CONFIG": "none"}),
        database_urls.app,
        clock=candor.clock,
    )
    with pytest.raises(ForeignKeyring):
        async with other.running():
            pytest.fail("another root was taken")


async def test_a_recovery_copy_is_confirmed_for_the_root_in_use_only(candor: Candor) -> None:
    async with candor.database.tx() as tx:
        assert not (await overview(tx, candor.vault, candor.keyring)).is_confirmed
        with pytest.raises(ForeignKeyring):
            await keys.confirm(tx, "0" * 16, actor=TEST, clock=candor.clock)
        await keys.confirm(tx, candor.keyring.fingerprint, actor=TEST, clock=candor.clock)
        seen = await overview(tx, candor.vault, candor.keyring)
    assert seen.is_confirmed
    assert not seen.is_safe  # there is no copy of the epochs


async def test_receipts_and_checkpoints_count_their_versions_apart(candor: Candor) -> None:
    async with candor.database.tx() as tx:
        assert (
            await keys.rotate(tx, Use.RECEIPT, actor=TEST, clock=candor.clock, at_least=3) == 4
        )
        assert await keys.rotate(tx, Use.RECEIPT, actor=TEST, clock=candor.clock) == 5
        assert [await keys.version(tx, use) for use in Use] == [1, 5, 1]
