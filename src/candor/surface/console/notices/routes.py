"""The words that people are shown, and those that they once were."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.model.roles import Permission, may
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import counting, notices
from candor.infra.db.pool import ReadTx
from candor.infra.web.reading import reading
from candor.surface.console.desk import Desk
from candor.surface.console.notices.filling import notice_page, notices_page
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.visits import Visit

_MAY = {"permission": Permission.CATALOGUE_READ}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the notices."""

    @get("/notices", opt=_MAY)
    async def every(request: AnyRequest) -> Response[str]:
        """Show every notice that was ever in force, by purpose."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            rules = await desk.rules(tx)
            found = {
                code: await notices.about(tx, rules.policy.bits[code])
                for code in rules.in_force.purposes
            }
            yeses = await _yeses(desk, tx, visit, rules)
            with reading(desk.reader()):
                view = notices_page(found, rules, yeses)
            return await desk.show(tx, visit, "catalogue", "console/notices.html", view)

    @get("/notices/{notice_id:str}", opt=_MAY)
    async def one(request: AnyRequest, notice_id: FromPath[str]) -> Response[str]:
        """Show the exact words of one notice, and what changed with it."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            rules = await desk.rules(tx)
            found = await notices.notice(tx, notice_id)
            bit = rules.policy.bits[found.notice.purpose]
            others = await notices.about(tx, bit)
            yeses = await _yeses(desk, tx, visit, rules)
            with reading(desk.reader()):
                view = notice_page(found, others, rules, yeses)
            return await desk.show(tx, visit, "catalogue", "console/notice.html", view)

    return [every, one]


async def _yeses(desk: Desk, tx: ReadTx, visit: Visit, rules: Rules) -> dict[str, int] | None:
    """Return on how many yeses each notice stands; None for whoever may not see counts."""
    if not may(visit.member.role, Permission.CONSENT_FIGURES):
        return None
    return await counting.yeses_by_notice(tx, policy=rules.policy, now=desk.clock.now())
