"""Writing down until when somebody is a minor, and who may say yes for them.

A guardian is found by an exact identifier, like anybody; the search is in the audit log. Nothing
of either is opened for it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.model.roles import Permission
from candor.domain.audit import service as audit
from candor.domain.audit.model import Outcome
from candor.domain.consent.errors import BadProof, NotGuardian
from candor.domain.consent.model.guardian import Guardian
from candor.domain.consent.service import guardians
from candor.domain.profiles.errors import NoSuchProfile, NotAnIdentifier
from candor.domain.profiles.service import read as people
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId
from candor.surface.console.desk import Desk, Page, actor_of
from candor.surface.console.guarding.views import Appointed, GuardiansPage
from candor.surface.console.people.routes import URL as PEOPLE
from candor.surface.console.person.protecting import living
from candor.surface.console.views import Option
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit, short

_INVALID: Final = 400
_LONGEST: Final = 320  # signs of an identifier
_TEMPLATE: Final = "console/guardians.html"
_MAY: Final = {"permission": Permission.CONSENT_RECORD}
_ACT: Final = {**_MAY, "proof": "decides who may say yes for a child"}
_NOBODY: Final = (
    "Nobody can be appointed by this: a guardian is known here, grown up, and another person."
)
Errors = dict[str, str]


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of minors and guardians."""

    @get("/people/{profile_id:uuid}/guardians", opt=_MAY)
    async def ask(request: AnyRequest, profile_id: FromPath[UUID]) -> Response[str]:
        """Show what is written down."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            head, _ = await living(tx, ProfileId(profile_id))
            view = await _page(desk, tx, visit, head, {}, {})
            return await desk.show(tx, visit, "people", _TEMPLATE, view)

    @post("/people/{profile_id:uuid}/guardians", opt=_ACT)
    async def change(request: AnyRequest, profile_id: FromPath[UUID]) -> Page:
        """Set the day, appoint somebody or end what they may say."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            head, _ = await living(tx, ProfileId(profile_id))
            errors = await _change(desk, tx, visit, head, fields)
            if errors:
                view = await _page(desk, tx, visit, head, fields, errors)
                return await desk.show(tx, visit, "people", _TEMPLATE, view, status=_INVALID)
        return see_other(f"{PEOPLE}/{head}/guardians")

    return [ask, change]


async def _change(
    desk: Desk, tx: Tx, visit: Visit, head: ProfileId, fields: Mapping[str, str]
) -> Errors:
    """Do what the form says; return a sentence for each field that something is wrong with."""
    match fields.get("what", ""):
        case "minor":
            return await _minor(desk, tx, visit, head, fields.get("until", ""))
        case "grown_up":
            return await _minor(desk, tx, visit, head, None)
        case "appoint":
            return await _appoint(desk, tx, visit, head, fields)
        case "end":
            return await _end(desk, tx, visit, head, fields.get("guardian", ""))
        case _:
            return {"what": "Press one of the buttons."}


async def _minor(
    desk: Desk, tx: Tx, visit: Visit, head: ProfileId, until: str | None
) -> Errors:
    try:
        day = None if until is None else date.fromisoformat(until)
    except ValueError:
        return {"until": "Write down the day from which they say yes by themselves."}
    await guardians.set_minor(
        tx,
        head,
        day,
        actor=actor_of(visit),
        vault=desk.vault,
        policy=(await desk.rules(tx)).policy,
        clock=desk.clock,
    )
    return {}


async def _appoint(
    desk: Desk, tx: Tx, visit: Visit, head: ProfileId, fields: Mapping[str, str]
) -> Errors:
    found = await _find(desk, tx, visit, fields)
    if found is None:
        return {"value": _NOBODY}
    try:
        await guardians.appoint(
            tx,
            head,
            found,
            proof=fields.get("proof", "").strip(),
            actor=actor_of(visit),
            vault=desk.vault,
            clock=desk.clock,
        )
    except BadProof as error:
        return {"proof": error.message}
    except NotGuardian:
        return {"value": _NOBODY}
    return {}


async def _end(desk: Desk, tx: Tx, visit: Visit, head: ProfileId, guardian: str) -> Errors:
    try:
        await guardians.end(
            tx,
            head,
            ProfileId(UUID(guardian)),
            actor=actor_of(visit),
            vault=desk.vault,
            clock=desk.clock,
        )
    except (ValueError, NotGuardian):
        return {"what": "This person says nothing for them any more."}
    return {}


async def _find(
    desk: Desk, tx: Tx, visit: Visit, fields: Mapping[str, str]
) -> ProfileId | None:
    """Return whom an exact identifier names, or None; either way it is written down."""
    in_force = (await desk.rules(tx)).in_force
    kind, value = fields.get("kind", ""), fields.get("value", "").strip()
    if kind not in in_force.identifiers or not 0 < len(value) <= _LONGEST:
        return None
    try:
        found = await people.find(tx, kind, value, in_force=in_force, vault=desk.vault)
    except (NoSuchProfile, NotAnIdentifier):
        found = None
    subjects = [] if found is None else await desk.vault.pseudonyms(tx, [found])
    await audit.record(
        tx,
        actor=actor_of(visit),
        action="profiles.find",
        clock=desk.clock,
        subjects=[*subjects] or [None],
        fields=[kind],
        outcome=Outcome.REFUSED if found is None else Outcome.DONE,
        reason="not_found" if found is None else None,
    )
    return found


async def _page(
    desk: Desk,
    tx: ReadTx,
    visit: Visit,
    head: ProfileId,
    fields: Mapping[str, str],
    errors: Errors,
) -> GuardiansPage:
    in_force = (await desk.rules(tx)).in_force
    until = await guardians.minor_until_of(tx, head)
    url = f"{PEOPLE}/{head}"
    return GuardiansPage(
        code=short(head),
        back_url=url,
        capture_url=f"{url}/capture",
        post_url=f"{url}/guardians",
        minor_until=until,
        is_minor=until is not None and desk.clock.now().date() < until,
        guardians=tuple(_line(one) for one in await guardians.guardians_of(tx, head)),
        kinds=tuple(
            Option(one.kind, one.title)
            for one in in_force.document.identifiers
            if one.names_person
        ),
        csrf_token=visit.csrf_token,
        values=fields,
        errors=errors,
    )


def _line(one: Guardian) -> Appointed:
    return Appointed(
        guardian_id=str(one.guardian_id),
        code=short(one.guardian_id),
        since=one.since,
        ended_at=one.ended_at,
        proof=one.proof,
        recorded_by=one.recorded_by,
    )
