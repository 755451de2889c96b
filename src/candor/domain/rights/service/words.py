"""What people write in a request, and what is written to them: sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.rights.model.request import Request
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.queries.requests import Note
from candor.domain.rights.service.office import Office
from candor.domain.vault.model import Place, SubjectKey
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii

NOTE: Final = Place("rights.note", "sealed")
WORDS, ANSWER, ADDRESS = "words", "answer", "address"


@dataclass(frozen=True, slots=True)
class Written:
    """Some words, opened."""

    use: str
    author: str
    text: Pii[str]
    written_at: datetime


async def write(
    tx: Tx, request: Request, use: str, text: Pii[str], *, author: str, office: Office
) -> None:
    """Seal and keep words.

    With the key of the person; with the request's own while nobody is found, or they were erased.
    """
    bearer = request.person
    keys = {} if bearer is None else await office.vault.keys(tx, [bearer])
    if bearer is None or bearer not in keys:
        bearer = ProfileId(request.request_id)
        keys = await office.vault.keys(tx, [bearer]) or await office.vault.create(tx, [bearer])
    note_id = new_id()
    sealed = keys[bearer].seal(NOTE.prefix(), text.reveal().encode(), note_id.bytes)
    note = Note(bearer, note_id, use, author, sealed, office.clock.now())
    await stored.insert_note(tx, note, request_id=request.request_id)


async def read(
    tx: Tx,
    request: Request,
    *,
    uses: Sequence[str],
    actor: Actor,
    office: Office,
    why: str | None = None,
) -> list[Written]:
    """Open words of a request; audited, with the code of why somebody of staff needs them.

    Those of somebody who was erased are gone.
    """
    notes = [
        note
        for note in await stored.notes(tx, request_id=request.request_id)
        if note.use in uses
    ]
    keys = await office.vault.keys(tx, {ProfileId(note.bearer_id) for note in notes})
    opened = [
        Written(note.use, note.author, _opened(note, keys), note.written_at)
        for note in notes
        if ProfileId(note.bearer_id) in keys
    ]
    if opened:
        await audit.record(
            tx,
            actor=actor,
            action="rights.words_read",
            clock=office.clock,
            subjects=(request.subject,),
            fields=sorted({one.use for one in opened}),
            reason=why,
            detail={"request": str(request.request_id)},
        )
    return opened


async def uses(tx: ReadTx, request_id: UUID) -> set[str]:
    """Return of which uses words of a request are kept; opens nothing."""
    return {note.use for note in await stored.notes(tx, request_id=request_id)}


def _opened(note: Note, keys: dict[ProfileId, SubjectKey]) -> Pii[str]:
    key = keys[ProfileId(note.bearer_id)]
    return Pii(key.unseal(NOTE.prefix(), note.sealed, note.note_id.bytes)).map(bytes.decode)


async def forget(tx: Tx, request_id: UUID, uses: Sequence[str]) -> int:
    """Delete words of a request of some uses; return how many."""
    return await stored.delete_notes(tx, request_id=request_id, uses=uses)
