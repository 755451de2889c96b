"""Reads the signature of each route once per run: tests make hundreds of web applications.

Litestar reads the annotations of every handler whenever an application is made: two fifths of the
time of making one. Handlers are made anew each time, but by the same code, so that what was read
of it stays true.
"""

from types import CodeType, FunctionType
from typing import Any, cast

from litestar.utils.signature import ParsedSignature


def remember() -> None:
    """Let what is read of a piece of code be remembered until the process ends."""
    read = cast("Any", ParsedSignature.from_fn).__func__
    known: dict[CodeType, ParsedSignature] = {}

    def from_fn(
        cls: type[ParsedSignature], fn: object, names: dict[str, Any]
    ) -> ParsedSignature:
        if not isinstance(fn, FunctionType):
            return cast("ParsedSignature", read(cls, fn, names))
        if fn.__code__ not in known:
            known[fn.__code__] = read(cls, fn, names)
        return known[fn.__code__]

    cast("Any", ParsedSignature).from_fn = classmethod(from_fn)
