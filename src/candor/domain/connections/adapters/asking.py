"""Asking a vendor's HTTP API: what fails as a whole, and what is an answer.

Adapters share these few rules; each knows its own vendor's words. Nothing of an answer's body goes
into an error: it may hold whom it was about.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

import msgspec

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import NotLetIn, Unreached
from candor.infra.http import AT_MOST_BYTES, Answer, OutboundFailed

_T = TypeVar("_T")
_LONGEST_WAIT: Final = 86_400.0  # seconds; who asks for more is asked again after a day


async def ask(
    line: Line,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: object | None = None,
    content: bytes | None = None,
    at_most_bytes: int = AT_MOST_BYTES,
) -> Answer:
    """Ask; return an answer about what was asked, also when it is a refusal of that alone.

    Raises:
        Unreached: no answer in time, a broken one, 429 or 5xx: `after` as `Retry-After` says; or
            it leads elsewhere: no redirect is followed.
        NotLetIn: 401 or 403.
        OutboundRefused: the address is not one that may be called.
    """
    try:
        answer = await line.outbound.request(
            method,
            url,
            headers=headers,
            json=json,
            content=content,
            at_most_bytes=at_most_bytes,
        )
    except OutboundFailed as error:
        raise Unreached(error.problem) from None
    if answer.status in {401, 403}:
        raise NotLetIn
    if answer.status == 429:
        problem = "limited"
        raise Unreached(problem, retry_after(answer))
    if answer.status >= 500:
        problem = f"status_{answer.status}"
        raise Unreached(problem, retry_after(answer))
    stay(answer)
    return answer


def stay(answer: Answer) -> None:
    """Refuse to be sent elsewhere: that says nothing about what was asked.

    Raises:
        Unreached: it is a redirect.
    """
    if 300 <= answer.status < 400 and answer.status != 304:
        problem = "redirect"
        raise Unreached(problem)


def read(answer: Answer, into: type[_T]) -> _T:
    """Return the body of an answer as what it should be.

    Raises:
        Unreached: it is not: a page of a proxy, an error inside of a 200.
    """
    try:
        return msgspec.json.decode(answer.body, type=into)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        problem = "bad_answer"
        raise Unreached(problem) from None


def retry_after(answer: Answer) -> float | None:
    """Return for how many seconds we are to wait (RFC 9110 section 10.2.3); None: not said."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_WAIT)
    at = date_of(text)
    now = date_of(answer.headers.get("date", ""))
    if at is None or now is None:
        return None
    return min(max((at - now).total_seconds(), 0.0), _LONGEST_WAIT)


def date_of(text: str) -> datetime | None:
    """Return a date of HTTP; None: it is none."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
