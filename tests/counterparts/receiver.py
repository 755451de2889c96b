"""A receiver of signed webhooks, as somebody would write it after standardwebhooks.com.

Read 2026-11. Keeps people by the name that messages give them; hears each message id once; checks
signatures by code of its own, not by ours.
"""

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from typing_extensions import override

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.model.talk import Received, Value
from tests.counterparts.contract import Held
from tests.counterparts.serving import Answered, Asked, Fault, HttpCounterpart

SECRET: Final = "whsec_" + b64encode(b"s" * 32).decode()
HEARING: Final = "whsec_" + b64encode(b"h" * 32).decode()


def signature_of(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a message."""
    key = b64decode(secret.removeprefix("whsec_") if secret.startswith("whsec_") else b"")
    signed = message_id.encode() + b"." + timestamp.encode() + b"." + body
    return "v1," + b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Receiver(HttpCounterpart):
    """A receiver of one connection."""

    def __init__(self) -> None:
        """Begin with nobody."""
        super().__init__()
        self.held: dict[str, Held] = {}
        self.heard: set[str] = set()
        self.pings = 0
        self.answers: int = 204
        self._calls = 0

    @property
    @override
    def supported(self) -> frozenset[Fault]:
        # Whatever stands in an answer of success is nothing to whoever sent the message.
        return frozenset(Fault) - {Fault.GARBLED, Fault.ERROR_IN_200}

    @override
    async def answer(self, asked: Asked) -> Answered:
        message_id = asked.headers["webhook-id"]
        wanted = signature_of(
            SECRET, message_id, asked.headers["webhook-timestamp"], asked.body
        )
        if wanted not in asked.headers["webhook-signature"].split(" "):
            return Answered(401)
        message = asked.json()
        if message["type"] == "ping":
            self.pings += 1
        elif message_id not in self.heard:
            self.heard.add(message_id)
            self._keep(message["type"], message["data"])
        return Answered(self.answers)

    def _keep(self, kind: str, data: Mapping[str, object]) -> None:
        name = str(data["id"])
        if kind == "profile.removed":
            self.held.pop(name, None)
            return
        before = self.held.get(name, Held({}, {}))
        facts, choices = data["facts"], data["choices"]
        assert isinstance(facts, dict)
        assert isinstance(choices, dict)
        self.held[name] = Held({**before.facts, **facts}, {**before.choices, **choices})

    def people(self) -> Mapping[str, Held]:
        """Return whom it holds."""
        return self.held

    def change(
        self,
        remote_id: str,
        *,
        facts: Mapping[str, Value] | None = None,
        choices: Mapping[str, bool] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Let somebody there change a person."""
        del at
        held = self.held[remote_id]
        self.held[remote_id] = Held(
            {**held.facts, **(facts or {})}, {**held.choices, **(choices or {})}
        )

    def call(
        self, remote_id: str, line: Line, *, at: datetime, secret: str | None = None
    ) -> Received:
        """Return the call that says a person's choice is no."""
        data = {
            "id": remote_id,
            "choices": {"news": False},
            "chosen_at": {"news": at.isoformat()},
        }
        body = json.dumps(
            {"type": "profile.updated", "timestamp": at.isoformat(), "data": data}
        ).encode()
        return self._signed(body, line, at, HEARING if secret is None else secret)

    def call_with(self, body: bytes, line: Line, *, at: datetime) -> Received:
        """Return a call with any body, signed as it must be."""
        return self._signed(body, line, at, HEARING)

    def _signed(self, body: bytes, line: Line, at: datetime, secret: str) -> Received:
        self._calls += 1
        message_id, timestamp = f"msg_{self._calls}", str(int(at.timestamp()))
        signed = {
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature_of(secret, message_id, timestamp, body),
        }
        return Received("POST", line.callback_url, signed, body)
