"""However calls are cut into batches, and whoever sends them again: the same comes of it."""

import asyncio
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candor.app import Candor
from candor.domain.collect.service import fold, read
from candor.domain.consent.model.choice import Choice
from candor.kernel.clock import FixedClock
from tests.factories.house import (
    TEST,
    choose,
    find,
    make_person,
    order,
    rules_of,
    send,
    states_of,
)

STATE = {
    "events": """
        SELECT event_type_id, source_id, occurred_at, purposes, properties::text,
            sealed IS NULL, count(*)
        FROM collect.event GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
    """,
    "who did what": """
        SELECT (
            SELECT array_agg(encode(i.blind_index, 'hex') ORDER BY i.blind_index)
            FROM profiles.identifier AS i WHERE i.profile_id = e.profile_id
        ), e.properties ->> 'order_id'
        FROM collect.event AS e ORDER BY 1, 2
    """,
    "who is whom": """
        SELECT array_agg(encode(i.blind_index, 'hex') ORDER BY i.blind_index)
        FROM profiles.profile AS p JOIN profiles.identifier AS i USING (profile_id)
        GROUP BY p.head_id ORDER BY 1
    """,
    "questions": "SELECT reason, count(*) FROM profiles.review GROUP BY 1 ORDER BY 1",
    "tallies": """
        SELECT event_type_id, day, count, sum_minor FROM collect.tally ORDER BY 1, 2, 3, 4
    """,
    "counters": """
        SELECT source_id, outcome, what, sum(count) FROM collect.counter
        WHERE outcome <> 'duplicate' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """,
    "facts": """
        SELECT p.head_id IS NULL, a.attribute_id, a.source_id, a.observed_at
        FROM profiles.attribute AS a JOIN profiles.profile AS p USING (profile_id)
        ORDER BY 1, 2, 3, 4
    """,
}
EVERYTHING = """
    TRUNCATE collect.event, collect.tally, collect.favourite, collect.counter, collect.message,
        collect.flush, collect.refusal, profiles.identifier, profiles.attribute,
        profiles.merge, profiles.apart, profiles.review, profiles.profile, consent.state
"""

# A few people with a few devices and addresses, who meet in every way.
a_call = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["order", "page", "identify", "broken", "undeclared"]),
        "user": st.sampled_from([None, "A-1", "B-1", "C-1"]),
        "device": st.sampled_from([None, "d1", "d2"]),
        "email": st.sampled_from([None, "ada@example.org", "ben@example.org"]),
        "minutes": st.integers(0, 3),
    }
)
histories = st.lists(a_call, min_size=1, max_size=14)


