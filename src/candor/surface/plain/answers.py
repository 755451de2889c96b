"""Answers that every surface gives alike: pages with their headers, errors, files.

Pages are never cached and never framed, load nothing from elsewhere and run no inline code
(ASVS 5.0 V3.4). An error page says what happened, what is safe, and what to do.
"""

from datetime import UTC, datetime
from typing import Final, cast
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.routes import HTTPRoute

from candor.domain.access.errors import NotSignedIn, ProofNeeded
from candor.domain.shield.errors import TooMany
from candor.infra.log import logger
from candor.infra.web.pages import render
from candor.infra.web.reading import Reader, declared, reading
from candor.infra.web.static import FILES, takes_packed
from candor.kernel.clock import Clock
from candor.kernel.errors import Kind, Refused, Unavailable
from candor.surface.plain.language import REGIONS, links, wanted
from candor.surface.plain.views import ErrorPage, PlainFrame

AnyRequest = Request[object, object, State]
REQUEST_ID: Final = "candor_request_id"  # in the scope of a request
_BACK: Final = "candor_back"  # the same: the page from which a form was sent
_LOCALE: Final = "candor_locale"  # the same: how the person who is signed in reads
_CONSOLE: Final = "/console"

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
    "vary": "sec-gpc",  # a page of somebody who is signed in says what their browser says
    "x-content-type-options": "nosniff",
}
_FORGET: Final = '"cache", "storage"'  # pages kept for going back, and what scripts kept
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


def signed_out(path: str) -> Redirect:
    """Send the browser on after signing out, and let it forget what it kept (ASVS 5.0 V14.3.1).

    Not the cookies: that word reaches those of the company's other hosts too; ours are taken away
    one by one.
    """
    return Redirect(path, status_code=303, headers={**HEADERS, "clear-site-data": _FORGET})


@get("/static/{name:str}", opt={"public": "style, script and drawings"})
async def static_file(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Return a file by its name; there are no paths to climb."""
    file = FILES.get(name)
    if file is None:
        return Response(b"", status_code=_NOT_FOUND, media_type="text/plain")
    headers = {"cache-control": _FOR_EVER, "x-content-type-options": "nosniff"}
    return file_answer(request, file.body, file.packed, file.content_type, headers)


def file_answer(
    request: AnyRequest, body: bytes, packed: bytes, content_type: str, headers: dict[str, str]
) -> Response[bytes]:
    """Return a file, packed where the browser takes that. Never for what differs by person."""
    headers = {**headers, "vary": "accept-encoding"}
    if takes_packed(request.headers.get("accept-encoding", "")):
        headers["content-encoding"] = "gzip"
        return Response(packed, media_type=content_type, headers=headers)
    return Response(body, media_type=content_type, headers=headers)


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
        """Answer a request that failed, in the language of whoever reads it."""
        home = _home(request)
        if isinstance(error, NotSignedIn):
            return see_other(f"{home}/sign-in")
        if isinstance(error, ProofNeeded):
            again = {} if request.method == "GET" else {"again": "1"}
            wanted = urlencode({"next": _back(request), **again})
            return see_other(f"{home}/prove?{wanted}")
        if isinstance(error, Refused):
            status = _STATUS[error.kind]
            said = _said(request, error)
            told = self._page(request, status, ErrorPage(_KINDS[status], *said, None, home))
            if isinstance(error, TooMany):
                told.headers["retry-after"] = str(error.wait_seconds)
            return told
        if isinstance(error, Unavailable):
            _log.warning("a page could not be made", exc_info=error)
            return self._page(request, 503, ErrorPage("unavailable", None, None, None, home))
        if isinstance(error, HTTPException):
            kind = _KINDS.get(error.status_code, "invalid")
            view = ErrorPage(kind, None, None, None, home)
            return self._page(request, error.status_code, view)
        scope = cast("dict[str, object]", request.scope)
        reference = str(scope.get(REQUEST_ID, ""))
        _log.error("a page broke", exc_info=error, request=reference)
        return self._page(request, _BUG, ErrorPage("bug", None, None, reference, home))

    def _page(self, request: AnyRequest, status: int, view: ErrorPage) -> Response[str]:
        locale = _locale(request)
        reader = Reader(self._clock.now(), locale)
        frame = PlainFrame(
            "Nordmarkt" if self._is_demo else "Candor",
            reader.language_tag,
            reader.direction,
            is_demo=self._is_demo,
            languages=links(locale) if _can_choose(request) else (),
        )
        return page(render("plain/error.html", view, reader=reader, frame=frame), status=status)


def speak(request: AnyRequest, locale: str) -> None:
    """Note how the person who is signed in reads, for an error page that may follow."""
    cast("dict[str, object]", request.scope)[_LOCALE] = locale


def come_back_to(request: AnyRequest, path: str) -> None:
    """Note the page from which a form was sent: there one goes on after a proof that is asked."""
    cast("dict[str, object]", request.scope)[_BACK] = path


def _back(request: AnyRequest) -> str:
    """Return where one goes on after a proof: a page, for a form is not sent twice."""
    if request.method == "GET":
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    scope = cast("dict[str, object]", request.scope)
    return str(scope.get(_BACK) or _nearest_page(request, str(scope.get("path_template", ""))))


def _nearest_page(request: AnyRequest, template: str) -> str:
    """Return the page at or above the address of a form."""
    parts, shape = request.url.path.split("/"), template.split("/")
    pages = {
        route.path
        for route in request.app.routes
        if isinstance(route, HTTPRoute) and "GET" in route.methods
    }
    if len(parts) != len(shape):
        return _home(request)
    while "/".join(shape) not in pages and len(shape) > 1:
        parts, shape = parts[:-1], shape[:-1]
    return "/".join(parts) or _home(request)


def _home(request: AnyRequest) -> str:
    return _CONSOLE if request.url.path.startswith(_CONSOLE) else "/me"


def _locale(request: AnyRequest) -> str:
    """Return the language of an error: the person's own, else as the browser asks."""
    if _home(request) == _CONSOLE:
        return REGIONS["en"]  # the console is English
    known = cast("dict[str, object]", request.scope).get(_LOCALE)
    if isinstance(known, str):
        return known
    return wanted(request.query_params.get("lang"), request.headers.get("accept-language", ""))


def _can_choose(request: AnyRequest) -> bool:
    """Tell whether a link can lead to the same page in another language."""
    known = cast("dict[str, object]", request.scope).get(_LOCALE)
    return request.method == "GET" and _home(request) != _CONSOLE and known is None


def _said(request: AnyRequest, error: Refused) -> tuple[str, str | None]:
    """Return what happened and what to do, in the reader's language where it is written."""
    with reading(Reader(datetime.min.replace(tzinfo=UTC), _locale(request))):
        return declared(error.message), declared(error.hint) or None
