"""The statements of the audit log. There is none that changes or deletes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from candor.domain.audit.model import DayCount, Entry, LookCount, Openings
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_entries")
_EACH: Final = _sql.command("insert_each")
_NUMBERED: Final = _sql.rows("insert_numbered", int)
_FIRST: Final = _sql.rows("first_with", int)
_ABOUT: Final = _sql.rows("entries_about", Entry)
_LOOKS: Final = _sql.rows("looks_since", LookCount)
_NEWEST_ABOUT: Final = _sql.rows("newest_about", datetime)
_BY_STAFF: Final = _sql.rows("entries_by_staff", Entry)
_FOLDED: Final = _sql.rows("folded_days", DayCount)
_NEWEST: Final = _sql.rows("newest_entries", Entry)
_ACTIONS: Final = _sql.rows("known_actions", str)
_OPENINGS: Final = _sql.rows("openings_since", Openings)


async def insert_entries(
    tx: Tx,
    *,
    at: datetime,
    actor_kind: str,
    actor_id: str,
    action: str,
    subjects: Sequence[bytes | None],
    purpose: str | None,
    fields: Sequence[str],
    outcome: str,
    reason: str | None,
    detail: str,
) -> None:
    """Write one entry per subject."""
    await tx.run(
        _INSERT,
        {
            "at": at,
            "actor_kind": actor_kind,
            "actor_id": actor_id,
            "action": action,
            "subjects": list(subjects),
            "purpose": purpose,
            "fields": list(fields),
            "outcome": outcome,
            "reason": reason,
            "request_id": tx.request_id or None,
            "detail": detail,
        },
    )


async def insert_each(
    tx: Tx,
    *,
    at: datetime,
    actor_kind: str,
    actor_id: str,
    action: str,
    subjects: Sequence[bytes],
    details: Sequence[str],
    purpose: str | None,
    outcome: str,
) -> None:
    """Write one entry per subject with its detail."""
    await tx.run(
        _EACH,
        {
            "at": at,
            "actor_kind": actor_kind,
            "actor_id": actor_id,
            "action": action,
            "subjects": list(subjects),
            "details": list(details),
            "purpose": purpose,
            "outcome": outcome,
            "request_id": tx.request_id or None,
        },
    )


async def insert_numbered(
    tx: Tx,
    *,
    at: datetime,
    actor_kind: str,
    actor_id: str,
    action: str,
    subjects: Sequence[bytes | None],
    details: Sequence[str],
    outcome: str,
) -> list[int]:
    """Write one entry per subject with its detail; return their numbers in this order."""
    values = {
        "at": at,
        "actor_kind": actor_kind,
        "actor_id": actor_id,
        "action": action,
        "subjects": list(subjects),
        "details": list(details),
        "outcome": outcome,
        "request_id": tx.request_id or None,
    }
    # The identity is drawn row by row in the order that was asked for, so it is the order.
    return sorted(await tx.values(_NUMBERED, values))


async def first_with(
    tx: ReadTx, *, subjects: Sequence[bytes], action: str, detail: str
) -> int | None:
    """Return the first entry of an action about these subjects with this in its detail."""
    params = {"subjects": list(subjects), "action": action, "detail": detail}
    return await tx.value(_FIRST, params)


async def entries_about(
    tx: ReadTx, *, subjects: Sequence[bytes], before: int, at_most: int
) -> list[Entry]:
    """Return the newest entries about these subjects."""
    return await tx.all(
        _ABOUT, {"subjects": list(subjects), "before": before, "at_most": at_most}
    )


async def looks_since(
    tx: ReadTx, *, subjects: Sequence[bytes], since: datetime
) -> list[LookCount]:
    """Return who opened data of these subjects, and how often."""
    return await tx.all(_LOOKS, {"subjects": list(subjects), "since": since})


async def newest_about(
    tx: ReadTx, *, subjects: Sequence[bytes], before: datetime
) -> datetime | None:
    """Return when something was last done about these subjects before an instant."""
    return await tx.value(_NEWEST_ABOUT, {"subjects": list(subjects), "before": before})


async def entries_by_staff(
    tx: ReadTx, *, subjects: Sequence[bytes], since: datetime, before: datetime
) -> list[Entry]:
    """Return what people did about these subjects from one instant to another."""
    return await tx.all(
        _BY_STAFF, {"subjects": list(subjects), "since": since, "before": before}
    )


async def folded_days(
    tx: ReadTx, *, subjects: Sequence[bytes], since: datetime, before: datetime, zone: str
) -> list[DayCount]:
    """Return what the person and the machine did about these subjects, day by day."""
    return await tx.all(
        _FOLDED,
        {"subjects": list(subjects), "since": since, "before": before, "zone": zone},
    )


async def newest_entries(
    tx: ReadTx,
    *,
    action: str | None,
    actor_kind: str | None,
    outcome: str | None,
    before: int,
    at_most: int,
) -> list[Entry]:
    """Return the newest entries, of one action, kind of actor and outcome, or of all."""
    params: dict[str, Any] = {
        "action": action,
        "actor_kind": actor_kind,
        "outcome": outcome,
        "before": before,
        "at_most": at_most,
    }
    return await tx.all(_NEWEST, params)


async def known_actions(tx: ReadTx) -> list[str]:
    """Return every action that stands in the log."""
    return await tx.values(_ACTIONS)


async def openings_since(tx: ReadTx, *, since: datetime) -> list[Openings]:
    """Return how often records of people were opened since an instant."""
    return await tx.all(_OPENINGS, {"since": since})
