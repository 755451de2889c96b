"""Keys of the API, and what is kept of a secret."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

API_KEY_LASTS: Final = timedelta(days=365)
API_KEY_LASTS_AT_MOST: Final = timedelta(days=730)
API_KEY_GRACE: Final = timedelta(hours=24)  # so long does a key work beside its successor


API_KEY_PREFIX: Final = "cdr_"  # lets scanners for leaked secrets recognise it


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
    LOG_READ = "log:read"
    RIGHTS_READ = "rights:read"
    RIGHTS_WRITE = "rights:write"
    RIGHTS_PROVE = "rights:prove"  # its word that somebody is who they are counts
    DECISIONS_RECORD = "decisions:record"  # decisions by machine
    TOMBSTONES_LIFT = "tombstones:lift"
    CONNECTIONS_READ = "connections:read"
    CONNECTIONS_MANAGE = "connections:manage"


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
    suspended_at: datetime | None = None  # since when it is stopped until somebody has looked
    made_by: UUID | None = None  # the member of staff who answers for it; None: the server

    def works_at(self, now: datetime) -> bool:
        """Tell whether the key opens anything at an instant."""
        return self.revoked_at is None and self.suspended_at is None and self.expires_at > now


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A key that works and that a member of staff answers for."""

    kind: str  # "api" or "write"
    ref: str  # how a page names it: an id, or first signs of a hash; of no use to anybody
    name: str  # what it is used for, or the source that it opens the door for


def hash_of(secret: str) -> bytes:
    """Return what is kept of a secret that we made: it has 256 bits of entropy."""
    return hashlib.sha256(secret.encode()).digest()
