"""The statements of the tree over the log: tiles, checkpoints, and how far it was taken in."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from candor.domain.audit.model.checkpoint import Checkpoint
from candor.domain.audit.model.tiles import Place, Tile
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the log was taken in: which snapshot saw every entry that is in the tree."""

    horizon: str
    size: int
    settled_id: int  # up to here all are in, whatever transaction they name


@dataclass(frozen=True, slots=True)
class Present:
    """The database at this moment."""

    horizon: str
    is_quiet: bool
    highest: int
    is_elsewhere: bool


@dataclass(frozen=True, slots=True)
class Arrived:
    """An entry with what is hashed of it, as far as the database spells it."""

    entry_id: int
    action: str
    actor_id: str
    actor_kind: str
    detail: str  # JSON
    fields: list[str]
    outcome: str
    purpose: str | None
    reason: str | None
    recorded_at: datetime
    request_id: str | None
    subject: str | None  # in hexadecimal


@dataclass(frozen=True, slots=True)
class Length:
    """How many hashes stand on a level."""

    level: int
    hashes: int


@dataclass(frozen=True, slots=True)
class Verified:
    """A verification of the log, and what came of it."""

    recorded_at: datetime
    outcome: str
    detail: dict[str, Any]


_sql: Final = load(__file__)
_TRY_LOCK: Final = _sql.rows("try_lock", bool)
_LOCK: Final = _sql.rows("lock", str)
_PROGRESS: Final = _sql.rows("progress", Progress)
_NOW: Final = _sql.rows("now", Present)
_BEFORE: Final = _sql.rows("ids_of_before", int)
_BETWEEN: Final = _sql.rows("entries_between", Arrived)
_LEFT_OUT: Final = _sql.rows("ids_left_out", int)
_UNLISTED: Final = _sql.rows("ids_unlisted", int)
_WAITING: Final = _sql.rows("waiting", int)
_ENTRIES: Final = _sql.rows("entries_as_json", str)
_TILES: Final = _sql.rows("tiles", Tile)
_RUN: Final = _sql.rows("run_of_tiles", Tile)
_LENGTHS: Final = _sql.rows("lengths", Length)
_AROUND: Final = _sql.rows("tiles_around", Tile)
_TILE_WITH: Final = _sql.rows("tile_with", Tile)
_WRITE_TILE: Final = _sql.command("write_tile")
_WRITE_PROGRESS: Final = _sql.command("write_progress")
_INSERT_CHECKPOINT: Final = _sql.command("insert_checkpoint")
_LATEST: Final = _sql.rows("latest_checkpoint", Checkpoint)
_AFTER: Final = _sql.rows("checkpoints_after", Checkpoint)
_SIZE_BEFORE: Final = _sql.rows("size_before", int)
_VERIFIED: Final = _sql.rows("last_verified", Verified)


async def try_lock(tx: Tx) -> bool:
    """Return whether this transaction may grow the tree."""
    return bool(await tx.value(_TRY_LOCK))


async def lock(tx: Tx) -> None:
    """Wait until this transaction may grow the tree or sign its head."""
    await tx.value(_LOCK)


async def progress(tx: ReadTx) -> Progress | None:
    """Return how far the log was taken in."""
    return await tx.maybe(_PROGRESS)


async def now(tx: ReadTx, *, horizon: str) -> Present:
    """Return the present of the database; `horizon` is compared with it, empty for none."""
    return await tx.one(_NOW, {"horizon": horizon})


async def ids_of_before(tx: ReadTx, *, after: int, at_most: int) -> list[int]:
    """Return entries of before transactions were noted."""
    return await tx.values(_BEFORE, {"after": after, "at_most": at_most})


def entries_between(
    tx: ReadTx, *, seen: str, horizon: str, settled_id: int, at_once: int
) -> AsyncIterator[list[tuple[Any, ...]]]:
    """Give entries that one snapshot sees and an earlier one did not, some at a time.

    In the order of transactions and numbers; as tuples with the fields of `Arrived`, for there
    are very many.
    """
    params: dict[str, Any] = {"seen": seen, "horizon": horizon, "settled_id": settled_id}
    return tx.pages(_BETWEEN, params, at_most=at_once)


