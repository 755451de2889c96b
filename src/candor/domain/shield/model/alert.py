"""Alerts: what looked like an attack, and what people made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Severity(StrEnum):
    """How much of a hurry there is."""

    NOTICE = "notice"  # to be read when there is time; nobody is called
    WARNING = "warning"  # today
    CRITICAL = "critical"  # now


class Verdict(StrEnum):
    """What people found out."""

    ATTACK = "attack"
    MISTAKE = "mistake"
    EXPECTED = "expected"


class State(StrEnum):
    """Whether somebody has looked."""

    OPEN = "open"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. While it is open, what the same rule sees of the same actor is folded into it."""

    alert_id: UUID
    rule: str
    severity: str
    actor: str
    times: int
    first_at: datetime
    last_at: datetime
    first_entry: int | None
    last_entry: int | None
    detail: Mapping[str, int | str]
    state: str
    settled_by: UUID | None
    settled_at: datetime | None
    verdict: str | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counted:
    """Up to which entry a rule has counted against an actor."""

    rule: str
    actor: str
    last_entry: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many alerts are open, and how many of them are critical."""

    alerts: int
    critical: int
