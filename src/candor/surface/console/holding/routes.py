"""The pages of holds: all of them, placing one on a person, looking at one again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.model.roles import Permission
from candor.domain.access.model.sign_in import Staff
from candor.domain.catalogue.model import InForce
from candor.domain.profiles.service import read as people
from candor.domain.rights.errors import NoSuchHold
from candor.domain.rights.model.hold import LONGEST, REFERENCE, Hold
from candor.domain.rights.model.request import HOLDS, Ground, Right
from candor.domain.rights.service import holds
from candor.domain.rights.service import reading as requests
from candor.infra.db.pool import ReadTx
from candor.infra.web.reading import reading, show_date
from candor.kernel.ids import ProfileId
from candor.surface.console import words
from candor.surface.console.desk import HOME, Desk, Page, actor_of, permitted
from candor.surface.console.holding.views import HoldLine, HoldsPage
from candor.surface.console.people.routes import URL as PEOPLE
from candor.surface.console.person.protecting import living
from candor.surface.console.requests import naming
from candor.surface.console.requests.views import ActPage, InputPart, SelectPart
from candor.surface.console.views import Option
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit, short

URL: Final = f"{HOME}/requests/holds"
PLACE: Final = "requests/holds"
_READ: Final = {"permission": Permission.REQUESTS_READ}
_MAY: Final = {
    "permission": Permission.HOLDS_MANAGE, "proof": "decides whether somebody is erased",
}  # fmt: skip
_INVALID: Final = 400
_MOST: Final = 2_000
_HALF_A_YEAR: Final = timedelta(days=182)
_GROUNDS: Final = tuple(
    Option(ground, naming.GROUNDS[ground]) for ground in Ground if ground in HOLDS
)
_DAY_ERROR: Final = "Choose a day within a year, from tomorrow on."


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of holds."""
    return [_every(desk), *_placing(desk), *_reviewing(desk)]


def _every(desk: Desk) -> HTTPRouteHandler:
    @get("/requests/holds", opt=_READ)
    async def every(request: AnyRequest) -> Response[str]:
        """Show the holds that stand, the one to be looked at next first, and those lifted."""
        visit = desk.visit(request)
        today = desk.clock.now().date()
        async with desk.reading(visit) as tx:
            staff, in_force = await desk.colleagues(tx), (await desk.rules(tx)).in_force
            line = _Lines(visit, staff, in_force, today)
            view = HoldsPage(
                standing=tuple(line.of(hold) for hold in await holds.standing(tx)),
                lifted=tuple(line.of(hold) for hold in await holds.lifted(tx, at_most=50)),
                due=await holds.due(tx, today),
            )
            return await desk.show(tx, visit, PLACE, "console/holds.html", view)

    return every


class _Lines:
    """From holds to lines of the page."""

    def __init__(
        self, visit: Visit, staff: Mapping[UUID, Staff], in_force: InForce, today: date
    ) -> None:
        self._visit, self._staff = visit, staff
        self._in_force, self._today = in_force, today

    def of(self, hold: Hold) -> HoldLine:
        """Return a hold as the list shows it."""
        url = permitted(self._visit, Permission.HOLDS_MANAGE, f"{URL}/{hold.hold_id}")
        person = permitted(self._visit, Permission.PEOPLE_READ, f"{PEOPLE}/{hold.profile_id}")
        return HoldLine(
            href=url if hold.stands else None,
            who=f"Person {short(hold.profile_id)}",
            person_url=person,
            ground=naming.ground(hold.ground),
            reference=hold.reference,
            placed_by=self._name(hold.placed_by),
            placed_at=hold.placed_at,
            review_on=hold.review_on,
            is_due=hold.is_due(self._today),
            lifted_at=hold.lifted_at,
            lifted_by=self._name(hold.lifted_by) if hold.lifted_by else None,
        )

    def _name(self, label: str) -> str:
        return words.labelled(label, self._staff, self._in_force)


