"""Asking for a file that is handed over: proposed by one, approved by another, withdrawn by any.

What is approved is what was asked for: fields, purposes, place and recipients go into a hash with
the proposal. Whoever changes one of them afterwards gets no file for it: approving is refused, and
a file that was approved is not made. To withdraw takes one person: it only lets less out.
"""

import hashlib
from typing import Final
from uuid import UUID

import msgspec

from candor.domain.access.errors import NoSuchProposal, ProposalOver
from candor.domain.access.model import proposal as proposed
from candor.domain.access.model.proposal import Deed, Payload, Proposal
from candor.domain.access.model.sign_in import Staff
from candor.domain.access.service import proposals
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.connections.adapters.line import Filer
from candor.domain.connections.errors import (
    BadConnection,
    NoSuchFile,
    NotLetIn,
    TermsChanged,
    Unreached,
    WrongState,
)
from candor.domain.connections.model import connection as connections
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.file import OPEN, File, State, Trouble, lasts
from candor.domain.connections.queries import files as stored
from candor.domain.connections.service import connecting
from candor.domain.connections.service.exchange import Exchange
from candor.domain.consent.service import sharing
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.http import OutboundRefused
from candor.infra.log import logger
from candor.kernel.clock import Clock
from candor.kernel.errors import Unavailable
from candor.kernel.ids import new_id

SHOWN: Final = 50
AWAY: Final = "unavailable"  # our own database
_log: Final = logger("connections")


def filer_of(connection: Connection, exchange: Exchange) -> Filer:
    """Return what makes the files of a connection.

    Raises:
        WrongState: it gets no files.
    """
    adapter = exchange.adapters.get(connection.adapter)
    if not isinstance(adapter, Filer):
        raise WrongState
    return adapter


def terms_of(connection: Connection) -> bytes:
    """Return the hash of what a file is agreed on: what goes, why, to whom, where, how long."""
    said = (
        connection.adapter,
        str(connection.vendor_id),
        sorted(connection.directions),
        connection.purposes,
        connection.mapping,
        sorted(connection.settings.items()),
    )
    return hashlib.sha256(msgspec.json.encode(said)).digest()


