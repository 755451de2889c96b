"""Speaking SMTP (RFC 5321) for many messages: kept sessions, three commands in one breath.

`aiosmtplib` waits for each reply before it says the next thing. Here MAIL, RCPT and DATA leave
together where the server allows that (PIPELINING, RFC 2920), and a session carries many messages:
two round trips for each instead of five and a handshake.

Each message goes to one recipient. Nothing that a server says is kept but its codes: its words may
hold addresses. Nothing of ours holds a line end where a command stands (SMTP injection), and what a
server said before TLS began is not believed afterwards (RFC 3207 4.2, command injection).
"""

import asyncio
import base64
import contextlib
import re
import ssl
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast

from typing_extensions import override

from candor.infra.http import Outbound, OutboundFailed
from candor.kernel.errors import Bug

CONNECT_SECONDS: Final = 10.0
REPLY_SECONDS: Final = 60.0
DATA_SECONDS: Final = 120.0  # after the last dot the server writes the message down
_CLOSE_SECONDS: Final = 1.0
_IDLE_SECONDS: Final = 20.0  # a session that was not used so long is begun anew
_MOST_ON_ONE: Final = 200  # messages: many servers end sessions that go on for ever
_LONGEST_REPLY: Final = 32 * 1024
_ENHANCED: Final = re.compile(rb"^([245]\.\d{1,3}\.\d{1,3})(?:[ \t]|$)")  # RFC 2034, RFC 3463
_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f<>]")
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9.]{1,100}")  # needs no xtext (RFC 3461 4)
_DOTS: Final = re.compile(rb"(?m)^\.")
_GREETING: Final = 220
_OK: Final = 250
_GO_ON: Final = 354
_ASKS_MORE: Final = 334
_IS_IN: Final = 235
_CLOSING: Final = 421
_TRY_LATER: Final = 400
_FOR_GOOD: Final = 500


class Tls(StrEnum):
    """How a session is kept secret."""

    STARTTLS = "starttls"  # RFC 3207, required: without it nothing is said
    TLS = "tls"  # from the first byte (RFC 8314)
    NONE = "none"  # only to this very machine


class SmtpFailed(Exception):
    """The session is over: no connection, no answer in time, an answer that makes no sense."""

    def __init__(self, problem: str) -> None:
        """Take the code of what is wrong."""
        super().__init__(problem)
        self.problem = problem


