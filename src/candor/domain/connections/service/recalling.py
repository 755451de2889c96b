"""Files that lie somewhere: who in them changed their mind since, and when they are taken away.

A file is a copy, and cannot follow. So the books say who is in it; whoever has none of its purposes
any more is counted on its page, and a new file can be asked for. A file with somebody in it who was
erased is taken away at once. What cannot be taken away is tried again for ever, and says so.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from candor.domain.connections.adapters.line import Filer
from candor.domain.connections.model.connection import Connection, State, Why
from candor.domain.connections.model.file import File, Trouble, pause_of
from candor.domain.connections.model.file import State as FileState
from candor.domain.connections.queries import files as stored
from candor.domain.connections.queries import progress as kept
from candor.domain.connections.queries.files import PersonRow
from candor.domain.connections.service import connecting, filing
from candor.domain.connections.service.admitting import ACTOR
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.routing import MINDS
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import sharing
from candor.domain.consent.service.sharing import Stands
from candor.domain.feed import service as feed
from candor.domain.feed.model import Horizon
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId, new_id

_LEASE: Final = timedelta(minutes=5)
_SLICE: Final = 2_000
_AWAY: Final = feed.KEPT_FOR - timedelta(days=1)
_LOCK: Final = "minds"
_EARLY: Final = frozenset({Trouble.ERASED, Trouble.WITHDRAWN, Trouble.STOPPED})


# ------------------------------------------------------------------------- changed minds
async def follow(exchange: Exchange) -> int:
    """Look who in a file has changed their mind since; return how many profiles were looked at."""
    async with exchange.database.read("connections.look") as tx:
        connections = await connecting.every(tx)
    count = 0
    for connection in connections:
        is_filer = isinstance(exchange.adapters.get(connection.adapter), Filer)
        if is_filer and connection.state not in {State.DRAFT, State.ENDED}:
            count += await _follow(exchange, connection)
            if connection.state is State.STOPPING:
                await _stop(exchange, connection)
    return count


async def _follow(exchange: Exchange, connection: Connection) -> int:
    """Follow changed minds for one connection to the end."""
    count, is_all = 0, False
    while not is_all:
        async with exchange.database.tx("connections.look") as tx:
            where = connection.connection_id
            row = await kept.place(tx, connection_id=where)
            if row is None or not await kept.try_lock(tx, connection_id=where, what=_LOCK):
                return count
            now = exchange.clock.now()
            is_lost = row.routed_at is not None and now - row.routed_at > _AWAY
            if row.minds_horizon is None or is_lost:
                here = (
                    await feed.changes(tx, horizon=await feed.now(tx), kinds=(), at_most=1)
                ).horizon
                await kept.set_horizons(tx, connection_id=where, minds_horizon=here, at=now)
                return count + await _everybody(tx, connection, exchange)
            found = await feed.changes(
                tx, horizon=Horizon(row.minds_horizon), kinds=MINDS, at_most=_SLICE
            )
            changed = [change.profile_id for change in found.changes]
            if changed:
                rows = await stored.people_of(tx, where, changed, at_most=100 * _SLICE)
                await _look_at(tx, rows, exchange)
                await kept.set_horizons(
                    tx, connection_id=where, minds_horizon=found.horizon, at=now
                )
            count, is_all = count + len(changed), found.is_all
    return count


async def _everybody(tx: Tx, connection: Connection, exchange: Exchange) -> int:
    """Look at everybody who is in a file: the feed does not go back so far."""
    count, after = 0, None
    while True:
        rows = await stored.people_of(
            tx, connection.connection_id, None, after=after, at_most=_SLICE
        )
        await _look_at(tx, rows, exchange)
        count += len(rows)
        if len(rows) < _SLICE:
            return count
        after = rows[-1].profile_id


async def _look_at(tx: Tx, rows: Sequence[PersonRow], exchange: Exchange) -> None:
    """Write down who of these has none of the purposes any more; recall files of the erased."""
    if not rows:
        return
    now = exchange.clock.now()
    stands = await _stands(tx, {row.profile_id for row in rows}, exchange)
    in_force = (await exchange.rulebook.rules(tx)).in_force
    changed = [
        _is_changed(stands.get(row.profile_id), in_force.codes_of(row.purposes)) for row in rows
    ]
    await stored.note_minds(tx, rows, changed, at=now)
    erased = {
        row.file_id
        for row in rows
        if (found := stands.get(row.profile_id)) is None
        or found.state.standing == Standing.ERASED
    }
    await recall(tx, sorted(erased), Trouble.ERASED, clock=exchange.clock)


async def _stands(tx: ReadTx, ids: set[UUID], exchange: Exchange) -> dict[UUID, Stands]:
    """Return what stands about each; of one that was merged, about whom it belongs to now."""
    policy, now = (await exchange.rulebook.rules(tx)).policy, exchange.clock.now()
    profiles = [ProfileId(one) for one in ids]
    found = await sharing.what_stands(tx, profiles, (), policy=policy, now=now)
    heads = {one: ProfileId(each.state.head_id) for one, each in found.items()}
    missing = [one for one in set(heads.values()) if one not in found]
    found |= await sharing.what_stands(tx, missing, (), policy=policy, now=now)
    return {one: found[head] for one, head in heads.items() if head in found}


def _is_changed(stands: Stands | None, purposes: Sequence[str]) -> bool:
    if stands is None or stands.state.standing != Standing.ACTIVE:
        return True
    return not stands.allowed & frozenset(purposes)


# ------------------------------------------------------------------------- taken away
async def recall(tx: Tx, file_ids: Sequence[UUID], why: Trouble, *, clock: Clock) -> int:
    """Have files taken away early; audited; returns how many are."""
    recalled = await stored.recall(tx, file_ids, at=clock.now(), reason=why)
    for file_id in recalled:
        file = await filing.find(tx, file_id)
        await filing.written(
            tx, "connections.file_recalled", file.connection_id, file_id, ACTOR, clock, why=why
        )
    return len(recalled)


async def recall_of(tx: Tx, members: Sequence[ProfileId], *, clock: Clock) -> int:
    """Have files taken away in which somebody is who is erased; returns how many are."""
    return await recall(tx, await stored.files_with(tx, members), Trouble.ERASED, clock=clock)


async def take_away_due(exchange: Exchange) -> int:
    """Take one file away that is due; return how many were.

    Raises:
        Unavailable: the database is away.
    """
    by, now = f"{exchange.node}/{new_id()}", exchange.clock.now()
    async with exchange.database.tx("connections.file") as tx:
        file_id = await stored.claim_taking(tx, by=by, at=now, until=now + _LEASE)
        if file_id is None:
            return 0
        file = await filing.find(tx, file_id)
        connection = await connecting.find(tx, file.connection_id)
    problem = await _take_away(exchange, connection, file)
    async with exchange.database.tx("connections.file") as tx:
        if problem is not None:
            due_at = exchange.clock.now() + pause_of(file.attempts)
            await stored.give_back(tx, file_id, by=by, due_at=due_at, problem=problem)
            return 0
        await _gone(tx, file, by, exchange.clock)
    return 1


async def _take_away(exchange: Exchange, connection: Connection, file: File) -> str | None:
    """Take a file away; return the code of why it could not be."""
    try:
        filer = filing.filer_of(connection, exchange)
        await filer.take_away(exchange.line(connection), file.name or "")
    except Exception as error:  # noqa: BLE001 - a mistake in one file stops no other
        return filing.problem_of(error)
    return None


async def _gone(tx: Tx, file: File, by: str, clock: Clock) -> None:
    reason = file.problem
    if file.state is FileState.PUT:
        is_early = file.recalled_at is not None
        reason = _why(file) if is_early else None
    if await stored.note_gone(tx, file.file_id, by=by, at=clock.now(), reason=reason):
        await filing.written(
            tx,
            "connections.file_taken_away",
            file.connection_id,
            file.file_id,
            ACTOR,
            clock,
            why=reason or "expired",
        )


def _why(file: File) -> str:
    """Return why a file was recalled, where its first try to take it away said otherwise."""
    known = {one.value for one in _EARLY}
    return file.problem if file.problem in known else Trouble.WITHDRAWN.value


async def _stop(exchange: Exchange, connection: Connection) -> None:
    """Let nothing lie anywhere of a connection that stops; end it when nothing does any more."""
    async with exchange.database.tx("connections.file") as tx:
        now = exchange.clock.now()
        rows = await stored.open_files(tx, connection.connection_id)
        for row in rows:
            state = FileState(row.state)
            if state is FileState.PROPOSED:
                await stored.move(
                    tx, row.file_id, FileState.DECLINED, from_states=[state], at=now
                )
            elif state in {FileState.APPROVED, FileState.MAKING}:
                await stored.move(
                    tx,
                    row.file_id,
                    FileState.FAILED,
                    from_states=[state],
                    at=now,
                    problem=Trouble.STOPPED,
                )
        await recall(tx, [row.file_id for row in rows], Trouble.STOPPED, clock=exchange.clock)
        may_come_back = connection.why in {Why.VENDOR_LAPSED, Why.LAPSED_WHILE_PAUSED}
        if rows or may_come_back:
            return
        current = await connecting.find(tx, connection.connection_id)
        if current.state is State.STOPPING:
            await connecting.move(
                tx,
                connection.connection_id,
                State.ENDED,
                why=current.why,
                actor=ACTOR,
                clock=exchange.clock,
            )
