"""Closing all doors at once: in a database of the past everything that was ended stands again.

A sign-in that somebody ended, a link that was used, a proposal that was declined: a restored
backup knows nothing of that. So all of it ends before anybody may come in, and each proves anew
who they are. What proves it (passwords, apps, passkeys), accounts and keys of systems stay as they
were then: only people know which of them were taken back since.
"""

from candor.domain.access.queries import closing as stored
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock


async def close_all(tx: Tx, *, actor: Actor, clock: Clock) -> int:
    """End every sign-in, link, ceremony, permit and open proposal; audited.

    Returns:
        how many sign-ins ended.
    """
    now = clock.now()
    ended = await stored.end_every_session(tx, at=now)
    links = await stored.end_every_link(tx, at=now)
    ceremonies = await stored.end_every_ceremony(tx, at=now)
    proposals = await stored.expire_every_proposal(tx, at=now)
    permits = await stored.end_every_permit(tx, at=now)
    await audit.record(
        tx,
        actor=actor,
        action="access.all_closed",
        clock=clock,
        detail={
            "sign_ins": ended,
            "links": links,
            "ceremonies": ceremonies,
            "proposals": proposals,
            "permits": permits,
        },
    )
    return ended
