"""Contested decisions: a human who did not take them looks at them again (GDPR Art. 22(3))."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.model.roles import Permission
from candor.domain.catalogue.model import MachineDecision
from candor.domain.consent.service import gate
from candor.domain.rights.errors import NeedsHuman, NoSuchDecision, UnknownOutcome, WrongMove
from candor.domain.rights.model.automated import Decision, Verdict
from candor.domain.rights.model.request import Request, Right, State
from candor.domain.rights.service import reading as requests
from candor.domain.rights.service.automated import contesting, telling
from candor.domain.vault.errors import NoKey, NotAllowed
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii
from candor.surface.console import words
from candor.surface.console.contesting.opening import inputs_of
from candor.surface.console.contesting.views import ContestLine, ContestsPage, ReviewPage
from candor.surface.console.desk import Desk, Page, actor_of
from candor.surface.console.people.routes import purposes
from candor.surface.console.person.volume import admit
from candor.surface.console.requests import asking, letters, queue
from candor.surface.console.requests.routes import page_of
from candor.surface.console.views import Option
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit, short

URL: Final = f"{queue.URL}/contests"
PLACE: Final = "requests/contests"
_MAY: Final = {"permission": Permission.REQUESTS_WORK}
_GRAVE: Final = {
    "permission": Permission.REQUESTS_WORK, "proof": "opens what a decision rests on",
}  # fmt: skip
_INVALID: Final = 400
_FORBIDDEN: Final = 403
_CONFLICT: Final = 409
_MOST: Final = 200
_VERDICTS: Final = (
    Option(Verdict.UPHELD, "It is right: it stays"),
    Option(Verdict.CHANGED, "It is wrong: another outcome takes its place"),
    Option(Verdict.ANNULLED, "It is wrong: it is struck out"),
)
_SAID: Final = {
    Verdict.UPHELD: "A person looked, and came to the same.",
    Verdict.CHANGED: "A person looked, and decided otherwise.",
    Verdict.ANNULLED: "A person looked, and struck it out.",
}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of contested decisions."""

    @get("/requests/contests", opt=_MAY)
    async def every(request: AnyRequest) -> Response[str]:
        """Show which decisions wait for a person, the most urgent first."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await _list(desk, tx)
            return await desk.show(tx, visit, PLACE, "console/contests.html", view)

    @get("/requests/{request_id:uuid}/review", opt=_MAY)
    async def one(request: AnyRequest, request_id: FromPath[UUID]) -> Response[str]:
        """Show one decision with its logic; what it rests on is opened for a purpose."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await _page(desk, tx, visit, request_id)
            return await desk.show(tx, visit, PLACE, "console/review.html", view)

    return [every, one, _opening(desk), _judging(desk)]


def _opening(desk: Desk) -> HTTPRouteHandler:
    @post("/requests/{request_id:uuid}/review/open", opt=_GRAVE)
    async def opened(request: AnyRequest, request_id: FromPath[UUID]) -> Response[str]:
        """Open what a decision rests on; it is written down before it is shown."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        purpose = fields.get("purpose", "")
        async with desk.reading(visit) as tx:
            view = await _page(desk, tx, visit, request_id)
            known, found = await _decision(tx, request_id)
        if purpose not in {option.code for option in view.purposes}:
            view = replace(view, errors={"purpose": "Choose why you need to see it."})
            return await _shown(desk, visit, view, _INVALID)
        await admit(desk, visit, ProfileId(known.profile_id or known.request_id))
        async with desk.acting(visit) as tx:
            in_force = (await desk.rules(tx)).in_force
            try:
                (told,) = await telling.told(
                    tx,
                    [found],
                    actor=actor_of(visit),
                    office=desk.services.office,
                    purpose=purpose,
                )
            except NotAllowed as refused:  # its entry in the log stays
                view = replace(view, purpose=purpose, refused=refused.message)
            except NoKey:
                view = replace(view, purpose=purpose, refused="They were erased.")
            else:
                view = replace(view, purpose=purpose, inputs=inputs_of(told, in_force))
        return await _shown(desk, visit, view, _FORBIDDEN if view.refused else 200)

    return opened


def _judging(desk: Desk) -> HTTPRouteHandler:
    @post("/requests/{request_id:uuid}/review", opt=_GRAVE)
    async def judge(request: AnyRequest, request_id: FromPath[UUID]) -> Page:
        """Write what a human made of a decision, and close the request."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            view = await _page(desk, tx, visit, request_id)
            _, found = await _decision(tx, request_id)
        errors = _errors(fields, view)
        if errors:
            view = replace(view, values=fields, errors=errors)
            return await _shown(desk, visit, view, _INVALID)
        verdict, text = Verdict(fields["verdict"]), fields.get("words", "").strip()
        try:
            async with desk.acting(visit) as tx:
                await contesting.review(
                    tx,
                    found.decision_id,
                    verdict,
                    new_outcome=fields["outcome"] if verdict is Verdict.CHANGED else None,
                    words=Pii(text) if text else None,
                    actor=actor_of(visit),
                    office=desk.services.office,
                )
        except (WrongMove, NeedsHuman, UnknownOutcome) as late:
            async with desk.reading(visit) as tx:
                said = letters.too_late(late, None)
                page = await page_of(desk, tx, visit, request_id, refused=said)
                return await desk.show(
                    tx, visit, PLACE, "console/request.html", page, status=_CONFLICT
                )
        return see_other(f"{queue.URL}/{request_id}?done=reviewed")

    return judge


