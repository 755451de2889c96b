"""The statements of governance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class VendorRow:
    """A vendor as it is kept."""

    vendor_id: UUID
    code: str
    name: str
    country: str
    transfer: str
    contact: str
    contract: str
    contract_until: date | None
    added_by: str
    added_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate as it is kept."""

    vendor_id: UUID
    name: str
    valid_until: date
    is_required: bool


_sql: Final = load(__file__)
_EVERY: Final = _sql.rows("vendors", VendorRow)
_ONE: Final = _sql.rows("vendor", VendorRow)
_BY_CODE: Final = _sql.rows("vendor_by_code", VendorRow)
_LOCK: Final = _sql.rows("lock_vendor", VendorRow)
_CERTIFICATES: Final = _sql.rows("certificates", CertificateRow)
_INSERT: Final = _sql.command("insert_vendor")
_CHANGE: Final = _sql.command("change_vendor")
_END: Final = _sql.command("end_vendor")
_PUT_CERTIFICATE: Final = _sql.command("put_certificate")
_DROP_CERTIFICATE: Final = _sql.command("drop_certificate")


async def vendors(tx: ReadTx) -> list[VendorRow]:
    """Return all vendors by their name, those off-boarded at the end."""
    return await tx.all(_EVERY)


async def vendor(tx: ReadTx, *, vendor_id: UUID) -> VendorRow | None:
    """Return a vendor; None when there is none."""
    return await tx.maybe(_ONE, {"vendor_id": vendor_id})


async def vendor_by_code(tx: ReadTx, *, code: str) -> VendorRow | None:
    """Return the vendor with a code; None when there is none."""
    return await tx.maybe(_BY_CODE, {"code": code})


async def lock_vendor(tx: Tx, *, vendor_id: UUID) -> VendorRow | None:
    """Lock a vendor for a change, and return it; None when there is none."""
    return await tx.maybe(_LOCK, {"vendor_id": vendor_id})


async def certificates(tx: ReadTx, *, vendor_ids: Sequence[UUID]) -> list[CertificateRow]:
    """Return the certificates of these vendors, by their name."""
    return await tx.all(_CERTIFICATES, {"vendor_ids": list(vendor_ids)})


async def insert_vendor(tx: Tx, values: Mapping[str, Any]) -> None:
    """Write a vendor."""
    await tx.run(_INSERT, values)


async def change_vendor(tx: Tx, values: Mapping[str, Any]) -> None:
    """Write a vendor's record anew."""
    await tx.run(_CHANGE, values)


async def end_vendor(tx: Tx, *, vendor_id: UUID, at: datetime) -> bool:
    """Off-board a vendor; tell whether it was not before."""
    return bool(await tx.run(_END, {"vendor_id": vendor_id, "at": at}))


async def put_certificate(tx: Tx, values: Mapping[str, Any]) -> None:
    """Write a certificate, or write it anew."""
    await tx.run(_PUT_CERTIFICATE, values)


async def drop_certificate(tx: Tx, *, vendor_id: UUID, name: str) -> bool:
    """Take a certificate out of the record; tell whether it was there."""
    return bool(await tx.run(_DROP_CERTIFICATE, {"vendor_id": vendor_id, "name": name}))
