"""Templates of requests: what is put into one is never more than a value. Pure.

A path takes values percent-encoded, each within its segment; a body takes them as JSON values in
place of a text that is nothing but the hole (`"{key}"`), so that nothing is ever spelt by hand.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import quote

import msgspec

from candor.domain.connections.adapters.rest.dotted import Json
from candor.domain.connections.errors import BadConnection

_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "QUERY"})
_HOLE: Final = re.compile(r"\{([A-Za-z0-9_.]+)\}")
_PATH: Final = re.compile(r"/[!-~]*")  # visible signs of ASCII
_NOT_IN_PATH: Final = frozenset('#\\"<>^`|')
_DOTS: Final = frozenset({"", ".", ".."})  # no name of anything, but a way through folders
_LONGEST_VALUE: Final = 1_024  # signs, encoded


class DoesNotFit(Exception):
    """This value cannot stand in a path."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request with holes."""

    method: str
    path: str
    query: tuple[str, ...] = ()
    body: Json = None
    has_body: bool = False

    @property
    def holes(self) -> frozenset[str]:
        """Return the names of what it takes in its address."""
        return frozenset(_HOLE.findall("&".join((self.path, *self.query))))

    @property
    def body_holes(self) -> frozenset[str]:
        """Return the names of what it takes in its body."""
        return frozenset(
            hole[1] for text in _texts(self.body) if (hole := _HOLE.fullmatch(text)) is not None
        )

    def target(self, values: Mapping[str, str]) -> str:
        """Return the path and the query; a part of the query whose value is empty is left out.

        Raises:
            DoesNotFit: a value is empty, a way through folders, too long, or no Unicode.
        """
        path = _HOLE.sub(lambda hole: _segment(values.get(hole[1], "")), self.path)
        asked = [
            _HOLE.sub(lambda hole: _encoded(values.get(hole[1], "")), part)
            for part in self.query
            if all(values.get(name, "") for name in _HOLE.findall(part))
        ]
        return f"{path}?{'&'.join(asked)}" if asked else path

    def content(self, values: Mapping[str, Json]) -> Json:
        """Return the body with values in the place of its holes."""
        return _filled(self.body, values)


def request(text: str, body: str, title: str, holes: Iterable[str]) -> Request | None:
    """Read a request; None: there is none.

    Raises:
        BadConnection: it is no method and path, or has a hole that nothing fills.
    """
    if not text.strip():
        return None
    method, _, target = text.strip().partition(" ")
    target = target.strip()
    if method not in _METHODS or not _is_path(target):
        message = (
            f"{title}: write a method and a path from the address on, for example"
            ' "PATCH /contacts/{id}".'
        )
        raise BadConnection(message)
    path, _, query = target.partition("?")
    made = Request(
        method,
        path,
        tuple(query.split("&")) if query else (),
        _body(body, title) if body.strip() else None,
        has_body=bool(body.strip()),
    )
    for name in (*made.holes, *_holes_in(made.body, title)):
        if name not in set(holes):
            message = f"{title}: nothing fills {{{name}}}; there is {_listed(holes)}."
            raise BadConnection(message)
    return made


def _is_path(target: str) -> bool:
    bare = _HOLE.sub("x", target)
    is_plain = _PATH.fullmatch(bare) is not None and not _NOT_IN_PATH & set(bare)
    return is_plain and not bare.startswith("//") and "{" not in bare and "}" not in bare


def _body(text: str, title: str) -> Json:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        message = f"{title}: the body is no JSON."
        raise BadConnection(message) from None


def _holes_in(body: Json, title: str) -> Iterator[str]:
    """Yield the holes of a body.

    Raises:
        BadConnection: one does not stand alone.
    """
    for text in _texts(body):
        found = _HOLE.findall(text)
        if found and _HOLE.fullmatch(text) is None:
            message = f'{title}: {{{found[0]}}} stands alone in its text: "{{{found[0]}}}".'
            raise BadConnection(message)
        yield from found


def _texts(body: Json) -> Iterator[str]:
    match body:
        case str():
            yield body
        case dict():
            for name, one in cast("dict[str, Any]", body).items():
                yield f"{name}:"  # never a hole alone: a name is none
                yield from _texts(one)
        case list():
            for one in cast("list[Any]", body):
                yield from _texts(one)
        case _:
            pass


def _filled(body: Json, values: Mapping[str, Json]) -> Json:
    match body:
        case str():
            hole = _HOLE.fullmatch(body)
            return values.get(hole[1]) if hole else body
        case dict():
            parts = cast("dict[str, Any]", body)
            return {name: _filled(one, values) for name, one in parts.items()}
        case list():
            return [_filled(one, values) for one in cast("list[Any]", body)]
        case _:
            return body


def _segment(value: str) -> str:
    if value in _DOTS:
        raise DoesNotFit
    return _encoded(value)


def _encoded(value: str) -> str:
    try:
        encoded = quote(value, safe="")
    except UnicodeEncodeError:
        raise DoesNotFit from None
    if len(encoded) > _LONGEST_VALUE:
        raise DoesNotFit
    return encoded


def _listed(holes: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(holes)) or "none here"
