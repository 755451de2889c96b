"""Push messages in Chromium, from the button to the notification.

Chromium here has no push service, so its `subscribe` is replaced by one that hands out a browser
of our counterpart. Everything else is real: permission, service worker, page, encryption, delivery.
The counterpart decrypts what Candor sent as a browser would; DevTools hands it to the worker.
"""

import asyncio
import json
import shutil
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from candor.app import Candor
from candor.app.exchanging import exchange_of
from candor.cli import demo_push
from candor.cli.place import Place, services
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import sign_in_links
from candor.domain.connections.service import applying, connecting, subscribing
from candor.domain.profiles.service import read as people
from candor.infra.settings import Settings
from candor.kernel.ids import ProfileId
from tests.counterparts.push_service import Browser, PushService
from tests.factories.house import TEST
from tests.factories.live import Live, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

NUMBER = "N7654388"
STUB = """
PushManager.prototype.subscribe = async function (options) {
  const given = %s;
  localStorage.setItem("subscribed", JSON.stringify(given));
  localStorage.setItem("asked", JSON.stringify([...new Uint8Array(options.applicationServerKey)]));
  return { ...given, toJSON: () => given };
};
PushManager.prototype.getSubscription = async function () {
  const held = localStorage.getItem("subscribed");
  return held && {
    toJSON: () => JSON.parse(held),
    unsubscribe: async () => localStorage.removeItem("subscribed"),
  };
};
"""
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.getRegistration("/me/browser/");
  return (await registration.getNotifications()).map((one) => ({
    title: one.title, body: one.body, lang: one.lang, data: one.data,
  }));
}"""


class Post:
    """The counterpart, in a loop of its own: the browser's runs in this thread."""

    def __init__(self) -> None:
        self.service = PushService()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._stack = AsyncExitStack()

    def run(self, what: Coroutine[Any, Any, object]) -> object:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(30)

    def open(self) -> None:
        self._thread.start()
        self.run(self._stack.enter_async_context(self.service.running()))

    def close(self) -> None:
        self.run(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()


@pytest.fixture(scope="module")
def post(live: Live) -> Iterator[Post]:
    """Return a push service that this installation may call."""
    post = Post()
    post.open()
    with live.serving_with(CANDOR_OUTBOUND_HOSTS=post.service.host):
        yield post
    post.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
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
def context(chromium: Chromium) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    yield context
    context.close()


async def _offered(candor: Candor, host: str) -> str:
    """Offer push messages as the demo does; return the key that browsers are bound to."""
    for _ in range(2):  # each start of the demo does it again
        await demo_push.offer(candor)
    exchange = exchange_of(candor)
    async with candor.database.tx() as tx:
        found = await subscribing.offered(tx)
        assert found
        # The push service of this test is on this machine, so it is named twice.
        wanted = applying.wanted_of(found)
        own = {**found.settings, "own_services": host}
        found = await connecting.change(
            tx,
            found.connection_id,
            replace(wanted, settings=own),
            actor=TEST,
            exchange=exchange,
        )
    return subscribing.public_key(found, exchange)


async def _customer(candor: Candor) -> ProfileId:
    async with candor.database.read() as tx:
        rules = await candor.rulebook.rules(tx)
        return await people.find(
            tx, "customer_number", NUMBER, in_force=rules.in_force, vault=candor.vault
        )


async def _prepared(live: Live, host: str) -> tuple[str, str]:
    """Return the key of push messages, and a sign-in link of the customer."""
    settings = Settings.load(
        {k: v for k, v in live.environment.items() if k.startswith("CANDOR_")}
    )
    async with services(Place(settings, live.urls, live.postgres)) as candor:
        key, who = await _offered(candor, host), await _customer(candor)
        async with candor.database.tx() as tx:
            link = await sign_in_links.make(
                tx, audience=Audience.CUSTOMER, bearer_id=who, clock=candor.clock
            )
    return key, link


def signed_in(live: Live, context: BrowserContext, host: str = "") -> tuple[Page, str]:
    """Return the page of the customer, and the key of push messages."""
    identify = {"type": "identify", "userId": NUMBER, "traits": {"first_name": "Ada"}}
    assert live.batch([identify]).status == 200
    with ThreadPoolExecutor(1) as thread:
        key, token = thread.submit(asyncio.run, _prepared(live, host)).result()
    page = context.new_page()
    page.goto(f"{home(live)}/me/sign-in/{token}?lang=en")
    page.get_by_role("button", name="Open my page").click()
    return page, key


def home(live: Live) -> str:
    """Return the public address: workers run on a host that is secure or is this machine."""
    return f"http://localhost:{live.port}"


def deliver(context: BrowserContext, page: Page, live: Live, said: object) -> None:
    """Hand a decrypted message to the service worker, as the push service of Chromium would."""
    devtools = context.new_cdp_session(page)
    found: list[str] = []

    def note(event: dict[str, Any]) -> None:
        found.extend(
            one["registrationId"]
            for one in event["registrations"]
            if one["scopeURL"] == f"{home(live)}/me/browser/" and not one["isDeleted"]
        )

    devtools.on("ServiceWorker.workerRegistrationUpdated", note)
    devtools.send("ServiceWorker.enable")
    page.wait_for_timeout(0)
    for _ in range(50):
        if found:
            break
        page.wait_for_timeout(100)
    devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": home(live), "registrationId": found[-1], "data": json.dumps(said)},
    )


