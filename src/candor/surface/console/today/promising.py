"""How requests of people go, for the page Today. Every number leads to its rows."""

from datetime import datetime, timedelta
from typing import Final

from candor.domain.access.model.roles import Permission, may
from candor.domain.rights.service import reading as requests
from candor.infra.db.pool import ReadTx
from candor.surface.console.requests import queue
from candor.surface.console.today.views import Promised
from candor.surface.plain.visits import Visit

_LATELY: Final = timedelta(days=90)


async def promised(tx: ReadTx, visit: Visit, now: datetime) -> Promised | None:
    """Return how requests go; None for whoever may not see them."""
    if not may(visit.member.role, Permission.REQUESTS_READ):
        return None
    counts = await requests.counts(tx, now)
    rows = await requests.figures(tx, since=now - _LATELY, until=now)
    closed = sum(row.in_full + row.in_part + row.refused + row.withdrawn for row in rows)
    in_time = sum(row.in_time for row in rows)
    first = queue.first_week(now)
    return Promised(
        in_time=f"{round(100 * in_time / closed)}%" if closed else "–",
        answered=f"of {closed:,} in 90 days",
        open=counts.open,
        overdue=counts.overdue,
        stuck=counts.stuck,
        weekly=queue.weekly_of(await requests.weeks(tx, since=first), first),
        url=queue.URL,
    )
