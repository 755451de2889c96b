"""The preference widget in a real browser: a customer steers from the company's own page."""

from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from candor.demo.known import CUSTOMER
from tests.e2e.shop import AXE, Visit, browser, now, visiting
from tests.e2e.test_banner import RUN_AXE, SEEN, focused
from tests.factories.live import Live

__all__ = ["browser"]  # a fixture
pytestmark = [pytest.mark.e2e, pytest.mark.slow]

OFFERS: Final = "Offers that fit what you buy"
ADVERTISING: Final = "Advertising with our partners"


@pytest.fixture(scope="module", autouse=True)
def customer(live: Live) -> None:
    """Make the customer of the demo known, as after a purchase."""
    traits = {"firstName": "Ada", "email": "ada.lovelace@example.org"}
    call = {"type": "identify", "userId": CUSTOMER[1], "traits": traits}
    assert live.batch([call]).status == 200


def signed_in(visit: Visit) -> Page:
    """Sign in at the shop; wait until the widget shows what stands."""
    page = visit.open().page
    visit.press("No to all")
    page.get_by_role("button", name="Sign in as the demo's customer").click()
    visit.until(
        "document.querySelector('candor-preferences')?.shadowRoot.querySelector('.card')"
    )
    return page


def card(page: Page, title: str) -> Any:  # noqa: ANN401 - playwright's
    return page.get_by_role("region", name=title)


def said(live: Live, since: object) -> list[tuple[Any, ...]]:
    """Return what was chosen after an instant."""
    with live.owner() as connection:
        return connection.execute(
            "SELECT p.code, r.choice, r.surface, r.notice IS NOT NULL, r.evidence"
            " FROM consent.record r JOIN catalogue.purpose p USING (purpose_id)"
            " WHERE r.recorded_at > %s AND r.surface = 'widget' ORDER BY r.decided_at",
            (since,),
        ).fetchall()


def test_a_yes_and_a_no_are_kept_and_shown(live: Live, browser: Browser) -> None:
    before = now(live)
    with visiting(live, browser) as visit:
        page = signed_in(visit)
        offers = card(page, OFFERS)
        offers.get_by_role("button", name="Yes").click()
        expect(page.get_by_role("status").get_by_text("Your choice is kept.")).to_be_visible()
        expect(offers.get_by_role("button", name="Yes")).to_have_attribute(
            "aria-pressed", "true"
        )
        expect(offers.get_by_text("You said yes on")).to_be_visible()
        assert focused(page) == "Yes"
        offers.get_by_role("button", name="No").click()
        expect(offers.get_by_text("You said no on")).to_be_visible()
    assert said(live, before) == [
        ("personal_offers", "granted", "widget", True, {}),
        ("personal_offers", "withdrawn", "widget", True, {}),
    ]


def test_how_often_and_a_pause(live: Live, browser: Browser) -> None:
    with visiting(live, browser) as visit:
        page = signed_in(visit)
        select = page.locator("candor-preferences .fields select").first
        place = select.get_attribute("id")
        select.select_option("monthly")
        expect(page.get_by_role("status").get_by_text("Your choice is kept.")).to_be_visible()
        assert page.evaluate(
            "document.querySelector('candor-preferences').shadowRoot.activeElement?.id"
        ) in {place, None}
        expect(page.locator(f"candor-preferences #{place}")).to_have_value("monthly")
        pause = card(page, "A pause")
        pause.get_by_role("button", name="Begin the pause").click()
        expect(pause.get_by_text("Nothing comes before")).to_be_visible()
        pause.get_by_role("button", name="End the pause").click()
        expect(pause.get_by_text("Messages come as you chose above.")).to_be_visible()
    with live.owner() as connection:
        rows = connection.execute("SELECT kind FROM consent.wish WHERE surface = 'widget'")
        assert sorted(row[0] for row in rows) == ["pause", "pause", "topic"]


