"""Files that are asked for again by themselves, by the period that a connection names.

A schedule makes proposals and nothing else: each file still needs a colleague who approves it. It
goes on with what somebody asked for by hand, in their name and with their reason, and only while
that is still what it was: the same fields, purposes, place and recipients, a member who may still
ask, and no colleague who said no. After any of these somebody asks by hand again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from candor.domain.access.errors import NoSuchProposal
from candor.domain.access.model import proposal as proposed
from candor.domain.access.model.proposal import RULES, Deed, Proposal
from candor.domain.access.model.roles import may
from candor.domain.access.model.sign_in import Staff
from candor.domain.access.service import members, proposals
from candor.domain.connections.adapters.line import Filer
from candor.domain.connections.model.connection import Connection, State
from candor.domain.connections.model.file import OPEN, File, Trouble, repeats
from candor.domain.connections.queries import files as stored
from candor.domain.connections.queries import progress as kept
from candor.domain.connections.service import connecting, filing
from candor.domain.connections.service.admitting import ACTOR
from candor.domain.connections.service.exchange import Exchange
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.log import logger
from candor.kernel.clock import Clock
from candor.kernel.errors import Refused

_RULE: Final = RULES[Deed.HAND_OVER]
_LOCK: Final = "asking"
_NO: Final = frozenset({proposed.State.DECLINED, proposed.State.WITHDRAWN})
_log: Final = logger("connections")


@dataclass(frozen=True, slots=True)
class Plan:
    """The next file that is asked for by itself: when, by whose wish."""

    at: datetime
    member: Staff
    why: str


async def plan(tx: ReadTx, connection: Connection, exchange: Exchange) -> Plan | None:
    """Return when a file of a connection is asked for again; None: somebody must ask by hand."""
    adapter = exchange.adapters.get(connection.adapter)
    period = repeats(connection.settings)
    is_moving = connection.state is State.ACTIVE and connection.is_told
    if period is None or not is_moving or not isinstance(adapter, Filer):
        return None
    last = await stored.files_of(tx, connection_id=connection.connection_id, at_most=1)
    wish = await _wish(tx, last, exchange.clock)
    if wish is None or filing.terms_of(connection) != last[0].terms:
        return None
    member = await members.find(tx, wish.proposed_by)
    if member is None or member.left_at is not None or not may(member.role, _RULE.propose):
        return None
    return Plan(last[0].added_at + period, member, wish.why)


async def ask_due(exchange: Exchange) -> int:
    """Ask for the files that are due, each for a colleague to approve; return how many.

    Audited as what a machine did. One that cannot be asked for hinders no other.
    """
    async with exchange.database.read("connections.file") as tx:
        connections = await connecting.every(tx)
        due = [one for one in connections if await _is_due(tx, one, exchange)]
    count = 0
    for one in due:
        try:
            async with exchange.database.tx("connections.file") as tx:
                count += await _ask(tx, one, exchange)
        except Refused as error:
            _log.warning("a file cannot be asked for", code=error.code)
    return count


async def _is_due(tx: ReadTx, connection: Connection, exchange: Exchange) -> bool:
    found = await plan(tx, connection, exchange)
    return found is not None and found.at <= exchange.clock.now()


async def _ask(tx: Tx, connection: Connection, exchange: Exchange) -> bool:
    """Ask for a file that is due, unless another worker is about to, or did."""
    connection_id = connection.connection_id
    if not await kept.try_lock(tx, connection_id=connection_id, what=_LOCK):
        return False
    found = await plan(tx, await connecting.find(tx, connection_id), exchange)
    if found is None or found.at > exchange.clock.now():
        return False
    await filing.ask(
        tx, connection_id, found.why, member=found.member, exchange=exchange, machine=ACTOR
    )
    return True


async def _wish(tx: ReadTx, files: Sequence[File], clock: Clock) -> Proposal | None:
    """Return the proposal of the last file, if it may be made again: nobody said no to it."""
    if not files or files[0].state in OPEN or files[0].proposal_id is None:
        return None
    if files[0].problem == Trouble.WITHDRAWN:
        return None
    try:
        found = await proposals.find(tx, files[0].proposal_id)
    except NoSuchProposal:
        return None
    return None if found.state_at(clock.now()) in _NO else found
