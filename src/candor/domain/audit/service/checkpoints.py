"""Signing the head of the log: never two that contradict each other.

Before a head is signed, the last one in the database and the last one in the file beside it are
held against the tree: it must have grown out of both. If it did not, nothing is signed any more.
"""

from collections.abc import Iterable
from typing import Final

from candor.domain.audit.errors import BadCheckpoint, NoSuchCheckpoint, Rewritten
from candor.domain.audit.model.checkpoint import Checkpoint, Head, notes_in
from candor.domain.audit.model.tiles import range_hash, tiles_of
from candor.domain.audit.model.tree import Range, root_of
from candor.domain.audit.queries import tree as stored
from candor.domain.audit.service.notary import Notary
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.notebook import Notebook
from candor.kernel.clock import Clock

_AT_ONCE: Final = 1000


async def sign(tx: Tx, notary: Notary, notebook: Notebook, clock: Clock) -> Checkpoint | None:
    """Sign the head of the tree and keep it; None when it is signed already, or empty.

    Waits for a worker that grows the tree. The file gets it when the transaction is over: `copy`.

    Raises:
        Rewritten: the tree did not grow out of what was signed before.
    """
    await stored.lock(tx)
    progress = await stored.progress(tx)
    latest = await stored.latest_checkpoint(tx)
    size = progress.size if progress else 0
    before = [] if latest is None else [_of_database(notary, latest)]
    before += _of_file(notary, notebook)
    for head in before:
        await _require_grown(tx, head, size)
    if not size or (latest and latest.size == size):
        return None
    root = (await hashes(tx, [root_of(size)]))[0]
    signed = Checkpoint(size, root, notary.sign(size, root), clock.now())
    await stored.insert_checkpoint(
        tx, size=size, root=root, note=signed.note, at=signed.signed_at
    )
    return signed


async def copy(tx: ReadTx, notary: Notary, notebook: Notebook) -> int:
    """Write what was signed and is not in the file yet into the file; return how many."""
    last = _of_file(notary, notebook)
    size, copied = (last[0].size if last else 0), 0
    while found := await stored.checkpoints_after(tx, size=size, at_most=_AT_ONCE):
        for one in found:
            notebook.append([one.note], one.signed_at)
        size, copied = found[-1].size, copied + len(found)
    return copied


async def latest(tx: ReadTx) -> Checkpoint | None:
    """Return the newest signed head; None before the first."""
    return await stored.latest_checkpoint(tx)


async def hashes(tx: ReadTx, ranges: Iterable[Range]) -> list[bytes]:
    """Return the one hash of each of these, worked out from tiles.

    Raises:
        NoSuchCheckpoint: the tree does not reach so far.
    """
    wanted = list(ranges)
    rows = {tile.place: tile.hashes for tile in await stored.tiles(tx, tiles_of(wanted))}
    try:
        return [range_hash(nodes, rows.__getitem__) for nodes in wanted]
    except KeyError:
        raise NoSuchCheckpoint from None


async def _require_grown(tx: ReadTx, head: Head, size: int) -> None:
    try:
        is_same = head.size <= size and (await hashes(tx, [root_of(head.size)]))[0] == head.root
    except NoSuchCheckpoint:
        is_same = False
    if not is_same:
        message = f"The log is not the one whose head was signed at {head.size} entries."
        raise Rewritten(message)


def _of_database(notary: Notary, checkpoint: Checkpoint) -> Head:
    try:
        head = notary.opened(checkpoint.note)
    except BadCheckpoint:
        raise Rewritten("The last checkpoint in the database is not one of ours.") from None
    if (head.size, head.root) != (checkpoint.size, checkpoint.root):
        raise Rewritten("The last checkpoint in the database contradicts itself.")
    return head


def _of_file(notary: Notary, notebook: Notebook) -> list[Head]:
    """Return the last head in the file, if it has one."""
    for one in reversed(notes_in(notebook.tail())):
        try:
            return [notary.opened(one)]
        except BadCheckpoint:
            raise Rewritten(
                "The last checkpoint in the file of checkpoints is not one of ours."
            ) from None
    return []
