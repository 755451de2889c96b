"""A real browser solves the challenge by itself; one without a script is told how long to wait."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from candor.app import compose
from candor.infra.settings import Settings
from tests.factories.house import fresh
from tests.factories.live import Live
from tests.factories.staff import PASSWORD, make_holder

WORDS = "[data-challenge-words]"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser
        browser.close()


async def _prepare(live: Live, handle: str) -> None:
    settings = Settings.load(
        {name: value for name, value in live.environment.items() if name.startswith("CANDOR_")}
    )
    async with compose(settings, live.urls.app, pool=2).running() as candor:
        await make_holder(candor, handle=handle)


def attempt(page: Page, handle: str, password: str) -> None:
    """Send the form."""
    page.fill("#name", handle)
    page.fill("#password", password)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_load_state()


def test_after_failures_the_browser_works_and_the_person_does_nothing(
    live: Live, chromium: Browser
) -> None:
    handle = fresh("robin")
    with ThreadPoolExecutor(1) as beside:  # the browser has a loop of its own in this thread
        beside.submit(lambda: asyncio.run(_prepare(live, handle))).result(60)
    page = chromium.new_page()
    page.goto(f"{live.url}/console/sign-in")
    for _ in range(3):
        attempt(page, handle, "wrong")
    expect(page.locator(WORDS)).to_have_text("Solved. You can go on.", timeout=20_000)
    attempt(page, handle, PASSWORD)
    expect(page).to_have_url(f"{live.url}/console/sign-in/code")
    page.close()
    plain = chromium.new_context(java_script_enabled=False).new_page()
    plain.goto(f"{live.url}/console/sign-in")
    for _ in range(4):
        attempt(plain, handle, "wrong")
    expect(plain.locator(WORDS)).to_contain_text("Without JavaScript, wait")
    plain.close()
