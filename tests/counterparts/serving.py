"""Small servers that stand for other systems: what they were asked, and every way to fail.

A counterpart is a subclass of `HttpCounterpart` that follows its vendor's documentation in
`answer`. It listens on this machine alone, in the loop of whoever started it:

    async with Hubspot().running() as there:
        there.fail(Fault.LIMITED, after=1)  # the second request from now on, once
        ...  # there.url, there.host for CANDOR_OUTBOUND_HOSTS, there.seen

Tests, the demo and benches use the same ones.
"""

import asyncio
import json
import ssl
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self
from urllib.parse import parse_qsl, unquote, urlsplit

RETRY_AFTER: Final = 7  # seconds, of whatever says so
_ENDLESS_BYTES: Final = 1 << 30  # what it promises; it stops when nobody listens any more
_CHUNK: Final = b" " * 65_536


class Fault(StrEnum):
    """A way in which a system, or what is in between, fails."""

    LIMITED = "limited"  # 429 with Retry-After
    LIMITED_SILENTLY = "limited_silently"  # 429 without
    BROKEN = "broken"  # 503 with a page of a proxy
    HANG = "hang"  # no answer at all
    HALF_CLOSED = "half_closed"  # half an answer, then the end; nothing was done
    LOST_ANSWER = "lost_answer"  # it was done; the answer never came
    ENDLESS = "endless"  # an answer of a gigabyte
    GARBLED = "garbled"  # 200 with a page in HTML
    ERROR_IN_200 = "error_in_200"  # 200 with an error inside, as the vendor spells them
    REDIRECTED = "redirected"  # to another host, with everything that was asked
    LOCKED_OUT = "locked_out"  # what we prove ourselves with is not accepted any more


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in. Names of headers are in lower case."""

    method: str
    target: str  # path and query, as they were on the wire
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """Return the path, decoded."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        """Return what was asked behind the path."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        """Return the body, decoded."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer on its way out; `content` is sent as JSON when it is not bytes."""

    status: int = 200
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def body(self) -> bytes:
        """Return the bytes of it."""
        if self.content is None:
            return b""
        return self.content if isinstance(self.content, bytes) else _encoded(self.content)


@dataclass(slots=True)
class _Planned:
    fault: Fault
    after: int  # requests that pass before
    times: int


class HttpCounterpart:
    """A server of HTTP that fails when it is told to."""

    def __init__(self) -> None:
        """Begin with nobody and nothing planned."""
        self.seen: list[Asked] = []
        self.host = ""  # with its port
        self.scheme = "http"
        self._planned: deque[_Planned] = deque()
        self._over = asyncio.Event()
        self._speaking: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Return its address, without a slash at the end."""
        return f"{self.scheme}://{self.host}"

    @property
    def supported(self) -> frozenset[Fault]:
        """Return the faults that make sense of it."""
        return frozenset(Fault)

    def fail(self, fault: Fault, *, after: int = 0, times: int = 1) -> None:
        """Fail so many requests, after having let so many pass."""
        self._planned.append(_Planned(fault, after, times))

    def heal(self) -> bool:
        """Plan no fault any more; tell whether one was still to come."""
        is_left = bool(self._planned)
        self._planned.clear()
        return is_left

    def traces(self) -> list[str]:
        """Return what stays in the logs of everybody in between: methods and addresses."""
        return [f"{one.method} {unquote(one.target)}" for one in self.seen]

    async def answer(self, asked: Asked) -> Answered:
        """Answer as the vendor does."""
        raise NotImplementedError

    def failing(self, fault: Fault) -> Answered:
        """Return the answer of a fault that is one; vendors spell theirs."""
        match fault:
            case Fault.LIMITED:
                return Answered(429, {"error": "limited"}, {"retry-after": str(RETRY_AFTER)})
            case Fault.LIMITED_SILENTLY:
                return Answered(429, {"error": "limited"})
            case Fault.LOCKED_OUT:
                return Answered(401, {"error": "unauthorized"})
            case Fault.REDIRECTED:
                port = self.host.rpartition(":")[2]
                return Answered(307, b"", {"location": f"http://localhost:{port}/astray"})
            case Fault.ERROR_IN_200:
                return Answered(200, {"error": "internal"})
            case Fault.GARBLED:
                page = b"<!doctype html><title>Maintenance</title>"
                return Answered(200, page, {"content-type": "text/html"})
            case _:
                return Answered(503, b"<html><body>503</body></html>")

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Self]:
        """Listen on a free port of this machine until the block ends; with `tls` by that alone."""
        self.scheme = "http" if tls is None else "https"
        server = await asyncio.start_server(self._speak, "127.0.0.1", 0, limit=1 << 24, ssl=tls)
        self.host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            self._over.set()
            server.close()
            await server.wait_closed()
            await asyncio.gather(*self._speaking, return_exceptions=True)

    def _due(self) -> Fault | None:
        """Return how this request fails, if it does."""
        if not self._planned:
            return None
        first = self._planned[0]
        if first.after > 0:
            first.after -= 1
            return None
        first.times -= 1
        if first.times <= 0:
            self._planned.popleft()
        return first.fault

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._speaking.add(task)
            task.add_done_callback(self._speaking.discard)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            asked = await _read(reader)
            self.seen.append(asked)
            await self._say(asked, self._due(), writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _say(
        self, asked: Asked, fault: Fault | None, writer: asyncio.StreamWriter
    ) -> None:
        match fault:
            case None:
                writer.write(_bytes(await self.answer(asked)))
            case Fault.HANG:
                await self._over.wait()
            case Fault.LOST_ANSWER:
                await self.answer(asked)
            case Fault.HALF_CLOSED:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n" + b'{"res')
            case Fault.ENDLESS:
                await self._never_stop(writer)
            case _:
                writer.write(_bytes(self.failing(fault)))
        await writer.drain()

    async def _never_stop(self, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {_ENDLESS_BYTES}\r\n\r\n".encode())
        for _ in range(_ENDLESS_BYTES // len(_CHUNK)):
            if writer.is_closing() or self._over.is_set():
                return
            writer.write(_CHUNK)
            await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, target, headers, body)


def _encoded(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def _bytes(answer: Answered) -> bytes:
    body = answer.body
    headers = {
        "content-type": "application/json",
        **answer.headers,
        "content-length": str(len(body)),
        "connection": "close",
    }
    lines = [f"HTTP/1.1 {answer.status} Answer", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
