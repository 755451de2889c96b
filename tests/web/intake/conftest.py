"""A sender with a write key, at the real application, without a network."""

import base64
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from candor.app import Candor, served
from candor.domain.access.service import write_keys
from candor.domain.collect.service import read
from tests.factories.house import TEST, body_of


class Sender:
    """A source's SDK."""

    def __init__(self, candor: Candor, client: httpx.AsyncClient, key: str) -> None:
        self.candor = candor
        self.client = client
        self.key = key

    @property
    def authorization(self) -> str:
        """Return the header with the write key."""
        return "Basic " + base64.b64encode(f"{self.key}:".encode()).decode()

    async def post(self, path: str, body: bytes, **headers: str) -> httpx.Response:
        """Send bytes with the write key."""
        given = {"authorization": self.authorization} | headers
        return await self.client.post(path, content=body, headers=given)

    async def batch(self, *calls: Mapping[str, Any], **envelope: object) -> httpx.Response:
        """Send a batch."""
        return await self.post("/v1/batch", body_of(*calls, **envelope))

    async def stored(self) -> int:
        """Return how many events are kept."""
        async with self.candor.database.read() as tx:
            return (await read.totals(tx)).events

    async def counted(self) -> dict[str, int]:
        """Return what the door counted, by outcome."""
        async with self.candor.database.read() as tx:
            rows = await read.counters(tx, since=self.candor.clock.now())
        found: dict[str, int] = {}
        for row in rows:
            found[row.outcome] = found.get(row.outcome, 0) + row.count
        return found


@pytest.fixture
async def sender(candor: Candor) -> AsyncIterator[Sender]:
    """Return a sender with the key of the shop."""
    async with candor.database.tx() as tx:
        key = await write_keys.issue(tx, source_code="shop", actor=TEST, clock=candor.clock)
    transport = httpx.ASGITransport(app=served(candor))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield Sender(candor, client, key)
