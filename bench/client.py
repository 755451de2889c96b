"""The load generator: ready-made requests over kept connections, closed loop, nothing more.

Each connection sends its next request when the answer to the last one has come. It stops by
itself when the requests are used up, at a deadline, or when the server stops answering.
"""

import asyncio
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

from typing_extensions import override

HOST: Final = "127.0.0.1"
CONNECTIONS: Final = 32


@dataclass(slots=True)
class Outcome:
    """What came of a load."""

    acknowledged: list[int] = field(default_factory=list[int])  # places of requests
    failed: int = 0
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list[float])

    @property
    def rate(self) -> float:
        """Return acknowledged requests per second."""
        return len(self.acknowledged) / self.seconds if self.seconds else 0.0

    @property
    def p99_ms(self) -> float:
        """Return the time within which 99 of 100 requests were answered."""
        if len(self.waits) < 100:
            return max(self.waits, default=0.0) * 1e3
        return statistics.quantiles(self.waits, n=100)[98] * 1e3


class _Connection(asyncio.Protocol):
    """One kept connection."""

    def __init__(self, todo: "Iterator[tuple[int, bytes]]", outcome: Outcome) -> None:
        self._todo = todo
        self._outcome = outcome
        self._place = -1
        self._sent_at = 0.0
        self._buffer = b""
        self._transport: Any = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        pair = next(self._todo, None)
        if pair is None:
            self._transport.close()
            return
        self._place, request = pair
        self._sent_at = perf_counter()
        self._transport.write(request)

    @override
    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        head, end, body = data.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            self._buffer = data
            return
        self._buffer = b""
        if head[9:12] == b"200" or head[9:12] == b"201":
            self._outcome.acknowledged.append(self._place)
            self._outcome.waits.append(perf_counter() - self._sent_at)
        else:
            self._outcome.failed += 1
        self._place = -1
        self._next()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._place >= 0:
            self._outcome.failed += 1
        if not self.done.done():
            self.done.set_result(None)


def _length(head: bytes) -> int:
    place = head.lower().find(b"content-length:")
    return int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0


def _until(
    requests: Sequence[bytes], deadline: float, start: int
) -> Iterator[tuple[int, bytes]]:
    for place in range(start, len(requests)):
        if perf_counter() > deadline:
            return
        yield place, requests[place]


async def load(
    port: int,
    requests: Sequence[bytes],
    *,
    seconds: float = 120.0,
    connections: int = CONNECTIONS,
    start: int = 0,
) -> Outcome:
    """Send requests until all are sent or the time is over; return what came of them."""
    loop = asyncio.get_running_loop()
    outcome = Outcome()
    began = perf_counter()
    todo = _until(requests, began + seconds, start)
    lines: list[_Connection] = []
    for _ in range(connections):
        _, line = await loop.create_connection(lambda: _Connection(todo, outcome), HOST, port)
        lines.append(line)
    await asyncio.wait([line.done for line in lines], timeout=seconds + 20)
    outcome.seconds = perf_counter() - began
    return outcome


def post(path: str, body: bytes, *headers: str) -> bytes:
    """Return a ready-made request."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"host: {HOST}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
