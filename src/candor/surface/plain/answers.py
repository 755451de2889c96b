"""Answers that every surface gives alike: pages with their headers, errors, files.

Pages are never cached and never framed, load nothing from elsewhere and run no inline code
(ASVS 5.0 V3.4). An error page says what happened, what is safe, and what to do.
"""

from typing import Final, cast

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.access.errors import NotSignedIn
from candor.infra.log import logger
from candor.infra.web.pages import render
from candor.infra.web.reading import Reader
from candor.infra.web.static import FILES
from candor.kernel.clock import Clock
from candor.kernel.errors import Kind, Refused, Unavailable
from candor.surface.plain.views import ErrorPage, PlainFrame

AnyRequest = Request[object, object, State]
REQUEST_ID: Final = "candor_request_id"  # in the scope of a request

HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_STATUS: Final = {
    Kind.INVALID: 400,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.FORBIDDEN: 403,
    Kind.GONE: 410,
    Kind.LIMITED: 429,
    Kind.NEEDS_CONSENT: 403,
}
_KINDS: Final = {
    400: "invalid",
    401: "forbidden",
    403: "forbidden",
    404: "not_found",
    405: "not_found",
    409: "conflict",
    410: "gone",
    413: "invalid",
    429: "limited",
    503: "unavailable",
}
_NOT_FOUND: Final = 404
_BUG: Final = 500
_log: Final = logger("web")


def page(html: str, *, status: int = 200) -> Response[str]:
    """Return a page with the headers that every page has."""
    return Response(html, status_code=status, headers=HEADERS, media_type="text/html")


def see_other(path: str) -> Redirect:
    """Send the browser on after a form: it fetches the page anew (303)."""
    return Redirect(path, status_code=303, headers=HEADERS)


@get("/static/{name:str}", opt={"public": "style, script and drawings"})
async def static_file(name: FromPath[str]) -> Response[bytes]:
    """Return a file by its name; there are no paths to climb."""
    file = FILES.get(name)
    if file is None:
        return Response(b"", status_code=_NOT_FOUND, media_type="text/plain")
    headers = {"cache-control": _FOR_EVER, "x-content-type-options": "nosniff"}
    return Response(file.body, media_type=file.content_type, headers=headers)


def routes() -> list[HTTPRouteHandler]:
    """Return the routes that belong to no single surface."""
    return [static_file]


class Errors:
    """Turns whatever went wrong into a page."""

    def __init__(self, clock: Clock, *, is_demo: bool) -> None:
        """Take what the frame around an error needs; without a database the company is unknown."""
        self._clock = clock
        self._is_demo = is_demo

    def handle(self, request: AnyRequest, error: Exception) -> Response[str] | Redirect:
        """Answer a request that failed."""
        home = "/console" if request.url.path.startswith("/console") else "/me"
        if isinstance(error, NotSignedIn):
            return see_other(f"{home}/sign-in")
        if isinstance(error, Refused):
            status = _STATUS[error.kind]
            return self._page(status, _KINDS[status], error.message, error.hint or None, home)
        if isinstance(error, Unavailable):
            _log.warning("a page could not be made", exc_info=error)
            return self._page(503, "unavailable", None, None, home)
        if isinstance(error, HTTPException):
            kind = _KINDS.get(error.status_code, "invalid")
            return self._page(error.status_code, kind, None, None, home)
        scope = cast("dict[str, object]", request.scope)
        reference = str(scope.get(REQUEST_ID, ""))
        _log.error("a page broke", exc_info=error, request=reference)
        return self._page(_BUG, "bug", None, None, home, reference)

    def _page(
        self,
        status: int,
        kind: str,
        message: str | None,
        hint: str | None,
        home: str,
        reference: str | None = None,
    ) -> Response[str]:
        reader = Reader(self._clock.now())
        frame = PlainFrame(
            "Nordmarkt" if self._is_demo else "Candor",
            reader.language_tag,
            reader.direction,
            is_demo=self._is_demo,
        )
        view = ErrorPage(kind, message, hint, reference, home)
        return page(render("plain/error.html", view, reader=reader, frame=frame), status=status)
