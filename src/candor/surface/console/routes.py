"""The routes of the console, behind its guard."""

from litestar import Router
from litestar.handlers import HTTPRouteHandler

from candor.surface.console.account import routes as account
from candor.surface.console.alerts import canaries
from candor.surface.console.alerts import routes as alerts
from candor.surface.console.backups import routes as backups
from candor.surface.console.capture import routes as capture
from candor.surface.console.catalogue import routes as catalogue
from candor.surface.console.choices import routes as choices
from candor.surface.console.choices.counting import Counts
from candor.surface.console.connections import acting as connection_acts
from candor.surface.console.connections import editing as connection_forms
from candor.surface.console.connections import handing as files
from candor.surface.console.connections import looking as connection_previews
from candor.surface.console.connections import routes as connections
from candor.surface.console.contesting import routes as contesting
from candor.surface.console.desk import HOME, Desk
from candor.surface.console.door import routes as door
from candor.surface.console.gallery import routes as gallery
from candor.surface.console.guarding import routes as guarding
from candor.surface.console.holding import routes as holding
from candor.surface.console.keys import routes as keys
from candor.surface.console.notices import routes as notices
from candor.surface.console.outside import agents, systems
from candor.surface.console.passkeys import routes as passkeys
from candor.surface.console.people import routes as people
from candor.surface.console.person import routes as person
from candor.surface.console.proposals import routes as proposals
from candor.surface.console.provider import routes as provider
from candor.surface.console.requests import acting as request_acts
from candor.surface.console.requests import new as request_new
from candor.surface.console.requests import routes as requests
from candor.surface.console.retention import routes as retention
from candor.surface.console.reviews import routes as reviews
from candor.surface.console.security import proof as log_proof
from candor.surface.console.security import routes as security
from candor.surface.console.sign_in import routes as sign_in
from candor.surface.console.staff import routes as staff
from candor.surface.console.today import routes as today
from candor.surface.console.vault import routes as vault
from candor.surface.console.vendors import routes as vendors
from candor.surface.plain.services import Services
from candor.surface.plain.visits import Visits


def routes(services: Services, visits: Visits) -> Router:
    """Return all pages of the console."""
    desk = Desk(services, visits)
    counts = Counts(desk.clock)
    pages = (
        sign_in, passkeys, provider, people, person, capture, guarding, reviews, connections,
        catalogue, notices, alerts, canaries, security, log_proof, staff, account, proposals, vault,
        keys, backups, gallery, requests, request_acts, request_new,
        contesting, holding, retention, agents, systems,
        connection_acts, connection_forms, connection_previews, files, door, vendors,
    )  # fmt: skip
    return Router(
        path=HOME,
        guards=[visits.guard_staff],
        route_handlers=[
            *today.routes(desk, counts),
            *choices.routes(desk, counts),
            *(handler for page in pages for handler in page.routes(desk)),
        ],
    )


def beside() -> list[HTTPRouteHandler]:
    """Return what belongs to the console and stands outside of it."""
    return account.beside()
