"""Looking before anything is sent: one person field by field, and everybody in numbers.

The one module here that reveals: what would stand in each field, for whoever may see people.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.errors import NotPermitted
from candor.domain.access.model.roles import Permission, may
from candor.domain.catalogue.model import InForce
from candor.domain.connections.model.composing import Line
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.service import connecting, previewing
from candor.domain.connections.service.previewing import DryRun, Preview
from candor.domain.vault.errors import NotAllowed
from candor.infra.db.pool import Tx
from candor.infra.web import reading as words_of
from candor.kernel.ids import ProfileId
from candor.surface.console import saying
from candor.surface.console.connections import naming
from candor.surface.console.connections.filling import url_of
from candor.surface.console.connections.routes import PLACE
from candor.surface.console.connections.views import (
    DryRunPage,
    FieldCount,
    Figure,
    PreviewLine,
    PreviewPage,
)
from candor.surface.console.desk import Desk, actor_of
from candor.surface.console.people.routes import Search, look_up, purposes, read_search
from candor.surface.console.person.volume import admit
from candor.surface.console.views import Option
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.visits import Visit

_ONE: Final = "/connections/{connection_id:uuid}"
_TEMPLATE: Final = "console/connection_preview.html"
_INVALID: Final = 400
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_MISSING: Final[Mapping[str, str]] = {
    "not_found": "Nobody is found by exactly this. Compare it letter by letter.",
    "malformed": "This is no whole identifier of this kind.",
}
_OUTCOMES: Final[Mapping[Act | None, str]] = {
    Act.PUT: "This is what would stand there",
    Act.REMOVE: "The person would be removed there",
    None: "Nothing would be sent: they are not held there, and need not be",
}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of previews."""

    @get(f"{_ONE}/preview", opt={"permission": Permission.PEOPLE_READ})
    async def ask_preview(request: AnyRequest, connection_id: FromPath[UUID]) -> Response[str]:
        """Ask about whom."""
        visit = desk.visit(request)
        _require(visit)
        return await _page(desk, visit, connection_id)

    @post(f"{_ONE}/preview", opt={"permission": Permission.PEOPLE_READ})
    async def preview(request: AnyRequest, connection_id: FromPath[UUID]) -> Response[str]:
        """Show what would go about somebody and why; looking is written down."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        _require(visit)
        return await _looked(desk, visit, connection_id, fields)

    @get(f"{_ONE}/dry-run", opt={"permission": Permission.CONNECTIONS_READ})
    async def dry_run(request: AnyRequest, connection_id: FromPath[UUID]) -> Response[str]:
        """Count over everybody; written down, and nobody is opened."""
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            one = await connecting.find(tx, connection_id)
            found = await previewing.dry_run(
                tx, connection_id, exchange=desk.services.exchange, actor=actor_of(visit)
            )
            with words_of.reading(desk.reader()):
                view = _dry_run_page(one, found)
            return await desk.show(tx, visit, PLACE, "console/connection_dry_run.html", view)

    return [ask_preview, preview, dry_run]


def _require(visit: Visit) -> None:
    """Let in whoever may see both people and connections."""
    if not may(visit.member.role, Permission.CONNECTIONS_READ):
        raise NotPermitted


async def _looked(
    desk: Desk, visit: Visit, connection_id: UUID, fields: dict[str, str]
) -> Response[str]:
    async with desk.acting(visit) as tx:
        in_force = (await desk.rules(tx)).in_force
        search = read_search(fields, in_force, visit.member.role)
        found: ProfileId | str = "form"
        if search.is_good:
            found = await look_up(desk, tx, visit, search, in_force)
    if isinstance(found, str):
        error = _MISSING.get(found) or search.value_error or search.purpose_error
        status = _NOT_FOUND if found == "not_found" else _INVALID
        return await _page(desk, visit, connection_id, search, error=error, status=status)
    await admit(desk, visit, found)
    async with desk.acting(visit) as tx:
        one = await connecting.find(tx, connection_id)
        seen = await _previewed(desk, tx, visit, one, found)
        if isinstance(seen, NotAllowed):
            error = f"{seen.message} {seen.hint}".strip()
            view = _view(visit, one, in_force, search, error=error)
            return await desk.show(tx, visit, PLACE, _TEMPLATE, view, status=_FORBIDDEN)
        with words_of.reading(desk.reader()):
            view = _view(visit, one, in_force, search, seen=seen)
        return await desk.show(tx, visit, PLACE, _TEMPLATE, view)


async def _previewed(
    desk: Desk, tx: Tx, visit: Visit, one: Connection, who: ProfileId
) -> Preview | NotAllowed:
    """Return what would go, or the refusal, which stays written down."""
    try:
        return await previewing.preview(
            tx, one, who, actor=actor_of(visit), exchange=desk.services.exchange
        )
    except NotAllowed as refused:
        return refused


async def _page(
    desk: Desk,
    visit: Visit,
    connection_id: UUID,
    search: Search | None = None,
    *,
    error: str | None = None,
    status: int = 200,
) -> Response[str]:
    async with desk.reading(visit) as tx:
        one = await connecting.find(tx, connection_id)
        in_force = (await desk.rules(tx)).in_force
        view = _view(visit, one, in_force, search, error=error)
        return await desk.show(tx, visit, PLACE, _TEMPLATE, view, status=status)


def _view(
    visit: Visit,
    one: Connection,
    in_force: InForce,
    search: Search | None,
    *,
    error: str | None = None,
    seen: Preview | None = None,
) -> PreviewPage:
    url = url_of(one.connection_id)
    kinds = sorted(in_force.document.identifiers, key=lambda each: not each.names_person)
    values: dict[str, str] = {}
    if search is not None:
        values = {"kind": search.kind, "value": search.value, "purpose": search.purpose}
    return PreviewPage(
        name=one.name,
        back_url=url,
        post_url=f"{url}/preview",
        csrf_token=visit.csrf_token,
        kinds=tuple(Option(each.kind, each.title) for each in kinds),
        purposes=purposes(in_force, visit.member.role),
        values=values,
        error=error,
        outcome=None if seen is None else _OUTCOMES[seen.act],
        lines=() if seen is None else tuple(_line(each, seen, in_force) for each in seen.lines),
    )


def _line(line: Line, seen: Preview, in_force: InForce) -> PreviewLine:
    goes, tone, why = naming.reason(line)
    value = None
    if line.value is not None:
        plain = line.value.reveal()
        value = None if plain is None else str(plain)
    elif line.answer is not None:
        value = "yes" if line.answer else "no"
    return PreviewLine(
        there=line.field.there,
        ours=naming.ours(line.field, in_force),
        value=value,
        goes=goes,
        tone=tone,
        why=why,
        is_news=line.field.there in seen.changed,
    )


def _dry_run_page(one: Connection, found: DryRun) -> DryRunPage:
    return DryRunPage(
        name=one.name,
        back_url=url_of(one.connection_id),
        figures=(
            Figure("People", found.people),
            Figure("Would be told", saying.count(found.put)),
            Figure("Would be removed", saying.count(found.remove)),
            Figure("Untouched", saying.count(found.untouched)),
        ),
        fields=tuple(
            FieldCount(there, saying.count(people), _percent(people, found.people))
            for there, people in found.fields.items()
        ),
    )


def _percent(part: int, whole: int) -> int:
    return round(100 * saying.drawn(part) / whole) if whole else 0
