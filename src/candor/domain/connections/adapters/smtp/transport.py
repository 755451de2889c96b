"""The adapter: settings, carrying messages over kept sessions, hearing what comes back."""

import asyncio
import hmac
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache
from ipaddress import ip_address
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.smtp import reading, writing
from candor.domain.connections.adapters.smtp.judging import Means, meaning_of
from candor.domain.connections.adapters.smtp.settings import SPEC
from candor.domain.connections.adapters.smtp.tokens import KEY_BYTES, Tokens, make_key
from candor.domain.connections.adapters.smtp.writing import Address, Letterhead, NotMailable
from candor.domain.connections.errors import (
    BadConnection,
    BadSignature,
    NotLetIn,
    Unreached,
)
from candor.domain.connections.model.talk import (
    Gone,
    Heard,
    Later,
    Message,
    Never,
    Outcome,
    Received,
    Returned,
    Shown,
    Spec,
    Taken,
)
from candor.infra import dkim
from candor.infra.dkim import NotAKey, Signer
from candor.infra.http import OutboundRefused
from candor.infra.smtp import (
    Pool,
    Post,
    Reply,
    Server,
    Session,
    SmtpFailed,
    SmtpNotLetIn,
    Tls,
)

_FOR_POLICY: Final = 900.0  # seconds: they do not trust us just now
_BEARER: Final = "bearer "
_FILES: Final = ("dkim_rsa", "dkim_ed25519")


@dataclass(frozen=True, slots=True)
class _Read:
    """The settings and secrets of a connection, as they are used."""

    server: Server
    head: Letterhead
    sessions: int


