"""Previewing: what would go to another system, field by field, and why; nothing is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.connections.model.composing import Line
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.service.exchange import Exchange
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person's record there would become.

    `lines` holds every mapped field with its reason; values are missing unless they were opened.
    `changed`: names there of those that differ from what was last agreed on; `is_held`: they hold
    the person now; `act` None: nothing would be sent.
    """

    act: Act | None
    lines: tuple[Line, ...]
    changed: frozenset[str]
    is_held: bool


@dataclass(frozen=True, slots=True)
class DryRun:
    """How many people would be told, by the mask of who may be told alone; nothing is opened."""

    people: int
    put: int
    remove: int
    untouched: int
    fields: Mapping[str, int]  # by the name there: for how many it may go


async def preview(
    tx: Tx, connection: Connection, profile_id: ProfileId, *, actor: Actor, exchange: Exchange
) -> Preview:
    """Return what would go about one person and why; audited as an opening for each purpose.

    Raises:
        NotAllowed: the actor may not work for one of the purposes; commit: the entry stands here.
    """
    raise NotImplementedError


async def dry_run(tx: Tx, connection_id: UUID, *, exchange: Exchange, actor: Actor) -> DryRun:
    """Count over everybody who would be told; audited."""
    raise NotImplementedError
