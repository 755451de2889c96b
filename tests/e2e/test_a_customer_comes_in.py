"""A customer comes in by the code of a real mail: by keyboard, on a telephone, without a script."""

import re
import shutil
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from candor.domain.access.service import codes
from tests.factories.live import Live

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ADDRESS = "ada.comes.in@example.org"
_PATIENCE_SECONDS = 60  # bounds a wait; nothing is measured by it


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


def letter(live: Live, subject: str, to: str = ADDRESS) -> str:
    """Return the words of the mail to a customer with this in its subject, once it is there."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        for path in sorted((live.home / "outbox").glob("*.eml")):
            mail = message_from_bytes(
                path.read_bytes(), _class=EmailMessage, policy=policy.default
            )
            body = mail.get_body(("plain",))
            if mail["to"] == to and subject in mail["subject"] and body is not None:
                return str(body.get_content()).replace("\r\n", "\n")
        time.sleep(0.2)
    pytest.fail(f"no mail about {subject}")


def test_by_a_code(live: Live, browser: Browser) -> None:
    traits = {"firstName": "Ada", "email": ADDRESS}
    call = {"type": "identify", "userId": "N7654399", "traits": traits}
    assert live.batch([call]).status == 200
    # Another browser and a loading demo share the machine: patience measures nothing here.
    expect.set_options(timeout=_PATIENCE_SECONDS * 1_000)
    context = browser.new_context(
        java_script_enabled=False,
        base_url=live.url,
        locale="en-GB",
        viewport={"width": 390, "height": 844},
        user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Safari/604.1",
    )
    page = context.new_page()
    page.goto("/me")
    expect(page.locator("h1")).to_contain_text("Your page at")
    page.get_by_label("Your e-mail address").fill(ADDRESS)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Look into your mailbox")
    said = letter(live, "Your code")
    found = re.search(rf"^ +([{codes.ALPHABET} ]{{9}})$", said, re.MULTILINE)
    assert found, said
    page.get_by_label("The code from the mail").fill("2222 2222")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You can try 4 more times.")).to_be_visible()
    page.get_by_label("The code from the mail").fill(found.group(1).lower())
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Dear Ada,")
    page.goto("/me/account")
    expect(page.get_by_text("Safari, iPhone · by a code from a mail")).to_be_visible()
    notice = re.search(r"https?://[^/]+(/me/not-me/\S+)", letter(live, "A new sign-in"))
    assert notice
    elsewhere = browser.new_context(java_script_enabled=False, base_url=live.url).new_page()
    elsewhere.goto(notice.group(1))
    elsewhere.get_by_role("button", name="That was not me").click()
    expect(elsewhere.get_by_text("1 sign-in has ended.")).to_be_visible()
    page.goto("/me")
    expect(page.locator("h1")).to_contain_text("Your page at")
    folder = Path(live.folder)
    assert ADDRESS.encode() not in live.logs(), folder
