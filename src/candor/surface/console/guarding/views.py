"""What the page about a minor and their guardians needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from candor.surface.console.views import Option


@dataclass(frozen=True, slots=True)
class Appointed:
    """Somebody who may say yes for the person, or might once."""

    guardian_id: str
    code: str  # short form of the id
    since: datetime
    ended_at: datetime | None
    proof: str
    recorded_by: str


@dataclass(frozen=True, slots=True)
class GuardiansPage:
    """Template `console/guardians.html`. Nothing of the person is opened for it."""

    code: str  # short form of the id
    back_url: str
    capture_url: str
    post_url: str
    minor_until: date | None
    is_minor: bool
    guardians: tuple[Appointed, ...]
    kinds: tuple[Option, ...]  # of identifiers by which a guardian is found
    csrf_token: str
    values: Mapping[str, str] = field(default_factory=dict[str, str])  # what was typed
    errors: Mapping[str, str] = field(default_factory=dict[str, str])  # sentence by field
