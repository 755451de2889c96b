"""An authorised agent as the protocol describes one, with PyNaCl: not our own reading of it."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from nacl.signing import SigningKey

from candor.app import Candor
from candor.domain.rights.service import agents
from tests.factories.house import TEST

BUSINESS = "BIZ_ONE"


@dataclass
class Agent:
    """An agent with a key of its own."""

    code: str = "AGENT_ONE"
    key: SigningKey = field(default_factory=SigningKey.generate)
    token: str = ""

    def signed(self, message: dict[str, Any]) -> bytes:
        """Return a message in combined mode."""
        return base64.b64encode(bytes(self.key.sign(json.dumps(message).encode())))

    def envelope(self, now: datetime, **more: object) -> dict[str, Any]:
        """Return a message of the present."""
        return {
            "agent-id": self.code,
            "business-id": BUSINESS,
            "issued-at": (now - timedelta(seconds=1)).astimezone(UTC).isoformat(),
            "expires-at": (now + timedelta(minutes=5)).astimezone(UTC).isoformat(),
            "drp.version": "1.0",
            **more,
        }

    @property
    def listed(self) -> dict[str, str]:
        """Return it as a directory does."""
        key = base64.b64encode(bytes(self.key.verify_key)).decode()
        return {"id": self.code, "name": "Agent of the test", "verify_key": key}


async def let_in(candor: Candor, agent: Agent, *, is_trusted: bool = False) -> None:
    """Let an agent ask, and commit."""
    text = json.dumps([agent.listed]).encode()
    trusted = {agent.code} if is_trusted else set[str]()
    async with candor.database.tx() as tx:
        await agents.read_in(tx, text, trusted=trusted, actor=TEST, clock=candor.clock)
