"""Where to report a weakness: `/.well-known/security.txt` (RFC 9116).

The company's own contact; it runs out half a year after the month in which it is read, so that a
copy that somebody kept is known to be old.
"""

from datetime import datetime, timedelta
from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.infra.settings import Settings
from candor.kernel.clock import Clock

_HALF_A_YEAR: Final = timedelta(days=182)
_A_DAY: Final = "public, max-age=86400"


def text(settings: Settings, now: datetime) -> str:
    """Return the file: whom to write to, until when that holds, and in which languages."""
    contact = settings.contact
    where = f"mailto:{contact}" if "@" in contact and "://" not in contact else contact
    begin = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: {where}",
        f"Expires: {(begin + _HALF_A_YEAR).isoformat().replace('+00:00', 'Z')}",
        "Preferred-Languages: en, de, pl, pt, ru",
        f"Canonical: {settings.public_url}/.well-known/security.txt",
    )
    return "\n".join(lines) + "\n"


def routes(settings: Settings, clock: Clock) -> list[HTTPRouteHandler]:
    """Return the route of the file."""

    @get("/.well-known/security.txt", opt={"public": "where to report a weakness"})
    async def security_txt() -> Response[str]:
        """Return whom to write to about a weakness."""
        return Response(
            text(settings, clock.now()),
            media_type="text/plain",
            headers={"cache-control": _A_DAY, "x-content-type-options": "nosniff"},
        )

    return [security_txt]
