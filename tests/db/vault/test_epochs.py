"""The life of epochs: rotated, wrapped anew, destroyed; never while a living key needs one."""

from datetime import timedelta

import psycopg
import pytest

from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.vault import jobs
from candor.domain.vault.model import Place
from candor.domain.vault.model.life import Epoch
from candor.infra.db.errors import IntegrityError
from candor.infra.keyring import MissingEpoch
from candor.kernel.clock import FixedClock
from candor.kernel.errors import Bug
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import TEST

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
