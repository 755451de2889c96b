"""Handing out proofs: that an entry is in the log, and that the log only grew."""

import json
from collections.abc import Collection, Mapping

import msgspec

from candor.domain.audit.errors import BadProof, NoSuchCheckpoint, NoSuchEntry, NotSealedYet
from candor.domain.audit.model.checkpoint import Head
from candor.domain.audit.model.leaf import Line, canonical, leaf_hash, lines_of
from candor.domain.audit.model.proof import ConsistencyProof, InclusionProof, proof_in
from candor.domain.audit.model.tiles import HASH_BYTES, WIDTH, Place, Tile
from candor.domain.audit.model.tree import consistency, inclusion, is_included
from candor.domain.audit.queries import entries
from candor.domain.audit.queries import tree as stored
from candor.domain.audit.queries.tree import Verified
from candor.domain.audit.service.checkpoints import hashes
from candor.domain.audit.service.notary import Verifiers
from candor.infra.db.pool import ReadTx


async def prove(
    tx: ReadTx, entry_id: int, *, about: Collection[bytes] | None = None
) -> InclusionProof:
    """Return the proof that an entry is under the newest checkpoint.

    Whether the entry is still what the log holds is not asked here: whoever checks the proof
    finds out.

    Args:
        tx: one snapshot.
        entry_id: its number.
        about: the only subjects that it may be about; None: any, and nobody.

    Raises:
        NoSuchEntry: there is none of this number, or it is about somebody else.
        NotSealedYet: it was written just now.
    """
    lines = lines_of(await stored.entries_as_json(tx, [entry_id]))
    subject = lines[0].subject if lines else None
    if not lines or (about is not None and subject not in {one.hex() for one in about}):
        raise NoSuchEntry
    tile = await _tile_with(tx, entry_id)
    head = await stored.latest_checkpoint(tx)
    if tile is None or head is None:
        raise NotSealedYet
    index = tile.tile_index * WIDTH + (tile.entry_ids or []).index(entry_id)
    if index >= head.size:
        raise NotSealedYet
    path = await hashes(tx, inclusion(index, head.size))
    return InclusionProof(canonical(lines[0]), index, head.size, tuple(path), head.note)


async def prove_first(
    tx: ReadTx, subject: bytes, *, action: str, detail: Mapping[str, int | str]
) -> tuple[int, InclusionProof]:
    """Return the first entry of an action about somebody that has this in its detail, proved.

    Raises:
        NoSuchEntry: there is none.
        NotSealedYet: it was written just now.
    """
    found = await entries.first_with(
        tx, subjects=[subject], action=action, detail=json.dumps(dict(detail))
    )
    if found is None:
        raise NoSuchEntry
    return found, await prove(tx, found)


def entry_of(file: str, keys: Verifiers) -> tuple[Line, Head]:
    """Return the entry that a proof in a file is about, and the head that it stands under.

    Needs no database. Whatever was changed in the file, by one byte, makes it worthless.

    Raises:
        BadProof: malformed, or the entry does not stand under the head.
        BadCheckpoint: the head is not one that these keys signed.
    """
    proof = proof_in(file)
    head = keys.opened(proof.checkpoint)
    if not is_included(
        leaf_hash(proof.entry),
        index=proof.index,
        size=head.size,
        path=proof.path,
        root=head.root,
    ):
        raise BadProof
    try:
        return lines_of(f"[{proof.entry.decode()}]")[0], head
    except (UnicodeDecodeError, msgspec.DecodeError):
        message = "The entry stands in the log, and this version cannot read it."
        raise BadProof(message, hint="Use the newest Candor.") from None


async def consistent(tx: ReadTx, first: int, second: int) -> ConsistencyProof:
    """Return the proof that the log of one size is the beginning of that of another.

    Raises:
        NoSuchCheckpoint: there is no log of such a size, or the first is larger.
    """
    head = await stored.latest_checkpoint(tx)
    if head is None or not 0 < first <= second <= head.size:
        raise NoSuchCheckpoint
    path = await hashes(tx, consistency(first, second))
    return ConsistencyProof(first, second, tuple(path))


async def tile(tx: ReadTx, place: Place, width: int) -> bytes:
    """Return the first `width` hashes of a tile, as far as a checkpoint was signed over them.

    Raises:
        NoSuchCheckpoint: there are not so many.
    """
    head = await stored.latest_checkpoint(tx)
    known = 0 if head is None else head.size >> (8 * place.level)
    if not 0 < width <= WIDTH or place.number * WIDTH + width > known:
        raise NoSuchCheckpoint
    found = await stored.tiles(tx, [place])
    if not found or len(found[0].hashes) < width * HASH_BYTES:
        raise NoSuchCheckpoint
    return found[0].hashes[: width * HASH_BYTES]


async def _tile_with(tx: ReadTx, entry_id: int) -> Tile | None:
    for found in await stored.tiles_around(tx, entry_id):
        if entry_id in (found.entry_ids or ()):
            return found
    return await stored.tile_with(tx, entry_id)


async def export(tx: ReadTx, *, begin: int, size: int) -> list[bytes]:
    """Return the canonical bytes of some entries in the order of the log, at most one tile full.

    What is gone from the database is missing; whoever verifies the export finds out.

    Args:
        tx: where it is read.
        begin: the place of the first, a multiple of 256.
        size: of the log: what came later is left out.
    """
    found = await stored.tiles(tx, [Place(0, begin // WIDTH)])
    ids = (found[0].entry_ids or [])[: size - begin] if found else []
    lines = {line.entry_id: line for line in lines_of(await stored.entries_as_json(tx, ids))}
    return [canonical(lines[one]) for one in ids if one in lines]


async def last_verified(tx: ReadTx) -> Verified | None:
    """Return when the log was last verified and what came of it; None: never."""
    return await stored.last_verified(tx)


async def waiting(tx: ReadTx) -> int:
    """Return how many entries are not in the tree yet; before it is begun, none are counted."""
    progress = await stored.progress(tx)
    return await stored.waiting(tx, progress) if progress else 0


async def size(tx: ReadTx) -> int:
    """Return how many entries are in the tree."""
    progress = await stored.progress(tx)
    return progress.size if progress else 0
