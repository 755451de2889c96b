"""What the page behind the link of a message needs. It never says whose link it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StopWay:
    """One button: how much stops."""

    code: str
    label: str
    plain: str  # what happens then


@dataclass(frozen=True, slots=True)
class UnsubscribePage:
    """Template `portal/unsubscribe.html`. Opening it changes nothing; its buttons do."""

    state: str  # "ask", "done", "undone", "kept" (nothing to take back), "spent" or "unknown"
    home_url: str
    post_url: str = ""
    about: str = ""  # what the message was about
    ways: tuple[StopWay, ...] = ()
    done: str = ""  # what stopped
    undo_token: str | None = None
    csrf_token: str = ""
    contact: str = ""
