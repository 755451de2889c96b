"""Authorised agents: who may ask for people, by their public key."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission
from candor.domain.access.model.sign_in import Staff
from candor.domain.catalogue.model import InForce
from candor.domain.rights.errors import BadDirectory
from candor.domain.rights.model.agent import CODE, Agent
from candor.domain.rights.service import agents
from candor.domain.rights.service.agents import Listed
from candor.infra.db.pool import ReadTx
from candor.surface.console import words
from candor.surface.console.desk import HOME, Desk, Page, actor_of
from candor.surface.console.outside.views import AgentLine, AgentsPage
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

URL: Final = f"{HOME}/requests/agents"
PLACE: Final = "requests/agents"
_MAY: Final = {"permission": Permission.AGENTS_MANAGE}
_RISKY: Final = {
    "permission": Permission.AGENTS_MANAGE, "proof": "decides who may ask for people",
}  # fmt: skip
_INVALID: Final = 400
_LONGEST: Final = 120


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of agents."""

    @get("/requests/agents", opt=_MAY)
    async def every(request: AnyRequest) -> Response[str]:
        """Show the agents that may ask for people, and those that may no more."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await _page(desk, tx, visit, {}, None)
            return await desk.show(tx, visit, PLACE, "console/agents.html", view)

    @post("/requests/agents", opt=_RISKY)
    async def let_in(request: AnyRequest) -> Page:
        """Let an agent in by its key."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        error = _wrong(fields)
        async with desk.acting(visit) as tx:
            if error is not None:
                view = await _page(desk, tx, visit, fields, error)
                return await desk.show(
                    tx, visit, PLACE, "console/agents.html", view, status=_INVALID
                )
            listed = Listed(
                id=fields["code"].strip(),
                name=fields["name"].strip(),
                verify_key=fields["key"],
                web_url=fields.get("web_url", "").strip(),
            )
            await agents.let_in(
                tx,
                listed,
                is_trusted=fields.get("trusted") == "yes",
                actor=actor_of(visit),
                clock=desk.clock,
            )
        return see_other(URL)

    @post("/requests/agents/end", opt=_RISKY)
    async def end(request: AnyRequest) -> Page:
        """Let an agent ask no more."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            await agents.end(
                tx, fields.get("which", ""), actor=actor_of(visit), clock=desk.clock
            )
        return see_other(URL)

    return [every, let_in, end]


def _wrong(fields: Mapping[str, str]) -> str | None:
    """Return what is wrong with what was typed, as a sentence."""
    if not CODE.fullmatch(fields.get("code", "").strip()):
        return "Its id has capital letters, digits and _ only, as the directory writes it."
    if not 1 <= len(fields.get("name", "").strip()) <= _LONGEST:
        return "Say what it is called."
    url = fields.get("web_url", "").strip()
    if url and not url.startswith("https://"):
        return "Its page must begin with https://."
    try:
        agents.key_of(fields.get("key", ""))
    except BadDirectory as wrong:
        return wrong.message
    return None


async def _page(
    desk: Desk, tx: ReadTx, visit: Visit, values: Mapping[str, str], error: str | None
) -> AgentsPage:
    staff, in_force = await desk.colleagues(tx), (await desk.rules(tx)).in_force
    return AgentsPage(
        lines=tuple(_line(one, staff, in_force) for one in await agents.every(tx)),
        post_url=URL,
        csrf_token=visit.csrf_token,
        values=values,
        error=error,
    )


def _line(agent: Agent, staff: Mapping[UUID, Staff], in_force: InForce) -> AgentLine:
    return AgentLine(
        code=agent.code,
        name=agent.name,
        web_url=agent.web_url,
        is_trusted=agent.is_trusted,
        added_at=agent.added_at,
        added_by=words.labelled(agent.added_by, staff, in_force),
        paired_at=agent.token_at,
        ended_at=agent.ended_at,
        end_url=f"{URL}/end" if agent.is_welcome else None,
    )
