"""The few files that pages load: style sheets, one script, one drawing. First-party only."""

import gzip
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
    packed: bytes


def pack(body: bytes) -> bytes:
    """Return a body as gzip; the same each time. For files only: pages hold secrets (BREACH)."""
    return gzip.compress(body, mtime=0)


def takes_packed(accept_encoding: str) -> bool:
    """Tell whether a browser takes gzip (RFC 9110, 12.5.3): named, and not with a weight of 0."""
    for part in accept_encoding.split(","):
        name, _, weight = part.partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "").removeprefix("q=").strip("0.") != "" or not weight
    return False


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:_DIGEST_CHARACTERS]
    return StaticFile(body, _TYPES[path.suffix], digest, pack(body))


# By name; read once at start, so that no request can name a path.
FILES: Final[Mapping[str, StaticFile]] = {
    path.name: _read(path) for path in sorted(UI.iterdir()) if path.suffix in _TYPES
}


def static(name: str) -> str:
    """Return the address of a file. Raises KeyError when there is none of this name."""
    return f"/static/{name}?v={FILES[name].digest}"
