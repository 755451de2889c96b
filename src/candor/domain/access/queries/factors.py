"""The statements about what staff prove themselves with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from candor.domain.access.model.factors import Factors, Password, Totp
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_PUT_PASSWORD: Final = _sql.command("put_password")
_RENEW_VERIFIER: Final = _sql.command("renew_verifier")
_FIND_PASSWORD: Final = _sql.rows("find_password", Password)
_PUT_TOTP: Final = _sql.command("put_totp")
_FIND_TOTP: Final = _sql.rows("find_totp", Totp)
_USE_STEP: Final = _sql.command("use_step")
_INSERT_RECOVERY: Final = _sql.command("insert_recovery_code")
_USE_RECOVERY: Final = _sql.command("use_recovery_code")
_FACTORS_OF: Final = _sql.rows("factors_of", Factors)
_DELETE_PASSWORD: Final = _sql.command("delete_password")
_DELETE_TOTP: Final = _sql.command("delete_totp")
_DELETE_RECOVERY: Final = _sql.command("delete_recovery_codes")
_DELETE_PASSKEYS: Final = _sql.command("delete_staff_passkeys")
_DELETE_VOUCHING: Final = _sql.command("delete_vouching")


async def put_password(tx: Tx, *, staff_id: UUID, verifier: str, at: datetime) -> None:
    """Keep what a password is held against."""
    await tx.run(_PUT_PASSWORD, {"staff_id": staff_id, "verifier": verifier, "at": at})


async def renew_verifier(tx: Tx, *, staff_id: UUID, former: str, verifier: str) -> None:
    """Replace a verifier by a stronger one of the same password."""
    params: dict[str, Any] = {"staff_id": staff_id, "former": former, "verifier": verifier}
    await tx.run(_RENEW_VERIFIER, params)


async def find_password(tx: ReadTx, *, staff_id: UUID) -> Password | None:
    """Return what somebody's password is held against."""
    return await tx.maybe(_FIND_PASSWORD, {"staff_id": staff_id})


async def put_totp(tx: Tx, *, staff_id: UUID, sealed: bytes, step: int, at: datetime) -> None:
    """Keep a confirmed authenticator app."""
    params: dict[str, Any] = {"staff_id": staff_id, "sealed": sealed, "step": step, "at": at}
    await tx.run(_PUT_TOTP, params)


async def find_totp(tx: ReadTx, *, staff_id: UUID) -> Totp | None:
    """Return somebody's confirmed authenticator app."""
    return await tx.maybe(_FIND_TOTP, {"staff_id": staff_id})


async def use_step(tx: Tx, *, staff_id: UUID, step: int, sealed: bytes) -> int:
    """Use a step up; return 1, or 0 when somebody was quicker."""
    return await tx.run(_USE_STEP, {"staff_id": staff_id, "step": step, "sealed": sealed})


async def insert_recovery_codes(
    tx: Tx, *, staff_id: UUID, code_hashes: Sequence[bytes], at: datetime
) -> None:
    """Keep the hashes of recovery codes."""
    rows: list[dict[str, Any]] = [
        {"staff_id": staff_id, "code_hash": code_hash, "at": at} for code_hash in code_hashes
    ]
    await tx.run_many(_INSERT_RECOVERY, rows)


async def use_recovery_code(tx: Tx, *, staff_id: UUID, code_hash: bytes, at: datetime) -> int:
    """Use a recovery code up; return 1, or 0 when it is none or was used."""
    params: dict[str, Any] = {"staff_id": staff_id, "code_hash": code_hash, "at": at}
    return await tx.run(_USE_RECOVERY, params)


async def factors_of(tx: ReadTx, *, staff_ids: Sequence[UUID]) -> list[Factors]:
    """Return what members of staff can sign in with."""
    return await tx.all(_FACTORS_OF, {"staff_ids": list(staff_ids)})


async def delete_recovery_codes(tx: Tx, *, staff_id: UUID) -> None:
    """Forget somebody's recovery codes."""
    await tx.run(_DELETE_RECOVERY, {"staff_id": staff_id})


async def delete_factors(tx: Tx, *, staff_id: UUID) -> int:
    """Forget everything that somebody proves themselves with; return how many passkeys."""
    params = {"staff_id": staff_id}
    await tx.run(_DELETE_PASSWORD, params)
    await tx.run(_DELETE_TOTP, params)
    await tx.run(_DELETE_RECOVERY, params)
    await tx.run(_DELETE_VOUCHING, params)
    return await tx.run(_DELETE_PASSKEYS, params)
