"""What the server calls: door and API in front, all surfaces under one roof behind."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, cast

from litestar import Litestar, asgi
from litestar.handlers import HTTPRouteHandler
from litestar.types import Receive, Scope, Send

from candor.app.entitling import office_of
from candor.app.exchanging import exchange_of
from candor.app.guarding import doors_of, measures_of
from candor.app.process import Candor
from candor.demo import known
from candor.domain.access.service import (
    proposals,
    staff_deeds,
)
from candor.domain.connections.service import filing
from candor.surface.api import operations
from candor.surface.api.drp import app as drp
from candor.surface.api.drp.app import DRP
from candor.surface.api.hooks import app as hooks
from candor.surface.api.hooks.app import Hooks
from candor.surface.api.opendsr import app as opendsr
from candor.surface.api.opendsr.app import OpenDSR
from candor.surface.api.v1.app import API, PREFIX
from candor.surface.console import routes as console
from candor.surface.intake.app import Application, Front, Intake
from candor.surface.intake.auth import KeyRing
from candor.surface.plain import answers, gpc, security_txt
from candor.surface.plain.answers import Errors
from candor.surface.plain.pace import Pace
from candor.surface.plain.services import Services
from candor.surface.plain.transport import OverTLS
from candor.surface.plain.traps import Traps
from candor.surface.plain.visits import Visits, refuse_options
from candor.surface.portal import routes as portal
from candor.surface.sdk import routes as sdk
from candor.surface.sdk.shop import Shop
from candor.surface.trust import log as trust_log
from candor.surface.trust import requests as trust_requests
from candor.surface.trust import routes as trust

_LARGEST_FORM: Final = 64 * 1024  # the door reads its own, larger requests


def _shop(services: Services, visits: Visits) -> list[HTTPRouteHandler]:
    """Make the demo company's shop, where the demo is shown."""
    if not services.is_demo:
        return []
    home = services.settings.home
    return Shop(services, visits, partial(known.page_key, home), known.CUSTOMER).routes()


def served(candor: Candor) -> Application:
    """Make what the server of one process calls: door and API in front, all surfaces behind."""
    services = services_of(candor)
    api = API(services)
    front = Front(
        {
            "/v1/": _intake(candor),
            f"{PREFIX}/": api,
            f"{drp.PREFIX}/": DRP(services),
            opendsr.PREFIX: OpenDSR(services),
            hooks.PREFIX: Hooks(services),
        },
        cast("Application", web(candor, api)),
    )
    return OverTLS(front) if services.is_secure else front


def _intake(candor: Candor) -> Intake:
    pace = Pace(candor.settings, candor.meters)
    traps = Traps(candor.database, candor.clock, doors_of(candor))
    keys = KeyRing(candor.database, candor.clock, pace, traps)
    return Intake(candor.door, keys, candor.clock)


def services_of(candor: Candor) -> Services:
    """Return what the surfaces of one process are given to work with."""
    return Services(
        candor.settings,
        candor.clock,
        candor.database,
        candor.keyring,
        candor.rulebook,
        candor.vault,
        candor.throttles,
        candor.outbound,
        {
            **proposals.own_deeds(candor.clock),
            **staff_deeds.deeds(candor.keyring, candor.clock),
            **filing.deeds(exchange_of(candor)),
        },
        doors_of(candor),
        Pace(candor.settings, candor.meters),
        measures_of(candor.clock),
        candor.passwords,
        office_of(candor),
        exchange_of(candor),
    )


def web(candor: Candor, api: API | None = None) -> Litestar:
    """Make the web application of one process: all surfaces under one roof but the API.

    The API stands before it; here it is only closed when the process ends.
    """
    intake = _intake(candor)

    @asgi("/v1", is_mount=True, copy_scope=False)
    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        """Hand requests to the door."""
        await intake(scope, receive, send)  # pyright: ignore[reportArgumentType] - the same protocol under other names

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncGenerator[None]:
        async with candor.running():
            await candor.door.open()
            try:
                yield
            finally:
                await candor.door.close()
                if api is not None:
                    await api.close()
                await candor.meters.close()

    services = services_of(candor)
    visits = Visits(services)
    errors = Errors(candor.clock, is_demo=services.is_demo)
    return Litestar(
        route_handlers=[
            door,
            *operations.routes(candor.database),
            *answers.routes(),
            *gpc.routes(),
            *security_txt.routes(candor.settings, candor.clock),
            console.routes(services, visits),
            portal.routes(services, visits),
            *trust.routes(services),
            *trust_requests.routes(services),
            *trust_log.routes(services),
            *portal.beside(services, visits),
            *console.beside(),
            *sdk.routes(services),
            *_shop(services, visits),
        ],
        guards=[refuse_options, services.pace.guard],
        exception_handlers={Exception: errors.handle},
        before_send=[visits.give_cookies],
        request_max_body_size=_LARGEST_FORM,
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
    )