def test_a_yes_against_the_browsers_signal_says_so(live: Live, browser: Browser) -> None:
    before = now(live)
    with visiting(live, browser, signal=True) as visit:
        page = signed_in(visit)
        card(page, ADVERTISING).get_by_role(
            "button", name="Yes, although my browser says no"
        ).click()
        expect(page.get_by_role("status").get_by_text("Your choice is kept.")).to_be_visible()
    assert said(live, before)[-1][1:] == ("granted", "widget", True, {"over_gpc": True})


def test_it_is_fair_and_open_to_everybody(live: Live, browser: Browser) -> None:
    with visiting(live, browser) as visit:
        visit.context.add_init_script(path=AXE)
        page = signed_in(visit)
        assert page.evaluate(RUN_AXE) == []
        offers = card(page, OFFERS)
        looks = [
            offers.get_by_role("button", name=name).evaluate(SEEN) for name in ("Yes", "No")
        ]
        assert looks[0] == looks[1]
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(RUN_AXE) == []


def test_it_holds_nothing_that_names_the_person(live: Live, browser: Browser) -> None:
    with visiting(live, browser) as visit:
        page = signed_in(visit)
        shown = page.locator("candor-preferences").inner_html()
        words = page.evaluate(
            "document.querySelector('candor-preferences').shadowRoot.textContent"
        )
        assert "Ada" not in shown + words
        assert "example.org" not in shown + words


def test_nobody_gets_in_without_a_good_token(live: Live, browser: Browser) -> None:
    with visiting(live, browser) as visit:
        page = signed_in(visit)
        token = page.evaluate("fetch('/shop/token').then(a => a.json()).then(a => a.token)")
    ask = "/sdk/preferences"
    good = {"Authorization": f"Bearer {token}", "Origin": live.url}
    assert live.get(ask, **good).status == 200
    assert live.get(ask).status == 403
    assert live.get("/shop/token").status == 403
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert live.get(ask, Authorization=f"Bearer {changed}").status == 403
    foreign = live.get(ask, **{**good, "Origin": "https://shop.nordmarkt.example"})
    assert foreign.status == 403  # a page that may ask, with the token of another


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"id": "x"}',
        b'{"id": "00000000-0000-0000-0000-000000000001"}',
        b'{"id": "00000000-0000-0000-0000-000000000001", "pause_days": 3}',
        b'{"id": "00000000-0000-0000-0000-000000000001", "pause_days": 7, "more": 1}',
        b'{"id": "00000000-0000-0000-0000-000000000001",'
        b' "choice": {"purpose": "order_fulfilment", "says": false}}',
        b'{"id": "00000000-0000-0000-0000-000000000001",'
        b' "choice": {"purpose": "nothing", "says": true}}',
        b'{"id": "00000000-0000-0000-0000-000000000001",'
        b' "wish": {"topic": "nothing", "channel": "email", "frequency": "weekly"}}',
    ],
    ids=range(11),
)
def test_what_a_widget_cannot_say_is_refused(live: Live, browser: Browser, body: bytes) -> None:
    with visiting(live, browser) as visit:
        page = signed_in(visit)
        token = page.evaluate("fetch('/shop/token').then(a => a.json()).then(a => a.token)")
    before = now(live)
    answer = live.request(
        "POST", "/sdk/preferences", body, {"Authorization": f"Bearer {token}"}
    )
    assert answer.status == 400
    assert answer.json["code"] == "sdk.unclear"
    assert answer.json["hint"]
    assert said(live, before) == []


def test_browsers_are_told_which_pages_may_ask(live: Live) -> None:
    asked = {
        "Origin": "https://shop.nordmarkt.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = live.request("OPTIONS", "/sdk/preferences", b"", asked)
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "https://shop.nordmarkt.example"
    assert "authorization" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers
    foreign = live.request(
        "OPTIONS", "/sdk/preferences", b"", {**asked, "Origin": "https://evil.example"}
    )
    assert "access-control-allow-origin" not in foreign.headers
