"""Hearing another system: whose it is, what is news in it, and whose word counts.

For some people at a time: find whose each record is, say at the door what is news (and who is
new), then, in one transaction under the locks of the open deliveries, the links and the people,
in this order, weigh the choices and write down what both sides agree on now. Whatever is heard
again after a crash comes to the same: messages are remembered in that transaction, and calls at
the door have the same name again.

What was news makes a delivery due, which finds out whether anything must be told back.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.catalogue.model import Frequency, Purpose
from candor.domain.connections.adapters.line import Mirror
from candor.domain.connections.model.connection import Connection, Field, State, What
from candor.domain.connections.model.delivery import Rank
from candor.domain.connections.model.hearing import (
    Outcome,
    Said,
    Standing,
    Weighed,
    is_known,
    is_late,
    weigh_choices,
)
from candor.domain.connections.model.talk import Heard
from candor.domain.connections.queries import hearing as stored
from candor.domain.connections.queries.hearing import LinkRow, OpenRow
from candor.domain.connections.service import routing
from candor.domain.connections.service.exchange import Exchange, Lock
from candor.domain.connections.service.placing import ACTOR, One, Placing
from candor.domain.consent.model import state as states
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.preference import TopicWish
from candor.domain.consent.service import choices, preferences, signals, words
from candor.domain.consent.service.choices import Statement
from candor.domain.consent.service.signals import Signal
from candor.domain.consent.service.words import Word, Words
from candor.infra.db.errors import DeadlockDetected, SerializationFailure, UniqueViolation
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId

_AT_ONCE: Final = 200
_TRIES: Final = 6
_MAIL: Final = "email"  # how identifiers are normalised that mail can be sent to
_CLASHES: Final = (UniqueViolation, DeadlockDetected, SerializationFailure)


@dataclass(slots=True)
class _Spoken:
    """What is to be written down of some people, and which of them must be told."""

    statements: list[Statement] = field(default_factory=list[Statement])
    wishes: list[preferences.Said] = field(default_factory=list[preferences.Said])
    signals: list[Signal] = field(default_factory=list[Signal])
    due: dict[ProfileId, Rank] = field(default_factory=dict[ProfileId, Rank])
    under_way: Mapping[UUID, OpenRow] = field(default_factory=dict[UUID, OpenRow])


async def hear(
    exchange: Exchange,
    connection: Connection,
    heard: Sequence[Heard],
    *,
    surface: str | None = None,
    read_at: datetime | None = None,
    whose: Sequence[ProfileId] = (),
    is_compared: bool = False,
) -> Counter[str]:
    """Hear what another system says about people; return how often what came of it.

    Commits; harmless to repeat with the same. Writes choices, an audit entry per transaction, and
    deliveries that are due now.

    Args:
        exchange: what connections are worked with.
        connection: which one.
        heard: what it says, in the order in which it said it.
        surface: where choices were made, as the history shows it; else `connection <code>`.
        read_at: when reading these records began, where they were read; None: they were sent.
        whose: whom each is about, where that is known: in the answer to a delivery.
        is_compared: this is a comparison: nobody new is begun, and what differs counts although
            it was agreed.

    Raises:
        Unavailable: the database or the door is away; nothing of the last slice counts.
    """
    counts: Counter[str] = Counter()
    known: list[ProfileId | None] = [*whose] or [
        ProfileId(one.profile_id) if one.profile_id else None for one in heard
    ]
    work = _Hearing(exchange, connection, surface, read_at, is_compared=is_compared)
    for start in range(0, len(heard), _AT_ONCE):
        end = start + _AT_ONCE
        counts += await work.hear(heard[start:end], known[start:end])
    return counts


async def count(
    exchange: Exchange, connection_id: UUID, outcome: Outcome, number: int = 1
) -> None:
    """Count a call of another system that was not heard."""
    async with exchange.database.tx() as tx:
        await stored.count_heard(
            tx, connection_id=connection_id, counts={outcome: number}, at=exchange.clock.now()
        )


class _Hearing:
    """One hearing of one connection."""

    def __init__(
        self,
        exchange: Exchange,
        connection: Connection,
        surface: str | None,
        read_at: datetime | None,
        *,
        is_compared: bool,
    ) -> None:
        self._exchange = exchange
        self._connection = connection
        self._id = connection.connection_id
        self._surface = surface or f"connection {connection.code}"
        self._read_at = read_at
        self._is_compared = is_compared
        self._lock: Lock = exchange.lock(connection)
        self._placing = Placing(exchange, connection, read_at, is_compared=is_compared)

    async def hear(
        self, heard: Sequence[Heard], whose: Sequence[ProfileId | None]
    ) -> Counter[str]:
        """Hear a slice."""
        ones = [self._one(said, owner) for said, owner in zip(heard, whose, strict=True)]
        counts: Counter[str] = Counter()
        async with self._exchange.database.read() as tx:
            rules = await self._exchange.rulebook.rules(tx)
            number = len(ones)
            ones = await self._fresh(tx, ones)
            await self._placing.place(tx, ones, rules)
            ones = await self._changed(tx, ones)
        again = Counter({Outcome.AGAIN.value: number - len(ones)})
        await self._placing.knock(ones, rules)
        for group in _apart(one for one in ones if one.owner is not None):
            counts += await self._settle(group, rules)
        lost = Counter(
            outcome.value for one in ones if one.owner is None for outcome in one.outcomes
        )
        await self._count(lost + again)
        return counts + lost + again

    def _one(self, heard: Heard, owner: ProfileId | None) -> One:
        key = self._lock.message_key(heard.message_id) if heard.message_id else None
        index = self._lock.index(heard.remote_id) if heard.remote_id else None
        return One(heard, key, index, owner)

    async def _fresh(self, tx: ReadTx, ones: Sequence[One]) -> list[One]:
        """Return those whose message was not taken before, the same one once."""
        keys = {one.key for one in ones if one.key}
        seen = set(await stored.heard_messages(tx, connection_id=self._id, keys=sorted(keys)))
        fresh: list[One] = []
        for one in ones:
            if one.key is not None and one.key in seen:
                continue
            if one.key is not None:
                seen.add(one.key)
            fresh.append(one)
        return fresh

    async def _changed(self, tx: ReadTx, ones: Sequence[One]) -> list[One]:
        """Leave out what was read before, word for word, and came to nothing then.

        Most of what a reader with an overlap reads is that. Not where anything was sent there since
        and not acknowledged, nor where a page says two things of one person.
        """
        if self._read_at is None or self._is_compared:
            return [*ones]
        times = Counter(one.owner for one in ones)
        same = {
            one.link.profile_id
            for one in ones
            if one.link is not None
            and times[one.owner] == 1
            and one.link.heard_as is not None
            and bytes(one.link.heard_as) == self._as_heard(one)
        }
        same -= await stored.tried_of(tx, connection_id=self._id, profile_ids=sorted(same))
        return [one for one in ones if one.link is None or one.link.profile_id not in same]

    def _as_heard(self, one: One) -> bytes:
        return self._lock.record(one.heard, self._connection.edition)

    # -------------------------------------------------------------- what counts
    async def _settle(self, ones: Sequence[One], rules: Rules) -> Counter[str]:
        """Settle people who are each another, again where somebody else was quicker."""
        for attempt in range(_TRIES):
            try:
                return await self._settle_once(ones, rules)
            except _CLASHES:
                await asyncio.sleep(0.005 * 2**attempt)
            except Unavailable as away:
                if not isinstance(away.__cause__, _CLASHES):
                    raise
                await asyncio.sleep(0.005 * 2**attempt)
        return await self._settle_once(ones, rules)

    async def _settle_once(self, ones: Sequence[One], rules: Rules) -> Counter[str]:
        exchange, now = self._exchange, self._exchange.clock.now()
        counts: Counter[str] = Counter()
        spoken = _Spoken()
        async with exchange.database.tx() as tx:
            keys = [one.key for one in ones if one.key is not None]
            fresh = await stored.remember_messages(
                tx, connection_id=self._id, keys=keys, at=now
            )
            owners = sorted({one.owner for one in ones if one.owner})
            spoken.under_way = await stored.lock_open(
                tx, connection_id=self._id, profile_ids=owners
            )
            links = {
                ProfileId(row.profile_id): row
                for row in await stored.lock_links(
                    tx, connection_id=self._id, profile_ids=owners
                )
            }
            people = await words.locked(tx, owners, policy=rules.policy, now=now)
            for one in ones:
                if one.key is not None and one.key not in fresh:
                    counts[Outcome.AGAIN] += 1
                    continue
                person = people.get(one.owner) if one.owner else None
                link = links.get(one.owner) if one.owner else None
                counts.update(await self._weigh(tx, one, person, link, spoken, rules))
            await self._write(tx, spoken, rules)
            await stored.count_heard(tx, connection_id=self._id, counts=counts, at=now)
            await self._note(tx, counts)
        return counts

    async def _weigh(
        self,
        tx: Tx,
        one: One,
        person: Words | None,
        link: LinkRow | None,
        spoken: _Spoken,
        rules: Rules,
    ) -> list[str]:
        """Weigh what is said of one person under the locks; return what came of it."""
        now, heard = self._exchange.clock.now(), one.heard
        if person is None or one.owner is None:
            return [Outcome.UNKNOWN]
        if person.standing is states.Standing.ERASED:
            spoken.due[one.owner] = Rank.MIND  # they hold somebody who is to be gone
            return [Outcome.ERASED]
        if heard.is_removed:
            await stored.let_go(tx, connection_id=self._id, profile_id=one.owner, at=now)
            return [Outcome.REMOVED]
        is_theirs = link is not None and link.removed_at is None
        is_other = (
            is_theirs
            and link is not None
            and one.index is not None
            and bytes(link.remote_index) != one.index
        )
        under_way = spoken.under_way.get(one.owner)
        base = dict(link.base) if link is not None and is_theirs and not is_other else {}
        weighed = weigh_choices(
            self._connection,
            heard,
            base,
            self._lock.mark,
            self._standing(person, rules),
            now=now,
            is_late=is_late(link.told_at if link else None, self._read_at),
            told_at=link.told_at if link else None,
            refused=_times(link),
            is_compared=self._is_compared and under_way is None,
            tried=under_way.tried if under_way else frozenset(),
            unsure=_unsure(under_way, link),
        )
        for said in weighed.choices:
            self._say(said, one.owner, person, spoken, rules)
        heard_signals = self._signals(one, rules)
        spoken.signals += heard_signals
        agreed = _agreed(base, one.weighed, weighed)
        if not is_other:
            same_again = is_known(self._connection, heard, agreed, one.weighed, weighed)
            heard_as = self._as_heard(one) if same_again and not one.outcomes else None
            await self._remember(tx, one, link if is_theirs else None, agreed, heard_as)
        if one.weighed.is_due or weighed.is_due:
            rank = Rank.MIND if weighed.is_mind else Rank.FACT
            spoken.due[one.owner] = min(rank, spoken.due.get(one.owner, rank))
        outcomes = [*one.outcomes, *one.weighed.outcomes, *weighed.outcomes]
        outcomes += [Outcome.TAKEN] * len(heard_signals)
        noted = [heard.note] if heard.note else []
        return [*(outcome.value for outcome in outcomes), *noted]

    def _standing(self, person: Words, rules: Rules) -> dict[str, Standing]:
        """Return what stands about each mapped choice, by the name there."""
        found: dict[str, Standing] = {}
        for one in self._connection.mapping:
            if not one.is_choice:
                continue
            words_ = person.purposes if one.what is What.PURPOSE else person.topics
            word: Word | None = words_.get(one.name)
            if word is not None:
                found[one.there] = Standing(
                    answer=word.is_yes,
                    is_no=word.is_no,
                    said_at=word.said_at,
                    can_refuse=word.can_refuse,
                    may_bring_yes=one.is_in and self._is_believed(one, rules),
                    is_withheld=word.is_withheld,
                )
        return found

    def _is_believed(self, one: Field, rules: Rules) -> bool:
        """Tell whether a yes may come from there: not one that a mail must confirm first.

        A source that has checked addresses itself has confirmed it.
        """
        in_force, source = rules.in_force, self._connection.source
        code = one.name
        if one.what is What.TOPIC:
            code = in_force.topics[one.name.partition("/")[0]].purpose
        purpose: Purpose | None = in_force.purposes.get(code)
        if purpose is None or source not in in_force.sources:
            return False
        mails = {
            k for k, declared in in_force.identifiers.items() if declared.normalise == _MAIL
        }
        is_vouched = bool(mails & {*in_force.sources[source].verifies})
        return not purpose.confirm or is_vouched

    def _say(
        self, said: Said, via: ProfileId, person: Words, spoken: _Spoken, rules: Rules
    ) -> None:
        """Put a choice down as the person's."""
        choice_id = self._name(via, said.field.there, said.answer, said.decided_at)
        source_id = self._source_id(rules)
        if said.field.what is What.TOPIC:
            spoken.wishes.append(
                preferences.Said(
                    wish_id=choice_id,
                    via=via,
                    wish=_wish(said, rules),
                    decided_at=said.decided_at,
                    surface=self._surface,
                    source_id=source_id,
                )
            )
            return
        bit = rules.policy.bits[said.field.name]
        word = person.purposes[said.field.name]
        no = Choice.WITHDRAWN if word.is_yes and word.said_at else Choice.DENIED
        spoken.statements.append(
            Statement(
                record_id=choice_id,
                via=via,
                purpose_id=bit,
                choice=Choice.GRANTED if said.answer else no,
                decided_at=said.decided_at,
                surface=self._surface,
                source_id=source_id,
                edition=rules.policy.editions.get(bit, 1),
            )
        )

    def _signals(self, one: One, rules: Rules) -> list[Signal]:
        """Return what is said about channels of ours; an undeclared one says nothing."""
        heard, now = one.heard, self._exchange.clock.now()
        at = min(heard.signalled_at or heard.changed_at or now, now)
        found: list[Signal] = []
        for kind, channel in heard.signals:
            rule = rules.policy.channels.get(channel)
            if rule is None or one.owner is None:
                one.outcomes.append(Outcome.REFUSED)
                continue
            found.append(
                Signal(
                    signal_id=self._name(one.owner, kind, channel, heard.message_id or at),
                    via=one.owner,
                    kind=kind,
                    decided_at=at,
                    surface=self._surface,
                    source_id=self._source_id(rules),
                    channel_id=rule.bit,
                )
            )
        return found

    async def _remember(
        self,
        tx: Tx,
        one: One,
        link: LinkRow | None,
        base: Mapping[str, str],
        heard_as: bytes | None,
    ) -> None:
        """Write down what both sides agree on now."""
        now, heard = self._exchange.clock.now(), one.heard
        if link is not None:
            await stored.note_heard(
                tx,
                connection_id=self._id,
                profile_id=link.profile_id,
                base=base,
                version=heard.version,
                heard_as=heard_as,
                at=now,
            )
        elif heard.remote_id is not None and one.index is not None and one.owner is not None:
            await stored.put_link(
                tx,
                connection_id=self._id,
                profile_id=one.owner,
                remote_id=self._lock.seal_remote(heard.remote_id),
                remote_index=one.index,
                base=base,
                version=heard.version,
                at=now,
            )

    async def _write(self, tx: Tx, spoken: _Spoken, rules: Rules) -> None:
        exchange = self._exchange
        vault, policy, clock = exchange.vault, rules.policy, exchange.clock
        await choices.record(
            tx, spoken.statements, actor=ACTOR, vault=vault, policy=policy, clock=clock
        )
        await preferences.prefer(
            tx, spoken.wishes, actor=ACTOR, vault=vault, policy=policy, clock=clock
        )
        await signals.hear(
            tx, spoken.signals, actor=ACTOR, vault=vault, policy=policy, clock=clock
        )
        is_mirror = isinstance(exchange.adapter(self._connection.adapter), Mirror)
        if not (is_mirror and self._connection.is_told) or (
            self._connection.state is State.ENDED
        ):
            return  # whoever only carries messages holds nobody
        for rank in Rank:
            due = sorted(one for one, own in spoken.due.items() if own is rank)
            if due:
                await routing.request(
                    tx,
                    self._id,
                    due,
                    cause="drift" if self._is_compared else "heard",
                    clock=clock,
                    rank=rank,
                )

    async def _note(self, tx: Tx, counts: Mapping[str, int]) -> None:
        """Write down that something was heard, unless all of it was known."""
        if any(number for what, number in counts.items() if what in _WORTH_NOTING):
            detail = {"connection": str(self._id), **{k: v for k, v in counts.items() if v}}
            await audit.record(
                tx,
                actor=ACTOR,
                action="connections.heard",
                clock=self._exchange.clock,
                detail=detail,
            )

    async def _count(self, counts: Mapping[str, int]) -> None:
        """Count what was not heard of anybody."""
        if not any(counts.values()):
            return
        async with self._exchange.database.tx() as tx:
            await stored.count_heard(
                tx, connection_id=self._id, counts=counts, at=self._exchange.clock.now()
            )

    def _source_id(self, rules: Rules) -> int | None:
        return rules.in_force.numbers.sources.get(self._connection.source or "")

    def _name(self, *parts: object) -> UUID:
        """Return a name for what was said: the same when the same is heard again."""
        content = "\x1f".join(map(str, (self._id, *parts))).encode()
        return UUID(bytes=hashlib.blake2b(content, digest_size=16).digest())


