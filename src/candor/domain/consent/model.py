"""The pure part: folding choices into a mask, and deciding.

Two laws, held by property tests: folding is a function of the set of records (their order does
not matter), and the SQL gate in `queries.sql` equals `decide` on every state.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from candor.domain.catalogue.model import InForce, LegalBasis, Regime, days_of
from candor.kernel.units import mask_of

FOREVER: Final = datetime.max.replace(tzinfo=UTC)


class Choice(StrEnum):
    """What a person said about a purpose."""

    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class Standing(StrEnum):
    """What may be done with a profile at all."""

    ACTIVE = "active"
    RESTRICTED = "restricted"  # GDPR Art. 18: kept, not used
    ERASED = "erased"


class Reason(StrEnum):
    """Why a decision came out as it did."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    LEGITIMATE_INTEREST = "legitimate_interest"
    NOT_OBJECTED = "not_objected"
    OWN_DATA = "own_data"
    UNKNOWN_PROFILE = "unknown_profile"
    ERASED = "erased"
    RESTRICTED = "restricted"
    UNDECLARED_PURPOSE = "undeclared_purpose"
    NO_LEGAL_BASIS = "no_legal_basis"
    NEVER_ASKED = "never_asked"
    NO_CONSENT = "no_consent"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OBJECTED = "objected"


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


@dataclass(frozen=True, slots=True)
class State:
    """The fold for one profile; the same for all profiles of one person."""

    profile_id: UUID
    head_id: UUID
    standing: str
    regime: str | None
    allowed: int
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """Allow or deny, with the reason and the records that it rests on."""

    allowed: bool
    reason: Reason
    evidence: tuple[Record, ...] = ()


# How much each legal basis asks for; when the law is unknown, the most counts.
_STRICTNESS: Final = {
    LegalBasis.LEGAL_OBLIGATION: 0,
    LegalBasis.CONTRACT: 1,
    LegalBasis.LEGITIMATE_INTEREST: 2,
    LegalBasis.OPT_OUT: 3,
    LegalBasis.CONSENT: 4,
}
_WHEN_ALLOWED: Final[Mapping[LegalBasis | None, Reason]] = {
    LegalBasis.CONSENT: Reason.CONSENT,
    LegalBasis.CONTRACT: Reason.CONTRACT,
    LegalBasis.LEGAL_OBLIGATION: Reason.LEGAL_OBLIGATION,
    LegalBasis.LEGITIMATE_INTEREST: Reason.LEGITIMATE_INTEREST,
    LegalBasis.OPT_OUT: Reason.NOT_OBJECTED,
}


class Policy:
    """The catalogue as the gate needs it: for each purpose its bit and basis in each regime."""

    def __init__(self, in_force: InForce) -> None:
        """Work out the rules of a catalogue in force."""
        self.bits: dict[str, int] = dict(in_force.numbers.purposes)
        self._basis: dict[tuple[int, str | None], LegalBasis] = {}
        self.lasts_days: dict[int, int | None] = {}
        consent_bits: list[int] = []
        for purpose in in_force.document.purposes:
            bit = self.bits[purpose.code]
            self.lasts_days[bit] = days_of(purpose.consent_lasts)
            for regime, basis in purpose.basis.items():
                self._basis[bit, regime.value] = basis
            if LegalBasis.CONSENT in purpose.basis.values():
                consent_bits.append(bit)
            if purpose.basis.keys() >= set(Regime):
                strictest = max(purpose.basis.values(), key=_STRICTNESS.__getitem__)
                self._basis[bit, None] = strictest
            else:
                # No basis in some regime: where the law is unknown, that one may apply.
                self._without_basis_somewhere(bit, purpose.basis)
        self.consent_mask = mask_of(consent_bits)
        self.declared = frozenset(
            self.bits[purpose.code] for purpose in in_force.document.purposes
        )

    def _without_basis_somewhere(self, bit: int, known: Mapping[Regime, LegalBasis]) -> None:
        strictest = max(known.values(), key=_STRICTNESS.__getitem__, default=None)
        if strictest is LegalBasis.CONSENT:
            self._basis[bit, None] = strictest

    def basis(self, bit: int, regime: str | None) -> LegalBasis | None:
        """Return the legal basis of a purpose in a regime; None: there is none, so it is denied."""
        return self._basis.get((bit, regime))


