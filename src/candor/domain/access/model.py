"""Roles and what they may do; sessions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

LINK_LASTS: Final = timedelta(hours=12)
STAFF_SESSION_LASTS: Final = timedelta(hours=12)
API_KEY_LASTS: Final = timedelta(days=365)
API_KEY_LASTS_AT_MOST: Final = timedelta(days=730)
API_KEY_GRACE: Final = timedelta(hours=24)  # so long does a key work beside its successor
STAFF_IDLE: Final = timedelta(hours=1)  # NIST SP 800-63B-4, AAL2
CUSTOMER_SESSION_LASTS: Final = timedelta(days=14)


class Audience(StrEnum):
    """On which side of the counter somebody stands."""

    STAFF = "staff"
    CUSTOMER = "customer"


class Role(StrEnum):
    """What somebody works as."""

    ADMIN = "admin"
    PRIVACY = "privacy"
    SECURITY = "security"
    MARKETING = "marketing"
    LOYALTY = "loyalty"
    SUPPORT = "support"
    INTEGRATION = "integration"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What can be permitted: resource and action."""

    TODAY_READ = "today:read"
    PEOPLE_READ = "people:read"
    PEOPLE_UNMERGE = "people:unmerge"
    CONSENT_RECORD = "consent:record"
    CONSENT_FIGURES = "consent:figures"
    CONSENT_REGIME = "consent:regime"
    REVIEWS_SETTLE = "reviews:settle"
    DOOR_READ = "door:read"
    CATALOGUE_READ = "catalogue:read"
    AUDIT_READ = "audit:read"
    KEYS_READ = "keys:read"
    KEYS_MANAGE = "keys:manage"


class Scope(StrEnum):
    """What a key of the API may do: each names a thing and what is done with it."""

    DECISIONS_READ = "decisions:read"
    CHOICES_READ = "choices:read"
    CHOICES_WRITE = "choices:write"
    GUARDIANS_READ = "guardians:read"
    GUARDIANS_WRITE = "guardians:write"
    PREFERENCES_READ = "preferences:read"
    PREFERENCES_WRITE = "preferences:write"
    SIGNALS_WRITE = "signals:write"
    RECEIPTS_READ = "receipts:read"
    PURPOSES_READ = "purposes:read"
    PEOPLE_FIND = "people:find"
    WIDGET_ISSUE = "widget:issue"
    CONTACTS_WRITE = "contacts:write"


_ALL: Final = frozenset(Permission)

# Marketing and loyalty see counts and never a person; the auditor sees everything but people.
PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.ADMIN: _ALL,
    Role.PRIVACY: _ALL - {Permission.KEYS_MANAGE},
    Role.SECURITY: frozenset(
        {
            Permission.TODAY_READ,
            Permission.PEOPLE_READ,
            Permission.DOOR_READ,
            Permission.CATALOGUE_READ,
            Permission.AUDIT_READ,
            Permission.KEYS_READ,
        }
    ),
    Role.MARKETING: frozenset(
        {Permission.TODAY_READ, Permission.CONSENT_FIGURES, Permission.CATALOGUE_READ}
    ),
    Role.LOYALTY: frozenset(
        {Permission.TODAY_READ, Permission.CONSENT_FIGURES, Permission.CATALOGUE_READ}
    ),
    Role.SUPPORT: frozenset(
        {
            Permission.TODAY_READ,
            Permission.PEOPLE_READ,
            Permission.CONSENT_RECORD,
            Permission.CATALOGUE_READ,
        }
    ),
    Role.INTEGRATION: frozenset(
        {
            Permission.TODAY_READ,
            Permission.DOOR_READ,
            Permission.CATALOGUE_READ,
            Permission.KEYS_READ,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.TODAY_READ,
            Permission.CONSENT_FIGURES,
            Permission.DOOR_READ,
            Permission.CATALOGUE_READ,
            Permission.AUDIT_READ,
            Permission.KEYS_READ,
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff."""

    staff_id: UUID
    handle: str
    display_name: str
    role: str


@dataclass(frozen=True, slots=True)
class Link:
    """A sign-in link, without its token."""

    audience: str
    bearer_id: UUID
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in that stands."""

    session_hash: bytes
    audience: str
    bearer_id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in of somebody, whether it stands or has ended."""

    session_hash: bytes
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def ended_at(self, now: datetime) -> datetime | None:
        """Return when a customer's sign-in ended, by hand or by itself; None: it stands."""
        end = min(self.expires_at, self.last_seen_at + CUSTOMER_SESSION_LASTS)
        if self.revoked_at is not None and self.revoked_at <= end:
            return self.revoked_at
        return end if end <= now else None


@dataclass(frozen=True, slots=True)
class APIKey:
    """A key of the API, without its secret."""

    key_id: UUID
    name: str
    scopes: list[str]
    source_code: str | None
    hint: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    def works_at(self, now: datetime) -> bool:
        """Tell whether the key opens anything at an instant."""
        return self.revoked_at is None and self.expires_at > now


def may(role: str, permission: Permission) -> bool:
    """Tell whether a role includes a permission; an unknown role includes nothing."""
    return role in set(Role) and permission in PERMISSIONS[Role(role)]
