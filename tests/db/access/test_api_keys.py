"""Keys of the API: kept as a hash, with scopes and an end; taken back, succeeded, last used."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from candor.domain.access.errors import KeyLastsTooLong, NoSuchAPIKey, WrongAPIKey
from candor.domain.access.model.keys import API_KEY_GRACE, API_KEY_LASTS, APIKey, Scope
from candor.domain.access.service import api_keys
from candor.infra.db.pool import Database
from candor.kernel.clock import FixedClock
from candor.kernel.ids import new_id
from tests.factories.house import TEST

MOMENT = timedelta(microseconds=1)
ASKING = [Scope.DECISIONS_READ, Scope.PURPOSES_READ]


async def issue(
    db: Database, clock: FixedClock, lasts: timedelta = API_KEY_LASTS
) -> tuple[str, APIKey]:
    """Issue a key and commit."""
    async with db.tx() as tx:
        return await api_keys.issue(
            tx,
            name="e-mail platform",
            scopes=ASKING,
            source_code="shop",
            actor=TEST,
            clock=clock,
            lasts=lasts,
        )


async def known(db: Database, clock: FixedClock, secret: str) -> APIKey:
    """Return the key behind a secret."""
    async with db.read() as tx:
        return await api_keys.find(tx, secret, clock)


async def test_a_key_opens_what_it_was_made_for(db: Database, clock: FixedClock) -> None:
    secret, key = await issue(db, clock)
    assert await known(db, clock, secret) == key
    assert key.scopes == ["decisions:read", "purposes:read"]
    assert secret.startswith("cdr_")
    assert len(secret) == 47  # 256 bits


async def test_only_a_hash_is_kept(
    db: Database, clock: FixedClock, owner: psycopg.Connection[Any]
) -> None:
    secret, _ = await issue(db, clock)
    (row,) = owner.execute("SELECT api_key::text FROM access.api_key").fetchall()
    assert secret not in row[0]
    assert secret.removeprefix("cdr_")[5:] not in row[0]


async def test_a_wrong_key_opens_nothing(db: Database, clock: FixedClock) -> None:
    secret, _ = await issue(db, clock)
    for wrong in ("", "cdr_", secret[:-1], secret.lower(), secret + "x"):
        with pytest.raises(WrongAPIKey):
            await known(db, clock, wrong)


async def test_a_key_ends_by_itself(db: Database, clock: FixedClock) -> None:
    secret, _ = await issue(db, clock)
    clock.advance(API_KEY_LASTS - MOMENT)
    assert await known(db, clock, secret)
    clock.advance(MOMENT)
    with pytest.raises(WrongAPIKey):
        await known(db, clock, secret)


@pytest.mark.parametrize("days", [-1, 0, 731])
async def test_a_key_lasts_at_most_two_years(
    db: Database, clock: FixedClock, days: int
) -> None:
    with pytest.raises(KeyLastsTooLong):
        await issue(db, clock, timedelta(days=days))


async def test_a_key_that_was_taken_back_opens_nothing(db: Database, clock: FixedClock) -> None:
    secret, key = await issue(db, clock)
    async with db.tx() as tx:
        await api_keys.revoke(tx, key.key_id, actor=TEST, clock=clock)
    with pytest.raises(WrongAPIKey):
        await known(db, clock, secret)
    async with db.tx() as tx:
        with pytest.raises(NoSuchAPIKey):
            await api_keys.revoke(tx, key.key_id, actor=TEST, clock=clock)
        with pytest.raises(NoSuchAPIKey):
            await api_keys.rotate(tx, key.key_id, actor=TEST, clock=clock)


async def test_a_successor_has_the_same_rights_and_the_old_key_a_day(
    db: Database, clock: FixedClock
) -> None:
    old, key = await issue(db, clock)
    clock.advance(timedelta(days=300))
    async with db.tx() as tx:
        new, successor = await api_keys.rotate(tx, key.key_id, actor=TEST, clock=clock)
    assert (successor.scopes, successor.source_code) == (key.scopes, key.source_code)
    assert successor.expires_at == clock.now() + API_KEY_LASTS
    clock.advance(API_KEY_GRACE - MOMENT)
    assert await known(db, clock, old)
    clock.advance(MOMENT)
    with pytest.raises(WrongAPIKey):
        await known(db, clock, old)
    assert await known(db, clock, new) == successor


async def test_a_suspended_key_has_no_successor(db: Database, clock: FixedClock) -> None:
    secret, key = await issue(db, clock)
    async with db.tx() as tx:
        await api_keys.suspend(tx, key.key_id, actor=TEST, clock=clock)
    with pytest.raises(NoSuchAPIKey):
        async with db.tx() as tx:
            await api_keys.rotate(tx, key.key_id, actor=TEST, clock=clock)
    async with db.tx() as tx:
        await api_keys.resume(tx, key.key_id, actor=TEST, clock=clock)
    assert (await known(db, clock, secret)).expires_at == key.expires_at


async def test_the_grace_never_makes_a_key_last_longer(db: Database, clock: FixedClock) -> None:
    old, key = await issue(db, clock, timedelta(days=1))
    clock.advance(timedelta(hours=23))
    async with db.tx() as tx:
        await api_keys.rotate(tx, key.key_id, actor=TEST, clock=clock)
    clock.advance(timedelta(hours=1))
    with pytest.raises(WrongAPIKey):
        await known(db, clock, old)


async def test_last_use_is_kept_to_the_minute(db: Database, clock: FixedClock) -> None:
    secret, key = await issue(db, clock)
    clock.advance(timedelta(seconds=90))
    async with db.tx() as tx:
        assert await api_keys.touch(tx, {key.key_id, new_id()}, clock) == 1
        assert await api_keys.touch(tx, {key.key_id}, clock) == 0
    used = (await known(db, clock, secret)).last_used_at
    assert used == clock.now().replace(second=0)


async def test_every_act_about_a_key_is_written_down(
    db: Database, clock: FixedClock, owner: psycopg.Connection[Any]
) -> None:
    secret, key = await issue(db, clock)
    async with db.tx() as tx:
        _, successor = await api_keys.rotate(tx, key.key_id, actor=TEST, clock=clock)
        await api_keys.revoke(tx, key.key_id, actor=TEST, clock=clock)
    rows = owner.execute(
        "SELECT action, detail ->> 'key', detail::text FROM audit.entry ORDER BY entry_id"
    ).fetchall()
    assert [(row[0], row[1]) for row in rows] == [
        ("access.api_key_issued", str(key.key_id)),
        ("access.api_key_rotated", str(key.key_id)),
        ("access.api_key_issued", str(successor.key_id)),
        ("access.api_key_revoked", str(key.key_id)),
    ]
    assert not any(secret in row[2] for row in rows)
