"""What the tests of scripts in a company's pages share: browsers, and looks into the database."""

import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.factories.live import Live, wait_for

AXE: Final = next(Path(axe_playwright_python.__file__).parent.rglob("axe*.js"))
STORED: Final = "Object.keys(localStorage).length + Object.keys(sessionStorage).length"
CALLS: Final = "/v1/"
_SIGNAL: Final = (
    "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
)
_QUIET: Final = "Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})"


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


class Visit:
    """A browser at the shop, and everything that it sends and complains about."""

    def __init__(self, live: Live, context: BrowserContext) -> None:
        """Open a window; nothing is loaded yet."""
        self.live = live
        self.context = context
        self.page: Page = context.new_page()
        self.sent: list[dict[str, Any]] = []
        self.addresses: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("console", self._hear)

    def _note(self, request: Any) -> None:  # noqa: ANN401 - playwright's
        self.addresses.append(request.url)
        if CALLS in request.url and request.method == "POST":
            self.sent += request.post_data_json["batch"]

    def _hear(self, message: Any) -> None:  # noqa: ANN401 - playwright's
        if "Content Security Policy" in message.text:
            self.faults.append(message.text)

    def open(self, address: str = "/shop?lang=en") -> "Visit":
        """Open a page; wait until the banner has decided what to show."""
        self.page.goto(address)
        self.until(
            "document.querySelector('candor-banner').shadowRoot?.querySelector('.panel, .rest')"
        )
        return self

    def until(self, expression: str) -> None:
        """Wait until something is so in the page. Its policy allows no eval, so we ask often."""

        def is_so() -> bool:
            self.page.wait_for_timeout(50)
            return bool(self.page.evaluate(f"Boolean({expression})"))

        wait_for(is_so, f"never so: {expression}")

    def until_sent(self) -> None:
        """Wait until nothing waits to be sent."""
        self.until("Object.keys(localStorage).every(name => !name.includes('.call.'))")

    def press(self, words: str) -> None:
        """Press a button of the banner or of the page by its words."""
        self.page.get_by_role("button", name=words, exact=True).first.click()

    def put(self, product: str) -> None:
        """Put a product into the basket."""
        self.page.locator(f"form[data-product={product}] button").click()

    @property
    def stored(self) -> int:
        """Return how many things the browser keeps: in its stores, and as cookies."""
        return self.page.evaluate(STORED) + len(self.context.cookies())

    @property
    def events(self) -> list[str]:
        """Return the names of everything that left."""
        return [call.get("event") or call["type"] for call in self.sent]


@contextmanager
def visiting(
    live: Live,
    browser: Browser,
    *,
    signal: bool = False,
    quiet: bool = False,
    width: int = 1280,
) -> Generator[Visit]:
    """Give a fresh browser at the shop; fail if its policy was broken."""
    headers = {"Sec-GPC": "1"} if signal else {}
    context = browser.new_context(
        base_url=live.url,
        extra_http_headers=headers,
        reduced_motion="reduce",
        viewport={"width": width, "height": 900},
    )
    if signal:
        context.add_init_script(_SIGNAL)
    if quiet:
        context.add_init_script(_QUIET)
    visit = Visit(live, context)
    try:
        yield visit
        assert visit.faults == []
        assert {url.split("/")[2] for url in visit.addresses} <= {live.url.split("/")[2]}
    finally:
        context.close()


def devices(live: Live) -> int:
    """Return how many browsers the door has met."""
    with live.owner() as connection:
        row = connection.execute(
            "SELECT count(*) FROM profiles.identifier WHERE kind = 'device'"
        ).fetchone()
    assert row is not None
    return row[0]


def kept(live: Live, product: str) -> int:
    """Return how many times a product is known to have been put into a basket."""
    with live.owner() as connection:
        row = connection.execute(
            "SELECT count(*) FROM collect.event WHERE properties ->> 'product_id' = %s",
            (product,),
        ).fetchone()
    assert row is not None
    return row[0]


def choices(live: Live, since: Any) -> dict[str, tuple[str, bool, int]]:  # noqa: ANN401
    """Return the newest choice per purpose after an instant: what, with words, which edition."""
    with live.owner() as connection:
        rows = connection.execute(
            "SELECT p.code, r.choice, r.notice IS NOT NULL, r.edition FROM consent.record r"
            " JOIN catalogue.purpose p USING (purpose_id) WHERE r.recorded_at > %s"
            " ORDER BY r.decided_at",
            (since,),
        ).fetchall()
    return {code: (choice, has_notice, edition) for code, choice, has_notice, edition in rows}


def now(live: Live) -> Any:  # noqa: ANN401
    """Return the database's time."""
    with live.owner() as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    return row[0]


def wait(live: Live, visit: Visit, product: str, count: int) -> None:
    """Wait until the database holds so many; let the browser work meanwhile.

    The database may know before the browser has said what it sent: wait for its answer too.
    """

    def is_there() -> bool:
        visit.page.wait_for_timeout(50)
        return kept(live, product) >= count

    wait_for(is_there, f"{product} did not arrive: sent {visit.events}")
    visit.until_sent()
