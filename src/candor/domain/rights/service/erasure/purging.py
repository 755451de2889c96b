"""Taking the rows of somebody erased away, slice by slice, and again for what came late."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final, cast

from candor.domain.feed import service as feed
from candor.domain.rights.model.request import Ground
from candor.domain.rights.model.task import Answer, Done, Later
from candor.domain.rights.queries import erasure as stored
from candor.domain.rights.service.erasure import needles
from candor.domain.rights.service.office import Work
from candor.domain.rights.service.people import members_of
from candor.infra import jobs
from candor.infra.db.pool import Tx
from candor.infra.holder import Erased, Sort

AT_ONCE: Final = 2_000  # rows in one transaction
_LONGEST: Final = 60.0  # seconds, well within a lease
_SOON: Final = timedelta(milliseconds=20)
_PART: Final = "rights"
_GROUNDS: Final = frozenset(Ground)


@dataclass(slots=True)
class _Tally:
    """What went and what stays, as the evidence of a task keeps it."""

    gone: Counter[str] = field(default_factory=Counter[str])
    stays: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])

    @classmethod
    def of(cls, evidence: Mapping[str, Any]) -> "_Tally":
        gone = cast("Mapping[str, int]", evidence.get("gone", {}))
        stays = cast("Mapping[str, Sequence[Any]]", evidence.get("stays", {}))
        return cls(Counter(gone), {table: (row[0], row[1]) for table, row in stays.items()})

    def add(self, erased: Erased) -> None:
        self.gone.update({table: rows for table, rows in erased.gone.items() if rows})
        for table, (rows, ground) in erased.kept.items():
            before = self.stays.get(table, (0, ground))[0]
            if rows or before:
                self.stays[table] = (max(rows, before), ground)

    def evidence(self) -> dict[str, Any]:
        found: dict[str, Any] = {"gone": dict(self.gone)}
        if self.stays:
            found["stays"] = {table: list(row) for table, row in self.stays.items()}
        grounds = sorted({ground for _, ground in self.stays.values()} & _GROUNDS)
        if grounds:
            found["kept"] = grounds[0]
        return found


async def purge(work: Work) -> Answer:
    """Take away what one slice keeps, some rows at a time; how far it is stands in the task."""
    holder = work.office.holders[work.task.party]
    tally, until = _Tally.of(work.task.evidence), monotonic() + _LONGEST
    while True:
        async with work.office.database.tx(_PART) as tx:
            erased = await holder.erase_some(
                tx, await members_of(tx, work.request), at_most=AT_ONCE
            )
            tally.add(erased)
            await work.progress(tx, tally.evidence())
        if erased.is_all:
            return Done(tally.evidence())
        if monotonic() > until:
            return Later(work.office.clock.now(), tally.evidence())


async def purge_again(work: Work) -> Answer:
    """Take away what was written by whoever had not heard of the erasure when they began.

    Waits until every transaction is over that ran when the purge ended; then purges everywhere,
    until a round finds nothing: what a round took away may have been counted meanwhile (tallies)
    by somebody whose transaction runs still.
    """
    office, evidence = work.office, dict(work.task.evidence)
    async with office.database.tx(_PART) as tx:
        since = _since(evidence) or await stored.server_time(tx)
        evidence["since"] = since.isoformat()
        if await stored.is_older_running(tx, before=since):
            return Later(office.clock.now() + _SOON, evidence)
        members = await members_of(tx, work.request)
        tally = _Tally.of(evidence)
        before = tally.gone.total()
        for holder in office.holders.values():
            tally.add(await holder.erase_person(tx, members))
        late = tally.gone.total() - before
        tally.gone["feed.change"] += await feed.forget(tx, members)
        tally.gone["jobs.procrastinate_jobs"] += await _jobs(tx, work)
    evidence |= tally.evidence()
    if late:
        evidence.pop("since")
        return Later(office.clock.now() + _SOON, evidence)
    return Done(evidence | {"rounds_end": since.isoformat()})


async def _jobs(tx: Tx, work: Work) -> int:
    """Forget jobs that name the person by an id or a blind index."""
    kept = await needles.kept(tx, work.request, office=work.office)
    return await jobs.forget(tx, needles.plain(kept, Sort.PROFILE, Sort.INDEX))


def _since(evidence: Mapping[str, Any]) -> datetime | None:
    since = evidence.get("since")
    return datetime.fromisoformat(since) if isinstance(since, str) else None
