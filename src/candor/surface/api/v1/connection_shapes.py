"""What goes in and out about connections and vendors: codes, counts and times; nobody's data."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from candor.domain.connections.model.connection import State, Why
from candor.domain.connections.model.delivery import Act, Stage
from candor.domain.governance.model import Transfer, Trouble
from candor.surface.api.v1.shapes import Given, Instant, Limit, Told

Seconds = Annotated[float, Meta(description="Seconds.")]


class TookTold(Told, frozen=True, kw_only=True):
    """How long changes of a day took to be acknowledged; null while none was."""

    count: int
    p50: Seconds | None
    p95: Seconds | None
    p99: Seconds | None


class ConnectionTold(Told, frozen=True, kw_only=True):
    """A link with another system, and how it does."""

    id: UUID
    code: str
    name: str
    adapter: str
    vendor: UUID | None
    directions: list[str]
    purposes: list[str]
    state: State
    why: Why | None
    waiting: int
    parked: int
    people: Annotated[int, Meta(description="So many it holds, by our books.")]
    lag: Annotated[
        Seconds, Meta(description="Age of the oldest change that waits, in seconds.")
    ]
    took: TookTold
    problem: Annotated[str | None, Meta(description="Code of what is wrong now.")]
    answered_at: datetime | None
    compared_at: datetime | None
    drifted: Annotated[int, Meta(description="Choices that differed at the last comparison.")]
    missing: Annotated[int, Meta(description="People whom it did not list then.")]


class Connections(Told, frozen=True, kw_only=True):
    """All that have not ended, by name."""

    items: list[ConnectionTold]


class DeliveriesQuery(Given, frozen=True, kw_only=True):
    """Which deliveries, from where on."""

    limit: Limit = 50
    after: Annotated[
        UUID | None, Meta(description="`next` of the page before; without it, the newest.")
    ] = None
    state: Stage | None = None


class DeliveryTold(Told, frozen=True, kw_only=True):
    """One change on its way. About whom it is stays inside."""

    id: UUID
    state: Stage
    cause: str
    act: Act | None
    fields: Annotated[list[str], Meta(description="Names there; no values.")]
    changes: int
    attempts: int
    changed_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    problem: str | None


class Deliveries(Told, frozen=True, kw_only=True):
    """A page of deliveries, newest first."""

    items: list[DeliveryTold]
    next: UUID | None


class ReplayIn(Given, frozen=True, kw_only=True):
    """Whom to compare anew with what the other system holds."""

    since: Annotated[
        Instant | None, Meta(description="Those who changed since; null: everybody.")
    ] = None


class Replayed(Told, frozen=True, kw_only=True):
    """How many are on their way now; of everybody the rest follows in slices."""

    count: int


class CertificateTold(Told, frozen=True, kw_only=True):
    """What proves how a vendor keeps data."""

    name: str
    valid_until: date
    is_required: bool


class VendorTold(Told, frozen=True, kw_only=True):
    """A third party that receives or provides data."""

    id: UUID
    code: str
    name: str
    country: str
    transfer: Transfer
    contract_until: date | None
    certificates: list[CertificateTold]
    trouble: Annotated[Trouble | None, Meta(description="Why nothing may go there today.")]
    ended_at: datetime | None


class Vendors(Told, frozen=True, kw_only=True):
    """All vendors by name, those off-boarded at the end."""

    items: list[VendorTold]
