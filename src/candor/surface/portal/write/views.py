"""What the pages How we write to you need."""

from dataclasses import dataclass
from datetime import date, datetime

from candor.surface.portal.views import Pager


@dataclass(frozen=True, slots=True)
class Option:
    """A line of a list."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class ChannelField:
    """How often one topic may come through one channel."""

    id: str  # of the field, once on the page
    name: str  # what the form sends: the code of the channel
    label: str
    chosen: str  # code of a frequency
    note: str | None  # why nothing comes this way whatever is chosen


@dataclass(frozen=True, slots=True)
class TopicCard:
    """One topic."""

    code: str
    title: str
    plain: str
    purpose: str  # title of what it is for
    purpose_url: str
    is_allowed: bool  # the purpose is on; if not, nothing comes whatever is chosen
    fields: tuple[ChannelField, ...]
    is_done: bool  # has just been saved


@dataclass(frozen=True, slots=True)
class ShutChannel:
    """A channel that something closed."""

    code: str
    title: str
    happened: str
    at: datetime | None
    lift: str  # how it opens again
    can_open: bool  # by a button here


@dataclass(frozen=True, slots=True)
class WishLine:
    """One preference in the history."""

    key: str
    said: str
    at: datetime
    where: str


@dataclass(frozen=True, slots=True)
class WritePage:
    """Template `portal/write.html`."""

    topics: tuple[TopicCard, ...]
    frequencies: tuple[Option, ...]
    post_url: str  # where forms go; each adds what it does
    done: str | None  # what has just been done, in words
    undo_token: str | None
    can_stop: bool  # something is open
    paused_until: datetime | None
    pauses: tuple[Option, ...]
    earliest: date  # a pause may end between these days
    latest: date
    quiet: str  # the quiet hours in words
    quiet_from: str  # code of an hour
    quiet_to: str
    has_quiet: bool
    zone: str
    hours: tuple[Option, ...]
    shut: tuple[ShutChannel, ...]
    history: tuple[WishLine, ...]
    history_url: str | None
    why_url: str
    is_restricted: bool = False


@dataclass(frozen=True, slots=True)
class WishesPage:
    """Template `portal/wishes.html`: everything that was said about messages."""

    lines: tuple[WishLine, ...]
    back_url: str
    pager: Pager
