"""The statements about requests that machines outside sent."""

from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.rights.model.exchange import MOST_ATTEMPTS, Exchange
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_exchange")
_BY_REF: Final = _sql.rows("exchange_by_ref", Exchange)
_ABOUT: Final = _sql.rows("exchange_about", Exchange)
_NOBODY: Final = _sql.rows("nobody_alike", UUID)
_COUNT_NOBODY: Final = _sql.rows("count_nobody", int)
_TO_TELL: Final = _sql.rows("exchanges_to_tell", Exchange)
_NOTE: Final = _sql.command("note_told")


async def insert_exchange(tx: Tx, one: Exchange) -> None:
    """Keep how a request came."""
    params = {
        "party": one.party, "ref": one.ref, "request_id": one.request_id,
        "is_own": one.is_own, "digest": one.digest, "asked": one.asked,
        "callbacks": list(one.callbacks), "not_before": one.not_before,
    }  # fmt: skip
    await tx.run(_INSERT, params)


async def exchange_by_ref(tx: ReadTx, *, party: str, ref: str) -> Exchange | None:
    """Return what a machine outside calls so."""
    return await tx.maybe(_BY_REF, {"party": party, "ref": ref})


async def exchange_about(tx: ReadTx, *, party: str, request_id: UUID) -> Exchange | None:
    """Return how a machine outside asked for a request."""
    return await tx.maybe(_ABOUT, {"party": party, "request_id": request_id})


async def nobody_alike(tx: ReadTx, *, party: str, digest: bytes) -> UUID | None:
    """Return the open request about nobody we know for which a machine said the same."""
    return await tx.value(_NOBODY, {"party": party, "digest": digest})


async def count_nobody(tx: ReadTx, *, party: str, digest: bytes, since: datetime) -> int:
    """Return how many requests about nobody a machine made with the same words."""
    params = {"party": party, "digest": digest, "since": since}
    return await tx.value(_COUNT_NOBODY, params) or 0


async def exchanges_to_tell(tx: ReadTx, *, now: datetime, at_most: int) -> list[Exchange]:
    """Return exchanges whose machines may have something to hear."""
    return await tx.all(_TO_TELL, {"now": now, "most": MOST_ATTEMPTS, "at_most": at_most})


async def note_told(
    tx: Tx,
    one: Exchange,
    *,
    told: str | None,
    told_at: datetime | None,
    attempts: int,
    not_before: datetime,
    problem: str | None,
) -> None:
    """Note what a machine outside was told, or that it could not be."""
    params = {
        "party": one.party, "ref": one.ref, "told": told, "told_at": told_at,
        "attempts": attempts, "not_before": not_before, "problem": problem,
    }  # fmt: skip
    await tx.run(_NOTE, params)
