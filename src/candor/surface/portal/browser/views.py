"""What the page Messages in this browser needs."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BrowserLine:
    """One browser that takes messages. We know its kind and system, and nothing finer."""

    which: str  # names it in the form that stops it
    device: str  # "Firefox, Linux"; empty when the browser did not say
    added_at: datetime
    used_at: datetime | None  # when it last took a message
    is_this: bool  # the one that reads this page


@dataclass(frozen=True, slots=True)
class TopicLine:
    """What a topic may send to browsers, as the gate would decide."""

    title: str
    said: str  # "at most once a week", or why nothing comes
    is_open: bool


@dataclass(frozen=True, slots=True)
class BrowserPage:
    """Template `portal/browser.html`."""

    key: (
        str | None
    )  # whose messages a browser is to take; none: nothing is sent to browsers now
    worker_url: str
    post_url: str
    stop_url: str
    test_url: str
    lines: tuple[BrowserLine, ...]
    topics: tuple[TopicLine, ...]
    note: str | None  # why nothing comes for now, whatever is chosen
    write_url: str
    allow_url: str
    done: str | None = None  # what was done a moment ago, as a sentence
    tone: str = "good"  # of that

    @property
    def is_here(self) -> bool:
        """Tell whether the browser that reads this page is among them."""
        return any(line.is_this for line in self.lines)
