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
from typing import Any, Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Frequency, Purpose
from candor.domain.connections.model.connection import Connection, Field, State, What
from candor.domain.connections.model.delivery import Rank
from candor.domain.connections.model.hearing import (
    Outcome,
    Said,
    Standing,
    Weighed,
    is_late,
    weigh_choices,
    weigh_facts,
)
from candor.domain.connections.model.talk import Heard, Value
from candor.domain.connections.queries import hearing as stored
from candor.domain.connections.queries.hearing import LinkRow, OpenRow
from candor.domain.connections.service import calling, routing
from candor.domain.connections.service.exchange import Exchange, Lock
from candor.domain.consent.model import state as states
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import in_effect
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.preference import TopicWish
from candor.domain.consent.service import choices, gate, preferences, signals, words
from candor.domain.consent.service.choices import Statement
from candor.domain.consent.service.signals import Signal
from candor.domain.consent.service.words import Word, Words
from candor.domain.profiles.service import anchors, read, tombstones
from candor.domain.vault.errors import NoKey, NotAllowed
from candor.domain.vault.service import normalise
from candor.infra.db.errors import DeadlockDetected, SerializationFailure, UniqueViolation
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

ACTOR: Final = Actor.machine("connections")
_AT_ONCE: Final = 200
_TRIES: Final = 6
_MAIL: Final = "email"  # how identifiers are normalised that mail can be sent to
_CLASHES: Final = (UniqueViolation, DeadlockDetected, SerializationFailure)


