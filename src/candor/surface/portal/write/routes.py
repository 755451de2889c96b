"""How we write to you: the page, its forms, the history."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from candor.domain.catalogue.model import Frequency
from candor.domain.consent.model.preference import (
    Block,
    Pause,
    Quiet,
    TopicWish,
    Wish,
    quiet_between,
)
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import gate, history, links, preferences, stopping
from candor.domain.consent.service.preferences import Preferences, Said
from candor.domain.consent.service.stopping import Undo
from candor.domain.profiles.errors import NoSuchProfile
from candor.infra.web.reading import reading
from candor.kernel.errors import Refused
from candor.kernel.ids import new_id
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.portal.desk import OWN, Desk, Sitting
from candor.surface.portal.leafing import LAST, moment_and_id, place
from candor.surface.portal.refusals import NoSuchTopic, NotADay, NotAnAnswer, NotAnHour
from candor.surface.portal.steering import SURFACE, form, hand, signed_links
from candor.surface.portal.views import Pager
from candor.surface.portal.write.filling import (
    SHOWN,
    URL,
    Wished,
    end_of,
    fill,
    fill_wishes,
    latest_day,
    open_on,
)

PAGE: Final = 25
_PAUSES: Final[Mapping[str, timedelta]] = {
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "quarter": timedelta(days=91),
}
_HOURS: Final = frozenset(str(at) for at in range(24))


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the page and of its forms."""
    return [*_pages(desk), *_topic_forms(desk), *_time_forms(desk)]


