"""Signals at the door: they count before the events that carry them, and cost next to nothing."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from candor.app import Candor
from candor.domain.catalogue.model import Regime
from candor.domain.collect.service import read
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.notice import shown
from candor.domain.consent.model.signal import Heard
from candor.domain.consent.service import gate, signals
from candor.infra.db.pool import Tx
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.house import (
    TEST,
    choose,
    find,
    fresh,
    make_person,
    order,
    policy_of,
    rules_of,
    send,
    states_of,
)
from tests.factories.strings import with_consents

GPC = {"gpc": True}


async def may(candor: Candor, profile_id: ProfileId, purpose: str = "ads") -> bool:
    """Tell whether a purpose is allowed now."""
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        found = await gate.verdicts(
            tx, [profile_id], purpose, TEST, policy=policy, now=candor.clock.now()
        )
    return found[profile_id].allowed


async def heard(candor: Candor, profile_id: ProfileId) -> list[Heard]:
    """Return the signals of a profile."""
    async with candor.database.read() as tx:
        return await signals.heard(tx, [profile_id])


def visit(candor: Candor, device: str, **context: object) -> dict[str, Any]:
    """Return a page view by a device."""
    return {
        "type": "page",
        "anonymousId": device,
        "messageId": fresh("message"),
        "timestamp": candor.clock.now().isoformat(),
        "context": context,
    }


async def device_of(candor: Candor, device: str) -> ProfileId:
    """Return the profile of a device."""
    return await find(candor, "device", device)


def consenting(candor: Candor, *consents: int) -> dict[str, str]:
    """Return the consent of a page whose string was made today."""
    today = candor.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return {"tcf": with_consents(*consents, created=today, last_updated=today)}


async def test_an_unknown_visitor_is_heard(candor: Candor) -> None:
    device = fresh("device")
    await send(candor, "far", visit(candor, device, **GPC))
    profile = await device_of(candor, device)
    assert not await may(candor, profile)
    [signal] = await heard(candor, profile)
    assert (signal.kind, signal.surface, signal.is_readable) == ("gpc", "source far", True)


async def test_a_visitor_without_a_signal_says_nothing(candor: Candor) -> None:
    device = fresh("device")
    await send(candor, "far", visit(candor, device))
    profile = await device_of(candor, device)
    assert await may(candor, profile)  # sale until they opt out
    assert await heard(candor, profile) == []


@pytest.mark.parametrize("context", [{"gpc": True}, {"globalPrivacyControl": True}])
async def test_both_names_are_known(candor: Candor, context: dict[str, object]) -> None:
    device = fresh("device")
    await send(candor, "far", visit(candor, device, **context))
    assert not await may(candor, await device_of(candor, device))


@pytest.mark.parametrize("value", [False, None, 1, "1", "true", [True], {"a": True}])
async def test_only_true_itself_counts_and_nothing_else_harms(
    candor: Candor, value: object
) -> None:
    device = fresh("device")
    load = await send(candor, "far", visit(candor, device, gpc=value))
    assert not load.refused
    assert await heard(candor, await device_of(candor, device)) == []


async def test_the_whole_batch_shares_the_context_of_its_envelope(candor: Candor) -> None:
    device = fresh("device")
    call = {key: value for key, value in visit(candor, device).items() if key != "context"}
    reader = await candor.door.reader("far")
    body = msgspec.json.encode({"batch": [call], "context": GPC})
    await candor.door.take(reader.batch(body, candor.clock.now()))
    assert not await may(candor, await device_of(candor, device))


async def test_a_header_counts_for_every_call_of_the_request(candor: Candor) -> None:
    devices = [fresh("device"), fresh("device")]
    reader = await candor.door.reader("far")
    calls = [visit(candor, device) for device in devices]
    body = msgspec.json.encode({"batch": calls})
    await candor.door.take(reader.batch(body, candor.clock.now(), is_gpc=True))
    for device in devices:
        assert not await may(candor, await device_of(candor, device))


async def test_it_is_carried_to_the_known_person_and_their_other_devices(
    candor: Candor, clock: FixedClock
) -> None:
    phone, laptop, number = fresh("device"), fresh("device"), fresh("number")
    ann = await make_person(candor, source="far", number=number)
    await send(candor, "far", {"type": "identify", "userId": number, "anonymousId": laptop})
    assert await may(candor, ann)
    await send(candor, "far", visit(candor, phone, **GPC))
    clock.advance(timedelta(minutes=1))
    await send(candor, "far", {"type": "identify", "userId": number, "anonymousId": phone})
    for profile in (ann, await device_of(candor, laptop), await device_of(candor, phone)):
        assert not await may(candor, profile)


async def test_a_yes_while_the_browser_says_no_is_a_no(candor: Candor) -> None:
    number = fresh("number")
    consent = {
        "categoryPreferences": {"advertising": True, "marketing": True, "analytics": True}
    }
    call = {"type": "identify", "userId": number, "context": {"consent": consent, **GPC}}
    await send(candor, "shop", call)
    ann = await find(candor, "customer_number", number)
    assert not await may(candor, ann)
    assert await may(candor, ann, "news")


async def test_unless_the_page_told_them(candor: Candor) -> None:
    number = fresh("number")
    words = shown(await rules_of(candor), "ads", "en").notice_id
    consent = {
        "categoryPreferences": {"advertising": True, "marketing": True},
        "notices": {"ads": {"id": words, "edition": 1}},
        "overGpc": True,
    }
    call = {"type": "identify", "userId": number, "context": {"consent": consent, **GPC}}
    await send(candor, "shop", call)
    ann = await find(candor, "customer_number", number)
    assert await may(candor, ann)
    await send(candor, "shop", order(candor, userId=number, context=GPC))
    assert await may(candor, ann)
    assert len(await heard(candor, ann)) == 1


async def test_a_signal_counts_before_the_events_that_carry_it(candor: Candor) -> None:
    ann = await make_person(candor, number=(number := fresh("number")))
    before = await stored(candor)
    news = {
        "type": "track",
        "event": "News Read",
        "userId": number,
        "messageId": fresh("message"),
        "context": {"consent": {"tcf": "nonsense"}},
    }
    await choose(candor, ann, "news", Choice.GRANTED)
    await send(candor, "shop", news)
    assert await stored(candor) == before + 1  # nothing of the TCF speaks about news
    assert not await may(candor, ann)


async def stored(candor: Candor) -> int:
    """Return how many events are kept."""
    async with candor.database.read() as tx:
        return (await read.totals(tx)).events


async def test_a_string_is_a_yes_where_it_says_so(candor: Candor) -> None:
    ann = await make_person(candor, number=(number := fresh("number")))
    await send(
        candor,
        "shop",
        order(candor, userId=number, context={"consent": consenting(candor, 2, 3)}),
    )
    assert await may(candor, ann)
    await send(
        candor, "shop", order(candor, userId=number, context={"consent": consenting(candor, 2)})
    )
    assert not await may(candor, ann)


@pytest.mark.parametrize("value", ["", "nonsense", 7, True, ["C"], {"tcString": "C"}])
async def test_what_is_no_string_is_an_unreadable_one(candor: Candor, value: object) -> None:
    ann = await make_person(candor, number=(number := fresh("number")))
    await choose(candor, ann, "ads", Choice.GRANTED, after=timedelta(seconds=-1))
    call = order(candor, userId=number, context={"consent": {"tcf": value}})
    load = await send(candor, "shop", call)
    assert not load.refused
    assert not await may(candor, ann)
    assert [one.is_readable for one in await heard(candor, ann)] == [False]


async def test_null_is_no_signal(candor: Candor) -> None:
    ann = await make_person(candor, number=(number := fresh("number")))
    context = {"consent": {"tcf": None, "gpp": None}, "gpc": None}
    await send(candor, "shop", order(candor, userId=number, context=context))
    assert await heard(candor, ann) == []


# --------------------------------------------------------------------------------- costs
@asynccontextmanager
async def counting(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[list[int]]:
    """Count how often signals are looked up."""
    calls: list[int] = []
    real = signals.listen

    async def counted(tx: Tx, asked: Any, **more: Any) -> Any:  # noqa: ANN401 - as it comes
        calls.append(len(asked))
        return await real(tx, asked, **more)

    monkeypatch.setattr(signals, "listen", counted)
    yield calls


async def test_a_browser_that_always_signals_is_asked_about_once(
    candor: Candor, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = fresh("device")
    async with counting(monkeypatch) as calls:
        for _ in range(5):
            await send(
                candor, "far", visit(candor, device, **GPC), visit(candor, device, **GPC)
            )
    assert calls == [1]


async def test_a_page_that_always_sends_its_string_is_asked_about_twice(
    candor: Candor, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = fresh("number")
    ann = await make_person(candor, number=number)
    context = {"consent": consenting(candor, 2, 3)}
    async with counting(monkeypatch) as calls:
        for _ in range(5):
            await send(candor, "shop", order(candor, userId=number, context=context))
    assert calls == [1, 1]  # once to hear it, once to see that it is known
    assert len(await heard(candor, ann)) == 1


async def test_it_is_asked_again_when_a_choice_changed(
    candor: Candor, clock: FixedClock
) -> None:
    device = fresh("device")
    for _ in range(3):
        await send(candor, "far", visit(candor, device, **GPC))
    profile = await device_of(candor, device)
    clock.advance(timedelta(minutes=1))
    await choose(candor, profile, "ads", Choice.GRANTED)
    assert await may(candor, profile)
    clock.advance(timedelta(minutes=1))
    await send(candor, "far", visit(candor, device, **GPC))
    assert not await may(candor, profile)


async def test_strings_that_take_turns_are_each_heard(
    candor: Candor, clock: FixedClock
) -> None:
    ann = await make_person(candor, number=(number := fresh("number")))
    yes, no = consenting(candor, 2, 3), consenting(candor)
    for consent, allowed in ((yes, True), (no, False), (yes, True), (no, False)):
        for _ in range(2):
            clock.advance(timedelta(minutes=1))
            call = order(candor, userId=number, context={"consent": consent})
            await send(candor, "shop", call)
            assert await may(candor, ann) is allowed
    assert len(await heard(candor, ann)) == 4


async def test_strings_that_take_turns_in_one_request_count_in_their_order(
    candor: Candor, clock: FixedClock
) -> None:
    ann = await make_person(candor, number=(number := fresh("number")))
    yes, no = consenting(candor, 2, 3), consenting(candor)
    calls: list[dict[str, Any]] = []
    for consent in (yes, no, yes, no, yes):
        clock.advance(timedelta(minutes=1))
        calls.append(order(candor, userId=number, context={"consent": consent}))
    await send(candor, "shop", *calls)
    assert await may(candor, ann)


async def test_outcomes_are_counted(candor: Candor) -> None:
    number = fresh("number")
    load = await send(
        candor,
        "shop",
        order(candor, userId=number, context={"consent": {"tcf": "C", "gpp": "DBAA"}, **GPC}),
    )
    counted = {(str(outcome), what): n for (outcome, what), n in load.counts.items()}
    assert counted["signal", "gpc"] == 1
    assert counted["signal", "tcf"] == 1
    assert counted["signal", "gpp"] == 1
    assert counted["unreadable_signal", "cut_short"] == 1


async def test_a_restricted_person_is_heard_too(candor: Candor) -> None:
    device = fresh("device")
    await send(candor, "far", visit(candor, device, **GPC))
    profile = await device_of(candor, device)
    states = await states_of(candor, [profile])
    assert states[profile].heard == 1
    assert states[profile].regime == Regime.CCPA
