"""A customer changes their mind, on a phone, without a script, in each of the five languages.

From the link that signs them in to the trust page, with a look into the database after each act:
what the page says has happened did happen, once, and reading changed nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from candor.cli.receipt import KEYS_PATH
from candor.domain.consent.model.receipt import KIND
from candor.domain.consent.model.receipt import read as read_receipt
from candor.infra.jws import KeySet, named, opened
from tests.e2e.shop import AXE, browser
from tests.e2e.walking import LANGUAGES, Customer, Words, customers, faults_of, pick, press
from tests.factories.live import Live

__all__ = ["browser"]  # a fixture
pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PHONE: Final = {"width": 390, "height": 844}
RUN_AXE: Final = """axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa",
    "best-practice"]}).then(result => result.violations.map(
    found => found.id + ": " + found.nodes.map(node => node.html).join(" | ")))"""
PAGES: Final = (
    "/me",
    "/me/facts",
    "/me/facts/first_name",
    "/me/facts/email",
    "/me/allow",
    "/me/allow/newsletter",
    "/me/write",
    "/me/write/history",
    "/me/why?topic=weekly_offers&channel=email",
    "/me/looks",
    "/me/activity",
    "/me/account",
)


@pytest.fixture(scope="module")
def known(live: Live) -> dict[str, Customer]:
    """Return a customer per language."""
    return customers(live, LANGUAGES, 77)


class Walk:
    """One customer on their way, and what the database holds of them."""

    def __init__(self, live: Live, customer: Customer, context: BrowserContext) -> None:
        """Take who walks; nothing is open yet."""
        self.live = live
        self.customer = customer
        self.said = Words(customer.language)
        self.page: Page = context.new_page()
        self.faults: list[str] = []

    def look(self, heading: str | None = None) -> None:
        """Read the page: its heading by its English words, its language, its width."""
        if heading is not None:
            expect(self.page.locator("h1")).to_have_text(self.said(heading))
        self.faults += faults_of(self.page, self.said)

    def follow(self, english: str) -> None:
        """Follow a link of the navigation, and read what it leads to."""
        self.page.locator(".letter-nav").get_by_role(
            "link", name=self.said(english), exact=True
        ).click()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database about this customer, as `%(who)s`."""
        with self.live.owner() as connection:
            found = connection.execute(query.encode(), {"who": self.customer.profile_id})
            return found.fetchall()

    @property
    def choices(self) -> list[tuple[Any, ...]]:
        """Return what was chosen: purpose, choice, where, in which language, under which words."""
        return self.rows(
            "SELECT p.code, r.choice, r.surface, r.locale, n.locale FROM consent.record r"
            " JOIN catalogue.purpose p USING (purpose_id)"
            " LEFT JOIN consent.notice n ON n.notice_id = r.notice"
            " WHERE r.profile_id = %(who)s ORDER BY r.decided_at"
        )

    @property
    def wishes(self) -> list[tuple[Any, ...]]:
        """Return what was wished: kind, topic, channel, how often, where."""
        return self.rows(
            "SELECT w.kind, t.code, c.code, w.frequency, w.surface FROM consent.wish w"
            " LEFT JOIN catalogue.topic t USING (topic_id)"
            " LEFT JOIN catalogue.channel c USING (channel_id)"
            " WHERE w.profile_id = %(who)s ORDER BY w.decided_at"
        )

    @property
    def is_paused(self) -> bool:
        """Tell whether messages wait, as the gate reads it."""
        query = "SELECT paused_until > now() FROM consent.state WHERE profile_id = %(who)s"
        return self.rows(query) == [(True,)]


def walk(live: Live, browser: Browser, customer: Customer) -> Iterator[Walk]:
    """Give a phone without scripts to a customer."""
    context = browser.new_context(
        base_url=live.url,
        java_script_enabled=False,
        locale=customer.language,
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
    )
    yield Walk(live, customer, context)
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_they_change_their_mind(
    live: Live, browser: Browser, known: dict[str, Customer], language: str, tmp_path: Path
) -> None:
    for one in walk(live, browser, known[language]):
        sign_in(one)
        allow(one, tmp_path)
        write(one)
        why(one)
        correct(one)
        read(one)
        leave(one)
        assert one.faults == []


def sign_in(walk: Walk) -> None:
    page, said = walk.page, walk.said
    sessions = "SELECT count(*) FROM access.session WHERE bearer_id = %(who)s"
    page.goto(walk.customer.sign_in)
    walk.look()
    assert walk.rows(sessions) == [(0,)]
    page.get_by_role("button", name=said("Open my page")).click()
    expect(page.locator("h1")).to_have_text(said("Dear %(name)s,", name="Ada"))
    walk.look()
    assert walk.rows(sessions) == [(1,)]
    assert walk.choices == []


