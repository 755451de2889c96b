"""Moving all identifiers to the newest version of the blind index, while everything goes on.

In small transactions, in the order of their keys. An identifier is found at each moment, for it
is looked up under both versions; it cannot be written twice, for writers hold the version in
use (`vault.service.index`). What was killed midway is taken up again: rows say their version.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.profiles import queries
from candor.domain.profiles.model import Indexed
from candor.domain.profiles.service.resolve import IDENTIFIER
from candor.domain.vault.service import SealedField, Vault, keys
from candor.domain.vault.service.keys import Use
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId

Place = tuple[UUID, str, bytes]
BEGINNING: Final[Place] = (UUID(int=0), "", b"")
BATCH: Final = 2_000
_ANY: Final = 32_767  # the largest smallint: every version is older


@dataclass(frozen=True, slots=True)
class Step:
    """What one batch did, and after what the next begins (None: the end)."""

    moved: int
    dropped: int
    broken: int
    last: Place | None


async def left(tx: ReadTx, vault: Vault) -> int:
    """Return how many identifiers stand under an older version. Looks at all of them."""
    await vault.indexing.follow(tx)
    return await queries.count_older(tx, version=vault.indexing.version)


async def count(tx: ReadTx) -> int:
    """Return how many identifiers there are. Looks at all of them."""
    return await queries.count_older(tx, version=_ANY)


async def step(
    tx: Tx,
    vault: Vault,
    *,
    actor: Actor,
    after: Place = BEGINNING,
    at_most: int = BATCH,
) -> Step:
    """Move the next identifiers; locks their rows, skipping those that somebody else has.

    Those of people whose key is gone are deleted. One that does not open is left and counted:
    somebody changed it, and it must not vanish over that.
    """
    await vault.indexing.hold(tx)
    version = vault.indexing.version
    rows = await queries.older_identifiers(tx, version=version, after=after, at_most=at_most)
    if not rows:
        return Step(0, 0, 0, None)
    done = await vault.reindex(
        tx, [row.kind for row in rows], [_field(row) for row in rows], actor=actor
    )
    dropped = await queries.drop_keyless(tx, version=version, profile_ids=list(done.keyless))
    movable = [
        (row, index, sealed)
        for row, index, sealed in zip(rows, done.indexes, done.sealed, strict=True)
        if index is not None and sealed is not None
    ]
    moved = await queries.reindex(
        tx,
        version=version,
        rows=[row for row, _, _ in movable],
        indexes=[index for _, index, _ in movable],
        sealed=[sealed for _, _, sealed in movable],
    )
    last = rows[-1]
    place = (last.profile_id, last.kind, last.blind_index)
    return Step(moved, dropped, done.broken, place if len(rows) == at_most else None)


async def finish(tx: Tx, vault: Vault, *, actor: Actor, clock: Clock) -> bool:
    """Retire the older version if nothing stands under it any more; tell whether that is so."""
    if await left(tx, vault):
        return False
    await keys.finish(tx, Use.INDEX, actor=actor, clock=clock)
    return True


def _field(row: Indexed) -> SealedField:
    return SealedField(
        name=row.kind,
        profile_id=ProfileId(row.profile_id),
        place=IDENTIFIER,
        sealed=row.sealed,
        row=row.blind_index,
    )
