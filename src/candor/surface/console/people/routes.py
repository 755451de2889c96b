"""Finding one person by something that they told us, for a reason that is stated.

The value that is looked for travels in the body of a POST only: no address, log or history
holds it. The search is an act of its own in the audit log, whether it finds somebody or not.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from candor.domain.access.model.roles import Permission
from candor.domain.audit import service as audit
from candor.domain.audit.model import Outcome
from candor.domain.catalogue.model import InForce
from candor.domain.profiles.errors import NoSuchProfile, NotAnIdentifier
from candor.domain.profiles.service import read as people
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId
from candor.surface.console import words
from candor.surface.console.desk import HOME, Desk, Page, actor_of
from candor.surface.console.people.views import PeoplePage
from candor.surface.console.views import Option
from candor.surface.plain import answers
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.visits import Visit

URL: Final = f"{HOME}/people"
_LONGEST: Final = 320  # signs; the longest e-mail address has 254
_INVALID: Final = 400
_NOT_FOUND: Final = 404
_HINTS: Final = {
    "email": "This is not a whole e-mail address.",
    "phone": "This is not a whole phone number. Begin with the country code: +49 …",
    "digits": "This has no digits.",
}


@dataclass(frozen=True, slots=True)
class Search:
    """What was typed into the form, and what is wrong with it."""

    kind: str
    value: str
    purpose: str
    value_error: str | None
    purpose_error: str | None

    @property
    def is_good(self) -> bool:
        """Tell whether there is something to look for."""
        return not (self.value_error or self.purpose_error)


def purposes(in_force: InForce, role: str) -> tuple[Option, ...]:
    """Return the purposes that somebody with a role may state when they open a person."""
    return tuple(
        Option(
            purpose.code,
            f"{words.purpose(purpose.code).capitalize()} (“{purpose.title()}”)",
        )
        for purpose in in_force.document.purposes
        if purpose.is_work_of(role)
    )


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of the search."""

    @get("/people", opt={"permission": Permission.PEOPLE_READ})
    async def ask(request: AnyRequest) -> Response[str]:
        """Ask for an exact identifier and a purpose."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            in_force = (await desk.rules(tx)).in_force
            view = _page(visit, in_force)
            return await desk.show(tx, visit, "people", "console/people.html", view)

    @post("/people", opt={"permission": Permission.PEOPLE_READ})
    async def find(request: AnyRequest) -> Page:
        """Look for the person, write the search down, and go to their page."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            in_force = (await desk.rules(tx)).in_force
            search = read_search(fields, in_force, visit.member.role)
            found: ProfileId | str = "form"
            if search.is_good:
                found = await look_up(desk, tx, visit, search, in_force)
            if not isinstance(found, str):
                return answers.see_other(
                    f"{URL}/{found}?{urlencode({'purpose': search.purpose})}"
                )
            view = _page(visit, in_force, search, found)
            status = _NOT_FOUND if view.is_not_found else _INVALID
            return await desk.show(
                tx, visit, "people", "console/people.html", view, status=status
            )

    return [ask, find]


async def look_up(
    desk: Desk, tx: Tx, visit: Visit, search: Search, in_force: InForce
) -> ProfileId | str:
    """Return whom the search finds, or why it finds nobody; either way it is written down."""
    found: ProfileId | str
    try:
        found = await people.find(
            tx, search.kind, search.value, in_force=in_force, vault=desk.vault
        )
    except NoSuchProfile:
        found = "not_found"
    except NotAnIdentifier:
        found = "malformed"
    subjects: list[bytes | None] = [None]
    if not isinstance(found, str):
        subjects = [*await desk.vault.pseudonyms(tx, [found])] or [None]
    await audit.record(
        tx,
        actor=actor_of(visit),
        action="profiles.find",
        clock=desk.clock,
        subjects=subjects,
        purpose=search.purpose,
        fields=[search.kind],
        outcome=Outcome.REFUSED if isinstance(found, str) else Outcome.DONE,
        reason=found if isinstance(found, str) else None,
    )
    return found


def read_search(fields: dict[str, str], in_force: InForce, role: str) -> Search:
    """Read the fields `kind`, `value` and `purpose` of a form that looks somebody up."""
    kind, value = fields.get("kind", ""), fields.get("value", "").strip()
    purpose = fields.get("purpose", "")
    value_error = purpose_error = None
    if kind not in in_force.identifiers:
        value_error = "Choose what you have first: an e-mail address, a card, a number."
    elif not value:
        value_error = "Type what the person told you."
    elif len(value) > _LONGEST:
        value_error = "This is too long to be an identifier."
    if purpose not in {option.code for option in purposes(in_force, role)}:
        purpose_error = "Choose why you need to see this person."
    return Search(kind, value[:_LONGEST], purpose, value_error, purpose_error)


def _page(
    visit: Visit, in_force: InForce, search: Search | None = None, found: str = ""
) -> PeoplePage:
    kinds = sorted(in_force.document.identifiers, key=lambda one: not one.names_person)
    options = tuple(Option(one.kind, one.title) for one in kinds)
    stated = purposes(in_force, visit.member.role)
    if search is None:
        return PeoplePage(options, stated, URL, visit.csrf_token)
    value_error = search.value_error
    if found == "malformed":
        rule = in_force.identifiers[search.kind].normalise
        value_error = _HINTS.get(rule, "This is not a well-formed identifier of this kind.")
    return PeoplePage(
        kinds=options,
        purposes=stated,
        post_url=URL,
        csrf_token=visit.csrf_token,
        kind=search.kind,
        value=search.value,
        purpose=search.purpose,
        value_error=value_error,
        purpose_error=search.purpose_error,
        is_not_found=found == "not_found",
    )
