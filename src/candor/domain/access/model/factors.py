"""What somebody of staff can prove themselves with, and acts upon it."""

import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

RECOVERY_CODES: Final = 10
_CODE_BYTES: Final = 15  # 120 bits: a plain hash of it is enough (ASVS 5.0 6.5.2)
_GROUP: Final = 4


class Change(StrEnum):
    """What changed in somebody's sign-in: each is told to them by mail (ASVS 5.0 6.3.7)."""

    JOINED = "joined"
    PASSWORD = "password"  # noqa: S105 - the name of a change
    TOTP = "totp"
    RECOVERY = "recovery"
    RECOVERY_USED = "recovery_used"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    RESET = "reset"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Password:
    """What a password is held against."""

    staff_id: UUID
    verifier: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Totp:
    """A confirmed authenticator app."""

    staff_id: UUID
    sealed: bytes
    confirmed_at: datetime
    last_step: int


@dataclass(frozen=True, slots=True)
class Factors:
    """What a member of staff can sign in with; counts and moments, no secret."""

    staff_id: UUID
    password_set_at: datetime | None
    totp_since: datetime | None
    recovery_left: int
    passkeys: int
    vouched: int  # identity providers that vouch for them

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing at all: only an invitation or a link lets them in."""
        return not (self.password_set_at or self.totp_since or self.passkeys or self.vouched)


@dataclass(frozen=True, slots=True)
class Weight:
    """What ends with somebody's leaving, as counts."""

    sessions: int
    passkeys: int
    permits: int
    proposals: int


def make_recovery_codes() -> list[str]:
    """Return fresh recovery codes, as they are shown."""
    return [_grouped(secrets.token_bytes(_CODE_BYTES)) for _ in range(RECOVERY_CODES)]


def recovery_text(code: str) -> str:
    """Return the form of a recovery code that is hashed, however it was typed."""
    return "".join(sign for sign in code.lower() if sign.isalnum())


def _grouped(raw: bytes) -> str:
    text = b32encode(raw).decode().lower()
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))
