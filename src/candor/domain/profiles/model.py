"""The pure part: who is one person, what may be merged, whose answer survives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from candor.domain.catalogue.model import Identifier, Source, Survivorship
from candor.kernel.pii import Pii

YOU: Final = "you"  # in `changed_by`: the person themselves said so
OWN_SOURCE: Final = 0  # the number under which a person's own answers stand
MERGES_PER_DAY: Final = 20  # of one person; more looks like a shared device or an attack


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile, part of the person whose head it points at."""

    profile_id: UUID
    head_id: UUID
    is_known: bool
    source_id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an identifier is."""

    kind: str
    blind_index: bytes
    profile_id: UUID
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A merge that stands: these two are one person."""

    profile_id: UUID
    other_id: UUID


@dataclass(frozen=True, slots=True)
class SealedIdentifier:
    """An identifier as the database keeps it."""

    profile_id: UUID
    kind: str
    blind_index: bytes
    sealed: bytes
    source_id: int
    is_verified: bool
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Indexed:
    """An identifier under some version of the index, as re-indexing needs it."""

    profile_id: UUID
    kind: str
    blind_index: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class SealedAttribute:
    """One source's answer as the database keeps it."""

    profile_id: UUID
    attribute_id: int
    source_id: int
    sealed: bytes
    purposes: int
    changed_by: str
    observed_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Merge:
    """One line of the journal."""

    profile_id: UUID
    merge_id: UUID
    other_id: UUID
    rule: str
    evidence: dict[str, Any]
    merged_at: datetime
    merged_by: str
    undone_at: datetime | None
    undone_by: str | None


@dataclass(frozen=True, slots=True)
class Review:
    """A question that a person must settle: are these two one?"""

    profile_id: UUID
    review_id: UUID
    other_id: UUID
    reason: str
    evidence: dict[str, Any]
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What one source says about one attribute; the value is None where it may not be read.

    A person may answer with nothing: none of what we know is right, or ours to know. Their
    answer is then empty and has no value, whoever reads it.
    """

    attribute: str
    value: Pii[Any] | None
    source_id: int
    profile_id: UUID
    purposes: int
    changed_by: str
    observed_at: datetime
    received_at: datetime
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """An attribute of a person: the answer that survived, and those that did not."""

    attribute: str
    answer: Answer
    losers: tuple[Answer, ...] = ()

    @property
    def is_own_word(self) -> bool:
        """Tell whether the person themselves said so."""
        return self.answer.changed_by == YOU


@dataclass(frozen=True, slots=True)
class Contact:
    """An identifier of a person, opened; the value is None where it may not be read."""

    kind: str
    value: Pii[str] | None
    profile_id: UUID
    source_id: int
    is_verified: bool
    first_seen_at: datetime


class Sighted(msgspec.Struct, frozen=True, gc=False):
    """One identifier as a source sent it, normalised."""

    kind: str
    index: bytes
    value: str
    is_verified: bool


class Sighting(msgspec.Struct, frozen=True, gc=False):
    """The identifiers that one event carries: first the one whose event it is."""

    identifiers: tuple[Sighted, ...]
    source_id: int
    source_code: str
    regime: str | None
    seen_at: datetime


class MergeRule(StrEnum):
    """Why two profiles were taken for one person."""

    SHARED = "shared_identifier"
    SIGNED_IN = "signed_in"
    ALIAS = "alias"
    BY_HAND = "by_hand"


class Course(StrEnum):
    """What to do with two profiles that share an identifier."""

    MERGE = "merge"
    REVIEW = "review"
    SEPARATE = "separate"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What to do, and why."""

    course: Course
    reason: str


