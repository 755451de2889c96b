"""Finding a person by an exact identifier, and opening what is known about them for a purpose.

There is no way to list people. Only what a stated purpose needs is opened; the rest stays
sealed and is shown as such.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Attribute, InForce
from candor.domain.consent.service.gate import OWN_DATA
from candor.domain.profiles import queries
from candor.domain.profiles.errors import NoSuchProfile, NotAnIdentifier
from candor.domain.profiles.model import (
    Answer,
    Contact,
    Fact,
    Profile,
    SealedAttribute,
    SealedIdentifier,
    survive,
)
from candor.domain.profiles.queries import ByRule, BySize, BySource, Figures
from candor.domain.profiles.service import lookup
from candor.domain.profiles.service.keep import ATTRIBUTE, NOTHING, row_of
from candor.domain.profiles.service.resolve import IDENTIFIER
from candor.domain.vault.service import SealedField, Vault, normalise
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

__all__ = [
    "Breakdown",
    "ByRule",
    "BySize",
    "Figures",
    "PersonRead",
    "breakdown",
    "figures",
    "find",
    "find_all",
    "head",
    "mail_address",
    "members",
    "open_person",
    "profiles",
]

_MAIL = "email"  # how identifiers are normalised that mail can be sent to


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What the figures are made of."""

    sizes: tuple[BySize, ...]
    sources: tuple[BySource, ...]
    rules: tuple[ByRule, ...]


@dataclass(frozen=True, slots=True)
class PersonRead:
    """A person as opened for one purpose."""

    head_id: ProfileId
    profiles: tuple[Profile, ...]
    facts: tuple[Fact, ...]
    contacts: tuple[Contact, ...]

    @property
    def profile_ids(self) -> list[ProfileId]:
        """Return the ids of all profiles of this person."""
        return [ProfileId(profile.profile_id) for profile in self.profiles]


async def find(
    tx: ReadTx,
    kind: str,
    text: str,
    *,
    in_force: InForce,
    vault: Vault,
    region: str | None = None,
) -> ProfileId:
    """Return the head of the person that an exact identifier names.

    Raises:
        NotAnIdentifier: not well-formed, or not a declared kind.
        NoSuchProfile: nobody has it.
    """
    rules = in_force.identifiers.get(kind)
    value = normalise(rules.normalise, text, region) if rules else None
    if value is None:
        raise NotAnIdentifier
    owner = (await lookup.owners(tx, [(kind, value)], vault)).get((kind, value))
    if owner is None:
        raise NoSuchProfile
    return await head(tx, ProfileId(owner.profile_id))


async def find_all(
    tx: ReadTx, named: Sequence[tuple[str, str]], *, in_force: InForce, vault: Vault
) -> dict[tuple[str, str], ProfileId]:
    """Return, for exact identifiers given as kind and text, a profile of whom each names.

    One query for all. What is not well-formed, of no declared kind, or nobody's is missing.
    """
    wanted: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for kind, text in named:
        rules = in_force.identifiers.get(kind)
        value = normalise(rules.normalise, text, None) if rules else None
        if value is not None:
            wanted.setdefault((kind, value), []).append((kind, text))
    owners = await lookup.owners(tx, wanted, vault)
    return {
        pair: ProfileId(owner.profile_id)
        for normalised, owner in owners.items()
        for pair in wanted[normalised]
    }


async def mail_address(
    tx: Tx,
    profile_id: ProfileId,
    *,
    purpose: str,
    actor: Actor,
    in_force: InForce,
    vault: Vault,
) -> Pii[str] | None:
    """Open the e-mail address of a person for a purpose; None when there is none for it.

    The one that came last through this profile, else through another of the person's. Decided and
    written down first (`Vault.open`).

    Raises:
        NotAllowed: the purpose is refused; commit the transaction, it holds the entry about it.
        NoKey: the person was erased.
    """
    joined = await queries.members(tx, profile_id=profile_id)
    ids = [ProfileId(profile.profile_id) for profile in joined]
    found = [
        one
        for one in await queries.identifiers(tx, profile_ids=ids)
        if (kind := in_force.identifiers.get(one.kind)) is not None
        and kind.normalise == _MAIL
        and purpose in kind.purposes
    ]
    if not found:
        return None
    best = max(found, key=lambda one: (one.profile_id == profile_id, one.first_seen_at))
    opened = await vault.open(tx, [_identifier_field(best)], purpose=purpose, actor=actor)
    return opened[0].map(bytes.decode)


async def head(tx: ReadTx, profile_id: ProfileId) -> ProfileId:
    """Return the head that a profile points at: old ids stay resolvable for ever.

    Raises:
        NoSuchProfile: there never was such an id.
    """
    found = await queries.profiles(tx, profile_ids=[profile_id])
    if not found:
        raise NoSuchProfile
    return ProfileId(found[0].head_id)


async def members(tx: ReadTx, profile_id: ProfileId) -> list[Profile]:
    """Return all profiles of the person that a profile is part of, oldest first."""
    return await queries.members(tx, profile_id=profile_id)


async def profiles(tx: ReadTx, profile_ids: Sequence[ProfileId]) -> list[Profile]:
    """Return these profiles, whoever they are part of; unknown ids are missing."""
    return await queries.profiles(tx, profile_ids=profile_ids)


