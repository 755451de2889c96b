"""Whoever asks too fast is told so, and nobody else is slowed."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from candor.app import Candor, served
from candor.domain.access.model.keys import Scope
from candor.domain.access.service import api_keys, write_keys
from candor.kernel.clock import FixedClock
from candor.surface.api.v1.app import PREFIX
from tests.factories.house import TEST, body_of, order

NEAR = "203.0.113.5"
FAR = "198.51.100.9"


@asynccontextmanager
async def asking(candor: Candor) -> AsyncGenerator[httpx.AsyncClient]:
    """Return a client of an installation with low limits, behind one proxy."""
    settings = replace(candor.settings, trusted_proxies=1, web_limit=60, api_limit=100)
    transport = httpx.ASGITransport(app=served(replace(candor, settings=settings)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


def of(address: str, **headers: str) -> dict[str, str]:
    """Return the headers of a request from an address, as our proxy passes it on."""
    return {"x-forwarded-for": address, **headers}


@pytest.mark.asvs("2.4.1", "15.2.2")
async def test_an_address_may_ask_for_so_many_pages_a_minute(
    candor: Candor, clock: FixedClock
) -> None:
    async with asking(candor) as client:
        got = [await client.get("/trust", headers=of(NEAR)) for _ in range(61)]
        assert [one.status_code for one in got] == [200] * 60 + [429]
        assert got[-1].headers["retry-after"] == "1"
        assert "Wait a minute" in got[-1].text
        spoofed = of(f"{FAR}, {NEAR}")  # what a client claims stands to the left
        assert (await client.get("/trust", headers=spoofed)).status_code == 429
        assert (await client.get("/trust", headers=of(FAR))).status_code == 200
        assert (await client.get("/static/base.css", headers=of(NEAR))).status_code == 200
        clock.advance(timedelta(seconds=1))
        assert (await client.get("/trust", headers=of(NEAR))).status_code == 200


async def test_forms_of_strangers_are_slower_but_for_stopping_mail(candor: Candor) -> None:
    async with asking(candor) as client:
        got = [
            (await client.post("/console/sign-in", headers=of(NEAR))).status_code
            for _ in range(5)
        ]
        assert got[:3] == [403] * 3  # no form of ours
        assert got[3:] == [429] * 2
        stops = [(await client.post("/u/none", headers=of(NEAR))).status_code for _ in range(5)]
        assert 429 not in stops


@pytest.mark.asvs("2.4.1")
async def test_a_key_may_call_so_often_a_minute_and_others_go_on(
    candor: Candor, clock: FixedClock
) -> None:
    secrets: list[str] = []
    async with candor.database.tx() as tx:
        for name in ("busy", "calm"):
            secret, _ = await api_keys.issue(
                tx, name=name, scopes=[Scope.PURPOSES_READ], source_code="shop",
                actor=TEST, clock=clock,
            )  # fmt: skip
            secrets.append(secret)
    busy, calm = (of(NEAR, authorization=f"Bearer {secret}") for secret in secrets)
    async with asking(candor) as client:
        got = [await client.get(f"{PREFIX}/purposes", headers=busy) for _ in range(11)]
        assert [one.status_code for one in got] == [200] * 10 + [429]
        assert got[-1].headers["content-type"] == "application/problem+json"
        assert got[-1].json()["code"] == "shield.too_fast"
        assert int(got[-1].headers["retry-after"]) == 6
        assert (await client.get(f"{PREFIX}/purposes", headers=calm)).status_code == 200
        clock.advance(timedelta(seconds=6))
        assert (await client.get(f"{PREFIX}/purposes", headers=busy)).status_code == 200


@pytest.mark.asvs("2.4.1", "6.3.1")
async def test_an_address_that_tries_keys_is_not_looked_up_any_more(candor: Candor) -> None:
    async with candor.database.tx() as tx:
        key = await write_keys.issue(tx, source_code="shop", actor=TEST, clock=candor.clock)
    body = body_of(order(candor, anonymousId="a1"))
    async with asking(candor) as client:

        async def send(user: str, address: str) -> int:
            answer = await client.post(
                "/v1/batch", content=body, auth=(user, ""), headers=of(address)
            )
            return answer.status_code

        assert await send(key, NEAR) == 200
        tried = [await send(f"guess{number}", NEAR) for number in range(35)]
        assert tried == [401] * 30 + [429] * 5
        assert await send(key, NEAR) == 200  # who is known goes on
        assert await send("guess", FAR) == 401
        calls = [
            await client.get(
                f"{PREFIX}/purposes", headers=of(FAR, authorization=f"Bearer cdr_{number}")
            )
            for number in range(32)
        ]
        assert [one.status_code for one in calls] == [401] * 29 + [429] * 3
