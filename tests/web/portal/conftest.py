"""Visitors of the portal: a browser each, without a network."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from uuid import UUID

import httpx
import pytest

from candor.app import Candor, web
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import sign_in_links

HOST = "http://localhost"
Visitors = Callable[[], "Visitor"]


class Visitor:
    """Somebody with a browser."""

    def __init__(self, candor: Candor, client: httpx.AsyncClient) -> None:
        self.candor = candor
        self.client = client

    async def get(self, path: str) -> httpx.Response:
        """Open an address; a redirection is not followed."""
        return await self.client.get(path)

    async def page(self, path: str) -> str:
        """Open an address that must be a page."""
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form."""
        return await self.client.post(path, data=fields, headers=headers)

    async def link(self, bearer_id: UUID, audience: Audience = Audience.CUSTOMER) -> str:
        """Make a sign-in link for somebody; return its token."""
        async with self.candor.database.tx() as tx:
            return await sign_in_links.make(
                tx, audience=audience, bearer_id=bearer_id, clock=self.candor.clock
            )

    async def sign_in(self, bearer_id: UUID) -> "Visitor":
        """Sign in as a customer, through the pages."""
        token = await self.link(bearer_id)
        form = await self.page(f"/me/sign-in/{token}")
        answer = await self.post("/me/sign-in", {"token": token, "csrf_token": csrf(form)})
        assert answer.status_code == 303, answer.text
        return self


def csrf(html: str) -> str:
    """Return the token that the forms of a page carry."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', html)
    assert found
    return found.group(1)


@pytest.fixture
async def visitors(candor: Candor) -> AsyncIterator[Visitors]:
    """Return a maker of browsers, each with cookies of its own."""
    app = web(candor)
    async with AsyncExitStack() as stack:
        clients: list[httpx.AsyncClient] = []

        def make() -> Visitor:
            transport = httpx.ASGITransport(app=app)  # pyright: ignore[reportArgumentType] - the same protocol under other names
            clients.append(httpx.AsyncClient(transport=transport, base_url=HOST))
            stack.push_async_callback(clients[-1].aclose)
            return Visitor(candor, clients[-1])

        yield make


@pytest.fixture
def visitor(visitors: Visitors) -> Visitor:
    """Return one browser."""
    return visitors()
