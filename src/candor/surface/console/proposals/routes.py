"""Four eyes: the list of proposals, one proposal, and what is decided about it."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.errors import BadProposal
from candor.domain.access.model.proposal import RULES, Bar, Deed, Permit, Proposal, State
from candor.domain.access.model.roles import Permission, may
from candor.domain.access.model.sign_in import Staff
from candor.domain.access.service import proposals
from candor.infra.db.pool import ReadTx
from candor.surface.console import words
from candor.surface.console.desk import HOME, Desk, Page
from candor.surface.console.proposals.views import (
    PermitLine,
    ProposalLine,
    ProposalPage,
    ProposalsPage,
)
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

URL: Final = f"{HOME}/security/proposals"
_PLACE: Final = "security/proposals"
_INVALID: Final = 400
_TONES: Final[Mapping[State, str]] = {
    State.OPEN: "attention",
    State.APPROVED: "good",
    State.DECLINED: "refusal",
    State.WITHDRAWN: "",
    State.EXPIRED: "",
}
_PERMITS: Final[Mapping[str, str]] = {
    Permission.PEOPLE_BULK: "open more people in an hour than ordinary work needs",
}
_HOURS: Final = 4
_WHY_NOT: Final[Mapping[Bar, str]] = {
    Bar.ROLE: "Your role does not decide on proposals like this one.",
    Bar.OWN: "A colleague who may decide has to look at it; you cannot approve it yourself.",
    Bar.ABOUT: "It is about you: a colleague has to decide.",
    Bar.INVITER: "You let in whoever proposes it: somebody else has to be the second pair of "
    "eyes.",
}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes of four eyes."""
    return [*_list(desk), *_one(desk)]


def _list(desk: Desk) -> list[HTTPRouteHandler]:
    async def listed(
        visit: Visit, tx: ReadTx, *, why: str = "", error: str | None = None
    ) -> Response[str]:
        staff = await desk.colleagues(tx)
        lines = [_line(desk, one, staff) for one in await proposals.latest(tx, desk.clock)]
        member = visit.member
        mine = await proposals.permits_of(tx, member.staff_id, desk.clock)
        may_ask = may(member.role, RULES[Deed.GRANT_PERMIT].propose)
        view = ProposalsPage(
            open=tuple(line for line in lines if line.state == State.OPEN),
            settled=tuple(line for line in lines if line.state != State.OPEN),
            permits=tuple(_permit(one) for one in mine),
            ask_url=URL if may_ask else None,
            csrf_token=visit.csrf_token,
            why=why,
            error=error,
        )
        return await desk.show(
            tx,
            visit,
            _PLACE,
            "console/proposals.html",
            view,
            status=_INVALID if error else 200,
        )

    @get("/security/proposals", opt={"permission": Permission.PROPOSALS_READ})
    async def every(request: AnyRequest) -> Response[str]:
        """Show what waits for a second pair of eyes, and what was decided."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            return await listed(visit, tx)

    @post("/security/proposals", opt={"permission": Permission.PROPOSALS_READ})
    async def ask(request: AnyRequest) -> Page:
        """Ask for a permit to open many people, for some hours."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        payload = {"permission": Permission.PEOPLE_BULK.value, "hours": _HOURS}
        why = fields.get("why", "")
        try:
            async with desk.acting(visit) as tx:
                which = await proposals.propose(
                    tx,
                    Deed.GRANT_PERMIT,
                    payload,
                    why,
                    member=visit.member,
                    clock=desk.clock,
                )
        except BadProposal:
            async with desk.reading(visit) as tx:
                text = "Say in a sentence what for: 10 to 500 signs."
                return await listed(visit, tx, why=why[:500], error=text)
        return see_other(f"{URL}/{which}")

    return [every, ask]


def _one(desk: Desk) -> list[HTTPRouteHandler]:
    @get(
        "/security/proposals/{proposal_id:uuid}", opt={"permission": Permission.PROPOSALS_READ}
    )
    async def look(request: AnyRequest, proposal_id: FromPath[UUID]) -> Response[str]:
        """Show one proposal, what it does, and who may decide."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            proposal = await proposals.find(tx, proposal_id)
            bar = await proposals.bar_to(tx, proposal, visit.member)
            view = _page(desk, visit, proposal, await desk.colleagues(tx), bar)
            return await desk.show(tx, visit, _PLACE, "console/proposal.html", view)

    @post(
        "/security/proposals/{proposal_id:uuid}", opt={"permission": Permission.PROPOSALS_READ}
    )
    async def decide(request: AnyRequest, proposal_id: FromPath[UUID]) -> Page:
        """Approve, decline or withdraw; an answer that is none of these changes nothing."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        member, clock = visit.member, desk.clock
        async with desk.acting(visit) as tx:
            match fields.get("answer"):
                case "approve":
                    await proposals.approve(
                        tx,
                        proposal_id,
                        deeds=desk.services.deeds,
                        member=member,
                        session=visit.session,
                        clock=clock,
                    )
                case "decline":
                    await proposals.decline(tx, proposal_id, member=member, clock=clock)
                case "withdraw":
                    await proposals.withdraw(tx, proposal_id, member=member, clock=clock)
                case _:
                    pass
        return see_other(f"{URL}/{proposal_id}")

    return [look, decide]


