"""candor.js in a real browser: what it keeps, what it sends, and what it does not."""

import gzip
import json
from typing import Final

import pytest
from playwright.sync_api import Browser

from candor.infra.web.static import UI
from tests.e2e.shop import browser, choices, devices, kept, now, visiting, wait
from tests.factories.live import Live

__all__ = ["browser"]  # a fixture
pytestmark = [pytest.mark.e2e, pytest.mark.slow]

LARGEST_BYTES: Final = 8 * 1024
CHOICE: Final = "Segment Consent Preference Updated"


def test_it_is_small() -> None:
    script = (UI / "sdk" / "candor.js").read_bytes()
    assert len(gzip.compress(script, 9)) <= LARGEST_BYTES


def test_it_leaves_two_names_in_the_page(live: Live, browser: Browser) -> None:
    names = "Object.getOwnPropertyNames(window)"
    with visiting(live, browser) as visit:
        visit.page.route("**/sdk/**", lambda route: route.abort())
        visit.page.goto("/shop")
        before = set(visit.page.evaluate(names))
        visit.page.unroute("**/sdk/**")
        assert set(visit.open().page.evaluate(names)) - before == {"analytics", "candor"}


def test_before_a_choice_nothing_is_kept_and_nothing_leaves(
    live: Live, browser: Browser
) -> None:
    known = devices(live)
    with visiting(live, browser) as visit:
        visit.open()
        visit.put("honey")
        visit.page.wait_for_timeout(1_000)
        assert visit.sent == []
        assert visit.stored == 0
    assert devices(live) == known
    assert kept(live, "honey") == 0


def test_after_a_yes_events_arrive_with_the_words_that_were_shown(
    live: Live, browser: Browser
) -> None:
    before = now(live)
    with visiting(live, browser) as visit:
        visit.open()
        visit.put("apple")
        visit.press("Yes to all")
        visit.put("apple")
        wait(live, visit, "apple", 2)
        said = visit.sent[0]["context"]["consent"]["categoryPreferences"]
        assert visit.events.count(CHOICE) == 1
        assert said == {"Personalization": True, "Analytics": True, "Advertising": True}
    assert choices(live, before) == {
        "personal_offers": ("granted", True, 1),
        "analytics": ("granted", True, 1),
        "partner_advertising": ("granted", True, 1),
    }


def test_after_a_no_nothing_leaves_and_only_the_no_is_kept(
    live: Live, browser: Browser
) -> None:
    known = devices(live)
    with visiting(live, browser) as visit:
        visit.open()
        visit.put("cheese")
        visit.press("No to all")
        visit.put("cheese")
        visit.page.wait_for_timeout(1_000)
        assert visit.sent == []
        assert list(visit.page.evaluate("Object.keys(localStorage)")) == ["candor.choice"]
        visit.open()
        assert visit.page.locator("candor-banner .panel").count() == 0
        assert visit.sent == []
        assert len(visit.context.cookies()) == 0
    assert devices(live) == known
    assert kept(live, "cheese") == 0


def test_events_that_need_no_yes_leave_without_one(live: Live, browser: Browser) -> None:
    with visiting(live, browser) as visit:
        visit.open()
        visit.page.evaluate(
            "candor.choices(), analytics.track('Order Completed', {order_id: 'o-1'})"
        )
        visit.page.wait_for_timeout(500)
        assert visit.events == ["Order Completed"]
        assert visit.stored == 0


def test_what_could_not_be_sent_survives_the_page(live: Live, browser: Browser) -> None:
    with visiting(live, browser) as visit:
        visit.open()
        visit.press("Yes to all")
        visit.until_sent()
        visit.page.route("**/v1/b", lambda route: route.fulfill(status=503))
        visit.put("milk")
        visit.page.wait_for_timeout(300)
        names = visit.page.evaluate(
            "Object.keys(localStorage).filter(n => n.includes('.call.'))"
        )
        assert len(names) == 1
        assert kept(live, "milk") == 0
        who = visit.page.evaluate("localStorage['candor.id']")
        visit.page.unroute("**/v1/b")
        visit.open()
        wait(live, visit, "milk", 1)
        visit.until_sent()
        assert visit.page.evaluate("localStorage['candor.id']") == who
    assert kept(live, "milk") == 1


def test_it_tries_again_when_too_much_was_asked_at_once(live: Live, browser: Browser) -> None:
    answers = iter([429, 503])

    with visiting(live, browser) as visit:
        visit.open()
        visit.press("Yes to all")
        visit.until_sent()
        visit.page.route(
            "**/v1/b",
            lambda route: (
                route.fulfill(status=status)
                if (status := next(answers, 0))
                else route.continue_()
            ),
        )
        visit.put("eggs")
        wait(live, visit, "eggs", 1)
    assert kept(live, "eggs") == 1


