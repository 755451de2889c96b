"""Delivering: claim, ask the gate, send, write down what became of it.

One round takes a number of due deliveries of one connection. In a first transaction they are leased
to this worker, decided on and written down (`admitting`); after its commit the bytes leave; in a
second one it is settled what became of them, each only while this worker still has the lease. A
worker that dies in between loses nothing: the lease runs out and another says it again, with the
same key for the same words (at least once; who must not act twice remembers the key).

Changed minds go before everything else, in lanes of their own. A system that does not answer is
asked less and less often, whatever waits; what one person's record meets is that record's matter.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.connections.adapters.line import Line, Mirror
from candor.domain.connections.errors import NotLetIn, Unreached, WrongState
from candor.domain.connections.model.connection import Connection, State, Why
from candor.domain.connections.model.delivery import Rank, Stage
from candor.domain.connections.model.pacing import (
    Bucket,
    is_given_up,
    pause_after,
    pause_of_line,
)
from candor.domain.connections.model.talk import (
    Acknowledged,
    Changed,
    Heard,
    Later,
    Never,
    Reply,
)
from candor.domain.connections.queries import deliveries as stored
from candor.domain.connections.queries import links as held
from candor.domain.connections.queries import progress as kept
from candor.domain.connections.queries.deliveries import ClaimedRow, Settled
from candor.domain.connections.service import admitting, connecting, hearing, settling
from candor.domain.connections.service.admitting import Admitted, Packed
from candor.domain.connections.service.exchange import Exchange
from candor.domain.vault.errors import NoKey, NotAllowed
from candor.infra.db.pool import Tx
from candor.infra.http import OutboundFailed, OutboundRefused
from candor.infra.log import logger
from candor.kernel.clock import Clock
from candor.kernel.errors import Refused, Unavailable
from candor.kernel.ids import ProfileId, new_id

ALL: Final = (Rank.MIND, Rank.FACT, Rank.EVERYBODY)
LEASE: Final = timedelta(seconds=60)
_CALL_SECONDS: Final = 40.0  # what takes longer is said again
_SEND_WITHIN: Final = 15.0  # seconds after claiming; later nothing leaves any more
_UNTIL: Final = 55.0  # seconds after claiming: the lease is not over yet
_ROUND: Final = 16  # people in a round, at least, of a system that takes few at once
_CALLS_AT_ONCE: Final = 8
_SOON: Final = timedelta(seconds=1)
_IDLE: Final = 1.0
_OUT_AFTER: Final = timedelta(minutes=10)  # it is out of order, whoever is in the call
_TRIES_WHILE_OUT: Final = 10
_LONGEST_WHILE_OUT: Final = 300.0  # seconds
_NOT_LET_IN: Final = "not_let_in"
_OUT_OF_ORDER: Final = "adapter_failed"
_dice: Final = secrets.SystemRandom()
_log = logger("connections")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of deliveries in one round."""

    acknowledged: int = 0
    needless: int = 0
    later: int = 0
    parked: int = 0
    wait_seconds: float | None = None  # it is to be left alone for so long

    @property
    def count(self) -> int:
        """Return how many were looked at."""
        return self.acknowledged + self.needless + self.later + self.parked

    def __add__(self, other: "Done") -> "Done":
        """Return both together."""
        return Done(
            self.acknowledged + other.acknowledged,
            self.needless + other.needless,
            self.later + other.later,
            self.parked + other.parked,
            self.wait_seconds if other.wait_seconds is None else other.wait_seconds,
        )


