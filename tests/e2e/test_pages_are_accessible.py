"""Every page in a browser: no fault that axe finds, nothing that runs off the screen."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Route, sync_playwright

from candor.infra.web.static import FILES
from tests.factories.views import PAGES, render

pytestmark = pytest.mark.e2e

ORIGIN: Final = "http://candor.test"
AXE: Final = next(Path(axe_playwright_python.__file__).parent.rglob("axe*.js"))
RUN_AXE: Final = """axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa",
    "best-practice"]}).then(result => result.violations.map(
    found => found.id + ": " + found.nodes.map(node => node.html).join(" | ")))"""
MODES: Final[dict[str, tuple[int, Literal["light", "dark"]]]] = {
    "wide light": (1280, "light"),
    "phone dark": (390, "dark"),
}
AT_ONCE: Final = 40  # pages in one test: each stays well under the time of one
PARTS: Final = [
    pytest.param(tuple(PAGES)[first : first + AT_ONCE], id=f"from {first}")
    for first in range(0, len(PAGES), AT_ONCE)
]
SHAPES: Final = ((320, "ltr"), (390, "rtl"), (768, "ltr"), (1024, "rtl"))


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


def serve(route: Route) -> None:
    """Answer from templates and the folder of static files; there is no server."""
    path = urlsplit(route.request.url).path
    if path.startswith("/sdk/"):
        route.abort()  # the scripts of the shop have tests of their own
        return
    if path.startswith("/static/"):
        file = FILES[path.removeprefix("/static/")]
        route.fulfill(body=file.body, content_type=file.content_type)
        return
    html = render(path.removeprefix("/"))
    route.fulfill(body=html, content_type="text/html; charset=utf-8")


def open_window(
    browser: Browser, width: int, scheme: Literal["light", "dark"]
) -> BrowserContext:
    """Return a window that gets its pages from the samples."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        reduced_motion="reduce",  # colours are measured when they have arrived
        base_url=ORIGIN,
    )
    context.route("**/*", serve)
    return context


@pytest.mark.parametrize("cases", PARTS)
@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_no_fault(browser: Browser, mode: str, cases: Sequence[str]) -> None:
    context = open_window(browser, *MODES[mode])
    context.add_init_script(path=AXE)
    faults: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    for case in cases:
        page.goto(f"/{case}")
        faults += [f"{case}: {found}" for found in page.evaluate(RUN_AXE)]
    context.close()
    assert faults == []


@pytest.mark.parametrize("cases", PARTS)
def test_nothing_runs_off_the_screen(browser: Browser, cases: Sequence[str]) -> None:
    context = open_window(browser, 1280, "light")
    wide: list[str] = []
    page = context.new_page()
    for case in cases:
        page.goto(f"/{case}")
        for width, direction in SHAPES:
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate("direction => document.documentElement.dir = direction", direction)
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if over > 0:
                wide.append(f"{case} at {width} {direction}: {over} pixels too wide")
    context.close()
    assert wide == []


def test_the_rail_opens_on_a_phone_without_a_script(browser: Browser) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, java_script_enabled=False, base_url=ORIGIN
    )
    context.route("**/*", serve)
    page = context.new_page()
    page.goto("/today")
    people = page.locator(".topbar").get_by_role("link", name="People Who is this?")
    assert not people.is_visible()
    page.get_by_text("Menu").click()
    assert people.is_visible()
    context.close()


def test_the_keyboard_reaches_the_page_and_shows_where_it_is(browser: Browser) -> None:
    context = browser.new_context(base_url=ORIGIN)
    context.route("**/*", serve)
    page = context.new_page()
    page.goto("/today")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the page")
    assert skip.evaluate("element => element === document.activeElement")
    assert skip.is_visible()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    context.close()
