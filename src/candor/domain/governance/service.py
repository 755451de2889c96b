"""The verbs of governance: vendors, their contracts and certificates. Every act is audited.

What follows for connections is theirs: they ask `trouble` each hour, and at once when told.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.governance import queries
from candor.domain.governance.errors import BadVendor, NoSuchVendor, VendorEnded
from candor.domain.governance.model import Certificate, Transfer, Trouble, Vendor, Wanted
from candor.domain.governance.queries import VendorRow
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import new_id

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_LONGEST_NAME: Final = 80
_LONGEST: Final = 500


async def add(tx: Tx, code: str, wanted: Wanted, *, actor: Actor, clock: Clock) -> UUID:
    """Add a vendor; return its id.

    Raises:
        BadVendor: something is missing or makes no sense; the message names it.
    """
    if not _CODE.fullmatch(code):
        message = "A code has small letters, digits and _, a letter first, 40 at most."
        raise BadVendor(message)
    if await queries.vendor_by_code(tx, code=code) is not None:
        message = f"There is a vendor {code!r} already."
        raise BadVendor(message)
    vendor_id = new_id()
    values = {
        **_columns(wanted),
        "vendor_id": vendor_id,
        "code": code,
        "added_by": actor.label,
        "at": clock.now(),
    }
    await queries.insert_vendor(tx, values)
    await _written(tx, "governance.vendor_added", vendor_id, actor, clock)
    return vendor_id


async def change(
    tx: Tx, vendor_id: UUID, wanted: Wanted, *, actor: Actor, clock: Clock
) -> Vendor:
    """Write a vendor's record anew; return it.

    Raises:
        NoSuchVendor, VendorEnded: there is none, or it was off-boarded.
        BadVendor: something is missing or makes no sense.
    """
    await _locked(tx, vendor_id)
    await queries.change_vendor(tx, {**_columns(wanted), "vendor_id": vendor_id})
    await _written(tx, "governance.vendor_changed", vendor_id, actor, clock)
    return await find(tx, vendor_id)


async def renew(
    tx: Tx, vendor_id: UUID, contract: str, until: date | None, *, actor: Actor, clock: Clock
) -> Vendor:
    """Write down that a contract goes on until a day (None: until it is ended); return the vendor.

    `contract`: where it is filed; empty: where it was.

    Raises:
        NoSuchVendor, VendorEnded, BadVendor.
    """
    before = await _locked(tx, vendor_id)
    wanted = replace(
        wanted_of(before), contract=contract or before.contract, contract_until=until
    )
    await queries.change_vendor(tx, {**_columns(wanted), "vendor_id": vendor_id})
    detail = {"until": until.isoformat() if until else ""}
    await _written(tx, "governance.vendor_renewed", vendor_id, actor, clock, detail)
    return await find(tx, vendor_id)


async def certify(
    tx: Tx, vendor_id: UUID, certificate: Certificate, *, actor: Actor, clock: Clock
) -> Vendor:
    """Put a certificate into a vendor's record, or its new last day; return the vendor.

    Raises:
        NoSuchVendor, VendorEnded, BadVendor.
    """
    await _locked(tx, vendor_id)
    values = {
        "vendor_id": vendor_id,
        "name": _line("certificate", certificate.name, _LONGEST_NAME),
        "valid_until": certificate.valid_until,
        "is_required": certificate.is_required,
    }
    await queries.put_certificate(tx, values)
    detail = {
        "until": certificate.valid_until.isoformat(),
        "is_required": int(certificate.is_required),
    }
    await _written(tx, "governance.vendor_certified", vendor_id, actor, clock, detail)
    return await find(tx, vendor_id)


async def uncertify(
    tx: Tx, vendor_id: UUID, name: str, *, actor: Actor, clock: Clock
) -> Vendor:
    """Take a certificate out of a vendor's record: nothing rests on it any more.

    Raises:
        NoSuchVendor, VendorEnded: there is none, or it was off-boarded.
        BadVendor: it has no such certificate.
    """
    await _locked(tx, vendor_id)
    if not await queries.drop_certificate(tx, vendor_id=vendor_id, name=name):
        message = "This vendor has no certificate of that name."
        raise BadVendor(message)
    await _written(tx, "governance.vendor_uncertified", vendor_id, actor, clock)
    return await find(tx, vendor_id)


async def end(tx: Tx, vendor_id: UUID, *, actor: Actor, clock: Clock) -> Vendor:
    """Off-board a vendor, for good; its connections stop and remove what it holds.

    Raises:
        NoSuchVendor, VendorEnded: there is none, or it was off-boarded before.
    """
    await _locked(tx, vendor_id)
    await queries.end_vendor(tx, vendor_id=vendor_id, at=clock.now())
    await _written(tx, "governance.vendor_ended", vendor_id, actor, clock)
    return await find(tx, vendor_id)


async def every(tx: ReadTx) -> list[Vendor]:
    """Return all vendors by their name with their certificates, those off-boarded at the end."""
    return await _whole(tx, await queries.vendors(tx))


async def find(tx: ReadTx, vendor_id: UUID) -> Vendor:
    """Return a vendor with its certificates.

    Raises:
        NoSuchVendor: there is none.
    """
    return await _found(tx, await queries.vendor(tx, vendor_id=vendor_id))


async def by_code(tx: ReadTx, code: str) -> Vendor:
    """Return the vendor with a code, with its certificates.

    Raises:
        NoSuchVendor: there is none.
    """
    return await _found(tx, await queries.vendor_by_code(tx, code=code))


async def trouble(tx: ReadTx, vendor_id: UUID, today: date) -> Trouble | None:
    """Return why nothing may go to a vendor today; None: it may. Nobody known is `ended`."""
    row = await queries.vendor(tx, vendor_id=vendor_id)
    if row is None:
        return Trouble.ENDED
    return (await _whole(tx, [row]))[0].trouble(today)


def wanted_of(vendor: Vendor) -> Wanted:
    """Return a vendor's record as a form starts from it."""
    return Wanted(
        vendor.name,
        vendor.country,
        vendor.transfer,
        vendor.contact,
        vendor.contract,
        vendor.contract_until,
    )


