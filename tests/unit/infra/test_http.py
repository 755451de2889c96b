"""The way out is guarded: nothing that somebody configured leads inward."""

import asyncio
import gzip
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.infra.addresses import is_public
from candor.infra.http import Outbound, OutboundFailed, OutboundRefused
from tests.factories.live import free_port

INWARD = (
    "http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "https://0.0.0.0/",
    "https://[::1]/", "https://[::]/", "https://10.0.0.1/", "https://172.16.0.1/",
    "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/",
    "https://[fe80::1]/", "https://[fd00::1]/", "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://127.1/",
    "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://224.0.0.1/",
    "https://255.255.255.255/", "https://[::127.0.0.1]/", "https://198.18.0.1/",
    "https://[64:ff9b:1::1]/", "https://[fec0::1]/", "https://[5f00::1]/", "https://[3fff::1]/",
)  # fmt: skip
MALFORMED = (
    "", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/",
    "https://", "https:///x", "http://example.com/", "https://user:word@example.com/",
    "https://example.com@10.0.0.1/", "https://exa mple.com/", "https://example.com:99999/",
    "https://example.com\\@10.0.0.1/", "https://example.com/\r\nHost: x", "x" * 3_000,
    "https://exam\tple.com/", "javascript:alert(1)",
)  # fmt: skip


@pytest.mark.asvs("1.3.6", "13.2.4", "13.2.5")
@pytest.mark.parametrize("url", INWARD)
async def test_nothing_leads_inward(url: str) -> None:
    with pytest.raises(OutboundRefused):
        await Outbound().request("GET", url)
    with pytest.raises(OutboundRefused):
        Outbound().request_sync("GET", url)


@pytest.mark.parametrize("url", MALFORMED)
async def test_what_is_no_address_of_the_open_internet_is_not_called(url: str) -> None:
    with pytest.raises(OutboundRefused):
        await Outbound().request("GET", url)
    with pytest.raises(OutboundRefused):
        Outbound().check(url)


@given(st.ip_addresses(v=4))
def test_an_address_in_disguise_is_as_public_as_the_one_inside(
    inner: IPv4Address | IPv6Address,
) -> None:
    assert isinstance(inner, IPv4Address)
    for disguise in (
        IPv6Address(b"\0" * 10 + b"\xff\xff" + inner.packed),
        IPv6Address(b"\x20\x02" + inner.packed + b"\0" * 10),
        IPv6Address(b"\0\x64\xff\x9b" + b"\0" * 8 + inner.packed),
    ):
        assert is_public(disguise) is is_public(inner)