_WORTH_NOTING: Final = frozenset(
    {Outcome.TAKEN, Outcome.REPAIRED, Outcome.REMOVED, Outcome.ERASED, Outcome.REFUSED}
)


def _apart(ones: Iterable[One]) -> list[list[One]]:
    """Return groups in which everybody is another, each person's in the order they came."""
    groups: list[list[One]] = []
    place: Counter[ProfileId | None] = Counter()
    for one in ones:
        if place[one.owner] == len(groups):
            groups.append([])
        groups[place[one.owner]].append(one)
        place[one.owner] += 1
    return groups


def _unsure(under_way: OpenRow | None, link: LinkRow | None) -> frozenset[str]:
    """Return what left since they last said anything, and was not acknowledged."""
    if under_way is None:
        return frozenset()
    heard_at, sent_at = link.heard_at if link else None, under_way.sent_at
    is_answered = heard_at is not None and sent_at is not None and heard_at >= sent_at
    return frozenset() if is_answered else under_way.tried


def _times(link: LinkRow | None) -> dict[str, datetime]:
    """Return when they acknowledged a no of ours, by the choice there."""
    if link is None:
        return {}
    return {there: datetime.fromisoformat(at) for there, at in link.refused.items()}


def _agreed(base: Mapping[str, str], *weighed: Weighed) -> dict[str, str]:
    """Return the base with what was weighed; what is forgotten is left out."""
    fresh: dict[str, str | None] = dict(base)
    for one in weighed:
        fresh |= one.base
    return {name: mark for name, mark in fresh.items() if mark is not None}


def _wish(said: Said, rules: Rules) -> TopicWish:
    """Return the preference that a choice about a topic through a channel is."""
    code, _, channel = said.field.name.partition("/")
    rule, where = rules.policy.topics[code], rules.policy.channels[channel]
    frequency = Frequency.NEVER
    if said.answer:
        frequency = rule.defaults.get(where.bit, rules.in_force.topics[code].frequency)
    return TopicWish(rule.bit, where.bit, frequency)
