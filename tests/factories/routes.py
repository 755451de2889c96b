"""Every address that the server answers, found in what is really mounted: nothing is listed twice.

Pages come from the routes of the framework, the API and the door from their own tables.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from candor.app import Candor, web
from candor.domain.access.model.keys import Scope
from candor.domain.access.model.roles import Permission
from candor.domain.access.model.sign_in import Audience
from candor.surface.api.v1.app import PREFIX
from candor.surface.api.v1.table import OPERATIONS
from candor.surface.intake.app import CALLS

_PLACE: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path."""

    method: str
    path: str  # with `{name:type}` for what varies
    public: str = ""  # why nobody is asked who they are
    permission: Permission | None = None
    proof: str = ""  # why a fresh proof is asked for
    scope: Scope | None = None
    is_own: bool = False  # a customer's
    is_door: bool = False  # a write key's
    example: object = None  # of the body, at the API

    @property
    def name(self) -> str:
        """Return method and path."""
        return f"{self.method:<5}{self.path}"

    @property
    def places(self) -> dict[str, str]:
        """Return what varies in the path, with its type."""
        return {name: kind or "uuid" for name, kind in _PLACE.findall(self.path)}

    @property
    def needs(self) -> str:
        """Return what lets somebody in, in a word; of a public route why it is public."""
        if self.permission is not None:
            return self.permission.value
        if self.scope is not None:
            return self.scope.value
        if self.is_door:
            return "a write key"
        return "their own" if self.is_own else f"public: {self.public}"

    def at(self, values: dict[str, str]) -> str:
        """Return an address, with a value for each place."""
        return _PLACE.sub(lambda found: values[found[1]], self.path)


def routes_of(candor: Candor) -> list[Route]:
    """Return every route of every surface, by path and method."""
    found = [*_pages(candor), *_operations(), *_calls()]
    return sorted(found, key=lambda one: (one.path, one.method))


def _pages(candor: Candor) -> Iterator[Route]:
    for route in web(candor).routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in sorted(map(str, handler.http_methods)):
                    if method != "OPTIONS":  # the framework's own answer; nobody gets it
                        yield _page(method, route.path, handler)


def _page(method: str, path: str, handler: HTTPRouteHandler) -> Route:
    permission = handler.opt.get("permission")
    return Route(
        method,
        path,
        public=handler.opt.get("public", ""),
        permission=permission if isinstance(permission, Permission) else None,
        proof=handler.opt.get("proof", ""),
        is_own=handler.opt.get("audience") is Audience.CUSTOMER,
    )


def _operations() -> Iterator[Route]:
    yield Route("GET", f"{PREFIX}/openapi.json", public="the description of the API")
    for operation in OPERATIONS:
        yield Route(
            operation.method,
            PREFIX + operation.path,
            scope=operation.scope,
            example=operation.example if operation.has_body else None,
        )


def _calls() -> Iterator[Route]:
    yield Route("GET", "/v1/projects/any/settings", public="what SDKs ask for; says nothing")
    for call in CALLS:
        yield Route("POST", f"/v1/{call}", is_door=True)
