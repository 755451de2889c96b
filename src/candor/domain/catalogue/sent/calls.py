"""A call as it stands in code, whatever the language."""

import re
from dataclasses import dataclass
from typing import Final

RECEIVER: Final = re.compile(r"(?i)\w*(?:analytics|segment|rudder|candor)\w*")
METHODS: Final = ("track", "identify", "page", "screen", "group")

WITH_TRAITS: Final = frozenset({"identify", "group"})  # the others carry properties


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is known only when the code runs."""

    line: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number, boolean or null that is written out."""

    line: int
    value: object


@dataclass(frozen=True, slots=True)
class Items:
    """A list that is written out."""

    line: int
    values: "tuple[Value, ...]"


@dataclass(frozen=True, slots=True)
class Shape:
    """An object that is written out. It is open when parts are spread or computed into it."""

    line: int
    pairs: "tuple[tuple[str, Value], ...]"
    is_open: bool = False

    def get(self, *keys: str) -> "Value | None":
        """Return the value of the first of these keys that is there."""
        for key, value in self.pairs:
            if key in keys:
                return value
        return None


Value = Unknown | Literal | Items | Shape


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an SDK. `event` is None when it cannot be told; `data` are its properties."""

    method: str
    line: int
    event: str | None
    data: Value | None

    @property
    def is_unreadable(self) -> bool:
        """Tell whether the name of the event is known only when the code runs."""
        return self.event is None and self.method == "track"
