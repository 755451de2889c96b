"""Answers to scripts of other pages: JSON, and which origins may read it (Fetch, CORS).

A request without an `Origin` comes from a page of our own or from no page at all; it is answered
like any other and carries no permission. No cookie is ever looked at, so there is nothing that a
foreign page could do in somebody's name.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from litestar import Response

from candor.kernel.errors import Kind, Refused
from candor.surface.plain.answers import AnyRequest

_STATUS: Final = {
    Kind.INVALID: 400,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.FORBIDDEN: 403,
    Kind.GONE: 410,
    Kind.LIMITED: 429,
    Kind.NEEDS_CONSENT: 403,
}
_encoder: Final = msgspec.json.Encoder()


class ForeignPage(Refused):
    """This page may not speak for the company."""

    code = "sdk.foreign_page"
    kind = Kind.FORBIDDEN
    default_hint = "Add the origin of the page to its source in the catalogue."


class Problem(msgspec.Struct, frozen=True):
    """What went wrong, for a script (RFC 9457)."""

    title: str
    status: int
    code: str
    hint: str


def own_origin(request: AnyRequest, public_url: str) -> str:
    """Return the origin under which this server was asked; TLS may end before us."""
    host = request.headers.get("host", "")
    if public_url.partition("://")[2] == host:
        return public_url
    return f"{request.url.scheme}://{host}"


def is_own(request: AnyRequest) -> bool:
    """Tell whether a page of this very server asks, or no page at all."""
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    return origin is None or origin.partition("://")[2] == host


def require_origin(request: AnyRequest, declared: Iterable[str]) -> None:
    """Let pages of declared origins pass, and our own.

    Raises:
        ForeignPage: another page.
    """
    if not is_own(request) and request.headers.get("origin") not in set(declared):
        raise ForeignPage


def cors(request: AnyRequest) -> dict[str, str]:
    """Return the headers that let the page read an answer; only after its origin was checked."""
    origin = request.headers.get("origin")
    allowed = {"access-control-allow-origin": origin} if origin else {}
    return {
        **allowed,
        "vary": "origin",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
    }


def preflight(request: AnyRequest, declared: Iterable[str]) -> Response[None]:
    """Answer the question that a browser asks before a script's request with a token."""
    headers = {"vary": "origin"}
    if is_own(request) or request.headers.get("origin") in set(declared):
        headers = {
            **cors(request),
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": "authorization, content-type",
            "access-control-max-age": "7200",
        }
    return Response(None, status_code=204, headers=headers)


def say(
    request: AnyRequest, answer: msgspec.Struct, *, cache: str = "no-store"
) -> Response[bytes]:
    """Return an answer that the page may read."""
    headers = {**cors(request), "cache-control": cache}
    return Response(_encoder.encode(answer), media_type="application/json", headers=headers)


def refuse(
    request: AnyRequest, error: Refused, *, status: int | None = None
) -> Response[bytes]:
    """Return what went wrong. A foreign page may not read even that."""
    status = status or _STATUS[error.kind]
    problem = Problem(error.message, status, error.code, error.hint)
    headers: Mapping[str, str] = {"vary": "origin", "cache-control": "no-store"}
    if not isinstance(error, ForeignPage):
        headers = {**cors(request), "cache-control": "no-store"}
    return Response(
        _encoder.encode(problem),
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )
