"""Staff: the list, an invitation, one member, and their leaving."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from candor.domain.access.errors import (
    BadProposal,
    BadStaff,
    NoSuchStaff,
    StaffTaken,
)
from candor.domain.access.model.factors import Factors
from candor.domain.access.model.keys import HeldKey
from candor.domain.access.model.roles import Permission, Role, may
from candor.domain.access.model.sign_in import Staff
from candor.domain.access.model.staff import is_grave
from candor.domain.access.service import (
    administrators,
    answering,
    invitations,
    leaving,
    members,
    staff_deeds,
    staff_sessions,
    staff_sign_in,
)
from candor.infra.db.pool import ReadTx
from candor.kernel.errors import Refused
from candor.surface.console import words
from candor.surface.console.account.routes import line_of
from candor.surface.console.desk import HOME, Desk, Page, actor_of, asked
from candor.surface.console.staff.views import (
    HeldLine,
    InvitePage,
    LeavePage,
    MemberPage,
    StaffLine,
    StaffPage,
)
from candor.surface.console.views import Option
from candor.surface.plain.answers import AnyRequest, see_other
from candor.surface.plain.visits import Visit

URL: Final = f"{HOME}/security/staff"
_PROPOSALS: Final = f"{HOME}/security/proposals"
_PLACE: Final = "security/staff"
_READ: Final = {"permission": Permission.STAFF_READ}
_MANAGE: Final = {"permission": Permission.STAFF_MANAGE, "proof": "decides who may come in"}
_INVALID: Final = 400
_DONE: Final = ("invited", "role", "ended")
_KEY: Final = "key-"  # fields of the form: what becomes of each key of who leaves
_KEEP: Final = "keep"
_FATES: Final = (
    Option("end", "It ends: what uses it is refused from then on"),
    Option(_KEEP, "It goes on: I answer for it, and rotate it"),
)
_ROLES: Final = tuple(Option(role.value, words.role(role.value)) for role in Role)


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Return the routes about staff."""
    return [*_list(desk), *_inviting(desk), *_one(desk), *_leaving(desk)]


