"""The statements about whom an identity provider vouches for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.access.model.federation import Binding
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class Found:
    """A member of staff by id."""

    staff_id: UUID


_sql: Final = load(__file__)
_FIND: Final = _sql.rows("find_binding", Binding)
_OF: Final = _sql.rows("bindings_of", Binding)
_INSERT: Final = _sql.command("insert_binding")
_NOTE: Final = _sql.command("note_vouched")
_DELETE: Final = _sql.command("delete_binding")
_BY_MAIL: Final = _sql.rows("unbound_by_mail", Found)


async def find_binding(tx: ReadTx, *, issuer: str, subject: str) -> Binding | None:
    """Return who a subject of a provider is here."""
    return await tx.maybe(_FIND, {"issuer": issuer, "subject": subject})


async def bindings_of(tx: ReadTx, *, staff_id: UUID) -> list[Binding]:
    """Return the providers that vouch for a member of staff."""
    return await tx.all(_OF, {"staff_id": staff_id})


async def insert_binding(
    tx: Tx, *, issuer: str, subject: str, staff_id: UUID, at: datetime
) -> int:
    """Let a subject be a member of staff; return 0 when it is somebody already."""
    params: dict[str, Any] = {
        "issuer": issuer,
        "subject": subject,
        "staff_id": staff_id,
        "at": at,
    }
    return await tx.run(_INSERT, params)


async def note_vouched(tx: Tx, *, issuer: str, subject: str, at: datetime) -> None:
    """Note that a provider vouched for somebody."""
    await tx.run(_NOTE, {"issuer": issuer, "subject": subject, "at": at})


async def delete_binding(tx: Tx, *, issuer: str, subject: str, staff_id: UUID) -> int:
    """End that a provider vouches for somebody; return how many (1 or 0)."""
    params: dict[str, Any] = {"issuer": issuer, "subject": subject, "staff_id": staff_id}
    return await tx.run(_DELETE, params)


async def unbound_by_mail(tx: Tx, *, issuer: str, email: str) -> list[UUID]:
    """Return the members of staff with a work address who are not bound yet, locked."""
    rows = await tx.all(_BY_MAIL, {"issuer": issuer, "email": email})
    return [row.staff_id for row in rows]
