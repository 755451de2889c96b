"""A page of the company, as its scripts see Candor."""

from collections.abc import AsyncIterator

import httpx
import pytest

from candor.app import Candor, web

HOST = "http://localhost"


@pytest.fixture
async def script(candor: Candor) -> AsyncIterator[httpx.AsyncClient]:
    """Return a browser without a cookie, without a network."""
    transport = httpx.ASGITransport(app=web(candor))  # pyright: ignore[reportArgumentType] - the same protocol under other names
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        yield client
