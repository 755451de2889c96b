"""The routes of the portal, behind its guard."""

from litestar import Router
from litestar.handlers import HTTPRouteHandler

from candor.surface.plain.services import Services
from candor.surface.plain.visits import Visits
from candor.surface.portal.account import routes as account
from candor.surface.portal.activity import routes as activity
from candor.surface.portal.allow import routes as allow
from candor.surface.portal.browser import routes as browser
from candor.surface.portal.confirm import routes as confirm
from candor.surface.portal.desk import HOME, Desk
from candor.surface.portal.facts import routes as facts
from candor.surface.portal.home import routes as home
from candor.surface.portal.looks import routes as looks
from candor.surface.portal.passkeys import routes as passkeys
from candor.surface.portal.reached import routes as reached
from candor.surface.portal.rights import by_link
from candor.surface.portal.rights import routes as rights
from candor.surface.portal.sign_in import routes as sign_in
from candor.surface.portal.unsubscribe import routes as unsubscribe
from candor.surface.portal.why import routes as why
from candor.surface.portal.write import routes as write


def routes(services: Services, visits: Visits) -> Router:
    """Return all pages of the portal."""
    desk = Desk(services, visits)
    pages = (
        *(sign_in, home, facts, allow, write, why, reached, looks, activity, rights, account),
        *(passkeys, browser),
    )
    return Router(
        path=HOME,
        guards=[visits.guard_customer],
        route_handlers=[route for page in pages for route in page.routes(desk)],
    )


def beside(services: Services, visits: Visits) -> list[HTTPRouteHandler]:
    """Return the pages that people reach from a message, without signing in: the link is proof."""
    desk = Desk(services, visits)
    return [route for page in (confirm, unsubscribe, by_link) for route in page.routes(desk)]
