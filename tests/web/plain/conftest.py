"""One browser over TLS in which a member of staff and a customer are signed in, and every route."""

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from candor.app import Candor, served, web
from candor.domain.access.model.roles import Permission, Role, may
from candor.domain.access.model.sign_in import Audience, Method
from candor.domain.access.service import members, sessions
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import make_person

SITE: Final = "https://shop.example"
PLANTED: Final = "<b>{{7191*3}}{%x%}</b>"  # what a name may be, and what must stay as it is
COMPUTED: Final = "21573"


@dataclass(frozen=True)
class Road:
    """A method of a route."""

    method: str
    path: str
    handler: HTTPRouteHandler

    @property
    def is_public(self) -> bool:
        """Tell whether nobody needs to be signed in."""
        return "public" in self.handler.opt

    @property
    def role(self) -> Role:
        """Return a role that may go there; whichever where it does not matter."""
        permission = self.handler.opt.get("permission")
        if not isinstance(permission, Permission):
            return Role.PRIVACY
        return next(role for role in (Role.PRIVACY, *Role) if may(role, permission))

    def address(self, **known: object) -> str:
        """Return an address of the route; what it does not know leads to nothing."""
        return re.sub(
            r"\{(\w+):(\w+)\}",
            lambda part: str(known.get(part[1], new_id() if part[2] == "uuid" else "nothing")),
            self.path,
        )


@dataclass(frozen=True)
class House:
    """An installation over TLS, somebody whom it knows, and how to browse as who."""

    candor: Candor
    ada: ProfileId
    app: Any

    @property
    def roads(self) -> list[Road]:
        """Return everything that the web framework routes, in a fixed order."""
        return sorted(_roads(self.candor), key=lambda road: (road.path, road.method))

    @asynccontextmanager
    async def anybody(self) -> AsyncGenerator[httpx.AsyncClient]:
        """Return a browser in which nobody is signed in."""
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
            yield client

    @asynccontextmanager
    async def signed_in(self, role: Role = Role.PRIVACY) -> AsyncGenerator[httpx.AsyncClient]:
        """Return a browser in which staff of a role and Ada are signed in, and proved it."""
        async with self.anybody() as client:
            for name, secret in (await self._sessions(role)).items():
                client.cookies.set(name, secret)
            yield client

    async def _sessions(self, role: Role) -> dict[str, str]:
        """Begin both sessions; return the cookies."""
        cookies: dict[str, str] = {}
        async with self.candor.database.tx() as tx:
            member = await members.put(
                tx,
                handle=role.value,
                display_name=f"{PLANTED} {role.value}",
                role=role,
                clock=self.candor.clock,
            )
            for audience, bearer in (
                (Audience.STAFF, member.staff_id),
                (Audience.CUSTOMER, self.ada),
            ):
                secret = await sessions.begin(
                    tx,
                    audience=audience,
                    bearer_id=bearer,
                    methods=[Method.PASSKEY],
                    is_strong=True,
                    clock=self.candor.clock,
                )
                cookies[f"__Host-candor_{audience}"] = secret
        return cookies


def _roads(candor: Candor) -> Iterator[Road]:
    for route in web(candor).routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                    yield Road(str(method), route.path, handler)


@pytest.fixture
async def house(candor: Candor) -> House:
    """Return an installation that people reach over TLS, and that knows Ada."""
    there = replace(candor, settings=replace(candor.settings, public_url=SITE))
    ada = await make_person(candor, number="A1", name=PLANTED, email="ada@example.org")
    return House(there, ada, served(there))


def csrf(html: str) -> str:
    """Return the token that the forms of a page carry."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', html)
    assert found
    return found.group(1)
