"""The statements about files that are handed over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.connections.model.file import File, State
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load
from candor.infra.holder import Round


@dataclass(frozen=True, slots=True)
class ProposedRow:
    """A file that waits for the second pair of eyes."""

    file_id: UUID
    proposal_id: UUID | None


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A file that lies somewhere, or will."""

    file_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Who is in a file, for which purposes."""

    profile_id: UUID
    file_id: UUID
    purposes: int


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A file in which somebody is, as they may take it along."""

    profile_id: UUID
    file_id: UUID
    code: str
    name: str
    purposes: int
    put_at: datetime | None
    expires_at: datetime | None
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file as it is kept."""

    file_id: UUID
    connection_id: UUID
    state: str
    proposal_id: UUID | None
    people: int | None
    size: int | None
    sha256: bytes | None
    name: str | None
    made_at: datetime | None
    put_at: datetime | None
    expires_at: datetime | None
    recalled_at: datetime | None
    gone_at: datetime | None
    problem: str | None
    terms: bytes
    looked: int
    total: int
    forgotten: int
    attempts: int
    due_at: datetime
    added_at: datetime
    changed: int


_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_file")
_FILES_OF: Final = _sql.rows("files_of", FileRow)
_BY_ID: Final = _sql.rows("file_by_id", FileRow)
_OPEN_PROPOSALS: Final = _sql.rows("open_proposals", ProposedRow)
_MOVE: Final = _sql.rows("move_file", UUID)
_CLAIM_MAKING: Final = _sql.rows("claim_making", UUID)
_CLAIM_TAKING: Final = _sql.rows("claim_taking", UUID)
_BEGIN: Final = _sql.command("begin_making")
_NOTE_PEOPLE: Final = _sql.rows("note_people", UUID)
_NOTE_MADE: Final = _sql.rows("note_made", UUID)
_NOTE_PUT: Final = _sql.rows("note_put", UUID)
_GIVE_BACK: Final = _sql.command("give_back")
_NOTE_GONE: Final = _sql.rows("note_gone", UUID)
_RECALL: Final = _sql.rows("recall_files", UUID)
_FILES_WITH: Final = _sql.rows("files_with", UUID)
_OPEN_FILES: Final = _sql.rows("open_files", OpenRow)
_PEOPLE_OF: Final = _sql.rows("people_of", PersonRow)
_NOTE_MINDS: Final = _sql.command("note_minds")
_FORGET: Final = _sql.rows("forget_people", int)
_GIVEN: Final = _sql.rows("given_files", GivenRow)
_SWEEP: Final = _sql.rows("sweep_file_people", int)
_NOBODY: Final = UUID(int=0)


async def insert(tx: Tx, values: Mapping[str, Any]) -> None:
    """Write down that a file was asked for."""
    await tx.run(_INSERT, values)


async def files_of(tx: ReadTx, *, connection_id: UUID, at_most: int) -> list[File]:
    """Return the files of a connection, newest first."""
    rows = await tx.all(_FILES_OF, {"connection_id": connection_id, "at_most": at_most})
    return [_file(row) for row in rows]


async def find(tx: ReadTx, file_id: UUID) -> File | None:
    """Return one file; None: there is none."""
    row = await tx.maybe(_BY_ID, {"file_id": file_id})
    return None if row is None else _file(row)


async def open_proposals(tx: ReadTx) -> list[ProposedRow]:
    """Return the files that wait for the second pair of eyes."""
    return await tx.all(_OPEN_PROPOSALS)


async def move(
    tx: Tx,
    file_id: UUID,
    state: State,
    *,
    from_states: Sequence[State],
    at: datetime,
    problem: str | None = None,
) -> bool:
    """Move a file to another state; False: it was in none of those."""
    values = {
        "file_id": file_id,
        "state": state,
        "from_states": list(from_states),
        "due_at": at,
        "problem": problem,
    }
    return await tx.value(_MOVE, values) is not None


async def claim_making(tx: Tx, *, by: str, at: datetime, until: datetime) -> UUID | None:
    """Take a file that is to be made until an instant; None: there is none."""
    return await tx.value(_CLAIM_MAKING, {"by": by, "at": at, "until": until})


async def claim_taking(tx: Tx, *, by: str, at: datetime, until: datetime) -> UUID | None:
    """Take a file that is to be taken away until an instant; None: there is none."""
    return await tx.value(_CLAIM_TAKING, {"by": by, "at": at, "until": until})


async def begin(tx: Tx, file_id: UUID, *, by: str, name: str, total: int) -> None:
    """Give a file its name; forget whom an earlier try put into it."""
    await tx.run(_BEGIN, {"file_id": file_id, "by": by, "name": name, "total": total})


async def note_people(
    tx: Tx,
    file_id: UUID,
    people: Mapping[UUID, int],
    *,
    by: str,
    looked: int,
    until: datetime,
) -> bool:
    """Write down who goes into a file; False: its worker lost it."""
    values = {
        "file_id": file_id,
        "by": by,
        "looked": looked,
        "until": until,
        "profile_ids": list(people),
        "purposes": list(people.values()),
    }
    return await tx.value(_NOTE_PEOPLE, values) is not None


async def note_made(tx: Tx, file_id: UUID, values: Mapping[str, Any]) -> bool:
    """Write down what was made; False: its worker lost it, or somebody in it was erased."""
    return await tx.value(_NOTE_MADE, {"file_id": file_id, **values}) is not None


async def note_put(
    tx: Tx, file_id: UUID, *, by: str, at: datetime, expires_at: datetime
) -> bool:
    """Write down that a file lies at its place; False: its worker lost it."""
    values = {"file_id": file_id, "by": by, "at": at, "expires_at": expires_at}
    return await tx.value(_NOTE_PUT, values) is not None


async def give_back(
    tx: Tx, file_id: UUID, *, by: str, due_at: datetime, problem: str | None
) -> None:
    """Give a file back that could not be made or taken away now."""
    values = {"file_id": file_id, "by": by, "due_at": due_at, "problem": problem}
    await tx.run(_GIVE_BACK, values)


async def note_gone(
    tx: Tx, file_id: UUID, *, by: str, at: datetime, reason: str | None
) -> bool:
    """Write down that a file was taken away; False: its worker lost it."""
    values = {"file_id": file_id, "by": by, "at": at, "reason": reason}
    return await tx.value(_NOTE_GONE, values) is not None


async def recall(tx: Tx, file_ids: Sequence[UUID], *, at: datetime, reason: str) -> list[UUID]:
    """Have files taken away early; return those that are."""
    values = {"file_ids": list(file_ids), "at": at, "reason": reason}
    return await tx.values(_RECALL, values)


async def files_with(tx: ReadTx, profile_ids: Sequence[UUID]) -> list[UUID]:
    """Return the files that lie somewhere, or are made, in which one of these profiles is."""
    return await tx.values(_FILES_WITH, {"profile_ids": list(profile_ids)})


async def open_files(tx: ReadTx, connection_id: UUID) -> list[OpenRow]:
    """Return the files of a connection that lie somewhere, or will."""
    return await tx.all(_OPEN_FILES, {"connection_id": connection_id})


async def people_of(
    tx: ReadTx,
    connection_id: UUID,
    profile_ids: Sequence[UUID] | None,
    *,
    after: UUID | None = None,
    at_most: int,
) -> list[PersonRow]:
    """Return who of these is in a file of a connection; None: everybody who is."""
    values = {
        "connection_id": connection_id,
        "profile_ids": None if profile_ids is None else list(profile_ids),
        "after": after or _NOBODY,
        "at_most": at_most,
    }
    return await tx.all(_PEOPLE_OF, values)


async def note_minds(
    tx: Tx, rows: Sequence[PersonRow], changed: Sequence[bool], *, at: datetime
) -> None:
    """Write down who has changed their mind since, and who has changed it back."""
    values = {
        "profile_ids": [row.profile_id for row in rows],
        "file_ids": [row.file_id for row in rows],
        "changed": list(changed),
        "at": at,
    }
    await tx.run(_NOTE_MINDS, values)


async def forget_people(tx: Tx, profile_ids: Sequence[UUID]) -> int:
    """Delete these profiles from the books of files, and count them there; return how many."""
    return await tx.value(_FORGET, {"profile_ids": list(profile_ids)}) or 0


async def given(tx: ReadTx, profile_ids: Sequence[UUID]) -> list[GivenRow]:
    """Return the files in which these profiles are or were."""
    return await tx.all(_GIVEN, {"profile_ids": list(profile_ids)})


async def sweep_people(tx: Tx, one: Round, *, before: datetime) -> int | None:
    """Remove who was in files that are gone since before an instant, or count them."""
    return await tx.value(_SWEEP, one.params(before=before))


def _file(row: FileRow) -> File:
    return File(
        file_id=row.file_id,
        connection_id=row.connection_id,
        state=State(row.state),
        proposal_id=row.proposal_id,
        people=row.people,
        size=row.size,
        sha256=row.sha256,
        name=row.name,
        made_at=row.made_at,
        put_at=row.put_at,
        expires_at=row.expires_at,
        recalled_at=row.recalled_at,
        gone_at=row.gone_at,
        problem=row.problem,
        terms=row.terms,
        looked=row.looked,
        total=row.total,
        forgotten=row.forgotten,
        attempts=row.attempts,
        due_at=row.due_at,
        added_at=row.added_at,
        changed=row.changed,
    )
