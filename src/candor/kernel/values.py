"""What a declared value may be: the checks that the door and the portal share. Pure."""

import math
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Final, cast

from candor.kernel.redact import is_card_number

MOST_ITEMS: Final = 1_000  # of a list
_LARGEST: Final = 1e15
_SHORTEST_CARD: Final = 1e12  # the least number of 13 digits

Check = Callable[[object], str | None]


class ValueType(StrEnum):
    """The type of an attribute or property."""

    TEXT = "text"
    ENUM = "enum"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    LIST = "list"


def check_for(  # noqa: C901 - a table of small functions
    kind: ValueType, values: tuple[str, ...], longest: int
) -> Check:
    """Return a function that returns None for a good value and a word for a bad one."""
    allowed = frozenset(values)

    def text(value: object) -> str | None:
        return None if type(value) is str and len(value) <= longest else "text"

    def one_of(value: object) -> str | None:
        return None if type(value) is str and value in allowed else "enum"

    def integer(value: object) -> str | None:
        return None if type(value) is int and is_plain(value) else "integer"

    def number(value: object) -> str | None:
        if type(value) is int or type(value) is float:
            return None if math.isfinite(value) and is_plain(value) else "number"
        return "number"

    def boolean(value: object) -> str | None:
        return None if type(value) is bool else "boolean"

    def day(value: object) -> str | None:
        try:
            date.fromisoformat(value if type(value) is str else "")
        except ValueError:
            return "date"
        return None

    def instant(value: object) -> str | None:
        try:
            datetime.fromisoformat(value if type(value) is str else "")
        except ValueError:
            return "time"
        return None

    def listing(value: object) -> str | None:
        if type(value) is list and len(cast("list[object]", value)) <= MOST_ITEMS:
            return (
                None
                if all(text(item) is None for item in cast("list[object]", value))
                else "list"
            )
        return "list"

    checks: dict[ValueType, Check] = {
        ValueType.TEXT: text,
        ValueType.ENUM: one_of,
        ValueType.INTEGER: integer,
        ValueType.NUMBER: number,
        ValueType.BOOLEAN: boolean,
        ValueType.DATE: day,
        ValueType.TIME: instant,
        ValueType.LIST: listing,
    }
    return checks[kind]


def is_plain(value: float) -> bool:
    """Tell whether a number is of a sensible size and no payment card number."""
    size = abs(value)
    return size < _SHORTEST_CARD or (size <= _LARGEST and not is_card_number(str(int(size))))
