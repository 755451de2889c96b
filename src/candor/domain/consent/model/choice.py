"""Choices, and how they fold into a mask of allowed purposes.

Folding is a function of the set of records: their order does not matter. A property test holds
that law.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from candor.domain.catalogue.model import LegalBasis
from candor.domain.consent.model.policy import Policy
from candor.kernel.units import mask_of

FOREVER: Final = datetime.max.replace(tzinfo=UTC)


class Choice(StrEnum):
    """What a person said about a purpose."""

    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Record:
    """One immutable choice, as it counts for one profile."""

    profile_id: UUID
    record_id: UUID
    via_profile_id: UUID
    purpose_id: int
    choice: str
    decided_at: datetime
    recorded_at: datetime
    expires_at: datetime | None
    surface: str
    source_id: int | None
    notice: str | None
    locale: str | None
    edition: int
    guardian_id: UUID | None


def evidence_of(codes: Mapping[str, str] | None = None, *, is_over_gpc: bool = False) -> str:
    """Return what proves a choice, as a record keeps it: JSON of codes and ids, no free text.

    `is_over_gpc`: a yes of somebody who was told what their browser's signal says, and said it all
    the same (11 CCR 7025(c)); only such a yes stands beside Global Privacy Control.
    """
    proof: dict[str, str | bool] = {**(codes or {})}
    if is_over_gpc:
        proof["over_gpc"] = True
    return msgspec.json.encode(proof).decode()


class Stance(StrEnum):
    """What one profile's records say about one purpose."""

    YES = "yes"
    NO = "no"
    SILENT = "silent"


def latest(records: Iterable[Record], members: frozenset[UUID]) -> Record | None:
    """Return the record that counts of one profile about one purpose.

    The latest by time of choice; on a tie the one that says no. A yes that was given through a
    profile which is not (or no longer) part of the person does not count: it was another's.
    """
    counted = [r for r in records if r.choice != Choice.GRANTED or r.via_profile_id in members]
    return max(
        counted,
        key=lambda r: (r.decided_at, r.choice != Choice.GRANTED, r.record_id),
        default=None,
    )


class Lapse(StrEnum):
    """Why a yes no longer counts, or never did."""

    EXPIRED = "expired"
    NOTICE_CHANGED = "notice_changed"
    MINOR = "minor"


def lapse_of(
    record: Record, policy: Policy, minor_until: date | None, now: datetime
) -> Lapse | None:
    """Return why a yes does not count at an instant; None: it does.

    A yes of somebody who was a minor when they said it counts only from a guardian (GDPR
    Art. 8(1)); one to an earlier edition of the words must be asked for again (Art. 4(11):
    consent is informed).
    """
    if (
        minor_until is not None
        and record.guardian_id is None
        and record.decided_at.date() < minor_until
    ):
        return Lapse.MINOR
    if record.edition < policy.editions.get(record.purpose_id, 1):
        return Lapse.NOTICE_CHANGED
    return Lapse.EXPIRED if record.expires_at and record.expires_at <= now else None


def stance_of(
    record: Record | None, policy: Policy, minor_until: date | None, now: datetime
) -> Stance:
    """Return what a counting record says at an instant: a yes that lapsed is silence."""
    if record is None:
        return Stance.SILENT
    if record.choice != Choice.GRANTED:
        return Stance.NO
    return Stance.YES if lapse_of(record, policy, minor_until, now) is None else Stance.SILENT


def fold(
    records: Sequence[Record],
    members: frozenset[UUID],
    policy: Policy,
    regime: str | None,
    now: datetime,
    minor_until: date | None = None,
) -> tuple[int, datetime]:
    """Fold all records of one person into a mask of allowed purposes and its last instant.

    Each profile speaks for itself; a no of any of them is the person's no. Silence is not a
    refusal, and never a consent: a purpose that needs consent needs a yes and no no.

    Returns:
        the mask, and the instant when the first yes in it runs out (`FOREVER` when none does).
    """
    grouped: dict[tuple[int, UUID], list[Record]] = {}
    for record in records:
        grouped.setdefault((record.purpose_id, record.profile_id), []).append(record)
    by_purpose: dict[int, list[Record]] = {}
    for (bit, _), own in grouped.items():
        counted = latest(own, members)
        if counted is not None:
            by_purpose.setdefault(bit, []).append(counted)
    allowed: list[int] = []
    valid_until = FOREVER
    for bit in policy.declared:
        basis = policy.basis(bit, regime)
        counting = by_purpose.get(bit, [])
        stances = {stance_of(record, policy, minor_until, now) for record in counting}
        if not _permits(basis, stances):
            continue
        allowed.append(bit)
        if basis is LegalBasis.CONSENT:
            ends = [
                r.expires_at
                for r in counting
                if r.expires_at and stance_of(r, policy, minor_until, now) is Stance.YES
            ]
            valid_until = min([valid_until, *ends])
    return mask_of(allowed), valid_until


def _permits(basis: LegalBasis | None, stances: set[Stance]) -> bool:
    match basis:
        case None:
            return False
        case LegalBasis.CONTRACT | LegalBasis.LEGAL_OBLIGATION:
            return True
        case LegalBasis.LEGITIMATE_INTEREST | LegalBasis.OPT_OUT:
            return Stance.NO not in stances
        case LegalBasis.CONSENT:
            return Stance.YES in stances and Stance.NO not in stances
