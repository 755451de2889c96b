"""Versions of the fixed keys, and the root that this database belongs to.

A version is a number only: the key itself is derived from the root, so that an old one can
always be had. Receipts and checkpoints keep the public keys of all versions for ever; the blind
index is moved from one version to the next by `profiles.service.reindex`.
"""

from typing import Final

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.vault.errors import ForeignKeyring, RotationUnderWay
from candor.domain.vault.model import life
from candor.domain.vault.model.life import KeyVersion, Root, Use
from candor.domain.vault.queries import versions as queries
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock

__all__ = [
    "KeyVersion",
    "Root",
    "Use",
    "bind",
    "confirm",
    "finish",
    "is_under_way",
    "root",
    "rotate",
    "version",
    "versions",
]

_ROTATED: Final = "vault.key_rotated"


async def version(tx: ReadTx, use: Use | str) -> int:
    """Return the number of the version in use, from 1; 1 for a key that never changed."""
    return life.current(await queries.versions(tx), Use(use))


async def versions(tx: ReadTx) -> list[KeyVersion]:
    """Return all versions, newest first per use; a key that never changed has none."""
    return await queries.versions(tx)


async def is_under_way(tx: ReadTx, use: Use) -> bool:
    """Tell whether something still depends on an older version of a key."""
    return life.unfinished(await queries.versions(tx), use) is not None


async def rotate(tx: Tx, use: Use, *, actor: Actor, clock: Clock, at_least: int = 1) -> int:
    """Put the next version of a key in use, audited; return its number.

    Args:
        tx: waits for those who hold the version in use.
        use: which key.
        actor: who does it.
        clock: gives the time.
        at_least: the number in use is this one at least (setting `receipt_key`).

    Raises:
        RotationUnderWay: the index still depends on an older version.
    """
    await queries.lock_versions(tx, use=use)
    there = await queries.versions(tx)
    if use is Use.INDEX and life.unfinished(there, use) is not None:
        raise RotationUnderWay
    now = clock.now()
    last = max(life.current(there, use), at_least)
    if not any(v.use == use and v.version == last for v in there):
        await queries.retire_version(tx, use=use, at=now)
        await queries.insert_version(tx, use=use, version=last, at=now, retired_at=now)
    else:
        await queries.retire_version(tx, use=use, at=now)
    await queries.insert_version(tx, use=use, version=last + 1, at=now)
    await audit.record(
        tx,
        actor=actor,
        action=_ROTATED,
        clock=clock,
        detail={"use": use.value, "version": last + 1},
    )
    return last + 1


async def finish(tx: Tx, use: Use, *, actor: Actor, clock: Clock) -> None:
    """Note that nothing depends on the older versions of a key any more; audited, once."""
    if await queries.finish_versions(tx, use=use, at=clock.now()):
        number = life.current(await queries.versions(tx), use)
        await audit.record(
            tx,
            actor=actor,
            action="vault.key_done",
            clock=clock,
            detail={"use": use.value, "version": number},
        )


async def root(tx: ReadTx) -> Root | None:
    """Return the root that this database belongs to; None before the first start."""
    return await queries.root(tx)


async def bind(tx: Tx, fingerprint: str, *, clock: Clock) -> None:
    """Bind the database to the root of its keyring; from then on no other is taken.

    With another root, people would not be found by their identifiers and begun a second time.

    Raises:
        ForeignKeyring: the database belongs to another root.
    """
    there = await queries.root(tx)
    if there is None:
        await queries.bind_root(tx, fingerprint=fingerprint, at=clock.now())
        there = await queries.root(tx)
    if there is None or there.fingerprint != fingerprint:
        raise ForeignKeyring


async def confirm(tx: Tx, fingerprint: str, *, actor: Actor, clock: Clock) -> None:
    """Note that a recovery copy of the root was read back and is right; audited.

    Raises:
        ForeignKeyring: it is the copy of another root.
    """
    if not await queries.confirm_root(tx, fingerprint=fingerprint, at=clock.now()):
        raise ForeignKeyring
    await audit.record(tx, actor=actor, action="vault.recovery_confirmed", clock=clock)
