"""Opening what another system may be told, of many people for many purposes in few queries.

Which answer goes is decided before anything is opened, by what is known about the answers without
their values: the one that survives, if it is kept for a purpose that it may go for. No loser is
opened, and nothing goes in place of a survivor that may not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import InForce
from candor.domain.profiles import queries
from candor.domain.profiles.model import Answer, SealedAttribute, SealedIdentifier, survive
from candor.domain.profiles.service.keep import ATTRIBUTE, NOTHING, row_of
from candor.domain.profiles.service.resolve import IDENTIFIER
from candor.domain.vault.service import SealedField, Vault
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of one person, each for the first of some purposes that it is kept for."""

    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    identifiers: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])


@dataclass(frozen=True, slots=True)
class Shared:
    """What was opened of one person. An empty answer is None; what is not known is missing."""

    facts: Mapping[str, Pii[Any]]
    identifiers: Mapping[str, Pii[str]]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """One sealed value on its way: whose, what it is called, and for what it is opened."""

    person: ProfileId
    code: str
    is_identifier: bool
    purpose: str
    field: SealedField


async def open_shared(
    tx: Tx,
    wishes: Mapping[ProfileId, Wish],
    *,
    actor: Actor,
    in_force: InForce,
    vault: Vault,
) -> dict[ProfileId, Shared]:
    """Open what is wanted of these people (by their heads); decided and written down per purpose.

    Three queries for everything that is known, and what `Vault.open` asks for each purpose.

    Raises:
        NotAllowed, NoKey: somebody may not be read for what was wanted, or was erased meanwhile.
    """
    chosen = await _choose(tx, wishes, in_force)
    facts: dict[ProfileId, dict[str, Pii[Any]]] = {one: {} for one in wishes}
    names: dict[ProfileId, dict[str, Pii[str]]] = {one: {} for one in wishes}
    for purpose in sorted({one.purpose for one in chosen}):
        group = [one for one in chosen if one.purpose == purpose]
        fields = [one.field for one in group]
        opened = await vault.open(tx, fields, purpose=purpose, actor=actor)
        for one, value in zip(group, opened, strict=True):
            if one.is_identifier:
                names[one.person][one.code] = value.map(bytes.decode)
            else:
                facts[one.person][one.code] = value.map(msgspec.json.decode)
    return {one: Shared(facts[one], names[one]) for one in wishes}


async def _choose(tx: Tx, wishes: Mapping[ProfileId, Wish], in_force: InForce) -> list[_Chosen]:
    wanted = [one for one, wish in wishes.items() if wish.attributes or wish.identifiers]
    if not wanted:
        return []
    companions = await queries.companions(tx, profile_ids=wanted)
    heads = {row.member_id: ProfileId(row.named_id) for row in companions}
    ids = list(heads)
    answers: dict[tuple[ProfileId, str], list[SealedAttribute]] = {}
    for row in await queries.attributes(tx, profile_ids=ids):
        declared = in_force.attributes_by_id.get(row.attribute_id)
        if declared is not None and declared.code in wishes[heads[row.profile_id]].attributes:
            answers.setdefault((heads[row.profile_id], declared.code), []).append(row)
    points: dict[tuple[ProfileId, str], list[SealedIdentifier]] = {}
    if any(wish.identifiers for wish in wishes.values()):
        for one in await queries.identifiers(tx, profile_ids=ids):
            if one.kind in wishes[heads[one.profile_id]].identifiers:
                points.setdefault((heads[one.profile_id], one.kind), []).append(one)
    found = [
        _attribute(person, code, rows, wishes[person].attributes[code], in_force)
        for (person, code), rows in answers.items()
    ]
    found += [
        _identifier(person, kind, rows, wishes[person].identifiers[kind])
        for (person, kind), rows in points.items()
    ]
    return [one for one in found if one is not None]


def _attribute(
    person: ProfileId,
    code: str,
    rows: Sequence[SealedAttribute],
    purposes: Sequence[str],
    in_force: InForce,
) -> _Chosen | None:
    declared = in_force.attributes[code]
    by_place = {(row.source_id, row.profile_id): row for row in rows}
    taken, _ = survive(
        [_answer(code, row) for row in rows], declared.survivorship, in_force.sources_by_id
    )
    row = by_place[taken.source_id, taken.profile_id]
    purpose = next((one for one in purposes if in_force.mask((one,)) & row.purposes), None)
    if purpose is None:
        return None
    place = row_of(row.attribute_id, row.source_id)
    sealed = SealedField(code, ProfileId(row.profile_id), ATTRIBUTE, row.sealed, place)
    return _Chosen(person, code, is_identifier=False, purpose=purpose, field=sealed)


def _answer(code: str, row: SealedAttribute) -> Answer:
    return Answer(
        attribute=code,
        value=NOTHING,  # not opened: who survives does not depend on it
        source_id=row.source_id,
        profile_id=row.profile_id,
        purposes=row.purposes,
        changed_by=row.changed_by,
        observed_at=row.observed_at,
        received_at=row.received_at,
    )


def _identifier(
    person: ProfileId, kind: str, rows: Sequence[SealedIdentifier], purposes: Sequence[str]
) -> _Chosen | None:
    """Choose the one that a source vouches for, then the youngest, then the head's own."""

    def rank(row: SealedIdentifier) -> tuple[bool, float, bool, UUID, bytes]:
        seen = row.first_seen_at.timestamp()
        return (
            row.is_verified,
            seen,
            row.profile_id == person,
            row.profile_id,
            row.blind_index,
        )

    row = max(rows, key=rank)
    if not purposes:
        return None
    sealed = SealedField(
        kind, ProfileId(row.profile_id), IDENTIFIER, row.sealed, row.blind_index
    )
    return _Chosen(person, kind, is_identifier=True, purpose=purposes[0], field=sealed)