async def _found(tx: ReadTx, row: VendorRow | None) -> Vendor:
    if row is None:
        raise NoSuchVendor
    return (await _whole(tx, [row]))[0]


async def _whole(tx: ReadTx, rows: Sequence[VendorRow]) -> list[Vendor]:
    """Return vendors with their certificates, in this order."""
    held: dict[UUID, list[Certificate]] = {row.vendor_id: [] for row in rows}
    for one in await queries.certificates(tx, vendor_ids=list(held)):
        held[one.vendor_id].append(Certificate(one.name, one.valid_until, one.is_required))
    return [_vendor(row, held[row.vendor_id]) for row in rows]


def _vendor(row: VendorRow, certificates: Sequence[Certificate]) -> Vendor:
    return Vendor(
        vendor_id=row.vendor_id,
        code=row.code,
        name=row.name,
        country=row.country,
        transfer=Transfer(row.transfer),
        contact=row.contact,
        contract=row.contract,
        contract_until=row.contract_until,
        added_by=row.added_by,
        added_at=row.added_at,
        ended_at=row.ended_at,
        certificates=tuple(certificates),
    )


async def _locked(tx: Tx, vendor_id: UUID) -> Vendor:
    """Lock a vendor that was not off-boarded."""
    vendor = await _found(tx, await queries.lock_vendor(tx, vendor_id=vendor_id))
    if vendor.ended_at is not None:
        raise VendorEnded
    return vendor


def _columns(wanted: Wanted) -> dict[str, Any]:
    """Return a record as it is kept, checked."""
    if not _COUNTRY.fullmatch(wanted.country):
        message = "The country is its two capital letters of ISO 3166-1: DE, US."
        raise BadVendor(message)
    if wanted.contract_until is not None and not wanted.contract.strip():
        message = "A contract that ends on a day is filed somewhere: say where."
        raise BadVendor(message)
    return {
        "name": _line("name", wanted.name, _LONGEST_NAME),
        "country": wanted.country,
        "transfer": wanted.transfer,
        "contact": _line("contact", wanted.contact, _LONGEST, is_needed=False),
        "contract": _line("contract", wanted.contract, _LONGEST, is_needed=False),
        "contract_until": wanted.contract_until,
    }


def _line(what: str, text: str, longest: int, *, is_needed: bool = True) -> str:
    """Return one line of text, checked."""
    line = " ".join(text.split())
    if (is_needed and not line) or len(line) > longest or not line.isprintable():
        message = f"The {what} is missing, too long (over {longest} signs), or not plain text."
        raise BadVendor(message)
    return line


async def _written(
    tx: Tx,
    action: str,
    vendor_id: UUID,
    actor: Actor,
    clock: Clock,
    detail: Mapping[str, int | str] | None = None,
) -> None:
    about = {"vendor": str(vendor_id), **(detail or {})}
    await audit.record(tx, actor=actor, action=action, clock=clock, detail=about)