@dataclass(slots=True)
class _One:
    """One heard person on the way."""

    heard: Heard
    key: bytes | None  # by which the message is remembered
    index: bytes | None  # by which the record is found
    owner: ProfileId | None = None
    link: LinkRow | None = None
    weighed: Weighed = field(default_factory=Weighed)
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    renamed: Sequence[tuple[Field, Pii[str]]] = ()  # identifiers that are new there

    @property
    def base(self) -> Mapping[str, str]:
        return self.link.base if self.link else {}


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
            await self._place(tx, ones, rules)
        again = Counter({Outcome.AGAIN.value: number - len(ones)})
        await self._knock(ones, rules)
        for group in _apart(one for one in ones if one.owner is not None):
            counts += await self._settle(group, rules)
        lost = Counter(
            outcome.value for one in ones if one.owner is None for outcome in one.outcomes
        )
        await self._count(lost + again)
        return counts + lost + again

    def _one(self, heard: Heard, owner: ProfileId | None) -> _One:
        key = self._lock.message_key(heard.message_id) if heard.message_id else None
        index = self._lock.index(heard.remote_id) if heard.remote_id else None
        return _One(heard, key, index, owner)

    async def _fresh(self, tx: ReadTx, ones: Sequence[_One]) -> list[_One]:
        """Return those whose message was not taken before, the same one once."""
        keys = {one.key for one in ones if one.key}
        seen = set(await stored.heard_messages(tx, connection_id=self._id, keys=sorted(keys)))
        fresh: list[_One] = []
        for one in ones:
            if one.key is not None and one.key in seen:
                continue
            if one.key is not None:
                seen.add(one.key)
            fresh.append(one)
        return fresh

    # -------------------------------------------------------------- whose it is
    async def _place(self, tx: ReadTx, ones: Sequence[_One], rules: Rules) -> None:
        """Find whose records are: by how they call the person, else by identifiers."""
        open_ones = [one for one in ones if one.owner is None]
        indexes = {one.index for one in open_ones if one.index}
        links = {
            bytes(row.remote_index): row
            for row in await stored.links_by_index(
                tx, connection_id=self._id, indexes=sorted(indexes)
            )
        }
        for one in open_ones:
            if one.index is not None and (row := links.get(one.index)) is not None:
                one.owner, one.link = ProfileId(row.profile_id), row
        rest = [one for one in open_ones if one.owner is None]
        found = await read.find_all(
            tx,
            [pair for one in rest for pair in self._pairs(one)],
            in_force=rules.in_force,
            vault=self._exchange.vault,
        )
        for one in rest:
            one.owner = next((found[pair] for pair in self._pairs(one) if pair in found), None)
        await self._to_heads(tx, [one for one in ones if one.owner and not one.link])

    async def _to_heads(self, tx: ReadTx, ones: Sequence[_One]) -> None:
        """Point at whose record it is by our books: the profile that has the link, or the head."""
        owners = {one.owner for one in ones if one.owner}
        known = await gate.states(tx, owners)
        heads = {p: ProfileId(state.head_id) for p, state in known.items()}
        rows = await stored.links_of(
            tx, connection_id=self._id, profile_ids=sorted({*owners, *heads.values()})
        )
        links = {ProfileId(row.profile_id): row for row in rows if row.removed_at is None}
        for one in ones:
            if one.owner is None:
                continue
            if one.owner not in links:
                one.owner = heads.get(one.owner, one.owner)
            row = links.get(one.owner)
            if row is not None and one.index in {None, bytes(row.remote_index)}:
                one.link = row

    def _pairs(self, one: _One) -> list[tuple[str, str]]:
        keys = calling.keys_of(self._connection, one.heard)
        return [calling.spelt((known.name, value)) for known, value in keys]

    # -------------------------------------------------------------- at the door
    async def _knock(self, ones: Sequence[_One], rules: Rules) -> None:
        """Say at the door what is news, and who is new; then look again whose it is."""
        strangers = [one for one in ones if one.owner is None]
        calls: list[Mapping[str, Any]] = []
        for one in ones:
            if one.heard.is_removed:
                continue
            made = (
                self._introduce(one, rules)
                if one.owner is None
                else await self._news(one, rules)
            )
            if made is not None:
                calls.append(made)
        if calls and self._connection.source is not None:
            await self._exchange.knock(self._connection.source, calls)
            again = [self._restated(one, rules) for one in ones if one.renamed]
            if again:
                await self._exchange.knock(self._connection.source, again)
        if strangers:
            await self._look_again(strangers, rules)

    def _introduce(self, one: _One, rules: Rules) -> Mapping[str, Any] | None:
        """Return the call that begins somebody; None: there is nothing to find them by."""
        keys = calling.keys_of(self._connection, one.heard)
        if not keys or self._connection.source is None or self._is_compared:
            return None
        self._weigh_facts(one)
        for known, value in keys:
            one.weighed.base[known.there] = self._key_mark(known.there, value)
        return self._call(one, [(known.name, value) for known, value in keys], rules)

    async def _news(self, one: _One, rules: Rules) -> Mapping[str, Any] | None:
        """Return the call that says what is news about somebody known; None: nothing is."""
        self._weigh_facts(one)
        keys = calling.keys_of(self._connection, one.heard)
        changed = [
            (known, value)
            for known, value in keys
            if one.base.get(known.there) != self._key_mark(known.there, value)
        ]
        async with self._exchange.database.read() as tx:
            theirs = await self._whose_keys(tx, keys, one, rules)
        new_keys = [pair for pair in changed if pair[0].is_in and pair[0] not in theirs]
        for known, value in changed:
            one.weighed.base[known.there] = self._key_mark(known.there, value)
        if not one.weighed.facts and not new_keys:
            return None
        named = [(known.name, value) for known, value in keys if known in theirs]
        if not named:
            anchor = await self._anchor(one, rules)
            if anchor is None:
                one.outcomes.append(Outcome.REFUSED)
                return None
            named = [anchor]
        named += [(known.name, value) for known, value in new_keys]
        one.renamed = new_keys
        one.weighed.is_due = True
        return self._call(one, named, rules)

    async def _whose_keys(
        self,
        tx: ReadTx,
        keys: Sequence[tuple[Field, Pii[str]]],
        one: _One,
        rules: Rules,
    ) -> list[Field]:
        """Return the identifiers by which a record names the very person it is linked with."""
        if not keys or not (one.weighed.facts or any(k.is_in for k, _ in keys)):
            return []
        pairs = {known: calling.spelt((known.name, value)) for known, value in keys}
        found = await read.find_all(
            tx, list(pairs.values()), in_force=rules.in_force, vault=self._exchange.vault
        )
        wanted = {*found.values(), *({one.owner} if one.owner else ())}
        heads = {p: s.head_id for p, s in (await gate.states(tx, wanted)).items()}
        own = heads.get(one.owner) if one.owner else None
        return [
            known
            for known, pair in pairs.items()
            if own is not None and pair in found and heads.get(found[pair]) == own
        ]

    async def _anchor(self, one: _One, rules: Rules) -> calling.Named | None:
        """Open an identifier of somebody of whom the other side says none that we know."""
        exchange = self._exchange
        if one.owner is None:
            return None
        async with exchange.database.tx() as tx:
            state = (await gate.states(tx, [one.owner])).get(one.owner)
            if state is None:
                return None
            mask = in_effect(state, rules.policy, exchange.clock.now())
            allowed = [
                code
                for code in self._connection.purposes
                if mask >> rules.policy.bits[code] & 1
            ]
            try:
                return await anchors.open_anchor(
                    tx,
                    one.owner,
                    purposes=allowed,
                    actor=ACTOR,
                    in_force=rules.in_force,
                    vault=exchange.vault,
                )
            except (NotAllowed, NoKey):
                return None

    def _key_mark(self, there: str, value: Pii[str]) -> str:
        return self._lock.mark(there, value.map(_as_value))

    def _weigh_facts(self, one: _One) -> None:
        one.weighed = weigh_facts(
            self._connection,
            one.heard,
            one.base,
            self._lock.mark,
            is_late=is_late(one.link.told_at if one.link else None, self._read_at),
        )

    def _call(
        self, one: _One, named: Sequence[calling.Named], rules: Rules
    ) -> Mapping[str, Any]:
        heard, now = one.heard, self._exchange.clock.now()
        state = one.link.heard_at if one.link else None
        name = calling.message_id(
            self._id,
            one.index.hex() if one.index else "",
            sorted(self._key_mark(kind, value) for kind, value in named),
            calling.marks(one.weighed.base),
            heard.message_id or heard.version or "",
            heard.changed_at or "",
            state or "",
        )
        at = min(heard.changed_at, now) if heard.changed_at else now
        return calling.call(
            named, one.weighed.facts, message_id=name, at=at, in_force=rules.in_force
        )

    def _restated(self, one: _One, rules: Rules) -> Mapping[str, Any]:
        """Return the call that says a new address as the fact that it is, too.

        A call of its own: the address is theirs only after the first one named both.
        """
        now = self._exchange.clock.now()
        heard_at = one.heard.changed_at
        named = [(known.name, value) for known, value in one.renamed]
        name = calling.message_id(
            "restated",
            self._id,
            sorted(self._key_mark(kind, value) for kind, value in named),
            heard_at or now,
        )
        return calling.call(
            named,
            calling.as_facts(one.renamed, rules.in_force),
            message_id=name,
            at=min(heard_at, now) if heard_at else now,
            in_force=rules.in_force,
        )

    async def _look_again(self, ones: Sequence[_One], rules: Rules) -> None:
        """Find those who were new; whoever is not found is nobody, or was erased."""
        async with self._exchange.database.read() as tx:
            await self._place(tx, ones, rules)
            lost = [one for one in ones if one.owner is None]
            named = {pair: _normal(pair, rules) for one in lost for pair in self._pairs(one)}
            buried = await tombstones.buried(
                tx, {pair for pair in named.values() if pair}, self._exchange.vault
            )
        for one in lost:
            is_buried = any(named[pair] in buried for pair in self._pairs(one))
            one.outcomes = [Outcome.ERASED if is_buried else Outcome.UNKNOWN]

    # -------------------------------------------------------------- what counts
    async def _settle(self, ones: Sequence[_One], rules: Rules) -> Counter[str]:
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

    async def _settle_once(self, ones: Sequence[_One], rules: Rules) -> Counter[str]:
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
        one: _One,
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
            await self._remember(tx, one, link if is_theirs else None, agreed)
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

    def _signals(self, one: _One, rules: Rules) -> list[Signal]:
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
        self, tx: Tx, one: _One, link: LinkRow | None, base: Mapping[str, str]
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
        if not self._connection.is_told or self._connection.state is State.ENDED:
            return
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


def _as_value(text: str) -> Value:
    return text


def _apart(ones: Iterable[_One]) -> list[list[_One]]:
    """Return groups in which everybody is another, each person's in the order they came."""
    groups: list[list[_One]] = []
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


def _normal(pair: tuple[str, str], rules: Rules) -> tuple[str, str] | None:
    """Return the one spelling of an identifier; None: it is not well-formed."""
    kind, text = pair
    declared = rules.in_force.identifiers.get(kind)
    value = normalise(declared.normalise, text, None) if declared else None
    return None if value is None else (kind, value)