def allow(walk: Walk, folder: Path) -> None:
    page, said, language = walk.page, walk.said, walk.customer.language
    walk.follow("What you allow")
    walk.look("What you allow")
    card = page.locator("#purpose-newsletter")
    expect(card.locator("[aria-pressed=true]")).to_have_count(0)
    card.get_by_role("button", name=said("Yes"), exact=True).click()
    expect(card.get_by_text(said("On"), exact=True)).to_be_visible()
    expect(card.get_by_role("status")).to_be_visible()
    walk.look()
    yes = ("newsletter", "granted", "portal", language, language)
    assert walk.choices == [yes]
    card.get_by_role("button", name=said("No"), exact=True).click()
    expect(card.get_by_text(said("We have stopped."))).to_be_visible()
    no = ("newsletter", "withdrawn", "portal", language, language)
    assert walk.choices == [yes, no]
    card.get_by_text(said("What you said before")).click()
    walk.look()
    with page.expect_download() as download:
        card.get_by_role("link", name=said("Receipt"), exact=True).first.click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    assert file.match("candor-receipt-*.jws")
    keys = msgspec.json.decode(walk.live.get(KEYS_PATH).body, type=KeySet)
    receipt = read_receipt(opened(file.read_text(), named(keys), kind=KIND).payload)
    assert (receipt.event.choice, receipt.processing.privacy_notice.language) == (
        "withdrawn",
        language,
    )
    if language == "en":  # a program of its own takes its time to start
        verified = walk.live.command("receipt", "verify", str(file), "--keys", walk.live.url)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert "took the yes back" in verified.stdout
    card.get_by_role("link", name=said("The words that you saw")).first.click()
    walk.look()


def write(walk: Walk) -> None:
    page, said = walk.page, walk.said
    walk.follow("How we write to you")
    walk.look("How we write to you")
    card = page.locator("#topic-weekly_offers")
    card.locator("select[name=email]").select_option("monthly")
    card.get_by_role("button", name=said("Save")).click()
    expect(card.get_by_text(said("Saved. It holds from this moment on."))).to_be_visible()
    expect(card.locator("select[name=email]")).to_have_value("monthly")
    monthly = ("topic", "weekly_offers", "email", "monthly", "portal")
    assert walk.wishes == [monthly]
    page.get_by_role("button", name=said("Pause for a week")).click()
    walk.look()
    assert walk.is_paused
    page.get_by_role("button", name=said("End the pause")).click()
    expect(page.get_by_role("button", name=said("End the pause"))).to_have_count(0)
    walk.look()
    assert not walk.is_paused
    pause = ("pause", None, None, None, "portal")
    assert walk.wishes == [monthly, pause, pause]


def why(walk: Walk) -> None:
    page, said = walk.page, walk.said
    before = walk.choices, walk.wishes
    page.get_by_role("link", name=said("Why did I get this?")).click()
    walk.look("Why did I get this?")
    page.locator("select[name=topic]").select_option("weekly_offers")
    page.locator("select[name=channel]").select_option("email")
    page.locator("form:has(select[name=topic])").get_by_role("button").click()
    expect(page.get_by_text(said("This may not happen now"))).to_be_visible()
    walk.look("Why did I get this?")
    assert (walk.choices, walk.wishes) == before


def correct(walk: Walk) -> None:
    page, said = walk.page, walk.said
    walk.follow("What we know")
    walk.look("What we know")
    page.locator("a[href='/me/facts/first_name']").click()
    walk.look("First name")
    page.locator("input[name=value]").fill("Adele")
    page.get_by_role("button", name=said("Keep my answer")).click()
    expect(page.locator("#fact-first_name .value")).to_contain_text("Adele")
    expect(page.locator("#fact-first_name")).to_contain_text(said("your word"))
    walk.look("What we know")
    assert walk.rows(
        "SELECT a.changed_by FROM profiles.attribute a JOIN catalogue.attribute c"
        " USING (attribute_id) WHERE a.profile_id = %(who)s AND c.code = 'first_name'"
        " ORDER BY a.source_id"
    ) == [("you",), ("machine",)]
    assert walk.rows(
        "SELECT fields FROM audit.entry WHERE action = 'profiles.corrected'"
        " AND actor_kind = 'customer' AND actor_id = encode(subject, 'hex')"
        " AND actor_id <> %(who)s::text ORDER BY entry_id DESC LIMIT 1"
    ) == [(["first_name"],)]


