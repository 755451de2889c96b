"""Where in a TOML file a key stands, so that a mistake can be shown by its line.

`tomllib` reads TOML but forgets lines, and so does tomlkit. This is a scanner, not a parser: it
sees headers, keys and where values end (TOML 1.0). It is only given what `tomllib` accepted.
"""

import re
import tomllib
from collections.abc import Mapping
from typing import Final, cast

Keys = tuple[str, ...]

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY: Final = re.compile(
    r"""[ \t]*(?:(?P<bare>[A-Za-z0-9_\-]+)|(?P<quoted>"(?:[^"\\\n]|\\.)*"|'[^'\n]*'))[ \t]*"""
)
_STRING: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'",
    re.DOTALL,
)
_PLAIN: Final = re.compile(r"[^\"'\[\]{}#\n]+")


def lines_of(text: str) -> dict[Keys, int]:
    """Return the line, from 1, of every table and key that stands on a line of its own.

    Keys inside an inline table stand where their table stands: see `line_at`.
    """
    found: dict[Keys, int] = {}
    table: Keys = ()
    at = _skip_blank(text, 0)
    while at < len(text):
        line = text.count("\n", 0, at) + 1
        if text[at] == "[":
            table, at = _keys(text, at + (2 if text.startswith("[[", at) else 1))
            _note(found, table, line)
            at = text.find("\n", at)
        else:
            key, at = _keys(text, at)
            _note(found, table + key, line)
            at = _skip_value(text, at + 1)
        if at < 0:
            break
        at = _skip_blank(text, at)
    return found


def line_at(lines: Mapping[Keys, int], path: Keys) -> int:
    """Return the line of a path, or of the nearest table around it; 0 when there is none."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 0


def _note(found: dict[Keys, int], path: Keys, line: int) -> None:
    """Remember where a path and all that it implies stand first."""
    for length in range(1, len(path) + 1):
        found.setdefault(path[:length], line)


def _skip_blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _keys(text: str, at: int) -> tuple[Keys, int]:
    """Read a dotted key; return it and where it ends."""
    keys: list[str] = []
    while match := _KEY.match(text, at):
        quoted = match["quoted"]
        keys.append(
            cast("str", tomllib.loads(f"k = {quoted}")["k"]) if quoted else match["bare"]
        )
        at = match.end()
        if not text.startswith(".", at):
            break
        at += 1
    return tuple(keys), at


def _skip_value(text: str, at: int) -> int:
    """Return where the value ends: the end of its line, once every bracket is closed."""
    depth = 0
    while at < len(text):
        sign = text[at]
        if sign == "\n" and depth == 0:
            break
        if sign == "#":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        elif match := (_STRING.match(text, at) or _PLAIN.match(text, at)):
            at = match.end()
        else:
            depth += (sign in "[{") - (sign in "]}")
            at += 1
    return at
