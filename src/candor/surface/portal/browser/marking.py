"""The cookie by which we know which of a customer's browsers is this one.

It holds the number of the browser in the list and opens nothing: it counts only for whoever is
signed in and has a browser of that number. It is set when somebody allows messages here, and goes
when they stop them or sign out.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from litestar.datastructures import Cookie

from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.services import Services

_LASTS: Final = timedelta(days=365)  # as long as a silent browser is kept


def _name(services: Services) -> str:
    return f"{'__Host-' if services.is_secure else ''}candor_messages"


def marked(services: Services, request: AnyRequest) -> UUID | None:
    """Return which browser this one says it is; None: it says nothing."""
    try:
        return UUID(request.cookies.get(_name(services), ""))
    except ValueError:
        return None


def mark(services: Services, subscription_id: UUID | None) -> Cookie:
    """Return the cookie to set; None takes it away."""
    return Cookie(
        key=_name(services),
        value=str(subscription_id) if subscription_id else "",
        path="/",
        secure=services.is_secure,
        httponly=True,
        samesite="lax",
        max_age=int(_LASTS.total_seconds()) if subscription_id else 0,
    )
