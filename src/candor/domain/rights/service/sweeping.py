"""Sweeping away what is over: foreseen by a dry run, done every night, proved afterwards.

Every slice says for each of its tables what is over (`Holder.sweep`), by one statement that counts
or removes: so a dry run foresees exactly what a real one does. Who is held or restricted is spared,
asked anew in each transaction. After a real run a dry one must find nothing; what it finds is the
problem `left_over` of the run. Small transactions: killed midway, the next one goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.consent.service import sweeping as consent
from candor.domain.feed import service as feed
from candor.domain.rights.errors import NoSuchSweep
from candor.domain.rights.model.sweep import Sweep
from candor.domain.rights.queries import over
from candor.infra import jobs
from candor.infra.db.pool import Database, ReadTx, Tx
from candor.infra.holder import Expired, Holder, Round
from candor.kernel.clock import Clock
from candor.kernel.errors import CandorError
from candor.kernel.ids import new_id

JOB: Final = "rights.sweep_asked"  # the job of a sweep that somebody asked for
SCHEDULE: Final = Actor.machine("schedule")
LEFT_OVER: Final = "left_over"
AT_ONCE: Final = 5_000  # rows of a rule in one transaction
_PART: Final = "rights.sweep"
_SHOWN: Final = 50

Tell = Callable[[str, int], None]  # table/rule, rows so far


@dataclass(frozen=True, slots=True)
class Broom:
    """What a sweep is done with."""

    database: Database
    holders: Mapping[str, Holder]
    clock: Clock


async def list_runs(tx: ReadTx, *, at_most: int = _SHOWN) -> list[Sweep]:
    """Return sweeps, newest first."""
    return await over.sweeps(tx, at_most=at_most)


async def find(tx: ReadTx, sweep_id: UUID) -> Sweep:
    """Return one sweep.

    Raises:
        NoSuchSweep: there is none.
    """
    found = await over.sweep(tx, sweep_id=sweep_id)
    if found is None:
        raise NoSuchSweep
    return found


async def ask(tx: Tx, *, is_dry: bool, actor: Actor, clock: Clock) -> Sweep:
    """Have a worker sweep, or foresee what would go, as soon as this is committed; audited."""
    sweep = _new(is_dry=is_dry, actor=actor, clock=clock)
    await over.insert_sweep(tx, sweep)
    await _write_down(tx, sweep, "rights.sweep_asked", actor, clock)
    name = str(sweep.sweep_id)
    await jobs.defer_named(tx, JOB, key=f"{JOB}/{name}", queue=jobs.SLOW, sweep_id=name)
    return sweep


async def run(
    broom: Broom,
    *,
    is_dry: bool = False,
    sweep_id: UUID | None = None,
    actor: Actor = SCHEDULE,
    tell: Tell | None = None,
) -> Sweep:
    """Sweep, or foresee what would go; return what was done. Idempotent.

    Args:
        broom: what it is done with.
        is_dry: only count.
        sweep_id: of a sweep that was asked for, whose row is there already.
        actor: who sweeps.
        tell: told of each table and rule as rows go.
    """
    clock = broom.clock
    async with broom.database.tx(_PART) as tx:
        if sweep_id is None:
            sweep = _new(is_dry=is_dry, actor=actor, clock=clock)
            await over.insert_sweep(tx, sweep)
        else:
            sweep = await find(tx, sweep_id)
    if sweep.finished_at is not None:
        return sweep  # the job came twice
    now = clock.now()
    counts: dict[str, int] = {}
    problem: str | None = None
    try:
        await _all(broom, now, counts, is_dry=sweep.is_dry, tell=tell)
        if not sweep.is_dry:
            left: dict[str, int] = {}
            await _all(broom, now, left, is_dry=True, tell=None)
            problem = LEFT_OVER if any(left.values()) else None
    except CandorError as error:
        problem = error.code
    done = replace(sweep, counts=counts, finished_at=clock.now(), problem=problem)
    async with broom.database.tx(_PART) as tx:
        await over.write_sweep(tx, done)
        action = "rights.sweep_foreseen" if sweep.is_dry else "rights.swept"
        await _write_down(tx, done, action, actor, clock)
    return done


async def _all(
    broom: Broom, now: datetime, counts: dict[str, int], *, is_dry: bool, tell: Tell | None
) -> None:
    """Go through every slice, and the change feed, until nothing is over."""
    for sweeper in (*broom.holders.values(), None):
        is_over = False
        while not is_over:
            async with broom.database.tx(_PART) as tx:
                if not is_dry:
                    await over.lock_sweeping(tx)
                found = await _one(tx, sweeper, now, is_dry=is_dry)
            for expired in found:
                name = f"{expired.table}/{expired.rule}"
                counts[name] = counts.get(name, 0) + expired.rows
                if tell is not None:
                    tell(name, counts[name])
            is_over = all(expired.is_all for expired in found)


async def _one(
    tx: Tx, sweeper: Holder | None, now: datetime, *, is_dry: bool
) -> Sequence[Expired]:
    spared = await consent.spared(tx, await over.held_profiles(tx))
    one = Round(now=now, spared=spared, is_dry=is_dry, at_most=AT_ONCE)
    return (await feed.sweep(tx, one),) if sweeper is None else await sweeper.sweep(tx, one)


def _new(*, is_dry: bool, actor: Actor, clock: Clock) -> Sweep:
    return Sweep(
        sweep_id=new_id(),
        is_dry=is_dry,
        asked_by=actor.label,
        started_at=clock.now(),
        finished_at=None,
        counts={},
        problem=None,
    )


async def _write_down(tx: Tx, sweep: Sweep, action: str, actor: Actor, clock: Clock) -> None:
    """Write into the audit log what went, by table and rule: the proof of the run."""
    went = {name: rows for name, rows in sweep.counts.items() if rows}
    await audit.record(
        tx,
        actor=actor,
        action=action,
        clock=clock,
        reason=sweep.problem,
        detail={"sweep": str(sweep.sweep_id), "is_dry": int(sweep.is_dry)} | went,
    )
