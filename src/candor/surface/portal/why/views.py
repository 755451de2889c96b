"""What the page Why did I get this? needs."""

from dataclasses import dataclass
from datetime import datetime

from candor.surface.portal.write.views import Option


@dataclass(frozen=True, slots=True)
class Ground:
    """One thing that an answer rests on."""

    said: str
    at: datetime | None
    where: str | None
    url: str  # where it stands, and can be changed
    link: str  # words of that link


@dataclass(frozen=True, slots=True)
class Because:
    """The gate's answer at this moment."""

    about: str  # what was asked, in words
    may_come: bool
    reason: str
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class WhyPage:
    """Template `portal/why.html`."""

    url: str
    topics: tuple[Option, ...]
    channels: tuple[Option, ...]
    purposes: tuple[Option, ...]
    topic: str | None  # what was chosen
    channel: str | None
    purpose: str | None
    now: datetime
    answer: Because | None
    back_url: str
