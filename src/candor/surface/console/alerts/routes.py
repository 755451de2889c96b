"""The pages of alerts: what was seen, what was done, what to do, and what people made of it."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.access.model.keys import APIKey
from candor.domain.access.model.roles import Permission, may
from candor.domain.access.service import api_keys
from candor.domain.audit.service import following
from candor.domain.shield.model.alert import Alert, State, Verdict
from candor.domain.shield.model.measure import is_about
from candor.domain.shield.model.rules import RULES
from candor.domain.shield.service import alerts, measures, runbooks
from candor.infra.db.pool import ReadTx
from candor.kernel.errors import Kind, Refused
from candor.surface.console.alerts.filling import (
    URL,
    VERDICTS,
    alert_line,
    measure_line,
    seen_words,
    usual_words,
)
from candor.surface.console.alerts.views import AlertPage, AlertsPage
from candor.surface.console.desk import HOME, Desk, actor_of, permitted
from candor.surface.console.security.routes import line_of
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

_RISKY: Final = {"permission": Permission.ALERTS_SETTLE, "proof": "ends what the shield does"}
_PLACE: Final = "security/alerts"
CANARIES: Final = f"{HOME}/security/canaries"


class NoVerdict(Refused):
    """Say what the alert was: an attack, a mistake, or expected."""

    code = "console.no_verdict"
    kind = Kind.INVALID


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of alerts."""
    return [*_reading(desk), *_acting(desk)]


def _reading(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/security/alerts", opt={"permission": Permission.ALERTS_READ})
    async def every(request: AnyRequest) -> Response[str]:
        """Show open alerts, the most urgent first, what is in force, and what was settled."""
        visit = desk.visit(request)
        now, own = desk.clock.now(), visit.member.staff_id
        may_lift = may(visit.member.role, Permission.ALERTS_SETTLE)
        async with desk.reading(visit) as tx:
            staff, keys = await desk.colleagues(tx), await _keys(tx)
            view = AlertsPage(
                open=tuple(alert_line(a, staff, keys) for a in await alerts.unsettled(tx)),
                settled=tuple(alert_line(a, staff, keys) for a in await alerts.settled(tx)),
                measures=tuple(
                    line
                    for measure in await measures.in_force(tx, desk.clock)
                    if (
                        line := measure_line(
                            measure,
                            staff,
                            keys,
                            now,
                            may_lift=may_lift and not is_about(measure.actor, own),
                        )
                    )
                ),
                csrf_token=visit.csrf_token,
                back=URL,
                canaries_url=permitted(visit, Permission.CANARIES_MANAGE, CANARIES),
            )
            return await desk.show(tx, visit, _PLACE, "console/alerts.html", view)

    @get("/security/alerts/{alert_id:uuid}", opt={"permission": Permission.ALERTS_READ})
    async def one(request: AnyRequest, alert_id: FromPath[UUID]) -> Response[str]:
        """Show one alert with what it rests on, what was done, and its runbook."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await _page(desk, tx, visit, await alerts.find(tx, alert_id))
            return await desk.show(tx, visit, _PLACE, "console/alert.html", view)

    return [every, one]


def _acting(desk: Desk) -> list[HTTPRouteHandler]:
    @post("/security/alerts/{alert_id:uuid}", opt=_RISKY)
    async def settle(request: AnyRequest, alert_id: FromPath[UUID]) -> Redirect:
        """Say what an alert was."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        try:
            verdict = Verdict(fields.get("verdict", ""))
        except ValueError:
            raise NoVerdict from None
        async with desk.acting(visit) as tx:
            await alerts.settle(
                tx,
                alert_id,
                verdict,
                by=visit.member.staff_id,
                actor=actor_of(visit),
                clock=desk.clock,
            )
        return see_other(URL)

    @post("/security/alerts/measures/{measure_id:uuid}", opt=_RISKY)
    async def lift(request: AnyRequest, measure_id: FromPath[UUID]) -> Redirect:
        """Lift a measure before its time; what it did is undone."""
        await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            lifted = await measures.lift(
                tx,
                measure_id,
                by=visit.member.staff_id,
                deeds=desk.services.measures,
                actor=actor_of(visit),
                clock=desk.clock,
            )
        return see_other(f"{URL}/{lifted.alert_id}" if lifted.alert_id else URL)

    return [settle, lift]


async def _page(desk: Desk, tx: ReadTx, visit: Visit, alert: Alert) -> AlertPage:
    now = desk.clock.now()
    may_settle = may(visit.member.role, Permission.ALERTS_SETTLE) and not is_about(
        alert.actor, visit.member.staff_id
    )
    staff, keys = await desk.colleagues(tx), await _keys(tx)
    in_force = (await desk.rules(tx)).in_force
    ids = sorted({alert.first_entry or 0, alert.last_entry or 0} - {0})
    may_read = may(visit.member.role, Permission.AUDIT_READ)
    entries = await following.numbered(tx, ids) if may_read else []
    is_open = alert.state == State.OPEN
    return AlertPage(
        line=alert_line(alert, staff, keys),
        seen=seen_words(alert),
        usual=usual_words(alert),
        entries=tuple(line_of(entry, staff, in_force) for entry in entries),
        log_url=permitted(visit, Permission.AUDIT_READ, _log(alert)),
        measures=tuple(
            measure_line(measure, staff, keys, now, may_lift=may_settle)
            for measure in await measures.of_alert(tx, alert.alert_id)
        ),
        runbook=runbooks.of_rule(alert.rule),
        is_open=is_open,
        settle_url=f"{URL}/{alert.alert_id}" if is_open and may_settle else None,
        verdicts=VERDICTS,
        csrf_token=visit.csrf_token,
        back_url=URL,
        back=f"{URL}/{alert.alert_id}",
    )


def _log(alert: Alert) -> str:
    """Return where the entries stand that an alert rests on, the newest first."""
    rule = RULES.get(alert.rule)
    asked = {"before": str((alert.last_entry or 0) + 1)}
    if rule is not None:
        asked["action"] = rule.actions[0]
    return f"{HOME}/audit?{urlencode(asked)}"


async def _keys(tx: ReadTx) -> dict[UUID, APIKey]:
    return {key.key_id: key for key in await api_keys.every(tx)}
