"""The versions of fixed keys, and the root that they are all derived from."""

from datetime import datetime
from typing import Final

from candor.domain.vault.model.life import KeyVersion, Root, Use
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_VERSIONS: Final = _sql.rows("versions", KeyVersion)
_INSERT: Final = _sql.command("insert_version")
_RETIRE: Final = _sql.command("retire_version")
_FINISH: Final = _sql.command("finish_versions")
_LOCK: Final = _sql.rows("lock_versions", str)
_HOLD: Final = _sql.rows("hold_versions", str)
_BIND: Final = _sql.command("bind_root")
_ROOT: Final = _sql.rows("root", Root)
_CONFIRM: Final = _sql.command("confirm_root")


async def versions(tx: ReadTx) -> list[KeyVersion]:
    """Return all versions, newest first per use; a key that never changed has none."""
    return await tx.all(_VERSIONS)


async def insert_version(
    tx: Tx, *, use: Use, version: int, at: datetime, retired_at: datetime | None = None
) -> None:
    """Add a version."""
    await tx.run(_INSERT, {"use": use, "version": version, "at": at, "retired_at": retired_at})


async def retire_version(tx: Tx, *, use: Use, at: datetime) -> None:
    """End the version in use."""
    await tx.run(_RETIRE, {"use": use, "at": at})


async def finish_versions(tx: Tx, *, use: Use, at: datetime) -> int:
    """Note that nothing depends on retired versions any more; return how many these are."""
    return await tx.run(_FINISH, {"use": use, "at": at})


async def lock_versions(tx: Tx, *, use: Use) -> None:
    """Let nobody else change or hold the versions of a use until the transaction ends."""
    await tx.values(_LOCK, {"use": use})


async def hold_versions(tx: Tx, *, use: Use) -> None:
    """Let nobody change the versions of a use until the transaction ends; many may hold."""
    await tx.values(_HOLD, {"use": use})


async def bind_root(tx: Tx, *, fingerprint: str, at: datetime) -> None:
    """Note the root that this database belongs to, unless one is noted."""
    await tx.run(_BIND, {"fingerprint": fingerprint, "at": at})


async def root(tx: ReadTx) -> Root | None:
    """Return the root that this database belongs to."""
    return await tx.maybe(_ROOT)


async def confirm_root(tx: Tx, *, fingerprint: str, at: datetime) -> int:
    """Note that a recovery copy was read back; return 0 for a root that is not ours."""
    return await tx.run(_CONFIRM, {"fingerprint": fingerprint, "at": at})
