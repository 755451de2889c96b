"""The gate of connections: what may leave about whom, opened, written down, with a ticket for it.

Everything here happens in the transaction that claimed the deliveries: what stands is read, exactly
the fields that may go are opened (audited by purpose), what the other side is to hold is compared
with what both sides last agreed on, and an entry says for each person what is about to leave. The
transaction commits before anything does.

What was said and never acknowledged may have arrived. So a delivery with such a try is never found
needless, carries every field of those tries again, and never other words under the key of an
earlier try.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.connections.model import composing
from candor.domain.connections.model.composing import Desired, Person, Spoken
from candor.domain.connections.model.connection import Connection, Field, State, What
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.talk import Parcel, Ticket
from candor.domain.connections.queries import links as held
from candor.domain.connections.queries.deliveries import ClaimedRow, Leaving
from candor.domain.connections.queries.links import HeldRow
from candor.domain.connections.service.declaring import declared_of, topics_of
from candor.domain.connections.service.exchange import Exchange, Lock
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import sharing, words
from candor.domain.consent.service.sharing import Stands
from candor.domain.consent.service.words import Word, Words
from candor.domain.profiles.service import share
from candor.domain.profiles.service.share import Shared, Wish
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

ACTOR: Final = Actor.machine("exchange")
NO_KEY: Final = "no_key"
LET_GO: Final = "let_go"  # they removed the person by themselves, who is not put back unasked
_ASKED: Final = frozenset({"replay"})  # causes for which they are
_KEY_BYTES: Final = 16
_MOST_TRIES: Final = 10  # that are kept of one delivery, each with other keys
_BEFORE: Final = timedelta(seconds=1)
_NOBODY: Final = Person(standing=None)
_LET_GO: Final = Person(standing=Standing.ACTIVE)  # nothing is allowed any more


@dataclass(frozen=True, slots=True)
class Packed:
    """A parcel on its way, and what is agreed on once it is acknowledged."""

    row: ClaimedRow
    parcel: Parcel
    marks: Mapping[str, str]  # of what goes, by the names there
    purposes: int  # mask of those for which the other side then holds something
    is_farewell: bool  # it holds nothing of the person after this


@dataclass(frozen=True, slots=True)
class Admitted:
    """What may leave, and the deliveries that turned out to be needless, with a code why."""

    packed: tuple[Packed, ...] = ()
    needless: tuple[tuple[ClaimedRow, str | None], ...] = ()
    leaving: tuple[Leaving, ...] = ()


@dataclass(slots=True)
class _Draft:
    """One delivery while it is decided on."""

    row: ClaimedRow
    link: HeldRow | None
    person: Person
    desired: Desired
    marks: dict[str, str] = field(default_factory=dict[str, str])
    going: frozenset[str] = frozenset()

    @property
    def is_held(self) -> bool:
        return self.link is not None and self.link.removed_at is None

    @property
    def is_uncertain(self) -> bool:
        """Tell whether something of it may have arrived already."""
        return self.row.content is not None


async def admit(
    tx: Tx, connection: Connection, rows: Sequence[ClaimedRow], exchange: Exchange
) -> Admitted:
    """Decide on deliveries that were claimed in this transaction; audited.

    Raises:
        NotAllowed, NoKey: somebody was erased, or chose otherwise, while this was decided.
    """
    lock = exchange.lock(connection)
    links = await held.links_at(
        tx,
        connection_id=connection.connection_id,
        profile_ids=[row.profile_id for row in rows],
    )
    people = await look(tx, connection, [ProfileId(row.profile_id) for row in rows], exchange)
    drafts = [
        _drafted(row, links.get(row.profile_id), people[row.profile_id], connection, lock)
        for row in rows
    ]
    leaving = [draft for draft in drafts if _why_needless(draft, connection) is None]
    needless = [
        (draft.row, why)
        for draft in drafts
        if (why := _why_needless(draft, connection)) is not None
    ]
    packed = await _pack(tx, leaving, connection, exchange, lock)
    return Admitted(
        packed=tuple(one for one, _ in packed),
        needless=tuple((row, why or None) for row, why in needless),
        leaving=tuple(one for _, one in packed),
    )


async def look(
    tx: Tx,
    connection: Connection,
    profile_ids: Sequence[ProfileId],
    exchange: Exchange,
    *,
    actor: Actor = ACTOR,
) -> dict[UUID, Person]:
    """Return what stands about people as far as a connection may be told; opened, audited.

    Of a connection that stops, nobody is told anything any more, and nothing is opened.

    Raises:
        NotAllowed, NoKey: as `share.open_shared`.
    """
    if connection.state is State.STOPPING:
        return dict.fromkeys(profile_ids, _LET_GO)
    rules = await exchange.rulebook.rules(tx)
    stands = await sharing.what_stands(
        tx, profile_ids, topics_of(connection), policy=rules.policy, now=exchange.clock.now()
    )
    declared = declared_of(connection, rules.in_force)
    wishes = {
        one: wish
        for one in profile_ids
        if (wish := _wish(one, stands.get(one), connection, declared)) is not None
    }
    shared = await share.open_shared(
        tx, wishes, actor=actor, in_force=rules.in_force, vault=exchange.vault
    )
    said = dict[ProfileId, Words]()
    if connection.is_heard:
        said = await words.said(tx, profile_ids, policy=rules.policy, now=exchange.clock.now())
    return {
        one: _person(one, stands.get(one), shared.get(one), said.get(one), connection)
        for one in profile_ids
    }


def is_silent(connection: Connection, said: Words | None) -> bool:
    """Tell whether it is known that somebody said nothing about any purpose of a connection.

    Of a purpose that is not declared any more nothing is known.
    """
    return said is not None and all(
        (word := said.purposes.get(code)) is not None and word.said_at is None
        for code in connection.purposes
    )


def _spoken(connection: Connection, said: Words) -> dict[str, Spoken]:
    """Return what somebody said about the mapped choices."""
    return {
        composing.spelt(one): Spoken(
            word.said_at, word.is_yes or word.is_withheld, word.can_refuse
        )
        for one in connection.mapping
        if one.is_choice and (word := _word(said, one)) is not None
    }


def _word(person: Words, one: Field) -> Word | None:
    return (person.purposes if one.what is What.PURPOSE else person.topics).get(one.name)


def _wish(
    profile_id: ProfileId,
    stands: Stands | None,
    connection: Connection,
    declared: Mapping[str, frozenset[str]],
) -> Wish | None:
    """Return what is opened of a person: exactly what composing wants; None: nothing."""
    if (
        stands is None
        or stands.state.standing != Standing.ACTIVE
        or stands.state.head_id != profile_id
        or not stands.allowed & frozenset(connection.purposes)
    ):
        return None
    wanted = composing.wanted(connection, stands.allowed, declared)
    by_what: dict[str, dict[str, Sequence[str]]] = {"attribute": {}, "identifier": {}}
    for name, purposes in wanted.items():
        what, _, code = name.partition(":")
        by_what[what][code] = purposes
    return Wish(by_what["attribute"], by_what["identifier"])


def _person(
    profile_id: ProfileId,
    stands: Stands | None,
    shared: Shared | None,
    said: Words | None,
    connection: Connection,
) -> Person:
    if stands is None:
        return _NOBODY
    return Person(
        standing=Standing(stands.state.standing),
        is_head=stands.state.head_id == profile_id,
        allowed=stands.allowed,
        topics=stands.topics,
        facts=shared.facts if shared else {},
        identifiers=shared.identifiers if shared else {},
        spoken=_spoken(connection, said) if said else {},
        is_silent=is_silent(connection, said),
    )


def _drafted(
    row: ClaimedRow, link: HeldRow | None, person: Person, connection: Connection, lock: Lock
) -> _Draft:
    is_theirs = is_brought(link) and not _is_told_perhaps(row, connection)
    desired = composing.desired(connection, person, is_brought=is_theirs)
    draft = _Draft(row, link, person, desired)
    draft.marks = marks_of(draft.desired, lock)
    draft.going = _going(draft, connection)
    return draft


def is_brought(link: HeldRow | None) -> bool:
    """Tell whether a system holds somebody of whom it was never told for any purpose.

    Where nothing is agreed on, something of ours may stand there: a delivery was given up.
    """
    if link is None or link.removed_at is not None:
        return False
    return bool(link.base) and not link.purposes


def _is_told_perhaps(row: ClaimedRow, connection: Connection) -> bool:
    """Tell whether a fact or an identifier left and may have arrived."""
    facts = {one.there for one in connection.mapping if not one.is_choice}
    is_gone = row.content is not None and bool(facts.intersection(row.fields or ()))
    return is_gone or row.tried is not None


def marks_of(desired: Desired, lock: Lock) -> dict[str, str]:
    """Return the marks of all that the other side is to hold, by the names there."""
    marks = {there: lock.mark(there, value) for there, value in desired.facts.items()}
    marks |= {there: lock.mark(there, answer) for there, answer in desired.choices.items()}
    return marks | {there: lock.mark(there, key) for there, key in desired.keys.items()}


def differing(marks: Mapping[str, str], link: HeldRow | None) -> frozenset[str]:
    """Return the fields there that are not as both sides last agreed."""
    if link is None or link.removed_at is not None:
        return frozenset(marks)
    return frozenset(there for there, mark in marks.items() if link.base.get(there) != mark)


def _going(draft: _Draft, connection: Connection) -> frozenset[str]:
    """Return the fields that go, if anything does.

    To a system that changes its records itself only what differs from what was agreed on, so that
    no change of its own is written over; to others the whole, which mends whatever went wrong.
    """
    if draft.desired.act is Act.REMOVE:
        return frozenset()
    if not connection.is_heard or not draft.is_held:
        return frozenset(draft.marks)
    tried = frozenset(draft.row.fields or ()) if draft.is_uncertain else frozenset[str]()
    return differing(draft.marks, draft.link) | (tried & draft.marks.keys())


def _why_needless(draft: _Draft, connection: Connection) -> str | None:
    """Return why a delivery is needless: a code, or nothing to say (""); None: it must leave."""
    if draft.link is not None and draft.link.is_let_go and draft.row.cause not in _ASKED:
        return LET_GO
    if draft.is_uncertain:
        # Something may have arrived: say it again. Whom nobody can find there, nobody told of.
        is_findable = draft.is_held or draft.row.tried is not None or draft.desired.keys
        return None if is_findable else NO_KEY
    if draft.desired.act is Act.REMOVE:
        return None if draft.is_held else ""
    if not draft.is_held:
        if not draft.person.allowed & frozenset(connection.purposes):
            return ""
        return None if draft.desired.keys else NO_KEY
    return None if differing(draft.marks, draft.link) else ""


async def _pack(
    tx: Tx,
    drafts: Sequence[_Draft],
    connection: Connection,
    exchange: Exchange,
    lock: Lock,
) -> list[tuple[Packed, Leaving]]:
    """Write down what is about to leave, and make the tickets."""
    keys = await exchange.vault.keys(tx, [ProfileId(d.row.profile_id) for d in drafts])
    entries = await audit.record_numbered(
        tx,
        actor=ACTOR,
        action="connections.admitted",
        clock=exchange.clock,
        about=[
            (
                key.pseudonym
                if (key := keys.get(ProfileId(draft.row.profile_id))) is not None
                else None,
                {
                    "connection": str(connection.connection_id),
                    "delivery": str(draft.row.delivery_id),
                    "act": draft.desired.act.value,
                    "fields": len(draft.going),
                },
            )
            for draft in drafts
        ],
    )
    rules = await exchange.rulebook.rules(tx)
    return [
        _packed(
            draft,
            entry_id,
            _purposes(draft, connection, rules),
            connection,
            lock,
            exchange.clock.now(),
        )
        for draft, entry_id in zip(drafts, entries, strict=True)
    ]


def _purposes(draft: _Draft, connection: Connection, rules: Rules) -> int:
    """Return the mask of those for which the other side then holds something.

    Of somebody who is restricted it goes on holding what it held.
    """
    if draft.person.standing == Standing.RESTRICTED and draft.link is not None:
        return draft.link.purposes
    mine = draft.person.allowed & frozenset(connection.purposes)
    return rules.in_force.mask(tuple(sorted(mine & rules.in_force.purposes.keys())))


def _packed(
    draft: _Draft,
    entry_id: int,
    purposes: int,
    connection: Connection,
    lock: Lock,
    now: datetime,
) -> tuple[Packed, Leaving]:
    row, desired, link = draft.row, draft.desired, draft.link
    content = _content(draft, lock)
    ticket = Ticket(
        row.delivery_id, row.attempts, entry_id, UUID(bytes=content[:_KEY_BYTES], version=4)
    )
    is_removal = desired.act is Act.REMOVE
    remote_id = lock.open_remote(link.remote_id) if link and draft.is_held else None
    tries = lock.open_keys(row.tried) if row.tried is not None else []
    tried = tries[-1] if tries and remote_id is None else {}
    parcel = Parcel(
        ticket=ticket,
        act=desired.act,
        remote_id=remote_id,
        version=link.version if link and draft.is_held else None,
        keys=tried if is_removal else (desired.keys or tried),
        facts={there: v for there, v in desired.facts.items() if there in draft.going},
        choices={there: yes for there, yes in desired.choices.items() if there in draft.going},
        changed_at=row.changed_at,
        agreed=_agreed(draft, lock),
        chosen_at=_chosen_at(draft),
        withheld=frozenset(
            there for there, one in _said(draft) if _is_withheld(draft, there, one)
        ),
        known_until=_known_until(draft, now),
        tried=tuple(tries),
    )
    names = sorted(draft.going)
    leaving = Leaving(
        row.profile_id,
        row.delivery_id,
        desired.act.value,
        names,
        content,
        _tried(draft, remote_id, lock),
    )
    marks = {there: mark for there, mark in draft.marks.items() if there in draft.going}
    is_farewell = is_removal or connection.state is State.STOPPING
    return Packed(row, parcel, marks, purposes, is_farewell), leaving


def _content(draft: _Draft, lock: Lock) -> bytes:
    """Return the key for what goes, and its hash: the key of the last try if that said the same."""
    said = [draft.desired.act.value.encode()]
    said += [f"{there}={draft.marks[there]}".encode() for there in sorted(draft.going)]
    words = lock.words(*said)
    before = draft.row.content
    if before is not None and before[_KEY_BYTES:] == words:
        return before
    key = lock.words(b"key", draft.row.delivery_id.bytes, (before or b"")[:_KEY_BYTES], words)
    return key + words


def _tried(draft: _Draft, remote_id: Pii[str] | None, lock: Lock) -> bytes | None:
    """Return by what somebody may stand there without an acknowledgement.

    Of somebody whom they acknowledged: by keys that are others now, for a system may call people
    by what it finds them by.
    """
    keys, link = draft.desired.keys, draft.link
    is_same = remote_id is not None and not any(
        link is None or link.base.get(there) != draft.marks[there] for there in keys
    )
    if draft.desired.act is Act.REMOVE or not keys or is_same:
        return draft.row.tried
    before = lock.open_keys(draft.row.tried) if draft.row.tried is not None else []
    return lock.seal_keys([*(one for one in before if one != keys), keys][-_MOST_TRIES:])


def _unsure(draft: _Draft) -> frozenset[str]:
    """Return what left before without an answer, since they last said anything.

    It may stand there, and may have been changed back: so nothing about it is agreed on.
    """
    row, link = draft.row, draft.link
    if not draft.is_uncertain or link is None:
        return frozenset()
    heard_at, sent_at = link.heard_at, row.sent_at
    is_answered = heard_at is not None and sent_at is not None and heard_at >= sent_at
    return frozenset() if is_answered else frozenset(row.fields or ())


def _agreed(draft: _Draft, lock: Lock) -> dict[str, bool]:
    """Return what both sides last agreed on about each choice."""
    if draft.link is None or not draft.is_held:
        return {}
    found: dict[str, bool] = {}
    for there in draft.desired.choices.keys() - _unsure(draft):
        mark = draft.link.base.get(there)
        for answer in (True, False):
            if mark == lock.mark(there, answer):
                found[there] = answer
    return found


def _said(draft: _Draft) -> list[tuple[str, Spoken]]:
    """Return the choices that go, by their names there, with what the person said about each."""
    return [
        (line.field.there, draft.person.said_about(line.field))
        for line in draft.desired.lines
        if line.answer is not None and line.field.there in draft.going
    ]


def _is_withheld(draft: _Draft, there: str, spoken: Spoken) -> bool:
    return spoken.is_open and not draft.desired.choices[there]


def _chosen_at(draft: _Draft) -> dict[str, datetime]:
    """Return when each choice was made; of a no that nobody said, before the yes it holds back."""
    return {
        there: said_at - _BEFORE if _is_withheld(draft, there, spoken) else said_at
        for there, spoken in _said(draft)
        if (said_at := spoken.said_at) is not None
    }


def _known_until(draft: _Draft, now: datetime) -> dict[str, datetime]:
    """Return until when we know what was said there: by what stands here, and by our own no."""
    refused = draft.link.refused if draft.link is not None and draft.is_held else {}
    found: dict[str, datetime] = {}
    for there, spoken in _said(draft):
        ours = datetime.fromisoformat(refused[there]) if there in refused else None
        times = [at for at in (spoken.said_at, ours) if at is not None]
        if not spoken.can_refuse:
            found[there] = now  # a no there counts for nothing, however young
        elif times:
            found[there] = max(times)
    return found