@dataclass(frozen=True, slots=True)
class Rules:
    """The catalogue in force, and the policy that was worked out from it."""

    in_force: InForce
    policy: Policy


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


def stance_of(record: Record | None, now: datetime) -> Stance:
    """Return what a counting record says at an instant: a yes that ran out is silence."""
    if record is None:
        return Stance.SILENT
    if record.choice != Choice.GRANTED:
        return Stance.NO
    return Stance.SILENT if record.expires_at and record.expires_at <= now else Stance.YES


def fold(
    records: Sequence[Record],
    members: frozenset[UUID],
    policy: Policy,
    regime: str | None,
    now: datetime,
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
        stances = {stance_of(record, now) for record in counting}
        if not _permits(basis, stances):
            continue
        allowed.append(bit)
        if basis is LegalBasis.CONSENT:
            ends = [
                r.expires_at
                for r in counting
                if r.expires_at and stance_of(r, now) is Stance.YES
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


def in_effect(state: State, policy: Policy, now: datetime) -> int:
    """Return the mask of purposes that are allowed at an instant; the door gates events by it."""
    if state.standing != Standing.ACTIVE:
        return 0
    return state.allowed if state.valid_until > now else state.allowed & ~policy.consent_mask


def decide(state: State | None, policy: Policy, purpose: str, now: datetime) -> Decision:
    """Decide whether a purpose may be followed with a profile at an instant.

    In order: unknown → erased → restricted → declared → legal basis in the regime → the fold.
    Unknown means no. Pure; takes microseconds; says nothing about the profile but the reason.
    """
    if state is None:
        return Decision(allowed=False, reason=Reason.UNKNOWN_PROFILE)
    if state.standing == Standing.ERASED:
        return Decision(allowed=False, reason=Reason.ERASED)
    if state.standing != Standing.ACTIVE:
        return Decision(allowed=False, reason=Reason.RESTRICTED)
    bit = policy.bits.get(purpose)
    if bit is None or bit not in policy.declared:
        return Decision(allowed=False, reason=Reason.UNDECLARED_PURPOSE)
    # The mask was folded with the legal basis in hand (several profiles of one person may stand
    # under several laws); the basis here only tells the reason.
    basis = policy.basis(bit, state.regime)
    if in_effect(state, policy, now) >> bit & 1:
        return Decision(allowed=True, reason=_WHEN_ALLOWED.get(basis, Reason.CONSENT))
    return Decision(allowed=False, reason=_why_not(state, basis, bit))


def _why_not(state: State, basis: LegalBasis | None, bit: int) -> Reason:
    """Return why a declared purpose is not allowed with an active profile."""
    if state.allowed >> bit & 1:
        return Reason.EXPIRED
    match basis:
        case None:
            return Reason.NO_LEGAL_BASIS
        case LegalBasis.CONSENT:
            return Reason.NO_CONSENT
        case _:
            return Reason.OBJECTED


def explain(
    decision: Decision,
    records: Sequence[Record],
    bit: int | None,
    members: frozenset[UUID],
    now: datetime,
) -> Decision:
    """Return the decision with the records that it rests on, and the exact reason for a no."""
    own: dict[UUID, list[Record]] = {}
    for record in records:
        if record.purpose_id == bit:
            own.setdefault(record.profile_id, []).append(record)
    counting = [r for r in (latest(rs, members) for rs in own.values()) if r is not None]
    wanted = Stance.YES if decision.allowed else Stance.NO
    evidence = tuple(r for r in counting if stance_of(r, now) is wanted) or tuple(counting)
    reason = decision.reason
    if reason is Reason.NO_CONSENT:
        choices = {r.choice for r in evidence}
        if not evidence:
            reason = Reason.NEVER_ASKED
        elif Choice.WITHDRAWN in choices:
            reason = Reason.WITHDRAWN
        elif Choice.DENIED in choices:
            reason = Reason.DENIED
        else:
            reason = Reason.EXPIRED
    return Decision(decision.allowed, reason, evidence)
