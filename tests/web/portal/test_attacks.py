"""What outsiders and impatient customers try: nothing of it breaks a page or becomes a yes."""

import asyncio
from datetime import timedelta

import pytest

from candor.app import Candor
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.service import choices, gate
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.house import choose, make_person, policy_of
from tests.web.portal.conftest import Visitor, Visitors, csrf
from tests.web.portal.test_unsubscribe import link, make_ada, one_click, press, undo_of
from tests.web.portal.test_write import gate_says

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("token", ["ä", "\x00", "\ud800", "", "0" * 64])
async def test_any_wrong_token_of_a_form_is_refused_alike(
    candor: Candor, visitor: Visitor, token: str
) -> None:
    ada = await make_ada(candor)
    await visitor.sign_in(ada)
    fields = {"csrf_token": token, "purpose": "news", "choice": "denied"}
    body = "&".join(
        f"{name}={''.join(f'%{byte:02x}' for byte in said.encode('utf-8', 'surrogatepass'))}"
        for name, said in fields.items()
    )
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = await visitor.client.post("/me/allow/choose", content=body, headers=kind)
    assert answer.status_code == 403
    assert (await gate_says(candor, ada)).allowed


@pytest.mark.parametrize("path", ["/me", "/me/allow", "/me/allow/choose", "/console"])
async def test_no_page_has_an_answer_to_options(visitor: Visitor, path: str) -> None:
    assert (await visitor.client.request("OPTIONS", path)).status_code == 405


@pytest.mark.parametrize("size", [1_000_000, 10_000_000])
async def test_a_great_body_is_refused_at_once(
    candor: Candor, visitor: Visitor, size: int
) -> None:
    ada = await make_ada(candor)
    path = await link(candor, ada)
    answer = await one_click(visitor, path, "List-Unsubscribe=One-Click&x=" + "a" * size)
    assert answer.status_code == 413
    assert (await gate_says(candor, ada)).allowed


async def test_what_ran_out_does_not_come_back_by_stopping_and_undoing(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    clock.advance(timedelta(days=370))
    path = await link(candor, ada, topic=None, channel=None)
    html = await press(visitor, path, "all")
    assert 'name="token"' not in html
    clock.advance(MINUTE)
    assert not (await gate_says(candor, ada)).allowed


async def test_a_yes_that_comes_back_lasts_no_longer_than_it_was_given_for(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    clock.advance(timedelta(days=364))
    path = await link(candor, ada, topic=None, channel=None)
    html = await press(visitor, path, "all")
    clock.advance(MINUTE)
    await press(visitor, path, "undo", token=undo_of(html))
    assert (await gate_says(candor, ada)).allowed
    clock.advance(timedelta(days=1))
    assert not (await gate_says(candor, ada)).allowed


async def test_of_a_yes_and_a_no_at_one_moment_the_yes_does_not_come_back(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_person(candor, name="Ada", email="ada@example.org")
    for _ in range(4):  # whichever of the two has the greater id
        clock.advance(MINUTE)
        await choose(candor, ada, "news", Choice.DENIED)
        await choose(candor, ada, "news", Choice.GRANTED)
        path = await link(candor, ada, topic=None, channel=None)
        html = await press(visitor, path, "all")
        assert 'name="token"' not in html
    assert not (await gate_says(candor, ada)).allowed


async def join(candor: Candor, one: ProfileId, other: ProfileId, head: ProfileId) -> None:
    """Let two profiles be one person, or two again."""
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        await choices.regroup(tx, {one: one, other: head}, policy=policy, clock=candor.clock)


@pytest.mark.parametrize("topic", [None, "offers"])
async def test_a_no_of_two_profiles_stays_with_both_when_they_are_separated(
    candor: Candor, visitor: Visitor, clock: FixedClock, topic: str | None
) -> None:
    ada = await make_ada(candor)
    ben = await make_person(candor, name="Ada", email="other@example.org")
    clock.advance(MINUTE)
    path = await link(candor, ben, topic=topic, channel="email" if topic else None)
    await press(visitor, path, "topic" if topic else "all")
    await join(candor, ada, ben, ada)
    clock.advance(MINUTE)
    path = await link(candor, ada, topic=topic, channel="email" if topic else None)
    await press(visitor, path, "topic" if topic else "all")
    await join(candor, ada, ben, ben)
    assert not (await gate_says(candor, ada)).allowed


async def test_whatever_twenty_presses_at_once_say_no_no_is_lost(
    candor: Candor, visitors: Visitors, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    one = await visitors().sign_in(ada)
    token = csrf(await one.page("/me/allow"))
    clock.advance(MINUTE)

    async def say(n: int) -> int:
        fields = {"csrf_token": token, "purpose": "news"}
        fields["choice"] = "granted" if n % 2 else "denied"
        return (await one.post("/me/allow/choose", fields)).status_code

    answers = await asyncio.gather(*map(say, range(20)))
    assert set(answers) == {303}
    async with candor.database.read() as tx:
        said = {record.choice for record in await gate.history(tx, [ada])}
    assert "withdrawn" in said
    assert not (await gate_says(candor, ada)).allowed  # all at one moment: the no counts


async def test_a_signal_of_twenty_requests_at_once_is_written_down_once(
    candor: Candor, visitors: Visitors, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    await choose(candor, ada, "ads", Choice.GRANTED)
    one = await visitors().sign_in(ada)
    clock.advance(MINUTE)
    gpc = {"sec-gpc": "1"}
    answers = await asyncio.gather(
        *(one.client.get("/me/allow", headers=gpc) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {200}
    async with candor.database.read() as tx:
        ads = (await policy_of(candor)).bits["ads"]
        said = [r for r in await gate.history(tx, [ada]) if r.purpose_id == ads]
    assert [record.choice for record in said] == ["granted", "denied"]


@pytest.mark.parametrize("what", ["words", "receipt"])
@pytest.mark.parametrize("name", ["%00", "%C3%A4", "x", "0" * 64, "A" * 9_000])
async def test_a_name_that_nothing_has_is_not_found(
    candor: Candor, visitor: Visitor, what: str, name: str
) -> None:
    await visitor.sign_in(await make_ada(candor))
    assert (await visitor.get(f"/me/allow/{what}/{name}")).status_code == 404


async def test_what_is_anothers_is_as_if_it_were_not(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    ben = await make_person(candor, name="Ben", email="ben@example.org")
    await choose(candor, ben, "news", Choice.GRANTED)
    async with candor.database.read() as tx:
        (his,) = await gate.history(tx, [ben])
    await visitor.sign_in(ada)
    assert (await visitor.get(f"/me/allow/receipt/{his.record_id}")).status_code == 404
    plain_page = await visitor.page("/me/allow?done=00000000-0000-0000-0000-000000000000")
    assert await visitor.page(f"/me/allow?done={his.record_id}") == plain_page
    token = csrf(plain_page)
    clock.advance(MINUTE)
    html = await press(visitor, await link(candor, ben, topic=None, channel=None), "all")
    for path in ("/me/allow/undo", "/me/write/undo"):
        answer = await visitor.post(path, {"csrf_token": token, "token": undo_of(html)})
        assert answer.status_code >= 400
    assert not (await gate_says(candor, ben)).allowed
