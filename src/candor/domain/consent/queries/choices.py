"""The statements of consents and decisions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.consent.model.choice import Record
from candor.domain.consent.model.state import State
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load
from candor.kernel.ids import ProfileId

_sql: Final = load(__file__)
_INSERT_STATES: Final = _sql.command("insert_states")
_INSERT_RECORDS: Final = _sql.command("insert_records")
_STATES: Final = _sql.rows("states", State)
_LOCK: Final = _sql.rows("lock_people", State)
_MEMBERS: Final = _sql.rows("members", UUID)
_RECORDS: Final = _sql.rows("records", Record)
_STANDING: Final = _sql.rows("standing_records", Record)
_COUNTING: Final = _sql.rows("counting_records", Record)
_SET_HEADS: Final = _sql.command("set_heads")
_SET_FOLDS: Final = _sql.command("set_folds")
_SET_STANDING: Final = _sql.command("set_standing")
_AUDIENCE: Final = _sql.rows("audience", int)
_ALLOWED_AMONG: Final = _sql.rows("allowed_among", UUID)
_RUN_OUT: Final = _sql.rows("run_out", UUID)
_STALE_HEADS: Final = _sql.rows("stale_heads", UUID)
_DENY: Final = _sql.command("deny_until_folded")


async def insert_states(
    tx: Tx, *, profile_ids: Sequence[UUID], regime: str | None, allowed: int, at: datetime
) -> None:
    """Start new profiles."""
    params = {"profile_ids": list(profile_ids), "regime": regime, "allowed": allowed, "at": at}
    await tx.run(_INSERT_STATES, params)


async def insert_records(tx: Tx, columns: Mapping[str, Any]) -> None:
    """Append choices, given as one list per column."""
    await tx.run(_INSERT_RECORDS, columns)


async def states(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[State]:
    """Return the states of these profiles."""
    return await tx.all(_STATES, {"profile_ids": list(profile_ids)})


async def lock_people(tx: Tx, *, profile_ids: Sequence[UUID]) -> list[State]:
    """Return and lock the states of all profiles of these people."""
    return await tx.all(_LOCK, {"profile_ids": list(profile_ids)})


async def members(tx: ReadTx, *, profile_id: UUID) -> list[UUID]:
    """Return all profiles of the person that a profile is part of."""
    return await tx.values(_MEMBERS, {"profile_id": profile_id})


async def records(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[Record]:
    """Return every choice that counts for these profiles, oldest first."""
    return await tx.all(_RECORDS, {"profile_ids": list(profile_ids)})


async def standing_records(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[Record]:
    """Return all records that can count for these profiles, whoever belongs together."""
    return await tx.all(_STANDING, {"profile_ids": list(profile_ids)})


async def counting_records(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[Record]:
    """Return the one choice that counts about each purpose, per profile of one person.

    Args:
        tx: where to read.
        profile_ids: all profiles of one person.
    """
    return await tx.all(_COUNTING, {"profile_ids": list(profile_ids)})


async def set_heads(tx: Tx, *, heads: Mapping[ProfileId, ProfileId]) -> None:
    """Point profiles at the head of their person."""
    await tx.run(_SET_HEADS, {"profile_ids": list(heads), "head_ids": list(heads.values())})


async def set_folds(
    tx: Tx, *, folds: Mapping[UUID, tuple[int, datetime | None]], at: datetime
) -> None:
    """Keep fresh folds; None for a fold that never runs out."""
    params = {
        "profile_ids": list(folds),
        "allowed": [allowed for allowed, _ in folds.values()],
        "valid_until": [until for _, until in folds.values()],
        "at": at,
    }
    await tx.run(_SET_FOLDS, params)


async def set_standing(
    tx: Tx, *, profile_ids: Sequence[UUID], standing: str, at: datetime
) -> None:
    """Set what may be done with these profiles at all."""
    await tx.run(
        _SET_STANDING, {"profile_ids": list(profile_ids), "standing": standing, "at": at}
    )


async def audience(tx: ReadTx, *, bit: int, consent_mask: int, now: datetime) -> int:
    """Return the number of people whom a purpose may reach; `bit` is a mask of one bit."""
    params = {"bit": bit, "consent_mask": consent_mask, "now": now}
    return await tx.value(_AUDIENCE, params) or 0


async def allowed_among(
    tx: ReadTx, *, profile_ids: Sequence[UUID], bit: int, consent_mask: int, now: datetime
) -> list[UUID]:
    """Return those of these profiles for which a purpose is allowed."""
    params: dict[str, Any] = {
        "profile_ids": list(profile_ids),
        "bit": bit,
        "consent_mask": consent_mask,
        "now": now,
    }
    return await tx.values(_ALLOWED_AMONG, params)


async def run_out(tx: ReadTx, *, now: datetime, at_most: int) -> list[UUID]:
    """Return some profiles whose fold has run out."""
    return await tx.values(_RUN_OUT, {"now": now, "at_most": at_most})


async def stale_heads(tx: ReadTx, *, before: datetime, at_most: int) -> list[UUID]:
    """Return some heads whose fold is older than an instant."""
    return await tx.values(_STALE_HEADS, {"before": before, "at_most": at_most})


async def deny_until_folded(tx: Tx, *, bits: int) -> int:
    """Take some purposes out of every mask; return of how many profiles."""
    return await tx.run(_DENY, {"bits": bits}) if bits else 0
