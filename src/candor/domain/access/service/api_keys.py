"""Keys of the API: scoped, hashed, expiring."""

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

from candor.domain.access.errors import (
    KeyLastsTooLong,
    NoSuchAPIKey,
    WrongAPIKey,
)
from candor.domain.access.model.keys import (
    API_KEY_GRACE,
    API_KEY_LASTS,
    API_KEY_LASTS_AT_MOST,
    API_KEY_PREFIX,
    APIKey,
    Scope,
    hash_of,
)
from candor.domain.access.queries import api_keys as stored
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import new_id

_SECRET_BYTES: Final = 32
_A_DAY: Final = timedelta(days=1)


async def issue(
    tx: Tx,
    *,
    name: str,
    scopes: Collection[Scope],
    source_code: str | None,
    actor: Actor,
    clock: Clock,
    lasts: timedelta = API_KEY_LASTS,
    made_by: UUID | None = None,
) -> tuple[str, APIKey]:
    """Make a key of the API; its secret is returned once and kept as a hash only.

    `made_by` is the member of staff who answers for it: it ends when they leave. None: whoever
    runs the server.

    Raises:
        KeyLastsTooLong: longer than two years, shorter than a day, or without any scope.
    """
    if not _A_DAY <= lasts <= API_KEY_LASTS_AT_MOST or not scopes:
        raise KeyLastsTooLong
    secret = API_KEY_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    now = clock.now()
    key = APIKey(
        key_id=new_id(),
        name=name,
        scopes=sorted(scope.value for scope in scopes),
        source_code=source_code,
        hint=secret[: len(API_KEY_PREFIX) + 4],
        created_at=now,
        expires_at=now + lasts,
        last_used_at=None,
        revoked_at=None,
        made_by=made_by,
    )
    await stored.insert_api_key(tx, key_hash=hash_of(secret), key=key)
    await _about_key(tx, "access.api_key_issued", key, actor, clock)
    return secret, key


async def find(tx: ReadTx, secret: str, clock: Clock) -> APIKey:
    """Return the key that a secret stands for.

    Raises:
        WrongAPIKey: unknown, ended, taken back or suspended; they look the same.
    """
    found = await stored.find_api_key(tx, key_hash=hash_of(secret), at=clock.now())
    if found is None:
        raise WrongAPIKey
    return found


async def every(tx: ReadTx) -> list[APIKey]:
    """Return all keys of the API, newest first, those that have ended too."""
    return await stored.api_keys(tx)


async def revoke(tx: Tx, key_id: UUID, *, actor: Actor, clock: Clock) -> APIKey:
    """Take back a key; it opens nothing from the commit on.

    Raises:
        NoSuchAPIKey: unknown, or ended already.
    """
    key = await stored.revoke_api_key(tx, key_id=key_id, at=clock.now())
    if key is None:
        raise NoSuchAPIKey
    await _about_key(tx, "access.api_key_revoked", key, actor, clock)
    return key


async def suspend(tx: Tx, key_id: UUID, *, actor: Actor, clock: Clock) -> bool:
    """Stop a key until somebody has looked; it opens nothing from the commit on; audited.

    Returns:
        whether it worked before: a key that has ended, or is suspended already, stays as it is.
    """
    key = await stored.suspend_api_key(tx, key_id=key_id, at=clock.now())
    if key is None:
        return False
    await _about_key(tx, "access.api_key_suspended", key, actor, clock)
    return True


async def resume(tx: Tx, key_id: UUID, *, actor: Actor, clock: Clock) -> APIKey:
    """Let a suspended key work again, until the day on which it ends anyway; audited.

    Raises:
        NoSuchAPIKey: unknown, or not suspended.
    """
    key = await stored.resume_api_key(tx, key_id=key_id)
    if key is None:
        raise NoSuchAPIKey
    await _about_key(tx, "access.api_key_resumed", key, actor, clock)
    return key


async def rotate(tx: Tx, key_id: UUID, *, actor: Actor, clock: Clock) -> tuple[str, APIKey]:
    """Make a successor with the same rights and span; the old one works for another day.

    Raises:
        NoSuchAPIKey: unknown, ended already, or suspended: a successor would not be.
    """
    now = clock.now()
    old = next((key for key in await stored.api_keys(tx) if key.key_id == key_id), None)
    ended = await stored.end_api_key(tx, key_id=key_id, at=now, expires_at=now + API_KEY_GRACE)
    if old is None or ended is None:
        raise NoSuchAPIKey
    await _about_key(tx, "access.api_key_rotated", ended, actor, clock)
    return await issue(
        tx,
        name=old.name,
        scopes=[Scope(scope) for scope in old.scopes],
        source_code=old.source_code,
        actor=actor,
        clock=clock,
        lasts=max(_A_DAY, old.expires_at - old.created_at),
        made_by=old.made_by,
    )


async def touch(tx: Tx, key_ids: Collection[UUID], clock: Clock) -> int:
    """Note that keys are in use, to the minute; return how many had not been this minute."""
    return await stored.touch_api_keys(tx, key_ids=sorted(key_ids), at=clock.now())


async def _about_key(tx: Tx, action: str, key: APIKey, actor: Actor, clock: Clock) -> None:
    await audit.record(
        tx,
        actor=actor,
        action=action,
        clock=clock,
        detail={"key": str(key.key_id), "scopes": " ".join(key.scopes)},
    )
