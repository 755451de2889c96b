"""Setting a connection up, and changing it: the kinds there are, a form from what a kind asks for.

Every step is a plain form: lines of the mapping are added by a button that saves nothing.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.model.roles import Permission
from candor.domain.catalogue.model import InForce
from candor.domain.connections.errors import (
    BadConnection,
    BadMapping,
    NoSuchAdapter,
    VendorNotInForce,
    WrongState,
)
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.talk import Spec
from candor.domain.connections.service import connecting
from candor.domain.governance import service as vendors
from candor.domain.governance.model import Vendor
from candor.infra.db.pool import ReadTx
from candor.surface.console.connections import naming
from candor.surface.console.connections.filling import URL, url_of
from candor.surface.console.connections.form import Values, form_page, read, starting, typed
from candor.surface.console.connections.routes import PLACE, spec_of
from candor.surface.console.connections.views import FormPage, KindCard, KindsPage
from candor.surface.console.desk import Desk, Page, actor_of
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

_MAY: Final = {"permission": Permission.CONNECTIONS_MANAGE}
_RISKY: Final = {
    "permission": Permission.CONNECTIONS_MANAGE, "proof": "decides who is told about people",
}  # fmt: skip
_TEMPLATE: Final = "console/connection_form.html"
_INVALID: Final = 400
_ROWS: Final = "rows"


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of setting up."""
    return [*_new(desk), *_changing(desk)]


def _new(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/connections/new", opt=_MAY)
    async def kinds(request: AnyRequest) -> Response[str]:
        """Show the kinds of systems."""
        visit = desk.visit(request)
        specs = [one.spec for one in desk.services.exchange.adapters.values()]
        cards = tuple(
            KindCard(
                spec.title, spec.about, naming.ways(spec.directions), f"{URL}/new/{spec.kind}"
            )
            for spec in sorted(specs, key=lambda spec: spec.title.casefold())
        )
        async with desk.reading(visit) as tx:
            view = KindsPage(cards, URL)
            return await desk.show(tx, visit, PLACE, "console/connection_kinds.html", view)

    @get("/connections/new/{kind:str}", opt=_RISKY)
    async def ask_new(request: AnyRequest, kind: FromPath[str]) -> Response[str]:
        """Ask what a kind wants to know."""
        visit = desk.visit(request)
        spec = _spec(desk, kind)
        return await _shown(desk, visit, _Place(spec), starting(spec))

    @post("/connections/new/{kind:str}", opt=_RISKY)
    async def new(request: AnyRequest, kind: FromPath[str]) -> Page:
        """Add it, a draft."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        place = _Place(_spec(desk, kind))
        if fields.get("do") == _ROWS:
            return await _shown(desk, visit, place, typed(fields, more=True))
        try:
            async with desk.acting(visit) as tx:
                wanted = read(fields, place.spec, await _known(tx))
                connection_id = await connecting.add(
                    tx,
                    fields.get("code", "").strip() or "-",
                    wanted,
                    actor=actor_of(visit),
                    exchange=desk.services.exchange,
                )
        except (BadConnection, BadMapping) as wrong:
            return await _shown(desk, visit, place, typed(fields), error=_said(wrong))
        return see_other(f"{url_of(connection_id)}?done=added")

    return [kinds, ask_new, new]


def _changing(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/connections/{connection_id:uuid}/change", opt=_RISKY)
    async def ask_change(request: AnyRequest, connection_id: FromPath[UUID]) -> Response[str]:
        """Show the configuration as a form."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            one = await connecting.find(tx, connection_id)
        place = _Place(_spec(desk, one.adapter), one)
        return await _shown(desk, visit, place, starting(place.spec, one))

    @post("/connections/{connection_id:uuid}/change", opt=_RISKY)
    async def change(request: AnyRequest, connection_id: FromPath[UUID]) -> Page:
        """Change it; what is sent anew is compared for everybody."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            one = await connecting.find(tx, connection_id)
        place = _Place(_spec(desk, one.adapter), one)
        if fields.get("do") == _ROWS:
            return await _shown(desk, visit, place, typed(fields, more=True))
        try:
            async with desk.acting(visit) as tx:
                await connecting.change(
                    tx,
                    connection_id,
                    read(fields, place.spec, await _known(tx)),
                    actor=actor_of(visit),
                    exchange=desk.services.exchange,
                )
        except (BadConnection, BadMapping, VendorNotInForce, WrongState) as wrong:
            return await _shown(desk, visit, place, typed(fields), error=_said(wrong))
        return see_other(f"{url_of(connection_id)}?done=changed")

    return [ask_change, change]


class _Place:
    """What is set up: a new connection of a kind, or one that is there."""

    def __init__(self, spec: Spec, connection: Connection | None = None) -> None:
        self.spec = spec
        self.connection = connection

    def page(
        self,
        values: Values,
        in_force: InForce,
        known: Mapping[str, Vendor],
        visit: Visit,
        error: str | None,
    ) -> FormPage:
        """Return the form with these values."""
        own = self.connection
        address = url_of(own.connection_id) if own else f"{URL}/new"
        return form_page(
            self.spec,
            values,
            in_force,
            list(known.values()),
            title=f"Change {own.name}" if own else f"Connect: {self.spec.title}",
            back_url=address,
            post_url=f"{address}/change" if own else f"{address}/{self.spec.kind}",
            csrf_token=visit.csrf_token,
            is_new=own is None,
            error=error,
        )


def _spec(desk: Desk, kind: str) -> Spec:
    spec = spec_of(desk, kind)
    if spec is None:
        raise NoSuchAdapter
    return spec


def _said(wrong: BadConnection | BadMapping | VendorNotInForce | WrongState) -> str:
    return f"{wrong.message} {wrong.hint}".strip()


async def _known(tx: ReadTx) -> Mapping[str, Vendor]:
    """Return the vendors that were not off-boarded, by their code."""
    return {one.code: one for one in await vendors.every(tx) if one.ended_at is None}


async def _shown(
    desk: Desk, visit: Visit, place: _Place, values: Values, *, error: str | None = None
) -> Response[str]:
    async with desk.reading(visit) as tx:
        in_force = (await desk.rules(tx)).in_force
        view = place.page(values, in_force, await _known(tx), visit, error)
        status = _INVALID if error else 200
        return await desk.show(tx, visit, PLACE, _TEMPLATE, view, status=status)
