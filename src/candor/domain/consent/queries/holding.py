"""The statements with which consent answers rights: what is exported, what is forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One signal, as it came."""

    profile_id: UUID
    signal_id: UUID
    kind: str
    channel_id: int | None
    value: str | None
    is_readable: bool
    decided_at: datetime
    surface: str


@dataclass(frozen=True, slots=True)
class ConfirmationRow:
    """One question of a double opt-in; `choices` is JSON."""

    profile_id: UUID
    confirmation_id: UUID
    choices: str
    asked_at: datetime
    confirmed_at: datetime | None
    surface: str


@dataclass(frozen=True, slots=True)
class GuardianRow:
    """Who may choose for a minor, and since when."""

    profile_id: UUID
    guardian_id: UUID
    since: datetime
    ended_at: datetime | None
    proof: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """How many rows prove what was chosen."""

    records: int
    wishes: int
    signals: int


_sql: Final = load(__file__)
_SIGNALS: Final = _sql.rows("signals", SignalRow)
_CONFIRMATIONS: Final = _sql.rows("confirmations", ConfirmationRow)
_GUARDIANS: Final = _sql.rows("guardians", GuardianRow)
_DELETE_REACH: Final = _sql.command("delete_reach")
_DELETE_CONTACTS: Final = _sql.command("delete_contacts")
_DELETE_CONFIRMATIONS: Final = _sql.command("delete_confirmations")
_DELETE_GUARDIANS: Final = _sql.command("delete_guardians")
_BARE_STATES: Final = _sql.command("bare_states")
_EVIDENCE: Final = _sql.rows("evidence", Evidence)


async def signals(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[SignalRow]:
    """Return every signal of these profiles, oldest first."""
    return await tx.all(_SIGNALS, {"profile_ids": list(profile_ids)})


async def confirmations(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[ConfirmationRow]:
    """Return every question of a double opt-in, oldest first."""
    return await tx.all(_CONFIRMATIONS, {"profile_ids": list(profile_ids)})


async def guardians(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[GuardianRow]:
    """Return who may or might choose for these profiles, and for whom they may or might."""
    return await tx.all(_GUARDIANS, {"profile_ids": list(profile_ids)})


async def delete_reach(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Forget through which channels these profiles could be reached; return how many rows."""
    return await tx.run(_DELETE_REACH, {"profile_ids": list(profile_ids)})


async def delete_contacts(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Forget when messages left to these profiles; return how many rows."""
    return await tx.run(_DELETE_CONTACTS, {"profile_ids": list(profile_ids)})


async def delete_confirmations(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Forget what these profiles were asked to confirm; return how many rows."""
    return await tx.run(_DELETE_CONFIRMATIONS, {"profile_ids": list(profile_ids)})


async def delete_guardians(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Forget who might choose for these profiles, and for whom they might; return how many."""
    return await tx.run(_DELETE_GUARDIANS, {"profile_ids": list(profile_ids)})


async def bare_states(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Take from the states whatever says something about the person; return how many."""
    return await tx.run(_BARE_STATES, {"profile_ids": list(profile_ids)})


async def evidence(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> Evidence:
    """Return how many rows of these profiles prove what was chosen."""
    return await tx.one(_EVIDENCE, {"profile_ids": list(profile_ids)})
