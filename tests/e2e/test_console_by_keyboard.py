"""The console's main way, by keyboard alone: sign in, find a person, read, undo a merge."""

import asyncio
import shutil
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from candor.cli.place import Place, services
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import members, sign_in_links
from candor.infra.settings import Settings
from tests.factories.live import Live

pytestmark = pytest.mark.e2e

EMAIL: Final = "kay.board@example.org"
_MOST_TABS: Final = 80


async def _link(place: Place, handle: str) -> str:
    async with services(place) as candor, candor.database.tx() as tx:
        member = next(one for one in await members.everybody(tx) if one.handle == handle)
        return await sign_in_links.make(
            tx, audience=Audience.STAFF, bearer_id=member.staff_id, clock=candor.clock
        )


@pytest.fixture
def link(live: Live) -> str:
    """Return the address of a sign-in link for the privacy officer."""
    settings = Settings.load(
        {name: text for name, text in live.environment.items() if name.startswith("CANDOR_")}
    )
    token = asyncio.run(_link(Place(settings, live.urls, live.postgres), "piet"))
    return f"{live.url}/console/sign-in/{token}"


@pytest.fixture
def page(link: str) -> Iterator[Page]:
    """Return an empty page in Debian's Chromium; its loop begins when the link is made."""
    del link
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"],
        )
        yield browser.new_page()
        browser.close()


def press_on(page: Page, role: str, name: str) -> None:
    """Go to something with the Tab key, and press Enter on it."""
    reach(page, role, name)
    page.keyboard.press("Enter")


def reach(page: Page, role: str, name: str) -> None:
    """Go to something with the Tab key; what has the focus must be seen to have it."""
    wanted = page.get_by_role(role, name=name)  # pyright: ignore[reportArgumentType] - a role
    for _ in range(_MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate_all("all => all.includes(document.activeElement)"):
            assert (
                page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            )
            return
    pytest.fail(f"the Tab key does not reach the {role} {name!r}")


def test_a_person_is_found_read_and_unmerged_by_keyboard_alone(
    live: Live, link: str, page: Page
) -> None:
    for source, number in (("shop", "N-keyboard"), ("crm", "C-keyboard")):
        call = {
            "type": "identify",
            "userId": number,
            "traits": {"email": EMAIL, "first_name": "Kay", "last_name": "Board"},
        }
        assert live.batch([call], source=source).status == 200

    page.goto(link)
    press_on(page, "button", "Sign in as Piet Adeyemi")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    # As after a password and a code: undoing a merge asks for a fresh proof.
    with live.owner() as connection:
        connection.execute("UPDATE access.session SET proved_at = now()")

    press_on(page, "link", "People Who is this?")
    expect(page.get_by_role("heading", name="Find one person")).to_be_visible()
    reach(page, "combobox", "What do you have?")
    page.keyboard.type("E-mail")
    reach(page, "textbox", "The exact value")
    page.keyboard.type("nobody@example.org")
    reach(page, "combobox", "Why do you need to see this person?")
    page.keyboard.type("Customer service")
    press_on(page, "button", "Open this person")
    expect(page.get_by_text("Nobody is found by exactly this")).to_be_visible()

    reach(page, "textbox", "The exact value")
    page.keyboard.press("Control+A")
    page.keyboard.type(EMAIL)
    press_on(page, "button", "Open this person")
    expect(page.get_by_role("heading", name="Kay Board")).to_be_visible()
    expect(page.get_by_text("You are reading this for: customer service.")).to_be_visible()
    assert EMAIL not in page.url
    expect(page.get_by_text("2 profiles")).to_be_visible()

    press_on(page, "link", "Undo this merge …")
    expect(page.get_by_role("heading", name="Undo this merge?")).to_be_visible()
    press_on(page, "button", "Undo this merge")
    expect(page.get_by_text("The merge is undone.")).to_be_visible()
    expect(page.get_by_text("1 profile,")).to_be_visible()

    press_on(page, "button", "Sign out")
    expect(page.get_by_role("heading", name="Sign in to the console")).to_be_visible()
