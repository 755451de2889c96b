"""What somebody with a write key, or without one, can do to the door: write keys are public.

After each attack the door takes what is well-formed, and the worker counts it.
"""

import asyncio
import gzip
import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import pytest

from tests.factories.live import Live, basic, fresh_mark

CARD: Final = "4111111111111111"
ORDER: Final = "Order Completed"


def order(order_id: str | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    properties = {"order_id": order_id or fresh_mark(), **more.pop("properties", {})}
    return {"type": "track", "event": ORDER, "userId": "A1", **more, "properties": properties}


def kept(live: Live, order_id: str) -> list[dict[str, Any]]:
    """Return the properties of an order as they are kept, one for each time."""
    with live.owner() as connection:
        found = connection.execute(
            "SELECT properties FROM collect.event WHERE properties ->> 'order_id' = %s",
            (order_id,),
        )
        return [row[0] for row in found.fetchall()]


def reasons(answer: Any) -> list[str]:  # noqa: ANN401
    return [one["code"] for one in answer.json.get("rejected", [])]


@pytest.fixture
def still_open(live: Live) -> Any:  # noqa: ANN401
    """Find after the test that the door takes what comes and the worker counts it."""
    yield
    order_id = fresh_mark()
    assert live.batch([order(order_id)]).status == 200
    assert len(kept(live, order_id)) == 1
    live.wait_folded()


pytestmark = pytest.mark.usefixtures("still_open")


# --------------------------------------------------------------------------- what cannot be read
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"null", 400),
        (b"[]", 400),
        (b'{"batch":{}}', 400),
        (b"[" * 200_000, 400),
        (b'{"batch":' + b"[" * 200_000, 400),
        (b'{"batch":[{"a":"' + b'\\"' * 240_000, 400),  # scanned once, not once per quote
        (b'{"batch":[{"a":"' + b"\\" * 480_000, 400),
        (b"\xff\xfe" * 1000, 400),
        (b'{"batch":[' + b"{}," * 2500 + b"{}]}", 413),
        (b'{"batch":["' + b"x" * 600_000 + b'"]}', 413),
        (gzip.compress(b" " * 40_000_000), 413),
        (gzip.compress(gzip.compress(b" " * 40_000_000)), 400),  # unpacked once
        (gzip.compress(b'{"batch":[]}')[:-4], 400),
        (gzip.compress(b'{"batch":[]}') + gzip.compress(b'{"batch":[{}]}'), 400),
        (b"\x1f\x8b" + b"\x00" * 100, 400),
    ],
    ids=range(16),
)
def test_a_body_that_cannot_be_read_is_refused_as_a_whole(
    live: Live, body: bytes, status: int
) -> None:
    answer = live.post("/v1/batch", body)
    assert answer.status == status
    assert answer.json["success"] is False


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ('{"type":"track","event":"Order Completed","userId":"N\\ud800"}', "malformed"),
        ('{"type":"track","userId":' + "9" * 5000 + "}", "wrong_form"),
        ('{"type":"track","properties":{"revenue":1e400}}', "wrong_form"),
        ('{"type":"track","properties":' + '{"a":' * 9000 + "1" + "}" * 9000 + "}", None),
        ('{"type":"track","event":"x\\u0000y","userId":"1"}', "nul_character"),
        ('{"type":"track","event":"Order Completed","messageId":"' + "m" * 101 + '"}', None),
        ('{"type":"' + "t" * 33_000 + '"}', "too_large"),
        ('{"type":"delete","userId":"1"}', "unknown_type"),
        ('{"type":"track","event":"Order Completed","userId":"null"}', None),
        ("{'type': 'track'}", None),
    ],
    ids=range(10),
)
def test_one_bad_event_harms_only_itself(live: Live, bad: str, reason: str | None) -> None:
    order_id = fresh_mark()
    good = json.dumps(order(order_id))
    answer = live.post("/v1/batch", f'{{"batch":[{bad},{good}]}}'.encode())
    assert answer.status == 200
    assert len(reasons(answer)) == 1
    if reason:
        assert reasons(answer) == [f"collect.{reason}"]
    assert len(kept(live, order_id)) == 1


