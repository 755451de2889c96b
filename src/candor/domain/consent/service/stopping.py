"""Stopping messages from a message, and many things at once; and taking that back.

Whoever stops something here has proved that they hold the message (`links`) or is signed in.
Doing it twice is harmless. Taking it back works only while nothing newer was said, so that an
old page can never overrule a later no.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Frequency
from candor.domain.consent.model.choice import Choice, evidence_of
from candor.domain.consent.model.history import ChoiceLine, WishLine
from candor.domain.consent.model.notice import ShownNotice
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.preference import Pause, TopicWish
from candor.domain.consent.model.state import Standing
from candor.domain.consent.queries import choices as stored
from candor.domain.consent.service import choices, gate, history, preferences
from candor.domain.consent.service.choices import Statement
from candor.domain.consent.service.folding import lock
from candor.domain.consent.service.links import Stop
from candor.domain.consent.service.preferences import Said
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId, new_id

PAUSE: Final = timedelta(days=30)
_FREQUENCIES: Final = tuple(Frequency)


class Way(StrEnum):
    """How much of a message's kind should stop."""

    TOPIC = "topic"  # this topic on this channel
    ALL = "all"  # everything for this purpose
    PAUSE = "pause"  # every message that is not about an order, for a month


class Undo(msgspec.Struct, array_like=True, frozen=True):
    """What an act changed, to be taken back: numbers only, for a signed link."""

    at: int  # when it was said, in microseconds since 1970
    purposes: tuple[int, ...] = ()  # a yes stood before
    topics: tuple[
        tuple[int, int, int], ...
    ] = ()  # topic, channel, place of the frequency before
    paused_until: int | None = None  # seconds; the end of the pause before, 0 for none

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to take back."""
        return not (self.purposes or self.topics or self.paused_until is not None)


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts and where, with what acting needs.

    `words` are those that the page showed, by purpose, where it showed them all.
    """

    actor: Actor
    surface: str
    vault: Vault
    policy: Policy
    clock: Clock
    locale: str | None = None
    evidence: Mapping[str, str] | None = None
    words: Mapping[int, ShownNotice] = field(default_factory=dict[int, ShownNotice])


async def is_there(tx: ReadTx, profile_id: ProfileId) -> bool:
    """Tell whether there is still somebody: an erased person has nothing left to stop."""
    state = (await gate.states(tx, [profile_id])).get(profile_id)
    return state is not None and state.standing != Standing.ERASED


async def stop(tx: Tx, profile_id: ProfileId, asked: Stop, way: Way, hand: Hand) -> Undo:
    """Stop what a message was sent for; return how to take it back. Audited, published."""
    if way is Way.PAUSE:
        return await _pause(tx, profile_id, hand)
    if way is Way.ALL or asked.topic_id is None:
        return await refuse(tx, profile_id, [asked.purpose_id], hand)
    return await close(tx, profile_id, [asked.topic_id], hand, channel_id=asked.channel_id)


async def refuse(tx: Tx, profile_id: ProfileId, purpose_ids: Sequence[int], hand: Hand) -> Undo:
    """Say no to purposes that are not refused yet; return how to take it back.

    What only another profile of the person refused is refused anew: should the two be separated,
    this no stays with both. Locks the person, so that nothing is said between looking and saying.
    """
    members, now = await _locked(tx, profile_id, hand)
    newest = await _newest_choices(tx, members)
    counting = {
        (one.profile_id, one.purpose_id): one.choice
        for one in await stored.counting_records(tx, profile_ids=members)
    }
    said: list[Statement] = []
    taken: list[int] = []
    for bit in purpose_ids:
        own = [counting.get((member, bit)) for member in members]
        if all(choice not in {None, Choice.GRANTED} for choice in own):
            continue
        choice = Choice.WITHDRAWN if Choice.GRANTED in own else Choice.DENIED
        said.append(_statement(profile_id, bit, choice, now, hand))
        if _can_come_back(newest.get(bit), now):
            taken.append(bit)
    await choices.record(
        tx, said, actor=hand.actor, vault=hand.vault, policy=hand.policy, clock=hand.clock
    )
    return Undo(_micro(now), purposes=tuple(taken))


async def close(
    tx: Tx,
    profile_id: ProfileId,
    topic_ids: Sequence[int],
    hand: Hand,
    *,
    channel_id: int | None = None,
) -> Undo:
    """Close topics on one channel, or on all that they come through; return how to undo it.

    Locks the person. What another profile of theirs may have closed is closed anew: see `refuse`.
    """
    members, now = await _locked(tx, profile_id, hand)
    newest = _newest_wishes(await history.lately_wished(tx, profile_ids=members))
    is_alone = len(members) == 1
    said: list[Said] = []
    before: list[tuple[int, int, int]] = []
    for topic in hand.policy.topics.values():
        if topic.bit not in topic_ids:
            continue
        for channel in sorted(topic.offered) if channel_id is None else [channel_id]:
            wish = newest.get((topic.bit, channel))
            silent = topic.defaults.get(channel, Frequency.NEVER)
            frequency = Frequency(wish.frequency or silent) if wish else silent
            is_closed = frequency is Frequency.NEVER and (wish or channel_id is None)
            if is_closed and is_alone:
                continue
            said.append(
                _said(profile_id, TopicWish(topic.bit, channel, Frequency.NEVER), now, hand)
            )
            if not is_closed:
                before.append((topic.bit, channel, _FREQUENCIES.index(frequency)))
    await _prefer(tx, said, hand)
    return Undo(_micro(now), topics=tuple(before))


