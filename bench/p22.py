"""P22: the pages of the portal, for somebody of whom much is known.

One customer with a thousand events and fifty facts (every attribute that the demo declares, told
by four sources), each choice made, preferences set. Server time is from the request to the last
byte of the answer over a kept loopback connection, one at a time; the p95 is taken over all pages
together and for each page. Weight is what a real Chromium transfers for a first visit: page,
styles, drawings, script; what is asked of any other host is counted, and must be nothing.
"""

import asyncio
import http.client
import statistics
from datetime import UTC, datetime, timedelta
from html import unescape
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Request, sync_playwright

from bench import client, events
from bench.result import Figure, Goal
from bench.stage import Stage, stage
from candor.app import Candor, compose
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import sign_in_links, write_keys
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Attribute, InForce, ValueType
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.service import choices
from candor.domain.profiles.service import read
from candor.infra.settings import Settings
from candor.kernel.ids import ProfileId, new_id

_FULL, _SHORT = 200, 30
_EVENTS: Final = 1_000
_FACTS: Final = 50
_CUSTOMER: Final = "N000042"
_PAGES: Final = ("", "/facts", "/allow", "/write", "/looks", "/activity", "/account")
_KILO: Final = 1_000
_CHROMIUM: Final = "/usr/bin/chromium"
_FLAGS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip


def measure(*, is_short: bool) -> list[Figure]:
    """Make the customer, sign in, and visit every page."""
    visits = _SHORT if is_short else _FULL
    with stage() as made:
        made.start_web()
        link = asyncio.run(_prepare(made))
        cookie = _sign_in(made, link)
        for page in _PAGES:  # warm: templates compiled, statements prepared
            _visit(made, cookie, page, 5)
        together: list[float] = []
        each: dict[str, list[float]] = {page: [] for page in _PAGES}
        for _ in range(3):
            spent = {page: _visit(made, cookie, page, visits) for page in _PAGES}
            for page, times in spent.items():
                each[page].append(_p95(times))
            together.append(_p95([one for times in spent.values() for one in times]))
        weights, foreign = _weigh(made, cookie)
    heaviest = max(weights.values())
    extra = {
        "p95_ms_by_page": {
            page or "/": round(statistics.median(runs), 1) for page, runs in each.items()
        },
        "events": _EVENTS,
        "facts": _FACTS,
    }
    slowest = [max(each[page][turn] for page in _PAGES) for turn in range(3)]
    return [
        Figure(
            "P22",
            "portal page, server time p95",
            "ms",
            together,
            Goal(value_at_most=50),
            extra=extra,
        ),
        Figure(
            "P22", "the slowest page, server time p95", "ms", slowest, Goal(value_at_most=50)
        ),
        Figure(
            "P22",
            "the heaviest page with all it loads, first visit",
            "KB",
            [heaviest],
            Goal(value_at_most=60),
            extra={"kb_by_page": weights},
        ),
        Figure("P22", "requests to anybody else", "requests", [foreign], Goal(value_at_most=0)),
    ]


# ------------------------------------------------------------------------------- the customer
async def _prepare(made: Stage) -> str:
    """Make somebody of whom much is known; return the path of a sign-in link."""
    settings = Settings.load(
        {"CANDOR_HOME": str(made.folder), "CANDOR_DATABASE_URL": made.urls.app}
    )
    async with compose(settings, made.urls.app, pool=2).running() as candor:
        async with candor.database.read() as tx:
            in_force = (await candor.rulebook.rules(tx)).in_force
        key = made.write_key
        await _send(made, key, [{"type": "identify", "messageId": "p22", "userId": _CUSTOMER}])
        profile_id = await _find(candor, in_force)
        await _allow_everything(candor, profile_id)
        for source in ("shop", "app", "crm", "till"):
            await _tell(made, candor, in_force, source)
        bought = events.calls("p22", _EVENTS)
        now = datetime.now(UTC)
        for place, call in enumerate(bought):
            call["userId"] = _CUSTOMER
            call["timestamp"] = (now - timedelta(hours=place)).isoformat()
        await _send(made, key, bought)
        kept = made.query(
            f"SELECT count(*) FROM collect.event WHERE profile_id = '{profile_id}'"
        )
        facts = made.query(
            f"SELECT count(*) FROM profiles.attribute WHERE profile_id = '{profile_id}'"
        )
        assert kept[0][0] == _EVENTS, kept
        assert facts[0][0] >= _FACTS, facts
        async with candor.database.tx("bench") as tx:
            token = await sign_in_links.make(
                tx, audience=Audience.CUSTOMER, bearer_id=profile_id, clock=candor.clock
            )
        return f"/me/sign-in/{token}"


