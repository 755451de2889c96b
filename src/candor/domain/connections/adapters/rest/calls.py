"""Calls: a request with its values, and what was answered, errors of every spelling among it.

Nothing of an answer's body goes into an error: it may hold whom it was about.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import msgspec

from candor.domain.connections.adapters import asking
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.rest import spec
from candor.domain.connections.adapters.rest.dotted import MISSING, Json, text_at
from candor.domain.connections.adapters.rest.proof import Tokens
from candor.domain.connections.adapters.rest.setup import Setup
from candor.domain.connections.adapters.rest.templates import Request
from candor.domain.connections.errors import NotLetIn, Unreached
from candor.infra.http import Answer, OutboundFailed

IN_HEADER: Final = "header:"
_MOST_BYTES: Final = 8 << 20
_EPOCH_FROM: Final = 1_000_000_000.0  # what is more is a time and no duration
_LONGEST_WAIT: Final = 86_400.0
_NOT_LET_IN: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered."""

    answer: Answer = field(repr=False)
    content: Json = field(repr=False)  # MISSING: nothing, or of a refusal nothing that is JSON
    is_refused: bool  # it will never take this

    @property
    def status(self) -> int:
        """Return the status."""
        return self.answer.status

    @property
    def is_well(self) -> bool:
        """Tell whether it was done."""
        return self.answer.is_well and not self.is_refused

    @property
    def problem(self) -> str:
        """Return a code of what is wrong."""
        return "not_taken" if self.is_refused else f"status_{self.status}"

    def text(self, where: str, record: Json = MISSING) -> str | None:
        """Return what stands in a header, or under a name in a record of the answer."""
        if where.startswith(IN_HEADER):
            return self.answer.headers.get(where.removeprefix(IN_HEADER)) or None
        return text_at(record, where) if where else None


@dataclass(frozen=True, slots=True)
class Api:
    """One connection to a system: how it is asked."""

    line: Line
    setup: Setup
    tokens: Tokens

    async def ask(
        self,
        request: Request,
        values: Mapping[str, str],
        *,
        body: Json = MISSING,
        headers: Mapping[str, str] | None = None,
    ) -> Said:
        """Ask; return an answer about what was asked, also when it is a refusal of that alone.

        Raises:
            Unreached, NotLetIn, OutboundRefused.
            DoesNotFit: a value cannot stand in the address.
        """
        return await self.follow(
            request.method, request.target(values), body=body, headers=headers
        )

    async def follow(
        self,
        method: str,
        target: str,
        *,
        body: Json = MISSING,
        headers: Mapping[str, str] | None = None,
    ) -> Said:
        """Ask for a path below the address, as `ask`."""
        sent = {**self.setup.headers, **(headers or {})}
        answer = await self._asked(method, target, sent, body)
        if (
            answer.status == 401
            and self.setup.auth == spec.OAUTH2
            and self.tokens.drop(self.line)
        ):
            answer = await self._asked(
                method, target, sent, body
            )  # it had ended before its time
        if answer.status in _NOT_LET_IN:
            raise NotLetIn
        return self._judged(answer)

    async def _asked(
        self, method: str, target: str, headers: Mapping[str, str], body: Json
    ) -> Answer:
        proof = await self.tokens.headers(self.line, self.setup)
        try:
            return await self.line.outbound.request(
                method,
                f"{self.setup.base_url}{target}",
                headers={**headers, **proof},
                json=None if body is MISSING else body,
                at_most_bytes=_MOST_BYTES,
            )
        except OutboundFailed as error:
            raise Unreached(error.problem) from None

    def _judged(self, answer: Answer) -> Said:
        content = _decoded(answer)
        if answer.status == 429 or answer.status >= 500:
            problem = "limited" if answer.status == 429 else f"status_{answer.status}"
            raise Unreached(problem, self._wait(answer, content))
        if 300 <= answer.status < 400:
            problem = "redirect"
            raise Unreached(problem)
        if content is MISSING:
            return Said(answer, content, is_refused=False)
        is_refused = any(one.holds(content) for one in self.setup.refusals)
        if is_refused or not answer.is_well:
            return Said(answer, content, is_refused)
        if any(one.holds(content) for one in self.setup.errors):
            problem = "error_in_answer"
            raise Unreached(problem, self._wait(answer, content))
        return Said(answer, content, is_refused=False)

    def _wait(self, answer: Answer, content: Json) -> float | None:
        """Return for how many seconds we are to wait; None: it did not say."""
        said = asking.retry_after(answer)
        text = Said(answer, content, is_refused=False).text(self.setup.retry_at, content)
        if said is not None or text is None:
            return said
        try:
            seconds = float(text)
        except ValueError:
            return None
        if seconds >= _EPOCH_FROM:
            seconds -= self.line.clock.now().timestamp()
        return min(max(seconds, 0.0), _LONGEST_WAIT) if seconds == seconds else None  # noqa: PLR0124 - NaN

    def is_own(self, url: str) -> bool:
        """Tell whether an address that an answer names is one below ours."""
        base, other = urlsplit(self.setup.base_url), urlsplit(url)
        return (base.scheme, base.netloc) == (other.scheme, other.netloc)


def _decoded(answer: Answer) -> Json:
    """Return the body of an answer.

    Raises:
        Unreached: it says that it is well, and is a page of a proxy.
    """
    if not answer.body.strip():
        return MISSING
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if not answer.is_well:
            return MISSING
        problem = "bad_answer"
        raise Unreached(problem) from None
