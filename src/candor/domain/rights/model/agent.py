"""Authorised agents: who asks for people in their name (CCPA regulations 7063)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
KEY_BYTES: Final = 32  # an Ed25519 public key


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent. Fields as the columns of `rights.agent` say; the token only as its hash."""

    agent_id: UUID
    code: str
    name: str
    web_url: str
    verify_key: bytes
    token_hash: bytes | None
    token_at: datetime | None
    is_trusted: bool
    added_by: str
    added_at: datetime
    ended_at: datetime | None

    @property
    def is_welcome(self) -> bool:
        """Tell whether it may ask."""
        return self.ended_at is None
