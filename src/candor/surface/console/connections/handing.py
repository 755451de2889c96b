"""Files that are handed over: the list, one file, asking for one, withdrawing it."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.errors import BadProposal, NoSuchProposal
from candor.domain.access.model.proposal import Proposal
from candor.domain.access.model.roles import Permission
from candor.domain.access.service import proposals
from candor.domain.connections.errors import BadConnection, NoSuchFile, WrongState
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.connection import State as Going
from candor.domain.connections.model.file import File, State, lasts
from candor.domain.connections.service import connecting, filing, scheduling
from candor.domain.consent.service import sharing
from candor.infra.db.pool import ReadTx
from candor.infra.web import reading as words_of
from candor.surface.console import words
from candor.surface.console.connections.files_filling import (
    again_of,
    file_page,
    line_of,
    schedule_of,
)
from candor.surface.console.connections.files_views import FilesPage
from candor.surface.console.connections.filling import url_of
from candor.surface.console.connections.routes import PLACE
from candor.surface.console.connections.views import ActPage, Entry
from candor.surface.console.desk import Desk, Page, actor_of, asked, permitted
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

_MAY_LOOK: Final = {"permission": Permission.CONNECTIONS_READ}
_MAY: Final = {"permission": Permission.CONNECTIONS_MANAGE}
_RISKY: Final = {
    "permission": Permission.CONNECTIONS_MANAGE, "proof": "hands data about people over",
}  # fmt: skip
_ALL: Final = "/connections/{connection_id:uuid}/files"
_ONE: Final = "/connections/{connection_id:uuid}/files/{file_id:uuid}"
_INVALID: Final = 400
_SAID: Final[Mapping[str, str]] = {
    "asked": "It is asked for. A colleague who may decide on proposals has to approve it now.",
    "withdrawn": "It is withdrawn. What lies somewhere is taken away.",
}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of files."""

    @get(_ALL, opt=_MAY_LOOK)
    async def every(request: AnyRequest, connection_id: FromPath[UUID]) -> Response[str]:
        """Show the files of one connection, newest first."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            connection = await _found(desk, tx, connection_id)
            view = await _files_page(desk, tx, visit, connection, asked(request, "done"))
            return await desk.show(tx, visit, PLACE, "console/files.html", view)

    @get(f"{_ALL}/ask", opt=_RISKY)
    async def ask_page(request: AnyRequest, connection_id: FromPath[UUID]) -> Response[str]:
        """Say what asking for a file means, and ask for the reason."""
        return await _ask_page(desk, desk.visit(request), connection_id)

    @post(f"{_ALL}/ask", opt=_RISKY)
    async def ask(request: AnyRequest, connection_id: FromPath[UUID]) -> Page:
        """Ask for a file: a colleague decides."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        why = fields.get("why", "")
        try:
            async with desk.acting(visit) as tx:
                file_id = await filing.ask(
                    tx,
                    connection_id,
                    why,
                    member=visit.member,
                    exchange=desk.services.exchange,
                )
        except BadProposal:
            error = "Say in a sentence what for: 10 to 500 signs."
            return await _ask_page(desk, visit, connection_id, why=why[:500], error=error)
        except BadConnection as wrong:
            return await _ask_page(
                desk, visit, connection_id, why=why[:500], error=wrong.message
            )
        return see_other(f"{url_of(connection_id)}/files/{file_id}?done=asked")

    @get(_ONE, opt=_MAY_LOOK)
    async def one(
        request: AnyRequest, connection_id: FromPath[UUID], file_id: FromPath[UUID]
    ) -> Response[str]:
        """Show one file: how far it is, who asked, who approved, who changed their mind."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            connection = await _found(desk, tx, connection_id)
            file = await _file(tx, connection, file_id)
            staff = await desk.colleagues(tx)
            proposal = await _proposal(tx, file)
            with words_of.reading(desk.reader()):
                said = _SAID.get(asked(request, "done"))
                view = file_page(visit, connection, file, proposal, staff, said)
            return await desk.show(tx, visit, PLACE, "console/file.html", view)

    @post(f"{_ONE}/withdraw", opt=_MAY)
    async def withdraw(
        request: AnyRequest, connection_id: FromPath[UUID], file_id: FromPath[UUID]
    ) -> Page:
        """Have it not made, or taken away early."""
        await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            connection = await _found(desk, tx, connection_id)
            await _file(tx, connection, file_id)
            await filing.withdraw(
                tx,
                file_id,
                actor=actor_of(visit),
                member=visit.member,
                exchange=desk.services.exchange,
            )
        return see_other(f"{url_of(connection_id)}/files/{file_id}?done=withdrawn")

    return [every, ask_page, ask, one, withdraw]


async def _found(desk: Desk, tx: ReadTx, connection_id: UUID) -> Connection:
    """Return a connection that gets files.

    Raises:
        NoSuchConnection: there is none.
        NoSuchFile: it gets none.
    """
    connection = await connecting.find(tx, connection_id)
    if desk.services.exchange.follows(connection):
        raise NoSuchFile
    return connection


async def _file(tx: ReadTx, connection: Connection, file_id: UUID) -> File:
    """Return a file of this connection; NoSuchFile: there is none."""
    file = await filing.find(tx, file_id)
    if file.connection_id != connection.connection_id:
        raise NoSuchFile
    return file


async def _proposal(tx: ReadTx, file: File) -> Proposal | None:
    if file.proposal_id is None:
        return None
    try:
        return await proposals.find(tx, file.proposal_id)
    except NoSuchProposal:
        return None


async def _files_page(
    desk: Desk, tx: ReadTx, visit: Visit, connection: Connection, done: str
) -> FilesPage:
    found = await filing.of_connection(tx, connection.connection_id)
    staff = await desk.colleagues(tx)
    proposed = {one.file_id: await _proposal(tx, one) for one in found}
    plan = await scheduling.plan(tx, connection, desk.services.exchange)
    with words_of.reading(desk.reader()):
        schedule = schedule_of(connection, plan)
        lines = tuple(line_of(one, proposed[one.file_id], staff) for one in found)
    why_not = _why_not(connection, found)
    url = f"{url_of(connection.connection_id)}/files/ask"
    return FilesPage(
        name=connection.name,
        back_url=url_of(connection.connection_id),
        lines=lines,
        ask_url=None if why_not else permitted(visit, Permission.CONNECTIONS_MANAGE, url),
        why_not=why_not,
        said=_SAID.get(done),
        schedule=schedule,
    )


def _why_not(connection: Connection, files: list[File]) -> str | None:
    """Return why no file can be asked for now; None: one can."""
    if not connection.is_told:
        return "This connection is only heard: nothing is handed over by it."
    if connection.state is not Going.ACTIVE:
        return "Start the connection first: files are handed over while it is active."
    if any(one.state in {State.PROPOSED, State.APPROVED, State.MAKING} for one in files):
        return "One is under way; when it lies there, or came to nothing, ask for another."
    return None


async def _ask_page(
    desk: Desk, visit: Visit, connection_id: UUID, *, why: str = "", error: str | None = None
) -> Response[str]:
    async with desk.reading(visit) as tx:
        connection = await _found(desk, tx, connection_id)
        if not connection.is_told or connection.state is not Going.ACTIVE:
            raise WrongState
        people = await sharing.count_people(tx)
        hours = int(lasts(connection.settings).total_seconds() // 3600)
        url = f"{url_of(connection_id)}/files"
        with words_of.reading(desk.reader()):
            effects = (
                f"Of {words.counted(people, 'person', 'people')}, those are in it who may be.",
                "That is decided for each as the file is written, and each can see it.",
                "It is sealed to the recipients in the settings; nobody else can read it.",
                "Nothing is made before a colleague who decides on proposals has approved it.",
                f"It is taken away after {words.counted(hours, 'hour', 'hours')}.",
                "When somebody in it is erased, it is taken away at once.",
                *again_of(connection),
            )
        view = ActPage(
            title="Ask for a file",
            eyebrow=connection.name,
            back_url=url,
            post_url=f"{url}/ask",
            csrf_token=visit.csrf_token,
            effects=effects,
            button="Ask for it",
            look="",
            entries=(
                Entry(
                    "why",
                    "What is it for?",
                    why,
                    "For whoever decides, and for the log: 10 to 500 signs.",
                    type="area",
                    is_required=True,
                ),
            ),
            error=error,
        )
        return await desk.show(
            tx,
            visit,
            PLACE,
            "console/connection_act.html",
            view,
            status=_INVALID if error else 200,
        )
