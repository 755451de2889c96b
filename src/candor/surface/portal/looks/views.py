"""What the page Who looked needs."""

from dataclasses import dataclass
from datetime import date, datetime

from candor.surface.portal.views import Pager


@dataclass(frozen=True, slots=True)
class Look:
    """A person looked."""

    at: datetime
    who: str  # role: "Customer service"; or "You"
    purpose: str
    fields: tuple[str, ...]
    is_refused: bool = False  # somebody tried and was not let in
    proof_url: str | None = None  # the line as a file, with the proof that it is in the log


@dataclass(frozen=True, slots=True)
class MachineLooks:
    """Readings or other acts on one day, folded together."""

    purpose: str  # or what was done
    times: int


@dataclass(frozen=True, slots=True)
class OwnLooks:
    """The person's own visits to these pages on one day, folded together."""

    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class LookDay:
    """One day."""

    day: date
    looks: tuple[Look, ...]
    machine: tuple[MachineLooks, ...]
    work: tuple[MachineLooks, ...] = ()  # what machines did without reading, such as joining
    own: OwnLooks | None = None
    acts: tuple[MachineLooks, ...] = ()  # what the person did themselves


@dataclass(frozen=True, slots=True)
class LooksPage:
    """Template `portal/looks.html`. Newest day first."""

    people: int  # looks by people in the last 30 days, as the letter counts them
    machines: int  # the same by machine
    days: tuple[LookDay, ...]
    pager: Pager
