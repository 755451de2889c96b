"""The statements of profiles: one typed function each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.profiles.model import (
    Edge,
    Indexed,
    Merge,
    Owner,
    Profile,
    Review,
    SealedAttribute,
    SealedIdentifier,
)
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class Held:
    """How many identifiers of a kind a person has."""

    head_id: UUID
    kind: str
    held: int


@dataclass(frozen=True, slots=True)
class Merged:
    """How many merges a person had."""

    head_id: UUID
    merges: int


@dataclass(frozen=True, slots=True)
class ByRule:
    """How many merges stand, and were undone, for a rule and a kind."""

    rule: str
    kind: str
    merges: int
    undone: int


@dataclass(frozen=True, slots=True)
class BySize:
    """How many people are made of so many profiles."""

    profiles: int
    people: int


@dataclass(frozen=True, slots=True)
class BySource:
    """How many profiles a source brought first."""

    source_id: int
    profiles: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many questions are open, and since when the oldest is."""

    reviews: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Companion:
    """A profile that belongs to the same person as the one that was named."""

    named_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class Figures:
    """What was unified, in numbers."""

    profiles: int
    people: int
    known_people: int
    merges: int
    unmerges: int


@dataclass(frozen=True, slots=True)
class VerifiedKinds:
    """The kinds of verified identifiers that one profile has."""

    profile_id: UUID
    kinds: list[str]


_sql: Final = load(__file__)
_SHARES_VERIFIED: Final = _sql.rows("shares_verified", bool)
_OWNERS: Final = _sql.rows("owners", Owner)
_INSERT_PROFILES: Final = _sql.command("insert_profiles")
_INSERT_IDENTIFIERS: Final = _sql.command("insert_identifiers")
_MARK_VERIFIED: Final = _sql.command("mark_verified")
_OLDER_IDENTIFIERS: Final = _sql.rows("older_identifiers", Indexed)
_REINDEX: Final = _sql.command("reindex")
_COUNT_OLDER: Final = _sql.rows("count_older", int)
_DROP_KEYLESS: Final = _sql.command("drop_keyless")
_MARK_KNOWN: Final = _sql.command("mark_known")
_COUNT_IDENTIFIERS: Final = _sql.rows("count_identifiers", Held)
_PROFILES: Final = _sql.rows("profiles", Profile)
_LOCK_MEMBERS: Final = _sql.rows("lock_members", Profile)
_MEMBERS: Final = _sql.rows("members", Profile)
_EDGES: Final = _sql.rows("edges", Edge)
_SET_HEADS: Final = _sql.command("set_heads")
_INSERT_MERGES: Final = _sql.command("insert_merges")
_FIND_MERGE: Final = _sql.rows("find_merge", Merge)
_UNDO_MERGE: Final = _sql.command("undo_merge")
_JOURNAL: Final = _sql.rows("journal", Merge)
_MERGES_SINCE: Final = _sql.rows("merges_since", Merged)
_APART: Final = _sql.rows("apart", Edge)
_INSERT_APART: Final = _sql.command("insert_apart")
_DELETE_APART: Final = _sql.command("delete_apart")
_INSERT_REVIEW: Final = _sql.command("insert_review")
_OPEN_REVIEWS: Final = _sql.rows("open_reviews", Review)
_FIND_REVIEW: Final = _sql.rows("find_review", Review)
_SETTLE_REVIEW: Final = _sql.command("settle_review")
_SETTLE_ANSWERED: Final = _sql.command("settle_answered")
_IDENTIFIERS: Final = _sql.rows("identifiers", SealedIdentifier)
_ATTRIBUTES: Final = _sql.rows("attributes", SealedAttribute)
_KEPT_FOR: Final = _sql.rows("kept_for", SealedAttribute)
_USE_FOR: Final = _sql.rows("use_for", UUID)
_PUT_ATTRIBUTES: Final = _sql.command("put_attributes")
_TAKE_BACK: Final = _sql.command("take_back")
_FIGURES: Final = _sql.rows("figures", Figures)
_MERGES_BY_RULE: Final = _sql.rows("merges_by_rule", ByRule)
_PEOPLE_BY_SIZE: Final = _sql.rows("people_by_size", BySize)
_PROFILES_BY_SOURCE: Final = _sql.rows("profiles_by_source", BySource)
_WAITING_REVIEWS: Final = _sql.rows("waiting_reviews", Waiting)
_COMPANIONS: Final = _sql.rows("companions", Companion)
_DELETE_IDENTIFIERS: Final = _sql.command("delete_identifiers")
_DELETE_ATTRIBUTES: Final = _sql.command("delete_attributes")
_DELETE_REVIEWS: Final = _sql.command("delete_reviews")
_BLANK_EVIDENCE: Final = _sql.command("blank_evidence")
_DELETE_APARTS: Final = _sql.command("delete_aparts")
_INSERT_TOMBSTONES: Final = _sql.command("insert_tombstones")
_TOMBSTONES: Final = _sql.rows("tombstones", bytes)
_COUNT_REFUSED: Final = _sql.command("count_refused")
_LIFT_TOMBSTONES: Final = _sql.command("lift_tombstones")
_VERIFIED_KINDS: Final = _sql.rows("verified_kinds", VerifiedKinds)
_VERIFIED_KINDS_OF: Final = _sql.rows("verified_kinds_of", VerifiedKinds)


