"""The page of canaries: what was laid out where, and keys that are laid out from here.

A profile is laid out by command (`candor canary add profile`): it comes through the door like any
other, so that nothing tells it from one.
"""

import secrets
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.access.model.keys import API_KEY_PREFIX, hash_of
from candor.domain.access.model.roles import Permission
from candor.domain.shield.model.canary import Canary, CanaryKind
from candor.domain.shield.service import canaries
from candor.infra.db.pool import ReadTx
from candor.surface.console.alerts.filling import URL as ALERTS
from candor.surface.console.alerts.routes import CANARIES
from candor.surface.console.alerts.views import CanariesPage, CanaryLine
from candor.surface.console.desk import Desk, actor_of
from candor.surface.console.views import Option
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

_PLACE: Final = "security/alerts"
_INVALID: Final = 400
_SECRET_BYTES: Final = 32
_KINDS: Final = (
    Option(CanaryKind.API_KEY, "A key of the API"),
    Option(CanaryKind.WRITE_KEY, "A write key of a source"),
)
_WORDS: Final = {
    CanaryKind.PROFILE: "profile",
    CanaryKind.API_KEY: "key of the API",
    CanaryKind.WRITE_KEY: "write key",
    CanaryKind.STAFF: "account of staff",
}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of canaries."""

    @get("/security/canaries", opt={"permission": Permission.CANARIES_MANAGE})
    async def every(request: AnyRequest) -> Response[str]:
        """Show what was laid out where."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            return await _show(desk, tx, visit)

    @post("/security/canaries", opt={"permission": Permission.CANARIES_MANAGE})
    async def lay_out(request: AnyRequest) -> Response[str]:
        """Make a key that opens nothing, and show it once."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        note = fields.get("note", "").strip()
        kind = next((k.code for k in _KINDS if k.code == fields.get("kind")), None)
        async with desk.acting(visit) as tx:
            if kind is None or not note:
                error = "Choose what it is, and say where you put it."
                return await _show(desk, tx, visit, error=error, note=note)
            secret = new_secret(CanaryKind(kind))
            await canaries.lay_out(
                tx,
                CanaryKind(kind),
                hash_of(secret),
                note=note,
                actor=actor_of(visit),
                clock=desk.clock,
            )
            return await _show(desk, tx, visit, secret=secret)

    @post(
        "/security/canaries/{canary_id:uuid}",
        opt={"permission": Permission.CANARIES_MANAGE, "proof": "takes an alarm away"},
    )
    async def take_in(request: AnyRequest, canary_id: FromPath[UUID]) -> Redirect:
        """Take a canary in."""
        await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            await canaries.take_in(tx, canary_id, actor=actor_of(visit), clock=desk.clock)
        return see_other(CANARIES)

    return [every, lay_out, take_in]


def new_secret(kind: CanaryKind) -> str:
    """Return a key that looks like every other of its kind."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    return API_KEY_PREFIX + secret if kind is CanaryKind.API_KEY else secret


async def _show(
    desk: Desk,
    tx: ReadTx,
    visit: Visit,
    *,
    secret: str | None = None,
    error: str | None = None,
    note: str = "",
) -> Response[str]:
    lines = [(canary, _line(canary)) for canary in await canaries.every(tx)]
    view = CanariesPage(
        out=tuple(line for canary, line in lines if canary.ended_at is None),
        ended=tuple(line for canary, line in lines if canary.ended_at is not None),
        kinds=_KINDS,
        post_url=CANARIES,
        csrf_token=visit.csrf_token,
        back_url=ALERTS,
        secret=secret,
        error=error,
        note=note,
    )
    status = _INVALID if error else 200
    return await desk.show(tx, visit, _PLACE, "console/canaries.html", view, status=status)


def _line(canary: Canary) -> CanaryLine:
    is_out = canary.ended_at is None
    return CanaryLine(
        kind=_WORDS[CanaryKind(canary.kind)],
        note=canary.note,
        created_at=canary.created_at,
        ended_at=canary.ended_at,
        take_in_url=f"{CANARIES}/{canary.canary_id}" if is_out else None,
    )
