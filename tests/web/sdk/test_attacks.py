"""What foreign pages and careless widgets try."""

from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from candor.app import Candor
from candor.domain.access.service import write_keys
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.service import gate, preferences
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from candor.surface.plain.widget import WidgetTokens
from tests.factories.house import (
    TEST,
    apply_company,
    choose,
    make_company,
    make_person,
    policy_of,
)

PAGE = "https://shop.example"
PATH = "/sdk/preferences"
FOREIGN = ["https://evil.example", "null", "http://shop.example", f"{PAGE}.evil.example", "*"]


@pytest.fixture
async def ada(candor: Candor) -> ProfileId:
    """Return a customer of a shop with a page."""
    ada = await make_person(candor, name="Ada", email="ada@example.org")
    sources = tuple(
        msgspec.structs.replace(s, origins=(PAGE,), verifies=("device",))
        if s.code == "shop"
        else s
        for s in make_company().sources
    )
    await apply_company(candor, sources=sources)
    return ada


def head(
    candor: Candor, who: ProfileId, origin: str = PAGE, lent: str = PAGE
) -> dict[str, str]:
    """Return what a page sends along."""
    token = WidgetTokens(candor.keyring).issue(who, lent, candor.clock.now()).token
    return {"authorization": f"Bearer {token}", "origin": origin}


async def say(
    candor: Candor, script: httpx.AsyncClient, who: ProfileId, act: dict[str, Any]
) -> int:
    """Send an act; return the status."""
    answer = await script.post(PATH, json=act, headers=head(candor, who))
    return answer.status_code


@pytest.mark.asvs("3.4.2", "3.5.2")
@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_foreign_page_reads_nothing_not_even_what_went_wrong(
    candor: Candor, script: httpx.AsyncClient, ada: ProfileId, origin: str
) -> None:
    async with candor.database.tx() as tx:
        key = await write_keys.issue(tx, source_code="shop", actor=TEST, clock=candor.clock)
    answers = [
        await script.get("/sdk/config", params={"key": key}, headers={"origin": origin}),
        await script.get("/sdk/config", params={"key": "wrong"}, headers={"origin": origin}),
        await script.get(PATH, headers=head(candor, ada, origin)),
        await script.get(PATH, headers=head(candor, ada, origin, lent=origin)),
        await script.get(PATH, headers={"origin": origin}),
        await script.post(PATH, content=b"{", headers=head(candor, ada, origin)),
        await script.options(PATH, headers={"origin": origin}),
    ]
    for answer in answers:
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers
        assert "Ada" not in answer.text
    assert len({answer.text for answer in answers[:2]}) == 1  # known or not: it cannot tell


async def test_another_act_under_the_same_id_is_kept_too(
    candor: Candor, script: httpx.AsyncClient, ada: ProfileId, clock: FixedClock
) -> None:
    name = str(new_id())
    yes = {"id": name, "choice": {"purpose": "news", "says": True}}
    weekly = {"topic": "recipes", "channel": "email", "frequency": "weekly"}
    for act in (yes, yes, {"id": name, "wish": weekly}, {"id": name, "pause_days": 7}):
        assert await say(candor, script, ada, act) == 200
        clock.advance(timedelta(seconds=1))
    no = {"id": name, "choice": {"purpose": "news", "says": False}}
    never = {"id": name, "wish": {**weekly, "frequency": "never"}}
    for act in (no, never, {"id": name, "pause_days": 0}, {"id": name, "pause_days": 0}):
        assert await say(candor, script, ada, act) == 200
        clock.advance(timedelta(seconds=1))
    async with candor.database.read() as tx:
        said = [record.choice for record in await gate.history(tx, [ada])]
        wishes = await preferences.wishes(tx, [ada])
        stands = await preferences.standing(tx, ada, policy=await policy_of(candor))
    assert said == ["granted", "withdrawn"]
    assert len(wishes) == 4
    assert stands
    assert stands.frequencies["recipes", "email"] == "never"
    assert stands.paused_until is None


@pytest.mark.parametrize(
    "act",
    [
        {},
        {"choice": {"purpose": "orders", "says": False}},
        {"choice": {"purpose": "nonsense", "says": True}},
        {"choice": {"purpose": "news", "says": "yes"}},
        {"choice": {"purpose": "news", "says": True, "profile": "x"}},
        {"profile_id": "x", "choice": {"purpose": "news", "says": True}},
        {"choice": {"purpose": "news", "says": True}, "pause_days": 7},
        {"pause_days": -1},
        {"pause_days": 10**12},
        {"wish": {"topic": "recipes", "channel": "sms", "frequency": "daily"}},
        {"wish": {"topic": "recipes", "channel": "email", "frequency": "hourly"}},
    ],
)
async def test_what_a_widget_cannot_say_changes_nothing(
    candor: Candor, script: httpx.AsyncClient, ada: ProfileId, act: dict[str, Any]
) -> None:
    await choose(candor, ada, "news", Choice.DENIED)
    assert await say(candor, script, ada, {"id": str(new_id()), **act}) == 400
    async with candor.database.read() as tx:
        assert len(await gate.history(tx, [ada])) == 1
        assert await preferences.wishes(tx, [ada]) == []