def _errors(fields: Mapping[str, str], view: ReviewPage) -> dict[str, str]:
    errors: dict[str, str] = {}
    verdict, outcome = fields.get("verdict", ""), fields.get("outcome", "")
    if verdict not in set(Verdict):
        errors["verdict"] = "Choose what you make of it."
    elif verdict == Verdict.CHANGED and outcome not in {one.code for one in view.outcomes}:
        errors["outcome"] = "Choose the outcome instead."
    elif verdict != Verdict.CHANGED and outcome:
        errors["outcome"] = "Only where another outcome takes its place."
    if len(fields.get("words", "")) > asking.LONGEST:
        errors["words"] = f"Write at most {asking.LONGEST:,} signs."
    return errors


async def _shown(desk: Desk, visit: Visit, view: ReviewPage, status: int) -> Response[str]:
    async with desk.reading(visit) as tx:
        return await desk.show(tx, visit, PLACE, "console/review.html", view, status=status)


async def _decision(tx: ReadTx, request_id: UUID) -> tuple[Request, Decision]:
    """Return a request that contests a decision, and the decision.

    Raises:
        NoSuchRequest, NoSuchDecision: it contests none, or one about somebody else.
    """
    known = await requests.find(tx, request_id)
    if known.kind is not Right.AUTOMATED_DECISION or known.profile_id is None:
        raise NoSuchDecision
    try:
        decision_id = UUID(str(known.scope.get("decision", "")))
    except ValueError:
        raise NoSuchDecision from None
    members = await gate.members(tx, ProfileId(known.profile_id))
    return known, await telling.find(tx, decision_id, members)


async def _page(desk: Desk, tx: ReadTx, visit: Visit, request_id: UUID) -> ReviewPage:
    known, found = await _decision(tx, request_id)
    in_force = (await desk.rules(tx)).in_force
    said = await _declared(desk, tx, found)
    url = f"{queue.URL}/{request_id}"
    others = [one for one in (said.outcomes if said else ()) if one != found.outcome]
    is_open = known.state is State.IN_PROGRESS and found.verdict is None
    verdict = _SAID[Verdict(found.verdict)] if found.verdict else None
    return ReviewPage(
        title=said.title() if said else words.plain(found.code).capitalize(),
        eyebrow=f"Request {short(request_id)}, {queue.who_of(known)}",
        back_url=URL,
        request_url=url,
        csrf_token=visit.csrf_token,
        plain=said.text().plain if said else "Its logic is in no catalogue of ours.",
        meaning=said.text().meaning if said else "",
        decided_at=found.decided_at,
        outcome=words.plain(found.outcome),
        source=words.labelled(found.source, await desk.colleagues(tx), in_force),
        edition=found.edition,
        purposes=purposes(in_force, visit.member.role),
        open_url=f"{url}/review/open",
        post_url=f"{url}/review" if is_open else None,
        verdicts=_VERDICTS,
        outcomes=tuple(Option(one, words.plain(one).capitalize()) for one in others),
        verdict=verdict,
    )


async def _declared(desk: Desk, tx: ReadTx, found: Decision) -> MachineDecision | None:
    edition = (found.code, found.edition)
    return (await telling.wording(tx, [edition], office=desk.services.office)).get(edition)


async def _list(desk: Desk, tx: ReadTx) -> ContestsPage:
    wanted = requests.Filter(states=(State.IN_PROGRESS,), kinds=(Right.AUTOMATED_DECISION,))
    now, staff = desk.clock.now(), await desk.colleagues(tx)
    lines: list[ContestLine] = []
    for one in await requests.queue(tx, wanted, at_most=_MOST):
        try:
            _, found = await _decision(tx, one.request_id)
        except NoSuchDecision:  # who decides from now on: no decision to look at
            continue
        said = await _declared(desk, tx, found)
        member = staff.get(one.assignee_id) if one.assignee_id else None
        lines.append(
            ContestLine(
                href=f"{queue.URL}/{one.request_id}/review",
                who=queue.who_of(one),
                title=said.title() if said else words.plain(found.code).capitalize(),
                received_at=one.received_at,
                clock=queue.clock_of(one, now),
                assignee=member.display_name if member else None,
            )
        )
    return ContestsPage(tuple(lines))
