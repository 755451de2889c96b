"""Calls of the JavaScript SDKs, in the browser's form and in Node's.

    analytics.track("Name", { key: value })              browser
    analytics.track({ event: "Name", properties: {} })   Node

A reader of literals, not of the language: comments are blanked, then each call's arguments are
read as far as they are written out; any other expression is skipped to its end.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from candor.domain.catalogue.sent.calls import (
    METHODS,
    RECEIVER,
    WITH_TRAITS,
    Call,
    Items,
    Literal,
    Shape,
    Unknown,
    Value,
)

_CALL: Final = re.compile(
    rf"(?<![\w$])(?:{RECEIVER.pattern.removeprefix('(?i)')})\s*\??\.\s*({'|'.join(METHODS)})\s*\(",
    re.IGNORECASE,
)
_SKIP: Final = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_COMMENT_OR_TEXT: Final = re.compile(
    r"""(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)"""
    r"|(?P<note>(?<!:)//[^\n]*|/\*.*?\*/|<!--.*?-->)",
    re.DOTALL,
)
_TEXT: Final = re.compile(
    r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`""", re.DOTALL
)
_NAME: Final = re.compile(r"[A-Za-z_$][\w$]*")
_NUMBER: Final = re.compile(r"-?\d[\d_]*(?:\.\d+)?")
_WORDS: Final = {"true": True, "false": False, "null": None, "undefined": None}
_NODE_KEYS: Final = ("userId", "anonymousId", "traits", "properties", "event")


def calls(text: str) -> Iterator[Call]:
    """Yield the calls in a script or a page."""
    code = _COMMENT_OR_TEXT.sub(_blank, text)
    for match in _CALL.finditer(code):
        line = code.count("\n", 0, match.start()) + 1
        yield _call(match[1], line, _Reader(code, match.end()).arguments())


def _blank(match: re.Match[str]) -> str:
    """Keep texts; turn comments into blanks and keep their line ends."""
    return match.group() if match["text"] else re.sub(r"[^\n]", " ", match.group())


def _call(method: str, line: int, arguments: list[Value]) -> Call:
    first = arguments[0] if arguments else None
    if isinstance(first, Shape) and (method == "track" or first.get(*_NODE_KEYS) is not None):
        data = first.get("traits" if method in WITH_TRAITS else "properties")
        return Call(method, line, _text(first.get("event")), data)
    if method == "track":
        return Call(method, line, _text(first), _at(arguments, 1))
    # page("category", "name", {…}), identify("id", {…}), identify({…}): the first object
    shapes = [value for value in arguments if isinstance(value, Shape)]
    return Call(method, line, None, shapes[0] if shapes else None)


def _text(value: Value | None) -> str | None:
    return value.value if isinstance(value, Literal) and isinstance(value.value, str) else None


def _at(arguments: list[Value], place: int) -> Value | None:
    return arguments[place] if len(arguments) > place else None


class _Reader:
    """Reads literals from a place in the code on."""

    def __init__(self, code: str, at: int) -> None:
        self._code = code
        self._at = at

    def arguments(self) -> list[Value]:
        """Read the arguments of a call, whose bracket is open already."""
        return self._list(")")

    def _list(self, closing: str) -> list[Value]:
        values: list[Value] = []
        while self._more(closing):
            values.append(self._value())
            self._past(",")
        return values

    def _shape(self, line: int) -> Shape:
        pairs: list[tuple[str, Value]] = []
        is_open = False
        while self._more("}"):
            pair = self._pair()
            if pair is None:
                is_open = True
            else:
                pairs.append(pair)
            self._past(",")
        return Shape(line, tuple(pairs), is_open)

    def _pair(self) -> tuple[str, Value] | None:
        """Read `key: value`, `"key": value` or `key`; None for what is spread or computed."""
        line = self._line()
        key = self._key()
        if key is None:
            self._skip_expression()
            return None
        self._blank()
        if self._code.startswith(":", self._at):
            self._at += 1
            self._blank()
            return key, replace(self._value(), line=line)
        self._skip_expression()  # a method, or a shorthand such as `{ total }`
        return key, Unknown(line)

    def _key(self) -> str | None:
        if match := _TEXT.match(self._code, self._at):
            self._at = match.end()
            return _unquoted(match.group())
        if match := _NAME.match(self._code, self._at):
            self._at = match.end()
            return match.group()
        return None

    def _value(self) -> Value:
        """Read one value; anything that is not written out is unknown."""
        self._blank()
        line, start = self._line(), self._at
        value = self._literal(line)
        self._blank()
        if not isinstance(value, Unknown) and self._ends():
            return value
        self._at = start
        self._skip_expression()
        return Unknown(line)

    def _literal(self, line: int) -> Value:
        sign = self._code[self._at : self._at + 1]
        if sign == "{":
            self._at += 1
            return self._shape(line)
        if sign == "[":
            self._at += 1
            return Items(line, tuple(self._list("]")))
        if match := _TEXT.match(self._code, self._at):
            self._at = match.end()
            is_fixed = sign != "`" or "${" not in match.group()
            return Literal(line, _unquoted(match.group())) if is_fixed else Unknown(line)
        if match := _NUMBER.match(self._code, self._at):
            self._at = match.end()
            return Literal(line, float(match.group().replace("_", "")))
        match = _NAME.match(self._code, self._at)
        if match and match.group() in _WORDS:
            self._at = match.end()
            return Literal(line, _WORDS[match.group()])
        return Unknown(line)

    def _skip_expression(self) -> None:
        """Go on to the comma or bracket that ends an expression."""
        depth = 0
        while self._at < len(self._code):
            if match := _TEXT.match(self._code, self._at):
                self._at = match.end()
                continue
            sign = self._code[self._at]
            if depth == 0 and sign in ",)]}":
                return
            depth += (sign in "([{") - (sign in ")]}")
            self._at += 1

    def _more(self, closing: str) -> bool:
        """Tell whether something stands before the closing bracket; go past it when not."""
        self._blank()
        if self._at >= len(self._code):
            return False
        if self._code[self._at] in ")]}":
            self._past(closing)
            return False
        return True

    def _ends(self) -> bool:
        return self._at >= len(self._code) or self._code[self._at] in ",)]}"

    def _past(self, sign: str) -> None:
        self._blank()
        if self._code.startswith(sign, self._at):
            self._at += 1

    def _blank(self) -> None:
        match = _SKIP.match(self._code, self._at)
        self._at = match.end() if match else self._at

    def _line(self) -> int:
        return self._code.count("\n", 0, self._at) + 1


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
