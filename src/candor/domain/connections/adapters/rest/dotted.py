"""Dotted names: where something stands in JSON (`data.emails.0.value`). Pure."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final, cast

Json = object
_MOST_PLACES: Final = 100  # of a list that is built


class Clash(Exception):
    """One name leads through another; its text is that name."""


class Missing(Enum):
    """What is not there; null is there."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


def at(content: Json, name: str) -> Json:
    """Return what stands under a name; empty: all of it; MISSING: nothing does."""
    for part in name.split(".") if name else ():
        if isinstance(content, dict):
            content = cast("dict[str, Json]", content).get(part, MISSING)
        elif isinstance(content, list) and _is_place(part):
            items = cast("list[Json]", content)
            content = items[int(part)] if int(part) < len(items) else MISSING
        else:
            return MISSING
    return content


def text_at(content: Json, name: str) -> str | None:
    """Return the text or number that stands under a name, as text; None: there is none."""
    value = at(content, name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value) or None


def built(values: Mapping[str, Json]) -> dict[str, Json]:
    """Return the JSON in which each value stands under its name; numbers make lists.

    Raises:
        Clash: one name leads through another.
    """
    root: dict[str, Json] = {}
    for name, value in values.items():
        *way, last = name.split(".")
        node = root
        for part in way:
            node = node.setdefault(part, _Node())
            if not isinstance(node, _Node):
                raise Clash(name)
        if last in node:
            raise Clash(name)
        node[last] = value
    return {part: _settled(value) for part, value in root.items()}


def clash(names: Iterable[str]) -> str | None:
    """Return a name that cannot stand beside the others, or that is none; None: all can."""
    given = list(names)
    empty = next((one for one in given if not all(one.split("."))), None)
    if empty is not None:
        return empty
    try:
        built(dict.fromkeys(given))
    except Clash as wrong:
        return str(wrong)
    return None


class _Node(dict[str, Json]):
    """A part that we built ourselves, and no value."""


def _settled(value: Json) -> Json:
    """Return a built part; one whose parts are 0, 1, 2 … is a list."""
    if not isinstance(value, _Node):
        return value
    if all(map(_is_place, value)) and {int(one) for one in value} == set(range(len(value))):
        return [_settled(value[part]) for part in sorted(value, key=int)]
    return {part: _settled(one) for part, one in value.items()}


def _is_place(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= 3 and int(part) < _MOST_PLACES
