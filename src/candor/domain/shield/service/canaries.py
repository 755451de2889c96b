"""Canaries: laid out where an intruder looks first, touched by nobody else.

A canary key exists only here: it opens nothing, so whoever tries it has stolen it. A canary profile
is a profile like any other, and a canary account a member of staff like any other; only this table
knows, and only whoever looks after security reads it.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.shield.errors import NoSuchCanary
from candor.domain.shield.model.canary import Canary, CanaryKind
from candor.domain.shield.model.rules import CANARY_ACTION
from candor.domain.shield.queries import canaries as stored
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import new_id

NOTE_AT_MOST: Final = 200


async def lay_out(
    tx: Tx, kind: CanaryKind, mark: bytes, *, note: str, actor: Actor, clock: Clock
) -> UUID:
    """Lay out a canary; audited without what it is.

    Args:
        tx: the transaction of the act.
        kind: what it is.
        mark: pseudonym of the profile, SHA-256 of the key's secret, or the staff id.
        note: where it was laid out, to know later what was broken into.
        actor: who does.
        clock: the present.

    Returns:
        its id.
    """
    canary_id = new_id()
    await stored.insert_canary(
        tx,
        canary_id=canary_id,
        kind=kind,
        mark=mark,
        note=" ".join(note.split())[:NOTE_AT_MOST],
        at=clock.now(),
    )
    await _record(tx, "shield.canary_laid_out", canary_id, actor, clock)
    return canary_id


async def take_in(tx: Tx, canary_id: UUID, *, actor: Actor, clock: Clock) -> None:
    """Take a canary in: from now on nobody is noticed by it; audited.

    Raises:
        NoSuchCanary: unknown, or taken in already.
    """
    if not await stored.end_canary(tx, canary_id=canary_id, at=clock.now()):
        raise NoSuchCanary
    await _record(tx, "shield.canary_taken_in", canary_id, actor, clock)


async def every(tx: ReadTx) -> list[Canary]:
    """Return all canaries, newest first, those that were taken in too."""
    return await stored.all_canaries(tx)


async def out(tx: ReadTx, kinds: Sequence[CanaryKind]) -> list[Canary]:
    """Return the canaries of some kinds that are laid out."""
    return await stored.canaries_out(tx, kinds=kinds)


async def trip(
    tx: Tx, kind: CanaryKind, mark: bytes, *, actor: Actor, network: bytes | None, clock: Clock
) -> bool:
    """Tell whether somebody who could not be let in touched a canary; if so, write it down.

    For the doors, which ask this only about keys that open nothing. Commit the transaction.
    """
    found = await stored.find_canary(tx, kind=kind, mark=mark)
    if found is None:
        return False
    detail: dict[str, int | str] = {"canary": str(found.canary_id)}
    if network is not None:
        detail["network"] = network.hex()
    await audit.record(tx, actor=actor, action=CANARY_ACTION, clock=clock, detail=detail)
    return True


async def touched(
    tx: Tx, canary: Canary, *, actor: Actor, subject: bytes | None, entry_id: int, clock: Clock
) -> None:
    """Write down that an entry of the log is about a canary."""
    await audit.record(
        tx,
        actor=actor,
        action=CANARY_ACTION,
        clock=clock,
        subjects=[subject],
        detail={"canary": str(canary.canary_id), "entry": entry_id},
    )


async def _record(tx: Tx, action: str, canary_id: UUID, actor: Actor, clock: Clock) -> None:
    await audit.record(
        tx, actor=actor, action=action, clock=clock, detail={"canary": str(canary_id)}
    )
