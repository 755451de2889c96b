"""Fills the page Where it has reached, for use inside `reading`."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from candor.domain.catalogue.model import InForce
from candor.domain.connections.service.reaching import Told, Trip, Way
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.history import ChoiceLine, WishLine
from candor.domain.profiles.model import YOU
from candor.domain.profiles.service.read import PersonRead
from candor.infra.web.reading import Reader, country_name, declared
from candor.infra.web.reading import translate as _
from candor.surface.portal import saying as portal_saying
from candor.surface.portal import words
from candor.surface.portal.desk import HOME
from candor.surface.portal.reached import saying
from candor.surface.portal.reached.joining import Deed, Joined, as_of, join, since
from candor.surface.portal.reached.views import Change, ChangesOfDay, ReachedPage, Stop

URL: Final = f"{HOME}/reached"
KEPT: Final = timedelta(days=90)
_GOING: Final = frozenset({Way.GOING, Way.WAITING})


def fill(
    person: PersonRead,
    choices: Sequence[ChoiceLine],
    wishes: Sequence[WishLine],
    trips: Sequence[Trip],
    told: Sequence[Told],
    in_force: InForce,
    reader: Reader,
) -> ReachedPage:
    """Return the page: what changed in ninety days, and where each change has come."""
    from_ = reader.now - KEPT
    deeds = [deed for deed in _deeds(person, choices, wishes, in_force) if deed.at >= from_]
    zone = ZoneInfo(reader.zone)
    days: dict[date, list[Change]] = {}
    for one in join(deeds, trips):
        days.setdefault(one.at.astimezone(zone).date(), []).append(_change(one))
    going = sum(trip.way in _GOING for trip in trips)
    return ReachedPage(
        days=tuple(ChangesOfDay(day, tuple(changes)) for day, changes in days.items()),
        on_the_way=going,
        held=sum(trip.way is Way.HELD for trip in trips),
        is_live=any(trip.way is Way.GOING for trip in trips),
        here_url=URL,
        kept_days=KEPT.days,
        allow_url=f"{HOME}/allow",
        systems=tuple(dict.fromkeys(declared(one.where.name) for one in told)),
    )


def _deeds(
    person: PersonRead,
    choices: Iterable[ChoiceLine],
    wishes: Iterable[WishLine],
    in_force: InForce,
) -> Iterator[Deed]:
    for choice in choices:
        yield _choice(choice, in_force)
    for wish in wishes:
        yield _wish(wish, in_force)
    for fact in person.facts:
        for answer in (fact.answer, *fact.losers):
            if answer.changed_by == YOU:
                [title] = words.fields(in_force, [fact.attribute])
                said = str(_("You put right: %(fact)s", fact=title))
                yield Deed(answer.received_at, said)


def _choice(line: ChoiceLine, in_force: InForce) -> Deed:
    found = in_force.purposes_by_bit.get(line.purpose_id)
    code = found.code if found else ""
    title = words.purpose(in_force, code)
    is_no = line.choice != Choice.GRANTED
    said = _("You said no: %(purpose)s", purpose=title)
    if not is_no:
        said = _("You said yes: %(purpose)s", purpose=title)
    channels = dict.fromkeys(
        channel
        for topic in in_force.document.topics
        if topic.purpose == code
        for channel in (*topic.channels, *topic.offers)
    )
    return Deed(line.decided_at, str(said), _titles(channels, in_force), is_no)


def _wish(line: WishLine, in_force: InForce) -> Deed:
    number = line.channel_id
    channel = None if number is None else in_force.channels_by_bit.get(number)
    codes = [channel.code] if channel else []
    is_no = line.kind == "topic" and line.frequency == "never"
    return Deed(
        line.decided_at,
        portal_saying.wish(line, in_force),
        _titles(codes, in_force) if line.kind == "topic" else (),
        is_no,
    )


def _titles(codes: Iterable[str], in_force: InForce) -> tuple[str, ...]:
    known = {channel.code: channel for channel in in_force.document.channels}
    return tuple(portal_saying.channel(known[code]) for code in codes if code in known)


def _change(one: Joined) -> Change:
    said = tuple(dict.fromkeys(deed.said for deed in one.deeds))
    return Change(
        at=one.at,
        said=said or (saying.cause(one.cause),),
        here=_here(one.deeds),
        stops=tuple(_stop(one, trip) for trip in one.trips),
    )


def _here(deeds: Sequence[Deed]) -> str | None:
    """Return what holds at once in our own house: each message asks before it leaves."""
    if not deeds:
        return None
    shut = dict.fromkeys(name for deed in deeds if deed.is_no for name in deed.channels)
    open_ = dict.fromkeys(name for deed in deeds if not deed.is_no for name in deed.channels)
    if shut:
        return str(_("With us at once: refused over %(channels)s", channels=", ".join(shut)))
    if open_:
        return str(_("With us at once: it counts for %(channels)s", channels=", ".join(open_)))
    return str(_("With us at once"))


def _stop(one: Joined, trip: Trip) -> Stop:
    stands = as_of(one, trip)
    country = country_name(trip.where.country) if trip.where.country else None
    return Stop(
        name=declared(trip.where.name),
        said=saying.way(stands, since(one, trip)),
        tone=saying.TONES[trip.way],
        detail=saying.why(trip) or country,
    )
