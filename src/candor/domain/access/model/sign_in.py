"""Members of staff, links and sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

LINK_LASTS: Final = timedelta(hours=12)
STAFF_SESSION_LASTS: Final = timedelta(hours=12)
STAFF_IDLE: Final = timedelta(hours=1)  # NIST SP 800-63B-4, AAL2
CUSTOMER_SESSION_LASTS: Final = timedelta(days=14)
PROOF_LASTS: Final = timedelta(minutes=15)  # so long a strong proof opens what is risky


class Method(StrEnum):
    """How somebody proved who they are."""

    LINK = "link"
    CODE = "code"
    PASSWORD = "password"  # noqa: S105 - the name of a method
    TOTP = "totp"
    RECOVERY = "recovery"
    PASSKEY = "passkey"
    OIDC = "oidc"


# A passkey is two factors at once (the device and what unlocks it); what else is strong is two.
SECOND: Final = frozenset({Method.TOTP, Method.RECOVERY})


class Audience(StrEnum):
    """On which side of the counter somebody stands."""

    STAFF = "staff"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff."""

    staff_id: UUID
    handle: str
    display_name: str
    role: str
    email: str | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A sign-in link, without its token."""

    audience: str
    bearer_id: UUID
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a sign-in comes from, as little of it as tells one from another.

    `device` is a kind of browser and system ("Firefox on Linux"), `network` a keyed hash of the
    network; None: not known.
    """

    device: str = ""
    network: bytes | None = None


NOWHERE: Final = Origin()


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in that stands."""

    session_hash: bytes
    audience: str
    bearer_id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    methods: list[str]
    proved_at: datetime | None
    network: bytes | None

    def is_proved(self, now: datetime, within: timedelta = PROOF_LASTS) -> bool:
        """Tell whether its bearer proved lately who they are, strongly enough for what is risky."""
        return self.proved_at is not None and now - self.proved_at <= within


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in of somebody, whether it stands or has ended."""

    session_hash: bytes
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    methods: list[str]
    device: str

    def ended_at(self, now: datetime) -> datetime | None:
        """Return when a customer's sign-in ended, by hand or by itself; None: it stands."""
        end = min(self.expires_at, self.last_seen_at + CUSTOMER_SESSION_LASTS)
        if self.revoked_at is not None and self.revoked_at <= end:
            return self.revoked_at
        return end if end <= now else None


def kind_of(device: str) -> str:
    """Return a kind of browser and system without a word of any language: "Firefox, Linux"."""
    return device.replace(" on ", ", ")