async def open_person(
    tx: Tx,
    profile_id: ProfileId,
    *,
    purpose: str,
    actor: Actor,
    in_force: InForce,
    vault: Vault,
) -> PersonRead:
    """Open what a purpose needs of a person; decided and written down first (`Vault.open`).

    Raises:
        NoSuchProfile: there is no such profile.
        NotAllowed: the purpose is refused; commit the transaction, it holds the entry about it.
        NoKey: the person was erased.
    """
    joined = await queries.members(tx, profile_id=profile_id)
    if not joined:
        raise NoSuchProfile
    ids = [ProfileId(profile.profile_id) for profile in joined]
    attributes = await queries.attributes(tx, profile_ids=ids)
    identifiers = await queries.identifiers(tx, profile_ids=ids)
    needed_attributes = [a for a in attributes if _attribute_needed(a, purpose, in_force)]
    needed_identifiers = [i for i in identifiers if _identifier_needed(i, purpose, in_force)]
    fields = [_attribute_field(a, in_force) for a in needed_attributes]
    fields += [_identifier_field(i) for i in needed_identifiers]
    opened = await vault.open(tx, fields, purpose=purpose, actor=actor, about=ids)
    values = dict(zip(((f.place, f.profile_id, f.row) for f in fields), opened, strict=True))
    return PersonRead(
        head_id=ProfileId(joined[0].head_id),
        profiles=tuple(joined),
        facts=_facts(attributes, values, in_force, purpose),
        contacts=tuple(_contact(i, values) for i in identifiers),
    )


async def figures(tx: ReadTx) -> Figures:
    """Return what was unified, in numbers."""
    return await queries.figures(tx)


async def breakdown(tx: ReadTx) -> Breakdown:
    """Return people by how many profiles make them up, profiles by source, merges by rule."""
    return Breakdown(
        tuple(await queries.people_by_size(tx)),
        tuple(await queries.profiles_by_source(tx)),
        tuple(await queries.merges_by_rule(tx)),
    )


def _attribute_needed(row: SealedAttribute, purpose: str, in_force: InForce) -> bool:
    declared = in_force.attributes_by_id.get(row.attribute_id)
    return purpose == OWN_DATA or (declared is not None and purpose in declared.purposes)


def _identifier_needed(row: SealedIdentifier, purpose: str, in_force: InForce) -> bool:
    declared = in_force.identifiers.get(row.kind)
    return purpose == OWN_DATA or (declared is not None and purpose in declared.purposes)


def _attribute_field(row: SealedAttribute, in_force: InForce) -> SealedField:
    declared = in_force.attributes_by_id.get(row.attribute_id)
    return SealedField(
        name=declared.code if declared else f"attribute {row.attribute_id}",
        profile_id=ProfileId(row.profile_id),
        place=ATTRIBUTE,
        sealed=row.sealed,
        row=row_of(row.attribute_id, row.source_id),
    )


def _identifier_field(row: SealedIdentifier) -> SealedField:
    return SealedField(
        name=row.kind,
        profile_id=ProfileId(row.profile_id),
        place=IDENTIFIER,
        sealed=row.sealed,
        row=row.blind_index,
    )


def _facts(
    rows: Sequence[SealedAttribute],
    values: dict[Any, Pii[bytes]],
    in_force: InForce,
    purpose: str,
) -> tuple[Fact, ...]:
    """Group all answers by attribute and choose the one that survives."""
    answers: dict[str, list[Answer]] = {}
    for row in rows:
        declared = in_force.attributes_by_id.get(row.attribute_id)
        if declared is None:
            continue  # no longer declared: the retention sweep removes it
        place = (ATTRIBUTE, row.profile_id, row_of(row.attribute_id, row.source_id))
        answers.setdefault(declared.code, []).append(_answer(row, values.get(place), declared))
    facts: list[Fact] = []
    for attribute in in_force.document.attributes:
        if attribute.code in answers:
            taken, losers = survive(
                answers[attribute.code], attribute.survivorship, in_force.sources_by_id
            )
            if taken.is_empty and purpose != OWN_DATA:
                losers = ()  # set aside by the person: nobody else reads it
            facts.append(Fact(attribute.code, taken, losers))
    return tuple(facts)


def _answer(row: SealedAttribute, sealed: Pii[bytes] | None, declared: Attribute) -> Answer:
    is_empty = sealed == NOTHING
    return Answer(
        attribute=declared.code,
        value=None if sealed is None or is_empty else sealed.map(msgspec.json.decode),
        source_id=row.source_id,
        profile_id=row.profile_id,
        purposes=row.purposes,
        changed_by=row.changed_by,
        observed_at=row.observed_at,
        received_at=row.received_at,
        is_empty=is_empty,
    )


def _contact(row: SealedIdentifier, values: dict[Any, Pii[bytes]]) -> Contact:
    sealed = values.get((IDENTIFIER, row.profile_id, row.blind_index))
    return Contact(
        kind=row.kind,
        value=sealed.map(bytes.decode) if sealed else None,
        profile_id=row.profile_id,
        source_id=row.source_id,
        is_verified=row.is_verified,
        first_seen_at=row.first_seen_at,
    )