def _page(
    desk: Desk,
    visit: Visit,
    proposal: Proposal,
    staff: Mapping[UUID, Staff],
    bar: Bar | None,
) -> ProposalPage:
    is_open = proposal.state_at(desk.clock.now()) is State.OPEN
    return ProposalPage(
        line=_line(desk, proposal, staff),
        effects=_effects(proposal),
        post_url=f"{URL}/{proposal.proposal_id}",
        back_url=URL,
        csrf_token=visit.csrf_token,
        may_decide=is_open and bar is None,
        may_withdraw=is_open and bar is Bar.OWN,
        why_not=_WHY_NOT[bar] if is_open and bar is not None else None,
    )


def _line(desk: Desk, proposal: Proposal, staff: Mapping[UUID, Staff]) -> ProposalLine:
    state = proposal.state_at(desk.clock.now())
    return ProposalLine(
        href=f"{URL}/{proposal.proposal_id}",
        what=_what(proposal, staff),
        why=proposal.why,
        by=_name(proposal.proposed_by, staff),
        at=proposal.proposed_at,
        state=state,
        tone=_TONES[state],
        expires_at=proposal.expires_at,
        decided_by=_name(proposal.decided_by, staff) if proposal.decided_by else None,
        decided_at=proposal.decided_at,
    )


def _name(staff_id: UUID, staff: Mapping[UUID, Staff]) -> str:
    member = staff.get(staff_id)
    return member.display_name if member else "somebody unknown"


def _member(staff_id: UUID, staff: Mapping[UUID, Staff]) -> str:
    """Return name, role and address of somebody, so that whoever approves knows all of it."""
    member = staff.get(staff_id)
    if member is None:
        return "somebody unknown"
    return f"{member.display_name} ({words.role(member.role)}, {member.email or 'no address'})"


def _what(proposal: Proposal, staff: Mapping[UUID, Staff]) -> str:
    """Return a proposal in words."""
    payload = proposal.payload
    match Deed(proposal.kind):
        case Deed.CHANGE_ROLE:
            whom = _member(UUID(str(payload["staff"])), staff)
            return f"Make {whom} {words.role(str(payload['role']))}"
        case Deed.LET_IN:
            whom = _member(UUID(str(payload["staff"])), staff)
            return f"Let {whom} set up a sign-in, by a link sent to their work address"
        case Deed.SEND_AWAY:
            whom = _member(UUID(str(payload["staff"])), staff)
            return f"Let {whom} leave"
        case Deed.GRANT_PERMIT:
            what = _PERMITS[str(payload["permission"])]
            whom = _name(proposal.proposed_by, staff)
            return f"Let {whom} {what}, for {payload['hours']} hours"
        case Deed.HAND_OVER:
            return (
                f"Hand {payload['name']} ({payload['code']}) an encrypted file about whoever of "
                f"{payload['people']} people may be in it{_again(payload)}"
            )


def _again(payload: Mapping[str, str | int]) -> str:
    return "; its schedule asks for it, as they did before" if payload.get("again") else ""


def _effects(proposal: Proposal) -> tuple[str, ...]:
    """Return what happens when a proposal is approved."""
    match Deed(proposal.kind):
        case Deed.CHANGE_ROLE:
            return (
                "All of their sign-ins end at once; they come in again under the new role.",
                "Permits that they hold end.",
                "The audit log names you both.",
            )
        case Deed.LET_IN:
            return (
                "All that they sign in with now, and all of their sign-ins, end at once.",
                "The invitation goes to the address at their account, and to nobody else.",
                "The audit log names you both.",
            )
        case Deed.SEND_AWAY:
            kept = len(str(proposal.payload["keys"]).split())
            return (
                "Nothing of theirs opens anything any more; it cannot be undone.",
                "Keys that they answer for end"
                + (f", but {kept} that the proposer takes over." if kept else "."),
                "The audit log names you both.",
            )
        case Deed.GRANT_PERMIT:
            return (
                "It begins now and ends by itself.",
                "Each person that is opened still needs a purpose, and can see it.",
                "The audit log names you both.",
            )
        case Deed.HAND_OVER:
            return (
                f"It is made at once, for: {proposal.payload['purposes']}.",
                "Who is in it is decided for each person as it is written; each can see it.",
                "Only its recipients can read it, as the connection’s page names them.",
                f"It has {proposal.payload['fields']} fields of each.",
                "Fields, place and recipients are as they were asked for, or nothing is made.",
                f"It is taken away after {proposal.payload['hours']} hours, or when withdrawn.",
                "The audit log names you both.",
            )


def _permit(permit: Permit) -> PermitLine:
    return PermitLine(_PERMITS[permit.permission], permit.expires_at)
