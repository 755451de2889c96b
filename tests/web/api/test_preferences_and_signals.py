"""Preferences, signals, contacts and the law by API: what is sent holds at once, and once only."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from candor.app import Candor
from candor.domain.consent.model.choice import Choice
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import choose
from tests.web.api.conftest import System


def wished(candor: Candor, **changes: object) -> dict[str, Any]:
    """Return what a person said about messages."""
    return {
        "id": str(new_id()),
        "decided_at": candor.clock.now().isoformat(),
        "surface": "app",
        "topics": [{"topic": "recipes", "channel": "email", "frequency": "monthly"}],
        **changes,
    }


def signal(candor: Candor, who: object, kind: str, **more: object) -> dict[str, Any]:
    """Return a signal about somebody."""
    return {
        "id": str(new_id()),
        "profile": {"id": str(who)},
        "kind": kind,
        "decided_at": candor.clock.now().isoformat(),
        "surface": "mail_server",
        **more,
    }


def message(who: object) -> dict[str, object]:
    """Return the question whether recipes may go out by e-mail."""
    return {
        "profile": {"id": str(who)},
        "purpose": "news",
        "channel": "email",
        "topic": "recipes",
    }


async def test_a_preference_holds_at_once(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    path = f"/profiles/{ada}/preferences"
    before = await system.told("GET", path)
    told = await system.told("PUT", path, wished(candor, quiet={"hours": [22], "zone": "UTC"}))
    assert {"topic": "recipes", "channel": "email", "frequency": "monthly"} in told["topics"]
    assert len(told["topics"]) == len(before["topics"])
    assert (told["quiet_hours"], told["zone"]) == ([22], "UTC")
    assert await system.told("GET", path) == told
    lines = (await system.told("GET", f"{path}/history"))["items"]
    assert {line["kind"] for line in lines} == {"topic", "quiet"}
    assert {line["source"] for line in lines} == {"shop"}


async def test_preferences_are_said_once(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    path = f"/profiles/{ada}/preferences"
    body = wished(candor)
    assert await system.told("PUT", path, body) == await system.told("PUT", path, body)
    assert len((await system.told("GET", f"{path}/history"))["items"]) == 1
    body["topics"][0]["frequency"] = "never"
    answer = await system.put(path, body)
    assert (answer.status_code, answer.json()["code"]) == (409, "api.id_taken")


async def test_a_pause_begins_and_ends(
    system: System, candor: Candor, ada: ProfileId, clock: FixedClock
) -> None:
    path = f"/profiles/{ada}/preferences"
    until = (candor.clock.now() + timedelta(days=30)).isoformat()
    told = await system.told("PUT", path, wished(candor, topics=[], paused_until=until))
    assert told["paused_until"].startswith("2026-04-01")
    clock.advance(timedelta(minutes=1))
    ended = wished(candor, topics=[], paused_until=candor.clock.now().isoformat())
    assert (await system.told("PUT", path, ended))["paused_until"] != told["paused_until"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"topics": []}, "api.not_as_described"),
        (
            {"topics": [{"topic": "x", "channel": "email", "frequency": "any"}]},
            "api.not_declared",
        ),
        (
            {"topics": [{"topic": "recipes", "channel": "pigeon", "frequency": "any"}]},
            "api.not_declared",
        ),
        ({"quiet": {"hours": [1], "zone": "Mars/Olympus"}}, "api.not_declared"),
        ({"quiet": {"hours": [24], "zone": "UTC"}}, "api.not_as_described"),
        (
            {"topics": [{"topic": "recipes", "channel": "email", "frequency": "any"}] * 2},
            "api.not_as_described",
        ),
    ],
)
async def test_what_is_not_offered_is_refused(
    system: System, candor: Candor, ada: ProfileId, changes: dict[str, object], code: str
) -> None:
    answer = await system.put(f"/profiles/{ada}/preferences", wished(candor, **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_bounce_closes_a_channel_until_it_is_reachable(
    system: System, candor: Candor, ada: ProfileId, clock: FixedClock
) -> None:
    await choose(candor, ada, "news", Choice.GRANTED)
    assert (await system.told("POST", "/decisions", message(ada)))["allowed"]
    body = signal(candor, ada, "bounce", channel="email")
    for _ in range(2):
        assert (await system.told("POST", "/signals", body))["status"] == "heard"
    assert (await system.told("POST", "/decisions", message(ada)))["reason"] == "bounced"
    clock.advance(timedelta(seconds=1))
    again = signal(candor, ada, "reachable", channel="email")
    await system.told("POST", "/signals", again)
    assert (await system.told("POST", "/decisions", message(ada)))["allowed"]


async def test_a_string_that_cannot_be_read_is_heard_as_a_no(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    for kind in ("tcf", "gpp"):
        for more in ({"value": "nonsense"}, {}):
            told = await system.told("POST", "/signals", signal(candor, ada, kind, **more))
            assert told["status"] == "heard"


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("bounce", {}, "api.not_as_described"),
        ("gpc", {"channel": "email"}, "api.not_as_described"),
        ("stop", {"channel": "pigeon"}, "api.not_declared"),
        ("gpc", {"value": "x"}, "api.not_as_described"),
        ("shout", {}, "api.not_as_described"),
        ("tcf", {"value": "x" * 8_193}, "api.not_as_described"),
    ],
)
async def test_a_signal_of_the_wrong_form_is_refused(
    system: System,
    candor: Candor,
    ada: ProfileId,
    kind: str,
    more: dict[str, object],
    code: str,
) -> None:
    answer = await system.post("/signals", signal(candor, ada, kind, **more))
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_another_signal_under_the_same_id_is_refused(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    body = signal(candor, ada, "bounce", channel="email")
    await system.told("POST", "/signals", body)
    answer = await system.post("/signals", body | {"kind": "complaint"})
    assert (answer.status_code, answer.json()["code"]) == (409, "api.id_taken")


async def test_a_message_that_left_counts_for_the_next(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    await choose(candor, ada, "news", Choice.GRANTED)
    await system.told("PUT", f"/profiles/{ada}/preferences", wished(candor))
    left = {
        "id": str(new_id()),
        "profile": {"kind": "email", "value": "ada@example.org"},
        "channel": "email",
        "topic": "recipes",
        "at": candor.clock.now().isoformat(),
    }
    for _ in range(2):
        assert (await system.told("POST", "/contacts", left))["status"] == "counted"
    assert (await system.told("POST", "/decisions", message(ada)))["reason"] == "too_often"
    answer = await system.post("/contacts", left | {"topic": "none"})
    assert answer.json()["code"] == "api.not_declared"


async def test_the_law_decides_what_silence_means(
    system: System, ada: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    path = f"/profiles/{ada}/regime"
    ads = {"profile": {"id": str(ada)}, "purpose": "ads"}
    assert await system.told("GET", path) == {"regime": "gdpr"}
    assert not (await system.told("POST", "/decisions", ads))["allowed"]
    for _ in range(2):
        assert await system.told("PUT", path, {"regime": "ccpa"}) == {"regime": "ccpa"}
    told = await system.told("POST", "/decisions", ads)
    assert (told["allowed"], told["reason"]) == (True, "not_objected")
    await system.told("PUT", path, {"regime": None})
    assert not (await system.told("POST", "/decisions", ads))["allowed"]
    rows = owner.execute(
        "SELECT detail ->> 'regime' FROM audit.entry WHERE action = 'consent.regime_set' "
        "ORDER BY entry_id"
    ).fetchall()
    assert [row[0] for row in rows] == ["ccpa", "unknown"]


async def test_a_token_is_made_for_declared_pages_only(system: System, ada: ProfileId) -> None:
    path = f"/profiles/{ada}/widget-token"
    answer = await system.post(path, {"origin": "https://elsewhere.example"})
    assert answer.json()["code"] == "api.not_declared"
