"""Counts of everybody by what they said, for the people of the company who look after it.

Exact sums about nobody in particular; they look through all choices. Whoever shows them keeps them
for a while, and shows no group that is small.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from candor.domain.consent.model.policy import Policy, hours_everywhere
from candor.domain.consent.queries import counting as stored
from candor.domain.consent.queries.counting import StepRow
from candor.domain.consent.service import gate
from candor.infra.db.pool import ReadTx

ALLOWED = "allowed"  # the reason of those whom a message reaches

__all__ = [
    "ALLOWED",
    "Stances",
    "StepRow",
    "Waiting",
    "people",
    "reach",
    "said_by_step",
    "stances",
    "waiting",
    "yeses_by_notice",
]


@dataclass(frozen=True, slots=True)
class Stances:
    """How all active people stand with one purpose. The six stances add up to everybody.

    `allowed` is the gate's own count; where a purpose needs no yes it is larger than `said_yes`.
    """

    allowed: int
    said_yes: int
    said_no: int
    notice_changed: int
    expired: int
    minor: int
    silent: int  # never asked


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many people were asked by mail to confirm a yes: in all, and per purpose."""

    people: int
    by_purpose: Mapping[str, int]


async def people(tx: ReadTx) -> int:
    """Return how many people are active."""
    return await stored.people(tx)


async def stances(tx: ReadTx, *, policy: Policy, now: datetime) -> dict[str, Stances]:
    """Return how people stand with each declared purpose, in the order of the catalogue."""
    everybody = await stored.people(tx)
    rows = {
        row.purpose_id: row
        for row in await stored.stances(tx, editions=policy.editions, now=now)
    }
    found: dict[str, Stances] = {}
    for code, bit in policy.bits.items():
        if bit not in policy.declared:
            continue
        row = rows.get(bit) or stored.StancesRow(bit, 0, 0, 0, 0, 0)
        spoken = row.said_yes + row.said_no + row.notice_changed + row.expired + row.minor
        found[code] = Stances(
            allowed=await gate.audience(tx, code, policy=policy, now=now),
            said_yes=row.said_yes,
            said_no=row.said_no,
            notice_changed=row.notice_changed,
            expired=row.expired,
            minor=row.minor,
            silent=everybody - spoken,
        )
    return found


async def reach(
    tx: ReadTx, *, policy: Policy, now: datetime
) -> dict[tuple[str, str], dict[str, int]]:
    """Return, by topic and channel that is offered, how many people are reached now or why not.

    The keys of the inner table are `ALLOWED` and the codes of `Reason`; together they are all
    active people. A purpose that is not allowed is `no_consent`, whatever its legal basis.
    """
    pairs = [
        (topic_code, channel_code, topic, channel)
        for topic_code, topic in policy.topics.items()
        for channel_code, channel in policy.channels.items()
        if channel.bit in topic.offered and topic.purpose in policy.bits
    ]
    params = {
        "now": now,
        "consent_mask": policy.consent_mask,
        "hours": json.dumps(dict(hours_everywhere(now))),
        "zone": policy.zone,
        "topic_ids": [topic.bit for *_, topic, _ in pairs],
        "channel_ids": [channel.bit for *_, channel in pairs],
        "purpose_bits": [1 << policy.bits[topic.purpose] for *_, topic, _ in pairs],
        "topic_bits": [1 << topic.bit for *_, topic, _ in pairs],
        "points": [channel.point for *_, channel in pairs],
        "topics": [channel.silence.topics for *_, channel in pairs],
        "daily": [channel.silence.daily for *_, channel in pairs],
        "weekly": [channel.silence.weekly for *_, channel in pairs],
        "monthly": [channel.silence.monthly for *_, channel in pairs],
        "loud_hours": [policy.loud_hours if channel.is_loud else 0 for *_, channel in pairs],
    }
    names = {(topic.bit, channel.bit): (t, c) for t, c, topic, channel in pairs}
    found: dict[tuple[str, str], dict[str, int]] = {(t, c): {} for t, c, *_ in pairs}
    for row in await stored.reach_by_reason(tx, params):
        found[names[row.topic_id, row.channel_id]][row.reason] = row.people
    return found


async def said_by_step(
    tx: ReadTx, *, since: datetime, step: timedelta, now: datetime
) -> list[StepRow]:
    """Return how often purposes were answered in equal steps of time; step 0 begins at `since`."""
    seconds = int(step.total_seconds())
    return await stored.said_by_step(tx, since=since, step_seconds=seconds, now=now)


async def waiting(tx: ReadTx, *, policy: Policy, now: datetime) -> Waiting:
    """Return how many people have a yes to confirm."""
    codes = {bit: code for code, bit in policy.bits.items()}
    rows = await stored.waiting(tx, now=now)
    return Waiting(
        people=await stored.people_waiting(tx, now=now),
        by_purpose={codes[row.purpose_id]: row.people for row in rows},
    )


async def yeses_by_notice(tx: ReadTx, *, policy: Policy, now: datetime) -> dict[str, int]:
    """Return on how many people's standing yes each notice is; one that is on none is missing."""
    rows = await stored.yeses_by_notice(tx, editions=policy.editions, now=now)
    return {row.notice_id: row.people for row in rows}
