"""Previewing: what would go to another system, field by field, and why; nothing is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.connections.model import composing
from candor.domain.connections.model.composing import Line
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.queries import links as held
from candor.domain.connections.service import admitting, connecting
from candor.domain.connections.service.exchange import Exchange
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import sharing, words
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId

_SLICE: Final = 2_000


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
        NoKey: the person was erased at this moment.
    """
    people = await admitting.look(tx, connection, [profile_id], exchange, actor=actor)
    person = people[profile_id]
    found = await held.links_at(
        tx, connection_id=connection.connection_id, profile_ids=[profile_id]
    )
    link = found.get(profile_id)
    is_held = link is not None and link.removed_at is None
    is_brought = admitting.is_brought(link)
    wanted = composing.desired(connection, person, is_brought=is_brought)
    if wanted.act is Act.REMOVE:
        return Preview(Act.REMOVE if is_held else None, (), frozenset(), is_held)
    changed = admitting.differing(admitting.marks_of(wanted, exchange.lock(connection)), link)
    may_begin = bool(person.allowed & frozenset(connection.purposes)) and bool(wanted.keys)
    is_due = bool(changed) and (is_held or may_begin)
    return Preview(Act.PUT if is_due else None, wanted.lines, changed, is_held)


async def dry_run(tx: Tx, connection_id: UUID, *, exchange: Exchange, actor: Actor) -> DryRun:
    """Count over everybody who would be told; audited.

    By purposes and by whom the other side holds, not by values: of those who may be told, some
    may turn out to have nothing to be told of, or nothing new.
    """
    connection = await connecting.find(tx, connection_id)
    policy = (await exchange.rulebook.rules(tx)).policy
    people = put = remove = 0
    fields = dict.fromkeys((one.there for one in connection.mapping if one.is_out), 0)
    after: ProfileId | None = None
    while heads := await sharing.people_after(tx, after, at_most=_SLICE):
        after = heads[-1]
        stands = await sharing.what_stands(
            tx, heads, (), policy=policy, now=exchange.clock.now()
        )
        links = await held.links_at(tx, connection_id=connection_id, profile_ids=heads)
        brought = {
            one
            for one in stands
            if connection.is_heard and admitting.is_brought(links.get(one))
        }
        said = await words.said(tx, brought, policy=policy, now=exchange.clock.now())
        for one, stand in stands.items():
            people += 1
            is_put = stand.state.standing == Standing.ACTIVE and bool(
                stand.allowed & frozenset(connection.purposes)
            )
            link = links.get(one)
            put += is_put
            is_held = link is not None and link.removed_at is None
            is_theirs = one in brought and admitting.is_silent(connection, said.get(one))
            remove += is_held and not is_put and not is_theirs
            for mapped in connection.mapping if is_put else ():
                if mapped.is_out and (
                    mapped.is_choice
                    or stand.allowed & frozenset(composing.for_purposes(mapped, connection))
                ):
                    fields[mapped.there] += 1
    detail = {"connection": str(connection_id), "people": people}
    await audit.record(
        tx, actor=actor, action="connections.counted", clock=exchange.clock, detail=detail
    )
    return DryRun(people, put, remove, people - put - remove, fields)