class Smtp:
    """Carries mail. One per process; keeps sessions by connection, and nothing about anybody."""

    def __init__(self) -> None:
        """Begin with no session."""
        self._pools: dict[UUID, Pool] = {}

    @property
    def spec(self) -> Spec:
        """Say what it is and what it wants to know."""
        return SPEC

    def make(self, known: Mapping[str, str]) -> Mapping[str, str]:
        """Make the keys of signing, the key of tokens, and the word by which mail is handed in."""
        makers = {
            "dkim_rsa": dkim.make_rsa,
            "dkim_ed25519": dkim.make_ed25519,
            "tokens": make_key,
            "inbound": lambda: token_urlsafe(32),
        }
        return {name: make() for name, make in makers.items() if not known.get(name)}

    def shown(self, line: Line) -> Sequence[Shown]:
        """Return the DNS records to copy: one for each key of signing."""
        titles = {"rsa-sha256": "DKIM (RSA)", "ed25519-sha256": "DKIM (Ed25519)"}
        return [
            Shown(titles[one.algorithm], one.record_name, one.record)
            for one in read(line).head.signers
        ]

    async def check(self, line: Line) -> None:
        """Reach the server, inside TLS, with the password.

        Raises:
            Unreached, NotLetIn, OutboundRefused, BadConnection.
        """
        pool = self._pool(line, read(line))
        try:
            async with pool.session():
                pass
        except SmtpFailed as failed:
            raise Unreached(failed.problem) from None
        except SmtpNotLetIn:
            raise NotLetIn from None

    async def carry(self, line: Line, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Hand messages over, several at once; return what became of each, in their order.

        A message that was handed over while the session broke may have been taken: it is tried
        again, and comes twice at worst.

        Raises:
            Unreached, NotLetIn: before any was taken.
        """
        known = read(line)
        run = _Run(self._pool(line, known), known.head, line, messages)
        await asyncio.gather(*(run.work() for _ in range(min(known.sessions, len(messages)))))
        return run.outcomes()

    async def hear(self, line: Line, request: Received) -> tuple[Sequence[Heard], Returned]:
        """Return what a mail says that came back: a report, a complaint, an unsubscribing.

        Raises:
            BadSignature: whoever hands it in does not know the word.
            BadMessage: too large, or not to be read.
        """
        given = request.headers.get("authorization", "")
        word = line.secrets.get("inbound", "")
        is_known = given[: len(_BEARER)].lower() == _BEARER and hmac.compare_digest(
            given[len(_BEARER) :].strip().encode(), word.encode()
        )
        if not word or not is_known:
            raise BadSignature
        tokens = _tokens(line.secrets.get("tokens", ""))
        return reading.read(
            request.body, tokens, line.settings.get("channel") or "email"
        ), Returned()

    async def close(self) -> None:
        """End all sessions."""
        for pool in list(self._pools.values()):
            await pool.close()
        self._pools.clear()

    def _pool(self, line: Line, known: _Read) -> Pool:
        """Return the sessions of a connection; new ones when its settings are others."""
        pool = self._pools.get(line.connection_id)
        is_fit = (
            pool is not None
            and pool.server == known.server
            and pool.loop is asyncio.get_running_loop()
        )
        if pool is None or not is_fit:
            pool = Pool(known.server, line.outbound, known.sessions)
            self._pools[line.connection_id] = pool
        return pool


class _Run:
    """One handing over of several messages."""

    def __init__(
        self, pool: Pool, head: Letterhead, line: Line, messages: Sequence[Message]
    ) -> None:
        self._pool = pool
        self._head = head
        self._clock = line.clock
        self._messages = messages
        self._waiting = iter(range(len(messages)))
        self._done: dict[int, Outcome] = {}
        self._problem: Unreached | NotLetIn | OutboundRefused | None = None

    async def work(self) -> None:
        """Take message after message, until there are none or the server is away."""
        for number in self._waiting:
            if self._problem is not None:
                return
            try:
                # In a thread: a signature of RSA takes a millisecond, in which others may speak.
                post = await asyncio.to_thread(
                    writing.write, self._messages[number], self._head, self._clock.now()
                )
            except NotMailable as refused:
                self._done[number] = _unmailable(refused)
                continue
            try:
                async with self._pool.session() as session:
                    self._done[number] = await _handed_over(post, session)
            except SmtpFailed as failed:
                self._problem = Unreached(failed.problem)
            except SmtpNotLetIn:
                self._problem = NotLetIn()
            except OutboundRefused as refused:
                self._problem = refused

    def outcomes(self) -> list[Outcome]:
        """Return what became of each.

        Raises:
            Unreached, NotLetIn, OutboundRefused: the server took none, and refused none.
        """
        is_decided = any(not isinstance(one, Later) for one in self._done.values())
        if self._problem is not None and not is_decided:
            raise self._problem
        later = Later(getattr(self._problem, "problem", "not_let_in"))
        return [self._done.get(number, later) for number in range(len(self._messages))]


async def _handed_over(post: Post, session: Session) -> Outcome:
    """Hand one message over. A session that breaks meanwhile is this message's trouble alone."""
    if not session.takes_utf8 and not (post.sender + post.recipient).isascii():
        return Never("needs_smtputf8")
    try:
        return outcome_of(await session.send(post))
    except SmtpFailed as failed:
        return Later(failed.problem)


def outcome_of(reply: Reply) -> Outcome:
    """Return what a reply of the server means for a message."""
    if reply.is_ok:
        return Taken()
    problem = f"status_{reply.status or reply.code}"
    match meaning_of(reply.code, reply.status):
        case Means.GONE:
            return Gone(problem)
        case Means.POLICY:
            return Later(problem, after=_FOR_POLICY)
        case Means.SOFT:
            return Later(problem)
        case Means.REFUSED:
            return Never(problem)


def read(line: Line) -> _Read:
    """Read what a connection is set to.

    Raises:
        BadConnection: something in it makes no sense; says what.
    """
    given = line.settings
    bounce_domain = _domain(given.get("bounce_domain", ""), "The domain of return paths")
    sender = _address(given.get("from", ""), "The sender")
    reply_to = given.get("reply_to", "")
    head = Letterhead(
        sender=sender,
        reply_to=_address(reply_to, "The address for replies") if reply_to else None,
        bounce_domain=bounce_domain,
        list_id=_optional(given.get("list_id", ""), "The name of the list"),
        list_help=given.get("list_help", ""),
        feedback=_optional(given.get("feedback", ""), "The sender of Feedback-ID")
        or sender.domain.replace(".", "-"),
        tokens=_tokens(line.secrets.get("tokens", "")),
        signers=_signers(line, sender),
    )
    return _Read(_server(line, bounce_domain), head, _sessions(given.get("sessions", "")))


def _server(line: Line, bounce_domain: str) -> Server:
    given = line.settings
    tls = Tls(given.get("tls") or Tls.STARTTLS)
    host = given.get("host", "").strip().lower()
    if tls is Tls.NONE and not _is_this_machine(host):
        message = (
            "Mail leaves without TLS only to this very machine: 127.0.0.1, ::1 or localhost."
        )
        raise BadConnection(message)
    return Server(
        host,
        int(given.get("port") or 587),
        tls,
        given.get("user", ""),
        line.secrets.get("password", ""),
        _context(given.get("ca", "")),
        _domain(given.get("hello", "") or bounce_domain, "The name to greet with"),
    )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@lru_cache(maxsize=16)
def _context(ca: str) -> ssl.SSLContext:
    """Return whom certificates are held against; making one takes 50 ms."""
    try:
        return ssl.create_default_context(cadata=ca or None)
    except ssl.SSLError:
        message = "The authority of certificates is not a certificate in PEM."
        raise BadConnection(message) from None


@lru_cache(maxsize=64)
def _tokens(key: str) -> Tokens:
    """Return what seals tokens.

    Raises:
        BadConnection: this is no key.
    """
    if len(key) != 2 * KEY_BYTES or not set(key) <= set("0123456789abcdef"):
        message = "The key of tokens is missing; leave it empty, and one is made."
        raise BadConnection(message)
    return Tokens(key)


@lru_cache(maxsize=64)
def _key(pem: str) -> dkim.PrivateKey:
    try:
        return dkim.read_key(pem)
    except NotAKey:
        message = "A key of DKIM is none; leave it empty, and one is made."
        raise BadConnection(message) from None


def _signers(line: Line, sender: Address) -> list[Signer]:
    domain = line.settings.get("dkim_domain", "").strip().lower() or sender.domain
    if sender.domain != domain and not sender.domain.endswith(f".{domain}"):
        message = "DKIM signs for the sender's domain or one above it; else it does not count."
        raise BadConnection(message)
    selector = _optional(line.settings.get("dkim_selector", "") or "candor", "The selector")
    suffix = {"dkim_rsa": "r", "dkim_ed25519": "e"}
    return [
        Signer(domain, f"{selector}-{suffix[name]}", _key(line.secrets.get(name, "")))
        for name in _FILES
    ]


def _sessions(text: str) -> int:
    count = int(text or 4)
    if not 1 <= count <= 50:
        message = "Sessions at once are 1 to 50."
        raise BadConnection(message)
    return count


def _address(text: str, title: str) -> Address:
    name, spec = parseaddr(text)
    try:
        found = writing.read_address(spec)
    except NotMailable:
        message = f"{title} is not an address, nor a name and an address in angle brackets."
        raise BadConnection(message) from None
    return Address(found.spec, name)


def _domain(text: str, title: str) -> str:
    domain = text.strip().lower()
    if not writing.is_domain(domain) or "." not in domain:
        message = f"{title} is not a domain."
        raise BadConnection(message)
    return domain


def _optional(text: str, title: str) -> str:
    plain = text.strip().lower()
    if plain and not writing.is_domain(plain):
        message = f"{title} has small letters, digits, dots and hyphens."
        raise BadConnection(message)
    return plain


def _unmailable(refused: NotMailable) -> Outcome:
    """Return what becomes of a message that cannot be written: of an address that is none, gone."""
    if refused.problem == "bad_address":
        return Gone(refused.problem)
    return Never(refused.problem)