def test_a_yes_taken_back_is_told_and_the_browser_forgets_who_it_was(
    live: Live, browser: Browser
) -> None:
    with visiting(live, browser) as visit:
        visit.open()
        visit.press("Yes to all")
        visit.until_sent()
        who = json.loads(visit.page.evaluate("localStorage['candor.id']"))
        before = now(live)
        visit.page.get_by_role("link", name="Privacy choices").click()
        for answer in visit.page.get_by_label("No", exact=True).all():
            answer.check()
        visit.press("Keep my choices")
        visit.until_sent()
        assert visit.sent[-1]["anonymousId"] == who
        assert visit.page.evaluate("Object.keys(localStorage)") == ["candor.choice"]
        count = len(visit.sent)
        visit.put("bread")
        visit.page.wait_for_timeout(500)
        assert len(visit.sent) == count
    assert {said for said, *_ in choices(live, before).values()} == {"denied"}
    assert kept(live, "bread") == 0


def test_the_browsers_signal_keeps_sales_off_even_after_yes_to_all(
    live: Live, browser: Browser
) -> None:
    before = now(live)
    with visiting(live, browser, signal=True) as visit:
        visit.open()
        visit.press("Yes to all")
        visit.until_sent()
        assert visit.page.evaluate("candor.choices()") == {
            "Personalization": True,
            "Analytics": True,
            "Advertising": False,
        }
        assert all(call["context"]["gpc"] is True for call in visit.sent)
    said = choices(live, before)
    assert said["partner_advertising"][0] == "denied"
    assert said["analytics"][0] == "granted"


def test_a_yes_that_knows_of_the_signal_stands(live: Live, browser: Browser) -> None:
    before = now(live)
    with visiting(live, browser, signal=True) as visit:
        visit.open()
        visit.press("Choose")
        visit.page.get_by_label("Yes, although my browser says no").check()
        visit.press("Keep my choices")
        visit.until_sent()
        assert visit.page.evaluate("candor.choices().Advertising") is True
        visit.page.evaluate("analytics.track('Product Viewed', {product_id: 'seen'})")
        wait(live, visit, "seen", 1)  # for advertising, the only yes there is
    assert choices(live, before)["partner_advertising"][0] == "granted"
    with live.owner() as connection:
        row = connection.execute(
            "SELECT evidence FROM consent.record WHERE recorded_at > %s AND choice = 'granted'",
            (before,),
        ).fetchone()
    assert row == ({"over_gpc": True},)


def test_do_not_track_is_not_asked_and_stays_off(live: Live, browser: Browser) -> None:
    with visiting(live, browser, quiet=True) as visit:
        visit.open()
        assert visit.page.locator("candor-banner .panel").count() == 0
        visit.put("honey")
        visit.page.wait_for_timeout(500)
        assert visit.sent == []
        assert visit.stored == 0


def test_calls_of_segments_snippet_are_taken(live: Live, browser: Browser) -> None:
    """Calls that the page made before the script came, in both forms that are in use."""
    with visiting(live, browser) as visit:
        visit.context.add_init_script(
            "window.analytics = []; analytics.push(['track', 'Product Added',"
            " {product_id: 'early'}], ['page', 'Offers', {path: '/offers'}]);"
        )
        visit.open()
        visit.press("Yes to all")
        wait(live, visit, "early", 1)
        assert visit.events.count("page") == 2


def test_calls_look_as_in_segments_own_library(live: Live, browser: Browser) -> None:
    with visiting(live, browser) as visit:
        visit.open()
        visit.press("Yes to all")
        visit.page.evaluate(
            """async () => {
            const heard = [];
            analytics.on("track", (event) => heard.push(event));
            await analytics.identify("N42", {firstName: "Ada"});
            await analytics.group("family", {});
            await analytics.alias("N43");
            const {event} = await analytics.track("Product Added", {product_id: "typed"}, () => {
                heard.push("called back");
            });
            await analytics.ready();
            if (event.userId !== "N42" || heard.join() !== "Product Added,called back") {
                throw new Error(heard.join() + event.userId);
            }
            analytics.reset();
            if (analytics.user().id() !== null) throw new Error("not reset");
        }"""
        )
        wait(live, visit, "typed", 1)
        assert {"identify", "group", "alias"} <= set(visit.events)
        assert all("consent" not in c["context"] for c in visit.sent if c["type"] == "identify")


def test_what_a_page_says_in_somebodys_name_changes_nothing_for_them(
    live: Live, browser: Browser
) -> None:
    """Its key is public. Who is signed in chooses through the widget, whose token is not."""
    live.batch([{"type": "identify", "userId": "N5551", "traits": {"firstName": "Ben"}}])
    before = now(live)
    with visiting(live, browser) as visit:
        visit.open()
        visit.press("No to all")
        visit.page.evaluate("analytics.identify('N5551', {email: 'ben@example.org'})")
        visit.until_sent()
        visit.page.wait_for_timeout(500)
        assert visit.events == [CHOICE]
        assert visit.sent[0]["anonymousId"] is None
        visit.page.evaluate("analytics.identify('N5551')")
        visit.page.wait_for_timeout(500)
        assert visit.events == [CHOICE]
    assert choices(live, before) == {}


def test_a_page_of_another_origin_cannot_ask(live: Live) -> None:
    address = f"/sdk/config?key={live.keys['web']}"
    answer = live.get(address, Origin="https://evil.example")
    assert answer.status == 403
    assert "access-control-allow-origin" not in answer.headers
    good = live.get(address, Origin="https://shop.nordmarkt.example")
    assert good.status == 200
    assert good.headers["access-control-allow-origin"] == "https://shop.nordmarkt.example"
    assert live.get("/sdk/config?key=wrong").status == 401
