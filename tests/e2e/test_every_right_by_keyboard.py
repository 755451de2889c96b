"""A customer takes up their rights on a telephone, by keyboard alone, without a script.

From the code in a real mail to the certificate of their erasure, which the command verifies.
"""

import asyncio
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from candor.app import office_of
from candor.cli.place import Place, services
from candor.domain.audit.model import Actor
from candor.domain.profiles.service import read as people
from candor.domain.rights.model.automated import Decided
from candor.domain.rights.service.automated import recording
from candor.infra.settings import Settings
from candor.kernel.ids import new_id
from candor.kernel.pii import Pii
from tests.e2e.shop import browser
from tests.e2e.test_a_customer_comes_in import letter
from tests.factories.live import Live, wait_for

__all__ = ["browser"]  # a fixture
pytestmark = [pytest.mark.e2e, pytest.mark.slow]

NUMBER: Final = "N7654377"
ADDRESS: Final = "ada.takes.up@example.org"
_TABS: Final = 160
_PATIENCE: Final = 60_000  # milliseconds; bounds a wait, nothing is measured by it


async def _decided(live: Live) -> None:
    """Keep what a machine decided about our customer."""
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
        assert whose is not None
        decided = Decided(
            decision_id=new_id(),
            code="invoice_limit",
            outcome="pay_first",
            inputs={"Order Completed": Pii(1), "country": Pii("DE")},
            decided_at=candor.clock.now(),
        )
        await recording.record(
            tx, whose, decided, actor=Actor.machine("test"), office=office_of(candor)
        )


def reach(page: Page, wanted: Locator) -> None:
    """Tab to a control, and see where the focus is."""
    for _ in range(_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            assert wanted.evaluate("one => getComputedStyle(one).outlineStyle") != "none"
            return
    pytest.fail(f"no way to {wanted} by keyboard on {page.url}")


def press(page: Page, name: str, role: str = "button") -> None:
    """Tab to a button or a link and press it."""
    reach(page, page.get_by_role(role, name=name).first)  # pyright: ignore[reportArgumentType] - a role as text
    with page.expect_event("domcontentloaded"):
        page.keyboard.press("Enter")


def write(page: Page, label: str, words: str) -> None:
    """Tab to a field and type."""
    reach(page, page.get_by_label(label))
    page.keyboard.type(words)


def until(page: Page, words: str) -> None:
    """Load a page again until it says something."""

    def is_said() -> bool:
        page.reload()
        return page.get_by_text(words).count() > 0

    wait_for(is_said, f"{page.url} never said {words}")


def fits(page: Page) -> None:
    """See that nothing is wider than the telephone."""
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0, page.url


def test_from_a_code_to_a_certificate(live: Live, browser: Browser, tmp_path: Path) -> None:
    traits = {"firstName": "Ada", "email": ADDRESS}
    order = {"order_id": "lilacs", "revenue": 12.5, "currency": "EUR"}
    calls: list[object] = [
        {"type": "identify", "userId": NUMBER, "traits": traits},
        {
            "type": "track",
            "event": "Order Completed",
            "userId": NUMBER,
            "properties": {**order, "products": [{"product_id": "1", "category": "Flowers"}]},
        },
    ]
    assert live.batch(calls).status == 200
    with ThreadPoolExecutor(1) as beside:  # the browser has taken the loop of this thread
        beside.submit(lambda: asyncio.run(_decided(live))).result()
    expect.set_options(timeout=_PATIENCE)
    context = browser.new_context(
        java_script_enabled=False,
        base_url=live.url,
        locale="en-GB",
        viewport={"width": 390, "height": 844},
    )
    page = context.new_page()
    _comes_in(live, page)
    _sees_everything(page, tmp_path)
    _says_no(page)
    _contests(page)
    file = _is_forgotten(page, tmp_path)
    told = live.command("rights", "verify", str(file))
    assert told.returncode == 0, told.stdout + told.stderr
    assert "Genuine" in told.stdout
    edited = tmp_path / "edited"
    edited.write_text(file.read_text(encoding="utf-8")[:-3] + "AAA", encoding="utf-8")
    assert live.command("rights", "verify", str(edited)).returncode != 0
    context.close()


def _comes_in(live: Live, page: Page) -> None:
    page.goto("/me/rights")
    write(page, "Your e-mail address", ADDRESS)
    press(page, "Send me a code")
    expect(page.locator("h1")).to_have_text("Look into your mailbox")
    found = re.search(r"^ +(\w{4} \w{4})$", letter(live, "Your code", ADDRESS), re.MULTILINE)
    assert found
    write(page, "The code from the mail", found.group(1))
    press(page, "Open my page")
    press(page, "Your rights", "link")
    expect(page.locator("h1")).to_have_text("Your rights")
    fits(page)


def _sees_everything(page: Page, folder: Path) -> None:
    press(page, "Show me everything")
    expect(page.locator("h1")).to_have_text("You asked to see everything")
    until(page, "Download it")
    fits(page)
    reach(page, page.get_by_role("button", name="Download it"))
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    archive = folder / "archive.zip"
    coming.value.save_as(archive)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        names = opened.namelist()
        (letter_of_it,) = [name for name in names if name.endswith("index.html")]
        assert ADDRESS in opened.read(letter_of_it).decode()
        assert any(name.endswith(".json") for name in names)
        assert any("lilacs" in opened.read(name).decode("utf-8", "replace") for name in names)


def _says_no(page: Page) -> None:
    press(page, "Your rights", "link")
    press(page, "Choose what stops", "link")
    expect(page.locator("h1")).to_have_text("Say no to a use")
    fits(page)
    press(page, "Stop this")
    until(page, "Done")


def _contests(page: Page) -> None:
    press(page, "Your rights", "link")
    press(page, "Show me the decisions", "link")
    expect(page.locator("h1")).to_have_text("A person should look")
    fits(page)
    reach(page, page.locator("summary").filter(has_text="I disagree"))
    page.keyboard.press("Enter")
    write(page, "What should the person know?", "I have always paid.")
    press(page, "Have a person look")
    expect(page.locator("h1")).to_have_text("You asked that a person looks at a decision")
    fits(page)


def _is_forgotten(page: Page, folder: Path) -> Path:
    """Press the last button; return the certificate."""
    press(page, "Your rights", "link")
    press(page, "Forget me", "link")
    expect(page.locator("h1")).to_have_text("Be forgotten")
    expect(page.get_by_role("heading", name="What stays, and why")).to_be_visible()
    fits(page)
    press(page, "Forget me for good")
    assert "/rights/" in page.url
    assert "/me/" not in page.url
    until(page, "Download the certificate")
    fits(page)
    reach(page, page.get_by_role("link", name="Download the certificate"))
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    file = folder / "certificate.jws"
    coming.value.save_as(file)
    page.goto("/me")
    assert page.locator("h1").inner_text() != "Dear Ada,"
    return file
