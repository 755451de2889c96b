"""The routes of the portal, behind its guard."""

from litestar import Router

from candor.surface.plain.services import Services
from candor.surface.plain.visits import Visits


def routes(services: Services, visits: Visits) -> Router:
    """Return all pages of the portal."""
    del services
    return Router(path="/me", guards=[visits.guard_customer], route_handlers=[])
