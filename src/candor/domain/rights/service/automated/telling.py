"""Telling somebody what machines decided about them, in the words of the edition that decided."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast
from uuid import UUID

import msgspec

from candor.domain.audit.model import Actor
from candor.domain.catalogue import service as catalogue
from candor.domain.catalogue.model import MachineDecision
from candor.domain.consent.service import gate
from candor.domain.consent.service.gate import OWN_DATA
from candor.domain.rights.errors import NoSuchDecision
from candor.domain.rights.model.automated import Decision, Told
from candor.domain.rights.queries import automated as stored
from candor.domain.rights.service.automated.recording import DECISION
from candor.domain.rights.service.office import Office
from candor.domain.vault.service import SealedField
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

_SHOWN: Final = 200
_Edition = tuple[str, int]


async def of_person(
    tx: ReadTx, members: Sequence[ProfileId], *, at_most: int = _SHOWN
) -> list[Decision]:
    """Return what machines decided about a person, newest first, without what it rests on."""
    return await stored.decisions_of(tx, profile_ids=members, at_most=at_most)


async def find(tx: ReadTx, decision_id: UUID, members: Sequence[ProfileId]) -> Decision:
    """Return one decision about a person.

    Raises:
        NoSuchDecision: there is none, or it is about somebody else.
    """
    found = await stored.decision(tx, decision_id=decision_id)
    if found is None or found.profile_id not in members:
        raise NoSuchDecision
    return found


async def told(
    tx: Tx,
    decisions: Sequence[Decision],
    *,
    actor: Actor,
    office: Office,
    purpose: str = OWN_DATA,
) -> list[Told]:
    """Open what decisions rest on, with the words of the edition that decided; audited.

    Raises:
        NotAllowed: the gate refuses the purpose. Its entry stands in the transaction: commit it.
        NoKey: the person was erased.
    """
    if not decisions:
        return []
    fields = [
        SealedField(
            one.code, ProfileId(one.profile_id), DECISION, one.sealed, one.decision_id.bytes
        )
        for one in decisions
    ]
    opened = await office.vault.open(tx, fields, purpose=purpose, actor=actor)
    words = await wording(tx, {(one.code, one.edition) for one in decisions}, office=office)
    return [
        Told(one, _inputs(plain), words.get((one.code, one.edition)))
        for one, plain in zip(decisions, opened, strict=True)
    ]


def _inputs(plain: Pii[bytes]) -> Mapping[str, Pii[Any]]:
    found = cast("dict[str, Any]", msgspec.json.decode(plain.reveal()))
    return {name: Pii(value) for name, value in found.items()}


async def wording(
    tx: ReadTx, editions: Iterable[_Edition], *, office: Office
) -> dict[_Edition, MachineDecision]:
    """Return the declarations of these editions, of the last catalogue that had each."""
    in_force = (await office.rulebook.rules(tx)).in_force
    wanted = set(editions)
    found = {
        (one.code, one.edition): one
        for one in in_force.document.decisions
        if (one.code, one.edition) in wanted
    }
    if found.keys() == wanted:
        return found
    for version in await catalogue.versions(tx):
        if version.decisions:
            document = await catalogue.document_of(tx, version_id=version.version_id)
            for one in document.decisions:
                place = (one.code, one.edition)
                if place in wanted and place not in found:
                    found[place] = one
        if found.keys() == wanted:
            break
    return found


async def chosen(tx: ReadTx, profile_id: ProfileId) -> frozenset[str]:
    """Return the codes of what nobody but people may decide about a person; `*`: everything."""
    members = await gate.members(tx, profile_id) or [profile_id]
    return frozenset(await stored.by_people_only(tx, profile_ids=members))