async def ask(
    tx: Tx,
    connection_id: UUID,
    why: str,
    *,
    member: Staff,
    exchange: Exchange,
    machine: Actor | None = None,
) -> UUID:
    """Ask for a file; nothing is made before another has approved it; audited.

    `machine`: what asks again for a file that the member asked for before, in their name.

    Raises:
        NoSuchConnection, WrongState: there is none, it is not active, or gets no files.
        BadConnection: nobody could read the file, it has no place, or one is under way already.
        NotPermitted, BadProposal: the role may not, or no reason is given.
    """
    connection = await connecting.find(tx, connection_id)
    filer = filer_of(connection, exchange)
    if connection.state is not connections.State.ACTIVE or not connection.is_told:
        raise WrongState
    filer.ending(exchange.line(connection))
    known = await stored.files_of(tx, connection_id=connection_id, at_most=SHOWN)
    if any(one.state in OPEN for one in known):
        message = "A file is under way already: approve, decline or withdraw it first."
        raise BadConnection(message)
    now, file_id = exchange.clock.now(), new_id()
    total = await sharing.count_people(tx)
    payload: Payload = {
        "connection": str(connection_id),
        "file": str(file_id),
        "name": connection.name,
        "code": connection.code,
        "fields": sum(one.is_out or one.is_key for one in connection.mapping),
        "purposes": ", ".join(connection.purposes),
        "hours": int(lasts(connection.settings).total_seconds() // 3600),
        "people": total,
        "again": int(machine is not None),
    }
    proposal_id = await proposals.propose(
        tx, Deed.HAND_OVER, payload, why, member=member, clock=exchange.clock, machine=machine
    )
    await stored.insert(
        tx,
        {
            "file_id": file_id,
            "connection_id": connection_id,
            "proposal_id": proposal_id,
            "terms": terms_of(connection),
            "total": total,
            "at": now,
        },
    )
    actor = machine or Actor.staff(member.staff_id)
    await written(tx, "connections.file_asked", connection_id, file_id, actor, exchange.clock)
    return file_id


def deeds(exchange: Exchange) -> proposals.Deeds:
    """Return what is done when such a proposal is approved."""

    async def hand_over(tx: Tx, proposal: Proposal, actor: Actor) -> None:
        file_id = UUID(str(proposal.payload["file"]))
        file = await find(tx, file_id)
        connection = await connecting.find(tx, file.connection_id)
        if terms_of(connection) != file.terms:
            raise TermsChanged
        is_approved = await stored.move(
            tx,
            file_id,
            State.APPROVED,
            from_states=[State.PROPOSED],
            at=exchange.clock.now(),
        )
        if not is_approved:
            raise WrongState
        await written(
            tx,
            "connections.file_approved",
            connection.connection_id,
            file_id,
            actor,
            exchange.clock,
        )

    return {Deed.HAND_OVER: hand_over}


async def withdraw(
    tx: Tx, file_id: UUID, *, actor: Actor, member: Staff | None, exchange: Exchange
) -> File:
    """Have a file not made, or taken away early; audited; returns it as it is then.

    A proposal is withdrawn with it where `member` made it; else it can be approved no more.

    Raises:
        NoSuchFile, WrongState: there is none, or nothing of it is left to withdraw.
    """
    file, clock = await find(tx, file_id), exchange.clock
    now = clock.now()
    match file.state:
        case State.PROPOSED:
            is_done = await stored.move(
                tx,
                file_id,
                State.DECLINED,
                from_states=[State.PROPOSED],
                at=now,
                problem=Trouble.WITHDRAWN,
            )
            await _take_back(tx, file, member, clock)
        case State.APPROVED | State.MAKING:
            is_done = await stored.move(
                tx,
                file_id,
                State.FAILED,
                from_states=[State.APPROVED, State.MAKING],
                at=now,
                problem=Trouble.WITHDRAWN,
            )
        case _:
            is_done = bool(await stored.recall(tx, [file_id], at=now, reason=Trouble.WITHDRAWN))
    if not is_done:
        raise WrongState
    await written(tx, "connections.file_withdrawn", file.connection_id, file_id, actor, clock)
    return await find(tx, file_id)


async def of_connection(tx: ReadTx, connection_id: UUID) -> list[File]:
    """Return the last files of a connection, newest first."""
    return await stored.files_of(tx, connection_id=connection_id, at_most=SHOWN)


async def find(tx: ReadTx, file_id: UUID) -> File:
    """Return a file.

    Raises:
        NoSuchFile: there is none.
    """
    found = await stored.find(tx, file_id)
    if found is None:
        raise NoSuchFile
    return found


async def let_go_of_declined(tx: Tx, clock: Clock) -> int:
    """Settle files whose proposals were declined, withdrawn, or too old; return how many."""
    count, now = 0, clock.now()
    for row in await stored.open_proposals(tx):
        state = await _state_of(tx, row.proposal_id, clock)
        if state is proposed.State.OPEN or state is proposed.State.APPROVED:
            continue
        count += await stored.move(
            tx, row.file_id, State.DECLINED, from_states=[State.PROPOSED], at=now
        )
    return count


def problem_of(error: Exception) -> str:
    """Return the code of what went wrong with a file; what nobody foresaw is logged.

    The text of an error may hold what the other system said: its class says enough.
    """
    match error:
        case Unreached():
            return error.problem
        case NotLetIn():
            return connections.Why.NOT_LET_IN.value
        case OutboundRefused():
            return "outbound_refused"
        case BadConnection():
            return "bad_connection"
        case Unavailable():
            return AWAY
        case OSError():
            return "no_space_here"
        case _:
            _log.error("a file failed", error=type(error).__name__)
            return "broken"


async def written(
    tx: Tx,
    action: str,
    connection_id: UUID,
    file_id: UUID,
    actor: Actor,
    clock: Clock,
    **counts: int | str,
) -> None:
    """Write down what was done with a file."""
    detail = {"connection": str(connection_id), "file": str(file_id), **counts}
    await audit.record(tx, actor=actor, action=action, clock=clock, detail=detail)


async def _state_of(
    tx: ReadTx, proposal_id: UUID | None, clock: Clock
) -> proposed.State | None:
    if proposal_id is None:
        return None
    try:
        return (await proposals.find(tx, proposal_id)).state_at(clock.now())
    except NoSuchProposal:
        return None


async def _take_back(tx: Tx, file: File, member: Staff | None, clock: Clock) -> None:
    """Withdraw the proposal of a file, where it is this member's and still open."""
    if member is None or file.proposal_id is None:
        return
    try:
        await proposals.withdraw(tx, file.proposal_id, member=member, clock=clock)
    except (NoSuchProposal, ProposalOver):
        return  # somebody else's: it can be approved no more
