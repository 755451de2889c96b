"""The adapter: settings, carrying messages over kept sessions, hearing what comes back."""

import asyncio
import hmac
from collections.abc import Mapping, Sequence
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.smtp import reading, writing
from candor.domain.connections.adapters.smtp.configuring import Configured, read, tokens_of
from candor.domain.connections.adapters.smtp.judging import Means, meaning_of
from candor.domain.connections.adapters.smtp.settings import SPEC
from candor.domain.connections.adapters.smtp.tokens import make_key
from candor.domain.connections.adapters.smtp.writing import Letterhead, NotMailable
from candor.domain.connections.errors import (
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
from candor.infra.http import OutboundRefused
from candor.infra.smtp import (
    Pool,
    Post,
    Reply,
    Session,
    SmtpFailed,
    SmtpNotLetIn,
)

_FOR_POLICY: Final = 900.0  # seconds: they do not trust us just now
_BEARER: Final = "bearer "


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
        tokens = tokens_of(line.secrets.get("tokens", ""))
        return reading.read(
            request.body, tokens, line.settings.get("channel") or "email"
        ), Returned()

    async def close(self) -> None:
        """End all sessions."""
        for pool in list(self._pools.values()):
            await pool.close()
        self._pools.clear()

    def _pool(self, line: Line, known: Configured) -> Pool:
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


def _unmailable(refused: NotMailable) -> Outcome:
    """Return what becomes of a message that cannot be written: of an address that is none, gone."""
    if refused.problem == "bad_address":
        return Gone(refused.problem)
    return Never(refused.problem)
