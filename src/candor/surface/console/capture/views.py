"""What the pages need on which a choice is written down for somebody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from candor.surface.console.views import Option


@dataclass(frozen=True, slots=True)
class Words:
    """A notice in full, as it is read out or stands on the paper."""

    title: str
    plain: str
    gain: str
    recipients: tuple[str, ...]
    data: tuple[str, ...]
    retention: str
    lasts: str
    company: str
    edition: int
    since: datetime
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class CapturePage:
    """Template `console/capture.html`. Nothing of the person is opened for it."""

    code: str  # short form of the id
    back_url: str
    url: str  # the page itself, for choosing purpose, language and words
    purposes: tuple[Option, ...]
    languages: tuple[Option, ...]
    editions: tuple[Option, ...]  # words of the purpose in the language, newest first
    purpose: str
    language: str
    notice: str
    words: Words | None
    means: tuple[Option, ...]
    colleagues: tuple[Option, ...]
    csrf_token: str
    guardians: tuple[Option, ...] = ()  # who may say yes for the person now
    values: Mapping[str, str] = field(default_factory=dict[str, str])  # what was typed
    errors: Mapping[str, str] = field(default_factory=dict[str, str])  # sentence by field
    zone: str = ""


@dataclass(frozen=True, slots=True)
class CapturedPage:
    """Template `console/captured.html`: what was written down, and its receipt."""

    code: str
    back_url: str
    again_url: str
    receipt_url: str
    purpose: str
    choice: str  # in words
    decided_at: datetime
    means: str
    is_allowed: bool
    reason: str  # why it is allowed now, or not
