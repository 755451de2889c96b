"""Challenges: a small task for the browser before a try, or a short wait without a script.

Challenges are ALTCHA's, version 2 (docs/explanation/shield.md): signed, bound to an account,
good for ten minutes and once. A ticket is the way for browsers without a script: it is bound to
an account and an address and becomes good after a time that grows with the failures.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_bytes
from struct import Struct
from typing import Final, cast

import msgspec
from altcha import v2 as altcha

from candor.domain.shield.errors import TooMany
from candor.domain.shield.model.attempts import Try
from candor.domain.shield.model.challenge import (
    CHALLENGE_LASTS,
    SLACK,
    TICKET_LASTS,
    TICKETS_BY_ADDRESS,
    TICKETS_BY_NETWORK,
    Work,
    ticket_waits,
    work_of,
)
from candor.domain.shield.queries import solved
from candor.domain.shield.service.throttles import Throttles
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock

_ALGORITHM: Final = "PBKDF2/SHA-256"
_LONGEST: Final = 4096  # of what a form may carry
_BODY: Final = Struct(">IIB8s")  # good from, good until, step, a number of its own
_MAC_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a form shows: the task for a script, and the ticket for those without."""

    task: str  # JSON, as ALTCHA's widgets read it
    ticket: str
    ready_at: datetime  # from when on the ticket is good


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says."""

    ready_at: datetime
    until: datetime
    step: int
    mark: bytes


class _Bound(msgspec.Struct, frozen=True):
    """What a challenge of ours is bound to; believed once its signature was."""

    mark: str = msgspec.field(name="for")
    step: int = 0
    until: int = 0  # seconds since 1970


class Challenges:
    """Makes challenges and tickets, and knows its own."""

    def __init__(
        self,
        key: bytes,
        throttles: Throttles,
        clock: Clock,
        work: Callable[[int], Work] = work_of,
    ) -> None:
        """Take the key that signs them, the limits of tickets, the present, and the work."""
        self._work = work
        self._key = key
        self._throttles = throttles
        self._clock = clock

    def issue(self, who: Try, step: int, ticket: str = "") -> Challenge:
        """Return a challenge of so many steps; a ticket that was handed out before stays good."""
        now = self._clock.now()
        work = self._work(step)
        parameters = altcha.ChallengeParameters(
            algorithm=_ALGORITHM,
            nonce=token_bytes(16).hex(),
            salt=token_bytes(16).hex(),
            cost=work.rounds,
            key_prefix=work.prefix,
            data={
                "for": self._mark(who.account),
                "step": step,
                # Not `expiresAt`: the library would compare it with a clock of its own.
                "until": int((now + CHALLENGE_LASTS).timestamp()),
            },
        )
        signature = self._signature(parameters)
        task = _json({"parameters": _told(parameters), "signature": signature})
        known = self._ticket(who, ticket)
        if known is not None and known.until > now and known.step + SLACK >= step:
            return Challenge(task, ticket, known.ready_at)
        ready_at = now + ticket_waits(step)
        return Challenge(task, self._new_ticket(who, ready_at, step), ready_at)

    async def solved(self, tx: Tx, who: Try, step: int, payload: str) -> bool:
        """Tell whether a challenge of this account was solved, and use it up.

        Takes about a millisecond at the hardest step.
        """
        found = _payload(payload)
        if found is None or not self._is_ours(found.challenge):
            return False
        told = msgspec.convert(_told(found.challenge.parameters)["data"], _Bound)
        until = datetime.fromtimestamp(told.until, UTC)
        if until <= self._clock.now() or told.step + SLACK < step:
            return False
        if told.mark not in {self._mark(who.account), self._mark("")}:
            return False
        checked = altcha.verify_solution(found, self._key)
        return checked.verified and await solved.spend(
            tx, challenge=_hash(found.challenge.signature or ""), until=until
        )

    async def waited(self, tx: Tx, who: Try, step: int, ticket: str) -> bool:
        """Tell whether a ticket of this account and address is good now, and use it up.

        Raises:
            TooMany: more tickets than one address or network may use in this time.
        """
        known = self._ticket(who, ticket)
        now = self._clock.now()
        if known is None or not known.ready_at <= now < known.until:
            return False
        if known.step + SLACK < step:
            return False
        for limit, whose in (
            (TICKETS_BY_ADDRESS, who.address),
            (TICKETS_BY_NETWORK, who.network),
        ):
            took = await self._throttles.take(tx, limit, whose)
            if not took.is_allowed:
                raise TooMany(took.wait_seconds)
        return await solved.spend(tx, challenge=known.mark, until=known.until)

    def _signature(self, parameters: altcha.ChallengeParameters) -> str:
        return hmac.digest(self._key, _json(_told(parameters)).encode(), "sha256").hex()

    def _is_ours(self, challenge: altcha.Challenge) -> bool:
        """Tell whether we signed a challenge: nothing of it is believed before."""
        try:
            expected = self._signature(challenge.parameters)
        except (TypeError, ValueError):
            return False
        given = challenge.signature
        return isinstance(given, str) and hmac.compare_digest(
            given.encode("utf-8", "surrogatepass"), expected.encode()
        )

    def _mark(self, account: str) -> str:
        return hmac.digest(self._key, b"for\x00" + account.encode(), "sha256")[:12].hex()

    def _new_ticket(self, who: Try, ready_at: datetime, step: int) -> str:
        until = ready_at + TICKET_LASTS
        body = _BODY.pack(
            int(ready_at.timestamp()), int(until.timestamp()), step, token_bytes(8)
        )
        return urlsafe_b64encode(body + self._mac(body, who.account, who.address)).decode()

    def _ticket(self, who: Try, text: str) -> Ticket | None:
        """Return what a ticket says, if it is one of this account (or none yet) and address."""
        try:
            raw = urlsafe_b64decode(text[:_LONGEST].encode("ascii"))
        except (NotBase64, ValueError):
            return None
        if len(raw) != _BODY.size + _MAC_BYTES:
            return None
        body, given = raw[: _BODY.size], raw[_BODY.size :]
        if not any(
            hmac.compare_digest(given, self._mac(body, account, who.address))
            for account in (who.account, "")
        ):
            return None
        start, end, step, _ = _BODY.unpack(body)
        return Ticket(
            datetime.fromtimestamp(start, UTC),
            datetime.fromtimestamp(end, UTC),
            step,
            _hash(raw),
        )

    def _mac(self, body: bytes, account: str, address: str) -> bytes:
        text = b"\x00".join((b"ticket", body, account.encode(), address.encode()))
        return hmac.digest(self._key, text, "sha256")[:_MAC_BYTES]


def _told(parameters: altcha.ChallengeParameters) -> dict[str, object]:
    """Return the parameters as they are signed and sent."""
    return cast("dict[str, object]", parameters.to_dict())  # pyright: ignore[reportUnknownMemberType] - the library says `dict` alone


def _json(value: object) -> str:
    """Return the library's canonical form, for what we make: sorted, compact, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _payload(text: str) -> altcha.Payload | None:
    if not text or len(text) > _LONGEST:
        return None
    try:
        return altcha.Payload.from_base64(text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _hash(value: str | bytes) -> bytes:
    return sha256(value.encode() if isinstance(value, str) else value).digest()
