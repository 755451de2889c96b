"""What the page of the vault's keys needs. No secret is ever part of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class EpochLine:
    """The life of one key that wraps others."""

    number: int
    opened_at: datetime
    closed_at: datetime | None
    keys: int
    ends_at: datetime | None  # when it was or will be destroyed
    state: str  # "open", "closed" or "destroyed"


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A fixed key and the version of it that is in use."""

    does: str
    command: str  # what changes it
    version: int
    since: datetime | None
    is_moving: bool  # something still depends on the one before


@dataclass(frozen=True, slots=True)
class VaultKeysPage:
    """Template `console/vault_keys.html`. `trouble` and its hint: what is wrong just now."""

    about: str
    fingerprint: str
    trouble: str | None
    hint: str | None
    keys: int
    left: int
    lasts_days: int
    unreadable_by: datetime | None
    needs_copies: bool
    confirmed_at: datetime | None
    copy: str  # of the epochs: "none", "behind" or "well"
    epochs: tuple[EpochLine, ...]
    destroyed: int
    versions: tuple[VersionLine, ...]
