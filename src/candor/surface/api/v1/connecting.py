"""Connections by API: how they do, their deliveries, holding them, sending again; vendors."""

from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from candor.domain.access.model.keys import Scope
from candor.domain.connections.model.delivery import Delivery
from candor.domain.connections.service import connecting, reading, routing, steering
from candor.domain.connections.service.reading import Filter, Health
from candor.domain.governance import service as vendors
from candor.domain.governance.model import Vendor
from candor.surface.api.v1.call import Call
from candor.surface.api.v1.connection_shapes import (
    CertificateTold,
    Connections,
    ConnectionTold,
    Deliveries,
    DeliveriesQuery,
    DeliveryTold,
    Replayed,
    ReplayIn,
    TookTold,
    Vendors,
    VendorTold,
)
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.request_shapes import Nothing


async def listed(call: Call, _: None) -> Connections:
    """Return all connections that have not ended."""
    async with call.services.database.read(call.request_id) as tx:
        found = await reading.health(tx, clock=call.services.clock)
    return Connections(items=[_connection(one) for one in found])


async def shown(call: Call, _: None) -> ConnectionTold:
    """Return one connection."""
    return await _one(call)


async def deliveries(call: Call, query: DeliveriesQuery) -> Deliveries:
    """Return a page of deliveries."""
    wanted = Filter(
        connection_id=_id(call), states=(query.state,) if query.state is not None else ()
    )
    async with call.services.database.read(call.request_id) as tx:
        await connecting.find(tx, _id(call))
        found = await reading.deliveries(tx, wanted, after=query.after, at_most=query.limit + 1)
    page = found[: query.limit]
    return Deliveries(
        items=[_delivery(one) for one in page],
        next=page[-1].delivery_id if len(found) > len(page) else None,
    )


async def paused(call: Call, _: Nothing) -> ConnectionTold:
    """Hold a connection."""
    async with call.services.database.tx(call.request_id) as tx:
        await steering.pause(tx, _id(call), actor=call.actor, clock=call.services.clock)
    return await _one(call)


async def resumed(call: Call, _: Nothing) -> ConnectionTold:
    """Let data move over a connection again."""
    async with call.services.database.tx(call.request_id) as tx:
        await steering.resume(tx, _id(call), actor=call.actor, clock=call.services.clock)
    return await _one(call)


async def replayed(call: Call, given: ReplayIn) -> Replayed:
    """Compare people anew with what the other system holds."""
    since = None if given.since is None else call.instant(given.since)
    async with call.services.database.tx(call.request_id) as tx:
        count = await routing.replay(
            tx, _id(call), since, actor=call.actor, exchange=call.services.exchange
        )
    return Replayed(count=count)


async def known(call: Call, _: None) -> Vendors:
    """Return all vendors."""
    today = call.services.clock.now().date()
    async with call.services.database.read(call.request_id) as tx:
        found = await vendors.every(tx)
    return Vendors(items=[_vendor(one, today) for one in found])


async def _one(call: Call) -> ConnectionTold:
    async with call.services.database.read(call.request_id) as tx:
        found = await reading.health_of(tx, _id(call), clock=call.services.clock)
    return _connection(found)


def _id(call: Call) -> UUID:
    return UUID(call.places["connection_id"])


def _connection(one: Health) -> ConnectionTold:
    connection, took = one.connection, one.took
    return ConnectionTold(
        id=connection.connection_id,
        code=connection.code,
        name=connection.name,
        adapter=connection.adapter,
        vendor=connection.vendor_id,
        directions=sorted(connection.directions),
        purposes=list(connection.purposes),
        state=connection.state,
        why=connection.why,
        waiting=one.waiting,
        parked=one.parked,
        people=one.linked,
        lag=one.lag_seconds,
        took=TookTold(count=took.count, p50=took.p50, p95=took.p95, p99=took.p99),
        problem=one.problem,
        answered_at=_utc(one.answered_at),
        compared_at=_utc(one.compared_at),
        drifted=one.drifted,
        missing=one.missing,
    )


def _delivery(one: Delivery) -> DeliveryTold:
    return DeliveryTold(
        id=one.delivery_id,
        state=one.state,
        cause=one.cause,
        act=one.act,
        fields=list(one.fields or ()),
        changes=one.changes,
        attempts=one.attempts,
        changed_at=one.changed_at.astimezone(UTC),
        sent_at=_utc(one.sent_at),
        settled_at=_utc(one.settled_at),
        problem=one.problem,
    )


def _vendor(one: Vendor, today: date) -> VendorTold:
    return VendorTold(
        id=one.vendor_id,
        code=one.code,
        name=one.name,
        country=one.country,
        transfer=one.transfer,
        contract_until=one.contract_until,
        certificates=[
            CertificateTold(
                name=proof.name, valid_until=proof.valid_until, is_required=proof.is_required
            )
            for proof in one.certificates
        ],
        trouble=one.trouble(today),
        ended_at=_utc(one.ended_at),
    )


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)


_ONE: Final = "/connections/{connection_id}"

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/connections",
        name="list_connections",
        tag="connections",
        summary="Connections, and how they do",
        about="Those that have not ended. Counts and times; nothing about anybody.",
        scope=Scope.CONNECTIONS_READ,
        gives=Connections,
        run=listed,
    ),
    Operation(
        method="GET",
        path=_ONE,
        name="read_connection",
        tag="connections",
        summary="How one connection does",
        scope=Scope.CONNECTIONS_READ,
        gives=ConnectionTold,
        run=shown,
        errors=(404,),
    ),
    Operation(
        method="GET",
        path=f"{_ONE}/deliveries",
        name="list_deliveries",
        tag="connections",
        summary="What became of each change, newest first",
        about="Pages are by time: give `next` of one as `after` of the following.",
        scope=Scope.CONNECTIONS_READ,
        takes=DeliveriesQuery,
        gives=Deliveries,
        run=deliveries,
        errors=(404,),
    ),
    Operation(
        method="POST",
        path=f"{_ONE}/pause",
        name="pause_connection",
        tag="connections",
        summary="Hold a connection",
        about="What changes is kept for it, and goes out when it is resumed.",
        scope=Scope.CONNECTIONS_MANAGE,
        takes=Nothing,
        gives=ConnectionTold,
        run=paused,
        errors=(404, 409),
        example={},
    ),
    Operation(
        method="POST",
        path=f"{_ONE}/resume",
        name="resume_connection",
        tag="connections",
        summary="Go on with a connection that is paused",
        about="A draft is started, and what is stopping is called back, by a member of staff.",
        scope=Scope.CONNECTIONS_MANAGE,
        takes=Nothing,
        gives=ConnectionTold,
        run=resumed,
        errors=(404, 409),
        example={},
    ),
    Operation(
        method="POST",
        path=f"{_ONE}/replay",
        name="replay_connection",
        tag="connections",
        summary="Compare people anew with what the other system holds",
        about="What agrees already is not sent. Changes of mind go first all the same.",
        scope=Scope.CONNECTIONS_MANAGE,
        takes=ReplayIn,
        gives=Replayed,
        run=replayed,
        errors=(404, 409),
        example={"since": "2026-11-22T08:00:00Z"},
    ),
    Operation(
        method="GET",
        path="/vendors",
        name="list_vendors",
        tag="connections",
        summary="Vendors, and what keeps data from going there",
        scope=Scope.CONNECTIONS_READ,
        gives=Vendors,
        run=known,
    ),
)