@dataclass(slots=True)
class Person:
    """What the merge rule needs to know about one side. Grows as profiles join it."""

    profile_ids: set[UUID]
    is_known: bool
    identifiers: dict[str, int] = field(default_factory=dict[str, int])  # how many per kind
    apart_from: set[UUID] = field(default_factory=set[UUID])
    merges_today: int = 0

    def absorb(self, other: "Person") -> None:
        """Take another person in: they are one from now on."""
        self.profile_ids |= other.profile_ids
        self.is_known = self.is_known or other.is_known
        for kind, held in other.identifiers.items():
            self.identifiers[kind] = self.identifiers.get(kind, 0) + held
        self.apart_from |= other.apart_from
        self.merges_today += other.merges_today + 1


def rule_on(
    one: Person,
    other: Person,
    shared: Identifier,
    kinds: Mapping[str, Identifier],
    *,
    verified: bool,
) -> Ruling:
    """Decide whether two people that share an identifier are one.

    Args:
        one: the side whose identifier has the priority.
        other: the side that owns the shared identifier.
        shared: the kind of what they share.
        kinds: all kinds, for their limits.
        verified: some source vouches for the shared identifier, on both sightings.
    """
    if one.apart_from & other.profile_ids or other.apart_from & one.profile_ids:
        return Ruling(Course.SEPARATE, "kept_apart")
    if not shared.merges:
        return Ruling(Course.SEPARATE, "kind_does_not_merge")
    joins_history = not (one.is_known and other.is_known)
    too_many = any(
        one.identifiers.get(kind, 0) + other.identifiers.get(kind, 0) > rules.limit
        for kind, rules in kinds.items()
    )
    if not shared.names_person:
        # A device: the anonymous history joins who signs in; two known people share a device.
        if not joins_history:
            return Ruling(Course.SEPARATE, "shared_device")
        return (
            Ruling(Course.SEPARATE, "too_many_identifiers")
            if too_many
            else Ruling(Course.MERGE, MergeRule.SIGNED_IN)
        )
    if not verified:
        return Ruling(Course.REVIEW, "not_verified")
    if too_many:
        return Ruling(Course.REVIEW, "too_many_identifiers")
    if max(one.merges_today, other.merges_today) >= MERGES_PER_DAY:
        return Ruling(Course.REVIEW, "too_many_merges")
    return Ruling(Course.MERGE, MergeRule.SHARED)


def heads_of(profiles: Iterable[Profile], edges: Iterable[Edge]) -> dict[UUID, UUID]:
    """Return the head of every profile, from the edges alone.

    The head of a person is the known profile before the anonymous one, then the oldest; the id
    breaks ties. The result does not depend on the order of profiles or edges.
    """
    known = {profile.profile_id: profile for profile in profiles}
    above: dict[UUID, UUID] = {profile_id: profile_id for profile_id in known}

    def top(profile_id: UUID) -> UUID:
        while above[profile_id] != profile_id:
            above[profile_id] = above[above[profile_id]]
            profile_id = above[profile_id]
        return profile_id

    def rank(profile_id: UUID) -> tuple[bool, datetime, UUID]:
        profile = known[profile_id]
        return (not profile.is_known, profile.created_at, profile_id)

    for edge in edges:
        ends = sorted((top(edge.profile_id), top(edge.other_id)), key=rank)
        above[ends[1]] = ends[0]
    return {profile_id: top(profile_id) for profile_id in known}


def survive(
    answers: Sequence[Answer], rule: Survivorship, sources: Mapping[int, Source]
) -> tuple[Answer, tuple[Answer, ...]]:
    """Return the answer that is taken for the profile, and the others in order.

    What the person themselves said comes first; then by the rule: the source that is trusted
    most, or the answer that is youngest. The other criterion and then the ids break ties.
    """

    def rank(answer: Answer) -> tuple[bool, float, float, int, UUID]:
        trust = sources[answer.source_id].trust if answer.source_id in sources else 0
        age = answer.observed_at.timestamp()
        first, second = (trust, age) if rule is Survivorship.MOST_TRUSTED else (age, trust)
        place = (answer.source_id, answer.profile_id)
        return (answer.changed_by == YOU, first, second, *place)

    ordered = sorted(answers, key=rank, reverse=True)
    return ordered[0], tuple(ordered[1:])