class SmtpNotLetIn(Exception):
    """The server does not accept the user and the password."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over."""

    host: str
    port: int
    tls: Tls = Tls.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    context: ssl.SSLContext | None = field(default=None, repr=False)
    me: str = "localhost"  # as we greet


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said: codes alone."""

    code: int
    status: str = ""  # enhanced: `5.1.1`; empty where it gives none
    words: Sequence[bytes] = field(default=(), repr=False)  # of EHLO and AUTH; never kept

    @property
    def is_ok(self) -> bool:
        """Tell whether it says yes."""
        return self.code < _TRY_LATER

    @property
    def is_for_good(self) -> bool:
        """Tell whether it is a no that stays one."""
        return self.code >= _FOR_GOOD


@dataclass(frozen=True, slots=True)
class Post:
    """One message on the wire. `sender` and `recipient` are bare addresses."""

    sender: str
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)  # lines end in CRLF
    envelope_id: str = ""  # comes back in a delivery report (RFC 3461)


class _Wire(asyncio.Protocol):
    """Bytes in, whole replies out."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._problem = ""
        self._words: list[bytes] = []
        self.transport: asyncio.Transport | None = None
        self.over = asyncio.Event()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while not self._problem and (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end]).rstrip(b"\r")
            del self._buffer[: end + 1]
            self._take(line)
        size = len(self._buffer) + sum(map(len, self._words))
        if size > _LONGEST_REPLY:
            self.fail("endless_answer")
        self._wake()

    def _take(self, line: bytes) -> None:
        code, mark = line[:3], line[3:4]
        if not (code.isdigit() and mark in {b" ", b"-", b""}):
            self.fail("bad_answer")
            return
        self._words.append(line[4:])
        if mark == b"-":
            return
        found = _ENHANCED.match(self._words[0])
        status = found.group(1).decode() if found else ""
        self._replies.append(Reply(int(code), status, tuple(self._words)))
        self._words = []

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.over.set()
        self.fail("closed")

    def fail(self, problem: str) -> None:
        """Let whoever waits know that nothing more comes."""
        self._problem = self._problem or problem
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    @property
    def is_quiet(self) -> bool:
        """Tell whether the server has said nothing that nobody asked for."""
        return not (self._replies or self._buffer or self._words or self._problem)

    async def reply(self, timeout_seconds: float) -> Reply:
        """Return the next reply.

        Raises:
            SmtpFailed: none comes.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                while not self._replies:
                    if self._problem:
                        raise SmtpFailed(self._problem)
                    self._waiter = asyncio.get_running_loop().create_future()
                    await self._waiter
        except TimeoutError:
            raise SmtpFailed("timeout") from None
        return self._replies.popleft()

    def write(self, data: bytes) -> None:
        """Say something."""
        if self.transport is None or self.transport.is_closing() or self._problem:
            raise SmtpFailed(self._problem or "closed")
        self.transport.write(data)


class Session:
    """One conversation with a mail server. Not for two tasks at once."""

    def __init__(self, wire: _Wire, server: Server) -> None:
        """Take what `open_session` made."""
        self._wire = wire
        self._server = server
        self._offers: frozenset[str] = frozenset()
        self._ways: frozenset[str] = frozenset()
        self.sent = 0
        self.used_at = 0.0
        self.is_broken = False

    @property
    def takes_utf8(self) -> bool:
        """Tell whether it takes addresses that are not ASCII (RFC 6531)."""
        return "SMTPUTF8" in self._offers

    async def begin(self) -> None:
        """Greet, begin TLS, sign in.

        Raises:
            SmtpFailed, SmtpNotLetIn.
        """
        greeting = await self._wire.reply(REPLY_SECONDS)
        if greeting.code != _GREETING:
            raise SmtpFailed(f"status_{greeting.code}")
        await self._hello()
        if self._server.tls is Tls.STARTTLS:
            await self._start_tls()
            await self._hello()
        if self._server.user:
            await self._sign_in()

    async def send(self, post: Post) -> Reply:
        """Hand a message over; return the reply that decides: the first that is a no, or the last.

        Raises:
            SmtpFailed: nobody knows whether it was taken; the session is over.
        """
        self.is_broken = True  # until the last reply has come
        group = self._envelope(post)
        if "PIPELINING" in self._offers:
            self._wire.write(b"".join(group))
            replies = [await self._wire.reply(REPLY_SECONDS) for _ in group]
        else:
            replies = await self._one_by_one(group)
        refused = next((one for one in replies[:2] if not one.is_ok), None)
        if len(replies) == len(group) and replies[-1].code == _GO_ON:
            # Whoever lets us go on although a recipient was refused gets nothing (RFC 2920 3.1).
            self._wire.write(b".\r\n" if refused else _wired(post.content))
            last = await self._wire.reply(DATA_SECONDS)
        else:
            last = replies[-1]
            if last.is_ok:
                raise SmtpFailed("bad_answer")
        self.sent += 1
        decided = refused or last
        self.is_broken = _CLOSING in {decided.code, last.code}
        if not self.is_broken and not decided.is_ok:
            await self._command(b"RSET")
        return decided

    async def end(self) -> None:
        """Say goodbye, wait for no answer, and close."""
        with contextlib.suppress(SmtpFailed):
            self._wire.write(b"QUIT\r\n")
        if self._wire.transport is None:
            return
        self._wire.transport.close()
        try:
            await asyncio.wait_for(self._wire.over.wait(), _CLOSE_SECONDS)
        except TimeoutError:
            self._wire.transport.abort()

    def is_fit(self, now: float) -> bool:
        """Tell whether it can carry another message."""
        return (
            not self.is_broken
            and self.sent < _MOST_ON_ONE
            and now - self.used_at < _IDLE_SECONDS
            and self._wire.is_quiet
        )

    async def _one_by_one(self, group: Sequence[bytes]) -> list[Reply]:
        replies: list[Reply] = []
        for command in group:
            self._wire.write(command)
            replies.append(await self._wire.reply(REPLY_SECONDS))
            if not replies[-1].is_ok:
                break
        return replies

    def _envelope(self, post: Post) -> tuple[bytes, bytes, bytes]:
        """Return the commands before a message.

        Raises:
            Bug: an address holds what ends a command.
        """
        if any(_FORBIDDEN.search(one) for one in (post.sender, post.recipient)):
            message = "an address of an envelope must be checked before"
            raise Bug(message)
        mail = f"MAIL FROM:<{post.sender}>"
        if "SIZE" in self._offers:
            mail += f" SIZE={len(post.content)}"
        if "8BITMIME" in self._offers and not post.content.isascii():
            mail += " BODY=8BITMIME"
        if not (post.sender + post.recipient).isascii():
            mail += " SMTPUTF8"
        if "DSN" in self._offers and _PLAIN_ID.fullmatch(post.envelope_id):
            mail += f" RET=HDRS ENVID={post.envelope_id}"
        return f"{mail}\r\n".encode(), f"RCPT TO:<{post.recipient}>\r\n".encode(), b"DATA\r\n"

    async def _command(self, line: bytes) -> Reply:
        self._wire.write(line + b"\r\n")
        return await self._wire.reply(REPLY_SECONDS)

    async def _hello(self) -> None:
        reply = await self._command(f"EHLO {self._server.me}".encode())
        if not reply.is_ok:
            raise SmtpFailed(f"status_{reply.code}")
        said = [word.decode("ascii", "replace").upper().split() for word in reply.words[1:]]
        self._offers = frozenset(one[0] for one in said if one)
        self._ways = frozenset(way for one in said if one and one[0] == "AUTH" for way in one)

    async def _start_tls(self) -> None:
        """Begin TLS, or end here: what may not be read is never said in the open."""
        if "STARTTLS" not in self._offers:
            raise SmtpFailed("no_tls")
        reply = await self._command(b"STARTTLS")
        if reply.code != _GREETING:
            raise SmtpFailed("no_tls")
        if not self._wire.is_quiet or self._wire.transport is None:
            raise SmtpFailed("said_before_tls")
        try:
            self._wire.transport = await asyncio.get_running_loop().start_tls(
                self._wire.transport,
                self._wire,
                self._server.context or ssl.create_default_context(),
                server_hostname=self._server.host,
                ssl_handshake_timeout=CONNECT_SECONDS,
            )
        except (OSError, ssl.SSLError, ConnectionError):
            raise SmtpFailed("bad_certificate") from None
        if self._wire.transport is None:
            raise SmtpFailed("closed")

    async def _sign_in(self) -> None:
        """Sign in by PLAIN, else by LOGIN (RFC 4954)."""
        user, password = self._server.user, self._server.password
        if "PLAIN" in self._ways:
            said = base64.b64encode(f"\0{user}\0{password}".encode())
            reply = await self._command(b"AUTH PLAIN " + said)
        elif "LOGIN" in self._ways:
            reply = await self._command(b"AUTH LOGIN " + base64.b64encode(user.encode()))
            if reply.code == _ASKS_MORE:
                reply = await self._command(base64.b64encode(password.encode()))
        else:
            raise SmtpFailed("no_sign_in")
        if reply.is_for_good:
            raise SmtpNotLetIn
        if reply.code != _IS_IN:
            raise SmtpFailed(f"status_{reply.code}")


async def open_session(server: Server, outbound: Outbound) -> Session:
    """Reach a server by the one way out, and begin.

    Raises:
        OutboundRefused: its name leads where nothing of ours may go.
        SmtpFailed, SmtpNotLetIn.
    """
    try:
        place = await outbound.address_of(server.host, server.port)
    except OutboundFailed:
        raise SmtpFailed("unknown_host") from None
    is_tls = server.tls is Tls.TLS
    context = (server.context or ssl.create_default_context()) if is_tls else None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, wire = await asyncio.get_running_loop().create_connection(
                _Wire,
                place,
                server.port,
                ssl=context,
                server_hostname=server.host if is_tls else None,
            )
    except ssl.SSLError:
        raise SmtpFailed("bad_certificate") from None
    except (OSError, TimeoutError):
        raise SmtpFailed("unreached") from None
    session = Session(wire, server)
    try:
        await session.begin()
    except BaseException:
        await session.end()
        raise
    return session


class Pool:
    """The sessions with one server, in one event loop."""

    def __init__(self, server: Server, outbound: Outbound, at_most: int) -> None:
        """Take the server, and how many sessions it may have at once."""
        self.server = server
        self._outbound = outbound
        self._slots = asyncio.Semaphore(at_most)
        self._idle: list[Session] = []
        self.loop = asyncio.get_running_loop()

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Session]:
        """Lend a session: one that is open, else a new one.

        Raises:
            OutboundRefused, SmtpFailed, SmtpNotLetIn.
        """
        async with self._slots:
            session = await self._fit() or await open_session(self.server, self._outbound)
            try:
                yield session
            except BaseException:
                session.is_broken = True
                raise
            finally:
                session.used_at = self.loop.time()
                if session.is_fit(session.used_at):
                    self._idle.append(session)
                else:
                    await session.end()

    async def _fit(self) -> Session | None:
        while self._idle:
            session = self._idle.pop()
            if session.is_fit(self.loop.time()):
                return session
            await session.end()
        return None

    async def close(self) -> None:
        """End what is open."""
        while self._idle:
            await self._idle.pop().end()


def _wired(content: bytes) -> bytes:
    """Return a message as it goes over the wire: dots doubled, and the dot that ends it."""
    whole = content if content.endswith(b"\r\n") else content + b"\r\n"
    return _DOTS.sub(b"..", whole) + b".\r\n"
