"""Calls of the Python SDKs: `analytics.track(user_id, "Name", {…})`, by name or by place."""

import ast
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

# Where event and data stand when they are given by place (segment-analytics-python,
# rudder-sdk-python: track(user_id, event, properties), page(user_id, category, name, properties)).
_EVENT_AT: Final = 1
_DATA_AT: Final = {"track": 2, "identify": 1, "page": 3, "screen": 3, "group": 2}


def calls(text: str) -> Iterator[Call]:
    """Yield the calls in a Python file; none when it is not Python that we can read."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if method in METHODS and RECEIVER.fullmatch(_last_name(node.func.value)):
                yield _call(method, node)


def _call(method: str, node: ast.Call) -> Call:
    event = _argument(node, "event", _EVENT_AT) if method == "track" else None
    data_name = "traits" if method in WITH_TRAITS else "properties"
    data = _argument(node, data_name, _DATA_AT[method])
    named = event.value if isinstance(event, ast.Constant) else None
    return Call(
        method,
        node.lineno,
        named if isinstance(named, str) else None,
        None if data is None else _value(data),
    )


def _argument(node: ast.Call, name: str, place: int) -> ast.expr | None:
    for keyword in node.keywords:
        if keyword.arg == name:
            return keyword.value
    before = node.args[: place + 1]
    if len(before) <= place or any(isinstance(a, ast.Starred) for a in before):
        return None
    return before[place]


def _value(node: ast.expr) -> Value:
    match node:
        case ast.Constant():
            return Literal(node.lineno, node.value)
        case ast.Dict():
            return _shape(node)
        case ast.List() | ast.Tuple():
            return Items(node.lineno, tuple(map(_value, node.elts)))
        case _:
            return Unknown(node.lineno)


def _shape(node: ast.Dict) -> Shape:
    pairs: list[tuple[str, Value]] = []
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            found = _value(value)
            # The line of the key is where a reader looks for its name.
            pairs.append((key.value, replace(found, line=key.lineno)))
    return Shape(node.lineno, tuple(pairs), is_open=len(pairs) < len(node.keys))


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case _:
            return ""
