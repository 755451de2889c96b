"""What the pages of the API's keys need. The secret of a key is nowhere: only its hash is kept."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key."""

    name: str
    hint: str  # its first signs
    scopes: tuple[str, ...]
    source: str | None  # in whose name it records
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime
    revoked_at: datetime | None
    state: str  # "works", "ends soon", "suspended", "ended" or "revoked"
    tone: str
    revoke_url: str | None  # asks once more; none when it opens nothing or without permission


@dataclass(frozen=True, slots=True)
class KeysPage:
    """Template `console/keys.html`."""

    keys: tuple[KeyLine, ...]


@dataclass(frozen=True, slots=True)
class RevokePage:
    """Template `console/revoke_key.html`: says what taking a key back does."""

    key: KeyLine
    post_url: str
    back_url: str
    csrf_token: str
