"""Global Privacy Control in a header: exactly `1`, in any of several."""

from typing import Any

import msgspec
import pytest

from candor.domain.consent.service import signals
from candor.surface.plain.gpc import says_no
from tests.factories.house import VECTORS, find, fresh, order
from tests.web.intake.conftest import Sender


@pytest.mark.parametrize(
    "case", VECTORS["gpc_header_cases"], ids=lambda case: "|".join(case["headers"])
)
def test_a_header_counts_as_the_standard_says(case: dict[str, Any]) -> None:
    raw = [(b"host", b"x"), *((b"sec-gpc", value.encode()) for value in case["headers"])]
    assert says_no(raw) is bool(case["signal"])


async def heard(sender: Sender, number: str) -> list[str]:
    """Return what was heard of somebody."""
    profile = await find(sender.candor, "customer_number", number)
    async with sender.candor.database.read() as tx:
        return [one.kind for one in await signals.heard(tx, [profile])]


@pytest.mark.parametrize(
    ("value", "kinds"), [("1", ["gpc"]), ("0", []), ("1, 1", []), ("true", [])]
)
async def test_a_request_with_the_header_is_heard(
    sender: Sender, value: str, kinds: list[str]
) -> None:
    number = fresh("number")
    call = order(sender.candor, userId=number)
    body = msgspec.json.encode({"batch": [call]})
    answer = await sender.post("/v1/batch", body, **{"sec-gpc": value})
    assert answer.status_code == 200
    assert await heard(sender, number) == kinds


async def test_a_single_call_with_the_header_is_heard(sender: Sender) -> None:
    number = fresh("number")
    body = msgspec.json.encode({"type": "identify", "userId": number})
    assert (await sender.post("/v1/identify", body, **{"sec-gpc": "1"})).status_code == 200
    assert await heard(sender, number) == ["gpc"]


async def test_the_site_tells_that_it_listens(sender: Sender) -> None:
    answer = await sender.client.get("/.well-known/gpc.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["gpc"] is True
    assert len(answer.json()["lastUpdate"]) == len("2026-11-21")
