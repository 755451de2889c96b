"""The cookie by which a browser is recognised while somebody signs in.

It holds 256 random bits, lasts a quarter of an hour at most, and is no session: it opens nothing.
"""

from datetime import timedelta
from typing import Final

from litestar.datastructures import Cookie

from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.services import Services

_LASTS: Final = timedelta(minutes=15)
CEREMONY: Final = "ceremony"
CODE: Final = "code"  # beside the others: asking for a passkey does not end waiting for a code


def name(services: Services, what: str = CEREMONY) -> str:
    """Return the cookie's name; over TLS only this very host can set it."""
    return f"{'__Host-' if services.is_secure else ''}candor_{what}"


def browser_of(services: Services, request: AnyRequest, what: str = CEREMONY) -> str:
    """Return what the browser holds, or an empty text."""
    return request.cookies.get(name(services, what), "")


def cookie(
    services: Services, browser: str, lasts: timedelta = _LASTS, what: str = CEREMONY
) -> Cookie:
    """Return the cookie to set; an empty text takes it away."""
    return Cookie(
        key=name(services, what),
        value=browser,
        path="/",
        secure=services.is_secure,
        httponly=True,
        samesite="lax",
        max_age=int(lasts.total_seconds()) if browser else 0,
    )
