"""How a person wants to be written to: what stands, what they said, something new."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid5

import msgspec

from candor.domain.access.model.keys import Scope
from candor.domain.catalogue.model import Frequency, InForce
from candor.domain.consent.model.history import WishLine
from candor.domain.consent.model.policy import Policy, knows_zone
from candor.domain.consent.model.preference import Pause, Quiet, TopicWish, Wish, WishRow
from candor.domain.consent.service import history, preferences
from candor.domain.consent.service.preferences import Said
from candor.domain.profiles.errors import NoSuchProfile
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId
from candor.kernel.units import mask_of
from candor.surface.api.v1.call import Call, cursor, is_same_time, place
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.problems import IdTaken, NotAsDescribed, NotDeclared
from candor.surface.api.v1.shapes import (
    PageQuery,
    PreferencesIn,
    PreferencesTold,
    TopicWishIn,
    TopicWishTold,
    Wishes,
    WishTold,
)

_HOURS: Final = 24
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)  # the database reads what no clock shows,
_LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)  # but nobody could read it from there


async def standing(call: Call, _: None) -> PreferencesTold:
    """Return how a person wants to be written to; written down as a read about the person."""
    async with call.services.database.tx(call.request_id) as tx:
        await call.members(tx, call.profile_id)
        told = await _standing(call, tx)
        await call.write_down(tx, "consent.preferences_read", [call.profile_id])
    return told


async def prefer(call: Call, given: PreferencesIn) -> PreferencesTold:
    """Keep what a person said; return what stands then."""
    decided_at = call.instant(given.decided_at)
    async with call.services.database.tx(call.request_id) as tx:
        rules = await call.rules(tx)
        members = await call.members(tx, call.profile_id)
        said = [
            Said(
                wish_id=wish_id,
                via=call.profile_id,
                wish=wish,
                decided_at=decided_at,
                surface=given.surface,
                source_id=call.source_id(rules.in_force),
                locale=given.locale,
                evidence=_evidence(call, given),
            )
            for wish_id, wish in _wishes(given, rules.policy)
        ]
        if not said:
            message = "This says nothing: give `topics`, `paused_until` or `quiet`."
            raise NotAsDescribed(message)
        await preferences.prefer(
            tx,
            said,
            actor=call.actor,
            vault=call.services.vault,
            policy=rules.policy,
            clock=call.services.clock,
        )
        await _hold(tx, members, said, given.decided_at)
        return await _standing(call, tx)


async def listed(call: Call, query: PageQuery) -> Wishes:
    """Return a page of what a person said about messages; written down as a read."""
    before, before_id = place(query.after)
    async with call.services.database.tx(call.request_id) as tx:
        in_force = (await call.rules(tx)).in_force
        members = await call.members(tx, call.profile_id)
        lines = await history.wishes_before(
            tx,
            profile_ids=members,
            before=before,
            before_id=before_id,
            at_most=query.limit + 1,
        )
        await call.write_down(tx, "consent.preferences_read", [call.profile_id])
    shown = lines[: query.limit]
    more = len(lines) > len(shown)
    return Wishes(
        items=[_told(line, in_force) for line in shown],
        next=cursor(shown[-1].decided_at, shown[-1].wish_id) if more else None,
    )


def _wishes(given: PreferencesIn, policy: Policy) -> list[tuple[UUID, Wish]]:
    """Return each wish with an id that follows from the caller's and from what it is about.

    Raises:
        NotDeclared: a topic, a channel, their pair or a time zone that there is not.
    """
    found: list[tuple[UUID, Wish]] = [
        (uuid5(given.id, f"topic/{one.topic}/{one.channel}"), _topic(one, policy))
        for one in given.topics
    ]
    if len({wish_id for wish_id, _ in found}) < len(found):
        message = "A topic stands there twice for the same channel."
        raise NotAsDescribed(message)
    if given.paused_until is not None:
        if not _EARLIEST <= given.paused_until <= _LATEST:
            message = "`paused_until` must lie between the years 1970 and 9000."
            raise NotAsDescribed(message)
        found.append((uuid5(given.id, "pause"), Pause(given.paused_until)))
    if given.quiet is not None:
        if not knows_zone(given.quiet.zone):
            message = "There is no such time zone."
            raise NotDeclared(message, hint="Name it as the IANA database does: Europe/Berlin")
        hours = mask_of(set(given.quiet.hours))
        found.append((uuid5(given.id, "quiet"), Quiet(hours, given.quiet.zone)))
    return found


def _topic(one: TopicWishIn, policy: Policy) -> TopicWish:
    topic, channel = policy.topics.get(one.topic), policy.channels.get(one.channel)
    if topic is None or channel is None or channel.bit not in topic.offered:
        message = "The catalogue offers no such topic on this channel."
        raise NotDeclared(message)
    return TopicWish(topic.bit, channel.bit, one.frequency)


async def _hold(
    tx: ReadTx, members: list[ProfileId], said: list[Said], decided_at: datetime
) -> None:
    """Hold what is kept under these ids against what was said.

    Raises:
        IdTaken: something else stands there.
    """
    wanted = {one.wish_id for one in said}
    kept = {
        row.wish_id: row
        for row in await preferences.wishes(tx, members)
        if row.wish_id in wanted
    }
    for one in said:
        row = kept.get(one.wish_id)
        if row is None or (row.surface, _content(row)) != (one.surface, _content_of(one.wish)):
            raise IdTaken
        if not is_same_time(row.decided_at, decided_at):
            raise IdTaken


def _content(row: WishRow) -> tuple[object, ...]:
    return (row.frequency, row.until, row.hours, row.zone)


def _content_of(wish: Wish) -> tuple[object, ...]:
    match wish:
        case TopicWish(frequency=frequency):
            return (frequency.value, None, None, None)
        case Pause(until=until):
            return (None, until, None, None)
        case Quiet(hours=hours, zone=zone):
            return (None, None, hours, zone)


async def _standing(call: Call, tx: ReadTx) -> PreferencesTold:
    rules = await call.rules(tx)
    found = await preferences.standing(tx, call.profile_id, policy=rules.policy)
    if found is None:
        raise NoSuchProfile
    return PreferencesTold(
        topics=[
            TopicWishTold(topic=topic, channel=channel, frequency=frequency)
            for (topic, channel), frequency in sorted(found.frequencies.items())
        ],
        blocked={channel: block.value for channel, block in found.blocked.items()},
        reachable=sorted(found.reachable),
        paused_until=found.paused_until,
        quiet_hours=_hours(found.quiet_hours),
        zone=found.zone,
        sends_gpc=found.sends_gpc,
    )


def _evidence(call: Call, given: PreferencesIn) -> str:
    proof = {"key": str(call.key.key_id)}
    if given.evidence is not None:
        proof["reference"] = given.evidence
    return msgspec.json.encode(proof).decode()


def _told(line: WishLine, in_force: InForce) -> WishTold:
    numbers = in_force.numbers
    source = in_force.sources_by_id.get(line.source_id) if line.source_id else None
    return WishTold(
        id=line.wish_id,
        kind=line.kind,
        topic=_name(numbers.topics, line.topic_id),
        channel=_name(numbers.channels, line.channel_id),
        frequency=Frequency(line.frequency) if line.frequency else None,
        until=line.until,
        hours=None if line.hours is None else _hours(line.hours),
        zone=line.zone,
        decided_at=line.decided_at,
        surface=line.surface,
        source=source.code if source else None,
    )


def _name(numbers: dict[str, int], number: int | None) -> str | None:
    return next((code for code, known in numbers.items() if known == number), None)


def _hours(mask: int) -> list[int]:
    return [hour for hour in range(_HOURS) if mask >> hour & 1]


_ANSWER: Final[dict[str, object]] = {
    "topics": [{"topic": "recipes", "channel": "email", "frequency": "weekly"}],
    "blocked": {},
    "reachable": ["email"],
    "paused_until": None,
    "quiet_hours": [],
    "zone": "Europe/Berlin",
    "sends_gpc": False,
}

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/profiles/{profile_id}/preferences",
        name="read_preferences",
        tag="preferences",
        summary="How a person wants to be written to, now",
        about=(
            "A preference opens nothing without a yes to its purpose: ask `/decisions` before a "
            "message leaves. A read about a person: they find it in their history."
        ),
        scope=Scope.PREFERENCES_READ,
        gives=PreferencesTold,
        run=standing,
        errors=(404,),
        answer=_ANSWER,
    ),
    Operation(
        method="PUT",
        path="/profiles/{profile_id}/preferences",
        name="set_preferences",
        tag="preferences",
        summary="Keep what a person said about messages",
        about="What is not named stays as it is. Repeating the same `id` changes nothing.",
        scope=Scope.PREFERENCES_WRITE,
        takes=PreferencesIn,
        gives=PreferencesTold,
        run=prefer,
        errors=(404, 409),
        example={
            "id": "0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e02",
            "decided_at": "2026-11-21T12:00:00+01:00",
            "surface": "app",
            "topics": [{"topic": "recipes", "channel": "email", "frequency": "weekly"}],
        },
        answer=_ANSWER,
    ),
    Operation(
        method="GET",
        path="/profiles/{profile_id}/preferences/history",
        name="list_preferences",
        tag="preferences",
        summary="What a person said about messages, newest first",
        about="A read about a person: they find it in their history.",
        scope=Scope.PREFERENCES_READ,
        takes=PageQuery,
        gives=Wishes,
        run=listed,
        errors=(404,),
    ),
)