def notifications(page: Page, number: int) -> list[dict[str, Any]]:
    """Return what the browser shows, once it shows so many."""
    for _ in range(50):
        shown: list[dict[str, Any]] = page.evaluate(SHOWN)
        if len(shown) >= number:
            return shown
        page.wait_for_timeout(100)
    raise AssertionError("no notification was shown")


def test_a_message_comes_to_a_browser_that_was_asked(
    live: Live, post: Post, context: BrowserContext
) -> None:
    context.grant_permissions(["notifications"], origin=home(live))
    page, key = signed_in(live, context, post.service.host)
    browser: Browser = post.service.browser(key)
    context.add_init_script(STUB % browser.to_json())
    page.goto(f"{home(live)}/me/write")
    page.get_by_role("link", name="Messages in this browser").click()
    expect(page.get_by_text("Nothing comes to this browser.")).to_be_visible()
    assert page.evaluate("localStorage.getItem('asked')") is None  # opening a page asks nothing
    page.get_by_role("button", name="Allow messages in this browser").click()
    expect(page.get_by_text("Done: messages can come to this browser now.")).to_be_visible()
    expect(page.get_by_text("Messages can come to this browser.")).to_be_visible()
    expect(page.get_by_role("button", name="Allow messages")).to_be_hidden()
    asked = json.loads(page.evaluate("localStorage.getItem('asked')"))
    assert len(asked) == 65  # the key of this Candor, as a point

    page.get_by_role("button", name="Send me a test").click()
    expect(page.get_by_text("The test is on its way to 1 browser.")).to_be_visible()
    (said,) = browser.opened()
    deliver(context, page, live, said)
    (shown,) = notifications(page, 1)
    assert shown["title"] == said["title"]
    assert "the test that you asked for" in shown["body"]
    assert shown["data"] == {"url": f"{home(live)}/me/browser"}

    # Whatever a message says, nothing but a page of ours is opened; nonsense is no error.
    elsewhere = {"title": "Prize", "body": "", "url": "https://elsewhere.example/?who=ada"}
    deliver(context, page, live, elsewhere)
    (prize,) = [one for one in notifications(page, 2) if one["title"] == "Prize"]
    assert prize["data"] == {"url": f"{home(live)}/me/browser"}
    deliver(context, page, live, [1])
    assert len(notifications(page, 3)) == 3

    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Done: nothing comes to that browser any more.")).to_be_visible()
    assert page.evaluate("localStorage.getItem('subscribed')") is None
    expect(page.get_by_text("None yet. Nothing comes to any browser.")).to_be_visible()


def test_what_is_pressed_opens_our_page(
    live: Live, post: Post, context: BrowserContext
) -> None:
    context.grant_permissions(["notifications"], origin=home(live))
    page, key = signed_in(live, context, post.service.host)
    context.add_init_script(STUB % post.service.browser(key).to_json())
    page.goto(f"{home(live)}/me/browser")
    page.get_by_role("button", name="Allow messages in this browser").click()
    expect(page.get_by_text("Done: messages can come")).to_be_visible()
    deliver(context, page, live, {"title": "Hello", "body": "", "url": "/me/reached"})
    notifications(page, 1)
    wait_for(lambda: bool(context.service_workers), "the worker is not seen")
    opened = context.service_workers[0].evaluate(
        """async () => {
          const opened = [];
          self.clients.openWindow = async (url) => opened.push(url);
          const [notification] = await self.registration.getNotifications();
          self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
          return opened;
        }"""
    )
    assert opened == [f"{home(live)}/me/reached"]
    # Signing out here ends it here, in Candor and in the browser.
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{home(live)}/me/sign-in**")
    left = page.evaluate(
        "async () => (await navigator.serviceWorker.getRegistrations()).map((one) => one.scope)"
    )
    assert left == []
    with live.owner() as owner:
        assert owner.execute("SELECT count(*) FROM connections.subscription").fetchone() == (0,)


def test_a_browser_that_refuses_is_told_how_to_change_it(
    live: Live, post: Post, context: BrowserContext
) -> None:
    page, key = signed_in(live, context, post.service.host)
    context.add_init_script(
        STUB % post.service.browser(key).to_json()
        + 'Object.defineProperty(Notification, "permission", { get: () => "denied" });'
    )
    page.goto(f"{home(live)}/me/browser")
    expect(page.get_by_text("This browser refuses our messages.")).to_be_visible()
    expect(page.get_by_role("button", name="Allow messages")).to_be_hidden()


@pytest.mark.usefixtures("post")
def test_without_a_script_the_page_says_what_is_missing(live: Live, chromium: Chromium) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page, _ = signed_in(live, context)
    page.goto(f"{home(live)}/me/browser")
    expect(page.get_by_text("Only a script can ask a browser for this")).to_be_visible()
    expect(page.get_by_role("button", name="Allow messages")).to_be_hidden()
    context.close()
