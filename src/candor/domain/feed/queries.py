"""The statements of the change feed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load
from candor.kernel.errors import Bug


@dataclass(frozen=True, slots=True)
class SinceRow:
    """Who changed, and the horizon to ask from next time."""

    horizon: str
    profile_ids: list[UUID]


@dataclass(frozen=True, slots=True)
class ChangesRow:
    """Changes by profile, in parallel, and the snapshot that they were read with."""

    seen: str
    own: str | None
    below: str | None
    profile_ids: list[UUID]
    kinds: list[str]
    changed_at: list[datetime]
    changes: list[int]


_sql: Final = load(__file__)
_INSERT: Final = _sql.rows("insert_changes", str)
_HORIZON: Final = _sql.rows("horizon", str)
_SINCE: Final = _sql.rows("changed_since", SinceRow)
_CHANGES: Final = _sql.rows("changes", ChangesRow)
_HORIZON_AT: Final = _sql.rows("horizon_at", str)
_FORGET: Final = _sql.command("forget_changes")


async def insert_changes(
    tx: Tx, *, kind: str, profile_ids: Sequence[UUID], at: datetime
) -> None:
    """Write one change of one kind for each profile, and wake who listens at the commit."""
    await tx.value(_INSERT, {"kind": kind, "profile_ids": list(profile_ids), "at": at})


async def horizon(tx: ReadTx) -> str:
    """Return the snapshot up to which everything is seen."""
    found = await tx.value(_HORIZON)
    if found is None:
        message = "a snapshot is always there"
        raise Bug(message)
    return found


async def changed_since(tx: ReadTx, *, horizon: str, kinds: Sequence[str]) -> SinceRow:
    """Return the profiles whose change a horizon did not see, and the next horizon."""
    return await tx.one(_SINCE, {"horizon": horizon, "kinds": list(kinds)})


async def changes(
    tx: ReadTx, *, horizon: str, kinds: Sequence[str], at_most: int
) -> ChangesRow:
    """Return the first changes that a horizon did not see, whole transactions at a time."""
    values = {"horizon": horizon, "kinds": list(kinds), "at_most": at_most}
    return await tx.one(_CHANGES, values)


async def horizon_at(tx: ReadTx, *, since: datetime) -> str:
    """Return a horizon that saw nothing of what changed since an instant."""
    found = await tx.value(_HORIZON_AT, {"since": since})
    if found is None:
        message = "a snapshot is always there"
        raise Bug(message)
    return found


async def forget_changes(tx: Tx, *, profile_ids: Sequence[UUID]) -> int:
    """Forget what changed on these profiles, but that they were erased; return how many."""
    return await tx.run(_FORGET, {"profile_ids": list(profile_ids)})
