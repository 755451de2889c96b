"""What the door is fed with: purchases of customers that it knows, one property sealed."""

import json
import random
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bench.client import post
from bench.result import SEED

CUSTOMERS = 5_000
_NOTES = (
    "Ring twice, the bell is quiet",
    "Please leave it with the neighbours on the left",
    "Second courtyard, then the green door",
    "Not before six in the evening",
)


def _now() -> datetime:
    return datetime.now(UTC)


def calls(name: str, number: int) -> list[dict[str, object]]:
    """Return `track` calls with distinct message ids: six properties, one of them personal."""
    dice = random.Random(f"{SEED} {name}")
    began = _now() - timedelta(minutes=10)
    return [
        {
            "type": "track",
            "messageId": f"{name}-{place:08d}",
            "userId": f"N{dice.randrange(CUSTOMERS):06d}",
            "event": "Order Completed",
            "timestamp": (began + timedelta(milliseconds=place)).isoformat(
                timespec="milliseconds"
            ),
            "properties": {
                "order_id": f"{name}-{place}",
                "store_id": f"S{dice.randrange(40):03d}",
                "revenue": dice.randrange(100, 20_000) / 100,
                "currency": "EUR",
                "payment_method": dice.choice(("card", "cash", "wallet", "invoice")),
                "delivery_note": dice.choice(_NOTES),
            },
        }
        for place in range(number)
    ]


def acquaintances() -> list[dict[str, object]]:
    """Return one `identify` call for each customer."""
    return [
        {"type": "identify", "messageId": f"hello-{n}", "userId": f"N{n:06d}"}
        for n in range(CUSTOMERS)
    ]


def singles(write_key: str, given: Sequence[dict[str, object]]) -> list[bytes]:
    """Return one request per call."""
    key = authorization(write_key)
    return [
        post(f"/v1/{call['type']}", json.dumps(call, separators=(",", ":")).encode(), key)
        for call in given
    ]


def batches(write_key: str, given: Sequence[dict[str, object]], size: int = 100) -> list[bytes]:
    """Return one request per hundred calls."""
    key = authorization(write_key)
    return [
        post(
            "/v1/batch",
            json.dumps({"batch": given[place : place + size]}, separators=(",", ":")).encode(),
            key,
        )
        for place in range(0, len(given), size)
    ]


def authorization(write_key: str) -> str:
    """Return the header that proves a source."""
    return "authorization: Basic " + b64encode(f"{write_key}:".encode()).decode()
