"""The statements about how far the log was watched, and from where actors come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a watcher has read, and when it last looked."""

    horizon: str
    at: datetime


_sql: Final = load(__file__)
_TRY_LOCK: Final = _sql.rows("try_lock", bool)
_PROGRESS: Final = _sql.rows("progress", Progress)
_PUT_PROGRESS: Final = _sql.command("put_progress")
_KNOWN_SINCE: Final = _sql.rows("known_since", datetime)
_INSERT_SEEN: Final = _sql.command("insert_seen")
_TOUCH_SEEN: Final = _sql.command("touch_seen")
_SWEEP_SEEN: Final = _sql.command("sweep_seen")


async def try_lock(tx: Tx, *, name: str) -> bool:
    """Return whether this transaction may watch; it holds that until it ends."""
    return bool(await tx.value(_TRY_LOCK, {"name": name}))


async def progress(tx: ReadTx, *, watcher: str) -> Progress | None:
    """Return how far a watcher has read."""
    return await tx.maybe(_PROGRESS, {"watcher": watcher})


async def put_progress(tx: Tx, *, watcher: str, horizon: str, at: datetime) -> None:
    """Keep how far a watcher has read."""
    await tx.run(_PUT_PROGRESS, {"watcher": watcher, "horizon": horizon, "at": at})


async def known_since(tx: ReadTx, *, actor: str) -> datetime | None:
    """Return since when networks of an actor are known."""
    return await tx.value(_KNOWN_SINCE, {"actor": actor})


async def insert_seen(tx: Tx, *, actor: str, network: bytes, at: datetime) -> int:
    """Keep a network of an actor; return 1 when it was new."""
    params: dict[str, Any] = {"actor": actor, "network": network, "at": at}
    return await tx.run(_INSERT_SEEN, params)


async def touch_seen(tx: Tx, *, actor: str, network: bytes, at: datetime) -> int:
    """Note that a network is in use."""
    params: dict[str, Any] = {"actor": actor, "network": network, "at": at}
    return await tx.run(_TOUCH_SEEN, params)


async def sweep_seen(tx: Tx, *, before: datetime) -> int:
    """Forget networks that were not used for long; return how many."""
    return await tx.run(_SWEEP_SEEN, {"before": before})