@dataclass(frozen=True, slots=True)
class _Work:
    """One round of one worker at one connection."""

    exchange: Exchange
    connection: Connection
    adapter: Mirror
    line: Line
    by: str  # names this round: what an earlier one says does not count
    is_probe: bool  # it did not answer the last time
    began: float  # by the clock of the event loop

    @property
    def now(self) -> datetime:
        return self.exchange.clock.now()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What became of one call: replies in the order of its parcels, or why there are none."""

    packed: Sequence[Packed]
    replies: Sequence[Reply] = ()
    problem: str | None = None
    after: float | None = None
    is_shut: bool = False  # it does not let us in
    is_unsent: bool = False  # nothing left: this worker was held up for too long


GiveWay = Callable[[], Awaitable[None]]


async def _at_once() -> None:
    """Give way to nobody."""


async def deliver(
    exchange: Exchange,
    connection_id: UUID,
    ranks: Sequence[Rank] = ALL,
    give_way: GiveWay = _at_once,
) -> Done:
    """Deliver what is due over one connection, one round: claim, admit, send, settle.

    `give_way` is waited for before each call: it lets what is more urgent go first.

    Raises:
        Unavailable: the database is away; what was sent and not written down is sent again.
        NoSuchAdapter, NoSuchConnection.
    """
    prepared = await _prepare(exchange, connection_id, ranks)
    if isinstance(prepared, Done):
        return prepared
    work, people = prepared
    admitted, held_up = await _admitted(work, people, ranks)
    done = Done(needless=len(admitted.needless), later=held_up)
    return done + await _send_all(work, admitted.packed, give_way)


async def retry(
    tx: Tx, connection_id: UUID, delivery_id: UUID | None, *, actor: Actor, clock: Clock
) -> int:
    """Try parked deliveries of a connection again, one or all; audited; returns how many."""
    count = await stored.retry_parked(
        tx, connection_id=connection_id, delivery_id=delivery_id, at=clock.now()
    )
    await _written(tx, "connections.retried", connection_id, count, actor, clock)
    return count


async def drop(
    tx: Tx, connection_id: UUID, delivery_id: UUID | None, *, actor: Actor, clock: Clock
) -> int:
    """Give parked deliveries of a connection up, one or all; audited; returns how many.

    What may have arrived of them is not counted on: the next change says everything anew.
    """
    dropped = await stored.drop_parked(
        tx, connection_id=connection_id, delivery_id=delivery_id, at=clock.now()
    )
    unsure = [row.profile_id for row in dropped if row.is_uncertain]
    if unsure:
        await held.forget_bases(tx, connection_id=connection_id, profile_ids=unsure)
    await _written(tx, "connections.dropped", connection_id, len(dropped), actor, clock)
    return len(dropped)


async def _written(
    tx: Tx, action: str, connection_id: UUID, count: int, actor: Actor, clock: Clock
) -> None:
    if count:
        detail = {"connection": str(connection_id), "deliveries": count}
        await audit.record(tx, actor=actor, action=action, clock=clock, detail=detail)


# ----------------------------------------------------------------------------------- claiming
async def _prepare(
    exchange: Exchange, connection_id: UUID, ranks: Sequence[Rank]
) -> "Done | tuple[_Work, int]":
    """Find out how many may be claimed now; take the calls for them from the bucket."""
    now = exchange.clock.now()
    async with exchange.database.tx("connections.pace") as tx:
        connection = await connecting.find(tx, connection_id)
        if connection.state not in {State.ACTIVE, State.STOPPING} or not connection.is_told:
            return Done(wait_seconds=_IDLE)
        row = (await kept.progress(tx, [connection_id]))[connection_id]
        if row.not_before is not None and row.not_before > now:
            return Done(wait_seconds=(row.not_before - now).total_seconds())
        people = connection.at_once if row.failures else max(connection.at_once, _ROUND)
        people = await stored.due(
            tx, connection_id=connection_id, ranks=ranks, at=now, at_most=people
        )
        if not people:
            return Done()
        if connection.per_minute is not None:
            is_mind = ranks == (Rank.MIND,)
            calls, wait = await _take(tx, connection, people, now, is_mind=is_mind)
            if not calls:
                return Done(wait_seconds=wait)
            people = min(people, calls * connection.at_once)
    adapter = exchange.adapter(connection.adapter)
    if not isinstance(adapter, Mirror):
        return Done(wait_seconds=_IDLE)  # it carries messages: nobody is told anything by it
    by = f"{exchange.node}/{new_id()}"
    line, is_probe = exchange.line(connection), row.failures > 0
    began = asyncio.get_running_loop().time()
    return _Work(exchange, connection, adapter, line, by, is_probe, began), people


async def _take(
    tx: Tx, connection: Connection, people: int, now: datetime, *, is_mind: bool
) -> tuple[int, float]:
    """Take calls for so many people from the bucket that all nodes share."""
    wanted = -(-people // connection.at_once)
    row = await kept.lock_bucket(tx, connection_id=connection.connection_id)
    calls, left, wait = Bucket(row.tokens, row.called_at).take(
        wanted, per_minute=connection.per_minute or 1, now=now, is_mind=is_mind
    )
    await kept.set_bucket(
        tx, connection_id=connection.connection_id, tokens=left.tokens, at=now
    )
    return calls, wait


async def _admitted(work: _Work, people: int, ranks: Sequence[Rank]) -> tuple[Admitted, int]:
    """Claim and decide; return what may leave, and how many must be looked at again soon.

    Where somebody chose otherwise, or was erased, at this very moment, each is decided on alone.
    """
    try:
        async with work.exchange.database.tx("connections.admit") as tx:
            rows = await _claim(tx, work, people, ranks)
            return await _decide(tx, work, rows), 0
    except (NotAllowed, NoKey):
        pass
    whole, held_up = Admitted(), 0
    for _ in range(people):
        rows, one = await _one_admitted(work, ranks)
        if not rows:
            break
        if one is None:
            held_up += 1
        else:
            whole = Admitted(whole.packed + one.packed, whole.needless + one.needless)
    return whole, held_up


async def _one_admitted(
    work: _Work, ranks: Sequence[Rank]
) -> tuple[Sequence[ClaimedRow], Admitted | None]:
    async with work.exchange.database.tx("connections.admit") as tx:
        rows = await _claim(tx, work, 1, ranks)
        try:
            async with tx.savepoint():
                return rows, await _decide(tx, work, rows)
        except (NotAllowed, NoKey):
            await stored.settle(
                tx,
                [
                    Settled(
                        row.profile_id,
                        row.delivery_id,
                        Stage.WAITING,
                        work.now + _SOON,
                        "withheld",
                    )
                    for row in rows
                ],
                by=work.by,
                at=work.now,
            )
            return rows, None


async def _claim(tx: Tx, work: _Work, people: int, ranks: Sequence[Rank]) -> list[ClaimedRow]:
    where, now = work.connection.connection_id, work.now
    until, rows = now + LEASE, list[ClaimedRow]()
    if work.is_probe:
        return await stored.claim_probe(
            tx,
            connection_id=where,
            ranks=ranks,
            by=work.by,
            at=now,
            until=until,
            at_most=people,
        )
    for rank in ranks:
        left = people - len(rows)
        if left:
            rows += await stored.claim(
                tx,
                connection_id=where,
                rank=rank,
                by=work.by,
                at=now,
                until=until,
                at_most=left,
            )
    return rows


async def _decide(tx: Tx, work: _Work, rows: Sequence[ClaimedRow]) -> Admitted:
    if not rows:
        return Admitted()
    admitted = await admitting.admit(tx, work.connection, rows, work.exchange)
    now = work.now
    await stored.note_leaving(tx, admitted.leaving, at=now)
    settled = [
        Settled(row.profile_id, row.delivery_id, Stage.NEEDLESS, now, why)
        for row, why in admitted.needless
    ]
    await stored.settle(tx, settled, by=work.by, at=now)
    return admitted


# ------------------------------------------------------------------------------------ sending
async def _send_all(work: _Work, packed: Sequence[Packed], give_way: GiveWay) -> Done:
    """Send what was admitted, some calls at once, and settle each as soon as it is answered."""
    size = work.connection.at_once
    gate = asyncio.Semaphore(_CALLS_AT_ONCE)

    async def call(some: Sequence[Packed]) -> _Answer:
        async with gate:
            await give_way()
            return await _call(work, some)

    pending = {
        asyncio.create_task(call(packed[start : start + size]))
        for start in range(0, len(packed), size)
    }
    done = Done()
    try:
        while pending:
            ready, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            done += await _settle(work, [task.result() for task in ready])
    finally:
        for task in pending:
            task.cancel()
    return done


async def _call(work: _Work, packed: Sequence[Packed]) -> _Answer:
    """Make one call; whatever goes wrong is an answer.

    A worker that was held up does not say what it was about to say: by the time that arrived its
    lease might be over, and what another said since be older than the truth and look newer.
    """
    now = asyncio.get_running_loop().time()
    if now > work.began + _SEND_WITHIN:
        return _Answer(packed, problem="held_up", after=0.0, is_unsent=True)
    try:
        async with asyncio.timeout_at(min(now + _CALL_SECONDS, work.began + _UNTIL)):
            replies = await work.adapter.send(work.line, [one.parcel for one in packed])
    except NotLetIn:
        return _Answer(packed, is_shut=True, problem=_NOT_LET_IN)
    except Unreached as error:
        return _Answer(packed, problem=error.problem, after=error.after)
    except TimeoutError:
        return _Answer(packed, problem="timeout")
    except (OutboundRefused, OutboundFailed, Unavailable, Refused) as error:
        return _Answer(packed, problem=error.code)
    except Exception as error:  # noqa: BLE001 - an adapter's mistake is no other connection's
        # The text of an error may hold what the other system said: its class says enough.
        _log.error(
            "an adapter failed", adapter=work.connection.adapter, error=type(error).__name__
        )
        return _Answer(packed, problem=_OUT_OF_ORDER)
    if len(replies) != len(packed):
        return _Answer(packed, problem="bad_answer")
    return _Answer(packed, replies)


# ----------------------------------------------------------------------------------- settling
async def _settle(work: _Work, answers: Sequence[_Answer]) -> Done:
    """Write down what became of some calls; hear what changed on the other side."""
    settled: list[Settled] = []
    told: list[tuple[Packed, Acknowledged]] = []
    heard: list[tuple[ProfileId, Heard]] = []
    async with work.exchange.database.tx("connections.settle") as tx:
        is_out = await _note(tx, work, answers)
        for answer in answers:
            if answer.problem is not None:
                settled += [_unsaid(work, one, answer, is_out=is_out) for one in answer.packed]
                continue
            for one, reply in zip(answer.packed, answer.replies, strict=True):
                settled.append(_settled(work, one, reply))
                if isinstance(reply, Acknowledged):
                    told.append((one, reply))
                elif isinstance(reply, Changed):
                    heard.append((ProfileId(one.row.profile_id), _whose(one, reply.heard)))
        mine = await stored.settle(tx, settled, by=work.by, at=work.now)
        told = [(one, reply) for one, reply in told if one.row.delivery_id in mine]
        await settling.write_links(tx, work.connection, told, exchange=work.exchange)
        if any(answer.is_shut for answer in answers):
            await _shut(tx, work)
    if heard:
        await hearing.hear(
            work.exchange,
            work.connection,
            [one for _, one in heard],
            whose=[profile_id for profile_id, _ in heard],
        )
    return _counted(settled)


async def _note(tx: Tx, work: _Work, answers: Sequence[_Answer]) -> bool:
    """Note how the other side does; tell whether it is out of order as a whole for a while."""
    connection_id, now = work.connection.connection_id, work.now
    answers = [answer for answer in answers if not answer.is_unsent]
    failed = [answer for answer in answers if answer.problem is not None]
    asked = [
        reply.after
        for answer in answers
        for reply in answer.replies
        if isinstance(reply, Later) and reply.after is not None
    ]
    row = (await kept.progress(tx, [connection_id]))[connection_id]
    if len(failed) < len(answers):
        await kept.note_answer(tx, connection_id=connection_id, at=now)
    if asked:
        await kept.leave_alone(
            tx, connection_id=connection_id, not_before=_until(work, max(asked))
        )
    if failed:
        worst = max(failed, key=lambda answer: answer.after or 0.0)
        pause = worst.after
        if pause is None:
            pause = pause_of_line(row.failures, _dice.random())
        await kept.note_failure(
            tx,
            connection_id=connection_id,
            problem=worst.problem or "",
            not_before=_until(work, pause),
            at=now,
        )
    return (
        bool(failed)
        and len(failed) == len(answers)
        and row.failing_since is not None
        and now - row.failing_since >= _OUT_AFTER
    )


def _until(work: _Work, seconds: float) -> datetime:
    """Return the instant after a pause; nobody makes us wait for longer than an hour."""
    return work.now + timedelta(seconds=min(max(seconds, 0.0), 3600.0))


def _unsaid(work: _Work, one: Packed, answer: _Answer, *, is_out: bool) -> Settled:
    """Return what becomes of a delivery whose call failed as a whole.

    Each waits for longer after each try, so that one whose record breaks every call that it is in
    does not stand in front of the others for ever. While nothing is answered at all, nobody is
    given up.
    """
    row = one.row
    pause = 0.0 if answer.is_shut else answer.after
    is_counted = pause is None and not (is_out and row.attempts > _TRIES_WHILE_OUT)
    if pause is None:
        pause = min(pause_after(row.attempts, _dice.random()), _LONGEST_WHILE_OUT)
    is_over = is_counted and not is_out and is_given_up(row.attempts, row.changed_at, work.now)
    return Settled(
        row.profile_id,
        row.delivery_id,
        Stage.PARKED if is_over else Stage.WAITING,
        _until(work, pause),
        answer.problem,
        is_counted,
    )


def _settled(work: _Work, one: Packed, reply: Reply) -> Settled:
    """Return what becomes of a delivery by the answer to it."""
    row, now = one.row, work.now
    stage, due_at, problem = Stage.ACKNOWLEDGED, now, None
    match reply:
        case Acknowledged():
            pass
        case Never():
            stage, problem = Stage.PARKED, reply.problem
        case Changed():
            stage, problem = Stage.WAITING, "changed"
            if row.attempts > 1:
                due_at = _until(work, pause_after(row.attempts - 1, _dice.random()))
        case Later():
            stage, problem = Stage.WAITING, reply.problem
            pause = reply.after
            if pause is None:
                pause = pause_after(row.attempts, _dice.random())
            due_at = _until(work, pause)
    if stage is Stage.WAITING and is_given_up(row.attempts, row.changed_at, now):
        stage = Stage.PARKED
    return Settled(row.profile_id, row.delivery_id, stage, due_at, problem)


def _whose(one: Packed, heard: Heard) -> Heard:
    """Return what was heard with how the record is called, which we know."""
    if heard.remote_id is None and one.parcel.remote_id is not None:
        return replace(heard, remote_id=one.parcel.remote_id)
    return heard


async def _shut(tx: Tx, work: _Work) -> None:
    """Pause a connection that is not let in: somebody must give it new credentials. Audited."""
    try:
        async with tx.savepoint():
            await connecting.move(
                tx,
                work.connection.connection_id,
                State.PAUSED,
                why=Why.NOT_LET_IN,
                actor=admitting.ACTOR,
                clock=work.exchange.clock,
            )
    except (
        WrongState
    ):  # it was paused meanwhile; or it stops, and removals are tried again later
        await kept.leave_alone(
            tx,
            connection_id=work.connection.connection_id,
            not_before=work.now + timedelta(minutes=15),
        )


def _counted(settled: Sequence[Settled]) -> Done:
    def of(stage: Stage) -> int:
        return sum(1 for one in settled if one.state is stage)

    return Done(
        acknowledged=of(Stage.ACKNOWLEDGED), later=of(Stage.WAITING), parked=of(Stage.PARKED)
    )
