"""The statements that end whatever opens something without being proved anew."""

from datetime import datetime
from typing import Final

from candor.infra.db.pool import Tx
from candor.infra.db.sql import load

_sql: Final = load(__file__)
_SESSIONS: Final = _sql.command("end_every_session")
_LINKS: Final = _sql.command("end_every_link")
_CEREMONIES: Final = _sql.command("end_every_ceremony")
_PROPOSALS: Final = _sql.command("expire_every_proposal")
_PERMITS: Final = _sql.command("end_every_permit")


async def end_every_session(tx: Tx, *, at: datetime) -> int:
    """End all sign-ins of everybody; return how many."""
    return await tx.run(_SESSIONS, {"at": at})


async def end_every_link(tx: Tx, *, at: datetime) -> int:
    """Use up all links that could still let somebody in; return how many."""
    return await tx.run(_LINKS, {"at": at})


async def end_every_ceremony(tx: Tx, *, at: datetime) -> int:
    """Use up whatever anybody has under way; return how many."""
    return await tx.run(_CEREMONIES, {"at": at})


async def expire_every_proposal(tx: Tx, *, at: datetime) -> int:
    """Close all proposals that nobody decided on; return how many."""
    return await tx.run(_PROPOSALS, {"at": at})


async def end_every_permit(tx: Tx, *, at: datetime) -> int:
    """Take back all permits that stand; return how many."""
    return await tx.run(_PERMITS, {"at": at})
