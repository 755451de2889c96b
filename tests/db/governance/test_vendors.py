"""Vendors: what is written down of them, and when nothing may go to one."""

from datetime import date, datetime, timedelta

import pytest

from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.governance import service as vendors
from candor.domain.governance.errors import BadVendor, NoSuchVendor, VendorEnded
from candor.domain.governance.model import Certificate, Transfer, Trouble, Vendor, Wanted
from candor.kernel.ids import new_id
from tests.factories import house
from tests.factories.house import TEST

pytestmark = pytest.mark.anyio
TODAY = date(2026, 11, 22)
INSIDE = Wanted("Mail Ltd", "DE", contract="file 7", contract_until=TODAY)


async def add(candor: Candor, wanted: Wanted = INSIDE) -> Vendor:
    async with candor.database.tx() as tx:
        vendor_id = await vendors.add(
            tx, house.fresh("vendor"), wanted, actor=TEST, clock=candor.clock
        )
        return await vendors.find(tx, vendor_id)


@pytest.mark.parametrize(
    ("wanted", "day", "trouble"),
    [
        (INSIDE, TODAY, None),
        (INSIDE, TODAY + timedelta(days=1), Trouble.CONTRACT_LAPSED),
        (Wanted("A", "DE"), TODAY, Trouble.NO_CONTRACT),
        (Wanted("A", "GB", contract="x"), TODAY, None),
        (Wanted("A", "US", contract="x"), TODAY, Trouble.TRANSFER_MISSING),
        (Wanted("A", "US", Transfer.INSIDE, contract="x"), TODAY, Trouble.TRANSFER_MISSING),
        (Wanted("A", "US", Transfer.CLAUSES, contract="x"), TODAY, None),
    ],
)
async def test_what_may_not_go_and_why(
    candor: Candor, wanted: Wanted, day: date, trouble: Trouble | None
) -> None:
    vendor = await add(candor, wanted)
    async with candor.database.read() as tx:
        assert await vendors.trouble(tx, vendor.vendor_id, day) is trouble
        assert await vendors.trouble(tx, new_id(), day) is Trouble.ENDED


async def test_a_required_certificate_stops_and_another_does_not(candor: Candor) -> None:
    vendor = await add(candor)
    async with candor.database.tx() as tx:
        for name, is_required in (("SOC 2", False), ("ISO 27001", True)):
            one = Certificate(name, TODAY - timedelta(days=1), is_required)
            vendor = await vendors.certify(
                tx, vendor.vendor_id, one, actor=TEST, clock=candor.clock
            )
    assert vendor.trouble(TODAY) is Trouble.CERTIFICATE_LAPSED
    assert vendor.lapses() == TODAY - timedelta(days=1)
    async with candor.database.tx() as tx:
        vendor = await vendors.uncertify(
            tx, vendor.vendor_id, "ISO 27001", actor=TEST, clock=candor.clock
        )
    assert vendor.trouble(TODAY) is None


async def test_renewing_and_ending_are_written_down(candor: Candor) -> None:
    vendor = await add(candor)
    async with candor.database.tx() as tx:
        renewed = await vendors.renew(
            tx, vendor.vendor_id, "", date(2027, 11, 22), actor=TEST, clock=candor.clock
        )
        assert renewed.contract == "file 7"
        ended = await vendors.end(tx, vendor.vendor_id, actor=TEST, clock=candor.clock)
    assert isinstance(ended.ended_at, datetime)
    assert ended.trouble(TODAY) is Trouble.ENDED
    async with candor.database.tx() as tx:
        with pytest.raises(VendorEnded):
            await vendors.end(tx, vendor.vendor_id, actor=TEST, clock=candor.clock)
        entries = await audit.newest(tx, action="governance.vendor_ended")
    assert entries[0].detail["vendor"] == str(vendor.vendor_id)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted("", "DE"),
        Wanted("A", "Germany"),
        Wanted("A\x07", "DE"),
        Wanted("A", "DE", contract_until=TODAY),
    ],
)
async def test_a_record_that_makes_no_sense_is_refused(candor: Candor, wanted: Wanted) -> None:
    with pytest.raises(BadVendor):
        await add(candor, wanted)


async def test_nobody_is_not_found(candor: Candor) -> None:
    async with candor.database.read() as tx:
        with pytest.raises(NoSuchVendor):
            await vendors.by_code(tx, "nobody")
