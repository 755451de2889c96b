"""Push messages: encrypted as RFC 8291 has it, sent as RFC 8030 and RFC 8292 have it."""

import json
from base64 import urlsafe_b64decode
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.connections.adapters.line import Carrier, Line
from candor.domain.connections.adapters.push import encrypting, vapid
from candor.domain.connections.adapters.push.encrypting import AT_MOST_BYTES, Subscription
from candor.domain.connections.adapters.push.transport import KEY, Push
from candor.domain.connections.errors import BadConnection, BadMessage
from candor.domain.connections.model.talk import Gone, Later, Message, Never, Taken, Ticket
from candor.infra.http import Outbound
from candor.kernel.clock import FixedClock
from candor.kernel.pii import Pii
from tests.conftest import NOON
from tests.counterparts.push_service import Browser, PushService
from tests.counterparts.serving import RETRY_AFTER, Fault
from tests.factories.house import VECTORS

EXAMPLE = VECTORS["webpush_rfc8291"]
PRIVATE = vapid.new_key()
PUBLIC = vapid.public_of(vapid.key_of(PRIVATE))


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def line(service: PushService, **settings: str) -> Line:
    return Line(
        connection_id=uuid4(),
        code="browser",
        settings={
            "subject": "mailto:push@example.com",
            "own_services": service.host,
            **settings,
        },
        secrets={KEY: PRIVATE},
        mapping=(),
        outbound=Outbound(allowed_private=(service.host,)),
        clock=FixedClock(NOON),
        callback_url="",
    )


def message(
    browser: Browser, text: str = "Your parcel is on its way.", **headers: str
) -> Message:
    return Message(
        ticket=Ticket(uuid4(), 1, 1),
        to=Pii(browser.to_json()),
        locale="en_GB",
        subject="Nordmarkt",
        text=text,
        headers=headers,
        link="/me/write",
    )


def test_the_example_of_the_standard_comes_out_byte_for_byte() -> None:
    key = ec.derive_private_key(int.from_bytes(raw(EXAMPLE["as_private"])), ec.SECP256R1())
    to = Subscription(
        "https://push.example.net/", raw(EXAMPLE["ua_public"]), raw(EXAMPLE["auth"])
    )
    body = encrypting.encrypt(
        EXAMPLE["plaintext"].encode(), to, key=key, salt=raw(EXAMPLE["salt"]), is_padded=False
    )
    assert body == raw(EXAMPLE["body"])


@given(st.binary(max_size=AT_MOST_BYTES))
def test_whatever_fits_is_read_by_another_library(plain: bytes) -> None:
    browser = Browser("https://push.example.net/1", PUBLIC)
    to = encrypting.read(browser.to_json())
    key = ec.generate_private_key(ec.SECP256R1())
    body = encrypting.encrypt(plain, to, key=key, salt=bytes(16))
    assert len(body) <= encrypting.RECORD_BYTES
    assert browser.decrypted(body) == plain


def test_lengths_are_hidden() -> None:
    to = encrypting.read(Browser("https://push.example.net/1", PUBLIC).to_json())
    key = ec.generate_private_key(ec.SECP256R1())
    sizes = {
        len(encrypting.encrypt(b"x" * n, to, key=key, salt=bytes(16))) for n in range(1, 129)
    }
    assert len(sizes) == 1


def test_what_is_too_long_is_refused() -> None:
    to = encrypting.read(Browser("https://push.example.net/1", PUBLIC).to_json())
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ValueError, match="too long"):
        encrypting.encrypt(b"x" * (AT_MOST_BYTES + 1), to, key=key, salt=bytes(16))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '{"endpoint":"https://a","keys":{"p256dh":"AAAA","auth":"AAAA"}}',
        '{"endpoint":"https://a","keys":{"p256dh":"===","auth":"a+/b"}}',
        "x" * 5000,
        '{"x":' + "[" * 1500 + "]" * 500 + "}",
    ],
)
def test_what_is_no_subscription_is_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        encrypting.read(text)


def test_a_point_beside_the_curve_is_refused() -> None:
    sent = json.loads(Browser("https://a.example/1", PUBLIC).to_json())
    sent["keys"]["p256dh"] = "BA" + "A" * 85
    with pytest.raises(BadMessage):
        encrypting.read(json.dumps(sent))


