"""A system with a key of the API, at the real application, without a network."""

from collections.abc import AsyncIterator, Collection
from typing import Any

import httpx
import pytest

from candor.app import Candor, served
from candor.domain.access.model.keys import APIKey, Scope
from candor.domain.access.service import api_keys
from candor.kernel.ids import ProfileId, new_id
from candor.surface.api.v1.app import PREFIX
from tests.factories.house import TEST, make_person


class System:
    """Another system, with a key."""

    def __init__(
        self, candor: Candor, client: httpx.AsyncClient, secret: str, key: APIKey
    ) -> None:
        self.candor = candor
        self.client = client
        self.secret = secret
        self.key = key

    async def ask(
        self, method: str, path: str, json: object = None, **headers: str
    ) -> httpx.Response:
        """Send a request with the key."""
        given = {"authorization": f"Bearer {self.secret}"} | headers
        if json is None:
            return await self.client.request(method, PREFIX + path, headers=given)
        return await self.client.request(method, PREFIX + path, json=json, headers=given)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Read something."""
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, json: object, **headers: str) -> httpx.Response:
        """Send something."""
        return await self.ask("POST", path, json, **headers)

    async def put(self, path: str, json: object, **headers: str) -> httpx.Response:
        """Set something."""
        return await self.ask("PUT", path, json, **headers)

    async def told(self, method: str, path: str, json: object = None) -> Any:  # noqa: ANN401 - JSON
        """Return what is answered, which must be good."""
        answer = await self.ask(method, path, json)
        assert answer.status_code in {200, 201, 202}, answer.text
        return answer.json()

    def with_key(self, secret: str, key: APIKey) -> "System":
        """Return the same with another key."""
        return System(self.candor, self.client, secret, key)


async def issue(candor: Candor, scopes: Collection[Scope]) -> tuple[str, APIKey]:
    """Issue a key and commit."""
    async with candor.database.tx() as tx:
        return await api_keys.issue(
            tx,
            name="a system",
            scopes=scopes,
            source_code="shop",
            actor=TEST,
            clock=candor.clock,
        )


@pytest.fixture
async def system(candor: Candor) -> AsyncIterator[System]:
    """Return a system with a key that may do everything."""
    secret, key = await issue(candor, list(Scope))
    transport = httpx.ASGITransport(app=served(candor))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield System(candor, client, secret, key)


@pytest.fixture
async def ada(candor: Candor) -> ProfileId:
    """Return a known customer."""
    return await make_person(candor, number="A-1", email="ada@example.org")


def a_choice(candor: Candor, **changes: object) -> dict[str, object]:
    """Return a yes to the news."""
    return {
        "id": str(new_id()),
        "purpose": "news",
        "choice": "granted",
        "decided_at": candor.clock.now().isoformat(),
        "surface": "web_form",
        "edition": 1,
        **changes,
    }
