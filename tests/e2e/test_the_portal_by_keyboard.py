"""A customer reads their pages with a keyboard alone, without a script."""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from candor.cli.place import Place, services
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import sign_in_links
from candor.domain.profiles.service import read as people
from candor.infra.settings import Settings
from tests.factories.live import Live

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

NUMBER = "N7654321"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"],
        )
        yield browser
        browser.close()


async def _link(live: Live) -> str:
    settings = Settings.load(
        {k: v for k, v in live.environment.items() if k.startswith("CANDOR_")}
    )
    async with (
        services(Place(settings, live.urls, live.postgres)) as candor,
        candor.database.tx() as tx,
    ):
        rules = await candor.rulebook.rules(tx)
        whose = await people.find(
            tx, "customer_number", NUMBER, in_force=rules.in_force, vault=candor.vault
        )
        return await sign_in_links.make(
            tx, audience=Audience.CUSTOMER, bearer_id=whose, clock=candor.clock
        )


def press(page: Page, words: str, inside: str = "body") -> None:
    """Tab to what bears these words, see where the focus is, and press Enter."""
    for _ in range(160):
        page.keyboard.press("Tab")
        focused = page.locator(f"{inside} :focus")
        if focused.count() and words in (focused.text_content() or ""):
            assert focused.evaluate("e => getComputedStyle(e).outlineStyle") != "none"
            page.keyboard.press("Enter")
            return
    pytest.fail(f"no way to {words} by keyboard on {page.url}")


def write(page: Page, label: str, words: str) -> None:
    """Tab to the field of this label and type; in a list the first that begins so is chosen."""
    named = page.get_by_label(label, exact=True)
    for _ in range(160):
        page.keyboard.press("Tab")
        if named.evaluate("field => field === document.activeElement"):
            page.keyboard.press("Control+A")
            page.keyboard.type(words)
            return
    pytest.fail(f"no way to the field {label} by keyboard on {page.url}")


def test_the_main_way_through_the_portal(live: Live, browser: Browser) -> None:
    calls: list[object] = [
        {
            "type": "identify",
            "userId": NUMBER,
            "traits": {"firstName": "Ada", "lastName": "Key", "email": "ada.key@example.org"},
        },
        {
            "type": "track",
            "event": "Order Completed",
            "userId": NUMBER,
            "properties": {
                "order_id": "lilacs",
                "revenue": 12.5,
                "currency": "EUR",
                "products": [{"product_id": "1", "category": "Flowers"}],
            },
        },
    ]
    assert live.batch(calls).status == 200
    with ThreadPoolExecutor(1) as beside:  # the browser has taken the loop of this thread
        token = beside.submit(lambda: asyncio.run(_link(live))).result()
    context = browser.new_context(java_script_enabled=False, base_url=live.url, locale="en-GB")
    page = context.new_page()
    page.goto(f"/me/sign-in/{token}")
    press(page, "Open my page")
    expect(page.locator("h1")).to_have_text("Dear Ada,")
    assert token not in page.url
    press(page, "Skip to the page")
    press(page, "facts")
    expect(page.locator("h1")).to_have_text("What we know")
    expect(page.get_by_text("ada.key@example.org").first).to_be_visible()
    press(page, "Your page")
    press(page, "1 entry")
    expect(page.locator("h1")).to_have_text("Your purchases and visits")
    press(page, "All that is kept of it")
    expect(page.get_by_text("lilacs")).to_be_visible()
    press(page, "Who looked")
    expect(page.get_by_text("You, on these pages")).to_be_visible()
    press(page, "Is something wrong here?")
    expect(page.get_by_role("link", name="privacy@nordmarkt.example")).to_be_visible()
    press(page, "What we know")
    press(page, "Put it right: First name")
    expect(page.locator("h1")).to_have_text("First name")
    write(page, "First name", "Adele")
    press(page, "Keep my answer")
    expect(page.get_by_text("First name: your answer counts from now on")).to_be_visible()
    press(page, "Your page")
    expect(page.locator("h1")).to_have_text("Dear Adele,")
    newsletter = page.locator("#purpose-newsletter")
    expect(newsletter.locator('[aria-pressed="true"]')).to_have_count(0)
    press(page, "Yes", inside="#purpose-newsletter")
    expect(newsletter.locator('[aria-pressed="true"]')).to_have_text("Yes")
    press(page, "Your account")
    expect(page.get_by_text("Only here.")).to_be_visible()
    write(page, "Language of these pages", "D")
    press(page, "Use this language")
    expect(page.locator("h1")).to_have_text("Ihr Konto")
    write(page, "Sprache dieser Seiten", "E")
    press(page, "Diese Sprache verwenden")
    expect(page.locator("h1")).to_have_text("Your account")
    press(page, "Sign out everywhere, here too")
    expect(page.locator("h1")).to_have_text("Your page at Nordmarkt")
    press(page, "Deutsch")
    expect(page.locator("h1")).to_have_text("Ihre Seite bei Nordmarkt")
    press(page, "English")
    expect(page.locator("h1")).to_have_text("Your page at Nordmarkt")
    page.goto("/me/facts")
    expect(page.locator("h1")).to_have_text("Your page at Nordmarkt")
    context.close()
