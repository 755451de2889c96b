"""Tombstones: whoever was erased is not begun anew by a source that has not heard of it.

A tombstone is a keyed hash of an identifier that names a person, under a key that never changes.
It tells nobody who was erased; it only answers "is this one of them?". What names somebody who
has one is refused and counted, until they come back themselves (`returning`).

An identifier that a living profile has, has no tombstone: so only an identifier that nobody has
is asked about, and the common call costs nothing.
"""

from collections.abc import Iterable, Mapping

from candor.domain.profiles import queries
from candor.domain.profiles.errors import Buried
from candor.domain.profiles.service.lookup import Normalised
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock


async def buried(
    tx: ReadTx, named: Iterable[Normalised], vault: Vault
) -> dict[Normalised, bytes]:
    """Return which of these identifiers have a tombstone, and its mark; one query."""
    marks = {vault.mark(kind, value): (kind, value) for kind, value in named}
    if not marks:
        return {}
    found = await queries.tombstones(
        tx, kinds=[kind for kind, _ in marks.values()], marks=list(marks)
    )
    return {marks[mark]: mark for mark in map(bytes, found)}


async def require_none(tx: ReadTx, named: Iterable[Normalised], vault: Vault) -> None:
    """Refuse to begin somebody who was erased.

    Raises:
        Buried: one of these identifiers has a tombstone.
    """
    if await buried(tx, named, vault):
        raise Buried


async def put_up(tx: Tx, marks: Iterable[tuple[str, bytes]], clock: Clock) -> int:
    """Put up tombstones, by kind of identifier and mark; return how many are new."""
    rows = sorted(set(marks))
    if not rows:
        return 0
    return await queries.insert_tombstones(
        tx, kinds=[kind for kind, _ in rows], marks=[mark for _, mark in rows], at=clock.now()
    )


async def count(tx: Tx, refused: Mapping[bytes, int]) -> None:
    """Count on tombstones, by their mark, how much was refused for them."""
    if refused:
        marks = sorted(refused)  # one order for everybody, so that two doors cannot lock
        await queries.count_refused(tx, marks=marks, refused=[refused[mark] for mark in marks])