@pytest.mark.parametrize("text", ["1.1.1.1", "93.184.216.34", "2606:4700::1111"])
def test_public_addresses_are_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize("found", [("10.0.0.1",), ("1.1.1.1", "127.0.0.1"), ("fd00::1",)])
async def test_a_name_that_leads_inward_is_refused_even_in_part(
    found: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(host: str, port: int, *_: object, **__: object) -> list[Any]:
        del host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(OutboundRefused):
        await Outbound().request("GET", "https://rebinding.example/")
    with pytest.raises(OutboundRefused):
        Outbound().request_sync("GET", "https://rebinding.example/")
    with pytest.raises(OutboundRefused):
        await Outbound().address_of("rebinding.example", 5432)


@pytest.mark.parametrize(
    ("host", "port"),
    [("127.0.0.1", 5432), ("", 5432), ("/run/x", 5432), ("a@b", 1), ("1.1.1.1", 0), ("x y", 1)],
)
async def test_what_is_not_http_leads_inward_as_little(host: str, port: int) -> None:
    with pytest.raises(OutboundRefused):
        await Outbound().address_of(host, port)


async def test_a_database_of_ones_own_is_looked_up_once_and_reached_there() -> None:
    outbound = Outbound(allowed_private=["localhost:5432"])
    assert await outbound.address_of("localhost", 5432) in {"127.0.0.1", "::1"}
    assert outbound.may_be_plain("localhost", 5432)
    assert not outbound.may_be_plain("localhost", 5433)


# ----------------------------------------------------------------- against a real server
@asynccontextmanager
async def serving(
    answer: bytes, *, is_slow: bool = False
) -> AsyncGenerator[tuple[int, list[bytes]]]:
    """Answer every request with these bytes, or with some of them until the block ends."""
    asked: list[bytes] = []
    over, done = asyncio.Event(), asyncio.Semaphore(0)

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        with suppress(ConnectionError):
            writer.write(answer[:20])
            if is_slow:
                await over.wait()
            writer.write(answer[20:])
            writer.close()
            await writer.wait_closed()
        done.release()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        over.set()
        for _ in asked:
            await done.acquire()
        server.close()
        await server.wait_closed()


def plain(status: str, body: bytes = b"", *headers: str) -> bytes:
    """Return an answer of HTTP/1.1."""
    head = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "connection: close"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def to(port: int) -> Outbound:
    """Return a way out that may reach this server."""
    return Outbound(allowed_private=[f"localhost:{port}"])


async def test_a_host_that_was_allowed_is_reached_and_only_on_its_port() -> None:
    async with serving(plain("200 OK", b'{"well": true}')) as (port, asked):
        answer = await to(port).request("POST", f"http://localhost:{port}/x?y=1", json={"a": 1})
        assert answer.is_well
        assert answer.json() == {"well": True}
        assert asked[0].startswith(b"POST /x?y=1 HTTP/1.1\r\n")
        assert f"host: localhost:{port}".encode() in asked[0].lower()
        with pytest.raises(OutboundRefused):
            await to(port).request("GET", f"http://127.0.0.1:{port}/")
        with pytest.raises(OutboundRefused):
            await to(port).request("GET", f"http://localhost:{port + 1}/")


@pytest.mark.asvs("15.3.2")
async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    elsewhere = "location: http://169.254.169.254/"
    async with serving(plain("302 Found", b"", elsewhere)) as (port, asked):
        answer = await to(port).request("GET", f"http://localhost:{port}/")
        assert (answer.status, answer.is_well, len(asked)) == (302, False, 1)


async def test_too_much_too_late_and_too_little_are_no_answer() -> None:
    async with serving(plain("200 OK", b"x" * 5_000)) as (port, _):
        with pytest.raises(OutboundFailed):
            await to(port).request("GET", f"http://localhost:{port}/", at_most_bytes=4_999)
    async with serving(plain("200 OK", b"late"), is_slow=True) as (port, _):
        with pytest.raises(OutboundFailed):
            await to(port).request("GET", f"http://localhost:{port}/", timeout_seconds=0.2)
    with pytest.raises(OutboundFailed):
        await to(port).request("GET", f"http://localhost:{port}/")
    for body in (b"not json", b"\xff", b'"\xff"', b"[" * 5_000 + b"]" * 5_000):
        async with serving(plain("200 OK", body)) as (port, _):
            answer = await to(port).request("GET", f"http://localhost:{port}/")
            with pytest.raises(OutboundFailed):
                answer.json()


async def test_what_is_packed_twice_or_becomes_too_large_is_no_answer() -> None:
    body = gzip.compress(b"a word" * 10_000)
    for packed, said in (
        (body, "content-encoding: gzip"),
        (gzip.compress(body), "content-encoding: gzip, gzip"),
    ):
        async with serving(plain("200 OK", packed, said)) as (port, _):
            with pytest.raises(OutboundFailed):
                await to(port).request("GET", f"http://localhost:{port}/", at_most_bytes=59_999)
            with pytest.raises(OutboundFailed):
                await asyncio.to_thread(
                    to(port).request_sync,
                    "GET",
                    f"http://localhost:{port}/",
                    at_most_bytes=59_999,
                )
    async with serving(plain("200 OK", body, "content-encoding: gzip")) as (port, _):
        answer = await to(port).request(
            "GET", f"http://localhost:{port}/", at_most_bytes=60_000
        )
        assert answer.body == b"a word" * 10_000


@pytest.mark.asvs("1.2.1")
async def test_a_header_cannot_carry_another() -> None:
    with pytest.raises(OutboundRefused):
        await Outbound().request("GET", "https://example.com/", headers={"x": "a\r\nb: c"})


# ----------------------------------------------------------------- connections that are kept
@dataclass
class Keeping:
    """A server that keeps connections open."""

    port: int = 0
    asked: list[bytes] = field(default_factory=list[bytes])
    opened: list[str] = field(default_factory=list[str])  # the addresses that were connected to
    writers: list[asyncio.StreamWriter] = field(default_factory=list[asyncio.StreamWriter])
    over: list[asyncio.Event] = field(default_factory=list[asyncio.Event])  # that were closed
    let_go: asyncio.Event = field(default_factory=asyncio.Event)  # of slow answers

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened.append(writer.get_extra_info("sockname")[0])
        self.writers.append(writer)
        over = asyncio.Event()
        self.over.append(over)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if b"/drop" in head and len(self.opened) == 1:
                    break
                self.asked.append(head)
                if b"/slow" in head:
                    await self.let_go.wait()
                cookie = b"set-cookie: whose=yours\r\n"
                writer.write(b"HTTP/1.1 200 OK\r\n" + cookie + b"content-length: 2\r\n\r\n{}")
                await writer.drain()
        writer.close()
        over.set()


@asynccontextmanager
async def keeping() -> AsyncGenerator[Keeping]:
    """Run such a server on both loopback addresses."""
    there = Keeping()
    server = await asyncio.start_server(there.speak, ["127.0.0.1", "::1"], free_port())
    there.port = server.sockets[0].getsockname()[1]
    try:
        yield there
    finally:
        server.close()
        for writer in there.writers:
            writer.close()
        await asyncio.gather(*(one.wait() for one in there.over))
        await server.wait_closed()


def leading(monkeypatch: pytest.MonkeyPatch, *found: str) -> None:
    """Let every name lead to these addresses."""

    def resolve(host: str, port: int, *_: object, **__: object) -> list[Any]:
        del host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


async def test_a_connection_is_kept_and_nothing_else_is() -> None:
    async with keeping() as there:
        outbound = Outbound(allowed_private=[f"127.0.0.1:{there.port}"])
        for _ in range(3):
            assert (await outbound.request("POST", f"http://127.0.0.1:{there.port}/")).is_well
        assert (len(there.opened), len(there.asked)) == (1, 3)
        assert not any(b"whose" in head for head in there.asked)
        await outbound.close()
        await asyncio.wait_for(there.over[0].wait(), 5)
        assert (await outbound.request("GET", f"http://127.0.0.1:{there.port}/")).is_well
        assert len(there.opened) == 2
        await outbound.close()


@pytest.mark.asvs("1.3.6")
async def test_a_kept_connection_is_no_way_around_what_is_allowed_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with keeping() as there:
        pair, url = f"moving.example:{there.port}", f"http://moving.example:{there.port}/"
        outbound = Outbound(allowed_private=[pair])
        leading(monkeypatch, "127.0.0.1")
        await outbound.request("GET", url)
        # Of several addresses, in whatever order, one to which a connection is open.
        leading(monkeypatch, "::1", "127.0.0.1")
        await outbound.request("GET", url)
        assert there.opened == ["127.0.0.1"]
        # The name leads elsewhere now: the open connection is not what it stands for any more.
        leading(monkeypatch, "::1")
        await outbound.request("GET", url)
        assert there.opened == ["127.0.0.1", "::1"]
        # Permission was taken away: nothing more goes, over no connection.
        outbound._allowed = frozenset()
        for address in (url, f"https://moving.example:{there.port}/"):
            with pytest.raises(OutboundRefused):
                await outbound.request("GET", address)
        assert len(there.asked) == 3
        await outbound.close()


async def test_a_connection_is_of_one_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with keeping() as there:
        leading(monkeypatch, "127.0.0.1")
        names = [f"{name}.example:{there.port}" for name in ("one", "two")]
        outbound = Outbound(allowed_private=names)
        for name in names * 2:
            await outbound.request("GET", f"http://{name}/")
        assert len(there.opened) == 2
        await outbound.close()


@pytest.mark.parametrize(
    ("method", "headers", "is_said_again"),
    [("GET", {}, True), ("POST", {}, False), ("POST", {"Idempotency-Key": "k"}, True)],
)
async def test_what_fails_for_a_kept_connection_is_said_again_where_twice_is_once(
    method: str, headers: dict[str, str], is_said_again: bool
) -> None:
    async with keeping() as there:
        outbound = Outbound(allowed_private=[f"127.0.0.1:{there.port}"])
        await outbound.request("GET", f"http://127.0.0.1:{there.port}/")
        url = f"http://127.0.0.1:{there.port}/drop"
        if is_said_again:
            assert (await outbound.request(method, url, headers=headers)).is_well
        else:
            with pytest.raises(OutboundFailed):
                await outbound.request(method, url, headers=headers)
        assert len(there.opened) == 1 + is_said_again
        await outbound.close()


async def test_an_answer_that_was_too_large_leaves_nothing_for_the_next_call() -> None:
    async with serving(
        plain("200 OK", b"x" * 5_000).replace(b"connection: close", b"x: y")
    ) as (
        port,
        asked,
    ):
        outbound = to(port)
        for _ in range(2):
            with pytest.raises(OutboundFailed):
                await outbound.request("GET", f"http://localhost:{port}/", at_most_bytes=100)
        assert len(asked) == 2
        await outbound.close()


async def test_an_answer_that_came_too_late_is_nobody_elses() -> None:
    async with keeping() as there:
        outbound = Outbound(allowed_private=[f"127.0.0.1:{there.port}"])
        url = f"http://127.0.0.1:{there.port}/"
        await outbound.request("GET", url)
        with pytest.raises(OutboundFailed):
            await outbound.request("GET", f"{url}slow", timeout_seconds=0.1)
        there.let_go.set()
        assert (await outbound.request("GET", url)).is_well
        assert len(there.opened) == 2
        await outbound.close()
