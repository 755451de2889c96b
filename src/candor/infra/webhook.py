"""Signing what other systems are told, by Standard Webhooks (standardwebhooks.com, read 2026-11).

The receiver works out the same HMAC over `id.timestamp.body` and refuses what does not fit, or is
too old; the id lets it hear the same message once, however often it is sent.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime

from candor.infra.settings import Secret


def headers(secret: Secret, message_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """Return the headers that go with a message; `secret` is `whsec_` and base64."""
    timestamp = str(int(at.timestamp()))
    key = b64decode(secret.removeprefix("whsec_"))
    signed = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, "sha256")
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{b64encode(signed).decode()}",
    }