async def undo(tx: Tx, profile_id: ProfileId, act: Undo, hand: Hand) -> bool:
    """Say again what stood before an act, where nothing newer was said; tell whether any was.

    A yes comes back as it was given: with the words and the edition that it was given to, over
    the signal of a browser if it was, and until when it would have lasted. One that ran out does
    not come back. Locks the person.
    """
    members, now = await _locked(tx, profile_id, hand)
    at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=act.at)
    statements: list[Statement] = []
    lines = await history.lately_chosen(tx, profile_ids=members, at_most=2)
    by_place = {(line.purpose_id, line.place): line for line in lines}
    for bit in act.purposes:
        newest, former = by_place.get((bit, 1)), by_place.get((bit, 2))
        if newest and former and newest.decided_at == at and _can_come_back(former, now):
            statements.append(_again(profile_id, former, now, hand))
    wished = await history.lately_wished(tx, profile_ids=members)
    wishes = _newest_wishes(wished)
    said: list[Said] = []
    for topic, channel, place in act.topics:
        wish = wishes.get((topic, channel))
        if wish and wish.decided_at == at:
            frequency = _FREQUENCIES[place]
            said.append(_said(profile_id, TopicWish(topic, channel, frequency), now, hand))
    pause = next((line for line in wished if line.kind == "pause"), None)
    if act.paused_until is not None and pause and pause.decided_at == at:
        until = datetime.fromtimestamp(act.paused_until, UTC)
        said.append(_said(profile_id, Pause(max(until, now)), now, hand))
    await choices.record(
        tx,
        statements,
        actor=hand.actor,
        vault=hand.vault,
        policy=hand.policy,
        clock=hand.clock,
    )
    await _prefer(tx, said, hand)
    return bool(statements or said)


async def _pause(tx: Tx, profile_id: ProfileId, hand: Hand) -> Undo:
    members, now = await _locked(tx, profile_id, hand)
    wished = await history.lately_wished(tx, profile_ids=members)
    pause = next((line for line in wished if line.kind == "pause"), None)
    before = pause.until if pause and pause.until and pause.until > now else None
    until = now + PAUSE
    if before is not None and before >= until - timedelta(days=1):
        return Undo(_micro(now))  # it is paused for as long already
    await _prefer(tx, [_said(profile_id, Pause(until), now, hand)], hand)
    return Undo(_micro(now), paused_until=int(before.timestamp()) if before else 0)


async def _locked(
    tx: Tx, profile_id: ProfileId, hand: Hand
) -> tuple[list[ProfileId], datetime]:
    """Lock a person; return their profiles, and the moment at which they act."""
    locked = await lock(tx, [profile_id])
    return [ProfileId(state.profile_id) for state in locked], hand.clock.now()


def _can_come_back(line: ChoiceLine | None, now: datetime) -> bool:
    """Tell whether a choice is a yes that has not run out."""
    if line is None or line.choice != Choice.GRANTED:
        return False
    return line.expires_at is None or line.expires_at > now


async def _prefer(tx: Tx, said: Sequence[Said], hand: Hand) -> None:
    await preferences.prefer(
        tx, said, actor=hand.actor, vault=hand.vault, policy=hand.policy, clock=hand.clock
    )


async def _newest_choices(tx: ReadTx, members: Sequence[ProfileId]) -> dict[int, ChoiceLine]:
    lines = await history.lately_chosen(tx, profile_ids=members, at_most=1)
    return {line.purpose_id: line for line in lines}


def _newest_wishes(lines: Sequence[WishLine]) -> dict[tuple[int, int], WishLine]:
    return {
        (line.topic_id, line.channel_id): line
        for line in lines
        if line.topic_id is not None and line.channel_id is not None
    }


def _statement(
    profile_id: ProfileId, bit: int, choice: Choice, at: datetime, hand: Hand
) -> Statement:
    shown = hand.words.get(bit)
    return Statement(
        record_id=new_id(),
        via=profile_id,
        purpose_id=bit,
        choice=choice,
        decided_at=at,
        surface=hand.surface,
        notice=shown.notice_id if shown else None,
        locale=shown.locale if shown else hand.locale,
        edition=hand.policy.editions.get(bit, 1),
        evidence=_evidence(hand),
    )


def _again(profile_id: ProfileId, former: ChoiceLine, at: datetime, hand: Hand) -> Statement:
    """Return a yes once more, as it was given: also over the signal of a browser, if so."""
    proof = {"said_again": str(former.record_id)}
    return Statement(
        record_id=new_id(),
        via=profile_id,
        purpose_id=former.purpose_id,
        choice=Choice.GRANTED,
        decided_at=at,
        surface=hand.surface,
        notice=former.notice,
        locale=former.locale,
        edition=former.edition,
        evidence=evidence_of(proof, is_over_gpc=former.is_over_gpc),
        lasts_until=former.expires_at,
    )


def _said(profile_id: ProfileId, wish: TopicWish | Pause, at: datetime, hand: Hand) -> Said:
    return Said(
        wish_id=new_id(),
        via=profile_id,
        wish=wish,
        decided_at=at,
        surface=hand.surface,
        locale=hand.locale,
        evidence=_evidence(hand),
    )


def _evidence(hand: Hand) -> str:
    return evidence_of(hand.evidence)


def _micro(at: datetime) -> int:
    """Return an instant in microseconds, exactly: a float would lose the last of them."""
    return (at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