async def ids_left_out(tx: ReadTx, *, highest: int, at_most: int) -> list[int]:
    """Return entries up to one that are in no tile."""
    return await tx.values(_LEFT_OUT, {"highest": highest, "at_most": at_most})


async def ids_unlisted(tx: ReadTx, progress: Progress, *, at_most: int) -> list[int]:
    """Return entries that should be in a tile and are not."""
    params: dict[str, Any] = {
        "horizon": progress.horizon,
        "settled_id": progress.settled_id,
        "at_most": at_most,
    }
    return await tx.values(_UNLISTED, params)


async def waiting(tx: ReadTx, progress: Progress) -> int:
    """Return how many entries wait to be taken in."""
    params: dict[str, Any] = {
        "horizon": progress.horizon,
        "settled_id": progress.settled_id,
    }
    return await tx.value(_WAITING, params) or 0


async def entries_as_json(tx: ReadTx, ids: Sequence[int]) -> str:
    """Return these entries as a JSON array."""
    return await tx.value(_ENTRIES, {"ids": list(ids)}) or "[]"


async def tiles(tx: ReadTx, places: Iterable[Place]) -> list[Tile]:
    """Return these tiles."""
    asked = sorted(places)
    params: dict[str, Any] = {
        "levels": [place.level for place in asked],
        "indexes": [place.number for place in asked],
    }
    return await tx.all(_TILES, params)


async def run_of_tiles(tx: ReadTx, *, level: int, begin: int, end: int) -> list[Tile]:
    """Return the tiles of a level from one to another (not included)."""
    return await tx.all(_RUN, {"level": level, "begin": begin, "end": end})


async def lengths(tx: ReadTx) -> list[Length]:
    """Return how many hashes stand on each level."""
    return await tx.all(_LENGTHS)


async def tiles_around(tx: ReadTx, entry_id: int) -> list[Tile]:
    """Return the tiles in which an entry most likely stands."""
    return await tx.all(_AROUND, {"entry_id": entry_id})


async def tile_with(tx: ReadTx, entry_id: int) -> Tile | None:
    """Return the tile in which an entry stands."""
    return await tx.maybe(_TILE_WITH, {"entry_id": entry_id})


async def write_tiles(tx: Tx, grown: Iterable[Tile]) -> None:
    """Write tiles, or longer forms of them."""
    await tx.run_many(
        _WRITE_TILE,
        [
            {
                "level": tile.level,
                "tile_index": tile.tile_index,
                "hashes": tile.hashes,
                "entry_ids": _spelt(tile.entry_ids),
            }
            for tile in grown
        ],
    )


def _spelt(ids: Sequence[int] | None) -> str | None:
    """Return numbers as the database reads an array: the driver is slow with lists."""
    return None if ids is None else "{" + ",".join(map(str, ids)) + "}"


async def write_progress(tx: Tx, progress: Progress) -> None:
    """Note how far the log was taken in."""
    params: dict[str, Any] = {
        "horizon": progress.horizon,
        "size": progress.size,
        "settled_id": progress.settled_id,
    }
    await tx.run(_WRITE_PROGRESS, params)


async def insert_checkpoint(tx: Tx, *, size: int, root: bytes, note: str, at: datetime) -> None:
    """Keep a signed head."""
    await tx.run(_INSERT_CHECKPOINT, {"size": size, "root": root, "note": note, "at": at})


async def latest_checkpoint(tx: ReadTx) -> Checkpoint | None:
    """Return the checkpoint of the largest size."""
    return await tx.maybe(_LATEST)


async def checkpoints_after(tx: ReadTx, *, size: int, at_most: int) -> list[Checkpoint]:
    """Return the checkpoints above a size, in order."""
    return await tx.all(_AFTER, {"size": size, "at_most": at_most})


async def size_before(tx: ReadTx, *, at: datetime) -> int:
    """Return the size of the last checkpoint that was signed before an instant."""
    return await tx.value(_SIZE_BEFORE, {"at": at}) or 0


async def last_verified(tx: ReadTx) -> Verified | None:
    """Return the last verification of the log."""
    return await tx.maybe(_VERIFIED)
