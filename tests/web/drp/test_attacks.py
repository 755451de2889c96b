"""An agent that tries to find out whom we know."""

from datetime import timedelta

import pytest

from candor.app.entitling import office_of
from candor.domain.rights.service import carrying
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.web.drp.conftest import Caller
from tests.web.drp.test_exercise import request_of

NOBODY = "nobody@example.org"


async def same_again(caller: Caller, clock: FixedClock, email: str = "ada@example.org") -> bool:
    """Ask for the same under two names and under none; tell whether it was one request."""
    found: set[str] = set()
    for name in (f"{email}/1", f"{email}/2", None, None):
        clock.advance(timedelta(seconds=1))
        named = {} if name is None else {"agent-request-id": name}
        told = (await caller.exercise("deletion", email=email, **named)).json()
        found.add(told["request_id"])
    return len(found) == 1


async def test_the_same_thing_twice_tells_nothing(
    caller: Caller, ada: ProfileId, clock: FixedClock
) -> None:
    assert ada
    assert await same_again(caller, clock)
    assert await same_again(caller, clock, email=NOBODY)
    assert await same_again(caller, clock, email="another@example.org")
    other = (await caller.exercise("access", email=NOBODY)).json()
    third = (await caller.exercise("access", email="another@example.org")).json()
    assert other["request_id"] != third["request_id"]


async def test_a_no_to_a_sale_tells_nothing(caller: Caller, ada: ProfileId) -> None:
    assert ada
    office = office_of(caller.candor)
    stories: list[list[dict[str, str]]] = []
    for more in ({}, {"email": NOBODY}):
        named = {"agent-request-id": f"sale-{len(stories)}", **more}
        first = (await caller.exercise("sale:opt-out", **named)).json()
        await carrying.carry(office, (await request_of(caller, first)).request_id)
        path = f"/data-rights-request/{first['request_id']}"
        then = (await caller.send("GET", path)).json()
        again = (await caller.exercise("sale:opt-out", **named)).json()
        for told in (first, then, again):
            told.pop("request_id")
            told.pop("agent_request_id")
        stories.append([first, then, again])
    assert stories[0] == stories[1]
    assert [told["status"] for told in stories[1]] == ["in_progress", "fulfilled", "fulfilled"]


@pytest.mark.parametrize("more", [{}, {"email": NOBODY}], ids=["known", "unknown"])
async def test_how_often_somebody_may_be_asked_about_tells_nothing(
    caller: Caller, ada: ProfileId, more: dict[str, str]
) -> None:
    assert ada
    office, answers = office_of(caller.candor), list[int]()
    for number in range(21):
        named = {"agent-request-id": str(number), **more}
        answer = await caller.exercise("sale:opt-out", **named)
        answers.append(answer.status_code)
        if answer.status_code == 200:
            request = await request_of(caller, answer.json())
            await carrying.carry(office, request.request_id)
    assert answers == [200] * 20 + [429]
