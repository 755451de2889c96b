"""Whoever may knock: somebody with a cookie, a system with a key, or nobody.

Each request is sent as it stands, with nothing remembered from the one before, and from an
address of its own, so that a thousand of them are a thousand callers and nobody is slowed down.
"""

import base64
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from uuid import UUID

import httpx

from candor.app import Candor, served, services_of
from candor.domain.access.model.sign_in import Audience, Method
from candor.domain.access.service import sessions
from candor.surface.plain.visits import Visits

HOST: Final = "http://localhost"
_addresses = count(1)


@dataclass(frozen=True, slots=True)
class Caller:
    """What somebody sends along with each request."""

    headers: dict[str, str] = field(default_factory=dict[str, str])
    csrf_token: str = ""  # of their forms


NOBODY: Final = Caller()


class Street:
    """In front of one installation: whoever calls, calls from here."""

    def __init__(self, candor: Candor) -> None:
        """Make the application once."""
        self.candor = candor
        self.app = served(candor)
        self._visits = Visits(services_of(candor))
        self._transport = httpx.ASGITransport(app=self.app)
        self._client = httpx.AsyncClient(transport=self._transport, base_url=HOST)

    async def close(self) -> None:
        """End it."""
        await self._client.aclose()

    async def ask(
        self,
        caller: Caller,
        method: str,
        path: str,
        **given: Any,  # noqa: ANN401 - as httpx has it
    ) -> httpx.Response:
        """Send one request; `given` is what httpx takes."""
        number = next(_addresses)
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        self._transport.client = (address, 1)
        self._client.cookies.clear()
        headers = caller.headers | given.pop("headers", {})
        return await self._client.request(method, path, headers=headers, **given)

    async def send(
        self, caller: Caller, path: str, fields: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send a form of theirs."""
        return await self.ask(
            caller, "POST", path, data={**(fields or {}), "csrf_token": caller.csrf_token}
        )

    async def visitor(
        self, audience: Audience, bearer_id: UUID, *, is_proved: bool = False
    ) -> Caller:
        """Let somebody sign in; return them with the cookie of a session that began now."""
        async with self.candor.database.tx() as tx:
            secret = await sessions.begin(
                tx,
                audience=audience,
                bearer_id=bearer_id,
                methods=[Method.PASSKEY if is_proved else Method.LINK],
                is_strong=is_proved,
                clock=self.candor.clock,
            )
        return self.with_cookie(audience, secret)

    def with_cookie(self, audience: Audience, secret: str) -> Caller:
        """Return somebody who shows a secret as the cookie of an audience."""
        cookie = f"{self._visits.cookie_name(audience)}={secret}"
        return Caller({"cookie": cookie}, self._visits.token(secret))


def with_key(secret: str) -> Caller:
    """Return a system with a key of the API."""
    return Caller({"authorization": f"Bearer {secret}"})


def with_write_key(key: str) -> Caller:
    """Return a source with a write key."""
    text = base64.b64encode(f"{key}:".encode()).decode()
    return Caller({"authorization": f"Basic {text}"})
