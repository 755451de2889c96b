"""A controller whose processor we are, at the real application, without a network."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from candor.app import Candor, served
from candor.domain.access.model.keys import Scope
from candor.domain.access.service import api_keys
from candor.kernel.ids import ProfileId
from tests.factories.house import TEST, make_person

CONTROLLER = (Scope.RIGHTS_READ, Scope.RIGHTS_WRITE, Scope.RIGHTS_PROVE)


@dataclass
class Controller:
    """A controller with a key."""

    candor: Candor
    client: httpx.AsyncClient
    secret: str

    async def ask(
        self, method: str, path: str, json: object = None, content: bytes | None = None
    ) -> httpx.Response:
        """Send a request with the key."""
        headers = {"authorization": f"Bearer {self.secret}", "content-type": "application/json"}
        if content is not None:
            return await self.client.request(method, path, content=content, headers=headers)
        return await self.client.request(method, path, json=json, headers=headers)

    def request(self, kind: str = "erasure", **changes: object) -> dict[str, Any]:
        """Return a request about Ada, as Appendix B of our standards has it."""
        return {
            "regulation": "gdpr",
            "subject_request_id": str(uuid4()),
            "subject_request_type": kind,
            "submitted_time": self.candor.clock.now().isoformat(),
            "api_version": "2.0",
            "subject_identities": [
                {
                    "identity_type": "email",
                    "identity_value": "ada@example.org",
                    "identity_format": "raw",
                }
            ],
            "status_callback_urls": ["https://controller.example/opendsr/callbacks"],
            "extensions": {"processor.example": {"property_id": "42"}},
            **changes,
        }


@pytest.fixture
async def client(candor: Candor) -> AsyncIterator[httpx.AsyncClient]:
    """Return a way in."""
    transport = httpx.ASGITransport(app=served(candor))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def with_key(
    candor: Candor,
    client: httpx.AsyncClient,
    scopes: Collection[Scope] = CONTROLLER,
    source: str | None = "crm",
) -> Controller:
    """Return a controller with a new key."""
    async with candor.database.tx() as tx:
        secret, _ = await api_keys.issue(
            tx,
            name="a controller",
            scopes=scopes,
            source_code=source,
            actor=TEST,
            clock=candor.clock,
        )
    return Controller(candor, client, secret)


@pytest.fixture
async def controller(candor: Candor, client: httpx.AsyncClient) -> Controller:
    """Return a controller."""
    return await with_key(candor, client)


@pytest.fixture
async def ada(candor: Candor) -> ProfileId:
    """Return a known customer."""
    return await make_person(candor, number="A-1", email="ada@example.org")
