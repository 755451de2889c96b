"""Sign-ins of staff that stand: listed, and ended by their bearer or by whoever manages staff."""

from typing import Final
from uuid import UUID

from candor.domain.access.model.sign_in import STAFF_IDLE, Audience, SignIn
from candor.domain.access.queries import sessions as stored
from candor.domain.access.service import sessions
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock

_REF: Final = 16  # hexadecimal signs of the hash by which a page names a sign-in


def ref_of(session_hash: bytes) -> str:
    """Return how a page names a sign-in: enough to tell it from others, of no use to anybody."""
    return session_hash.hex()[:_REF]


async def standing(tx: ReadTx, staff_id: UUID, clock: Clock) -> list[SignIn]:
    """Return the sign-ins of somebody that stand now, newest first."""
    now = clock.now()
    return [
        one
        for one in await sessions.of_bearer(tx, [staff_id])
        if one.revoked_at is None
        and one.expires_at > now
        and one.last_seen_at + STAFF_IDLE > now
    ]


async def end_one(tx: Tx, staff_id: UUID, ref: str, *, actor: Actor, clock: Clock) -> int:
    """End one sign-in of somebody; audited; return 0 when it stood no more, or is another's."""
    found = [
        one for one in await standing(tx, staff_id, clock) if ref_of(one.session_hash) == ref
    ]
    ended = 0
    for one in found:
        ended += await stored.revoke_session_of(
            tx,
            session_hash=one.session_hash,
            bearer_ids=[staff_id],
            audience=Audience.STAFF,
            at=clock.now(),
        )
    if ended:
        await _ended(tx, staff_id, ended, actor, clock)
    return ended


async def end_all(
    tx: Tx, staff_id: UUID, *, but: bytes = b"", actor: Actor, clock: Clock
) -> int:
    """End all sign-ins of somebody, or all but one; audited; return how many."""
    ended = await stored.revoke_sessions_of(
        tx, bearer_ids=[staff_id], audience=Audience.STAFF, but=but, at=clock.now()
    )
    await _ended(tx, staff_id, ended, actor, clock)
    return ended


async def _ended(tx: Tx, staff_id: UUID, ended: int, actor: Actor, clock: Clock) -> None:
    await audit.record(
        tx,
        actor=actor,
        action="access.staff_signed_out",
        clock=clock,
        detail={"staff": str(staff_id), "sign_ins": ended},
    )
