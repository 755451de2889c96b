"""A page's key is public: what a page says about who somebody is is not believed."""

from typing import Any, Final

import msgspec
import psycopg
import pytest

from candor.app import Candor
from candor.domain.collect.model import Load
from tests.factories.house import apply_company, fresh, make_company, send

Owner = psycopg.Connection[Any]
CHOICE: Final = "Segment Consent Preference Updated"
YES: Final = {"consent": {"categoryPreferences": {"marketing": True}}}


@pytest.fixture(autouse=True)
async def _pages(candor: Candor) -> None:
    """Let the shop's pages be a source of their own."""
    company = make_company()
    shop = next(source for source in company.sources if source.code == "shop")
    web = msgspec.structs.replace(
        shop, code="web", verifies=("device",), origins=("https://shop.example",)
    )
    await apply_company(candor, sources=(*company.sources, web))


async def known(candor: Candor) -> str:
    """Let the shop's server make a customer known; return their number."""
    number = fresh("number")
    await send(candor, "shop", {"type": "identify", "userId": number})
    return number


def choices_of_the_known(owner: Owner) -> list[tuple[Any, ...]]:
    """Return what counts for people whose number we know."""
    return owner.execute(
        "SELECT record.choice FROM consent.record"
        " JOIN profiles.profile USING (profile_id) WHERE profile.is_known"
    ).fetchall()


def unproven(load: Load) -> int:
    """Return how many identifiers were not believed."""
    return load.counts["unproven_identifier", "customer_number"]


async def test_a_yes_in_a_strangers_name_is_not_theirs(candor: Candor, owner: Owner) -> None:
    number, device = await known(candor), fresh("device")
    call = {"type": "track", "event": CHOICE, "context": YES}
    load = await send(candor, "web", {**call, "userId": number, "anonymousId": device})
    assert unproven(load) == 1
    assert choices_of_the_known(owner) == []
    said = owner.execute("SELECT count(*) FROM consent.record").fetchone()
    assert said is not None
    assert said[0] > 0  # it is the browser's


async def test_a_page_cannot_give_its_browser_to_somebody(candor: Candor, owner: Owner) -> None:
    number, device = await known(candor), fresh("device")
    await send(candor, "web", {"type": "identify", "userId": number, "anonymousId": device})
    call = {"type": "track", "event": CHOICE, "context": YES}
    await send(candor, "web", {**call, "anonymousId": device})
    assert choices_of_the_known(owner) == []
    # The shop's server, which checked who it is, brings the two together; then it is theirs.
    await send(candor, "shop", {"type": "identify", "userId": number, "anonymousId": device})
    merges = owner.execute("SELECT count(*) FROM profiles.merge").fetchone()
    assert merges == (1,)


async def test_a_call_with_nothing_but_a_claim_is_refused(candor: Candor) -> None:
    load = await send(
        candor, "web", {"type": "identify", "userId": fresh("number"), "traits": {}}
    )
    assert [refusal.reason for refusal in load.refused] == ["no_usable_identifier"]
