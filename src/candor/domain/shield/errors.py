"""Why the shield refuses something."""

from math import ceil
from typing import ClassVar, Final

from candor.kernel.errors import Kind, Refused

# How long to wait, in fixed sentences: each can be read in the reader's language.
_HINTS: Final = (
    (60, "Wait a minute, then try again."),
    (600, "Wait ten minutes, then try again."),
    (3600, "Wait an hour, then try again."),
)
_LONGER: Final = "Wait until tomorrow, then try again."


class TooMany(Refused):
    """There were too many tries in a short time."""

    code: ClassVar[str] = "shield.too_many"
    kind: ClassVar[Kind] = Kind.LIMITED
    hints: ClassVar[tuple[str, ...]] = (*(said for _, said in _HINTS), _LONGER)

    def __init__(self, wait_seconds: float = 60) -> None:
        """Take how long to wait; the hint says so in words, never less."""
        self.wait_seconds = max(1, ceil(wait_seconds))
        hint = next((said for most, said in _HINTS if self.wait_seconds <= most), _LONGER)
        super().__init__(hint=hint)


class TooFast(TooMany):
    """There were more requests in a short time than one caller may make."""

    code: ClassVar[str] = "shield.too_fast"


class ChallengeNeeded(Refused):
    """Before this try, your browser has a small task to solve, or you wait a moment."""

    code: ClassVar[str] = "shield.challenge_needed"
    kind: ClassVar[Kind] = Kind.LIMITED
    default_hint: ClassVar[str] = "Load the page again and follow what it says."


class NoSuchAlert(Refused):
    """There is no such alert, or somebody has settled it already."""

    code: ClassVar[str] = "shield.no_such_alert"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "See: candor alerts list"


class NoSuchMeasure(Refused):
    """This measure is not in force any more."""

    code: ClassVar[str] = "shield.no_such_measure"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class OwnAlert(Refused):
    """This alert is about you, so somebody else must look at it."""

    code: ClassVar[str] = "shield.own_alert"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = (
        "Ask a colleague who looks after security. Where there is none: candor alerts"
    )


class NoSuchCanary(Refused):
    """There is no such canary, or it was taken in already."""

    code: ClassVar[str] = "shield.no_such_canary"
    kind: ClassVar[Kind] = Kind.NOT_FOUND
    default_hint: ClassVar[str] = "See: candor canary list"


class ExportStopped(Refused):
    """Nothing is handed out in bulk for you at the moment, because of a security alert."""

    code: ClassVar[str] = "shield.export_stopped"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = "Speak with whoever looks after security: they can lift this."
