"""Writing and reading the audit log."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from candor.domain.audit.model import Actor, Entry, LookCount, Openings, Outcome, Window
from candor.domain.audit.queries import entries as queries
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock

PAGE: Final = 50
_NEWEST: Final = (1 << 63) - 1


async def record(
    tx: Tx,
    *,
    actor: Actor,
    action: str,
    clock: Clock,
    subjects: Sequence[bytes | None] = (None,),
    purpose: str | None = None,
    fields: Sequence[str] = (),
    outcome: Outcome = Outcome.DONE,
    reason: str | None = None,
    detail: Mapping[str, int | str] | None = None,
) -> None:
    """Write an act into the log, in the transaction of the act: one entry per subject.

    Args:
        tx: the transaction of the act; its request id is kept with the entry.
        actor: who acts; a customer is written down by pseudonym (`Actor.named`).
        action: dotted verb, `slice.verb`.
        clock: gives the time of the entry.
        subjects: pseudonyms from `vault.service.pseudonyms`; `(None,)` for acts about nobody.
        purpose: code of the purpose that was stated.
        fields: names of fields, never values.
        outcome: how it ended.
        reason: code of the reason for a refusal.
        detail: codes and counts, no free text.
    """
    await queries.insert_entries(
        tx,
        at=clock.now(),
        actor_kind=actor.kind,
        actor_id=actor.named,
        action=action,
        subjects=subjects,
        purpose=purpose,
        fields=fields,
        outcome=outcome,
        reason=reason,
        detail=json.dumps(dict(detail or {})),
    )


async def record_each(
    tx: Tx,
    *,
    actor: Actor,
    action: str,
    clock: Clock,
    about: Sequence[tuple[bytes, Mapping[str, int | str]]],
    purpose: str | None = None,
) -> None:
    """Write an act into the log that has a detail of its own for each subject; else as `record`."""
    await queries.insert_each(
        tx,
        at=clock.now(),
        actor_kind=actor.kind,
        actor_id=actor.named,
        action=action,
        subjects=[subject for subject, _ in about],
        details=[json.dumps(dict(detail)) for _, detail in about],
        purpose=purpose,
        outcome=Outcome.DONE,
    )


async def record_numbered(
    tx: Tx,
    *,
    actor: Actor,
    action: str,
    clock: Clock,
    about: Sequence[tuple[bytes | None, Mapping[str, int | str]]],
) -> list[int]:
    """Write an act into the log for each subject, and return the numbers of the entries in order.

    For what needs the number as proof that it was written down: a ticket to send something.
    """
    if not about:
        return []
    return await queries.insert_numbered(
        tx,
        at=clock.now(),
        actor_kind=actor.kind,
        actor_id=actor.named,
        action=action,
        subjects=[subject for subject, _ in about],
        details=[json.dumps(dict(detail)) for _, detail in about],
        outcome=Outcome.ALLOWED,
    )


async def about(
    tx: ReadTx, subjects: Sequence[bytes], *, before: int = _NEWEST, at_most: int = PAGE
) -> list[Entry]:
    """Return the access history of one person, newest first: the same rows the customer sees."""
    return await queries.entries_about(tx, subjects=subjects, before=before, at_most=at_most)


async def looks(tx: ReadTx, subjects: Sequence[bytes], *, since: datetime) -> list[LookCount]:
    """Return who opened one person's data since an instant, counted by request."""
    return await queries.looks_since(tx, subjects=subjects, since=since)


async def last_about(
    tx: ReadTx, subjects: Sequence[bytes], *, before: datetime
) -> datetime | None:
    """Return when something was last done about one person before an instant; None: never."""
    return await queries.newest_about(tx, subjects=subjects, before=before)


async def window(
    tx: ReadTx, subjects: Sequence[bytes], *, since: datetime, before: datetime, zone: str
) -> Window:
    """Return what was done about one person from one instant to another, for them to read.

    Days are those of a time zone (IANA name): the instants should be midnights of it.
    """
    return Window(
        await queries.entries_by_staff(tx, subjects=subjects, since=since, before=before),
        await queries.folded_days(tx, subjects=subjects, since=since, before=before, zone=zone),
        await queries.newest_about(tx, subjects=subjects, before=since) is not None,
    )


async def newest(
    tx: ReadTx,
    *,
    action: str | None = None,
    actor_kind: str | None = None,
    outcome: str | None = None,
    before: int = _NEWEST,
    at_most: int = PAGE,
) -> list[Entry]:
    """Return the newest entries, of one action, kind of actor and outcome, or of all."""
    return await queries.newest_entries(
        tx,
        action=action,
        actor_kind=actor_kind,
        outcome=outcome,
        before=before,
        at_most=at_most,
    )


async def actions(tx: ReadTx) -> list[str]:
    """Return every action that stands in the log."""
    return await queries.known_actions(tx)


async def openings(tx: ReadTx, *, since: datetime) -> list[Openings]:
    """Return how often records of people were opened since an instant, per purpose and actor.

    About nobody in particular. Looks through every opening in the log: keep the answer a while.
    """
    return await queries.openings_since(tx, since=since)
