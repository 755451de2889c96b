"""Who may ask as an agent: by a key that was let in, a token, and for us alone."""

from datetime import timedelta
from typing import Any

import pytest

from candor.domain.rights.service import agents
from candor.kernel.clock import FixedClock
from tests.factories.agents import Agent, let_in
from tests.factories.house import TEST, VECTORS
from tests.web.drp.conftest import Caller

SECOND = timedelta(seconds=1)


async def test_a_token_is_given_once_for_each_message(caller: Caller) -> None:
    agent = caller.agent
    answer = await caller.send("GET", f"/agent/{agent.code}")
    assert (answer.status_code, answer.json()) == (200, {})
    body = agent.signed(agent.envelope(caller.candor.clock.now()))
    again = await caller.send("POST", f"/agent/{agent.code}", body)
    assert (again.status_code, again.content) == (403, b""), "it was said before the last token"


async def test_another_token_ends_the_one_before(caller: Caller, clock: FixedClock) -> None:
    before = caller.agent.token
    clock.advance(2 * SECOND)
    assert (await caller.pair()).status_code == 200
    assert caller.agent.token != before
    path = f"/agent/{caller.agent.code}"
    assert (await caller.send("GET", path, token=before)).status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"business-id": "BIZ_TWO"},
        {"business-id": ""},
        {"agent-id": "AGENT_TWO"},
        {"issued-at": "2099-01-01T00:00:00Z", "expires-at": "2099-01-01T00:05:00Z"},
        {"issued-at": "2001-01-01T00:00:00Z", "expires-at": "2001-01-01T00:05:00Z"},
        {"issued-at": "2001-01-01T00:00:00Z", "expires-at": "2099-01-01T00:05:00Z"},
        {"issued-at": 5},
        {"expires-at": None},
    ],
)
async def test_a_message_for_another_or_of_another_time_is_worth_nothing(
    caller: Caller, clock: FixedClock, changes: dict[str, Any]
) -> None:
    clock.advance(2 * SECOND)
    agent = caller.agent
    body = agent.signed(agent.envelope(clock.now()) | changes)
    answer = await caller.send("POST", f"/agent/{agent.code}", body)
    assert (answer.status_code, answer.content) == (403, b"")
    body = agent.signed(caller.message("deletion") | changes)
    answer = await caller.send("POST", "/data-rights-request", body)
    assert answer.status_code in {400, 403}


@pytest.mark.parametrize("body", [b"", b"e30=", b"\xff", b"A" * 200, b"=" * 100])
async def test_what_is_not_signed_is_not_read(caller: Caller, body: bytes) -> None:
    path = f"/agent/{caller.agent.code}"
    assert (await caller.send("POST", path, body)).status_code == 403
    answer = await caller.send("POST", "/data-rights-request", body)
    assert (answer.status_code, answer.json()["fatal"]) == (403, True)


async def test_a_token_does_not_speak_for_another_key(caller: Caller) -> None:
    thief = Agent("AGENT_TWO")
    await let_in(caller.candor, thief)
    body = thief.signed(caller.message("deletion"))
    answer = await caller.send("POST", "/data-rights-request", body)
    assert answer.status_code == 403
    assert (await caller.send("GET", f"/agent/{thief.code}")).status_code == 403


async def test_an_agent_that_ended_asks_no_more(caller: Caller) -> None:
    async with caller.candor.database.tx() as tx:
        await agents.end(tx, caller.agent.code, actor=TEST, clock=caller.candor.clock)
    assert (await caller.exercise("deletion")).status_code == 403
    assert (await caller.pair()).status_code == 403


async def test_the_vector_of_the_protocol_opens(caller: Caller) -> None:
    vector = VECTORS["drp_combined_signature"]
    key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"  # RFC 8032, test 1
    listed = agents.Listed(id="AGENT_RFC", name="x", verify_key=key)
    async with caller.candor.database.tx() as tx:
        await agents.let_in(tx, listed, is_trusted=False, actor=TEST, clock=caller.candor.clock)
        found = next(one for one in await agents.every(tx) if one.code == "AGENT_RFC")
    said = agents.read_signed(found, vector["request_body"].encode())
    assert said.decode() == vector["json"]
