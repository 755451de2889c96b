"""Giving a person what they chose, preferred and signalled, and what follows from it (Art. 15).

A choice stands on every profile of a person: it is given once. Of guardians, and of children,
only that there is one is given (Art. 15(4)).
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from candor.domain.catalogue import service as catalogue
from candor.domain.catalogue.model import InForce
from candor.domain.consent.model.choice import FOREVER, Record
from candor.domain.consent.model.preference import LONG_AGO, Reach, WishRow
from candor.domain.consent.model.state import State
from candor.domain.consent.queries import choices as stored
from candor.domain.consent.queries import holding
from candor.domain.consent.queries import preferences as preferred
from candor.domain.consent.queries.holding import ConfirmationRow, GuardianRow, SignalRow
from candor.domain.consent.queries.preferences import LastContact
from candor.infra.db.pool import ReadTx
from candor.infra.holder import (
    Batch,
    Column,
    Exported,
    Kind,
    Origin,
    Row,
    Section,
    instant,
)
from candor.infra.web.reading import message
from candor.kernel.ids import ProfileId

_HOURS: Final = 24
_WHEN: Final = Column("decided_at", Kind.INSTANT, message("When"))
_SURFACE: Final = Column("surface", Kind.CODE, message("Where"))
_CHANNEL: Final = Column("channel", Kind.CODE, message("Channel"))
_TOPIC: Final = Column("topic", Kind.CODE, message("Topic"))
_ZONE: Final = Column("zone", Kind.TEXT, message("Time zone"))
_UNTIL: Final = message("Pause until")
_QUIET: Final = message("Quiet hours")
EXPORTED: Final = (
    Exported(
        "consent.record",
        Section.CHOICES,
        Origin.PROVIDED,
        message("Your choices, one by one"),
        (
            Column("record_id"),
            Column("purpose", Kind.PURPOSES, message("What for")),
            Column("choice", Kind.CODE, message("Your choice")),
            _WHEN,
            Column("recorded_at", Kind.INSTANT),
            Column("expires_at", Kind.INSTANT, message("Lasts until")),
            _SURFACE,
            Column("source", Kind.CODE),
            Column("notice"),
            Column("edition", Kind.NUMBER),
            Column("locale", Kind.CODE),
            Column("by_guardian", Kind.BOOLEAN),
        ),
    ),
    Exported(
        "consent.state",
        Section.CHOICES,
        Origin.INFERRED,
        message("What is allowed now"),
        (
            Column("standing", Kind.CODE, message("Your record")),
            Column("regime", Kind.CODE, message("Law")),
            Column("allowed", Kind.PURPOSES, message("Allowed")),
            Column("valid_until", Kind.INSTANT),
            Column("minor_until", Kind.DAY, message("Under age until")),
            Column("paused_until", Kind.INSTANT, _UNTIL),
            Column("quiet_hours", Kind.VALUE, _QUIET),
            _ZONE,
            Column("reachable_by", Kind.CODES, message("We can reach you by")),
        ),
    ),
    Exported(
        "consent.signal",
        Section.CHOICES,
        Origin.PROVIDED,
        message("What your browser, phone or mail program said for you"),
        (
            Column("signal_id"),
            Column("kind", Kind.CODE, message("What")),
            _CHANNEL,
            Column("value", Kind.TEXT, message("As it came")),
            Column("is_readable", Kind.BOOLEAN),
            _WHEN,
            _SURFACE,
        ),
    ),
    Exported(
        "consent.confirmation",
        Section.CHOICES,
        Origin.PROVIDED,
        message("Choices that we asked you to confirm by mail"),
        (
            Column("choices", Kind.VALUE, message("What")),
            Column("asked_at", Kind.INSTANT, message("Asked")),
            Column("confirmed_at", Kind.INSTANT, message("Confirmed")),
            _SURFACE,
        ),
    ),
    Exported(
        "consent.guardian",
        Section.CHOICES,
        Origin.PROVIDED,
        message("Guardians"),
        (
            Column("is_ward", Kind.BOOLEAN, message("Somebody may choose for you")),
            Column("since", Kind.INSTANT, message("Since")),
            Column("ended_at", Kind.INSTANT, message("Ended")),
            Column("proof", Kind.TEXT, message("Proof")),
        ),
    ),
    Exported(
        "consent.wish",
        Section.MESSAGES,
        Origin.PROVIDED,
        message("How you want to be written to"),
        (
            Column("wish_id"),
            Column("kind", Kind.CODE, message("What")),
            _TOPIC,
            _CHANNEL,
            Column("frequency", Kind.CODE, message("How often")),
            Column("until", Kind.INSTANT, _UNTIL),
            Column("hours", Kind.VALUE, _QUIET),
            _ZONE,
            _WHEN,
            Column("recorded_at", Kind.INSTANT),
            _SURFACE,
            Column("source", Kind.CODE),
        ),
    ),
    Exported(
        "consent.reach",
        Section.MESSAGES,
        Origin.INFERRED,
        message("What follows from it, per channel"),
        (
            _CHANNEL,
            Column("topics", Kind.CODES, message("Open topics")),
            Column("daily", Kind.CODES, message("At most once a day")),
            Column("weekly", Kind.CODES, message("At most once a week")),
            Column("monthly", Kind.CODES, message("At most once a month")),
            Column("blocked", Kind.CODE, message("Closed by")),
        ),
    ),
    Exported(
        "consent.contact",
        Section.MESSAGES,
        Origin.OURS,
        message("When we last wrote"),
        (_CHANNEL, _TOPIC, Column("last_at", Kind.INSTANT, message("When"))),
    ),
)


async def give(tx: ReadTx, members: Sequence[ProfileId]) -> AsyncIterator[Batch]:
    """Give everything that was chosen, preferred, signalled, asked and sent, as in `EXPORTED`."""
    in_force = await catalogue.current(tx)
    records = {r.record_id: r for r in await stored.records(tx, profile_ids=members)}
    yield Batch("consent.record", [_record(r, in_force) for r in records.values()])
    states = await stored.states(tx, profile_ids=members)
    yield Batch("consent.state", _once(_state(s, in_force) for s in states))
    signals = {s.signal_id: s for s in await holding.signals(tx, profile_ids=members)}
    yield Batch("consent.signal", [_signal(s, in_force) for s in signals.values()])
    asked = await holding.confirmations(tx, profile_ids=members)
    yield Batch("consent.confirmation", [_confirmation(c) for c in asked])
    guardians = await holding.guardians(tx, profile_ids=members)
    yield Batch("consent.guardian", [_guardian(g, members) for g in guardians])
    wishes = {w.wish_id: w for w in await preferred.wishes(tx, profile_ids=members)}
    yield Batch("consent.wish", [_wish(w, in_force) for w in wishes.values()])
    reach = await preferred.reach(tx, profile_ids=members)
    yield Batch("consent.reach", _once(_reach(r, in_force) for r in reach))
    contacts = await preferred.last_contacts(tx, profile_ids=members)
    yield Batch("consent.contact", _once(_contact(c, in_force) for c in contacts))


def _once(rows: Iterable[Row]) -> list[Row]:
    """Return each row once: what is folded is the same on every profile of a person."""
    return list({msgspec.json.encode(row): row for row in rows}.values())


def _of_bit(declared: Mapping[int, Any], bit: int | None) -> str | None:
    found = None if bit is None else declared.get(bit)
    return None if found is None else found.code


def _of_mask(declared: Mapping[int, Any], mask: int) -> list[Any]:
    return [one.code for bit, one in sorted(declared.items()) if mask >> bit & 1]


def _hours(mask: int | None) -> list[Any] | None:
    """Return the hours of a day in a mask, 0 to 23; None for no mask."""
    return None if mask is None else [hour for hour in range(_HOURS) if mask >> hour & 1]


def _record(row: Record, in_force: InForce) -> Row:
    purpose = _of_bit(in_force.purposes_by_bit, row.purpose_id)
    return {
        "record_id": str(row.record_id),
        "purpose": [purpose or f"purpose_{row.purpose_id}"],
        "choice": row.choice,
        "decided_at": instant(row.decided_at),
        "recorded_at": instant(row.recorded_at),
        "expires_at": instant(row.expires_at),
        "surface": row.surface,
        "source": in_force.source_code(row.source_id),
        "notice": row.notice,
        "edition": row.edition,
        "locale": row.locale,
        "by_guardian": row.guardian_id is not None,
    }


def _state(row: State, in_force: InForce) -> Row:
    return {
        "standing": row.standing,
        "regime": row.regime,
        "allowed": list[Any](in_force.codes_of(row.allowed)),
        "valid_until": None if row.valid_until >= FOREVER else instant(row.valid_until),
        "minor_until": None if row.minor_until is None else row.minor_until.isoformat(),
        "paused_until": None if row.paused_until <= LONG_AGO else instant(row.paused_until),
        "quiet_hours": _hours(row.quiet_hours),
        "zone": row.zone,
        "reachable_by": _of_mask(in_force.channels_by_bit, row.points),
    }


def _wish(row: WishRow, in_force: InForce) -> Row:
    return {
        "wish_id": str(row.wish_id),
        "kind": row.kind,
        "topic": _of_bit(in_force.topics_by_bit, row.topic_id),
        "channel": _of_bit(in_force.channels_by_bit, row.channel_id),
        "frequency": row.frequency,
        "until": instant(row.until),
        "hours": _hours(row.hours),
        "zone": row.zone,
        "decided_at": instant(row.decided_at),
        "recorded_at": instant(row.recorded_at),
        "surface": row.surface,
        "source": in_force.source_code(row.source_id),
    }


def _reach(row: Reach, in_force: InForce) -> Row:
    topics = in_force.topics_by_bit
    return {
        "channel": _of_bit(in_force.channels_by_bit, row.channel_id),
        "topics": _of_mask(topics, row.topics),
        "daily": _of_mask(topics, row.daily),
        "weekly": _of_mask(topics, row.weekly),
        "monthly": _of_mask(topics, row.monthly),
        "blocked": row.blocked,
    }


def _signal(row: SignalRow, in_force: InForce) -> Row:
    return {
        "signal_id": str(row.signal_id),
        "kind": row.kind,
        "channel": _of_bit(in_force.channels_by_bit, row.channel_id),
        "value": row.value,
        "is_readable": row.is_readable,
        "decided_at": instant(row.decided_at),
        "surface": row.surface,
    }


def _contact(row: LastContact, in_force: InForce) -> Row:
    return {
        "channel": _of_bit(in_force.channels_by_bit, row.channel_id),
        "topic": _of_bit(in_force.topics_by_bit, row.topic_id),
        "last_at": instant(row.last_at),
    }


def _confirmation(row: ConfirmationRow) -> Row:
    return {
        "choices": msgspec.json.decode(row.choices),
        "asked_at": instant(row.asked_at),
        "confirmed_at": instant(row.confirmed_at),
        "surface": row.surface,
    }


def _guardian(row: GuardianRow, members: Sequence[ProfileId]) -> Row:
    is_ward = row.profile_id in members
    return {
        "is_ward": is_ward,
        "since": instant(row.since),
        "ended_at": instant(row.ended_at),
        "proof": row.proof if is_ward else None,  # names the case of the child
    }
