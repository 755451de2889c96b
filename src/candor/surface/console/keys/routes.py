"""The keys of the API: who has one, what it may do, and taking one back.

Keys are issued and rotated by command (`candor key api`): a secret belongs in no browser.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from candor.domain.access.errors import NoSuchAPIKey
from candor.domain.access.model.keys import APIKey
from candor.domain.access.model.roles import Permission, may
from candor.domain.access.service import api_keys
from candor.domain.catalogue.model import InForce
from candor.infra.db.pool import ReadTx
from candor.surface.console.desk import HOME, Desk, actor_of
from candor.surface.console.keys.views import KeyLine, KeysPage, RevokePage
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

URL: Final = f"{HOME}/settings/keys"
_RISKY: Final = {"permission": Permission.KEYS_MANAGE, "proof": "stops another system"}
_SOON: Final = timedelta(days=30)
_TONES: Final[Mapping[str, str]] = {
    "works": "good", "ends soon": "attention", "suspended": "attention", "revoked": "no",
}  # fmt: skip


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the keys."""

    @get("/settings/keys", opt={"permission": Permission.KEYS_READ})
    async def every(request: AnyRequest) -> Response[str]:
        """Show every key that was ever issued, newest first."""
        visit = desk.visit(request)
        now = desk.clock.now()
        async with desk.reading(visit) as tx:
            in_force = (await desk.rules(tx)).in_force
            lines = tuple(_line(k, visit, in_force, now) for k in await api_keys.every(tx))
            return await desk.show(tx, visit, "settings", "console/keys.html", KeysPage(lines))

    @get("/settings/keys/{key_id:uuid}", opt=_RISKY)
    async def ask(request: AnyRequest, key_id: FromPath[UUID]) -> Response[str]:
        """Say what taking a key back does, before it does."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            in_force = (await desk.rules(tx)).in_force
            key = await _working(tx, key_id, desk.clock.now())
            view = RevokePage(
                key=_line(key, visit, in_force, desk.clock.now()),
                post_url=f"{URL}/{key_id}",
                back_url=URL,
                csrf_token=visit.csrf_token,
            )
            return await desk.show(tx, visit, "settings", "console/revoke_key.html", view)

    @post("/settings/keys/{key_id:uuid}", opt=_RISKY)
    async def revoke(request: AnyRequest, key_id: FromPath[UUID]) -> Redirect:
        """Take a key back; it opens nothing from now on."""
        await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            await api_keys.revoke(tx, key_id, actor=actor_of(visit), clock=desk.clock)
        return see_other(URL)

    return [every, ask, revoke]


async def _working(tx: ReadTx, key_id: UUID, now: datetime) -> APIKey:
    """Return a key that opens something, or would when it is let go on.

    Raises:
        NoSuchAPIKey: unknown, ended, or taken back already.
    """
    for key in await api_keys.every(tx):
        if key.key_id == key_id and _is_open(key, now):
            return key
    raise NoSuchAPIKey


def _is_open(key: APIKey, now: datetime) -> bool:
    """Tell whether there is something to take back: a suspended key may be let go on."""
    return key.revoked_at is None and key.expires_at > now


def _line(key: APIKey, visit: Visit, in_force: InForce, now: datetime) -> KeyLine:
    may_revoke = _is_open(key, now) and may(visit.member.role, Permission.KEYS_MANAGE)
    state = _state(key, now)
    source = in_force.sources.get(key.source_code or "")
    return KeyLine(
        name=key.name,
        hint=f"{key.hint}…",
        scopes=tuple(key.scopes),
        source=source.title if source else key.source_code,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        state=state,
        tone=_TONES.get(state, ""),
        revoke_url=f"{URL}/{key.key_id}" if may_revoke else None,
    )


def _state(key: APIKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at <= now:
        return "ended"
    if key.suspended_at is not None:
        return "suspended"
    return "ends soon" if key.expires_at - now < _SOON else "works"
