"""Your page: the letter."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.service import members
from candor.domain.audit import service as audit
from candor.domain.collect.service import read as collected
from candor.domain.connections.service import reaching
from candor.domain.profiles.service import merge
from candor.infra.web.reading import reading
from candor.surface.plain.answers import AnyRequest
from candor.surface.portal.allow.filling import fill as fill_allowed
from candor.surface.portal.allow.standing import stands_now
from candor.surface.portal.desk import OWN, Desk
from candor.surface.portal.facts.filling import TOP
from candor.surface.portal.facts.filling import fill as fill_facts
from candor.surface.portal.home.filling import fill
from candor.surface.portal.looks.routes import MONTH
from candor.surface.portal.rights.asking import standings
from candor.surface.portal.rights.routes import running


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the route of the page."""

    @get("/", opt=OWN)
    async def letter(request: AnyRequest) -> Response[str]:
        """Show the letter."""
        async with desk.sitting(request) as sitting:
            tx, person, rules = sitting.tx, sitting.person, sitting.rules
            ids = person.profile_ids
            now = sitting.reader.now
            subjects = await desk.services.vault.pseudonyms(tx, ids)
            looks = await audit.looks(tx, subjects, since=now - MONTH)
            roles = {
                str(member.staff_id): member.role for member in await members.everybody(tx)
            }
            traits = await collected.traits(tx, ids, top=TOP)
            kept = await collected.kept(tx, ids)
            journal = await merge.journal(tx, ids)
            stands = await stands_now(request, sitting)
            asked = await standings(sitting)
            given = await reaching.received(tx, ids, since=now - MONTH)
        with reading(sitting.reader):
            facts = fill_facts(person, traits, rules, stands.decisions)
            allowed = fill_allowed(stands, rules, sitting.reader)
            view = fill(
                person,
                facts,
                kept,
                looks,
                roles,
                journal,
                rules,
                allowed,
                running=running(asked, now),
                given=given,
            )
        return desk.show(sitting, "portal/home.html", view, "home")

    return [letter]
