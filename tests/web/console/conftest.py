"""Members of staff with a browser each, without a network, in a company that staff may read."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from html import unescape
from typing import Final

import httpx
import msgspec
import pytest

from candor.app import Candor, web
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience, Method, Staff
from candor.domain.access.service import members, sessions, sign_in_links
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Purpose
from tests.factories.house import apply_company, make_company

HOST: Final = "http://localhost"
STATED: Final = ("orders", "insight")  # the purposes that staff may state here
Hire = Callable[[Role], Awaitable["Clerk"]]


class Clerk:
    """Somebody with a browser, signed in or not."""

    def __init__(self, candor: Candor, client: httpx.AsyncClient) -> None:
        self.candor = candor
        self.client = client
        self.staff: Staff | None = None

    async def get(self, path: str) -> httpx.Response:
        """Open an address; a redirection is not followed."""
        return await self.client.get(path)

    async def page(self, path: str) -> str:
        """Open an address that must be a page; return its HTML."""
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def words(self, path: str) -> str:
        """Open an address that must be a page; return its words, spaces in one row."""
        return words_of(await self.page(path))

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """Send fields, without the token of the page."""
        return await self.client.post(path, data=fields, headers=headers)

    async def send(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of ours, with the token of this session."""
        token = csrf(await self.page("/console"))
        return await self.post(path, {**fields, "csrf_token": token})

    async def link(self, member: Staff) -> str:
        """Make a sign-in link; return its token."""
        async with self.candor.database.tx() as tx:
            return await sign_in_links.make(
                tx,
                audience=Audience.STAFF,
                bearer_id=member.staff_id,
                clock=self.candor.clock,
            )

    async def sign_in(self, role: Role, *, by_link_alone: bool = False) -> "Clerk":
        """Sign in through the pages, as somebody new of this role, and prove it."""
        async with self.candor.database.tx() as tx:
            self.staff = await members.put(
                tx,
                handle=role.value,
                display_name=f"{role.value.title()} Miller",
                role=role,
                clock=self.candor.clock,
            )
        token = await self.link(self.staff)
        form = await self.page(f"/console/sign-in/{token}")
        fields = {"token": token, "csrf_token": csrf(form)}
        answer = await self.post("/console/sign-in", fields)
        assert answer.status_code == 303, answer.text
        return self if by_link_alone else await self.prove()

    async def prove(self) -> "Clerk":
        """Prove with two factors who they are, without the pages: a quarter of an hour begins."""
        secret = self.client.cookies["candor_staff"]
        async with self.candor.database.tx() as tx:
            session = await sessions.of_cookie(
                tx, secret, audience=Audience.STAFF, clock=self.candor.clock
            )
            secret = await sessions.prove(
                tx,
                session,
                methods=[Method.PASSWORD, Method.TOTP],
                actor=Actor.staff(session.bearer_id),
                clock=self.candor.clock,
            )
        for cookie in self.client.cookies.jar:  # in its place, as the browser would
            if cookie.name == "candor_staff":
                cookie.value = secret
        return self


def words_of(html: str) -> str:
    """Return the words of a page, spaces in one row."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def csrf(html: str) -> str:
    """Return the token that the forms of a page carry."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', html)
    assert found
    return found.group(1)


@pytest.fixture(autouse=True)
async def company(candor: Candor) -> None:
    """Let staff state two purposes: one by contract, one that a person may object to."""
    purposes: list[Purpose] = [
        msgspec.structs.replace(purpose, roles=tuple(Role) if purpose.code in STATED else ())
        for purpose in make_company().purposes
    ]
    await apply_company(candor, purposes=tuple(purposes))


@pytest.fixture
async def anybody(candor: Candor) -> AsyncIterator[Callable[[], Clerk]]:
    """Return a maker of browsers, each with cookies of its own and nobody signed in."""
    app = web(candor)
    async with AsyncExitStack() as stack:

        def make() -> Clerk:
            transport = httpx.ASGITransport(app=app)  # pyright: ignore[reportArgumentType] - the same protocol under other names
            client = httpx.AsyncClient(transport=transport, base_url=HOST)
            stack.push_async_callback(client.aclose)
            return Clerk(candor, client)

        yield make


@pytest.fixture
def hire(anybody: Callable[[], Clerk]) -> Hire:
    """Return how somebody of a role is signed in."""

    async def hired(role: Role) -> Clerk:
        return await anybody().sign_in(role)

    return hired


@pytest.fixture
async def piet(hire: Hire) -> Clerk:
    """Return a privacy officer, who may do everything."""
    return await hire(Role.PRIVACY)