def _pages(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/write", opt=OWN)
    async def write(request: AnyRequest) -> Response[str]:
        """Show every topic with what was chosen."""
        async with desk.sitting(request) as sitting:
            wished = await _wished(request, desk, sitting)
        with reading(sitting.reader):
            view = fill(wished, sitting.rules, sitting.reader)
        return desk.show(sitting, "portal/write.html", view, "write")

    @get("/write/history", opt=OWN)
    async def said(request: AnyRequest) -> Response[str]:
        """Show a page of everything that was said about messages."""
        before = request.query_params.get("before")
        at, last_id = moment_and_id(before) if before is not None else LAST
        async with desk.sitting(request) as sitting:
            found = await history.wishes_before(
                sitting.tx,
                profile_ids=sitting.person.profile_ids,
                before=at,
                before_id=last_id,
                at_most=PAGE + 1,
            )
        lines = found[:PAGE]
        more = len(found) > PAGE
        next_ = quote(place(lines[-1].decided_at, lines[-1].wish_id)) if more else ""
        pager = Pager(
            newer_url=f"{URL}/history" if before is not None else None,
            older_url=f"{URL}/history?before={next_}" if more else None,
        )
        with reading(sitting.reader):
            view = fill_wishes(lines, sitting.rules, pager)
        return desk.show(sitting, "portal/wishes.html", view, "write")

    return [write, said]


def _topic_forms(desk: Desk) -> list[HTTPRouteHandler]:
    signed = signed_links(desk)

    @post("/write/topic", opt=OWN)
    async def topic(request: AnyRequest) -> Redirect:
        """Keep how often one topic may come through each channel; only what changed is said."""
        fields = await form(desk, request)
        code = fields.get("topic", "")
        async with desk.sitting(request) as sitting:
            stands = await _stands(sitting)
            wanted = _wanted(fields, code, stands)
            await _say(desk, sitting, [_topic_wish(sitting, code, *one) for one in wanted])
        return see_other(f"{URL}?done=topic-{code}#topic-{code}")

    @post("/write/stop", opt=OWN)
    async def stop(request: AnyRequest) -> Redirect:
        """Close every topic on every channel."""
        await form(desk, request)
        async with desk.sitting(request) as sitting:
            bits = [rule.bit for rule in sitting.rules.policy.topics.values()]
            act = await stopping.close(
                sitting.tx, sitting.visit.profile_id, bits, hand(desk, sitting)
            )
        token = signed.make(
            links.UNDOES, sitting.visit.profile_id, act, sitting.reader.now + links.UNDO_LASTS
        )
        return see_other(f"{URL}?done=stop&undo={token}")

    @post("/write/undo", opt=OWN)
    async def undo(request: AnyRequest) -> Redirect:
        """Say again what stood before everything was stopped."""
        fields = await form(desk, request)
        async with desk.sitting(request) as sitting:
            act = signed.read(fields.get("token", ""), links.UNDOES, Undo, sitting.reader.now)
            if act.profile_id not in sitting.person.profile_ids:
                raise NotAnAnswer
            await stopping.undo(sitting.tx, act.profile_id, act.about, hand(desk, sitting))
        return see_other(f"{URL}?done=undo")

    @post("/write/open", opt=OWN)
    async def open_again(request: AnyRequest) -> Redirect:
        """Say again what is wanted through a channel that something closed: that opens it."""
        fields = await form(desk, request)
        channel = fields.get("channel", "")
        async with desk.sitting(request) as sitting:
            stands = await _stands(sitting)
            wanted = open_on(stands, channel)
            if not wanted or stands.blocked.get(channel) in {None, Block.BOUNCE}:
                raise NoSuchTopic
            said = [_topic_wish(sitting, code, channel, often) for code, often in wanted]
            await _say(desk, sitting, said)
        return see_other(f"{URL}?done=open")

    return [topic, stop, undo, open_again]


def _time_forms(desk: Desk) -> list[HTTPRouteHandler]:
    @post("/write/pause", opt=OWN)
    async def pause(request: AnyRequest) -> Redirect:
        """Pause all messages with a topic, or end the pause."""
        fields = await form(desk, request)
        length = fields.get("for", "")
        async with desk.sitting(request) as sitting:
            now = sitting.reader.now
            if length == "end":
                until = now
            elif length in _PAUSES:
                until = now + _PAUSES[length]
            elif length == "date":
                until = _day(fields.get("until", ""), sitting)
            else:
                raise NotAnAnswer
            await _say(desk, sitting, [Pause(until)])
        return see_other(f"{URL}?done={'resume' if length == 'end' else 'pause'}")

    @post("/write/quiet", opt=OWN)
    async def quiet(request: AnyRequest) -> Redirect:
        """Set quiet hours in the person's own time zone, or have none."""
        fields = await form(desk, request)
        first, last = fields.get("first", ""), fields.get("last", "")
        is_none = fields.get("hours") == "none"
        if not is_none and (not {first, last} <= _HOURS or first == last):
            raise NotAnHour
        mask = 0 if is_none else quiet_between(int(first), int(last))
        async with desk.sitting(request) as sitting:
            stands = await _stands(sitting)
            zone = stands.zone if stands.has_own_zone else sitting.reader.zone
            await _say(desk, sitting, [Quiet(mask, zone)])
        return see_other(f"{URL}?done=quiet")

    return [pause, quiet]


async def _wished(request: AnyRequest, desk: Desk, sitting: Sitting) -> Wished:
    tx, ids, head = sitting.tx, sitting.person.profile_ids, sitting.person.head_id
    at, last_id = LAST
    known = (await gate.states(tx, [head]))[head]
    return Wished(
        stands=await _stands(sitting),
        decisions=await gate.explained(
            tx, head, policy=sitting.rules.policy, now=sitting.reader.now
        ),
        lines=await history.wishes_before(
            tx, profile_ids=ids, before=at, before_id=last_id, at_most=SHOWN + 1
        ),
        signals=await history.lately_signalled(tx, profile_ids=ids),
        done=request.query_params.get("done", ""),
        undo_token=_undo_of(request.query_params.get("undo", ""), desk, sitting),
        is_restricted=known.standing == Standing.RESTRICTED,
    )


async def _stands(sitting: Sitting) -> Preferences:
    found = await preferences.standing(
        sitting.tx, sitting.person.head_id, policy=sitting.rules.policy
    )
    if found is None:
        raise NoSuchProfile
    return found


def _wanted(
    fields: Mapping[str, str], topic: str, stands: Preferences
) -> list[tuple[str, Frequency]]:
    """Return channel and frequency of what a form changes.

    Raises:
        NoSuchTopic: the topic is not offered on any channel, or not on the one that is named.
        NotAnAnswer: a frequency that there is not.
    """
    offered = {c: often for (t, c), often in stands.frequencies.items() if t == topic}
    named = {name: said for name, said in fields.items() if name not in {"csrf_token", "topic"}}
    if not offered or not named.keys() <= offered.keys():
        raise NoSuchTopic
    if not set(named.values()) <= {f.value for f in Frequency}:
        raise NotAnAnswer
    return [
        (channel, Frequency(said))
        for channel, said in named.items()
        if Frequency(said) is not offered[channel]
    ]


def _topic_wish(sitting: Sitting, topic: str, channel: str, often: Frequency) -> TopicWish:
    policy = sitting.rules.policy
    return TopicWish(policy.topics[topic].bit, policy.channels[channel].bit, often)


def _day(text: str, sitting: Sitting) -> datetime:
    """Return the instant at which a pause until a day ends.

    Raises:
        NotADay: not a day after today, or too far away.
    """
    today = sitting.reader.now.astimezone(ZoneInfo(sitting.reader.zone)).date()
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise NotADay from error
    if not today < day <= latest_day(today):
        raise NotADay
    return end_of(day, sitting.reader.zone)


async def _say(desk: Desk, sitting: Sitting, wishes: Sequence[Wish]) -> None:
    """Record preferences of the person who is signed in."""
    now = desk.services.clock.now()
    await preferences.prefer(
        sitting.tx,
        [
            Said(
                wish_id=new_id(),
                via=sitting.visit.profile_id,
                wish=wish,
                decided_at=now,
                surface=SURFACE,
                locale=sitting.reader.language,
            )
            for wish in wishes
        ],
        actor=sitting.actor,
        vault=desk.services.vault,
        policy=sitting.rules.policy,
        clock=desk.services.clock,
    )


def _undo_of(token: str, desk: Desk, sitting: Sitting) -> str | None:
    """Return a token that takes something of the person's own back, else None."""
    try:
        act = signed_links(desk).read(token, links.UNDOES, Undo, sitting.reader.now)
    except Refused:
        return None
    is_own = act.profile_id in sitting.person.profile_ids
    return token if is_own and not act.about.is_empty else None
