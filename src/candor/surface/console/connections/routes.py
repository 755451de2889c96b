"""Connections: the flows at a glance, one connection, its deliveries."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.model.roles import Permission
from candor.domain.collect.service import read as door
from candor.domain.connections.errors import BadConnection, NoSuchAdapter
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.delivery import Delivery, Stage
from candor.domain.connections.model.talk import Shown, Spec
from candor.domain.connections.service import (
    comparing,
    connecting,
    reading,
    steering,
    subscribing,
    testing,
)
from candor.domain.connections.service.reading import Filter, Hour
from candor.domain.governance import service as vendors
from candor.domain.governance.model import Vendor
from candor.infra.db.pool import ReadTx
from candor.infra.web import reading as words_of
from candor.surface.console.connections import naming
from candor.surface.console.connections.filling import (
    URL,
    connection_page,
    ended_of,
    figures_of,
    hourly_of,
    line_of,
    url_of,
)
from candor.surface.console.connections.picture import drawn
from candor.surface.console.connections.telling import SAID
from candor.surface.console.connections.views import (
    ConnectionsPage,
    DeliveriesPage,
    DeliveryLine,
)
from candor.surface.console.desk import HOME, Desk, Page, asked, permitted
from candor.surface.console.hours import DAY, Steps
from candor.surface.console.views import Option, Pager
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

PLACE: Final = "connections/flows"
_SHOWN: Final = 50
_BROWSERS: Final = "push"  # the channel of connections that carry messages to browsers
_MAY: Final = {"permission": Permission.CONNECTIONS_READ}
_OLD: Final = ("source", "outcome", "window")  # the page of the door stood at this address


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes that look at connections."""

    @get("/connections", opt=_MAY)
    async def every(request: AnyRequest) -> Page:
        """Show the flows, and how every connection does."""
        old = {name: text for name in _OLD if (text := asked(request, name))}
        if old:
            return see_other(f"{HOME}/connections/door?{urlencode(old)}")
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await _every(desk, tx, visit)
            return await desk.show(tx, visit, PLACE, "console/connections.html", view)

    @get("/connections/{connection_id:uuid}", opt=_MAY)
    async def one(request: AnyRequest, connection_id: FromPath[UUID]) -> Response[str]:
        """Show how one connection does, what it gets and why."""
        visit = desk.visit(request)
        said = SAID.get(asked(request, "done"))
        return await shown(desk, visit, connection_id, said=said)

    @get("/connections/{connection_id:uuid}/deliveries", opt=_MAY)
    async def deliveries(request: AnyRequest, connection_id: FromPath[UUID]) -> Response[str]:
        """Show deliveries, newest first; nothing about whom."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await _deliveries(desk, tx, visit, connection_id, request)
            return await desk.show(tx, visit, PLACE, "console/deliveries.html", view)

    return [every, one, deliveries]


async def shown(
    desk: Desk,
    visit: Visit,
    connection_id: UUID,
    *,
    said: str | None,
    wrong: str | None = None,
    status: int = 200,
) -> Response[str]:
    """Return the page of one connection; `wrong`: why what was asked for was not done.

    Raises:
        NoSuchConnection: there is none.
    """
    now = desk.clock.now()
    async with desk.reading(visit) as tx:
        health = await reading.health_of(tx, connection_id, clock=desk.clock)
        hours = await reading.by_hour(tx, connection_id, since=DAY.since(now))
        problems = await reading.problems(tx, connection_id)
        heard = await comparing.heard(tx, connection_id, since=DAY.since(now))
        spec = spec_of(desk, health.connection.adapter)
        browsers = None
        if spec is not None and spec.channel == _BROWSERS:
            browsers = await subscribing.count(tx, connection_id)
        known = await known_vendors(tx)
        in_force = (await desk.rules(tx)).in_force
        with words_of.reading(desk.reader()):
            view = connection_page(
                health,
                spec,
                known,
                hours,
                problems,
                heard,
                in_force,
                visit=visit,
                now=now,
                said=said,
                wrong=wrong,
                copies=_copies(desk, health.connection),
                browsers=browsers,
            )
        return await desk.show(tx, visit, PLACE, "console/connection.html", view, status=status)


def spec_of(desk: Desk, kind: str) -> Spec | None:
    """Return what there is to say about a kind of system; None: nothing speaks with it now."""
    adapter = desk.services.exchange.adapters.get(kind)
    return adapter.spec if adapter else None


def _copies(desk: Desk, connection: Connection) -> Sequence[Shown]:
    """Return what must be put elsewhere; nothing while settings make no sense: a check says why."""
    try:
        return testing.shown(desk.services.exchange, connection)
    except (BadConnection, NoSuchAdapter):
        return ()


async def known_vendors(tx: ReadTx) -> Mapping[UUID, Vendor]:
    """Return all vendors by their id."""
    return {one.vendor_id: one for one in await vendors.every(tx)}


async def _every(desk: Desk, tx: ReadTx, visit: Visit) -> ConnectionsPage:
    now = desk.clock.now()
    health = await reading.health(tx, clock=desk.clock)
    hours: dict[UUID, Sequence[Hour]] = {}
    for one in health:
        which = one.connection.connection_id
        hours[which] = await reading.by_hour(tx, which, since=DAY.since(now))
    in_force = (await desk.rules(tx)).in_force
    steps = Steps(await door.hourly(tx, since=DAY.since(now)), DAY, now)
    known = await known_vendors(tx)
    ended = await connecting.every(tx)
    see_door = permitted(visit, Permission.DOOR_READ, URL)
    with words_of.reading(desk.reader()):
        hourly = {which: hourly_of(rows, now) for which, rows in hours.items()}
        return ConnectionsPage(
            picture=drawn(health, hourly, steps, in_force, may_see_door=bool(see_door)),
            figures=figures_of(health),
            lines=tuple(
                line_of(
                    one,
                    spec_of(desk, one.connection.adapter),
                    known,
                    hourly[one.connection.connection_id],
                )
                for one in health
            ),
            ended=ended_of(ended),
            new_url=permitted(visit, Permission.CONNECTIONS_MANAGE, f"{URL}/new"),
        )


async def _deliveries(
    desk: Desk, tx: ReadTx, visit: Visit, connection_id: UUID, request: AnyRequest
) -> DeliveriesPage:
    connection = await connecting.find(tx, connection_id)
    url = f"{url_of(connection_id)}/deliveries"
    state, problem = asked(request, "state"), asked(request, "problem")
    state = state if state in set(Stage) else ""
    wanted = Filter(
        connection_id=connection_id,
        states=(Stage(state),) if state else (),
        problem=problem or None,
    )
    after = _uuid(asked(request, "after"))
    found = await reading.deliveries(tx, wanted, after=after, at_most=_SHOWN + 1)
    parked = (await steering.outlook(tx, connection_id)).parked
    manage = permitted(visit, Permission.CONNECTIONS_MANAGE, url)
    shown_ = found[:_SHOWN]
    kept = {name: text for name, text in (("state", state), ("problem", problem)) if text}
    with words_of.reading(desk.reader()):
        lines = tuple(_line(one, url if manage else None) for one in shown_)
    more = {**kept, "after": str(shown_[-1].delivery_id)} if len(found) > _SHOWN else None
    is_all = manage if parked else None
    return DeliveriesPage(
        name=connection.name,
        url=url,
        back_url=url_of(connection_id),
        csrf_token=visit.csrf_token,
        states=tuple(Option(stage, words) for stage, (words, _) in naming.STAGES.items()),
        state=state,
        lines=lines,
        pager=Pager(
            newer_url=f"{url}?{urlencode(kept)}" if after else None,
            older_url=f"{url}?{urlencode(more)}" if more else None,
        ),
        retry_url=f"{is_all}/retry" if is_all else None,
        drop_url=f"{is_all}/drop" if is_all else None,
        parked=parked,
        said=SAID.get(asked(request, "done")),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _line(one: Delivery, url: str | None) -> DeliveryLine:
    state, tone = naming.stage(one)
    took = None
    if one.settled_at is not None:
        took = (one.settled_at - one.changed_at).total_seconds()
    is_parked = url is not None and one.state is Stage.PARKED
    return DeliveryLine(
        code=one.delivery_id.hex[-8:],
        state=state,
        tone=tone,
        cause=naming.cause(one.cause),
        changed_at=one.changed_at,
        settled_at=one.settled_at,
        took=naming.span(took),
        attempts=one.attempts,
        fields=", ".join(one.fields or ()),
        problem=naming.problem(one.problem) if one.problem else None,
        advice=naming.advice(one.problem) if one.problem else "",
        retry_url=f"{url}/retry" if is_parked else None,
        drop_url=f"{url}/drop" if is_parked else None,
        ref=str(one.delivery_id),
    )
