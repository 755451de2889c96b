"""Taking entries into the tree: each once, none left out, in an order that stays.

Entries come from many transactions at once, and the one with the lower number may be committed
later. So the log is followed by snapshots of the database: what this one sees and the last one did
not is new. Within one round the order is that of transactions and numbers; tiles keep it.

A database that was restored from a dump counts its transactions anew. Candor's own restore says so
(`settle`) before anything is written into it. Where somebody restored it by hand, its entries are
told by their numbers: at a moment when nobody writes, all up to the highest one are settled.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from candor.domain.audit.errors import Rewritten
from candor.domain.audit.model.leaf import (
    Line,
    canonical,
    detail_of,
    leaf_hash,
    lines_of,
    moment,
)
from candor.domain.audit.model.tiles import Trunk, edge
from candor.domain.audit.queries import tree as stored
from candor.domain.audit.queries.tree import Present, Progress
from candor.infra.db.pool import ReadTx, Tx

AT_ONCE: Final = 4096  # entries that are read in one go
_REMEMBERED: Final = 256
_NOTHING: Final = "1:1:"  # a snapshot that saw no transaction
_EVERYTHING: Final = f"{(1 << 63) - 1}:{(1 << 63) - 1}:"  # one that saw all there will ever be

Leaves = tuple[Sequence[int], Sequence[bytes]]  # numbers of entries, and their hashes


@dataclass(frozen=True, slots=True)
class Integrated:
    """How many entries were taken in, and how many the tree has now."""

    taken: int
    size: int


async def integrate(tx: Tx) -> Integrated | None:
    """Take every committed entry into the tree; None when another worker is at it.

    One at a time: an advisory lock until the end of the transaction, which must not have written
    anything before. Either all of a round is kept or nothing: a worker that is killed in it leaves
    no trace, and the next one does the same again.

    Raises:
        Rewritten: the tiles are not those that were written.
    """
    if not await stored.try_lock(tx):
        return None
    progress = await stored.progress(tx)
    present = await stored.now(tx, horizon=progress.horizon if progress else "")
    trunk = await _trunk(tx, progress)
    begun = trunk.size
    if present.is_elsewhere and not present.is_quiet:
        return Integrated(0, begun)  # restored a moment ago: there will be a quiet moment
    async for ids, hashes in _new(tx, progress, present):
        trunk.add(ids, hashes)
    taken = trunk.size - begun
    settled = progress.settled_id if progress else 0
    if taken or progress is None or present.is_elsewhere:
        await stored.write_tiles(tx, trunk.tiles() if taken else ())
        reached = present.highest if present.is_elsewhere else settled
        await stored.write_progress(tx, Progress(present.horizon, trunk.size, reached))
    return Integrated(taken, trunk.size)


async def settle(tx: Tx) -> Integrated:
    """Take in what waits in a database that was restored a moment ago; from now on it counts anew.

    Nobody else may write into this database, and nothing may have been written since it was
    restored: what is in it is told from what comes later by its numbers alone. Entries that were
    put in behind the back of the log are not taken in, and stay as visible as they were.

    Raises:
        Rewritten: the tiles are not those that were written.
    """
    await stored.lock(tx)
    progress = await stored.progress(tx)
    present = await stored.now(tx, horizon="")
    trunk = await _trunk(tx, progress)
    begun = trunk.size
    waiting = replace(present, horizon=_EVERYTHING)
    async for ids, hashes in _new(tx, progress, waiting):
        trunk.add(ids, hashes)
    taken = trunk.size - begun
    await stored.write_tiles(tx, trunk.tiles() if taken else ())
    await stored.write_progress(tx, Progress(present.horizon, trunk.size, present.highest))
    return Integrated(taken, trunk.size)


async def _trunk(tx: Tx, progress: Progress | None) -> Trunk:
    """Return the tree as far as it stands."""
    if progress is None:
        if await stored.lengths(tx):
            raise Rewritten("There are tiles of the log, and nothing says how far they reach.")
        return Trunk()
    tiles = await stored.tiles(tx, edge(progress.size))
    try:
        return Trunk.of(progress.size, tiles)
    except ValueError:
        raise Rewritten("The last tiles of the log are not as they were written.") from None


async def _new(tx: Tx, progress: Progress | None, present: Present) -> AsyncIterator[Leaves]:
    """Give what is new, in its order."""
    if present.is_elsewhere:
        async for ids in _left_out(tx, present):
            yield await _leaves(tx, ids)
        return
    if progress is None:
        async for ids in _before(tx):
            yield await _leaves(tx, ids)
    async for rows in stored.entries_between(
        tx,
        seen=progress.horizon if progress else _NOTHING,
        horizon=present.horizon,
        settled_id=progress.settled_id if progress else 0,
        at_once=AT_ONCE,
    ):
        yield _hashed(rows)


def _hashed(rows: Sequence[tuple[Any, ...]]) -> Leaves:
    """Return what is put into the tree of entries as they were read (`Arrived`).

    Entries of one transaction mostly bear one time and one detail: each is spelt once.
    """
    spelt = lru_cache(_REMEMBERED)(moment)
    read = lru_cache(_REMEMBERED)(detail_of)
    ids: list[int] = []
    hashes: list[bytes] = []
    for (
        entry_id, action, actor_id, actor_kind, detail, fields, outcome, purpose, reason,
        recorded_at, request_id, subject,
    ) in rows:  # fmt: skip
        line = Line(
            action, actor_id, actor_kind, read(detail), entry_id, fields, outcome, purpose,
            reason, spelt(recorded_at), request_id, subject,
        )  # fmt: skip
        ids.append(entry_id)
        hashes.append(leaf_hash(canonical(line)))
    return ids, hashes


async def _leaves(tx: ReadTx, ids: Sequence[int]) -> Leaves:
    """Return these entries in this order with their hashes; those that are gone are missing."""
    lines = {line.entry_id: line for line in lines_of(await stored.entries_as_json(tx, ids))}
    there = [one for one in ids if one in lines]
    return there, [leaf_hash(canonical(lines[one])) for one in there]


async def _before(tx: Tx) -> AsyncIterator[Sequence[int]]:
    """Give the entries of before transactions were noted: they are oldest."""
    after = 0
    while ids := await stored.ids_of_before(tx, after=after, at_most=AT_ONCE):
        yield ids
        after = ids[-1]


async def _left_out(tx: Tx, present: Present) -> AsyncIterator[Sequence[int]]:
    """Give every entry that is in no tile: all there are, in one go, for it is done once."""
    ids = await stored.ids_left_out(tx, highest=present.highest, at_most=1 << 30)
    for begin in range(0, len(ids), AT_ONCE):
        yield ids[begin : begin + AT_ONCE]
