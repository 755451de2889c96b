"""The routes of the portal, behind its guard."""

from litestar import Router

from candor.surface.plain.services import Services
from candor.surface.plain.visits import Visits
from candor.surface.portal.activity import routes as activity
from candor.surface.portal.desk import HOME, Desk
from candor.surface.portal.facts import routes as facts
from candor.surface.portal.home import routes as home
from candor.surface.portal.looks import routes as looks
from candor.surface.portal.sign_in import routes as sign_in


def routes(services: Services, visits: Visits) -> Router:
    """Return all pages of the portal."""
    desk = Desk(services, visits)
    pages = (sign_in, home, facts, looks, activity)
    return Router(
        path=HOME,
        guards=[visits.guard_customer],
        route_handlers=[route for page in pages for route in page.routes(desk)],
    )
