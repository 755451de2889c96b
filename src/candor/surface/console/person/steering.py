"""What a person allows, how they want to be written to, and which law protects them.

Says codes, days and counts; nothing here is opened by the vault. Whoever reads it for a page
writes that down as `consent.explained`, under the stated purpose.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Outcome
from candor.domain.catalogue.model import Channel, Frequency, LegalBasis, Topic
from candor.domain.consent.model.choice import Choice, Record
from candor.domain.consent.model.decision import Decision, Reason
from candor.domain.consent.model.guardian import Guardian
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.preference import Block
from candor.domain.consent.model.state import State
from candor.domain.consent.service import gate, guardians, history, preferences
from candor.domain.consent.service.history import SignalLine, WishLine
from candor.domain.consent.service.preferences import Preferences
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.web.reading import show_date
from candor.kernel.ids import ProfileId
from candor.surface.console import saying, words
from candor.surface.console.desk import HOME, Desk, actor_of
from candor.surface.console.person.views import (
    AllowLine,
    AskForm,
    ChannelStand,
    GuardianLine,
    Protection,
    SaidLine,
    TopicCell,
    TopicRow,
    Writing,
)
from candor.surface.console.views import Option
from candor.surface.plain.visits import Visit, short

_PEOPLE: Final = f"{HOME}/people"
_NOTICES: Final = f"{HOME}/notices"
_TONES: Final[Mapping[str, str]] = {Choice.GRANTED: "good"}
_NO: Final = "no"
_FINGERPRINT: Final = 64  # signs of a notice's id
_ASKED: Final = frozenset({LegalBasis.CONSENT})


@dataclass(frozen=True, slots=True)
class Steering:
    """Everything that was read about how a person steers."""

    profile_id: ProfileId
    states: Mapping[ProfileId, State]  # of all profiles of the person
    decisions: Mapping[str, Decision]
    ask_after: Mapping[str, datetime]
    stands: Preferences | None
    wishes: Sequence[WishLine]
    signals: Sequence[SignalLine]
    guardians: Sequence[Guardian]
    now: datetime

    @property
    def regime(self) -> str | None:
        """Return the law of the person; None, the strictest, when their profiles differ."""
        found = {state.regime for state in self.states.values()}
        return found.pop() if len(found) == 1 else None


async def read(tx: ReadTx, profile_id: ProfileId, *, rules: Rules, now: datetime) -> Steering:
    """Read how a person steers."""
    ids = await gate.members(tx, profile_id)
    return Steering(
        profile_id=profile_id,
        states=await gate.states(tx, ids),
        decisions=await gate.explained(tx, profile_id, policy=rules.policy, now=now),
        ask_after=await gate.ask_again_at(tx, profile_id, policy=rules.policy, now=now),
        stands=await preferences.standing(tx, profile_id, policy=rules.policy),
        wishes=await history.lately_wished(tx, profile_ids=ids),
        signals=await history.lately_signalled(tx, profile_ids=ids),
        guardians=await guardians.guardians_of(tx, profile_id),
        now=now,
    )


async def write_down(
    desk: Desk,
    tx: Tx,
    visit: Visit,
    profile_id: ProfileId,
    purpose: str,
    *,
    refused: str | None = None,
    about: str | None = None,
) -> None:
    """Write into the log that somebody read what a person allows, or was refused.

    Args:
        desk: the console's tools.
        tx: the transaction of the reading.
        visit: who reads.
        profile_id: about whom.
        purpose: the stated one.
        refused: code of the reason, when nothing was shown.
        about: code of the purpose that the gate was asked about, when it was one.
    """
    await audit.record(
        tx,
        actor=actor_of(visit),
        action="consent.explained",
        clock=desk.clock,
        subjects=await desk.vault.pseudonyms(tx, [profile_id]) or (None,),
        purpose=purpose,
        outcome=Outcome.REFUSED if refused else Outcome.ALLOWED,
        reason=refused,
        detail={"about": about} if about else None,
    )


# -------------------------------------------------------------------------------- what they allow
def allows(steering: Steering, rules: Rules, *, may_capture: bool) -> tuple[AllowLine, ...]:
    """Return every purpose with its decision; call it inside `reading`."""
    return tuple(
        _allow(code, decision, steering, rules, may_capture=may_capture)
        for code, decision in steering.decisions.items()
        if code in rules.in_force.purposes
    )


def _allow(
    code: str, decision: Decision, steering: Steering, rules: Rules, *, may_capture: bool
) -> AllowLine:
    purpose = rules.in_force.purposes[code]
    basis = rules.policy.basis(rules.policy.bits[code], steering.regime)
    choices = f"{_PEOPLE}/{steering.profile_id}/choices" if may_capture else None
    return AllowLine(
        code=code,
        purpose=words.purpose(code).capitalize(),
        title=purpose.title(),
        is_allowed=decision.allowed,
        reason=words.reason(decision.reason),
        law=saying.law(basis),
        edition=purpose.edition if basis in _ASKED else None,
        lapsed=lapsed(decision, purpose.edition),
        ask_after=steering.ask_after.get(code),
        said=tuple(said(record, rules, choices) for record in newest(decision.evidence)),
    )


def newest(records: Iterable[Record]) -> list[Record]:
    """Return choices newest first, each once however many profiles it counts for."""
    each = {record.record_id: record for record in records}
    return sorted(each.values(), key=lambda record: record.decided_at, reverse=True)


def said(record: Record, rules: Rules, choices_url: str | None) -> SaidLine:
    """Return one choice; call it inside `reading`."""
    is_yes = record.choice == Choice.GRANTED
    return SaidLine(
        said=words.choice(record.choice),
        tone=_TONES.get(record.choice, _NO),
        at=record.decided_at,
        where=saying.where(record.surface, record.source_id, rules.in_force),
        until=record.expires_at if is_yes else None,
        edition=record.edition,
        by_guardian=record.guardian_id is not None,
        words_url=notice_url(record.notice),
        url=None if choices_url is None else f"{choices_url}/{record.record_id}",
    )


def notice_url(notice: str | None) -> str | None:
    """Return where the words of a record are; earlier ones may name a version only."""
    if notice is None or len(notice) != _FINGERPRINT or set(notice) - set("0123456789abcdef"):
        return None
    return f"{_NOTICES}/{notice}"


def lapsed(decision: Decision, edition: int) -> str | None:
    """Return a sentence about a yes that counts no more; call it inside `reading`."""
    last = next(iter(newest(decision.evidence)), None)
    if last is None:
        return None
    day = show_date(last.decided_at)
    match decision.reason:
        case Reason.NOTICE_CHANGED:
            return (
                f"Their yes of {day} was to edition {last.edition}; edition {edition} is in "
                "force. It counts as silence until they are asked again."
            )
        case Reason.EXPIRED if last.expires_at is not None:
            return (
                f"Their yes of {day} ran out on {show_date(last.expires_at)}. It counts as "
                "silence until they are asked again."
            )
        case Reason.MINOR:
            return f"They said yes on {day} as a minor. Only a guardian’s yes counts."
        case _:
            return None


# ------------------------------------------------------------------------- how to write to them
def writing(steering: Steering, rules: Rules) -> Writing:
    """Return how they want to be written to; call it inside `reading`."""
    stands = steering.stands
    document = rules.in_force.document
    paused = stands.paused_until if stands else None
    gpc = [one.decided_at for one in steering.signals if one.kind == "gpc"]
    return Writing(
        channels=tuple(_channel(one, steering, rules) for one in document.channels),
        topics=tuple(_topic(one, steering, rules) for one in document.topics),
        paused_until=paused if paused is not None and paused > steering.now else None,
        quiet=saying.quiet(stands.quiet_hours if stands else 0),
        zone=stands.zone if stands else rules.policy.zone,
        is_own_zone=stands.has_own_zone if stands else False,
        sends_gpc=stands.sends_gpc if stands else False,
        gpc_at=max(gpc, default=None),
    )


def _channel(channel: Channel, steering: Steering, rules: Rules) -> ChannelStand:
    stands = steering.stands
    block = stands.blocked.get(channel.code) if stands else None
    return ChannelStand(
        title=channel.title(),
        is_reachable=stands is not None and channel.code in stands.reachable,
        blocked=None if block is None else saying.block(block),
        blocked_at=None
        if block is None
        else blocked_at(steering.signals, block, rules.policy.channels[channel.code].bit),
    )


def blocked_at(signals: Iterable[SignalLine], block: Block, channel: int) -> datetime | None:
    """Return when a channel was closed."""
    days = [s.decided_at for s in signals if s.kind == block and s.channel_id == channel]
    return max(days, default=None)


def _topic(topic: Topic, steering: Steering, rules: Rules) -> TopicRow:
    decision = steering.decisions.get(topic.purpose)
    return TopicRow(
        title=topic.title(),
        purpose=words.purpose(topic.purpose),
        is_allowed=decision is not None and decision.allowed,
        cells=tuple(
            _cell(topic, channel, steering, rules)
            for channel in rules.in_force.document.channels
        ),
    )


def _cell(topic: Topic, channel: Channel, steering: Steering, rules: Rules) -> TopicCell:
    stands = steering.stands
    found = stands.frequencies.get((topic.code, channel.code)) if stands else None
    place = (rules.policy.topics[topic.code].bit, rules.policy.channels[channel.code].bit)
    said_at = [
        wish.decided_at
        for wish in steering.wishes
        if wish.kind == "topic" and (wish.topic_id, wish.channel_id) == place
    ]
    return TopicCell(
        channel=channel.title(),
        frequency=None if found is None else saying.frequency(found),
        is_open=found is not None and found is not Frequency.NEVER,
        said_at=max(said_at, default=None),
    )


# ------------------------------------------------------------------------------ the law, guardians
def protection(steering: Steering, *, purpose: str, may_change: bool) -> Protection:
    """Return which law protects them, and who says yes for them."""
    until = max(
        (s.minor_until for s in steering.states.values() if s.minor_until is not None),
        default=None,
    )
    back = urlencode({"purpose": purpose})
    url = f"{_PEOPLE}/{steering.profile_id}/regime?{back}"
    return Protection(
        regime=saying.regime(steering.regime),
        differs=len({state.regime for state in steering.states.values()}) > 1,
        is_minor=until is not None and steering.now.date() < until,
        minor_until=until,
        guardians=tuple(
            GuardianLine(
                code=short(one.guardian_id),
                url=f"{_PEOPLE}/{one.guardian_id}",
                since=one.since,
                ended_at=one.ended_at,
                proof=one.proof,
            )
            for one in steering.guardians
        ),
        change_url=url if may_change else None,
    )


# ------------------------------------------------------------------------------------- the form
def ask_form(
    profile_id: UUID, stated: str, rules: Rules, chosen: Mapping[str, str] | None = None
) -> AskForm:
    """Return the form that asks the gate."""
    document = rules.in_force.document
    chosen = chosen or {}
    return AskForm(
        url=f"{_PEOPLE}/{profile_id}/ask",
        stated=stated,
        purposes=tuple(
            Option(one.code, words.purpose(one.code).capitalize()) for one in document.purposes
        ),
        channels=tuple(Option(one.code, one.title()) for one in document.channels),
        topics=tuple(
            Option(one.code, f"{one.title()} ({words.purpose(one.purpose)})")
            for one in document.topics
        ),
        about=chosen.get("about") or None,
        channel=chosen.get("channel") or None,
        topic=chosen.get("topic") or None,
    )
