"""Somebody signs in with a browser that says no to sale: it is heard once, and shown."""

from datetime import timedelta
from uuid import UUID

from candor.app import Candor
from candor.domain.consent.service import gate, signals
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.house import TEST, make_person, policy_of
from tests.web.portal.conftest import Visitor, csrf


async def may_sell(candor: Candor, profile_id: UUID) -> bool:
    """Tell whether the purpose of sale is allowed."""
    policy = await policy_of(candor)
    person = ProfileId(profile_id)
    async with candor.database.read() as tx:
        found = await gate.verdicts(
            tx, [person], "ads", TEST, policy=policy, now=candor.clock.now()
        )
    return found[person].allowed


async def heard(candor: Candor, profile_id: UUID) -> list[str]:
    """Return where signals of somebody were heard."""
    async with candor.database.read() as tx:
        return [one.surface for one in await signals.heard(tx, [ProfileId(profile_id)])]


async def test_a_browser_that_says_no_is_heard_once(visitor: Visitor) -> None:
    ann = await make_person(visitor.candor, source="far")
    await visitor.sign_in(ann)
    assert await may_sell(visitor.candor, ann)
    visitor.client.headers["sec-gpc"] = "1"
    for path in ("/me", "/me/facts", "/me/allow"):
        await visitor.page(path)
    assert await heard(visitor.candor, ann) == ["portal"]
    assert not await may_sell(visitor.candor, ann)


async def test_a_browser_that_says_something_else_is_not(visitor: Visitor) -> None:
    ann = await make_person(visitor.candor, source="far")
    await visitor.sign_in(ann)
    visitor.client.headers["sec-gpc"] = "0"
    await visitor.page("/me/allow")
    assert await heard(visitor.candor, ann) == []
    assert await may_sell(visitor.candor, ann)


async def test_the_page_says_so_and_a_yes_that_knew_of_it_stands(
    visitor: Visitor, clock: FixedClock
) -> None:
    ann = await make_person(visitor.candor, source="far")
    await visitor.sign_in(ann)
    visitor.client.headers["sec-gpc"] = "1"
    page = await visitor.page("/me/allow")
    clock.advance(timedelta(minutes=1))
    fields = {"purpose": "ads", "choice": "granted", "csrf_token": csrf(page)}
    assert (await visitor.post("/me/allow/choose", fields)).status_code == 303
    clock.advance(timedelta(minutes=1))
    await visitor.page("/me/allow")
    await visitor.page("/me")
    assert await may_sell(visitor.candor, ann)
    assert await heard(visitor.candor, ann) == ["portal"]


async def test_before_signing_in_nobody_is_heard(visitor: Visitor) -> None:
    ann = await make_person(visitor.candor, source="far")
    visitor.client.headers["sec-gpc"] = "1"
    await visitor.page("/me/sign-in")
    assert await heard(visitor.candor, ann) == []