async def owners(tx: ReadTx, *, kinds: Sequence[str], indexes: Sequence[bytes]) -> list[Owner]:
    """Return whose these identifiers are."""
    return await tx.all(_OWNERS, {"kinds": list(kinds), "indexes": list(indexes)})


async def shares_verified(
    tx: ReadTx, *, profile_ids: Sequence[UUID], kinds: Sequence[str]
) -> bool:
    """Tell whether somebody else shares a verified identifier of a kind with these profiles."""
    params = {"profile_ids": list(profile_ids), "kinds": list(kinds)}
    return bool(await tx.value(_SHARES_VERIFIED, params))


async def insert_profiles(tx: Tx, columns: Mapping[str, Any]) -> None:
    """Begin profiles, given as one list per column."""
    await tx.run(_INSERT_PROFILES, columns)


async def insert_identifiers(tx: Tx, columns: Mapping[str, Any]) -> None:
    """Give profiles identifiers that nobody has yet, given as one list per column."""
    await tx.run(_INSERT_IDENTIFIERS, columns)


async def mark_verified(
    tx: Tx, *, kinds: Sequence[str], indexes: Sequence[bytes], older: Sequence[bytes]
) -> None:
    """Note that a source vouches for identifiers, each given by both indexes it may stand under."""
    await tx.run(
        _MARK_VERIFIED,
        {"kinds": list(kinds), "indexes": list(indexes), "older": list(older)},
    )


async def older_identifiers(
    tx: Tx, *, version: int, after: tuple[UUID, str, bytes], at_most: int
) -> list[Indexed]:
    """Return and lock the next identifiers under an older version of the index."""
    profile_id, kind, blind_index = after
    return await tx.all(
        _OLDER_IDENTIFIERS,
        {
            "version": version,
            "profile_id": profile_id,
            "kind": kind,
            "blind_index": blind_index,
            "at_most": at_most,
        },
    )


async def reindex(
    tx: Tx,
    *,
    version: int,
    rows: Sequence[Indexed],
    indexes: Sequence[bytes],
    sealed: Sequence[bytes],
) -> int:
    """Put identifiers under another version of the index; return how many."""
    return await tx.run(
        _REINDEX,
        {
            "version": version,
            "profile_ids": [row.profile_id for row in rows],
            "kinds": [row.kind for row in rows],
            "older": [row.blind_index for row in rows],
            "indexes": list(indexes),
            "sealed": list(sealed),
        },
    )


async def count_older(tx: ReadTx, *, version: int) -> int:
    """Return how many identifiers stand under an older version of the index."""
    return await tx.value(_COUNT_OLDER, {"version": version}) or 0


async def drop_keyless(tx: Tx, *, version: int, profile_ids: Sequence[UUID]) -> int:
    """Delete older identifiers of profiles whose key is gone: nobody can read them."""
    return await tx.run(_DROP_KEYLESS, {"version": version, "profile_ids": list(profile_ids)})


