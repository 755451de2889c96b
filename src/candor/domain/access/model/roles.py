"""Roles, what can be permitted, and who may what."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


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
    STAFF_READ = "staff:read"
    STAFF_MANAGE = "staff:manage"
    PROPOSALS_READ = "proposals:read"
    PROPOSALS_DECIDE = "proposals:decide"
    BACKUPS_READ = "backups:read"
    BACKUPS_MANAGE = "backups:manage"
    ALERTS_READ = "alerts:read"
    ALERTS_SETTLE = "alerts:settle"
    CANARIES_MANAGE = "canaries:manage"
    REQUESTS_READ = "requests:read"
    REQUESTS_CAPTURE = "requests:capture"
    REQUESTS_WORK = "requests:work"
    HOLDS_MANAGE = "holds:manage"
    RETENTION_READ = "retention:read"
    RETENTION_RUN = "retention:run"
    AGENTS_MANAGE = "agents:manage"  # agents, and systems that are told of requests
    CONNECTIONS_READ = "connections:read"
    CONNECTIONS_MANAGE = "connections:manage"
    VENDORS_READ = "vendors:read"
    VENDORS_MANAGE = "vendors:manage"
    PEOPLE_BULK = "people:bulk"  # by no role: only by a permit, for some hours


_ALL: Final = frozenset(Permission) - {Permission.PEOPLE_BULK}


# Marketing and loyalty see counts and never a person; the auditor sees everything but people.
PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.ADMIN: _ALL,
    Role.PRIVACY: _ALL
    - {
        Permission.KEYS_MANAGE,
        Permission.STAFF_MANAGE,
        Permission.CANARIES_MANAGE,
        Permission.BACKUPS_MANAGE,
    },
    Role.SECURITY: frozenset(
        {
            Permission.TODAY_READ,
            Permission.PEOPLE_READ,
            Permission.DOOR_READ,
            Permission.CATALOGUE_READ,
            Permission.AUDIT_READ,
            Permission.KEYS_READ,
            Permission.KEYS_MANAGE,
            Permission.STAFF_READ,
            Permission.STAFF_MANAGE,
            Permission.PROPOSALS_READ,
            Permission.PROPOSALS_DECIDE,
            Permission.BACKUPS_READ,
            Permission.BACKUPS_MANAGE,
            Permission.ALERTS_READ,
            Permission.ALERTS_SETTLE,
            Permission.CANARIES_MANAGE,
            Permission.CONNECTIONS_READ,
            Permission.VENDORS_READ,
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
            Permission.PROPOSALS_READ,
            Permission.REQUESTS_READ,
            Permission.REQUESTS_CAPTURE,
        }
    ),
    Role.INTEGRATION: frozenset(
        {
            Permission.TODAY_READ,
            Permission.DOOR_READ,
            Permission.CATALOGUE_READ,
            Permission.KEYS_READ,
            Permission.CONNECTIONS_READ,
            Permission.CONNECTIONS_MANAGE,
            Permission.VENDORS_READ,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.TODAY_READ,
            Permission.CONSENT_FIGURES,
            Permission.DOOR_READ,
            Permission.CATALOGUE_READ,
            Permission.AUDIT_READ,
            Permission.BACKUPS_READ,
            Permission.ALERTS_READ,
            Permission.KEYS_READ,
            Permission.STAFF_READ,
            Permission.PROPOSALS_READ,
            Permission.REQUESTS_READ,
            Permission.RETENTION_READ,
            Permission.CONNECTIONS_READ,
            Permission.VENDORS_READ,
        }
    ),
}


def may(role: str, permission: Permission) -> bool:
    """Tell whether a role includes a permission; an unknown role includes nothing."""
    return role in set(Role) and permission in PERMISSIONS[Role(role)]
