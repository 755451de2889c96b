"""The routes of the console, behind its guard."""

from litestar import Router

from candor.surface.plain.services import Services
from candor.surface.plain.visits import Visits


def routes(services: Services, visits: Visits) -> Router:
    """Return all pages of the console."""
    del services
    return Router(path="/console", guards=[visits.guard_staff], route_handlers=[])