def read(walk: Walk) -> None:
    page, said = walk.page, walk.said
    walk.follow("Who looked")
    walk.look("Who looked")
    walk.follow("Your account")
    walk.look("Your account")
    page.locator("select[name=zone]").select_option("Europe/Lisbon")
    page.get_by_role("button", name=said("Use this time zone")).click()
    expect(page.locator("select[name=zone]")).to_have_value("Europe/Lisbon")
    walk.look("Your account")
    page.get_by_role("button", name=said("Sign out everywhere, here too")).click()
    walk.look()
    assert walk.rows(
        "SELECT count(*) FILTER (WHERE revoked_at IS NULL), count(*) FROM access.session"
        " WHERE bearer_id = %(who)s"
    ) == [(0, 1)]


def leave(walk: Walk) -> None:
    """Stop by the link of a letter without signing in, and read the page for everybody."""
    page, said = walk.page, walk.said
    before = walk.wishes
    page.goto(walk.customer.unsubscribe)
    walk.look("What should stop?")
    assert walk.wishes == before
    answer = page.request.post(
        walk.customer.unsubscribe, form={"List-Unsubscribe": "One-Click"}, max_redirects=0
    )
    assert answer.status == 200
    assert walk.wishes[len(before) :] == [
        ("topic", "weekly_offers", "email", "never", "one_click")
    ]
    page.get_by_role("button", name=said("Stop this"), exact=True).click()
    walk.look("Done")
    page.get_by_role("link", name=said("What we do with data")).click()
    walk.look("What we do with data")


def test_the_look_at_a_page_sees_english(
    live: Live, browser: Browser, known: dict[str, Customer]
) -> None:
    for one in walk(live, browser, known["en"]):
        one.page.goto("/trust?lang=en")
        left = Words("de").left_in_english(one.page)
        assert f"{one.page.url}: What we use data for" in left
        assert len(left) > len(PAGES)


def test_axe_finds_no_fault_on_what_customers_see(live: Live, browser: Browser) -> None:
    faults: list[str] = []
    for language, customer in customers(live, ("de", "ru"), 78).items():
        context = browser.new_context(
            base_url=live.url,
            locale=language,
            color_scheme="dark",
            reduced_motion="reduce",  # colours are measured when they have arrived
            viewport={"width": PHONE["width"], "height": PHONE["height"]},
        )
        context.add_init_script(path=AXE)
        page = context.new_page()
        page.goto(customer.sign_in)
        faults += page.evaluate(RUN_AXE)
        page.locator("button[type=submit]").click()
        for code in ("granted", "denied"):
            page.goto("/me/allow")
            page.locator(f"#purpose-newsletter button[value={code}]").click()
        faults += [f"{page.url}: {found}" for found in page.evaluate(RUN_AXE)]
        page.goto("/me/write")
        page.locator("button[name=for][value=week]").click()
        for path in (*PAGES, customer.unsubscribe, f"/trust?lang={language}"):
            page.goto(path)
            page.evaluate(
                "document.querySelectorAll('details').forEach(one => one.open = true)"
            )
            faults += [f"{path}: {found}" for found in page.evaluate(RUN_AXE)]
        context.close()
    assert faults == []


def test_it_all_goes_by_keyboard(live: Live, browser: Browser) -> None:
    for one in walk(live, browser, customers(live, ("de",), 79)["de"]):
        page, said, letter = one.page, one.said, "#purpose-newsletter"
        page.goto(one.customer.sign_in)
        press(page, said("Open my page"), key="Space")
        press(page, said("What you allow"))
        press(page, said("Yes"), inside=letter, key="Space")
        press(page, said("What you said before"), inside=letter, key="Space", stays=True)
        with page.expect_download():
            press(page, said("Receipt"), inside=letter, stays=True)
        press(page, said("How we write to you"))
        pick(page, "#topic-in_season select[name=email]", 1)
        press(page, f"{said('Save')}: Kochen, was Saison hat", key="Space")
        press(page, said("Pause for a month"), key="Space")
        press(page, said("End the pause"))
        press(page, said("Why did I get this?"))
        pick(page, "select[name=topic]", 1)
        press(page, f"{said('Why?')}: {said('About a message')}")
        expect(page.get_by_text(said("This may happen now"))).to_be_visible()
        press(page, said("What you allow"))
        press(page, said("No to everything that needs my yes"), key="Space")
        press(page, said("Take that back"), key="Space")
        page.goto(one.customer.unsubscribe)
        press(page, said("Stop this"), key="Space")
        press(page, said("That was a slip: take it back"))
        expect(page.locator("h1")).to_have_text(said("Taken back"))
        said_of_letters = [choice for code, choice, *_ in one.choices if code == "newsletter"]
        assert said_of_letters == ["granted", "withdrawn", "granted"]
        assert one.wishes == [
            ("topic", "in_season", "email", "monthly", "portal"),
            ("pause", None, None, None, "portal"),
            ("pause", None, None, None, "portal"),
            ("topic", "weekly_offers", "email", "never", "unsubscribe"),
            ("topic", "weekly_offers", "email", "weekly", "unsubscribe"),
        ]