def _placing(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/people/{profile_id:uuid}/hold", opt=_MAY)
    async def ask(request: AnyRequest, profile_id: FromPath[UUID]) -> Response[str]:
        """Ask why somebody may not be erased yet. Nothing of them is opened for it."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            return await _form(desk, tx, visit, ProfileId(profile_id), {}, {})

    @post("/people/{profile_id:uuid}/hold", opt=_MAY)
    async def place(request: AnyRequest, profile_id: FromPath[UUID]) -> Page:
        """Place a hold on a person."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        errors = _errors(fields, desk.clock.now().date())
        async with desk.acting(visit) as tx:
            head, _ = await living(tx, ProfileId(profile_id))
            if errors:
                return await _form(desk, tx, visit, head, fields, errors)
            await holds.place(
                tx,
                head,
                Ground(fields["ground"]),
                reference=fields["reference"].strip(),
                review_on=date.fromisoformat(fields["review_on"]),
                actor=actor_of(visit),
                office=desk.services.office,
            )
        return see_other(URL)

    return [ask, place]


def _errors(fields: Mapping[str, str], today: date) -> dict[str, str]:
    errors: dict[str, str] = {}
    if fields.get("ground", "") not in set(HOLDS):
        errors["ground"] = "Choose a ground that the law knows."
    if not REFERENCE.fullmatch(fields.get("reference", "").strip()):
        errors["reference"] = "Write the number of the case: letters, digits, . _ : / -"
    if _day(fields.get("review_on", ""), today) is None:
        errors["review_on"] = _DAY_ERROR
    return errors


def _day(text: str, today: date) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if today < day <= today + LONGEST else None


async def _form(
    desk: Desk,
    tx: ReadTx,
    visit: Visit,
    profile_id: ProfileId,
    fields: Mapping[str, str],
    errors: Mapping[str, str],
) -> Response[str]:
    head, members = await living(tx, profile_id)
    asked = await requests.of_person(tx, members)
    waiting = sum(one.kind is Right.ERASURE and one.is_open for one in asked)
    stopped = words.counted(
        waiting, "open request to erase them", "open requests to erase them"
    )
    today = desk.clock.now().date()
    view = ActPage(
        title="Hold this person",
        eyebrow=f"Person {short(head)}",
        lede="So that they are not erased while a law, a claim or an investigation needs it.",
        back_url=f"{PEOPLE}/{head}",
        back_label="Back to the person",
        post_url=f"{PEOPLE}/{head}/hold",
        csrf_token=visit.csrf_token,
        button="Place the hold",
        effects=(
            (
                f"{stopped.capitalize()} will wait, and so will any that comes: until the last hold"
                " on them is lifted."
            ),
            (
                f"It holds {words.counted(len(members), 'profile', 'profiles')} of theirs, and what"
                " is joined to them later. Sweeps spare them."
            ),
            "It does not end by itself: on the day of the review somebody must look.",
        ),
        selects=(
            SelectPart(
                "ground",
                "Ground",
                _GROUNDS,
                fields.get("ground", ""),
                "Choose a ground",
                error=errors.get("ground"),
            ),
        ),
        inputs=(
            InputPart(
                "reference",
                "Number of the case",
                fields.get("reference", ""),
                hint="No names and no story: they can read it in their archive.",
                error=errors.get("reference"),
            ),
            InputPart(
                "review_on",
                "Look at it again on",
                fields.get("review_on", (today + _HALF_A_YEAR).isoformat()),
                type="date",
                error=errors.get("review_on"),
            ),
        ),
    )
    status = _INVALID if errors else 200
    return await desk.show(tx, visit, "people", "console/request_act.html", view, status=status)


def _reviewing(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/requests/holds/{hold_id:uuid}", opt=_MAY)
    async def ask(request: AnyRequest, hold_id: FromPath[UUID]) -> Response[str]:
        """Ask whether a hold is still needed, and say what lifting it does."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await _review_page(desk, tx, visit, hold_id)
            return await desk.show(tx, visit, PLACE, "console/request_act.html", view)

    @post("/requests/holds/{hold_id:uuid}", opt=_MAY)
    async def review(request: AnyRequest, hold_id: FromPath[UUID]) -> Page:
        """Lift a hold, or keep it until another day."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        actor, office = actor_of(visit), desk.services.office
        day = _day(fields.get("review_on", ""), desk.clock.now().date())
        async with desk.acting(visit) as tx:
            if fields.get("answer") != "keep":
                await holds.lift(tx, hold_id, actor=actor, office=office)
            elif day is None:
                view = await _review_page(desk, tx, visit, hold_id)
                wrong = replace(view.inputs[0], error=_DAY_ERROR)
                view = replace(view, inputs=(wrong,))
                return await desk.show(
                    tx, visit, PLACE, "console/request_act.html", view, status=_INVALID
                )
            else:
                await holds.keep(tx, hold_id, review_on=day, actor=actor, office=office)
        return see_other(URL)

    return [ask, review]


async def _review_page(desk: Desk, tx: ReadTx, visit: Visit, hold_id: UUID) -> ActPage:
    """Return the page on which a hold is looked at again.

    Raises:
        NoSuchHold: there is none that stands.
    """
    found = next(
        (one for one in await holds.standing(tx, at_most=_MOST) if one.hold_id == hold_id), None
    )
    if found is None:
        raise NoSuchHold
    head = await people.head(tx, ProfileId(found.profile_id))
    ids = [ProfileId(one.profile_id) for one in await people.members(tx, head)]
    others = sum(one.stands for one in await holds.of_person(tx, ids)) - 1
    erasures = [
        one
        for one in await requests.of_person(tx, ids)
        if one.kind is Right.ERASURE and one.is_open
    ]
    with reading(desk.reader()):
        placed, review = show_date(found.placed_at), show_date(found.review_on)
    return ActPage(
        title="Is this hold still needed?",
        eyebrow=f"Person {short(head)}, case {found.reference}",
        lede=f"{naming.ground(found.ground)}. Since {placed}, to be looked at on {review}.",
        back_url=URL,
        back_label="All holds",
        post_url=f"{URL}/{hold_id}",
        csrf_token=visit.csrf_token,
        button="Lift it",
        look="danger",
        effects=_effects(others, len(erasures)),
        inputs=(
            InputPart(
                "review_on",
                "If it is kept: look at it again on",
                (desk.clock.now().date() + _HALF_A_YEAR).isoformat(),
                type="date",
                is_required=False,
            ),
        ),
        second=Option("keep", "Keep it until that day"),
    )


def _effects(others: int, erasures: int) -> tuple[str, ...]:
    """Return what lifting a hold does, in numbers."""
    if others:
        left = words.counted(others, "other hold stands", "other holds stand")
        return (f"{left} on this person: they are still not erased.",)
    if not erasures:
        return ("No other hold stands, and nobody asked to erase them: nothing else happens.",)
    asked = words.counted(erasures, "request to erase them", "requests to erase them")
    return (
        (
            f"No other hold stands. {asked.capitalize()} goes on at once: their key is destroyed,"
            " and nothing can be read any more. It cannot be undone."
        ),
    )
