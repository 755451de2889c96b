"""What every answer says of its way, from whichever surface it comes."""

from dataclasses import replace
from datetime import datetime

import httpx
import pytest

from candor.app import Candor, served

HSTS = "max-age=63072000; includeSubDomains"


async def ask(candor: Candor, path: str, public_url: str) -> httpx.Response:
    """Ask as somebody whom the company reaches under an address."""
    there = replace(candor, settings=replace(candor.settings, public_url=public_url))
    transport = httpx.ASGITransport(app=served(there))
    async with httpx.AsyncClient(transport=transport, base_url=public_url) as client:
        return await client.get(path)


@pytest.mark.asvs("3.4.1")
@pytest.mark.parametrize(
    "path",
    ["/me/sign-in", "/console/sign-in", "/trust", "/v1/nothing", "/api/v1/nothing", "/x"],
)
async def test_over_tls_a_browser_is_told_to_stay_with_it(candor: Candor, path: str) -> None:
    answer = await ask(candor, path, "https://shop.example")
    assert answer.headers.get_list("strict-transport-security") == [HSTS]
    plain = await ask(candor, path, "http://localhost:8700")
    assert "strict-transport-security" not in plain.headers


async def test_whom_to_tell_about_a_weakness(candor: Candor) -> None:
    answer = await ask(candor, "/.well-known/security.txt", "https://shop.example")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert lines["Contact"] == f"mailto:{candor.settings.contact}"
    assert lines["Canonical"] == "https://shop.example/.well-known/security.txt"
    left = datetime.fromisoformat(lines["Expires"]) - candor.clock.now()
    assert 100 < left.days < 366