@pytest.mark.parametrize("text", ["", "abc", "*" * 43, "A" * 43])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadConnection):
        vapid.key_of(text)


@pytest.mark.anyio
async def test_a_message_arrives_and_only_the_browser_reads_it() -> None:
    async with PushService().running() as service:
        browser = service.browser(PUBLIC)
        push: Carrier = Push()
        there = line(service, ttl="60", urgency="high")
        await push.check(there)
        [outcome] = await push.carry(there, [message(browser, Topic="parcel_1")])
        assert outcome == Taken("1")
        [(headers, body)] = browser.taken
        assert (headers["ttl"], headers["urgency"], headers["topic"]) == (
            "60",
            "high",
            "parcel_1",
        )
        assert b"parcel is on its way" not in body
        assert browser.opened() == [
            {
                "title": "Nordmarkt",
                "body": "Your parcel is on its way.",
                "url": "/me/write",
                "lang": "en_GB",
            }
        ]


@pytest.mark.anyio
async def test_a_browser_that_is_gone_is_gone() -> None:
    async with PushService().running() as service:
        browser = service.browser(PUBLIC)
        service.browsers.clear()
        assert await Push().carry(line(service), [message(browser)]) == [Gone("status_410")]


@pytest.mark.anyio
async def test_a_browser_of_another_key_is_not_ours() -> None:
    async with PushService().running() as service:
        browser = service.browser(vapid.public_of(vapid.key_of(vapid.new_key())))
        assert await Push().carry(line(service), [message(browser)]) == [Never("not_let_in")]


@pytest.mark.anyio
async def test_too_long_a_message_is_not_sent() -> None:
    async with PushService().running() as service:
        browser = service.browser(PUBLIC)
        assert await Push().carry(line(service), [message(browser, "x" * 4000)]) == [
            Never("too_long")
        ]
        assert not service.seen


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault.LIMITED, Later("limited", float(RETRY_AFTER))),
        (Fault.LIMITED_SILENTLY, Later("limited")),
        (Fault.BROKEN, Later("status_503")),
        (Fault.HALF_CLOSED, Later("no_answer")),
        (Fault.ENDLESS, Later("no_answer")),
        (Fault.REDIRECTED, Later("redirect")),
    ],
)
async def test_what_fails_is_tried_later_and_the_others_go(
    fault: Fault, outcome: Later
) -> None:
    async with PushService().running() as service:
        browsers = [service.browser(PUBLIC) for _ in range(3)]
        service.fail(fault)
        outcomes = await Push().carry(line(service), [message(one) for one in browsers])
        assert sorted(map(repr, outcomes)) == sorted(
            map(repr, [outcome, Taken("1"), Taken("1")])
        )


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "outcome"),
    [(404, Gone("status_404")), (413, Never("too_long")), (400, Never("status_400"))],
)
async def test_other_answers(status: int, outcome: Gone | Never) -> None:
    async with PushService().running() as service:
        browser = service.browser(PUBLIC)
        service.wrong = status
        assert await Push().carry(line(service), [message(browser)]) == [outcome]


@pytest.mark.anyio
async def test_an_address_inside_is_not_called() -> None:
    async with PushService().running() as service:
        inside = Browser("https://169.254.169.254/latest", PUBLIC)
        assert await Push().carry(line(service), [message(inside)]) == [
            Gone("bad_subscription")
        ]


@pytest.mark.anyio
async def test_a_host_that_the_operator_allowed_for_something_else_is_not_called() -> None:
    async with PushService().running() as service:
        other = line(service, own_services="push.internal:443")
        said = await Push().carry(other, [message(service.browser(PUBLIC))])
        assert (said, service.seen) == ([Gone("bad_subscription")], [])


@pytest.mark.anyio
@pytest.mark.parametrize(
    "settings", [{"subject": "webmaster"}, {"ttl": "-1"}, {"ttl": "9" * 9}]
)
async def test_settings_that_make_no_sense(settings: dict[str, str]) -> None:
    with pytest.raises(BadConnection):
        await Push().check(line(PushService(), **settings))
