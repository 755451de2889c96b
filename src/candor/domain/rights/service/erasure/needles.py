"""The words to look for after an erasure, and the address of the last letter.

They are sealed with a key of the request's own, which is made when the person's is destroyed and
goes as soon as the last scan found nothing. Its destruction is noted outside the database like a
person's, so a backup that was taken meanwhile does not bring the words back.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from candor.domain.rights.model.request import Request
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.queries.requests import Note
from candor.domain.rights.service import words
from candor.domain.rights.service.downstream import introducing as downstream
from candor.domain.rights.service.office import Office
from candor.domain.rights.service.people import WORKER
from candor.infra.db.pool import Tx
from candor.infra.holder import Needle, Sort
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii

NEEDLES: Final = "needles"
LAST_ADDRESS: Final = "last_address"
_MAIL: Final = "email"  # how identifiers are normalised that mail can be sent to


async def keep(tx: Tx, request: Request, found: Sequence[Needle], *, office: Office) -> None:
    """Keep words to look for, and where the last letter goes; the person's key is gone already."""
    rows = [[needle.sort.value, needle.kind, needle.value.reveal()] for needle in found]
    texts = {NEEDLES: Pii(json.dumps(rows))}
    address = await _address(tx, found, office)
    if address is not None:
        texts[LAST_ADDRESS] = address
    await _write(tx, request, texts, office)


async def kept(tx: Tx, request: Request, *, office: Office) -> list[Needle]:
    """Open the words to look for; none when they are gone. Audited."""
    opened = await words.read(tx, request, uses=(NEEDLES,), actor=WORKER, office=office)
    return [
        Needle(Sort(sort), Pii(text), kind)
        for one in opened
        for sort, kind, text in json.loads(one.text.reveal())
    ]


async def last_address(tx: Tx, request: Request, *, office: Office) -> Pii[str] | None:
    """Open where the last letter to an erased person goes; None: nowhere. Audited."""
    opened = await words.read(tx, request, uses=(LAST_ADDRESS,), actor=WORKER, office=office)
    return opened[-1].text if opened else None


async def forget(tx: Tx, request_id: UUID, *, office: Office) -> None:
    """Destroy the request's own key, and what it sealed for the erasure. Harmless twice."""
    await words.forget(tx, request_id, (NEEDLES, LAST_ADDRESS, downstream.IDENTITIES))
    left = await stored.notes(tx, request_id=request_id)
    if not any(note.bearer_id == request_id for note in left):
        await office.vault.destroy(tx, [ProfileId(request_id)])


def plain(found: Iterable[Needle], *sorts: Sort) -> list[str]:
    """Return words in the clear, of some sorts or of all: for a search, and nothing else."""
    return [one.value.reveal() for one in found if not sorts or one.sort in sorts]


async def _write(
    tx: Tx, request: Request, texts: Mapping[str, Pii[str]], office: Office
) -> None:
    """Seal with the request's own key, whatever is in the memory of this process.

    Somebody beside us may have read the person's key just before it was destroyed.
    """
    bearer = ProfileId(request.request_id)
    keys = await office.vault.keys(tx, [bearer]) or await office.vault.create(tx, [bearer])
    for use, text in texts.items():
        note_id = new_id()
        sealed = keys[bearer].seal(words.NOTE.prefix(), text.reveal().encode(), note_id.bytes)
        note = Note(bearer, note_id, use, "rights", sealed, office.clock.now())
        await stored.insert_note(tx, note, request_id=request.request_id)


async def _address(tx: Tx, found: Iterable[Needle], office: Office) -> Pii[str] | None:
    kinds = (await office.rulebook.rules(tx)).in_force.identifiers
    addresses = [
        needle.value
        for needle in found
        if needle.sort is Sort.VALUE
        and needle.kind in kinds
        and kinds[needle.kind].normalise == _MAIL
    ]
    return addresses[-1] if addresses else None
