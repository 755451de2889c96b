"""The few files that pages load: style sheets, one script, one drawing. First-party only."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

UI: Final = Path(__file__).resolve().parents[2] / "ui"
_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_DIGEST_CHARACTERS: Final = 12


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file to serve. Its address holds its digest, so it may be cached for ever."""

    body: bytes
    content_type: str
    digest: str


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:_DIGEST_CHARACTERS]
    return StaticFile(body, _TYPES[path.suffix], digest)


# By name; read once at start, so that no request can name a path.
FILES: Final[Mapping[str, StaticFile]] = {
    path.name: _read(path) for path in sorted(UI.iterdir()) if path.suffix in _TYPES
}


def static(name: str) -> str:
    """Return the address of a file. Raises KeyError when there is none of this name."""
    return f"/static/{name}?v={FILES[name].digest}"