def _list(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/security/staff", opt=_READ)
    async def every(request: AnyRequest) -> Response[str]:
        """Show everybody, and what they sign in with."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            lines = await _lines(desk, tx, await members.everybody(tx))
            manages = may(visit.member.role, Permission.STAFF_MANAGE)
            view = StaffPage(
                staff=tuple(line for line in lines if line.left_at is None),
                former=tuple(line for line in lines if line.left_at is not None),
                invite_url=f"{URL}/invite" if manages else None,
            )
            return await desk.show(tx, visit, _PLACE, "console/staff.html", view)

    return [every]


def _inviting(desk: Desk) -> list[HTTPRouteHandler]:
    async def page(
        visit: Visit, fields: dict[str, str], error: Refused | None = None
    ) -> Response[str]:
        grave = (words.role(role.value) for role in Role if is_grave(role))
        view = InvitePage(
            post_url=f"{URL}/invite",
            back_url=URL,
            csrf_token=visit.csrf_token,
            roles=_ROLES,
            grave=", ".join(grave),
            handle=fields.get("handle", "")[:100],
            name=fields.get("name", "")[:100],
            address=fields.get("address", "")[:254],
            role=fields.get("role", ""),
            why=fields.get("why", "")[:500],
            error=error.message if error else None,
            hint=error.hint if error else None,
        )
        status = _INVALID if error else 200
        async with desk.reading(visit) as tx:
            return await desk.show(
                tx, visit, _PLACE, "console/invite.html", view, status=status
            )

    @get("/security/staff/invite", opt=_MANAGE)
    async def ask(request: AnyRequest) -> Response[str]:
        """Ask whom."""
        return await page(desk.visit(request), {})

    @post("/security/staff/invite", opt=_MANAGE)
    async def invite(request: AnyRequest) -> Page:
        """Make the account and invite; or propose it, for a grave role."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        try:
            async with desk.acting(visit) as tx:
                member = await invitations.enrol(
                    tx,
                    handle=fields.get("handle", ""),
                    name=fields.get("name", ""),
                    address=_address(fields),
                    role=_role(fields),
                    actor=actor_of(visit),
                    clock=desk.clock,
                )
                proposal = await staff_deeds.let_in(
                    tx,
                    member,
                    why=fields.get("why", ""),
                    by=visit.member,
                    session=visit.session,
                    keyring=desk.services.keyring,
                    clock=desk.clock,
                )
        except (BadStaff, BadProposal, StaffTaken) as error:
            return await page(visit, fields, error)
        return _after(member.staff_id, proposal, "invited")

    return [ask, invite]


def _one(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/security/staff/{staff_id:uuid}", opt=_READ)
    async def look(request: AnyRequest, staff_id: FromPath[UUID]) -> Response[str]:
        """Show a member of staff, where they are signed in, and what can be done."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            member = await _somebody(tx, staff_id)
            factors = await staff_sign_in.factors_of(tx, staff_id)
            standing = await staff_sessions.standing(tx, staff_id, desk.clock)
            here, done = f"{URL}/{staff_id}", asked(request, "done")
            manages = may(visit.member.role, Permission.STAFF_MANAGE)
            view = MemberPage(
                line=_line(member, factors, len(standing)),
                address=member.email,
                sign_ins=tuple(line_of(one, visit.session.session_hash) for one in standing),
                may_manage=manages and member.left_at is None,
                is_self=staff_id == visit.member.staff_id,
                is_empty=factors.is_empty,
                roles=_ROLES,
                role=member.role,
                role_url=f"{here}/role",
                end_url=f"{here}/sign-ins",
                invite_url=f"{here}/invite",
                leave_url=f"{here}/leave",
                back_url=URL,
                csrf_token=visit.csrf_token,
                done=done if done in _DONE else "",
            )
            return await desk.show(tx, visit, _PLACE, "console/member.html", view)

    # To end a sign-in is never risky, and may be urgent: no fresh proof is asked.
    @post("/security/staff/{staff_id:uuid}/sign-ins", opt={"permission": _MANAGE["permission"]})
    async def end(request: AnyRequest, staff_id: FromPath[UUID]) -> Page:
        """End one sign-in of somebody, or all of them."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        actor, which = actor_of(visit), fields.get("which", "")
        async with desk.acting(visit) as tx:
            await _somebody(tx, staff_id)
            if which:
                await staff_sessions.end_one(tx, staff_id, which, actor=actor, clock=desk.clock)
            else:
                await staff_sessions.end_all(tx, staff_id, actor=actor, clock=desk.clock)
        return _after(staff_id, None, "ended")

    @post("/security/staff/{staff_id:uuid}/role", opt=_MANAGE)
    async def role(request: AnyRequest, staff_id: FromPath[UUID]) -> Page:
        """Change the role; or propose it, where it includes anything new."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            proposal = await staff_deeds.change_role(
                tx,
                staff_id,
                _role(fields),
                why=fields.get("why", ""),
                by=visit.member,
                session=visit.session,
                clock=desk.clock,
            )
        return _after(staff_id, proposal, "role")

    @post("/security/staff/{staff_id:uuid}/invite", opt=_MANAGE)
    async def invite(request: AnyRequest, staff_id: FromPath[UUID]) -> Page:
        """Invite again; or propose to let somebody begin anew who lost their factors."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            member = await members.find(tx, staff_id)
            if member is None:
                raise NoSuchStaff
            proposal = await staff_deeds.let_in(
                tx,
                member,
                why=fields.get("reason", ""),
                by=visit.member,
                session=visit.session,
                keyring=desk.services.keyring,
                clock=desk.clock,
            )
        return _after(staff_id, proposal, "invited")

    return [look, end, role, invite]


def _leaving(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/security/staff/{staff_id:uuid}/leave", opt=_MANAGE)
    async def ask(request: AnyRequest, staff_id: FromPath[UUID]) -> Response[str]:
        """Say in numbers what ends."""
        visit = desk.visit(request)
        async with desk.reading(visit) as tx:
            member = await members.find(tx, staff_id)
            if member is None:
                raise NoSuchStaff
            weight = await leaving.weigh(tx, staff_id, desk.clock)
            view = LeavePage(
                name=member.display_name,
                sign_ins=weight.sessions,
                passkeys=weight.passkeys,
                permits=weight.permits,
                proposals=weight.proposals,
                post_url=f"{URL}/{staff_id}/leave",
                back_url=f"{URL}/{staff_id}",
                csrf_token=visit.csrf_token,
                keys=tuple(
                    _held(key) for key in await answering.keys_of(tx, staff_id, desk.clock)
                ),
                fates=_FATES,
                needs_two=administrators.is_one(member),
            )
            return await desk.show(tx, visit, _PLACE, "console/leave.html", view)

    @post("/security/staff/{staff_id:uuid}/leave", opt=_MANAGE)
    async def leave(request: AnyRequest, staff_id: FromPath[UUID]) -> Page:
        """Let somebody leave; or propose it, for an administrator."""
        fields = await desk.form(request)
        visit = desk.visit(request)
        async with desk.acting(visit) as tx:
            proposal = await staff_deeds.send_away(
                tx,
                staff_id,
                [name.removeprefix(_KEY) for name, fate in fields.items() if fate == _KEEP],
                why=fields.get("why", ""),
                by=visit.member,
                session=visit.session,
                clock=desk.clock,
            )
        return see_other(f"{_PROPOSALS}/{proposal}" if proposal else URL)

    return [ask, leave]


def _held(key: HeldKey) -> HeldLine:
    what = "Key of the API" if key.kind == "api" else "Write key of the source"
    return HeldLine(f"{_KEY}{key.ref}", f"{what}: {key.name}")


def _after(staff_id: UUID, proposal: UUID | None, done: str) -> Page:
    """Go on to the proposal that another must approve, or back to the member."""
    if proposal is not None:
        return see_other(f"{_PROPOSALS}/{proposal}")
    return see_other(f"{URL}/{staff_id}?done={done}")


def _role(fields: dict[str, str]) -> Role:
    """Return the role that a form asks for.

    Raises:
        BadStaff: there is no such role.
    """
    try:
        return Role(fields.get("role", ""))
    except ValueError:
        raise BadStaff(hint="Choose a role of the list.") from None


def _address(fields: dict[str, str]) -> str:
    """Return the address of a form: an invitation by page is sent there and nowhere else.

    Raises:
        BadStaff: there is none.
    """
    text = fields.get("address", "").strip()
    if not text:
        raise BadStaff
    return text


async def _somebody(tx: ReadTx, staff_id: UUID) -> Staff:
    """Return a member of staff, also one who left.

    Raises:
        NoSuchStaff: there never was one.
    """
    for member in await members.everybody(tx):
        if member.staff_id == staff_id:
            return member
    raise NoSuchStaff


async def _lines(desk: Desk, tx: ReadTx, staff: Sequence[Staff]) -> list[StaffLine]:
    factors = await staff_sign_in.factors_of_all(tx, [member.staff_id for member in staff])
    lines: list[StaffLine] = []
    for member in staff:
        standing = await staff_sessions.standing(tx, member.staff_id, desk.clock)
        lines.append(_line(member, factors[member.staff_id], len(standing)))
    return lines


def _line(member: Staff, factors: Factors, sign_ins: int) -> StaffLine:
    return StaffLine(
        name=member.display_name,
        handle=member.handle,
        role=words.role(member.role),
        factors=words.factors(factors),
        is_ready=not factors.is_empty,
        sign_ins=sign_ins,
        left_at=member.left_at,
        href=f"{URL}/{member.staff_id}",
    )
