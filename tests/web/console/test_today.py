"""Today: what waits for a role, each leading to the page where it is decided."""

import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.shield.model.rules import RULES
from candor.domain.vault.service import keys
from candor.kernel.clock import FixedClock
from candor.surface.console.today.counting import LASTS, Counting
from tests.factories.attacks import begun, caught_up
from tests.factories.house import TEST, make_person
from tests.web.console.conftest import Hire

ALERT = '<a href="/console/security/alerts">1 security alert is open</a>'
PROPOSAL = (
    '<a href="/console/security/proposals">1 proposal waits for a second pair of eyes</a>'
)
NO_COPY = "No recovery copy of the keys was read back"


@pytest.mark.asvs("16.3.2")
async def test_security_reads_first_what_waits_and_each_leads_there(
    candor: Candor, hire: Hire
) -> None:
    watch = await begun(candor)
    sina, marketer = await hire(Role.SECURITY), await hire(Role.MARKETING)
    for _ in range(RULES["denied_often"].threshold):
        await marketer.get("/console/people")
    await caught_up(watch)
    cleo = await hire(Role.SUPPORT)
    await cleo.send("/console/security/proposals", why="The recall of March: many letters")
    html = await sina.page("/console")
    assert ALERT in html
    assert PROPOSAL in html
    for reader in (cleo, marketer):
        seen = await reader.page("/console")
        assert "security alert" not in seen
        assert "second pair of eyes" not in seen
        assert NO_COPY not in seen


async def test_so_many_that_counting_takes_long_are_counted_every_ten_minutes(
    candor: Candor, clock: FixedClock
) -> None:
    always, seldom = Counting(clock), Counting(clock, quick=0)

    async def counted() -> list[int]:
        async with candor.database.read() as tx:
            return [(await one.counted(tx)).figures.people for one in (always, seldom)]

    await make_person(candor)
    assert await counted() == [1, 1]
    await make_person(candor)
    assert await counted() == [2, 1]
    clock.advance(LASTS)
    assert await counted() == [2, 2]


async def test_a_missing_recovery_copy_is_named_until_one_was_read_back(
    candor: Candor, hire: Hire
) -> None:
    sina = await hire(Role.SECURITY)
    assert NO_COPY in await sina.page("/console")
    async with candor.database.tx() as tx:
        await keys.bind(tx, candor.keyring.fingerprint, clock=candor.clock)
        await keys.confirm(tx, candor.keyring.fingerprint, actor=TEST, clock=candor.clock)
    assert NO_COPY not in await sina.page("/console")
