"""Deciding, purely: allow or deny, with the reason.

A property test holds the SQL gate in `queries` equal to `decide` on every state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from candor.domain.catalogue.model import LegalBasis
from candor.domain.consent.model.choice import Choice, Record, Stance, latest, stance_of
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.state import Standing, State


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
class Decision:
    """Allow or deny, with the reason and the records that it rests on."""

    allowed: bool
    reason: Reason
    evidence: tuple[Record, ...] = ()


_WHEN_ALLOWED: Final[Mapping[LegalBasis | None, Reason]] = {
    LegalBasis.CONSENT: Reason.CONSENT,
    LegalBasis.CONTRACT: Reason.CONTRACT,
    LegalBasis.LEGAL_OBLIGATION: Reason.LEGAL_OBLIGATION,
    LegalBasis.LEGITIMATE_INTEREST: Reason.LEGITIMATE_INTEREST,
    LegalBasis.OPT_OUT: Reason.NOT_OBJECTED,
}


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
