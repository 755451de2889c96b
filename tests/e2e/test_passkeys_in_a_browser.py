"""Passkeys with the authenticator of Chromium: staff and a customer, from adding to removing."""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from candor.cli.place import Place, services
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import members, sign_in_links
from candor.domain.profiles.service import read as people
from candor.infra.settings import Settings
from candor.kernel.clock import SystemClock
from tests.factories.live import Live

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

NUMBER = "N7654399"


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


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page with an authenticator whose bearer always agrees."""
    context = browser.new_context()
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield page
    context.close()


async def _link(live: Live, audience: Audience) -> str:
    """Make a sign-in link of a security officer, or of the customer."""
    settings = Settings.load(
        {k: v for k, v in live.environment.items() if k.startswith("CANDOR_")}
    )
    async with (
        services(Place(settings, live.urls, live.postgres)) as candor,
        candor.database.tx() as tx,
    ):
        whose: UUID
        if audience is Audience.STAFF:
            member = await members.put(
                tx,
                handle="passkey-sam",
                display_name="Sam Key",
                role=Role.SECURITY,
                clock=candor.clock,
            )
            whose = member.staff_id
        else:
            rules = await candor.rulebook.rules(tx)
            whose = await people.find(
                tx, "customer_number", NUMBER, in_force=rules.in_force, vault=candor.vault
            )
        return await sign_in_links.make(
            tx, audience=audience, bearer_id=whose, clock=candor.clock
        )


def link(live: Live, audience: Audience) -> str:
    """Make a sign-in link; a loop of its own, since the browser's runs here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _link(live, audience)).result()


def home(live: Live) -> str:
    """Return the public address: passkeys know a host by its name."""
    return f"http://localhost:{live.port}"


def set_proof(live: Live, when: datetime | None) -> None:
    """Let every proof have been given at a time, or never."""
    with live.owner() as owner:
        owner.execute("UPDATE access.session SET proved_at = %s", (when,))


def test_staff_come_in_by_a_passkey_and_prove_it_again(live: Live, page: Page) -> None:
    token = link(live, Audience.STAFF)
    page.goto(f"{home(live)}/console/sign-in/{token}")
    page.get_by_role("button", name="Sign in as").click()
    page.goto(f"{home(live)}/console/passkeys")
    expect(page.get_by_text("Do you see no button here?")).to_be_hidden()
    page.get_by_label("What shall it be called?").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey was added.")).to_be_visible()
    expect(page.get_by_text("My laptop").first).to_be_visible()
    page.get_by_role("button", name="Sign out").first.click()
    page.goto(f"{home(live)}/console/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{home(live)}/console")
    # The proof is over: the same device gives a new one, and leads back.
    set_proof(live, None)
    page.goto(f"{home(live)}/console/passkeys")
    page.get_by_role("link", name="Confirm that it is me").click()
    page.get_by_role("button", name="passkey").click()
    page.wait_for_url(f"{home(live)}/console/passkeys")
    # One passkey of an account is enough for a device.
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("This device has a passkey")).to_be_visible()
    # And the last way in stays.
    page.get_by_text("Rename or remove").click()
    page.get_by_role("link", name="Remove …").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("This is the last way in that you have")).to_be_visible()


def test_a_customer_adds_uses_and_removes_a_passkey(live: Live, page: Page) -> None:
    identify = {"type": "identify", "userId": NUMBER, "traits": {"first_name": "Ada"}}
    assert live.batch([identify]).status == 200
    token = link(live, Audience.CUSTOMER)
    page.goto(f"{home(live)}/me/sign-in/{token}?lang=en")
    page.get_by_role("button", name="Open my page").click()
    set_proof(live, SystemClock().now())
    page.goto(f"{home(live)}/me/account/passkeys")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey was added.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{home(live)}/me/sign-in?lang=en")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{home(live)}/me")
    page.goto(f"{home(live)}/me/account/passkeys")
    page.get_by_text("Rename or remove").click()
    page.get_by_role("link", name="Remove …").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("The passkey was removed.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{home(live)}/me/sign-in?lang=en")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("does not open this page")).to_be_visible()


def test_without_a_script_no_passkey_is_offered(live: Live, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for path in ("/console/sign-in", "/me/sign-in?lang=en"):
        page.goto(f"{home(live)}{path}")
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    context.close()
