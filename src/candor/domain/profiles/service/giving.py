"""Giving a person what is known about who they are (GDPR Art. 15, 20): each source's own answer.

Of other people nothing is given: a merge says by which kind of thing two records were taken for
one person, not whose the other was; what members of staff did stands under "staff".
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final
from uuid import UUID

import msgspec

from candor.domain.catalogue import service as catalogue
from candor.domain.catalogue.model import Attribute, InForce
from candor.domain.profiles import queries
from candor.domain.profiles.model import (
    YOU,
    Answer,
    Merge,
    Profile,
    SealedAttribute,
    SealedIdentifier,
    survive,
)
from candor.domain.profiles.service.keep import ATTRIBUTE, NOTHING, row_of
from candor.domain.profiles.service.resolve import IDENTIFIER
from candor.infra.db.pool import ReadTx
from candor.infra.holder import (
    Batch,
    Column,
    Exported,
    Kind,
    Opener,
    Origin,
    Row,
    Section,
    instant,
)
from candor.infra.web.reading import message
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

_PLACE: Final = Column("place", Kind.WORDS, message("Where it came from"))
_PURPOSES: Final = Column("purposes", Kind.PURPOSES, message("What for"))
_SOURCE: Final = Column("source", Kind.CODE)
_PROFILE: Final = Column("profile_id")
EXPORTED: Final = (
    Exported(
        "profiles.attribute",
        Section.FACTS,
        Origin.PROVIDED,
        message("Each fact, as each source gave it"),
        (
            _PROFILE,
            Column("attribute", Kind.CODE),
            Column("title", Kind.WORDS, message("Fact")),
            Column("value", Kind.VALUE, message("Value"), holds=("sealed",)),
            Column("counts", Kind.BOOLEAN, message("We go by it")),
            Column("is_set_aside", Kind.BOOLEAN),
            Column("origin", Kind.CODE, message("How we know")),
            _SOURCE,
            _PLACE,
            Column("changed_by", Kind.CODE),
            Column("observed_at", Kind.INSTANT, message("When")),
            Column("received_at", Kind.INSTANT),
            _PURPOSES,
            Column("retention", Kind.CODE),
        ),
    ),
    Exported(
        "profiles.identifier",
        Section.FACTS,
        Origin.PROVIDED,
        message("How our systems recognise you"),
        (
            _PROFILE,
            Column("kind", Kind.CODE),
            Column("title", Kind.WORDS, message("What")),
            Column("value", Kind.TEXT, message("Value"), holds=("sealed",)),
            Column("is_verified", Kind.BOOLEAN, message("Confirmed")),
            _SOURCE,
            _PLACE,
            Column("first_seen_at", Kind.INSTANT, message("When")),
            _PURPOSES,
        ),
    ),
    Exported(
        "profiles.profile",
        Section.FACTS,
        Origin.OURS,
        message("Records that make up yours"),
        (
            Column("profile_id", Kind.TEXT, message("Record")),
            Column("is_known", Kind.BOOLEAN),
            _SOURCE,
            _PLACE,
            Column("created_at", Kind.INSTANT, message("Begun")),
        ),
    ),
    Exported(
        "profiles.merge",
        Section.FACTS,
        Origin.INFERRED,
        message("Why we took these records for one person"),
        (
            Column("rule", Kind.CODE, message("Why")),
            Column("shared", Kind.CODE, message("What they share")),
            Column("merged_at", Kind.INSTANT, message("When")),
            Column("merged_by", Kind.CODE),
            Column("undone_at", Kind.INSTANT, message("Undone")),
            Column("undone_by", Kind.CODE),
        ),
    ),
)


async def give(
    tx: ReadTx, members: Sequence[ProfileId], opener: Opener
) -> AsyncIterator[Batch]:
    """Give all that is known about who a person is, in the order of `EXPORTED`."""
    in_force = await catalogue.current(tx)
    attributes = await queries.attributes(tx, profile_ids=members)
    yield Batch("profiles.attribute", _attributes(attributes, opener, in_force))
    identifiers = await queries.identifiers(tx, profile_ids=members)
    yield Batch(
        "profiles.identifier", [_identifier(row, opener, in_force) for row in identifiers]
    )
    profiles = await queries.profiles(tx, profile_ids=members)
    yield Batch("profiles.profile", [_profile(row, in_force) for row in profiles])
    merges = await queries.journal(tx, profile_ids=members)
    yield Batch("profiles.merge", [_merge(row, in_force) for row in merges])


def _attributes(
    rows: Sequence[SealedAttribute], opener: Opener, in_force: InForce
) -> list[Row]:
    opened = [
        opener(
            ATTRIBUTE.table,
            ATTRIBUTE.column,
            ProfileId(row.profile_id),
            row.sealed,
            row_of(row.attribute_id, row.source_id),
        )
        for row in rows
    ]
    chosen = _chosen(rows, opened, in_force)
    return [
        _attribute(row, value, in_force, counts=_key(row) in chosen)
        for row, value in zip(rows, opened, strict=True)
    ]


def _key(row: SealedAttribute) -> tuple[int, UUID, int]:
    return row.attribute_id, row.profile_id, row.source_id


def _chosen(
    rows: Sequence[SealedAttribute], opened: Sequence[Pii[bytes]], in_force: InForce
) -> set[tuple[int, UUID, int]]:
    """Return the answers that survive, by attribute, profile and source."""
    answers: dict[int, list[Answer]] = {}
    for row, value in zip(rows, opened, strict=True):
        answers.setdefault(row.attribute_id, []).append(
            Answer(
                attribute=str(row.attribute_id),
                value=value,
                source_id=row.source_id,
                profile_id=row.profile_id,
                purposes=row.purposes,
                changed_by=row.changed_by,
                observed_at=row.observed_at,
                received_at=row.received_at,
                is_empty=value == NOTHING,
            )
        )
    found: set[tuple[int, UUID, int]] = set()
    for attribute_id, given in answers.items():
        declared = in_force.attributes_by_id.get(attribute_id)
        if declared is not None:
            taken, _ = survive(given, declared.survivorship, in_force.sources_by_id)
            found.add((attribute_id, taken.profile_id, taken.source_id))
    return found


def _attribute(
    row: SealedAttribute, value: Pii[bytes], in_force: InForce, *, counts: bool
) -> Row:
    declared = in_force.attributes_by_id.get(row.attribute_id)
    return {
        "profile_id": str(row.profile_id),
        "attribute": declared.code if declared else f"attribute_{row.attribute_id}",
        "title": declared.title if declared else None,
        "value": value.map(msgspec.json.decode),
        "counts": counts,
        "is_set_aside": value == NOTHING,
        "origin": _origin(declared, row.changed_by),
        "source": in_force.source_code(row.source_id),
        "place": in_force.place(row.source_id),
        "changed_by": who(row.changed_by, in_force),
        "observed_at": instant(row.observed_at),
        "received_at": instant(row.received_at),
        "purposes": in_force.codes_of(row.purposes),
        "retention": declared.retention if declared else None,
    }


def _origin(declared: Attribute | None, changed_by: str) -> str:
    if declared is None or declared.is_inferred:
        return Origin.PROVIDED if changed_by == YOU else Origin.INFERRED
    return Origin.PROVIDED


def _identifier(row: SealedIdentifier, opener: Opener, in_force: InForce) -> Row:
    declared = in_force.identifiers.get(row.kind)
    value = opener(
        IDENTIFIER.table,
        IDENTIFIER.column,
        ProfileId(row.profile_id),
        row.sealed,
        row.blind_index,
    )
    return {
        "profile_id": str(row.profile_id),
        "kind": row.kind,
        "title": declared.title if declared else row.kind,
        "value": value.map(bytes.decode),
        "is_verified": row.is_verified,
        "source": in_force.source_code(row.source_id),
        "place": in_force.place(row.source_id),
        "first_seen_at": instant(row.first_seen_at),
        "purposes": list(declared.purposes) if declared else [],
    }


def _profile(row: Profile, in_force: InForce) -> Row:
    return {
        "profile_id": str(row.profile_id),
        "is_known": row.is_known,
        "source": in_force.source_code(row.source_id),
        "place": in_force.place(row.source_id),
        "created_at": instant(row.created_at),
    }


def _merge(row: Merge, in_force: InForce) -> Row:
    shared = row.evidence.get("kind")
    return {
        "rule": row.rule,
        "shared": str(shared) if shared else None,
        "merged_at": instant(row.merged_at),
        "merged_by": who(row.merged_by, in_force),
        "undone_at": instant(row.undone_at),
        "undone_by": None if row.undone_by is None else who(row.undone_by, in_force),
    }


def who(by: str, in_force: InForce) -> str:
    """Return who did something without naming a member of staff (Art. 15(4))."""
    return by if by in {YOU, "machine"} or by in in_force.sources else "staff"