@pytest.mark.parametrize(
    "times",
    [
        {"timestamp": "9999-12-31T23:59:59Z", "sentAt": "0001-01-01T00:00:00Z"},
        {"timestamp": "0001-01-01T00:00:00Z", "sentAt": "9999-12-31T23:59:59Z"},
        {"timestamp": "0001-01-01T00:00:00+14:00"},
        {"timestamp": "9999-12-31T23:59:59-14:00"},
        {"timestamp": "1969-12-31T23:59:59Z"},
        {"timestamp": "yesterday"},
        {"timestamp": "2026-11-21T15:00:00+99:99"},
        {"timestamp": "2026-11-21T15:00:00Z", "sentAt": "no"},
    ],
)
def test_nonsensical_clocks_refuse_their_event_and_no_other(
    live: Live, times: Mapping[str, str]
) -> None:
    order_id = fresh_mark()
    batch = [
        order(**times),
        {"type": "identify", "userId": "A2", "traits": {"first_name": "Ada"}, **times},
        order(order_id),
    ]
    answer = live.batch(batch)
    assert answer.status == 200
    assert len(reasons(answer)) == 2
    assert len(kept(live, order_id)) == 1


def test_a_sender_far_from_greenwich_is_put_into_the_month_of_the_event(live: Live) -> None:
    # Half past midnight on the first of the month there; the last of the month before in UTC.
    order_id = fresh_mark()
    answer = live.batch([order(order_id, timestamp="2024-03-01T00:30:00+13:00")])
    assert answer.json == {"success": True}
    assert len(kept(live, order_id)) == 1


# --------------------------------------------------------------------------- what is too much
def test_amounts_beyond_all_reason_do_not_stop_the_counting(live: Live) -> None:
    for _ in range(3):
        answer = live.batch(
            [order(userId="A-rich", properties={"revenue": 1e15}) for _ in range(60)]
        )
        assert answer.status == 200
    live.wait_folded()
    with live.owner() as connection:
        row = connection.execute("SELECT max(sum_minor) FROM collect.tally").fetchone()
    assert row == (9_000_000_000_000_000_000,)


def test_ten_thousand_undeclared_properties_are_dropped_and_counted(live: Live) -> None:
    order_id = fresh_mark()
    many = {f"p{number}": 1 for number in range(2500)}  # what 32 KB hold
    names = ("__proto__", "constructor", "__class__", "order_id.__proto__", "")
    strange = {name: {"polluted": True} for name in names}
    answer = live.batch([order(order_id, properties={**many, **strange})])
    assert answer.json == {"success": True}
    assert kept(live, order_id) == [{"order_id": order_id}]
    many = {f"p{number}": 1 for number in range(10_000)}
    assert reasons(live.batch([order(properties=many)])) == ["collect.too_large"]


def test_full_batches_from_many_at_once_are_taken_or_put_off_but_never_half(live: Live) -> None:
    marks = [fresh_mark() for _ in range(24)]
    bodies = [
        json.dumps(
            {"batch": [{**order(mark), "messageId": f"{mark}-{n}"} for n in range(2500)]}
        )
        for mark in marks
    ]

    async def send(body: str) -> int:
        answer = await asyncio.to_thread(
            live.post, "/v1/batch", gzip.compress(body.encode(), 1)
        )
        return answer.status

    async def send_all() -> list[int]:
        return await asyncio.gather(*(send(body) for body in bodies))

    statuses = asyncio.run(send_all())
    assert 200 in statuses
    assert set(statuses) <= {200, 429}
    for mark, status in zip(marks, statuses, strict=True):
        assert len(kept(live, mark)) == (2500 if status == 200 else 0)


