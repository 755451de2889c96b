"""The statements with which rights answers rights: what is exported, what is forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class NoteRow:
    """Sealed words of a request."""

    bearer_id: UUID
    note_id: UUID
    request_id: UUID
    use: str
    author: str
    sealed: bytes
    written_at: datetime


@dataclass(frozen=True, slots=True)
class EventRow:
    """Something that happened to a request."""

    request_id: UUID
    at: datetime
    actor: str
    what: str
    code: str | None


@dataclass(frozen=True, slots=True)
class PeopleOnlyRow:
    """Something that people should decide about somebody."""

    profile_id: UUID
    code: str
    since: datetime


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A signed certificate."""

    request_id: UUID
    body: str
    issued_at: datetime


_sql: Final = load(__file__)
_NOTES: Final = _sql.rows("notes_about", NoteRow)
_EVENTS: Final = _sql.rows("events_about", EventRow)
_PEOPLE_ONLY: Final = _sql.rows("people_only_about", PeopleOnlyRow)
_CERTIFICATES: Final = _sql.rows("certificates_about", CertificateRow)
_DELETE_NOTES: Final = _sql.command("delete_notes_about")
_DELETE_DECISIONS: Final = _sql.command("delete_decisions")
_DELETE_PEOPLE_ONLY: Final = _sql.command("delete_people_only")


async def notes(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[NoteRow]:
    """Return the sealed words of all requests about these profiles."""
    return await tx.all(_NOTES, {"profile_ids": list(profile_ids)})


async def events(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[EventRow]:
    """Return what happened to all requests about these profiles."""
    return await tx.all(_EVENTS, {"profile_ids": list(profile_ids)})


async def people_only(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[PeopleOnlyRow]:
    """Return what these profiles want no machine to decide alone."""
    return await tx.all(_PEOPLE_ONLY, {"profile_ids": list(profile_ids)})


async def certificates(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[CertificateRow]:
    """Return the signed certificates of requests about these profiles."""
    return await tx.all(_CERTIFICATES, {"profile_ids": list(profile_ids)})


async def delete_notes(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Delete the words of all requests about these profiles; return how many."""
    return await tx.run(_DELETE_NOTES, {"profile_ids": list(profile_ids)})


async def delete_decisions(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Erase what machines decided about these profiles; return how many."""
    return await tx.run(_DELETE_DECISIONS, {"profile_ids": list(profile_ids)})


async def delete_people_only(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Forget what these profiles wanted no machine to decide alone; return how many."""
    return await tx.run(_DELETE_PEOPLE_ONLY, {"profile_ids": list(profile_ids)})
