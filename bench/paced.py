"""An open-loop load: so many requests a second, whether the answers come or not.

The wait of a request is counted from the moment at which it was due, so that a server that stands
still is seen in all requests that should have been sent meanwhile.
"""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from typing_extensions import override

from bench.client import HOST, Outcome


class _Line(asyncio.Protocol):
    """One kept connection, free or waiting for an answer."""

    def __init__(self, free: "asyncio.Queue[_Line]", outcome: Outcome) -> None:
        self._free = free
        self._outcome = outcome
        self._transport: Any = None
        self._place = -1
        self._due = 0.0
        self._buffer = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._free.put_nowait(self)

    def send(self, place: int, request: bytes, due: float) -> None:
        """Send a request that was due at an instant."""
        self._place, self._due = place, due
        self._transport.write(request)

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if not end or len(body) < length:
            return
        self._buffer = b""
        if head[9:11] == b"20":
            self._outcome.acknowledged.append(self._place)
            self._outcome.waits.append(perf_counter() - self._due)
        else:
            self._outcome.failed += 1
        self._free.put_nowait(self)

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


async def paced(
    port: int, requests: Sequence[bytes], *, per_second: float, connections: int = 32
) -> Outcome:
    """Send requests at a steady rate; return what came of them."""
    loop = asyncio.get_running_loop()
    free: asyncio.Queue[_Line] = asyncio.Queue()
    outcome = Outcome()
    lines: list[_Line] = []
    for _ in range(connections):
        _, line = await loop.create_connection(lambda: _Line(free, outcome), HOST, port)
        lines.append(line)
    began = perf_counter()
    for place, request in enumerate(requests):
        due = began + place / per_second
        ahead = due - perf_counter()
        if ahead > 0:
            await asyncio.sleep(ahead)
        line = await asyncio.wait_for(free.get(), 30)
        line.send(place, request, due)
    for _ in lines:
        await asyncio.wait_for(free.get(), 30)
    outcome.seconds = perf_counter() - began
    for line in lines:
        line.close()
    return outcome
