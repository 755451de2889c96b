"""An agent at the real application, without a network."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from candor.app import Candor, served
from candor.infra.http import Outbound
from candor.kernel.ids import ProfileId
from candor.surface.api.drp.app import PREFIX
from tests.factories.agents import BUSINESS, Agent, let_in
from tests.factories.house import make_person

INSIDE = "inside.internal:9000"  # what the operator allowed to connections of staff


@dataclass
class Caller:
    """An agent that calls."""

    candor: Candor
    client: httpx.AsyncClient
    agent: Agent = field(default_factory=Agent)

    async def send(
        self, method: str, path: str, body: bytes = b"", token: str | None = None
    ) -> httpx.Response:
        """Send bytes, with the token."""
        given = self.agent.token if token is None else token
        headers = {"authorization": f"Bearer {given}"} if given else {}
        return await self.client.request(
            method,
            PREFIX + path,
            content=body,
            headers={"content-type": "text/plain", **headers},
        )

    async def pair(self) -> httpx.Response:
        """Ask for a token, and keep it."""
        now = self.candor.clock.now()
        body = self.agent.signed(self.agent.envelope(now))
        answer = await self.send("POST", f"/agent/{self.agent.code}", body)
        if answer.status_code == 200:
            self.agent.token = answer.json()["token"]
        return answer

    def message(self, exercise: str, **more: object) -> dict[str, Any]:
        """Return a message that exercises a right for Ada."""
        usual = {"email": "ada@example.org", "email_verified": True, "regime": "ccpa"}
        now = self.candor.clock.now()
        return self.agent.envelope(now, exercise=exercise, **(usual | more))

    async def exercise(self, exercise: str, **more: object) -> httpx.Response:
        """Exercise a right for Ada."""
        body = self.agent.signed(self.message(exercise, **more))
        return await self.send("POST", "/data-rights-request", body)


@pytest.fixture
def house(candor: Candor) -> Candor:
    """Return a company that agents know."""
    return replace(
        candor,
        settings=replace(candor.settings, drp_business_id=BUSINESS),
        outbound=Outbound(allowed_private=[INSIDE]),
    )


@pytest.fixture
async def client(house: Candor) -> AsyncIterator[httpx.AsyncClient]:
    """Return a way in."""
    transport = httpx.ASGITransport(app=served(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
async def caller(house: Candor, client: httpx.AsyncClient) -> Caller:
    """Return an agent that was let in, and has its token."""
    caller = Caller(house, client)
    await let_in(house, caller.agent)
    assert (await caller.pair()).status_code == 200
    return caller


@pytest.fixture
async def trusted(house: Candor, client: httpx.AsyncClient) -> Caller:
    """Return an agent whose word counts."""
    caller = Caller(house, client, Agent("TRUSTED_AGENT"))
    await let_in(house, caller.agent, is_trusted=True)
    assert (await caller.pair()).status_code == 200
    return caller


@pytest.fixture
async def ada(house: Candor) -> ProfileId:
    """Return a known customer, of California."""
    return await make_person(house, source="far", number="A-1", email="ada@example.org")
