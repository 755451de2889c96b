"""The files that a company's pages load: two scripts and a style sheet, in stable places.

Their addresses carry no digest, since they stand in other people's pages: browsers ask again
after an hour, and get them anew only when they changed (ETag, RFC 9110, 8.8.3).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.infra.web.static import UI, pack
from candor.surface.plain.answers import AnyRequest, file_answer

_FOLDER: Final = UI / "sdk"
_JAVASCRIPT: Final = "text/javascript; charset=utf-8"


@dataclass(frozen=True, slots=True)
class SDKFile:
    """A file of the SDK."""

    body: bytes
    packed: bytes
    content_type: str
    etag: str  # weak: the same for the packed form


def _file(text: str, content_type: str) -> SDKFile:
    body = text.encode()
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
    return SDKFile(body, pack(body), content_type, etag)


def _sheet() -> str:
    """Return the style sheet of the components: our tokens, said of their shadow root."""
    tokens = (UI / "tokens.css").read_text(encoding="utf-8").replace(":root", ":host")
    return tokens + (_FOLDER / "candor.css").read_text(encoding="utf-8")


def _script(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


# Read once at start; there are no paths to climb.
FILES: Final[Mapping[str, SDKFile]] = {
    "candor.js": _file(_script("candor.js"), _JAVASCRIPT),
    "candor-consent.js": _file(_script("candor-consent.js"), _JAVASCRIPT),
    "candor.css": _file(_sheet(), "text/css; charset=utf-8"),
}


def routes() -> list[HTTPRouteHandler]:
    """Return a route for each file."""
    return [_route(name, file) for name, file in FILES.items()]


def _route(name: str, file: SDKFile) -> HTTPRouteHandler:
    headers = {
        "cache-control": "public, max-age=3600",
        "etag": file.etag,
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
    }

    @get(f"/sdk/{name}", name=name, opt={"public": "script and style, the same for everybody"})
    async def send(request: AnyRequest) -> Response[bytes]:
        """Return the file, or say that the browser has it."""
        if request.headers.get("if-none-match") == file.etag:
            return Response(b"", status_code=304, headers=headers)
        return file_answer(request, file.body, file.packed, file.content_type, headers)

    return send
