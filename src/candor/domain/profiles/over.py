"""The statements that sweep what is over about who people are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load
from candor.infra.holder import Round


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """The key of one answer, and when it reached us."""

    profile_id: UUID
    attribute_id: int
    source_id: int
    received_at: datetime


BEGINNING: Final = AnswerKey(UUID(int=0), 0, -1, datetime.min.replace(tzinfo=UTC))

_sql: Final = load(__file__)
_ATTRIBUTES: Final = _sql.rows("sweep_attributes", int)
_UNDECLARED: Final = _sql.rows("sweep_undeclared_attributes", int)
_YOUNG: Final = _sql.rows("young_attributes", AnswerKey)
_DELETE: Final = _sql.command("delete_answers")
_REVIEWS: Final = _sql.rows("sweep_reviews", int)


async def attributes(tx: Tx, one: Round, *, befores: Mapping[int, datetime]) -> int | None:
    """Remove answers older than their attribute is kept, or count them."""
    params = one.params(attribute_ids=list(befores), befores=list(befores.values()))
    return await tx.value(_ATTRIBUTES, params)


async def undeclared_attributes(
    tx: Tx, one: Round, *, attribute_ids: Sequence[int]
) -> int | None:
    """Remove answers to all other attributes than these, or count them."""
    return await tx.value(_UNDECLARED, one.params(attribute_ids=list(attribute_ids)))


async def young_attributes(
    tx: ReadTx, one: Round, *, befores: Mapping[int, datetime], after: AnswerKey, page: int
) -> list[AnswerKey]:
    """Return answers that are still kept, in the order of their keys, after one."""
    params = {
        "spared": list(one.spared),
        "attribute_ids": list(befores),
        "befores": list(befores.values()),
        "after_profile": after.profile_id,
        "after_attribute": after.attribute_id,
        "after_source": after.source_id,
        "page": page,
    }
    return await tx.all(_YOUNG, params)


async def delete_answers(tx: Tx, keys: Sequence[AnswerKey]) -> int:
    """Remove answers; return how many."""
    params = {
        "profile_ids": [key.profile_id for key in keys],
        "attribute_ids": [key.attribute_id for key in keys],
        "source_ids": [key.source_id for key in keys],
    }
    return await tx.run(_DELETE, params)


async def reviews(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove questions that were settled before an instant, or count them."""
    return await tx.value(_REVIEWS, one.params(before=before))
