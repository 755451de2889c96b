"""Whatever statement of a group commit fails, the same request sent again converges.

The n-th thing that the door asks of the database fails, for n = 1, 2, … until the request gets
through untouched: each statement once, the commit, and the commit whose answer is lost. Each
time all the work of a first request is in it: keys, profiles, a month's partition, a merge,
choices, facts, events, samples.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
import pytest
from typing_extensions import override

from candor.app import Candor
from candor.infra.db.embedded import Urls
from candor.infra.db.pool import Database, ReadTx, Tx
from candor.kernel.clock import FixedClock
from candor.kernel.errors import CandorError, Unavailable
from tests.conftest import NOON
from tests.factories import house

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

WORKS: Final = ("all", "maybe", "one", "values", "value", "tuples", "run", "run_many", "copy")
MOST: Final = 200


class Broken(Exception):
    """Something that nobody thought of."""


class Chaos(Database):
    """A database whose n-th statement or commit fails; commits count twice: before and after."""

    def __init__(self, real: Database, failing: int, error: type[BaseException]) -> None:
        """Wrap a database that is open."""
        self.real = real
        self.url = real.url
        self.left = failing
        self.error = error

    @property
    def has_failed(self) -> bool:
        """Tell whether the failure came."""
        return self.left <= 0

    def step(self) -> None:
        """Count one thing that is asked of the database."""
        self.left -= 1
        if self.left == 0:
            raise self.error

    @override
    @asynccontextmanager
    async def tx(self, request_id: str = "") -> AsyncGenerator[Tx, None]:
        async with self.real.tx(request_id) as tx:
            for name in WORKS:
                setattr(tx, name, self._counted(getattr(tx, name)))
            yield tx
            self.step()  # the commit fails
        self.step()  # it succeeded, and the answer was lost

    @override
    @asynccontextmanager
    async def read(self, request_id: str = "") -> AsyncGenerator[ReadTx, None]:
        async with self.real.read(request_id) as tx:
            self.step()
            yield tx

    def _counted(self, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counted(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            self.step()
            return await work(*arguments, **named)

        return counted


def calls_of(candor: Candor, step: int) -> list[dict[str, Any]]:
    """Return a request in which everything happens that can happen at the door."""
    who, browsers = f"N{step}", (f"browser-{step}-1", f"browser-{step}-2")
    choice = {"consent": {"categoryPreferences": {"marketing": True}}}
    traits = {"email": f"ada{step}@example.org", "first_name": "Ada"}
    late = {**house.order(candor), "anonymousId": browsers[1]}
    return [
        {**house.order(candor), "userId": who, "anonymousId": browsers[0]},
        {"type": "identify", "userId": who, "traits": traits, "context": choice},
        late,
        {"type": "identify", "userId": who, "anonymousId": browsers[1]},
        late,
        {"type": "track", "event": "Nobody declared this", "userId": who},
    ]


COUNTED: Final[Mapping[str, LiteralString]] = {
    "messages": "SELECT 1 FROM collect.message",
    "events": "SELECT event_type_id, purposes FROM collect.event",
    "profiles": "SELECT is_known, profile_id = head_id FROM profiles.profile",
    "identifiers": "SELECT kind, is_verified FROM profiles.identifier",
    "merges": "SELECT rule FROM profiles.merge",
    "facts": "SELECT attribute_id, purposes FROM profiles.attribute",
    "choices": "SELECT purpose_id, choice FROM consent.record",
    "states": "SELECT allowed FROM consent.state",
    "counts": "SELECT line ->> 1, line ->> 2 FROM collect.flush,"
    " jsonb_array_elements(counts) AS line, generate_series(1, (line ->> 3)::int)"
    " WHERE line ->> 1 IN ('stored', 'identified', 'consent_recorded', 'fact_kept')",
    "keyless": "SELECT 1 FROM profiles.profile LEFT JOIN vault.subject_key"
    " USING (profile_id) WHERE subject_key.profile_id IS NULL",
}


def told(owner: psycopg.Connection[Any]) -> Counter[tuple[Any, ...]]:
    """Return how much of what is in the database, up to ids and keys."""
    return Counter(
        (name, *row) for name, sql in COUNTED.items() for row in owner.execute(sql).fetchall()
    )


async def attempt(candor: Candor, step: int, failing: int, error: type[Exception]) -> bool:
    """Send a request with the n-th step failing, again until it is in; tell whether it failed.

    Each attempt is about other people and in a month of its own, so that all has to be made.
    """
    real, clock = candor.database, candor.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(days=31))
    chaos = Chaos(real, failing, error)
    candor.door._database = chaos
    calls = calls_of(candor, step)
    for number, call in enumerate(calls):
        call.setdefault("messageId", f"m{step}-{number}")
    for _ in range(3):
        try:
            await house.send(candor, "shop", *calls)
            break
        except CandorError:
            assert chaos.has_failed
    else:
        pytest.fail(f"step {failing}: the same request does not get through again")
    has_failed = chaos.has_failed
    candor.door._database = real
    # The memory of the process tells the truth too: the same people, not new ones.
    await house.send(candor, "shop", {**calls[0], "messageId": f"later-{step}"})
    return has_failed


@pytest.mark.parametrize("error", [Unavailable, Broken])
async def test_the_same_request_converges_whatever_failed(
    database_urls: Urls, owner: psycopg.Connection[Any], tmp_path: Path, error: type[Exception]
) -> None:
    async with house.running(database_urls.app, tmp_path, FixedClock(NOON)) as candor:
        await house.apply_company(candor)
        # Twice: the first of all makes what is made once.
        assert not await attempt(candor, 1001, MOST, error)
        before = told(owner)
        assert not await attempt(candor, 1002, MOST, error)
        untouched = told(owner) - before
        kinds = {key[0] for key in untouched}
        assert kinds == COUNTED.keys() - {"keyless"}
        has_failed, steps = True, 0
        while has_failed:
            steps += 1
            assert steps < MOST
            before = told(owner)
            has_failed = await attempt(candor, steps, steps, error)
            assert told(owner) - before == untouched, f"step {steps}"
    assert steps > 15
