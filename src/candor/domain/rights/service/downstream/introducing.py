"""By what a system outside knows a person: read from what we hold, and kept through an erasure.

When a person is erased, their key goes before any system outside can be told. So their
identifiers are sealed with the request's own key in the same transaction, and go with it when
all have answered.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from candor.domain.consent.service import gate
from candor.domain.rights.model.downstream import Identity
from candor.domain.rights.model.request import Request
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.queries.requests import Note
from candor.domain.rights.service.office import Office
from candor.domain.rights.service.words import NOTE
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii

IDENTITIES: Final = "identities"
_HOLDER: Final = "profiles"
_TABLE: Final = "profiles.identifier"


async def opened_of(tx: Tx, members: Sequence[ProfileId], office: Office) -> Sequence[Identity]:
    """Open the identifiers of a person under their own right; audited.

    Raises:
        NotAllowed: the gate refuses; commit, the entry about it stands here.
        NoKey: the person was erased.
    """
    opener = await office.vault.admit(
        tx, members, names=[_TABLE], purpose=gate.OWN_DATA, actor=gate.RIGHTS
    )
    found: list[Identity] = []
    async for batch in office.holders[_HOLDER].export_person(tx, members, opener):
        if batch.table != _TABLE:
            continue
        for row in batch.rows:
            kind, value = row.get("kind"), row.get("value")
            if isinstance(kind, str) and isinstance(value, Pii):
                found.append(Identity(kind, value.map(str)))
    return found


async def remember(
    tx: Tx, request: Request, identities: Sequence[Identity], office: Office
) -> None:
    """Keep identifiers for the systems that must still hear, with the key of the request.

    In the transaction that destroys the key of the person. Nothing is kept when nobody is told.
    """
    if not identities:
        return
    bearer = ProfileId(request.request_id)
    keys = await office.vault.keys(tx, [bearer]) or await office.vault.create(tx, [bearer])
    note_id = new_id()
    plain = msgspec.json.encode([(one.kind, one.value.reveal()) for one in identities])
    sealed = keys[bearer].seal(NOTE.prefix(), plain, note_id.bytes)
    note = Note(bearer, note_id, IDENTITIES, "rights", sealed, office.clock.now())
    await stored.insert_note(tx, note, request_id=request.request_id)


async def remembered(tx: Tx, request: Request, office: Office) -> Sequence[Identity]:
    """Return the identifiers that were kept through an erasure; none when they are gone."""
    bearer = ProfileId(request.request_id)
    keys = await office.vault.keys(tx, [bearer])
    if bearer not in keys:
        return ()
    found: list[Identity] = []
    for note in await stored.notes(tx, request_id=request.request_id):
        if note.use == IDENTITIES and note.bearer_id == bearer:
            plain = keys[bearer].unseal(NOTE.prefix(), note.sealed, note.note_id.bytes)
            pairs = msgspec.json.decode(plain, type=list[tuple[str, str]])
            found += [Identity(kind, Pii(value)) for kind, value in pairs]
    return found
