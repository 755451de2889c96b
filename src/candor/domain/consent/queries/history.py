"""The statements of what a person said, as it is told to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.consent.model.history import ChoiceLine, SignalLine, WishLine
from candor.infra.db.pool import ReadTx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_LATELY_CHOSEN: Final = _sql.rows("lately_chosen", ChoiceLine)
_CHOICES_BEFORE: Final = _sql.rows("choices_before", ChoiceLine)
_CHOICE_OF: Final = _sql.rows("choice_of", ChoiceLine)
_WISHES_BEFORE: Final = _sql.rows("wishes_before", WishLine)
_LATELY_WISHED: Final = _sql.rows("lately_wished", WishLine)
_LATELY_SIGNALLED: Final = _sql.rows("lately_signalled", SignalLine)


async def lately_chosen(
    tx: ReadTx, *, profile_ids: Sequence[UUID], at_most: int
) -> list[ChoiceLine]:
    """Return the newest few choices about each purpose, newest first."""
    return await tx.all(_LATELY_CHOSEN, {"profile_ids": list(profile_ids), "at_most": at_most})


async def choices_before(
    tx: ReadTx,
    *,
    profile_ids: Sequence[UUID],
    purpose_id: int | None,
    before: datetime,
    before_id: UUID,
    at_most: int,
) -> list[ChoiceLine]:
    """Return a page of the choices about one purpose, or about all, newest first."""
    params: dict[str, Any] = {
        "profile_ids": list(profile_ids),
        "purpose_id": purpose_id,
        "before": before,
        "before_id": before_id,
        "at_most": at_most,
    }
    return await tx.all(_CHOICES_BEFORE, params)


async def choice_of(
    tx: ReadTx, *, profile_ids: Sequence[UUID], record_id: UUID
) -> ChoiceLine | None:
    """Return one choice of a person, or None when it is not theirs."""
    params: dict[str, Any] = {"profile_ids": list(profile_ids), "record_id": record_id}
    return await tx.maybe(_CHOICE_OF, params)


async def wishes_before(
    tx: ReadTx, *, profile_ids: Sequence[UUID], before: datetime, before_id: UUID, at_most: int
) -> list[WishLine]:
    """Return a page of a person's preferences, newest first."""
    params: dict[str, Any] = {
        "profile_ids": list(profile_ids),
        "before": before,
        "before_id": before_id,
        "at_most": at_most,
    }
    return await tx.all(_WISHES_BEFORE, params)


async def lately_wished(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[WishLine]:
    """Return the newest preference about everything that there is one about."""
    return await tx.all(_LATELY_WISHED, {"profile_ids": list(profile_ids)})


async def lately_signalled(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[SignalLine]:
    """Return the newest signal of each kind, about each channel or about none."""
    return await tx.all(_LATELY_SIGNALLED, {"profile_ids": list(profile_ids)})
