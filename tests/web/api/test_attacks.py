"""What a careless or a bold system tries: no later no is beaten, and nothing stays broken."""

import asyncio
from datetime import timedelta

import pytest

from candor.app import Candor
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.notice import shown
from candor.domain.consent.service import choices, stopping
from candor.domain.consent.service.links import Stop
from candor.domain.consent.service.stopping import Hand, Way
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import TEST, choose, make_person, policy_of, rules_of, states_of
from tests.web.api.conftest import System, a_choice
from tests.web.api.test_preferences_and_signals import message, wished

AHEAD = timedelta(minutes=4)
MINUTE = timedelta(minutes=1)


async def is_allowed(system: System, who: ProfileId, purpose: str = "news") -> bool:
    question = {"profile": {"id": str(who)}, "purpose": purpose}
    return (await system.told("POST", "/decisions", question))["allowed"]


async def test_a_clock_that_runs_ahead_beats_no_later_no(
    system: System, candor: Candor, ada: ProfileId, clock: FixedClock
) -> None:
    path = f"/profiles/{ada}/choices"
    ahead = a_choice(candor, decided_at=(clock.now() + AHEAD).isoformat())
    await system.told("POST", path, ahead)
    assert await is_allowed(system, ada)
    clock.advance(MINUTE)
    await choose(candor, ada, "news", Choice.DENIED)
    assert not await is_allowed(system, ada)
    await system.told("POST", path, ahead)  # a retry is the same choice still
    assert not await is_allowed(system, ada)
    assert (await system.post(path, {**ahead, "choice": "denied"})).status_code == 409


async def test_a_wish_ahead_of_its_time_beats_no_later_one(
    system: System, candor: Candor, ada: ProfileId, clock: FixedClock
) -> None:
    await choose(candor, ada, "news", Choice.GRANTED)
    path = f"/profiles/{ada}/preferences"
    ahead = wished(candor, decided_at=(clock.now() + AHEAD).isoformat())
    await system.told("PUT", path, ahead)
    clock.advance(MINUTE)
    never = [{"topic": "recipes", "channel": "email", "frequency": "never"}]
    await system.told("PUT", path, wished(candor, topics=never))
    assert not (await system.told("POST", "/decisions", message(ada)))["allowed"]
    await system.told("PUT", path, ahead)
    assert not (await system.told("POST", "/decisions", message(ada)))["allowed"]


@pytest.mark.parametrize(
    "until",
    [
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
    ],
)
async def test_a_pause_that_no_calendar_reaches_breaks_nothing(
    system: System, candor: Candor, ada: ProfileId, until: str
) -> None:
    path = f"/profiles/{ada}/preferences"
    answer = await system.ask("PUT", path, wished(candor, paused_until=until))
    assert answer.status_code == 422
    assert (await system.get(path)).status_code == 200
    assert (await system.get(f"{path}/history")).status_code == 200


async def test_a_yes_over_a_signal_names_the_words(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    path = f"/profiles/{ada}/choices"
    bold = a_choice(candor, purpose="ads", over_gpc=True)
    refused = await system.post(path, bold)
    assert (refused.status_code, refused.json()["code"]) == (422, "api.words_missing")
    words = shown(await rules_of(candor), "ads", "en")
    await system.told("POST", path, {**bold, "id": str(new_id()), "notice": words.notice_id})
    of_another = shown(await rules_of(candor), "news", "en").notice_id
    stolen = await system.post(path, {**bold, "id": str(new_id()), "notice": of_another})
    assert stolen.status_code == 404


async def test_an_explanation_of_a_long_story_stays_short(
    system: System, candor: Candor, ada: ProfileId, clock: FixedClock
) -> None:
    await choose(candor, ada, "news", Choice.GRANTED)
    path = f"/profiles/{ada}/preferences"
    for _ in range(5):
        clock.advance(MINUTE)
        until = clock.now().isoformat()
        await system.told("PUT", path, wished(candor, paused_until=until))
    told = await system.told("POST", "/decisions", {**message(ada), "explain": True})
    lines = (await system.told("GET", f"{path}/history"))["items"]
    assert set(told["wishes"]) == {line["id"] for line in lines[:2]}


async def test_choices_by_page_api_and_merge_at_once_lose_no_no_and_break_nothing(
    system: System, candor: Candor, ada: ProfileId, clock: FixedClock
) -> None:
    ben = await make_person(candor, number="B-1", email="ben@example.org")
    policy = await policy_of(candor)
    clock.advance(MINUTE)

    async def by_api(n: int) -> int:
        who, said = (ada, ben)[n % 2], ("granted", "denied")[n % 3 == 0]
        body = a_choice(candor, choice=said)
        return (await system.post(f"/profiles/{who}/choices", body)).status_code

    async def by_link(n: int) -> None:
        hand = Hand(TEST, "unsubscribe", candor.vault, policy, clock)
        async with candor.database.tx() as tx:
            await stopping.stop(tx, (ada, ben)[n % 2], Stop(policy.bits["news"]), Way.ALL, hand)

    async def merge(n: int) -> None:
        heads = {ada: ada, ben: ada if n % 2 else ben}
        async with candor.database.tx() as tx:
            await choices.regroup(tx, heads, policy=policy, clock=clock)

    said = asyncio.gather(*map(by_api, range(20)))
    await asyncio.gather(said, *map(by_link, range(6)), *map(merge, range(6)))
    assert set(await said) == {200}
    for who in (ada, ben):  # all at one moment: the no counts
        assert not await is_allowed(system, who)
    await merge(1)
    before = await states_of(candor, [ada, ben])
    async with candor.database.tx() as tx:
        await choices.refold(tx, [ada], policy=policy, clock=clock)
    assert await states_of(candor, [ada, ben]) == before
