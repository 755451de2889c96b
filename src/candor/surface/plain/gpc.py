"""Global Privacy Control: what a browser says in a header, and that we listen.

Only the exact value `1` counts; of several headers one is enough. Frameworks join headers with a
comma, so the raw ones are looked at. Source: W3C, "Global Privacy Control" (April 2026).
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from litestar import Response, get
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

_HEADER: Final = b"sec-gpc"
_SINCE: Final = date(2026, 11, 21)  # when Candor began to honour it everywhere


def says_no(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether raw headers carry the signal; names are in lower case, as ASGI has them."""
    return any(name == _HEADER and value.strip(b" \t") == b"1" for name, value in headers)


def gpc_of(request: ASGIConnection[BaseRouteHandler, object, object, State]) -> bool:
    """Tell whether the browser behind a request asks that nothing be sold or shared."""
    return says_no(request.scope["headers"])


@get("/.well-known/gpc.json", opt={"public": "the site tells that it honours the signal"})
async def well_known() -> Response[dict[str, bool | str]]:
    """Return that the signal is honoured here."""
    return Response(
        {"gpc": True, "lastUpdate": _SINCE.isoformat()},
        media_type="application/json",
        headers={"cache-control": "public, max-age=86400", "x-content-type-options": "nosniff"},
    )


def routes() -> list[HTTPRouteHandler]:
    """Return the route that tells about it."""
    return [well_known]