async def mark_known(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Note that profiles have an identifier that names a person; return how many are new."""
    return await tx.run(_MARK_KNOWN, {"profile_ids": list(profile_ids)})


async def count_identifiers(tx: ReadTx, *, head_ids: Sequence[UUID]) -> list[Held]:
    """Return how many identifiers of each kind people have."""
    return await tx.all(_COUNT_IDENTIFIERS, {"head_ids": list(head_ids)})


async def profiles(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[Profile]:
    """Return these profiles."""
    return await tx.all(_PROFILES, {"profile_ids": list(profile_ids)})


async def lock_members(tx: Tx, *, head_ids: Sequence[UUID]) -> list[Profile]:
    """Return and lock all profiles of the people of these heads."""
    return await tx.all(_LOCK_MEMBERS, {"head_ids": list(head_ids)})


async def members(tx: ReadTx, *, profile_id: UUID) -> list[Profile]:
    """Return all profiles of the person that a profile is part of."""
    return await tx.all(_MEMBERS, {"profile_id": profile_id})


async def edges(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[Edge]:
    """Return the merges that stand between these profiles."""
    return await tx.all(_EDGES, {"profile_ids": list(profile_ids)})


async def set_heads(tx: Tx, *, heads: Mapping[UUID, UUID]) -> None:
    """Point profiles at their heads."""
    await tx.run(_SET_HEADS, {"profile_ids": list(heads), "head_ids": list(heads.values())})


async def insert_merges(tx: Tx, columns: Mapping[str, Any]) -> None:
    """Write merges into the journal, given as one list per column."""
    await tx.run(_INSERT_MERGES, columns)


async def find_merge(tx: ReadTx, *, merge_id: UUID) -> Merge | None:
    """Return one merge."""
    return await tx.maybe(_FIND_MERGE, {"merge_id": merge_id})


async def undo_merge(tx: Tx, *, merge_id: UUID, at: datetime, by: str) -> int:
    """Mark a merge as undone; return 0 when it was already."""
    return await tx.run(_UNDO_MERGE, {"merge_id": merge_id, "at": at, "by": by})


async def journal(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[Merge]:
    """Return all merges that these profiles were part of, newest first."""
    return await tx.all(_JOURNAL, {"profile_ids": list(profile_ids)})


async def merges_since(
    tx: ReadTx, *, head_ids: Sequence[UUID], since: datetime
) -> list[Merged]:
    """Return how many merges each of these people had since an instant."""
    return await tx.all(_MERGES_SINCE, {"head_ids": list(head_ids), "since": since})


async def apart(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[Edge]:
    """Return the pairs that were found to be different people, among these."""
    return await tx.all(_APART, {"profile_ids": list(profile_ids)})


async def insert_apart(
    tx: Tx, *, profile_id: UUID, other_id: UUID, at: datetime, by: str
) -> None:
    """Note that two profiles are different people; the smaller id comes first."""
    params = {"profile_id": profile_id, "other_id": other_id, "at": at, "by": by}
    await tx.run(_INSERT_APART, params)


async def delete_apart(tx: Tx, *, profile_id: UUID, other_id: UUID) -> None:
    """Forget that two profiles were found to be different people."""
    await tx.run(_DELETE_APART, {"profile_id": profile_id, "other_id": other_id})


async def insert_review(
    tx: Tx,
    *,
    profile_id: UUID,
    review_id: UUID,
    other_id: UUID,
    reason: str,
    evidence: str,
    at: datetime,
) -> int:
    """Ask whether two profiles are one person; return 0 when the question is open already."""
    params: dict[str, Any] = {
        "profile_id": profile_id,
        "review_id": review_id,
        "other_id": other_id,
        "reason": reason,
        "evidence": evidence,
        "at": at,
    }
    return await tx.run(_INSERT_REVIEW, params)


async def open_reviews(tx: ReadTx, *, after: UUID, at_most: int) -> list[Review]:
    """Return open questions, oldest first."""
    return await tx.all(_OPEN_REVIEWS, {"after": after, "at_most": at_most})


async def find_review(tx: Tx, *, review_id: UUID) -> Review | None:
    """Return and lock an open question."""
    return await tx.maybe(_FIND_REVIEW, {"review_id": review_id})


async def settle_review(
    tx: Tx, *, review_id: UUID, outcome: str, at: datetime, by: str
) -> None:
    """Settle a question."""
    params = {"review_id": review_id, "outcome": outcome, "at": at, "by": by}
    await tx.run(_SETTLE_REVIEW, params)


async def settle_answered(tx: Tx, *, profile_ids: Sequence[UUID], at: datetime, by: str) -> int:
    """Settle open questions whose two sides became one person; return how many."""
    params = {"profile_ids": list(profile_ids), "at": at, "by": by}
    return await tx.run(_SETTLE_ANSWERED, params)


async def identifiers(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[SealedIdentifier]:
    """Return the identifiers of these profiles, sealed."""
    return await tx.all(_IDENTIFIERS, {"profile_ids": list(profile_ids)})


async def attributes(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[SealedAttribute]:
    """Return every source's answers about these profiles, sealed."""
    return await tx.all(_ATTRIBUTES, {"profile_ids": list(profile_ids)})


async def kept_for(
    tx: ReadTx, *, bit: int, after: tuple[UUID, int, int], at_most: int
) -> list[SealedAttribute]:
    """Return answers that are kept for any of these purposes, after one by its key."""
    params: dict[str, Any] = {
        "bit": bit,
        "profile_id": after[0],
        "attribute_id": after[1],
        "source_id": after[2],
        "at_most": at_most,
    }
    return await tx.all(_KEPT_FOR, params)


async def use_for(
    tx: Tx, rows: Sequence[SealedAttribute], *, added: int, taken: int
) -> list[UUID]:
    """Change for which purposes answers may be used; return whose changed, once per answer."""
    params: dict[str, Any] = {
        "profile_ids": [row.profile_id for row in rows],
        "attribute_ids": [row.attribute_id for row in rows],
        "source_ids": [row.source_id for row in rows],
        "added": added,
        "taken": taken,
    }
    return await tx.values(_USE_FOR, params)


async def put_attributes(tx: Tx, columns: Mapping[str, Any]) -> None:
    """Keep each source's youngest answers, given as one list per column."""
    await tx.run(_PUT_ATTRIBUTES, columns)


async def take_back(
    tx: Tx, *, profile_ids: Sequence[UUID], attribute_id: int, source_id: int
) -> int:
    """Take the person's own answer about one attribute back; return how many there were."""
    params: dict[str, Any] = {
        "profile_ids": list(profile_ids),
        "attribute_id": attribute_id,
        "source_id": source_id,
    }
    return await tx.run(_TAKE_BACK, params)


async def figures(tx: ReadTx) -> Figures:
    """Return what was unified, in numbers."""
    return await tx.one(_FIGURES)


async def merges_by_rule(tx: ReadTx) -> list[ByRule]:
    """Return how many merges stand, and were undone, for each rule and kind."""
    return await tx.all(_MERGES_BY_RULE)


async def people_by_size(tx: ReadTx) -> list[BySize]:
    """Return how many people are made of so many profiles."""
    return await tx.all(_PEOPLE_BY_SIZE)


async def profiles_by_source(tx: ReadTx) -> list[BySource]:
    """Return how many profiles each source brought first."""
    return await tx.all(_PROFILES_BY_SOURCE)


async def waiting_reviews(tx: ReadTx) -> Waiting:
    """Return how many questions are open, and since when the oldest is."""
    return await tx.one(_WAITING_REVIEWS)


async def companions(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[Companion]:
    """Return, for each of these profiles, all profiles of its person."""
    return await tx.all(_COMPANIONS, {"profile_ids": list(profile_ids)})


async def delete_identifiers(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Erase identifiers; return how many."""
    return await tx.run(_DELETE_IDENTIFIERS, {"profile_ids": list(profile_ids)})


async def delete_attributes(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Erase attributes; return how many."""
    return await tx.run(_DELETE_ATTRIBUTES, {"profile_ids": list(profile_ids)})


async def delete_reviews(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Erase questions; return how many."""
    return await tx.run(_DELETE_REVIEWS, {"profile_ids": list(profile_ids)})


async def verified_kinds(tx: ReadTx, *, after: UUID, at_most: int) -> list[VerifiedKinds]:
    """Return some profiles after another, with the kinds of their verified identifiers."""
    return await tx.all(_VERIFIED_KINDS, {"after": after, "at_most": at_most})


async def verified_kinds_of(tx: ReadTx, *, profile_ids: Sequence[UUID]) -> list[VerifiedKinds]:
    """Return these profiles, with the kinds of their verified identifiers."""
    return await tx.all(_VERIFIED_KINDS_OF, {"profile_ids": list(profile_ids)})


async def blank_evidence(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Take from the merges of these profiles by what they were found; return how many had it."""
    return await tx.run(_BLANK_EVIDENCE, {"profile_ids": list(profile_ids)})


async def delete_aparts(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Forget of these profiles who they are not; return how often that was noted."""
    return await tx.run(_DELETE_APARTS, {"profile_ids": list(profile_ids)})


async def insert_tombstones(
    tx: Tx, *, kinds: Sequence[str], marks: Sequence[bytes], at: datetime
) -> int:
    """Put up tombstones, each once; return how many are new."""
    return await tx.run(
        _INSERT_TOMBSTONES, {"kinds": list(kinds), "marks": list(marks), "at": at}
    )


async def tombstones(
    tx: ReadTx, *, kinds: Sequence[str], marks: Sequence[bytes]
) -> list[bytes]:
    """Return which of these marks are on a tombstone."""
    return await tx.values(_TOMBSTONES, {"kinds": list(kinds), "marks": list(marks)})


async def count_refused(tx: Tx, *, marks: Sequence[bytes], refused: Sequence[int]) -> None:
    """Count what was refused for tombstones. Give the marks in one order, for locks."""
    await tx.run(_COUNT_REFUSED, {"marks": list(marks), "refused": list(refused)})


async def lift_tombstones(tx: Tx, *, kinds: Sequence[str], marks: Sequence[bytes]) -> int:
    """Take tombstones away; return how many stood."""
    return await tx.run(_LIFT_TOMBSTONES, {"kinds": list(kinds), "marks": list(marks)})
