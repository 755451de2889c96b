"""A mail server by RFC 5321, 2920, 3207, 4954, 2034 (read 2026-11-22), and every way to fail.

It keeps what it takes. What it says to a recipient is told by `answers`, by the beginning of the
address; `faults` break sessions. Postfix itself is used in tests/jobs/test_postfix.py.
"""

import asyncio
import ssl
from base64 import b64decode
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

_ENDLESS: Final = b"250-" + b"x" * 4000 + b"\r\n"


class Trouble(StrEnum):
    """A way in which a mail server fails."""

    HANG_AT_RCPT = "hang_at_rcpt"
    CLOSE_AFTER_DATA = "close_after_data"  # taken, and nobody was told
    CLOSE_AT_GREETING = "close_at_greeting"
    BUSY = "busy"  # 421
    ENDLESS = "endless"
    NONSENSE = "nonsense"
    NO_TLS = "no_tls"
    SAID_BEFORE_TLS = "said_before_tls"
    GO_ON_ANYWAY = "go_on_anyway"  # 354 although the recipient was refused


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was taken."""

    sender: str
    recipient: str
    content: bytes
    said: str  # the MAIL command, with its parameters


@dataclass
class MailServer:
    """A mail server; `answers`: what is said to recipients, by how their address begins."""

    answers: dict[str, str] = field(default_factory=dict[str, str])
    after_data: str = "250 2.0.0 taken"
    offers: tuple[str, ...] = (
        "PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 1000000", "DSN", "ENHANCEDSTATUSCODES",
    )  # fmt: skip
    tls: ssl.SSLContext | None = None
    users: Mapping[str, str] = field(default_factory=dict[str, str])
    troubles: list[Trouble] = field(default_factory=list[Trouble])
    port: int = 0
    sessions: int = 0
    taken: list[Taken] = field(default_factory=list[Taken])
    breaths: list[bytes] = field(default_factory=list[bytes])  # what came in one piece

    @property
    def host(self) -> str:
        """Return host and port, as they are allowed."""
        return f"127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Self]:
        """Listen on a free port of this machine until the block ends."""
        self._over = asyncio.Event()
        self._speaking: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._speak, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self._over.set()
            server.close()
            for task in list(self._speaking):
                task.cancel()
            await asyncio.gather(*self._speaking, return_exceptions=True)
            await server.wait_closed()

    def _due(self, trouble: Trouble) -> bool:
        if trouble in self.troubles:
            self.troubles.remove(trouble)
            return True
        return False

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._speaking.add(task)
            task.add_done_callback(self._speaking.discard)
        self.sessions += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await _Session(self, reader, writer).run()
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


class _Session:
    def __init__(
        self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.is_tls = self.is_in = False
        self.said = self.sender = self.recipient = ""

    def say(self, *lines: str) -> None:
        parts = [f"{one[:3]}-{one[4:]}" for one in lines[:-1]] + [lines[-1]]
        self.writer.write("".join(f"{one}\r\n" for one in parts).encode())

    async def run(self) -> None:
        server = self.server
        if server._due(Trouble.CLOSE_AT_GREETING):
            return
        self.say("220 mail.example ESMTP")
        while line := (await self.reader.readline()).decode().rstrip("\r\n"):
            word = line.split(":")[0].split(" ")[0].upper()
            if word == "QUIT":
                return
            if not await self.obey(word, line):
                return

    async def obey(self, word: str, line: str) -> bool:
        """Answer a command; False: the session is over."""
        server = self.server
        if server._due(Trouble.BUSY):
            self.say("421 4.3.2 too busy")
            return False
        if server._due(Trouble.NONSENSE):
            self.say("HTTP/1.1 200 OK")
        elif server._due(Trouble.ENDLESS):
            for _ in range(100):
                self.writer.write(_ENDLESS)
        elif word == "EHLO":
            self.hello()
        elif word == "STARTTLS":
            await self.start_tls()
        elif word == "AUTH":
            self.sign_in(line)
        elif word == "MAIL":
            self.said, self.sender, self.recipient = line, _address(line), ""
            self.say("250 2.1.0 ok")
        elif word == "RCPT":
            await self.rcpt(line)
        elif word == "DATA":
            return await self.data()
        else:
            self.say("250 2.0.0 ok")
        await self.writer.drain()
        return True

    def hello(self) -> None:
        offers = list(self.server.offers)
        may_begin = self.server.tls is not None and Trouble.NO_TLS not in self.server.troubles
        if may_begin and not self.is_tls:
            offers.append("STARTTLS")
        if self.server.users:
            offers.append("AUTH PLAIN LOGIN")
        self.say("250 mail.example", *(f"250 {one}" for one in offers))

    async def start_tls(self) -> None:
        assert self.server.tls is not None
        self.say("220 2.0.0 go on")
        if self.server._due(Trouble.SAID_BEFORE_TLS):
            self.say("250 2.0.0 this was never said under TLS")
        await self.writer.drain()
        await self.writer.start_tls(self.server.tls)
        self.is_tls = True

    def sign_in(self, line: str) -> None:
        _, user, password = b64decode(line.split(" ")[2]).decode().split("\0")
        self.is_in = self.server.users.get(user) == password
        self.say("235 2.7.0 in" if self.is_in else "535 5.7.8 not in")

    async def rcpt(self, line: str) -> None:
        if self.server._due(Trouble.HANG_AT_RCPT):
            await self.server._over.wait()
        address = _address(line)
        answer = next(
            (said for begin, said in self.server.answers.items() if address.startswith(begin)),
            "250 2.1.5 ok",
        )
        if answer.startswith("250"):
            self.recipient = address
        self.say(answer)

    async def data(self) -> bool:
        if not self.recipient and not self.server._due(Trouble.GO_ON_ANYWAY):
            self.say("554 5.5.1 no valid recipients")
            return True
        self.say("354 go on")
        content = await self._content()
        if self.recipient and self.server.after_data.startswith("250"):
            taken = Taken(self.sender, self.recipient, content, self.said)
            self.server.taken.append(taken)
        if self.server._due(Trouble.CLOSE_AFTER_DATA):
            return False
        self.say(self.server.after_data if self.recipient else "554 5.5.1 nobody")
        return True

    async def _content(self) -> bytes:
        lines: list[bytes] = []
        while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]
