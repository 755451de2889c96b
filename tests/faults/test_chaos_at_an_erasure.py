"""Whatever fails while somebody is erased, and wherever a worker dies, it converges.

An erasure that nothing disturbs says what is asked of the database: each statement of each step,
and each commit, which may fail before or after it happened. Then every one of these fails once:
some in each of a number of erasures, one after the other, as a worker comes back and dies again.
After each failure: once the keys were said to be gone nothing can be read. At the end no word of
anybody is anywhere, and each has one certificate.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
import pytest
from typing_extensions import override

from candor.app import Candor, office_of
from candor.app.forgetting import means_of
from candor.domain.rights.model.request import State
from candor.domain.rights.model.task import Answer
from candor.domain.rights.service import carrying
from candor.domain.rights.service.erasure import deep
from candor.domain.rights.service.office import Office, Step, Work
from candor.infra.db.embedded import Urls
from candor.infra.db.pool import Database, ReadTx, Tx
from candor.kernel.clock import FixedClock
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId
from tests.conftest import NOON
from tests.factories import erasing, house
from tests.faults.test_chaos_at_the_door import WORKS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ROUNDS: Final = 60
AT_ONCE: Final = 3  # failures of one task in one erasure: less than what makes it stuck
STATEMENT, BEFORE, AFTER, CUT = "statement", "before the commit", "after the commit", "cut"


class Died(BaseException):
    """The worker was killed: nothing in it runs any more."""


class Broken(Exception):
    """Something that nobody thought of."""


class Point(NamedTuple):
    """Where something may fail: in or after which task, at what, the how manieth of its kind."""

    task: str
    is_step: bool  # False: while its answer is written and the next is leased
    what: str
    number: int


class Faults(Database):
    """A database that fails at given points, at each once; and says which points there are."""

    def __init__(
        self, real: Database, points: Sequence[Point], error: type[BaseException] | None
    ) -> None:
        """Wrap a database that is open; no error: the connection is cut instead."""
        self.real = real
        self.url = real.url
        self.points = set(points)
        self.error = error
        self.passed: list[Point] = []
        self.failed: set[Point] = set()
        self.enter("begin", is_step=False)

    def enter(self, task: str, *, is_step: bool) -> None:
        """Begin to count anew."""
        self.task, self.is_step = task, is_step
        self.counted: Counter[str] = Counter()

    async def at(self, what: str, tx: ReadTx | None = None) -> None:
        """Pass a point, or fail at it."""
        self.counted[what] += 1
        point = Point(self.task, self.is_step, what, self.counted[what])
        self.passed.append(point)
        if point not in self.points:
            return
        self.points.remove(point)
        self.failed.add(point)
        if self.error is not None:
            raise self.error
        if tx is None:
            raise Unavailable
        await tx.connection.close()  # what follows finds that out by itself

    @override
    @asynccontextmanager
    async def tx(self, request_id: str = "") -> AsyncGenerator[Tx, None]:
        async with self.real.tx(request_id) as tx:
            for name in WORKS:
                setattr(tx, name, self._counted(tx, getattr(tx, name)))
            yield tx
            await self.at(BEFORE, tx)
        await self.at(AFTER)

    @override
    @asynccontextmanager
    async def read(self, request_id: str = "") -> AsyncGenerator[ReadTx, None]:
        async with self.real.read(request_id) as tx:
            await self.at(STATEMENT, tx)
            yield tx

    def _counted(
        self, tx: Tx, work: Callable[..., Awaitable[Any]]
    ) -> Callable[..., Awaitable[Any]]:
        async def counted(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            await self.at(STATEMENT, tx)
            return await work(*arguments, **named)

        return counted

    def office(self, candor: Candor) -> Office:
        """Return an office that works over this database and tells it where it is."""
        office = office_of(candor)
        steps = {name: self._told(step) for name, step in office.steps.items()}
        return replace(office, database=self, steps=steps)

    def _told(self, step: Step) -> Step:
        async def told(work: Work) -> Answer:
            task = f"{work.task.step} {work.task.party}".strip()
            self.enter(task, is_step=True)
            answer = await step(work)
            self.enter(task, is_step=False)
            return answer

        return told


async def erase(candor: Candor, faults: Faults) -> None:
    """Erase somebody over a database that fails, coming back until it is done."""
    clock = candor.clock
    assert isinstance(clock, FixedClock)
    who, _ = await erasing.make_somebody(candor)
    request = await erasing.ask(candor, who)
    office = faults.office(candor)
    for _ in range(ROUNDS):
        before = len(faults.failed)
        try:
            faults.enter("begin", is_step=False)
            await carrying.carry(office, request.request_id)
            await carrying.carry_due(office)
        except (Unavailable, Broken, Died, asyncio.CancelledError):
            assert len(faults.failed) > before
        await nothing_can_be_read(candor, request.request_id, who)
        if (await erasing.find(candor, request.request_id)).state is State.FULFILLED:
            return
        clock.advance(timedelta(hours=7))
    pytest.fail(str(await erasing.tasks(candor, request)))


async def nothing_can_be_read(candor: Candor, request_id: UUID, who: ProfileId) -> None:
    """Check that what was said to be unreadable is, in the database and in this process."""
    async with candor.database.read() as tx:
        events = await carrying.stored.events(tx, request_id=request_id)
        if any(event.what == "unreadable" for event in events):
            candor.vault.forget([who])
            assert not await candor.vault.keys(tx, [who])


def share_of(points: Sequence[Point]) -> list[Point]:
    """Return points for one erasure, so that no task fails too often in it."""
    of_task: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        of_task[point.task].append(point)
    return [point for found in of_task.values() for point in found[:AT_ONCE]]


def some(points: Sequence[Point], stride: int) -> list[Point]:
    """Return every commit, and of the statements each so manieth, the first of each task always."""
    return [p for p in points if p.what != STATEMENT or p.number % stride == 1 or stride == 1]


# A kill is the hardest, so it comes everywhere; the others at every commit, and at some statements.
@pytest.mark.parametrize(
    ("error", "stride"),
    [(Died, 1), (asyncio.CancelledError, 9), (Broken, 9), (Unavailable, 9), (None, 5)],
    ids=["killed", "cancelled", "broken", "unavailable", "cut"],
)
async def test_an_erasure_converges_whatever_failed(
    database_urls: Urls,
    owner: psycopg.Connection[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException] | None,
    stride: int,
) -> None:
    # The clock stands: nobody waits for what comes soon.
    monkeypatch.setattr(carrying, "_PATIENCE", timedelta(0))
    async with house.running(database_urls.app, tmp_path, FixedClock(NOON)) as candor:
        await house.apply_company(candor)
        await erase(candor, Faults(candor.database, (), error))  # fills what is remembered
        calm = Faults(candor.database, (), error)
        await erase(candor, calm)
        assert {point.task.partition(" ")[0] for point in calm.passed} >= {
            "destroy", "purge", "purge_again", "scan", "certificate",
        }  # fmt: skip
        erased, left = 2, some(list(dict.fromkeys(calm.passed)), stride)
        while left:
            faults = Faults(candor.database, share_of(left), error)
            await erase(candor, faults)
            assert (
                faults.failed
            )  # a point after one at which a task was done comes with another
            left = [point for point in left if point not in faults.failed]
            erased += 1
        looked = await deep.search(office_of(candor), means_of(candor))
        assert looked.left == {}
        assert looked.erasures == erased
        certificates = owner.execute("SELECT count(*) FROM rights.certificate").fetchone()
        assert certificates == (erased,)
