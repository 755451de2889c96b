"""What the door refuses as a whole. Single bad events are counted and sampled instead."""

from typing import ClassVar

from candor.kernel.errors import Kind, Refused


class BadRequest(Refused):
    """The request cannot be read."""

    code: ClassVar[str] = "collect.unreadable"


class TooLarge(Refused):
    """The request is larger than the door takes."""

    code: ClassVar[str] = "collect.too_large"
    default_hint: ClassVar[str] = "At most 500 KB and 2,500 events per batch, 32 KB per event."


class Busy(Refused):
    """More is coming in than can be written down."""

    code: ClassVar[str] = "collect.busy"
    kind: ClassVar[Kind] = Kind.LIMITED
    default_hint: ClassVar[str] = "Send the same again after a second; nothing was lost."


class EventRefused(Refused):
    """This event was refused."""

    code: ClassVar[str] = "collect.event_refused"

    def __init__(self, reason: str, message: str, what: str = "") -> None:
        """Take the code of the reason, what was wrong, and the declared name of the event."""
        super().__init__(message)
        self.reason = reason
        self.what = what
