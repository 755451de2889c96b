"""Whatever fails while somebody is erased, and wherever a worker dies, it converges.

The n-th statement or commit fails, for n = 1, 2, … until an erasure gets through untouched. After
each: once the keys were said to be gone nothing can be read, at the end no word of the person is
anywhere, and there is one certificate.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest

from candor.app import Candor, office_of
from candor.app.forgetting import means_of
from candor.domain.rights.model.request import State
from candor.domain.rights.service import carrying
from candor.domain.rights.service.erasure import deep
from candor.infra.db.embedded import Urls
from candor.kernel.clock import FixedClock
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId
from tests.conftest import NOON
from tests.factories import erasing, house
from tests.faults.test_chaos_at_the_door import Chaos

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

MOST: Final = 600
ROUNDS: Final = 30


class Died(BaseException):
    """The worker was killed: nothing in it runs any more."""


async def attempt(candor: Candor, failing: int, error: type[BaseException]) -> bool:
    """Erase somebody with the n-th step failing; tell whether it failed."""
    real, clock = candor.database, candor.clock
    assert isinstance(clock, FixedClock)
    who, _ = await erasing.make_somebody(candor)
    request = await erasing.ask(candor, who)
    chaos = Chaos(real, failing, error)
    office = office_of(candor)
    broken = erasing.over(office, chaos)
    for _ in range(ROUNDS):
        try:
            await carrying.carry(broken, request.request_id)
            await carrying.carry_due(broken)
        except (Unavailable, Broken, Died):
            assert chaos.has_failed
        await nothing_can_be_read(candor, request.request_id, who)
        if (await erasing.find(candor, request.request_id)).state is State.FULFILLED:
            break
        clock.advance(timedelta(hours=7))
    else:
        pytest.fail(f"step {failing}: {await erasing.tasks(candor, request)}")
    return chaos.has_failed


class Broken(Exception):
    """Something that nobody thought of."""


async def nothing_can_be_read(candor: Candor, request_id: UUID, who: ProfileId) -> None:
    """Check that what was said to be unreadable is."""
    async with candor.database.read() as tx:
        events = await carrying.stored.events(tx, request_id=request_id)
        if any(event.what == "unreadable" for event in events):
            candor.vault.forget([who])
            assert not await candor.vault.keys(tx, [who])


# A kill is the hardest, so it comes at every step; errors, which are answered, at some.
@pytest.mark.parametrize(("error", "stride"), [(Died, 1), (Broken, 11), (Unavailable, 13)])
async def test_an_erasure_converges_whatever_failed(
    database_urls: Urls,
    owner: psycopg.Connection[Any],
    tmp_path: Path,
    error: type[BaseException],
    stride: int,
) -> None:
    async with house.running(database_urls.app, tmp_path, FixedClock(NOON)) as candor:
        await house.apply_company(candor)
        has_failed, step, erased = True, 1, 0
        while has_failed:
            assert step < MOST
            has_failed = await attempt(candor, step, error)
            step, erased = step + stride, erased + 1
        looked = await deep.search(office_of(candor), means_of(candor))
        assert looked.left == {}
        assert looked.erasures == erased
        certificates = owner.execute("SELECT count(*) FROM rights.certificate").fetchone()
        assert certificates == (erased,)
    assert step > 100
