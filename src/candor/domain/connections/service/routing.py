"""Routing: the change feed becomes deliveries, one open per person and connection.

Each connection follows the feed with horizons of its own, written in the transaction that makes
the deliveries: whatever dies, nothing is lost. One node at a time follows for a connection. Changed
minds are followed before facts, so that an import never stands in front of a withdrawal. A
connection that starts, that maps anew, whose fields the catalogue declares anew, or that was away
for longer than the feed remembers, has everybody compared, in slices behind everything else.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.connections.errors import WrongState
from candor.domain.connections.model.connection import Connection, State, Why
from candor.domain.connections.model.delivery import Rank
from candor.domain.connections.queries import connections as stored_connections
from candor.domain.connections.queries import deliveries as stored
from candor.domain.connections.queries import links as held
from candor.domain.connections.queries import progress as kept
from candor.domain.connections.queries.deliveries import Due
from candor.domain.connections.queries.progress import PlaceRow
from candor.domain.connections.service import connecting
from candor.domain.connections.service.declaring import declared_of
from candor.domain.connections.service.exchange import Exchange
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import sharing
from candor.domain.consent.service.sharing import Stands
from candor.domain.feed import service as feed
from candor.domain.feed.model import Change, Changed, Horizon
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId

COMPARED: Final = "compared"
REPLAY: Final = "replay"
VENDOR: Final = "vendor"
MINDS: Final = (Changed.CONSENT, Changed.ERASED, Changed.MERGED, Changed.UNMERGED)
FACTS: Final = (Changed.CREATED, Changed.ATTRIBUTES, Changed.IDENTIFIERS, Changed.DECIDED)
_MINDS_LOCK: Final = "minds"
_FACTS_LOCK: Final = "facts"
SLICE: Final = 1_000  # changes followed in one transaction: nobody waits for it for long
SWEPT: Final = 500  # people compared in one transaction
_BACKLOG: Final = 5_000  # no more people are compared while so many wait
_AWAY: Final = feed.KEPT_FOR - timedelta(days=1)
_SEEN_EVERY: Final = timedelta(minutes=1)
_MACHINE: Final = Actor.machine("exchange")


@dataclass(frozen=True, slots=True)
class Routed:
    """What one round of following came to."""

    deliveries: int = 0
    is_all: bool = True  # False: there is more to follow already


async def route(exchange: Exchange) -> int:
    """Follow the feed for every connection that is told; return how many deliveries it made.

    Goes on until everything that was committed is followed; comparing everybody goes on by slices,
    one in each call.
    """
    await take_over(exchange)
    async with exchange.database.read("connections.route") as tx:
        connections = await stored_connections.connections(tx)
    made = 0
    for connection in connections:
        is_moving = connection.state in {State.ACTIVE, State.STOPPING}
        if connection.is_told and is_moving and exchange.follows(connection):
            made += await follow(exchange, connection.connection_id)
            made += await sweep(exchange, connection.connection_id)
    return made


async def take_over(exchange: Exchange) -> int:
    """Make due again what workers had for longer than their lease; return how many."""
    async with exchange.database.tx("connections.take_over") as tx:
        return await stored.take_over(tx, at=exchange.clock.now())


async def follow(exchange: Exchange, connection_id: UUID) -> int:
    """Follow the feed for one connection to its end; return how many deliveries it made."""
    made = await follow_minds(exchange, connection_id)
    return made + await follow_facts(exchange, connection_id)


async def follow_minds(exchange: Exchange, connection_id: UUID) -> int:
    """Follow changed minds for one connection to the end; return how many deliveries it made."""
    return await _followed(exchange, connection_id, _follow_minds)


async def follow_facts(exchange: Exchange, connection_id: UUID) -> int:
    """Follow changed facts for one connection to the end; return how many deliveries it made."""
    return await _followed(exchange, connection_id, _follow_facts)


async def _followed(
    exchange: Exchange,
    connection_id: UUID,
    step: Callable[[Tx, UUID, Exchange], Awaitable[Routed]],
) -> int:
    made, is_all = 0, False
    while not is_all:
        async with exchange.database.tx("connections.route") as tx:
            done = await step(tx, connection_id, exchange)
        made, is_all = made + done.deliveries, done.is_all
    return made


async def sweep(exchange: Exchange, connection_id: UUID) -> int:
    """Have a slice of everybody compared with a connection, if due; return how many.

    Of one that stops: have those removed whom it still holds, and end it when nobody is left.
    """
    async with exchange.database.tx("connections.sweep") as tx:
        return await _sweep(tx, connection_id, exchange)


async def request(
    tx: Tx,
    connection_id: UUID,
    profile_ids: Sequence[ProfileId],
    *,
    cause: str,
    clock: Clock,
    rank: Rank = Rank.FACT,
    task_id: UUID | None = None,
) -> int:
    """Ask that a connection be told what stands about these profiles, each for itself.

    Joins the delivery that is open already. `cause`: code: compared, drift, request. Returns how
    many.
    """
    now = clock.now()
    due = [Due(one, cause, rank, now) for one in sorted(set(profile_ids))]
    return await stored.open_deliveries(tx, connection_id, due, at=now, task_id=task_id)


async def replay(
    tx: Tx, connection_id: UUID, since: datetime | None, *, actor: Actor, exchange: Exchange
) -> int:
    """Compare those who changed since an instant anew, or, with None, everybody; audited.

    Everybody is compared in slices by `route`. Returns how many were put on their way now.

    Raises:
        NoSuchConnection, WrongState: there is none, or it is a draft, over, or follows nothing.
    """
    connection = await connecting.find(tx, connection_id)
    is_over = connection.state in {State.DRAFT, State.ENDED}
    if not connection.is_told or is_over or not exchange.follows(connection):
        raise WrongState
    made = 0
    if since is None:
        await kept.begin_sweep(tx, connection_id=connection_id)
    else:
        made = await _again(tx, connection, since, exchange)
    detail = {"connection": str(connection_id), "everybody": int(since is None), "people": made}
    await audit.record(
        tx, actor=actor, action="connections.replayed", clock=exchange.clock, detail=detail
    )
    return made


async def _again(tx: Tx, connection: Connection, since: datetime, exchange: Exchange) -> int:
    horizon, is_all, made = await feed.since(tx, since), False, 0
    while not is_all:
        found = await feed.changes(tx, horizon=horizon, kinds=tuple(Changed), at_most=SLICE)
        made += await _deliver(tx, connection, found.changes, exchange, cause=REPLAY)
        horizon, is_all = found.horizon, found.is_all
    return made


# --------------------------------------------------------------------------------- following
async def _follow_minds(tx: Tx, connection_id: UUID, exchange: Exchange) -> Routed:
    """Follow a slice of changed minds; take the first place in the feed where there is none."""
    row, now = await _place(tx, connection_id, _MINDS_LOCK), exchange.clock.now()
    if row is None:
        return Routed()
    if row.horizon is None or row.minds_horizon is None or _was_away(row, now):
        here = (await feed.changes(tx, horizon=await feed.now(tx), kinds=(), at_most=1)).horizon
        await kept.set_horizons(
            tx, connection_id=connection_id, minds_horizon=here, horizon=here, at=now
        )
        await kept.begin_sweep(tx, connection_id=connection_id)
        return Routed()
    found = await feed.changes(
        tx, horizon=Horizon(row.minds_horizon), kinds=MINDS, at_most=SLICE
    )
    made = 0
    if found.changes:
        connection = await connecting.find(tx, connection_id)
        made = await _deliver(tx, connection, found.changes, exchange)
    if found.changes or _is_long_ago(row, now):
        await kept.set_horizons(
            tx,
            connection_id=connection_id,
            minds_horizon=found.horizon,
            at=now,
        )
    return Routed(made, found.is_all)


async def _follow_facts(tx: Tx, connection_id: UUID, exchange: Exchange) -> Routed:
    """Follow a slice of changed facts."""
    row, now = await _place(tx, connection_id, _FACTS_LOCK), exchange.clock.now()
    if row is None or row.horizon is None or row.minds_horizon is None:
        return Routed()
    found = await feed.changes(tx, horizon=Horizon(row.horizon), kinds=FACTS, at_most=SLICE)
    made = 0
    if found.changes:
        connection = await connecting.find(tx, connection_id)
        made = await _deliver(tx, connection, found.changes, exchange)
    if found.changes or _is_long_ago(row, now):
        await kept.set_horizons(
            tx,
            connection_id=connection_id,
            horizon=found.horizon,
            at=now,
        )
    return Routed(made, found.is_all)


async def _place(tx: Tx, connection_id: UUID, lock: str) -> PlaceRow | None:
    """Return where a connection is in the feed; None: another node follows, or nothing moves.

    Who stops has everybody removed, whatever changed.
    """
    if not await kept.try_lock(tx, connection_id=connection_id, what=lock):
        return None
    row = await kept.place(tx, connection_id=connection_id)
    return row if row is not None and row.state == State.ACTIVE else None


def _was_away(row: PlaceRow, now: datetime) -> bool:
    return row.routed_at is not None and now - row.routed_at > _AWAY


def _is_long_ago(row: PlaceRow, now: datetime) -> bool:
    """Tell whether a horizon should move although nothing happened: it costs a row each time."""
    return row.routed_at is None or now - row.routed_at > _SEEN_EVERY


async def _deliver(
    tx: Tx,
    connection: Connection,
    changes: Sequence[Change],
    exchange: Exchange,
    *,
    cause: str | None = None,
) -> int:
    """Make deliveries of changes: one for each person, and for each record that must go."""
    if not changes or not exchange.keeps_people(connection):
        return 0
    now = exchange.clock.now()
    stands = await _stands(tx, [change.profile_id for change in changes], exchange, now)
    merged = {
        change.profile_id: stands[ProfileId(change.profile_id)].state.head_id
        for change in changes
        if ProfileId(change.profile_id) in stands
        and stands[ProfileId(change.profile_id)].state.head_id != change.profile_id
    }
    if merged:
        await held.let_heads_adopt(
            tx,
            connection_id=connection.connection_id,
            profile_ids=list(merged),
            head_ids=list(merged.values()),
        )
    due = _dues(changes, merged, cause)
    missing = [ProfileId(one) for one in due if ProfileId(one) not in stands]
    stands |= await _stands(tx, missing, exchange, now) if missing else {}
    wanted = await _relevant(tx, connection, due, stands)
    return await stored.open_deliveries(
        tx, connection.connection_id, wanted, at=now, task_id=None
    )


def _dues(
    changes: Sequence[Change], merged: Mapping[UUID, UUID], cause: str | None
) -> dict[UUID, Due]:
    """Return what is due about each head, and about each merged profile itself."""
    due: dict[UUID, Due] = {}
    for change in changes:
        rank = Rank.MIND if change.kinds & set(MINDS) else Rank.FACT
        if cause is not None:
            rank = Rank.EVERYBODY
        why = cause or min(change.kinds)
        for one in {change.profile_id, merged.get(change.profile_id, change.profile_id)}:
            known = due.get(one)
            due[one] = Due(
                one,
                why if known is None or rank < known.rank else known.cause,
                rank if known is None else min(rank, known.rank),
                change.changed_at
                if known is None
                else min(change.changed_at, known.changed_at),
                change.count + (known.changes if known else 0),
            )
    return due


async def _relevant(
    tx: Tx,
    connection: Connection,
    due: Mapping[UUID, Due],
    stands: Mapping[ProfileId, Stands],
) -> list[Due]:
    """Leave out whom the other side neither holds nor may be told of: most who only look round."""
    mine = frozenset(connection.purposes)
    told = {one for one in due if _may_be_told(one, stands.get(ProfileId(one)), mine)}
    rest = [one for one in due if one not in told]
    told |= set(
        await stored.concerned(tx, connection_id=connection.connection_id, profile_ids=rest)
        if rest
        else ()
    )
    return [due[one] for one in sorted(told)]


def _may_be_told(profile_id: UUID, stands: Stands | None, mine: frozenset[str]) -> bool:
    return (
        stands is not None
        and stands.state.head_id == profile_id
        and stands.state.standing == Standing.ACTIVE
        and bool(stands.allowed & mine)
    )


async def _stands(
    tx: ReadTx, profile_ids: Sequence[UUID], exchange: Exchange, now: datetime
) -> dict[ProfileId, Stands]:
    policy = (await exchange.rulebook.rules(tx)).policy
    ids = [ProfileId(one) for one in profile_ids]
    return await sharing.what_stands(tx, ids, (), policy=policy, now=now)


# --------------------------------------------------------------------------------- everybody
async def _sweep(tx: Tx, connection_id: UUID, exchange: Exchange) -> int:
    """Have a slice of everybody compared, if that is due; return how many."""
    if not await kept.try_lock(tx, connection_id=connection_id, what="everybody"):
        return 0
    connection = await connecting.find(tx, connection_id)
    if connection.state is State.STOPPING:
        return await _remove_all(tx, connection, exchange)
    row = (await kept.progress(tx, [connection_id]))[connection_id]
    declared = await _fingerprint(tx, connection, exchange)
    is_begun = row.sweep_edition == connection.edition and row.declared == declared
    if connection.state is not State.ACTIVE or (is_begun and row.sweep_after is None):
        return 0
    now = exchange.clock.now()
    every = [Rank.EVERYBODY]
    if (
        await stored.due(tx, connection_id=connection_id, ranks=every, at=now, at_most=_BACKLOG)
        >= _BACKLOG
    ):
        return 0
    after = row.sweep_after if is_begun else None
    heads = await sharing.people_after(tx, after, at_most=SWEPT)
    is_last = len(heads) < SWEPT
    linked = await held.linked_between(
        tx,
        connection_id=connection_id,
        after=after,
        up_to=None if is_last else heads[-1],
        at_most=1_000_000,
    )
    everybody = {*heads, *linked} if exchange.keeps_people(connection) else set[UUID]()
    due = {one: Due(one, COMPARED, Rank.EVERYBODY, now) for one in everybody}
    stands = await _stands(tx, list(due), exchange, now)
    wanted = await _relevant(tx, connection, due, stands)
    await kept.set_sweep(
        tx,
        connection_id=connection_id,
        after=None if is_last else heads[-1],
        edition=connection.edition,
        declared=declared,
    )
    return await stored.open_deliveries(tx, connection_id, wanted, at=now, task_id=None)


async def _remove_all(tx: Tx, connection: Connection, exchange: Exchange) -> int:
    """Make removals due for whom a connection that stops still holds; end it after the last."""
    connection_id, now = connection.connection_id, exchange.clock.now()
    await kept.begin_sweep(tx, connection_id=connection_id)  # should it ever start again
    waiting = await stored.due(
        tx, connection_id=connection_id, ranks=[Rank.MIND], at=now, at_most=_BACKLOG
    )
    if waiting >= _BACKLOG:
        return 0
    left = await held.unattended(tx, connection_id=connection_id, at_most=SWEPT)
    may_come_back = connection.why in {Why.VENDOR_LAPSED, Why.LAPSED_WHILE_PAUSED}
    is_done = not left and not await stored.is_left(tx, connection_id=connection_id)
    if is_done and not may_come_back:  # else it waits for the vendor's renewal, or its end
        await connecting.move(
            tx,
            connection_id,
            State.ENDED,
            why=connection.why,
            actor=_MACHINE,
            clock=exchange.clock,
        )
    due = [Due(one, VENDOR, Rank.MIND, now) for one in left]
    return await stored.open_deliveries(tx, connection_id, due, at=now, task_id=None)


async def _fingerprint(tx: ReadTx, connection: Connection, exchange: Exchange) -> str:
    """Return what the catalogue says about what is mapped, as a hash: other words, other people."""
    in_force = (await exchange.rulebook.rules(tx)).in_force
    declared = declared_of(connection, in_force)
    said = [
        f"{name}={','.join(sorted(purposes))}" for name, purposes in sorted(declared.items())
    ]
    return hashlib.blake2b("\n".join(said).encode(), digest_size=16).hexdigest()
