"""Systems outside that are told when somebody uses a right, and how they answer."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission
from candor.domain.catalogue.model import InForce
from candor.domain.rights.errors import BadDownstream, NoSuchDownstream
from candor.domain.rights.model.downstream import Downstream, Protocol
from candor.domain.rights.service.downstream import systems
from candor.domain.rights.service.downstream.systems import NewSystem
from candor.infra.db.pool import ReadTx
from candor.surface.console import words
from candor.surface.console.desk import HOME, Desk, Page, actor_of
from candor.surface.console.outside.views import SystemLine, SystemsPage
from candor.surface.console.views import Option
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

URL: Final = f"{HOME}/requests/systems"
PLACE: Final = "requests/systems"
_MAY: Final = {"permission": Permission.AGENTS_MANAGE}
_RISKY: Final = {
    "permission": Permission.AGENTS_MANAGE, "proof": "decides who is told about people",
}  # fmt: skip
_INVALID: Final = 400
_PROTOCOLS: Final = (
    Option(Protocol.OPENDSR, "By machine: OpenDSR 2.0"),
    Option(Protocol.MANUAL, "By a colleague, as a task"),
)
_SAID: Final = {Protocol.OPENDSR: "OpenDSR 2.0", Protocol.MANUAL: "by a colleague"}
_KIND: Final = "kind-"  # before the kind of an identifier, in the name of its field


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of systems."""

    @get("/requests/systems", opt=_MAY)
    async def every(request: AnyRequest) -> Response[str]:
        """Show the systems that are told, when they last answered and what goes wrong."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await _page(desk, tx, visit, {}, None)
            return await desk.show(tx, visit, PLACE, "console/systems.html", view)

    @post("/requests/systems", opt=_RISKY)
    async def add(request: AnyRequest) -> Page:
        """Tell a system from now on."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        services = desk.services
        try:
            async with desk.reading(visit) as tx:
                new = _read(fields, (await desk.rules(tx)).in_force)
            async with desk.acting(visit) as tx:
                await systems.add(
                    tx,
                    new,
                    outbound=services.outbound,
                    keyring=services.keyring,
                    actor=actor_of(visit),
                    clock=desk.clock,
                )
        except BadDownstream as wrong:
            async with desk.reading(visit) as tx:
                said = f"{wrong.message} {wrong.hint}".strip()
                view = await _page(desk, tx, visit, fields, said)
                return await desk.show(
                    tx, visit, PLACE, "console/systems.html", view, status=_INVALID
                )
        return see_other(URL)

    @post("/requests/systems/end", opt=_RISKY)
    async def end(request: AnyRequest) -> Page:
        """Tell a system no more."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        try:
            which = UUID(fields.get("which", ""))
        except ValueError:
            raise NoSuchDownstream from None
        async with desk.acting(visit) as tx:
            await systems.end(tx, which, actor=actor_of(visit), clock=desk.clock)
        return see_other(URL)

    return [every, add, end]


def _read(fields: Mapping[str, str], in_force: InForce) -> NewSystem:
    """Return what was typed.

    Raises:
        BadDownstream: it is not said how it is told.
    """
    if fields.get("protocol", "") not in set(Protocol):
        raise BadDownstream
    return NewSystem(
        name=fields.get("name", ""),
        protocol=Protocol(fields["protocol"]),
        base_url=fields.get("base_url", "").strip(),
        domain=fields.get("domain", "").strip(),
        identities=[
            kind for kind in in_force.identifiers if fields.get(f"{_KIND}{kind}") == "yes"
        ],
        certificate=fields.get("certificate", "").strip() or None,
        token=fields.get("token", "").strip() or None,
    )


async def _page(
    desk: Desk, tx: ReadTx, visit: Visit, values: Mapping[str, str], error: str | None
) -> SystemsPage:
    in_force = (await desk.rules(tx)).in_force
    public_url = desk.services.settings.public_url
    return SystemsPage(
        lines=tuple(_line(one, in_force, public_url) for one in await systems.every(tx)),
        protocols=_PROTOCOLS,
        kinds=tuple(Option(one.kind, one.title) for one in in_force.document.identifiers),
        post_url=URL,
        csrf_token=visit.csrf_token,
        values=values,
        error=error,
    )


def _line(one: Downstream, in_force: InForce, public_url: str) -> SystemLine:
    is_asked = one.protocol is Protocol.OPENDSR and one.ended_at is None
    return SystemLine(
        ref=str(one.downstream_id),
        name=one.name,
        protocol=_SAID[one.protocol],
        url=one.base_url,
        identities=tuple(words.kind(kind, in_force) for kind in one.identities),
        callback=systems.callback_of(public_url, one) if is_asked else None,
        added_at=one.added_at,
        answered_at=one.answered_at,
        problem=words.plain(one.problem) if one.problem else None,
        ended_at=one.ended_at,
        end_url=f"{URL}/end" if one.ended_at is None else None,
    )