async def _find(candor: Candor, in_force: InForce) -> ProfileId:
    async with candor.database.tx("bench") as tx:
        found = await read.find(
            tx, "customer_number", _CUSTOMER, in_force=in_force, vault=candor.vault
        )
    assert found is not None
    return found


async def _allow_everything(candor: Candor, profile_id: ProfileId) -> None:
    """Say yes to every purpose, so that everything may be kept and shown."""
    async with candor.database.tx("bench") as tx:
        rules = await candor.rulebook.rules(tx)
        said = [
            choices.Statement(
                new_id(), profile_id, bit, Choice.GRANTED, candor.clock.now(), "portal"
            )
            for bit in rules.policy.declared
        ]
        await choices.record(
            tx,
            said,
            actor=Actor.customer(profile_id),
            vault=candor.vault,
            policy=rules.policy,
            clock=candor.clock,
        )


async def _tell(made: Stage, candor: Candor, in_force: InForce, source: str) -> None:
    """Let a source tell everything that it can about the customer."""
    async with candor.database.tx("bench") as tx:
        key = await write_keys.issue(
            tx, source_code=source, actor=Actor.machine("bench"), clock=candor.clock
        )
    traits = {
        attribute.code: _value(attribute)
        for attribute in in_force.document.attributes
        if not attribute.identifier
    }
    call: dict[str, object] = {
        "type": "identify",
        "messageId": f"p22-{source}",
        "traits": {**traits, "customer_number": _CUSTOMER},
    }
    await _send(made, key, [call])


def _value(attribute: Attribute) -> object:
    if attribute.values:
        return attribute.values[0]
    match attribute.type:
        case ValueType.INTEGER | ValueType.NUMBER:
            return 3
        case ValueType.BOOLEAN:
            return True
        case ValueType.DATE:
            return "1984-05-06"
        case _:
            return {"language": "de-DE", "time_zone": "Europe/Berlin"}.get(
                attribute.code, f"A {attribute.title.lower()}"
            )


async def _send(made: Stage, key: str, calls: list[dict[str, object]]) -> None:
    outcome = await client.load(made.port, events.batches(key, calls), connections=1)
    assert not outcome.failed


# --------------------------------------------------------------------------------- the visits
def _sign_in(made: Stage, link: str) -> str:
    """Press the button behind the link as a person does; return the cookie."""
    connection = http.client.HTTPConnection("127.0.0.1", made.port)
    connection.request("GET", link)
    page = connection.getresponse().read().decode()
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    action = page.split('<form method="post" action="', 1)[1].split('"', 1)[0]
    connection.request(
        "POST",
        unescape(action),
        f"csrf_token={token}&token={link.rpartition('/')[2]}",
        {"content-type": "application/x-www-form-urlencoded"},
    )
    answer = connection.getresponse()
    answer.read()
    return (answer.getheader("set-cookie") or "").split(";", 1)[0]


def _visit(made: Stage, cookie: str, page: str, times: int) -> list[float]:
    """Fetch a page again and again; return milliseconds."""
    connection = http.client.HTTPConnection("127.0.0.1", made.port)
    spent: list[float] = []
    for _ in range(times):
        began = perf_counter()
        connection.request("GET", f"/me{page}", headers={"cookie": cookie})
        answer = connection.getresponse()
        body = answer.read()
        spent.append((perf_counter() - began) * 1e3)
        assert answer.status == http.HTTPStatus.OK, (page, answer.status)
        assert body
    connection.close()
    return spent


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[18]


def _weigh(made: Stage, cookie: str) -> tuple[dict[str, float], int]:
    """Return the kilobytes of each page on a first visit, and how many requests went elsewhere."""
    name, _, value = cookie.partition("=")
    host = f"127.0.0.1:{made.port}"
    weights: dict[str, float] = {}
    foreign = 0
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=_CHROMIUM, args=list(_FLAGS))
        for page in _PAGES:
            context = browser.new_context(viewport={"width": 390, "height": 844})
            context.add_cookies([{"name": name, "value": value, "url": f"http://{host}"}])
            tab = context.new_page()
            asked: list[Request] = []
            tab.on("requestfinished", lambda one, seen=asked: seen.append(one))
            tab.goto(f"http://{host}/me{page}", wait_until="networkidle")
            size = sum(
                one.sizes()["responseBodySize"] + one.sizes()["responseHeadersSize"]
                for one in asked
            )
            foreign += sum(urlsplit(one.url).netloc != host for one in asked)
            weights[page or "/"] = round(size / _KILO, 1)
            context.close()
        browser.close()
    return weights, foreign
