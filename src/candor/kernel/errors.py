"""Everything that can go wrong, as one tree.

    CandorError
    ├── Refused        the request cannot be done as asked; asking again will not help
    │     kind: invalid · not_found · conflict · forbidden · gone · limited · needs_consent
    ├── Unavailable    something we rely on is away; retryable, counted, nobody is woken
    ├── Tampered       data is not what we wrote; somebody is woken at once
    └── Bug            we broke our own rule

Each error has a stable `code` (`slice.reason`), a message that is safe to show and a `hint`
that says what to do next. The message defaults to the docstring of the class. No HTTP here:
surfaces map the kind to a status. Never put personal data into an error.
"""

from enum import StrEnum
from inspect import cleandoc
from typing import ClassVar


class Kind(StrEnum):
    """Why something was refused."""

    INVALID = "invalid"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    GONE = "gone"
    LIMITED = "limited"
    NEEDS_CONSENT = "needs_consent"


class CandorError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "candor.error"
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        """Take a safe message and a hint; both have defaults."""
        self.message = message if message is not None else _first_line(type(self))
        self.hint = hint if hint is not None else self.default_hint
        super().__init__(self.message)


class Refused(CandorError):
    """This cannot be done."""

    kind: ClassVar[Kind] = Kind.INVALID


class Unavailable(CandorError):
    """A part of the system cannot be reached just now. Nothing was lost; try again."""

    code: ClassVar[str] = "candor.unavailable"
    default_hint: ClassVar[str] = "Try again in a few seconds."


class Tampered(CandorError):
    """Stored data is not what was written."""

    code: ClassVar[str] = "candor.tampered"


class Bug(CandorError):
    """Candor broke a rule of its own."""

    code: ClassVar[str] = "candor.bug"


def _first_line(kind: type[CandorError]) -> str:
    """Return the first line of the docstring of an error class."""
    return cleandoc(kind.__doc__ or "").split("\n", 1)[0]
