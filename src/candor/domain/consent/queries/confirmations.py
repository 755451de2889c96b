"""The statements of double opt-in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.consent.model.confirmation import Confirmation
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_confirmation")
_LATELY_ASKED: Final = _sql.rows("lately_asked", Confirmation)
_BY_TOKEN: Final = _sql.rows("by_token", Confirmation)
_BY_ID: Final = _sql.rows("by_id", Confirmation)
_MARK_MAILED: Final = _sql.command("mark_mailed")
_MARK_SENT: Final = _sql.command("mark_sent")
_MARK_CONFIRMED: Final = _sql.command("mark_confirmed")
_SWEEP: Final = _sql.command("sweep_confirmations")


async def insert_confirmation(tx: Tx, columns: Mapping[str, Any]) -> None:
    """Keep a question to a person."""
    await tx.run(_INSERT, columns)


async def lately_asked(
    tx: ReadTx, *, profile_ids: Sequence[UUID], since: datetime, now: datetime
) -> list[Confirmation]:
    """Return the questions that are open or had a mail since an instant, newest first."""
    params: dict[str, Any] = {"profile_ids": list(profile_ids), "since": since, "now": now}
    return await tx.all(_LATELY_ASKED, params)


async def by_token(tx: ReadTx, *, token_hash: bytes) -> Confirmation | None:
    """Return the question that a token belongs to, or None."""
    return await tx.maybe(_BY_TOKEN, {"token_hash": token_hash})


async def by_id(tx: ReadTx, *, profile_id: UUID, confirmation_id: UUID) -> Confirmation | None:
    """Return one question, or None when it is gone."""
    return await tx.maybe(
        _BY_ID, {"profile_id": profile_id, "confirmation_id": confirmation_id}
    )


async def mark_mailed(tx: Tx, *, profile_id: UUID, confirmation_id: UUID, at: datetime) -> None:
    """Count another mail about a question."""
    await tx.run(
        _MARK_MAILED, {"profile_id": profile_id, "confirmation_id": confirmation_id, "at": at}
    )


async def mark_sent(tx: Tx, *, profile_id: UUID, confirmation_id: UUID, at: datetime) -> None:
    """Note that the mail has left."""
    await tx.run(
        _MARK_SENT, {"profile_id": profile_id, "confirmation_id": confirmation_id, "at": at}
    )


async def mark_confirmed(
    tx: Tx, *, profile_id: UUID, confirmation_id: UUID, at: datetime
) -> bool:
    """Note that the button was pressed; return False when it was before, or is too late."""
    touched = await tx.run(
        _MARK_CONFIRMED,
        {"profile_id": profile_id, "confirmation_id": confirmation_id, "at": at},
    )
    return bool(touched)


async def sweep_confirmations(tx: Tx, *, before: datetime) -> int:
    """Remove questions that ended before an instant."""
    return await tx.run(_SWEEP, {"before": before})
