"""How connections do, for the page Today: what needs somebody, and how fast a change arrives."""

from dataclasses import dataclass

from candor.domain.access.model.roles import Permission, may
from candor.domain.connections.service import reading
from candor.domain.connections.service.reading import Health
from candor.infra.db.pool import ReadTx
from candor.infra.web import reading as words_of
from candor.surface.console import words
from candor.surface.console.connections import naming
from candor.surface.console.connections.filling import URL
from candor.surface.console.desk import Desk
from candor.surface.console.today.views import Decision, Flowing
from candor.surface.plain.visits import Visit


@dataclass(frozen=True, slots=True)
class Flows:
    """What stands on the page, and what of it waits for somebody."""

    part: Flowing | None
    decisions: tuple[Decision, ...]


async def flows(tx: ReadTx, desk: Desk, visit: Visit) -> Flows:
    """Return how connections do; nothing for whoever may not see them, or where there is none."""
    if not may(visit.member.role, Permission.CONNECTIONS_READ):
        return Flows(None, ())
    health = await reading.health(tx, clock=desk.clock)
    if not health:
        return Flows(None, ())
    troubled = [one for one in health if naming.is_troubled(one)]
    with words_of.reading(desk.reader()):
        return Flows(_part(health, troubled), _decisions(visit, troubled))


def _part(health: list[Health], troubled: list[Health]) -> Flowing:
    quick = [one.took for one in health if one.took.count]
    return Flowing(
        troubled=len(troubled),
        all=len(health),
        waiting=sum(one.waiting for one in health),
        oldest=naming.span(max(one.lag_seconds for one in health)),
        reached=sum(took.count for took in quick),
        slowest=naming.span(max((took.p99 or 0.0 for took in quick), default=None)),
        url=URL,
    )


def _decisions(visit: Visit, troubled: list[Health]) -> tuple[Decision, ...]:
    """Return what waits for whoever sees to connections."""
    if not troubled or not may(visit.member.role, Permission.CONNECTIONS_MANAGE):
        return ()
    text = words.counted(
        len(troubled), "connection needs somebody", "connections need somebody"
    )
    since = min((one.failing_since for one in troubled if one.failing_since), default=None)
    return (Decision(text, URL, since=since),)
