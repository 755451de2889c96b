"""A lean client of the door: HTTP/1.1 over one kept-alive connection, and nothing else.

Deliberately not httpx: the loader shares two cores with the server that it fills, and a call of
httpx costs ten times as much. A lost connection, 429 and 503 are waited out and tried again with
the same bytes; message ids make that harmless.
"""

import asyncio
import contextlib
from base64 import b64encode
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from candor.kernel.errors import Refused, Unavailable

_TRY_AGAIN: Final = frozenset({408, 429, 502, 503, 504})
_FIRST_WAIT_SECONDS: Final = 0.25
_LONGEST_WAIT_SECONDS: Final = 8.0
_TRIES: Final = 20  # about two minutes in all
_ANSWER_SECONDS: Final = 60.0
_SHOWN: Final = 300  # characters of an answer that go into an error


class DoorClosedError(Unavailable):
    """The door did not answer for minutes. What was sent is kept; loading can be resumed."""

    code = "demo.door_closed"
    default_hint = "Look at the lines above, then run the same again: it goes on where it was."


class DoorRefusedError(Refused):
    """The door answered that it will not take this, now or later."""

    code = "demo.door_refused"
    default_hint = "Is the catalogue in force the demo's? See: candor catalogue plan"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the door said."""

    status: int
    retry_after: float  # seconds, 0 when it did not say
    body: bytes


class Door:
    """One connection to the door, opened when needed. Not for use by two tasks at once."""

    def __init__(self, base_url: str) -> None:
        """Remember where the door is: `http://host:port`, or https."""
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"not an address of a door: {base_url}; write http://host:port")
        self._host = parts.hostname
        self._is_tls = parts.scheme == "https"
        self._port = parts.port or (443 if self._is_tls else 80)
        self._path = parts.path.rstrip("/")
        self._head = f"Host: {parts.netloc}\r\nContent-Type: application/json\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.retries = 0

    async def batch(self, write_key: str, body: bytes) -> None:
        """Deliver one batch and return once the door has taken it.

        Raises `DoorRefusedError` on an answer that trying again would not change, and
        `DoorClosedError` when the door stays shut.
        """
        user = b64encode(f"{write_key}:".encode()).decode()
        head = (
            f"POST {self._path}/v1/batch HTTP/1.1\r\n{self._head}"
            f"Authorization: Basic {user}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        request = head.encode() + body
        wait = _FIRST_WAIT_SECONDS
        for _ in range(_TRIES):
            answer = await self._attempt(request)
            if answer is not None and answer.status < 300:
                return
            if answer is not None and answer.status not in _TRY_AGAIN:
                said = answer.body[:_SHOWN].decode(errors="replace")
                raise DoorRefusedError(f"the door answered {answer.status}: {said}")
            self.retries += 1
            await asyncio.sleep(max(wait, answer.retry_after if answer else 0.0))
            wait = min(wait * 2, _LONGEST_WAIT_SECONDS)
        raise DoorClosedError(f"no answer from {self._host}:{self._port}; load again to go on")

    async def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            _, writer = self._streams
            self._streams = None
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _attempt(self, request: bytes) -> Answer | None:
        """Send once. None: the connection failed, nobody knows whether it arrived."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                reader, writer = await self._connected()
                writer.write(request)
                await writer.drain()
                answer, is_kept = await _read_answer(reader)
        except (OSError, EOFError, TimeoutError):
            await self.close()
            return None
        except BaseException:
            await self.close()  # cancelled half-way: the next answer would be this one's
            raise
        if not is_kept:
            await self.close()
        return answer

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                self._host, self._port, ssl=self._is_tls or None
            )
        return self._streams


async def _read_answer(reader: asyncio.StreamReader) -> tuple[Answer, bool]:
    """Return the answer and whether the connection stays open."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines[1:] if line)
    }
    if fields.get("transfer-encoding", "").lower() == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(fields.get("content-length", "0")))
    retry_after = fields.get("retry-after", "")
    seconds = float(retry_after) if retry_after.isdecimal() else 0.0
    is_kept = fields.get("connection", "").lower() != "close"
    return Answer(int(lines[0].split(" ", 2)[1]), seconds, body), is_kept


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    while True:
        size = int((await reader.readline()).split(b";")[0], 16)
        part = await reader.readexactly(size)
        await reader.readline()
        if not size:
            return b"".join(parts)
        parts.append(part)
