"""Deciding, purely: allow or deny, with the reason.

Property tests hold the SQL gates in `queries/choices.sql` and `queries/preferences.sql` equal to
`decide` on every state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from candor.domain.catalogue.model import LegalBasis
from candor.domain.consent.model.choice import (
    Choice,
    Lapse,
    Record,
    Stance,
    lapse_of,
    latest,
    stance_of,
)
from candor.domain.consent.model.policy import (
    ChannelRule,
    Policy,
    TopicRule,
    hour_bit,
    knows_zone,
)
from candor.domain.consent.model.preference import Block, ChannelSignal, Reach, WishRow
from candor.domain.consent.model.state import Standing, State
from candor.kernel.ids import ProfileId


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
    NOTICE_CHANGED = "notice_changed"
    MINOR = "minor"
    OBJECTED = "objected"
    UNDECLARED_CHANNEL = "undeclared_channel"
    UNDECLARED_TOPIC = "undeclared_topic"
    NEEDS_TOPIC = "needs_topic"
    STOPPED = "stopped"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    BOUNCED = "bounced"
    TOPIC_CLOSED = "topic_closed"
    PAUSED = "paused"
    NO_CONTACT_POINT = "no_contact_point"
    TOO_OFTEN = "too_often"
    QUIET_HOURS = "quiet_hours"


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to do: follow a purpose, or send a message for it.

    A message names its channel; without a topic it is a transactional one.
    """

    profile_id: ProfileId
    purpose: str
    channel: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a profile when a message is decided: the fold, and the last message.

    `reach` is None where nobody spoke about the channel; `last_at` is the last message about the
    topic through it.
    """

    state: State | None
    reach: Reach | None = None
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Allow or deny, with the reason and the records that it rests on."""

    allowed: bool
    reason: Reason
    evidence: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision about a message with everything that it rests on, for people who ask why."""

    decision: Decision
    wishes: tuple[WishRow, ...] = ()
    signals: tuple[ChannelSignal, ...] = ()
    last_at: datetime | None = None


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


_BLOCKED: Final[Mapping[Block, Reason]] = {
    Block.STOP: Reason.STOPPED,
    Block.UNSUBSCRIBE: Reason.UNSUBSCRIBED,
    Block.COMPLAINT: Reason.COMPLAINED,
    Block.BOUNCE: Reason.BOUNCED,
}
# What nobody can write to, or was told to stop writing to, carries no transactional message.
HARD_BLOCKS: Final = frozenset({Block.STOP, Block.BOUNCE})
# What a message may rest on that marketing may not.
_TRANSACTIONAL: Final = frozenset({LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION})


def decide_message(facts: Facts, policy: Policy, ask: Ask, now: datetime) -> Decision:
    """Decide whether a message may leave at an instant.

    In order: the purpose (see `decide`) → channel declared and open → topic declared, of this
    purpose, and chosen → pause → contact point → frequency → quiet hours. A message without a
    topic is transactional: it needs a contract or a law behind it, and only what shuts the channel
    itself stops it. Unknown means no. Pure.
    """
    base = decide(facts.state, policy, ask.purpose, now)
    if not base.allowed or facts.state is None or ask.channel is None:
        return base if ask.topic is None or not base.allowed else _no(Reason.UNDECLARED_CHANNEL)
    channel = policy.channels.get(ask.channel)
    if channel is None:
        return _no(Reason.UNDECLARED_CHANNEL)
    if ask.topic is None:
        return _transactional(facts, facts.state, policy, ask, channel) or base
    topic = policy.topics.get(ask.topic)
    if topic is None or topic.purpose != ask.purpose:
        return _no(Reason.UNDECLARED_TOPIC)
    reason = _held_back(facts, facts.state, policy, channel, topic, now)
    return base if reason is None else _no(reason)


def _transactional(
    facts: Facts, state: State, policy: Policy, ask: Ask, channel: ChannelRule
) -> Decision | None:
    if policy.basis(policy.bits[ask.purpose], state.regime) not in _TRANSACTIONAL:
        return _no(Reason.NEEDS_TOPIC)
    blocked = facts.reach.blocked if facts.reach else None
    if blocked is not None and Block(blocked) in HARD_BLOCKS:
        return _no(_BLOCKED[Block(blocked)])
    if channel.point and not state.points & channel.point:
        return _no(Reason.NO_CONTACT_POINT)
    return None


def _held_back(
    facts: Facts,
    state: State,
    policy: Policy,
    channel: ChannelRule,
    topic: TopicRule,
    now: datetime,
) -> Reason | None:
    """Return why a message about a topic may not leave now, or None."""
    masks = facts.reach.masks if facts.reach else channel.silence
    gap = masks.gap(topic.bit)
    if facts.reach is not None and facts.reach.blocked is not None:
        return _BLOCKED[Block(facts.reach.blocked)]
    if not masks.topics >> topic.bit & 1:
        return Reason.TOPIC_CLOSED
    if state.paused_until > now:
        return Reason.PAUSED
    if channel.point and not state.points & channel.point:
        return Reason.NO_CONTACT_POINT
    if gap is not None and facts.last_at is not None and facts.last_at > now - gap:
        return Reason.TOO_OFTEN
    quiet = state.quiet_hours | (policy.loud_hours if channel.is_loud else 0)
    if quiet & hour_bit(zone_of(state, policy), now):
        return Reason.QUIET_HOURS
    return None


def zone_of(state: State, policy: Policy) -> str:
    """Return the time zone of a person; that of the company when it is unknown."""
    return state.zone if state.zone and knows_zone(state.zone) else policy.zone


def _no(reason: Reason) -> Decision:
    return Decision(allowed=False, reason=reason)


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


_LAPSED: Final[Mapping[Lapse | None, Reason]] = {
    None: Reason.EXPIRED,
    Lapse.EXPIRED: Reason.EXPIRED,
    Lapse.NOTICE_CHANGED: Reason.NOTICE_CHANGED,
    Lapse.MINOR: Reason.MINOR,
}


def explain(
    decision: Decision,
    records: Sequence[Record],
    purpose: str,
    members: frozenset[UUID],
    state: State | None,
    policy: Policy,
    now: datetime,
) -> Decision:
    """Return the decision with the records that it rests on, and the exact reason for a no."""
    bit = policy.bits.get(purpose)
    minor_until = state.minor_until if state else None
    own: dict[UUID, list[Record]] = {}
    for record in records:
        if record.purpose_id == bit:
            own.setdefault(record.profile_id, []).append(record)
    counting = [r for r in (latest(rs, members) for rs in own.values()) if r is not None]
    wanted = Stance.YES if decision.allowed else Stance.NO
    evidence = tuple(
        r for r in counting if stance_of(r, policy, minor_until, now) is wanted
    ) or tuple(counting)
    reason = decision.reason
    if reason in {Reason.NO_CONSENT, Reason.EXPIRED}:
        choices = {r.choice for r in evidence}
        if not evidence:
            reason = Reason.NEVER_ASKED
        elif Choice.WITHDRAWN in choices:
            reason = Reason.WITHDRAWN
        elif Choice.DENIED in choices:
            reason = Reason.DENIED
        else:
            last = max(evidence, key=lambda r: r.decided_at)
            reason = _LAPSED[lapse_of(last, policy, minor_until, now)]
    return replace(decision, reason=reason, evidence=evidence)
