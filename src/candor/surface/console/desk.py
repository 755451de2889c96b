"""What every page of the console needs: who visits, a transaction, the frame, an answer."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from litestar import Response
from litestar.response import Redirect

from candor.domain.access.model.roles import Permission, may
from candor.domain.access.model.sign_in import Staff
from candor.domain.access.service import members, proposals
from candor.domain.audit.model import Actor
from candor.domain.consent.model.policy import Rules
from candor.domain.profiles.service import merge
from candor.domain.shield.service import alerts
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.web.pages import render
from candor.infra.web.reading import Reader
from candor.surface.console import words
from candor.surface.console.tabs import of_place
from candor.surface.console.views import ConsoleFrame, RailItem, TabItem
from candor.surface.plain import answers
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.services import Services
from candor.surface.plain.visits import Visit, Visits

Page = Response[str] | Redirect

HOME: Final = "/console"
_RAIL: Final = (
    ("today", HOME, Permission.TODAY_READ),
    ("people", f"{HOME}/people", Permission.PEOPLE_READ),
    ("reviews", f"{HOME}/reviews", Permission.REVIEWS_SETTLE),
    ("audiences", f"{HOME}/choices", Permission.CONSENT_FIGURES),
    ("connections", f"{HOME}/connections", Permission.CONNECTIONS_READ),
    ("requests", f"{HOME}/requests", Permission.REQUESTS_READ),
    ("catalogue", f"{HOME}/catalogue", Permission.CATALOGUE_READ),
    ("security", f"{HOME}/audit", Permission.AUDIT_READ),
    ("settings", f"{HOME}/settings/keys", Permission.KEYS_READ),
)


class Desk:
    """The console's tools, one for all of its pages."""

    def __init__(self, services: Services, visits: Visits) -> None:
        """Take what the composition root made."""
        self.services = services
        self.visits = visits
        self.clock = services.clock
        self.vault = services.vault

    def visit(self, request: AnyRequest) -> Visit:
        """Return the visit that the guard let in."""
        return self.visits.of(request)

    def reader(self) -> Reader:
        """Return how staff read: English, and the present moment."""
        return Reader(self.clock.now())

    @asynccontextmanager
    async def reading(self, visit: Visit) -> AsyncGenerator[ReadTx]:
        """Open a transaction that cannot write."""
        async with self.services.database.read(visit.request_id) as tx:
            yield tx

    @asynccontextmanager
    async def acting(self, visit: Visit) -> AsyncGenerator[Tx]:
        """Open a transaction that may write; it is committed when the block ends well."""
        async with self.services.database.tx(visit.request_id) as tx:
            yield tx

    async def rules(self, tx: ReadTx) -> Rules:
        """Return the catalogue in force and the policy that was worked out from it.

        Raises:
            NoCatalogue: nothing is declared yet.
        """
        return await self.services.rulebook.rules(tx)

    async def colleagues(self, tx: ReadTx) -> dict[UUID, Staff]:
        """Return the members of staff by id, to name who acted."""
        return {member.staff_id: member for member in await members.everybody(tx)}

    async def form(self, request: AnyRequest) -> dict[str, str]:
        """Return the fields of a form of ours.

        Raises:
            ForeignForm: from elsewhere, or without the right token.
        """
        return await self.visits.form(request, self.visit(request).csrf_token)

    async def show(
        self,
        tx: ReadTx,
        visit: Visit,
        current: str,
        template: str,
        view: object,
        *,
        status: int = 200,
    ) -> Response[str]:
        """Return a page with the console around it.

        Args:
            tx: for what the rail shows.
            visit: who looks.
            current: key of the place in the rail; "security/log": and of the page within it.
            template: path of the template.
            view: the dataclass that the template names.
            status: HTTP status.
        """
        frame = await self._frame(tx, visit, current)
        html = render(template, view, reader=self.reader(), frame=frame)
        return answers.page(html, status=status)

    async def _frame(self, tx: ReadTx, visit: Visit, current: str) -> ConsoleFrame:
        rules = await self.rules(tx)
        reader = self.reader()
        member = visit.member
        place, _, page = current.partition("/")
        waiting = await self._waiting(tx, member)
        return ConsoleFrame(
            company=rules.in_force.document.company,
            locale=reader.language_tag,
            direction=reader.direction,
            is_demo=self.services.is_demo,
            staff_name=member.display_name,
            role=words.role(member.role),
            csrf_token=visit.csrf_token,
            current=place,
            rail=_rail(member, waiting),
            home_url=HOME,
            sign_out_url=f"{HOME}/sign-out",
            tabs=tuple(
                TabItem(tab.title, tab.href, tab.key == page, waiting.get(tab.key, 0))
                for tab in of_place(place)
                if may(member.role, tab.permission)
            ),
        )

    async def _waiting(self, tx: ReadTx, member: Staff) -> Mapping[str, int]:
        """Return how many things wait for a decision of this member, by place and by page."""
        waiting: dict[str, int] = {}
        if may(member.role, Permission.REVIEWS_SETTLE):
            waiting["reviews"] = (await merge.waiting(tx)).reviews
        if may(member.role, Permission.ALERTS_SETTLE):
            waiting["alerts"] = (await alerts.waiting(tx)).alerts
        if may(member.role, Permission.PROPOSALS_DECIDE):
            waiting["proposals"] = await proposals.waiting_for(tx, member, self.clock)
        return waiting


def _rail(member: Staff, waiting: Mapping[str, int]) -> tuple[RailItem, ...]:
    """Return the places that a member may open: one with several pages by the first of them."""
    items: list[RailItem] = []
    for key, href, permission in _RAIL:
        pages = [tab for tab in of_place(key) if may(member.role, tab.permission)]
        if pages:
            count = sum(waiting.get(tab.key, 0) for tab in pages)
            items.append(RailItem(key, pages[0].href, count))
        elif may(member.role, permission):
            items.append(RailItem(key, href, waiting.get(key, 0)))
    return tuple(items)


def actor_of(visit: Visit) -> Actor:
    """Return the member of staff as the audit log names them."""
    return Actor.staff(visit.member.staff_id)


def permitted(visit: Visit, permission: Permission, href: str) -> str | None:
    """Return an address when the visitor may open it, so that no link leads to a closed door."""
    return href if may(visit.member.role, permission) else None


def asked(request: AnyRequest, name: str) -> str:
    """Return what the address asks for, or an empty text."""
    return str(request.query_params.get(name, ""))


def asked_number(request: AnyRequest, name: str) -> int | None:
    """Return a number from the address; None when there is none that could be one of ours."""
    text = asked(request, name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
