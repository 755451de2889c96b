"""What the door answers: each refusal has its status and reason, and harms nothing else."""

import base64
import gzip
import json
import zlib
from datetime import timedelta

import msgspec
import pytest

from candor.domain.access.service import write_keys
from candor.domain.collect.service import read
from candor.kernel.clock import FixedClock
from tests.factories.house import TEST, body_of, order
from tests.web.intake.conftest import Sender


def good(sender: Sender) -> dict[str, object]:
    """Return a call that is taken."""
    return order(sender.candor, userId="A-1")


async def test_what_is_declared_is_taken(sender: Sender) -> None:
    answer = await sender.batch(good(sender), good(sender))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert await sender.stored() == 2


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"wrong:").decode(),
        "Basic " + base64.b64encode(b":").decode(),
        "Bearer x",
        "Basic " + base64.b64encode(b"\xff\xfe:").decode(),
    ],
)
async def test_without_a_valid_key_nothing_comes_in(
    sender: Sender, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    answer = await sender.client.post(
        "/v1/batch", content=body_of(good(sender)), headers=headers
    )
    assert answer.status_code == 401
    assert answer.json()["code"] == "access.wrong_key"
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert await sender.stored() == 0


async def test_a_key_in_the_body_is_as_good(sender: Sender) -> None:
    body = body_of(good(sender), writeKey=sender.key)
    answer = await sender.client.post("/v1/batch", content=body)
    assert answer.status_code == 200


async def test_a_revoked_key_stops_working_within_seconds(
    sender: Sender, clock: FixedClock
) -> None:
    assert (await sender.batch(good(sender))).status_code == 200
    async with sender.candor.database.tx() as tx:
        await write_keys.revoke(tx, "shop", actor=TEST, clock=clock)
    clock.advance(timedelta(seconds=6))
    assert (await sender.batch(good(sender))).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b'"x"',
        b'{"batch": {}}',
        b'{"batch": [',
        b"\xff\xfe",
        b"{" * 9,
    ],
)
async def test_what_is_no_batch_is_unreadable(sender: Sender, body: bytes) -> None:
    answer = await sender.post("/v1/batch", body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "collect.unreadable"
    assert answer.json()["success"] is False


async def test_an_empty_batch_is_taken(sender: Sender) -> None:
    assert (await sender.post("/v1/batch", b'{"batch": []}')).status_code == 200


async def test_a_batch_that_is_too_large_is_refused_as_such(sender: Sender) -> None:
    for body in (b" " * 512_001, body_of(*[{}] * 2_501)):
        answer = await sender.post("/v1/batch", body)
        assert answer.status_code == 413
        assert answer.json()["code"] == "collect.too_large"


async def test_a_batch_of_exactly_the_greatest_size_is_read(sender: Sender) -> None:
    body = body_of(good(sender))
    answer = await sender.post("/v1/batch", body + b" " * (500 * 1024 - len(body)))
    assert answer.status_code == 200


@pytest.mark.asvs("5.2.1")
async def test_a_bomb_is_refused_before_it_is_unpacked(sender: Sender) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    answer = await sender.post("/v1/batch", bomb)
    assert answer.status_code == 413


@pytest.mark.parametrize("damage", ["cut", "flipped", "header"])
async def test_damaged_gzip_is_unreadable(sender: Sender, damage: str) -> None:
    packed = bytearray(gzip.compress(body_of(*[good(sender)] * 20)))
    if damage == "cut":
        packed = packed[:-9]
    elif damage == "flipped":
        packed[len(packed) // 2] ^= 0xFF
    else:
        packed = packed[:2]
    answer = await sender.post("/v1/batch", bytes(packed))
    assert (answer.status_code, answer.json()["code"]) == (400, "collect.unreadable")
    assert await sender.stored() == 0


@pytest.mark.parametrize(
    "kind",
    ["application/json", "text/plain", "application/x-www-form-urlencoded", ""],
)
@pytest.mark.parametrize("packed", [True, False])
async def test_the_body_counts_and_not_what_the_headers_say(
    sender: Sender, kind: str, packed: bool
) -> None:
    body = body_of(good(sender))
    if packed:
        body = gzip.compress(body)
    answer = await sender.post("/v1/batch", body, **{"content-type": kind})
    assert answer.status_code == 200
    assert await sender.stored() == 1


async def test_deflate_without_gzip_is_unreadable(sender: Sender) -> None:
    answer = await sender.post("/v1/batch", zlib.compress(body_of(good(sender))))
    assert answer.status_code == 400


# Each is one call that is refused, as it stands in a batch between two good ones.
BAD = {
    "unknown_type": b'{"type": "dance", "userId": "A-1"}',
    "no_event_name": b'{"type": "track", "userId": "A-1"}',
    "undeclared_event": b'{"type": "track", "event": "Nose Picked", "userId": "A-1"}',
    "missing_property": b'{"type": "track", "event": "Order Completed", "userId": "A-1"}',
    "wrong_form": b'{"type": "track", "event": 7, "userId": "A-1"}',
    "no_identifier": b'{"type": "page", "properties": {"path": "/"}}',
    "no_usable_identifier": b'{"type": "page", "userId": "guest"}',
    "bad_time": b'{"type": "page", "userId": "A-1", "timestamp": "yesterday"}',
    "time_in_future": b'{"type": "page", "userId": "A-1", "timestamp": "2026-03-04T12:00:00Z"}',
    "too_old": b'{"type": "page", "userId": "A-1", "timestamp": "2020-03-04T12:00:00Z"}',
    "long_message_id": b'{"type": "page", "userId": "A-1", "messageId": "' + b"x" * 101 + b'"}',
    "nul_character": b'{"type": "page", "userId": "A-1", "properties": {"path": "\\u0000"}}',
    "bad_utf8": b'{"type": "page", "userId": "\xff\xfe"}',
    "too_large": b'{"type": "page", "userId": "A-1", "x": "' + b"x" * 33_000 + b'"}',
    "wrong_type": b'{"type": "page", "userId": "A-1", "properties": {"path": 7}}',
}
SOMEHOW_BAD = {
    "not JSON": b'{"type": "page", "userId": }',
    "no object": b"7",
    "null": b"null",
    "a lone surrogate": b'{"type": "page", "userId": "\\ud800"}',
    "deep": b'{"type": "page", "userId": "A-1", "properties": {"path": '
    + b"[" * 5_000
    + b"]" * 5_000
    + b"}}",
    "a bare NUL": b'{"type": "page", "userId": "A\x00"}',
    "infinity": b'{"type": "track", "event": "Order Completed", "userId": "A-1",'
    b' "properties": {"order_id": "1", "total": 1e999}}',
}


def between(sender: Sender, bad: bytes) -> bytes:
    """Return a batch with a bad call between two good ones."""
    calls = [msgspec.json.encode(good(sender)), bad, msgspec.json.encode(good(sender))]
    return b'{"batch": [' + b",".join(calls) + b"]}"


@pytest.mark.parametrize("reason", BAD)
async def test_a_bad_call_is_refused_with_its_reason_and_the_others_are_kept(
    sender: Sender, reason: str
) -> None:
    answer = await sender.post("/v1/batch", between(sender, BAD[reason]))
    assert answer.status_code == 200
    told = answer.json()
    assert (told["success"], told["rejected_total"]) == (True, 1)
    [rejected] = told["rejected"]
    assert (rejected["index"], rejected["code"]) == (1, f"collect.{reason}")
    assert rejected["message"].endswith(".")
    assert await sender.stored() == 2


@pytest.mark.asvs("2.2.1")
@pytest.mark.parametrize("name", SOMEHOW_BAD)
async def test_whatever_is_wrong_with_a_call_harms_only_itself(
    sender: Sender, name: str
) -> None:
    answer = await sender.post("/v1/batch", between(sender, SOMEHOW_BAD[name]))
    assert answer.status_code == 200
    assert answer.json()["rejected_total"] == 1
    assert await sender.stored() == 2


@pytest.mark.parametrize("reason", [r for r in BAD if r not in {"unknown_type", "too_large"}])
async def test_a_single_bad_call_is_answered_with_its_reason(
    sender: Sender, reason: str
) -> None:
    call = "track" if b"track" in BAD[reason] else "page"
    answer = await sender.post(f"/v1/{call}", BAD[reason])
    assert answer.status_code == 400
    assert answer.json()["code"] == f"collect.{reason}"


async def test_a_single_call_that_is_too_large_is_refused_as_such(sender: Sender) -> None:
    assert (await sender.post("/v1/page", BAD["too_large"])).status_code == 413


@pytest.mark.parametrize(
    "value",
    ["ada@example.org", "Ada Lovelace", "+4930901820", "DE89370400440532013000"],
)
async def test_a_refusal_shows_nothing_of_what_was_sent(sender: Sender, value: str) -> None:
    calls: list[dict[str, object]] = [
        {"type": value, "userId": value},
        {"type": "track", "event": value, "userId": value},
        {"type": "page", "userId": "A-1", "timestamp": value},
        {"type": "page", "userId": "A-1", "properties": {"path": {value: value}}},
        {"type": "page", "traits": {value: value}, "context": {value: value}},
        {"type": "page", "userId": {value: value}},
    ]
    answer = await sender.batch(*calls)
    assert answer.json()["rejected_total"] == len(calls)
    assert value not in answer.text
    async with sender.candor.database.read() as tx:
        samples = await read.refusals(tx)
    assert samples
    shown = json.dumps([[s.sample, s.what, s.message] for s in samples], ensure_ascii=False)
    assert value not in shown


async def test_a_shared_context_that_cannot_be_kept_harms_no_good_call(sender: Sender) -> None:
    body = (
        b'{"context": {"locale": "a\\u0000", "consent": {"categoryPreferences":'
        b' {"marketing": true}}}, "batch": [{"type": "identify", "userId": "A-1"}]}'
    )
    answer = await sender.post("/v1/batch", body)
    assert answer.status_code in {200, 400}
    assert (await sender.batch(good(sender))).status_code == 200
    assert await sender.stored() == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/batch", 405),
        ("PUT", "/v1/track", 405),
        ("POST", "/v1/dance", 404),
        ("POST", "/v1/", 404),
        ("POST", "/v1/anything/batch", 404),
        ("POST", "/v1//batch", 404),
        ("GET", "/v1/anything/settings", 404),
        ("GET", "/v1/batch/", 405),
        ("OPTIONS", "/v1/batch", 204),
        ("GET", "/v1/projects/any/settings", 200),
    ],
)
async def test_other_requests_are_answered(
    sender: Sender, method: str, path: str, status: int
) -> None:
    answer = await sender.client.request(method, path)
    assert answer.status_code == status


@pytest.mark.asvs("3.4.2")
async def test_any_page_may_send_and_none_may_use_cookies(sender: Sender) -> None:
    answer = await sender.post(
        "/v1/batch", body_of(good(sender)), origin="https://shop.example"
    )
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["vary"] == "origin"
