"""From files that are handed over to the views of their pages."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from candor.domain.access.model.proposal import Proposal
from candor.domain.access.model.roles import Permission, may
from candor.domain.access.model.sign_in import Staff
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.connection import State as Going
from candor.domain.connections.model.file import EVERY, File, State, Trouble
from candor.domain.connections.service.scheduling import Plan
from candor.infra.web.reading import show_datetime, show_number
from candor.surface.console import words
from candor.surface.console.connections import naming
from candor.surface.console.connections.files_views import FileLine, FilePage
from candor.surface.console.connections.filling import url_of
from candor.surface.console.desk import HOME
from candor.surface.console.views import Pair
from candor.surface.plain.visits import Visit

_STATES: Final[Mapping[State, tuple[str, str]]] = {
    State.PROPOSED: ("waits for a colleague", "attention"),
    State.APPROVED: ("approved, about to be made", "calm"),
    State.MAKING: ("being made", "calm"),
    State.PUT: ("lies there", "good"),
    State.FAILED: ("came to nothing", "refusal"),
    State.EXPIRED: ("taken away", ""),
    State.DECLINED: ("declined", ""),
}
_EVERY: Final[Mapping[str, str]] = {
    "daily": "every day",
    "weekly": "every week",
    "monthly": "every 30 days",
}
_TROUBLES: Final[Mapping[str, str]] = {
    Trouble.TERMS_CHANGED: "fields, place or recipients were changed after it was asked for",
    Trouble.NOT_ACTIVE: "the connection is not active",
    Trouble.WITHDRAWN: "somebody withdrew it",
    Trouble.ERASED: "somebody in it was erased",
    Trouble.NOBODY: "nobody may be in it",
    Trouble.STOPPED: "the connection was stopped",
    "place_full": "its place is full",
    "no_space_here": "there is no space left on this machine",
    "no_client": "the program sftp is missing here: install openssh-client",
    "not_removed": "its place keeps what is deleted",
    "bad_connection": "the settings of the connection make no sense",
    "outbound_refused": "its place is not one that may be reached",
}


def line_of(file: File, proposal: Proposal | None, staff: Mapping[UUID, Staff]) -> FileLine:
    """Return the line of one file, with who asked for it and who approved."""
    state, tone = _STATES[file.state]
    is_alarming = file.state is State.PUT and file.attempts > 0
    return FileLine(
        href=f"{url_of(file.connection_id)}/files/{file.file_id}",
        code=file.name or file.file_id.hex[-8:],
        state="cannot be taken away" if is_alarming else state,
        tone="refusal" if is_alarming else tone,
        asked_at=file.added_at,
        asked_by=_name(proposal.proposed_by if proposal else None, staff),
        approved_by=_approver(file, proposal, staff),
        people=file.people,
        changed=file.changed,
        expires_at=file.expires_at if file.is_there else None,
        problem=_problem(file.problem),
        percent=file.percent if file.state is State.MAKING else None,
    )


def _approver(file: File, proposal: Proposal | None, staff: Mapping[UUID, Staff]) -> str | None:
    is_decided = file.state not in {State.PROPOSED, State.DECLINED}
    if proposal is None or proposal.decided_by is None or not is_decided:
        return None
    return _name(proposal.decided_by, staff)


def _name(staff_id: UUID | None, staff: Mapping[UUID, Staff]) -> str:
    member = staff.get(staff_id) if staff_id else None
    return member.display_name if member else "somebody unknown"


def _problem(code: str | None) -> str | None:
    if not code:
        return None
    return _TROUBLES.get(code) or naming.problem(code)


def schedule_of(connection: Connection, plan: Plan | None) -> str | None:
    """Return when the next file is asked for by itself, or what is lacking for that."""
    how_often = _EVERY.get(connection.settings.get(EVERY, ""))
    if how_often is None:
        return None
    if plan is None:
        return (
            f"One is asked for {how_often} by itself, once the last one that somebody asked for "
            "is over: nobody said no to it, and fields, place and recipients are the same."
        )
    return (
        f"The next is asked for by itself on {show_datetime(plan.at)}, in the name of "
        f"{plan.member.display_name}; a colleague approves it."
    )


def again_of(connection: Connection) -> tuple[str, ...]:
    """Return what asking means for the files after this one."""
    how_often = _EVERY.get(connection.settings.get(EVERY, ""))
    if how_often is None:
        return ()
    return (f"It is asked for again {how_often}, in your name; each needs a colleague.",)


def file_page(
    visit: Visit,
    connection: Connection,
    file: File,
    proposal: Proposal | None,
    staff: Mapping[UUID, Staff],
    said: str | None,
) -> FilePage:
    """Return the view of one file."""
    line = line_of(file, proposal, staff)
    url = url_of(connection.connection_id)
    is_open = file.state in {State.PROPOSED, State.APPROVED, State.MAKING}
    is_left = is_open or (file.is_there and file.recalled_at is None)
    may_manage = may(visit.member.role, Permission.CONNECTIONS_MANAGE)
    may_see = may(visit.member.role, Permission.PROPOSALS_READ)
    can_ask = may_manage and not is_open and connection.state is Going.ACTIVE
    return FilePage(
        line=line,
        name=connection.name,
        back_url=f"{url}/files",
        csrf_token=visit.csrf_token,
        said=said,
        facts=_facts(file, proposal, line),
        advice=_advice(file),
        alarm=_alarm(file, line),
        proposal_url=(
            f"{HOME}/security/proposals/{file.proposal_id}"
            if may_see and file.proposal_id
            else None
        ),
        withdraw_url=f"{line.href}/withdraw" if may_manage and is_left else None,
        effects=_effects(file),
        ask_url=f"{url}/files/ask" if can_ask and connection.is_told else None,
    )


def _facts(file: File, proposal: Proposal | None, line: FileLine) -> tuple[Pair, ...]:
    facts = [
        Pair("Asked for", f"{show_datetime(file.added_at)}, by {line.asked_by}"),
        Pair("What for", proposal.why if proposal else "–"),
        Pair("Approved by", line.approved_by or "nobody yet"),
    ]
    if file.people is not None:
        facts.append(Pair("People in it", show_number(file.people)))
    if file.put_at is not None:
        facts += [
            Pair("Of them, changed their mind since", show_number(file.changed)),
            Pair("Put there", show_datetime(file.put_at)),
        ]
    if file.is_there and file.expires_at is not None:
        facts.append(Pair("Is taken away", show_datetime(file.expires_at)))
    if file.gone_at is not None:
        facts.append(Pair("Taken away", show_datetime(file.gone_at)))
    if file.size is not None:
        facts.append(Pair("Size, sealed", f"{show_number(file.size)} bytes"))
    if file.sha256 is not None:
        facts.append(Pair("SHA-256 of the file", file.sha256.hex()))
    return tuple(facts)


def _advice(file: File) -> str | None:
    """Return what somebody should know or do about it."""
    match file.state:
        case State.PROPOSED:
            return "A colleague who decides on proposals approves or declines it."
        case State.APPROVED if file.problem:
            return f"It is tried again by itself: {_problem(file.problem)}."
        case State.PUT if file.changed:
            people = words.counted(file.changed, "person in it has", "people in it have")
            return (
                f"{people} changed their mind since. Tell the recipients, and ask for a new "
                "file in place of this one."
            )
        case State.FAILED | State.EXPIRED if file.problem:
            return f"Because {_problem(file.problem)}."
        case _:
            return None


def _alarm(file: File, line: FileLine) -> str | None:
    if file.state is not State.PUT or not file.attempts:
        return None
    what = (line.problem or "it does not answer").capitalize()
    return f"{what}. It is tried again; have it deleted by whoever runs the place."


def _effects(file: File) -> tuple[str, ...]:
    if file.state is State.PUT:
        people = words.counted(file.people or 0, "person", "people")
        return (
            f"The file about {people} is taken away from its place now.",
            "What its recipients have read already stays with them.",
        )
    return ("Nothing is made, and the proposal can be approved no more.",)
