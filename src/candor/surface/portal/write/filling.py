"""Fills the pages How we write to you, from what the gate itself reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from candor.domain.catalogue.model import Frequency, Topic
from candor.domain.consent.model import history
from candor.domain.consent.model.decision import Decision
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.model.preference import Block
from candor.domain.consent.service.preferences import Preferences
from candor.infra.web.reading import Reader, zone_names
from candor.infra.web.reading import translate as _
from candor.surface.plain.hours import hour, span_of
from candor.surface.portal import saying, words
from candor.surface.portal.allow.filling import URL as ALLOW
from candor.surface.portal.desk import HOME
from candor.surface.portal.views import Pager
from candor.surface.portal.write.views import (
    ChannelField,
    Option,
    ShutChannel,
    TopicCard,
    WishesPage,
    WishLine,
    WritePage,
)

URL: Final = f"{HOME}/write"
WHY: Final = f"{HOME}/why"
SHOWN: Final = 5
LONGEST_PAUSE: Final = timedelta(days=730)
_DAY: Final = timedelta(days=1)
_DEFAULT_QUIET: Final = (21, 8)


@dataclass(frozen=True, slots=True)
class Wished:
    """What stands with a person, as the page needs it."""

    stands: Preferences
    decisions: Mapping[str, Decision]
    lines: Sequence[history.WishLine]  # newest first, one more than is shown
    signals: Sequence[history.SignalLine]
    done: str = ""  # what the address says was done: "stop", "pause", "topic-…"
    undo_token: str | None = None
    is_restricted: bool = False


def fill(wished: Wished, rules: Rules, reader: Reader) -> WritePage:
    """Return the page, for use inside `reading`."""
    stands = wished.stands
    span = span_of(stands.quiet_hours) or _DEFAULT_QUIET
    zone = stands.zone if stands.has_own_zone else reader.zone
    today = reader.now.astimezone(ZoneInfo(reader.zone)).date()
    paused = stands.paused_until
    return WritePage(
        topics=tuple(
            _card(topic, wished, rules)
            for topic in rules.in_force.document.topics
            if topic.purpose in rules.in_force.purposes
        ),
        frequencies=tuple(Option(f.value, saying.frequency(f)) for f in Frequency),
        post_url=URL,
        done=_done(wished),
        undo_token=wished.undo_token,
        can_stop=any(f is not Frequency.NEVER for f in stands.frequencies.values()),
        paused_until=paused if paused and paused > reader.now else None,
        pauses=(
            Option("week", str(_("Pause for a week"))),
            Option("month", str(_("Pause for a month"))),
            Option("quarter", str(_("Pause for three months"))),
        ),
        earliest=today + _DAY,
        latest=latest_day(today),
        quiet=saying.quiet(stands.quiet_hours),
        quiet_from=str(span[0]),
        quiet_to=str(span[1]),
        has_quiet=bool(stands.quiet_hours),
        zone=_place(zone),
        hours=tuple(Option(str(at), hour(at)) for at in range(24)),
        shut=_shut(wished, rules),
        history=tuple(line_of(line, rules) for line in wished.lines[:SHOWN]),
        history_url=f"{URL}/history" if len(wished.lines) > SHOWN else None,
        why_url=WHY,
        is_restricted=wished.is_restricted,
    )


def fill_wishes(lines: Sequence[history.WishLine], rules: Rules, pager: Pager) -> WishesPage:
    """Return a page of the history, for use inside `reading`."""
    return WishesPage(tuple(line_of(line, rules) for line in lines), URL, pager)


def latest_day(today: date) -> date:
    """Return the last day on which a pause may end."""
    return today + LONGEST_PAUSE


def line_of(line: history.WishLine, rules: Rules) -> WishLine:
    """Return one preference as a line, for use inside `reading`."""
    return WishLine(
        key=str(line.wish_id),
        said=saying.wish(line, rules.in_force),
        at=line.decided_at,
        where=saying.where(line.surface, line.source_id, rules.in_force),
    )


def _card(topic: Topic, wished: Wished, rules: Rules) -> TopicCard:
    text = saying.topic(topic)
    decision = wished.decisions.get(topic.purpose)
    return TopicCard(
        code=topic.code,
        title=text.title,
        plain=text.plain,
        purpose=words.purpose(rules.in_force, topic.purpose),
        purpose_url=f"{ALLOW}#purpose-{topic.purpose}",
        is_allowed=decision is not None and decision.allowed,
        fields=tuple(
            ChannelField(
                id=f"{topic.code}-{channel.code}",
                name=channel.code,
                label=saying.channel(channel),
                chosen=wished.stands.frequencies[topic.code, channel.code].value,
                note=_note(channel.code, wished),
            )
            for channel in rules.in_force.document.channels
            if (topic.code, channel.code) in wished.stands.frequencies
        ),
        is_done=wished.done == f"topic-{topic.code}",
    )


def _place(zone: str) -> str:
    """Return the place that a time zone is named after, as the reader calls it: "Warsaw"."""
    return next((place for code, place in zone_names() if code == zone), zone.replace("_", " "))


def _note(channel: str, wished: Wished) -> str | None:
    if channel in wished.stands.blocked:
        return str(_("closed, see above"))
    if channel not in wished.stands.reachable:
        return str(_("we have no checked address or number for this"))
    return None


def _shut(wished: Wished, rules: Rules) -> tuple[ShutChannel, ...]:
    at = {(line.kind, line.channel_id): line.decided_at for line in wished.signals}
    shut: list[ShutChannel] = []
    for channel in rules.in_force.document.channels:
        block = wished.stands.blocked.get(channel.code)
        if block is None:
            continue
        happened, lift = saying.block(block)
        bit = rules.in_force.numbers.channels[channel.code]
        shut.append(
            ShutChannel(
                code=channel.code,
                title=saying.channel(channel),
                happened=happened,
                at=at.get((block.value, bit)),
                lift=lift,
                can_open=block is not Block.BOUNCE
                and bool(open_on(wished.stands, channel.code)),
            )
        )
    return tuple(shut)


def open_on(stands: Preferences, channel: str) -> list[tuple[str, Frequency]]:
    """Return the topics that a person wants through a channel, blocked or not."""
    return [
        (topic, frequency)
        for (topic, code), frequency in stands.frequencies.items()
        if code == channel and frequency is not Frequency.NEVER
    ]


def _done(wished: Wished) -> str | None:
    match wished.done:
        case "stop":
            return str(_("Done: nothing with a topic comes any more, from this moment on."))
        case "undo":
            return str(_("Taken back: it is as it was before."))
        case "pause" if wished.stands.paused_until is not None:
            return str(_("Done: we pause, from this moment on."))
        case "resume":
            return str(_("Done: the pause is over."))
        case "quiet":
            return str(_("Done: your quiet hours hold from this moment on."))
        case "open":
            return str(_("Done: this way is open again."))
        case _:
            return None


def end_of(day: date, zone: str) -> datetime:
    """Return the first instant of a day in a zone: a pause until then ends with it."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