async def _many(live: Live, count: int) -> list[int]:
    """Open many connections at once, then use each."""
    streams = [await asyncio.open_connection("127.0.0.1", live.port) for _ in range(count)]
    body = json.dumps({"batch": [order()]}).encode()
    head = (
        f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: {basic(live.keys['shop'])}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )

    async def use(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        writer.write(head.encode() + body)
        await writer.drain()
        line = await reader.readline()
        writer.close()
        return int(line.split()[1])

    return await asyncio.gather(*(use(*pair) for pair in streams))


def test_a_thousand_connections_at_once_are_all_answered(live: Live) -> None:
    assert set(asyncio.run(_many(live, 1000))) == {200}


def test_those_who_send_slowly_do_not_keep_others_out(live: Live) -> None:
    slow: list[socket.socket] = []
    try:
        for number in range(300):
            one = socket.create_connection(("127.0.0.1", live.port))
            slow.append(one)
            if number % 3 == 0:
                one.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            elif number % 3 == 1:
                one.sendall(
                    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n{"
                )
        assert live.batch([order()]).status == 200
    finally:
        for one in slow:
            one.close()


@pytest.mark.asvs("4.2.1")
def test_pipelined_requests_are_answered_in_order_and_kept(live: Live) -> None:
    marks = [fresh_mark() for _ in range(20)]
    raw = b""
    for mark in marks:
        body = json.dumps({"batch": [order(mark)]}).encode()
        raw += (
            f"POST /v1/batch HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: {basic(live.keys['shop'])}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
    raw += b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert _talk(live, raw).count(b"HTTP/1.1 200") == len(marks) + 1
    assert [len(kept(live, mark)) for mark in marks] == [1] * len(marks)


def test_a_client_that_hangs_up_in_the_middle_leaves_nothing(live: Live) -> None:
    mark = fresh_mark()
    body = json.dumps({"batch": [order(mark)]}).encode()
    for cut in (0, 1, len(body) // 2, len(body) - 1):
        with socket.create_connection(("127.0.0.1", live.port)) as one:
            one.sendall(
                f"POST /v1/batch HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: {basic(live.keys['shop'])}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body[:cut]
            )
    assert kept(live, mark) == []


def _talk(live: Live, raw: bytes) -> bytes:
    """Send bytes, return all that comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=30) as one:
        one.sendall(raw)
        return b"".join(iter(lambda: one.recv(65536), b""))


@pytest.mark.asvs("4.2.1")
@pytest.mark.parametrize(
    "head",
    [
        b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /v1/batch HTTP/9.9\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b\x00c\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Many: 1\r\n" * 5000 + b"\r\n",
    ],
    ids=range(8),
)
def test_requests_that_are_not_http_are_turned_away(live: Live, head: bytes) -> None:
    said = b""
    with (
        suppress(OSError),  # it may hang up before it was told everything
        socket.create_connection(("127.0.0.1", live.port), timeout=10) as one,
    ):
        one.sendall(head)
        one.shutdown(socket.SHUT_WR)
        said = one.recv(65536)
    assert said == b"" or said.split()[1].startswith(b"4")


# ------------------------------------------------------------------------- headers, paths, keys
@pytest.mark.asvs("1.2.1")
def test_an_origin_cannot_smuggle_a_header_into_the_answer(live: Live) -> None:
    raw = (
        b"GET /v1/projects/x/settings HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Origin: https://a.example\r\n\tSet-Cookie: a=b\r\n\r\n"
    )
    assert b"set-cookie" not in _talk(live, raw).lower()


@pytest.mark.asvs("5.3.2")
@pytest.mark.parametrize(
    "path",
    [
        "/v1/batch%00",
        "/v1/%2e%2e/%2e%2e/etc/passwd",
        "/v1/settings/../../metrics",
        "/../../etc/passwd",
        "/static/../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/app.py",
        "/v1/..%2f..%2fmetrics",
        "/v1/batch;/metrics",
    ],
)
def test_paths_lead_nowhere_else(live: Live, path: str) -> None:
    answer = live.post(path, {"batch": []})
    assert answer.status in {400, 404, 405}
    got = live.request("GET", path, b"", {})
    assert got.status in {400, 404, 405}
    assert b"root:" not in got.body
    assert b"candor_door" not in got.body


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": basic("wrong")},
        {"Authorization": basic("a\x00b")},
        {"Authorization": basic("' OR 1=1 --")},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + "A" * 8000},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic"},
    ],
    ids=range(8),
)
def test_without_a_valid_key_nothing_comes_in(live: Live, header: Mapping[str, str]) -> None:
    mark = fresh_mark()
    body = json.dumps({"batch": [order(mark)], "writeKey": "also\x00wrong"}).encode()
    answer = live.request("POST", "/v1/batch", body, header)
    assert answer.status == 401
    assert kept(live, mark) == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "TRACE", "FOO"])
def test_only_post_sends(live: Live, method: str) -> None:
    key = {"Authorization": basic(live.keys["shop"])}
    assert live.request(method, "/v1/batch", b"", key).status in {400, 404, 405}


# --------------------------------------------------------------------- what must not be kept
@pytest.mark.parametrize(
    "written",
    [
        CARD,
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111\u00a01111\u00a01111\u00a01111",
        "4111\u20091111\u20091111\u20091111",
        "4111\u20111111\u20111111\u20111111",
        "".join(chr(0xFF10 + int(digit)) for digit in CARD),
        f"Nr.{CARD}",
        f"card:{CARD}.",
        f"%B{CARD}^LOVELACE/ADA^29121010000000000?",
    ],
)
@pytest.mark.parametrize("is_escaped", [False, True])
def test_card_numbers_are_masked_however_they_are_written(
    live: Live, written: str, is_escaped: bool
) -> None:
    order_id = fresh_mark()
    call = order(order_id, properties={"coupon": written})
    raw = json.dumps({"batch": [call]})
    if is_escaped:  # every digit as an escape: valid JSON that no library writes
        digits = "".join(f"\\u{ord(sign):04x}" for sign in written)
        raw = raw.replace(json.dumps(written)[1:-1], digits)
    assert live.post("/v1/batch", raw.encode()).json == {"success": True}
    (found,) = kept(live, order_id)
    assert "[card" in found["coupon"]
    assert CARD not in found["coupon"]


def test_free_text_does_not_pass_for_a_language(live: Live) -> None:
    for number, locale in enumerate(("ada@example.com, 12 High Street", "de-DE", "zh-Hans-CN")):
        context = {"locale": locale, "consent": {"categoryPreferences": {"Analytics": True}}}
        call = {"type": "track", "event": "Segment Consent Preference Updated"}
        live.batch([{**call, "userId": f"A-speaks-{number}", "context": context}])
    with live.owner() as connection:
        found = connection.execute("SELECT DISTINCT locale FROM consent.record").fetchall()
    assert {row[0] for row in found} >= {None, "de-DE", "zh-Hans-CN"}
    assert not any(row[0] and "@" in row[0] for row in found)


def test_a_sample_of_what_was_refused_shows_no_name_that_stood_as_a_key(live: Live) -> None:
    live.batch([order(properties={"order_id": 5, "Ada Lovelace": 1, "ada@example.com": 2})])
    with live.owner() as connection:
        found = connection.execute("SELECT sample::text FROM collect.refusal").fetchall()
    assert found
    assert not any("Lovelace" in row[0] or "@" in row[0] for row in found)


# --------------------------------------------------------------------------- one person or two
def people(live: Live, kind: str, spellings: list[str]) -> int:
    """Send one identify per spelling; return how many identifiers of the kind are known."""
    mark = fresh_mark()
    for number, spelling in enumerate(spellings):
        identity = {"context": {"externalIds": [{"id": spelling, "type": kind}]}}
        call = {"type": "identify", "anonymousId": f"{mark}-{number}", **identity}
        assert live.batch([call], source="crm").status == 200
    with live.owner() as connection:
        row = connection.execute(
            "SELECT count(*) FROM profiles.identifier WHERE kind = %s", (kind,)
        ).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("kind", "spellings", "count"),
    [
        (
            "email",
            ["Eve.Adams@Example.com", "eve.adams@example.COM", " eve.adams@example.com"],
            1,
        ),
        ("email", ["a@straße.example", "a@strasse.example"], 2),
        ("email", ["a@bücher.example", "a@xn--bcher-kva.example"], 1),
        ("email", ["ada@example.com", "\u0430da@example.com"], 2),  # Cyrillic
        ("email", ["zoe\u200b@example.com", "zoe@example.com\u200b", "not an address"], 0),
        ("phone", ["+49 151 23456789", "0049 151 23456789", "+4915123456789"], 1),
        ("phone", ["\uff0b\uff14\uff19 151 23456788", "+4915123456788"], 1),
        ("loyalty_card", ["80 0000 0017 38", "800000001738", "8000-0000-1738"], 1),
        ("crm_id", ["K-77", " K-77 ", "k-77", "\uff2b-77"], 3),  # exact means exact
        ("crm_id", ["null", "NULL", "\uff4eull", "undefined", "0"], 0),
    ],
    ids=range(10),
)
def test_spellings_of_one_identifier_are_one_and_others_are_not(
    live: Live, kind: str, spellings: list[str], count: int
) -> None:
    before = people(live, kind, [])
    assert people(live, kind, spellings) - before == count