def as_call(candor: Candor, drawn: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a drawn call as it is sent; its message id follows from its place."""
    at = candor.clock.now() - timedelta(minutes=drawn["minutes"])
    call: dict[str, Any] = {
        "messageId": f"m{number}",
        "timestamp": at.isoformat(),
        "type": "page",
        "properties": {"path": f"/{number}", "undeclared": 1},
    }
    if drawn["user"]:
        call["userId"] = drawn["user"]
    if drawn["device"]:
        call["anonymousId"] = drawn["device"]
    match drawn["kind"]:
        case "order":
            call |= {"type": "track", "event": "Order Completed"}
            call["properties"] = {"order_id": f"o{number}", "total": 1.25, "note": "leave it"}
            if drawn["email"]:
                call["properties"]["email"] = drawn["email"]
        case "identify":
            call |= {"type": "identify", "traits": {"name": "Ada", "hobby": "chess"}}
            if drawn["email"]:
                call["traits"]["email"] = drawn["email"]
        case "broken":
            call["properties"] = {"path": 7}
        case "undeclared":
            call |= {"type": "track", "event": "Nose Picked"}
        case _:
            pass
    return call


async def outcome(
    candor: Candor,
    batches: list[list[dict[str, Any]]],
    owner: Any,  # noqa: ANN401 - a connection
) -> dict[str, Any]:
    """Send batches one after the other to an empty house; return what came of it."""
    owner.execute(EVERYTHING)
    candor.door._resolver.forget_all()
    for batch in batches:
        await send(candor, "shop", *batch)
    rules = await rules_of(candor)
    async with candor.database.tx() as tx:
        await fold.fold(tx, rules.in_force)
    return {name: owner.execute(text).fetchall() for name, text in STATE.items()}


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(histories, st.lists(st.integers(1, 5), max_size=14))
async def test_the_way_a_history_is_cut_into_batches_does_not_matter(
    candor: Candor,
    owner: Any,  # noqa: ANN401 - a connection
    history: list[dict[str, Any]],
    sizes: list[int],
) -> None:
    calls = [as_call(candor, drawn, number) for number, drawn in enumerate(history)]
    pieces: list[list[dict[str, Any]]] = []
    rest = calls
    for size in sizes:
        pieces, rest = [*pieces, rest[:size]], rest[size:]
    at_once = await outcome(candor, [calls], owner)
    in_pieces = await outcome(candor, [*pieces, rest], owner)
    one_by_one = await outcome(candor, [[call] for call in calls], owner)
    assert in_pieces == at_once
    assert one_by_one == at_once


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(histories, st.lists(st.integers(0, 13), max_size=6))
async def test_sending_again_changes_nothing(
    candor: Candor,
    owner: Any,  # noqa: ANN401 - a connection
    history: list[dict[str, Any]],
    again: list[int],
) -> None:
    calls = [
        as_call(candor, drawn, number)
        for number, drawn in enumerate(history)
        if drawn["kind"] in {"order", "identify"} and (drawn["user"] or drawn["device"])
    ]
    repeated = [[calls[place % len(calls)]] for place in again] if calls else []
    once = await outcome(candor, [calls], owner)
    assert await outcome(candor, [calls, *repeated, calls], owner) == once


async def test_a_message_counts_once_however_often_it_is_sent(candor: Candor) -> None:
    call = order(candor, userId="A-1")
    await send(candor, "shop", call, call)
    await asyncio.gather(*(send(candor, "shop", call) for _ in range(5)))
    async with candor.database.read() as tx:
        assert (await read.totals(tx)).events == 1
        rows = await read.counters(tx, since=candor.clock.now())
    assert {r.outcome: r.count for r in rows} == {"stored": 1, "duplicate": 6}


async def test_the_same_message_id_of_two_sources_is_two_messages(candor: Candor) -> None:
    call = order(candor, userId="A-1", messageId="same")
    await send(candor, "shop", call)
    await send(candor, "far", call)
    async with candor.database.read() as tx:
        assert (await read.totals(tx)).events == 2


async def test_after_thirty_days_a_message_is_forgotten(
    candor: Candor, clock: FixedClock
) -> None:
    call = order(candor, userId="A-1", messageId="same")
    await send(candor, "shop", call)
    for days, swept in ((30, 0), (1, 1)):
        clock.advance(timedelta(days=days))
        async with candor.database.tx() as tx:
            assert (await fold.sweep(tx, clock))[0] == swept


# ------------------------------------------------------------------------- what may be kept
async def kept(candor: Candor, user: str) -> list[dict[str, Any]]:
    """Return the properties of the events of a person."""
    ada = await find(candor, "customer_number", user)
    async with candor.database.tx() as tx:
        found = await read.events(
            tx, [ada], purpose="orders", actor=TEST, vault=candor.vault, opened=False
        )
    return [one.row.properties for one in found]


async def test_what_is_not_declared_is_dropped_and_counted(candor: Candor) -> None:
    call = order(candor, userId="A-1", properties={"shoe_size": 43, "products": [{"x": 1}]})
    await send(candor, "shop", call)
    [properties] = await kept(candor, "A-1")
    assert set(properties) == {"order_id", "total", "products"}
    assert properties["products"] == [{}]
    async with candor.database.read() as tx:
        rows = await read.counters(tx, since=candor.clock.now())
    assert {r.outcome: r.count for r in rows} == {"stored": 1, "dropped_property": 2}


async def test_an_event_that_no_purpose_allows_is_not_kept(candor: Candor) -> None:
    news = {
        "type": "track",
        "event": "News Read",
        "userId": "A-1",
        "properties": {"issue": "1"},
    }
    await send(candor, "shop", news)
    assert await kept(candor, "A-1") == []
    ada = await find(candor, "customer_number", "A-1")
    await choose(candor, ada, "news", Choice.GRANTED)
    await send(candor, "shop", news)
    assert await kept(candor, "A-1") == [{"issue": "1"}]
    await choose(candor, ada, "news", Choice.WITHDRAWN, after=timedelta(seconds=1))
    await send(candor, "shop", news)
    assert len(await kept(candor, "A-1")) == 1


async def test_an_event_is_kept_for_the_purposes_that_are_allowed_only(candor: Candor) -> None:
    ada = await make_person(candor, number="A-1")
    await choose(candor, ada, "insight", Choice.DENIED)
    await send(candor, "shop", order(candor, userId="A-1"))
    rules = await rules_of(candor)
    async with candor.database.read() as tx:
        found = await tx.connection.execute("SELECT purposes FROM collect.event")
        assert await found.fetchall() == [(rules.in_force.mask(("orders",)),)]


async def test_a_no_that_comes_with_an_event_counts_for_that_event(candor: Candor) -> None:
    refused = {"consent": {"categoryPreferences": {"analytics": False}}}
    await send(
        candor,
        "shop",
        {"type": "page", "userId": "A-1", "properties": {"path": "/"}, "context": refused},
        {"type": "page", "userId": "A-1", "properties": {"path": "/2"}},
    )
    assert await kept(candor, "A-1") == [{"path": "/2"}]


async def test_a_purpose_in_several_categories_needs_all_of_them(candor: Candor) -> None:
    for choices in ({"marketing": True}, {"marketing": True, "advertising": False}):
        call = {
            "type": "track",
            "event": "Segment Consent Preference Updated",
            "userId": "A-1",
            "context": {"consent": {"categoryPreferences": choices}},
        }
        await send(candor, "shop", call)
    ada = await find(candor, "customer_number", "A-1")
    policy = (await rules_of(candor)).policy
    state = (await states_of(candor, [ada]))[ada]
    assert state.allowed >> policy.bits["news"] & 1
    assert not state.allowed >> policy.bits["ads"] & 1


# ------------------------------------------------------------------------------- counting
async def test_two_folders_at_once_count_each_event_once(candor: Candor) -> None:
    for _ in range(12):
        await send(candor, "shop", *[order(candor, userId="A-1") for _ in range(5)])
    rules = await rules_of(candor)

    async def work() -> int:
        done = 0
        while True:
            async with candor.database.tx() as tx:
                folded = await fold.fold(tx, rules.in_force, at_most=2)
            done += folded
            if not folded:
                return done

    assert sum(await asyncio.gather(work(), work())) == 12
    ada = await find(candor, "customer_number", "A-1")
    async with candor.database.read() as tx:
        [tally] = (await read.traits(tx, [ada])).tallies
        totals = await read.totals(tx)
    assert (tally.count, tally.sum_minor) == (60, 60 * 950)
    assert (totals.events, totals.tallied, totals.unfolded) == (60, 60, 0)


async def test_a_folder_that_fails_counts_nothing(candor: Candor) -> None:
    await send(candor, "shop", order(candor, userId="A-1"))
    rules = await rules_of(candor)

    async def killed() -> None:
        async with candor.database.tx() as tx:
            assert await fold.fold(tx, rules.in_force) == 1
            raise TimeoutError

    for _ in range(2):
        try:
            await killed()
        except TimeoutError:
            continue
    async with candor.database.tx() as tx:
        assert await fold.fold(tx, rules.in_force) == 1
    async with candor.database.read() as tx:
        assert (await read.totals(tx)).tallied == 1


async def test_counters_are_the_same_before_and_after_folding(candor: Candor) -> None:
    await send(candor, "shop", order(candor, userId="A-1"), {"type": "dance"})
    rules = await rules_of(candor)
    since = candor.clock.now() - timedelta(hours=1)
    async with candor.database.read() as tx:
        before = await read.counters(tx, since=since)
    async with candor.database.tx() as tx:
        await fold.fold(tx, rules.in_force)
    async with candor.database.read() as tx:
        assert await read.counters(tx, since=since) == before


async def test_favourites_are_counted_per_value(candor: Candor) -> None:
    for categories in (["tea", "tea"], ["milk"]):
        products = [{"category": one} for one in categories]
        await send(
            candor, "shop", order(candor, userId="A-1", properties={"products": products})
        )
    rules = await rules_of(candor)
    async with candor.database.tx() as tx:
        await fold.fold(tx, rules.in_force)
    ada = await find(candor, "customer_number", "A-1")
    async with candor.database.read() as tx:
        favourites = (await read.traits(tx, [ada])).favourites
    assert [(f.value, f.count) for f in favourites] == [("tea", 2), ("milk", 1)]
