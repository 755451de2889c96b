"""The banner in a real browser: fair, reachable by everybody, and quiet after an answer."""

from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.shop import AXE, browser, visiting
from tests.factories.live import Live

__all__ = ["browser"]  # a fixture
pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ANSWERS: Final = ("Yes to all", "No to all")
# Everything by which one answer could be made to look better than the other.
SEEN: Final = """button => {
    const style = getComputedStyle(button);
    const box = button.getBoundingClientRect();
    const names = ["color", "backgroundColor", "borderTopColor", "borderTopWidth", "fontSize",
        "fontWeight", "fontFamily", "opacity", "textDecorationLine", "boxShadow", "cursor",
        "paddingTop", "paddingLeft", "borderTopLeftRadius", "visibility", "animationName"];
    return [button.className, Math.round(box.width), Math.round(box.height),
        ...names.map(name => style[name])];
}"""
RUN_AXE: Final = """axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa",
    "best-practice"], rules: {"target-size": {enabled: true}}}).then(result =>
    result.violations.map(
    found => found.id + ": " + found.nodes.map(node => node.html).join(" | ")))"""


def panel(page: Page) -> Any:  # noqa: ANN401 - playwright's
    return page.locator("candor-banner .panel")


def focused(page: Page) -> str:
    """Return the words of what has the focus, inside of shadows too."""
    return page.evaluate(
        "(() => { let e = document.activeElement;"
        " while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;"
        " return e.labels?.[0]?.textContent ?? e.textContent.trim() })()"
    )


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_yes_and_no_are_equally_prominent(live: Live, browser: Browser, width: int) -> None:
    with visiting(live, browser, width=width) as visit:
        visit.open()
        looks = [
            visit.page.get_by_role("button", name=name, exact=True).evaluate(SEEN)
            for name in ANSWERS
        ]
        assert looks[0] == looks[1]
        assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_either_answer_is_one_press_away(live: Live, browser: Browser) -> None:
    for answer in ANSWERS:
        with visiting(live, browser) as visit:
            visit.open()
            visit.press(answer)
            expect(visit.page.get_by_text("Your choice is kept.")).to_be_visible()
            expect(panel(visit.page)).to_have_count(0)
            visit.open()
            expect(panel(visit.page)).to_have_count(0)


def test_nothing_is_chosen_beforehand(live: Live, browser: Browser) -> None:
    with visiting(live, browser) as visit:
        visit.open()
        visit.press("Choose")
        radios = visit.page.locator("candor-banner input[type=radio]")
        assert radios.count() == 6
        assert not any(radio.is_checked() for radio in radios.all())
        visit.page.get_by_role("group", name="Make the shop better").get_by_label(
            "Yes", exact=True
        ).check()
        visit.press("Keep my choices")
        visit.until("candor.choices().Analytics === true")
        assert visit.page.evaluate("candor.choices()") == {
            "Personalization": False,
            "Analytics": True,
            "Advertising": False,
        }


def test_the_main_way_by_keyboard(live: Live, browser: Browser) -> None:
    with visiting(live, browser) as visit:
        page = visit.open().page
        assert focused(page) != "May we?"  # it takes no focus by itself
        page.get_by_role("button", name="Choose").focus()
        page.keyboard.press("Enter")
        assert focused(page) == "Your choices"
        page.keyboard.press("Escape")
        expect(panel(page)).to_have_count(0)
        assert page.evaluate("candor.choices()") == {}  # Escape is no answer
        assert visit.stored == 0
        page.get_by_role("link", name="Privacy choices").focus()
        page.keyboard.press("Enter")
        assert focused(page) == "Your choices"
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert focused(page) == "Yes"
        for _ in range(12):
            page.keyboard.press("Tab")
            if focused(page) == "Keep my choices":
                break
        page.keyboard.press("Enter")
        visit.until("candor.choices().Personalization === true")
        assert focused(page) == "Privacy choices"  # back where the person came from


def test_the_choices_can_be_opened_again_and_show_what_stands(
    live: Live, browser: Browser
) -> None:
    with visiting(live, browser) as visit:
        page = visit.open().page
        visit.press("No to all")
        page.get_by_role("link", name="Privacy choices").click()
        checked = page.locator("candor-banner input:checked")
        assert [one.get_attribute("value") for one in checked.all()] == ["no"] * 3
        visit.press("Back")
        expect(panel(page)).to_have_count(0)
        page.evaluate("candor.openChoices()")
        expect(panel(page)).to_have_count(1)


def test_the_browsers_signal_is_spoken_of(live: Live, browser: Browser) -> None:
    with visiting(live, browser, signal=True) as visit:
        visit.open()
        expect(visit.page.get_by_text("Global Privacy Control")).to_be_visible()
        expect(visit.page.locator("candor-banner .signal")).to_contain_text(
            "Advertising with our partners"
        )


def test_an_answer_lapses_and_a_new_edition_asks_again(live: Live, browser: Browser) -> None:
    with visiting(live, browser) as visit:
        page = visit.open().page
        visit.press("Yes to all")
        visit.until("'candor.choice' in localStorage")
        change = """change => {
            const choice = JSON.parse(localStorage["candor.choice"]);
            for (const one of Object.values(choice.said)) Object.assign(one, change);
            localStorage["candor.choice"] = JSON.stringify(choice);
        }"""
        page.evaluate(change, {"edition": "analytics:0"})
        visit.open()
        expect(panel(page)).to_have_count(1)  # a yes to other words
        page.evaluate(change, {"edition": "analytics:0", "yes": False})
        visit.open()
        expect(panel(page)).to_have_count(0)  # a no is not asked about again
        page.evaluate(change, {"until": 1})
        visit.open()
        expect(panel(page)).to_have_count(1)  # until its time is over


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(live: Live, browser: Browser, scheme: Any) -> None:  # noqa: ANN401
    with visiting(live, browser, signal=True) as visit:
        visit.context.add_init_script(path=AXE)
        visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        faults = visit.open().page.evaluate(RUN_AXE)
        visit.press("Choose")
        faults += visit.page.evaluate(RUN_AXE)
        visit.press("Keep my choices")
        visit.until("Object.keys(candor.choices()).length")
        faults += visit.page.evaluate(RUN_AXE)
        assert faults == []


@pytest.mark.parametrize("language", ["de", "pl", "ru", "pt"])
def test_it_speaks_the_language_of_the_page(
    live: Live, browser: Browser, language: str
) -> None:
    with visiting(live, browser) as visit:
        visit.open(f"/shop?lang={language}")
        words = panel(visit.page).inner_text()
        assert "May we" not in words
        assert "Yes to all" not in words
        assert visit.page.locator("candor-banner .candor").get_attribute("lang") == language


def test_the_shop_works_without_any_script(live: Live, browser: Browser) -> None:
    context = browser.new_context(base_url=live.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/shop?lang=en")
    page.locator("form[data-product=apple] button").click()
    page.locator("form[data-product=milk] button").click()
    expect(page.locator("#basket")).to_have_text("In your basket: 2 · €4.18")
    page.get_by_role("button", name="Sign in as the demo's customer").click()
    expect(page.get_by_text("You are signed in")).to_be_visible()
    assert not page.locator(".ask").is_visible()
    context.close()


def test_the_shop_works_when_the_scripts_of_candor_are_blocked(
    live: Live, browser: Browser
) -> None:
    context = browser.new_context(base_url=live.url)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.route("**/sdk/**", lambda route: route.abort())
    page.goto("/shop?lang=en")
    page.locator("form[data-product=apple] button").click()
    expect(page.locator("#basket")).to_contain_text("1")
    assert faults == []
    context.close()
