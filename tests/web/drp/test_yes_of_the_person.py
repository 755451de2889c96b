"""What an agent asks for waits on the page of the person, who says yes or no there."""

from datetime import timedelta

import pytest

from candor.domain.rights.model.request import Proof, State
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.asking import work
from tests.web.drp.conftest import Caller
from tests.web.drp.test_exercise import request_of
from tests.web.portal.conftest import Visitor, csrf
from tests.web.portal.test_sign_in_by_code import answer, ask, code_in, is_in, mails
from tests.web.portal.test_sign_in_by_code import work as send

URL = "/me/rights"


@pytest.fixture
async def visitor(caller: Caller, ada: ProfileId) -> Visitor:
    """Sign Ada in by a code: a moment ago she proved that it is her."""
    assert ada
    visitor = Visitor(caller.candor, caller.client)
    assert (await ask(visitor, "ada@example.org")).status_code == 303
    await send(caller.candor)
    assert is_in(await answer(visitor, code_in(mails(caller.candor)[-1])))
    return visitor


async def test_one_yes_of_the_person_lets_it_go_on_to_the_end(
    caller: Caller, visitor: Visitor
) -> None:
    told = (await caller.exercise("access")).json()
    url = f"{URL}/{told['request_id']}"
    html = await visitor.page(URL)
    assert 'id="waiting"' in html
    said = await visitor.post(f"{url}/confirm", {"csrf_token": csrf(html)})
    assert (said.status_code, said.headers["location"]) == (303, url)
    request = await request_of(caller, told)
    assert (request.state, request.proof) == (State.IN_PROGRESS, Proof.ACCOUNT)
    await work(caller.candor)
    assert (await request_of(caller, told)).state is State.FULFILLED
    now = (await caller.send("GET", f"/data-rights-request/{told['request_id']}")).json()
    assert now["status"] == "fulfilled"
    assert 'id="waiting"' not in await visitor.page(URL)


async def test_an_old_sign_in_proves_itself_before_its_yes_counts(
    caller: Caller, visitor: Visitor, clock: FixedClock
) -> None:
    told = (await caller.exercise("deletion")).json()
    form = {"csrf_token": csrf(await visitor.page(URL))}
    clock.advance(timedelta(minutes=30))
    said = await visitor.post(f"{URL}/{told['request_id']}/confirm", form)
    assert said.headers["location"].startswith("/me/prove?next=")
    assert (await request_of(caller, told)).state is State.VERIFYING


async def test_a_no_strikes_out_what_the_agent_asked_for(
    caller: Caller, visitor: Visitor
) -> None:
    told = (await caller.exercise("deletion")).json()
    url = f"{URL}/{told['request_id']}"
    form = {"csrf_token": csrf(await visitor.page(url))}
    for _ in range(2):
        assert (await visitor.post(f"{url}/deny", form)).status_code == 303
    assert (await request_of(caller, told)).state is State.WITHDRAWN
    assert "Taken back" in await visitor.page(url)
    begun = (await caller.exercise("access")).json()
    there = f"{URL}/{begun['request_id']}"
    await visitor.post(f"{there}/confirm", form)
    late = await visitor.post(f"{there}/deny", form)
    assert late.status_code == 409  # under way by their own yes
