"""One operation of the API: all that routing, checking and the reference need to know of it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from candor.domain.access.model.keys import Scope
from candor.surface.api.v1.call import Call

SMALL: Final = 64 * 1024
LARGE: Final = 1024 * 1024
_PLACE: Final = re.compile(r"\{(\w+)\}")
_UUID: Final = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_FORMS: Final = {"notice_id": r"[0-9a-f]{64}", "entry_id": r"[1-9][0-9]{0,17}"}

Run = Callable[[Call, Any], Awaitable[Any]]


@dataclass(frozen=True)
class Operation:
    """What one method of one path does.

    `run` gets the call and what `takes` describes: the body of a POST or PUT, the query of a GET.
    `errors` are the statuses that it answers besides those that every operation has.
    """

    method: str
    path: str
    name: str
    tag: str
    summary: str
    scope: Scope | None
    gives: type[object]
    run: Run
    takes: type[object] | None = None
    status: int = 200
    about: str = ""
    largest: int = SMALL
    errors: tuple[int, ...] = ()
    example: object = None
    answer: object = None
    remembers_key: bool = False  # asked so often that the key is looked up once a second
    media_type: str = "application/json"
    reads: str = "application/json"  # what a body must be sent as; `takes` is bytes for others
    also: Mapping[int, str] = field(default_factory=dict[int, str])  # other good answers

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return what matches the paths of this operation, with its variable parts as groups."""

        def group(found: re.Match[str]) -> str:
            return f"(?P<{found[1]}>{_FORMS.get(found[1], _UUID)})"

        return re.compile(_PLACE.sub(group, self.path))

    @property
    def places(self) -> list[str]:
        """Return the names of the variable parts of the path."""
        return _PLACE.findall(self.path)

    @property
    def has_body(self) -> bool:
        """Tell whether `takes` describes a body; else it describes the query."""
        return self.method in {"POST", "PUT"}
