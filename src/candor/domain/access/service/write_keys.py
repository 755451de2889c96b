"""Write keys: what a source proves itself with at the door."""

import secrets
from typing import Final
from uuid import UUID

from candor.domain.access.errors import (
    WrongKey,
)
from candor.domain.access.model.keys import (
    hash_of,
)
from candor.domain.access.queries import write_keys as stored
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock

_SECRET_BYTES: Final = 32


async def issue(
    tx: Tx, *, source_code: str, actor: Actor, clock: Clock, made_by: UUID | None = None
) -> str:
    """Make a write key for a source; it is returned once and kept as a hash only.

    Args:
        tx: the transaction in which it begins to work.
        source_code: the source that it opens the door for.
        actor: who makes it.
        clock: gives the present.
        made_by: the member of staff who answers for it: it ends when they leave. None: whoever
            runs the server.
    """
    key = secrets.token_urlsafe(_SECRET_BYTES)
    await keep(tx, key, source_code=source_code, actor=actor, clock=clock, made_by=made_by)
    return key


async def keep(
    tx: Tx,
    key: str,
    *,
    source_code: str,
    actor: Actor,
    clock: Clock,
    made_by: UUID | None = None,
) -> None:
    """Keep the hash of a write key that somebody made."""
    await stored.insert_write_key(
        tx,
        key_hash=hash_of(key),
        source_code=source_code,
        hint=key[:4],
        at=clock.now(),
        made_by=made_by,
    )
    await audit.record(
        tx,
        actor=actor,
        action="access.write_key_issued",
        clock=clock,
        detail={"source": source_code},
    )


async def source_of(tx: ReadTx, key: str) -> str:
    """Return the source that a write key opens the door for.

    Raises:
        WrongKey: unknown or revoked; the two look the same.
    """
    source_code = await stored.source_of_key(tx, key_hash=hash_of(key))
    if source_code is None:
        raise WrongKey
    return source_code


async def revoke(tx: Tx, source_code: str, *, actor: Actor, clock: Clock) -> int:
    """Take back all write keys of a source; they open nothing from the commit on; audited."""
    revoked = await stored.revoke_write_keys(tx, source_code=source_code, at=clock.now())
    await audit.record(
        tx,
        actor=actor,
        action="access.write_keys_revoked",
        clock=clock,
        detail={"source": source_code, "keys": revoked},
    )
    return revoked
