"""A message to oneself: staff or a customer look how a carrier's messages arrive.

Nobody else gets one. Staff: mail goes to the work address of whoever asks, and to no other; a text
message to the number that they type, for staff have none here. Customers: a message to their own
browsers, because they asked for it just now. Each is written down before it leaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from candor.domain.access.service import members
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.connections.adapters.line import Carrier, Maker
from candor.domain.connections.errors import (
    BadConnection,
    NoSuchBrowser,
    NoSuchConnection,
    WrongState,
)
from candor.domain.connections.model.connection import Connection, State
from candor.domain.connections.model.talk import Gone, Message, Outcome, Shown, Taken, Ticket
from candor.domain.connections.service import connecting, subscribing
from candor.domain.connections.service.exchange import Exchange
from candor.domain.consent.service.gate import OWN_DATA
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii

_MAIL: Final = "email"
_PHONE: Final = "phone"
TO_STAFF: Final = frozenset({_MAIL, _PHONE})  # channels by which staff can be sent a test
_SUBJECT: Final = "A test of {name}"
_TEXT: Final = "This is a test of the connection “{name}”. You asked for it in Candor yourself."


@dataclass(frozen=True, slots=True)
class Words:
    """What a message to a browser says, in the language of its reader."""

    locale: str
    title: str
    text: str
    link: str  # where it leads: a path of ours


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a test in the browsers of a person."""

    taken: int
    gone: int  # they take nothing any more, and were forgotten
    failed: int  # their push service did not take it now


async def send_test(
    exchange: Exchange, connection_id: UUID, staff_id: UUID, *, number: str | None = None
) -> Outcome:
    """Send a message to whoever asks; return what the other system said of it.

    Commits the entry first. A draft and a paused connection can be tested, an ended one not.

    Args:
        exchange: what connections are worked with.
        connection_id: which one; it carries messages.
        staff_id: who asks, and gets it.
        number: of their telephone, where it carries text messages; else not used.

    Raises:
        NoSuchConnection, WrongState: there is none, or it has ended.
        BadConnection: it carries no messages to people like that, or there is no address of theirs.
        Unreached, NotLetIn, OutboundRefused.
    """
    async with exchange.database.tx() as tx:
        connection = await connecting.find(tx, connection_id)
        if connection.state is State.ENDED:
            raise WrongState
        carrier = _carrier(exchange, connection)
        to = await _address(tx, carrier, staff_id, number)
        (entry_id,) = await audit.record_numbered(
            tx,
            actor=Actor.staff(staff_id),
            action="connections.tested",
            clock=exchange.clock,
            about=[(None, {"connection": str(connection_id)})],
        )
    message = Message(
        ticket=Ticket(new_id(), 1, entry_id),
        to=to,
        locale="en",
        subject=_SUBJECT.format(name=connection.name),
        text=_TEXT.format(name=connection.name),
    )
    (outcome,) = await carrier.carry(exchange.line(connection), [message])
    return outcome


async def send_to_own_browsers(
    exchange: Exchange,
    members_: Sequence[ProfileId],
    words: Words,
    *,
    subject: bytes | None,
    actor: Actor,
) -> Tried:
    """Send a message to every browser of a person who asks for it; say what became of each.

    It takes the way of every push message: the gate opens the addresses (for the person, at their
    own word, so no purpose of ours is needed), and the entry is committed before bytes leave.

    Args:
        exchange: what connections are worked with.
        members_: the profiles of the person who asks.
        words: what the message says.
        subject: under which name they stand in the audit log.
        actor: the same person.

    Raises:
        NoSuchConnection: push messages are not offered now.
        NoSuchBrowser: they have added none.
        NotAllowed, NoKey: somebody else, or erased.
    """
    async with exchange.database.tx() as tx:
        connection = await subscribing.offered(tx)
        if connection is None:
            raise NoSuchConnection
        browsers = await subscribing.open_of(
            tx, members_, connection, purpose=OWN_DATA, actor=actor, exchange=exchange
        )
        if not browsers:
            raise NoSuchBrowser
        (entry_id,) = await audit.record_numbered(
            tx,
            actor=actor,
            action="connections.tested",
            clock=exchange.clock,
            about=[(subject, {"connection": connection.code, "count": len(browsers)})],
        )
    carrier = exchange.adapter(connection.adapter)
    if not isinstance(carrier, Carrier):
        raise NoSuchConnection
    outcomes = await carrier.carry(
        exchange.line(connection), [_to_browser(to, words, entry_id) for _, to in browsers]
    )
    ids = [browser.subscription_id for browser, _ in browsers]
    taken = [one for one, said in zip(ids, outcomes, strict=True) if isinstance(said, Taken)]
    gone = [one for one, said in zip(ids, outcomes, strict=True) if isinstance(said, Gone)]
    async with exchange.database.tx() as tx:
        await subscribing.settle(tx, members_, taken=taken, gone=gone, exchange=exchange)
    return Tried(len(taken), len(gone), len(ids) - len(taken) - len(gone))


def _to_browser(to: Pii[str], words: Words, entry_id: int) -> Message:
    return Message(
        ticket=Ticket(new_id(), 1, entry_id),
        to=to,
        locale=words.locale,
        subject=words.title,
        text=words.text,
        link=words.link,
        headers={"Urgency": "high", "Topic": "test"},
    )


def shown(exchange: Exchange, connection: Connection) -> Sequence[Shown]:
    """Return what must be put elsewhere for a connection to work, to copy: DNS records, keys.

    Raises:
        BadConnection: its settings make no sense.
    """
    adapter = exchange.adapter(connection.adapter)
    return adapter.shown(exchange.line(connection)) if isinstance(adapter, Maker) else ()


def _carrier(exchange: Exchange, connection: Connection) -> Carrier:
    adapter = exchange.adapter(connection.adapter)
    if not isinstance(adapter, Carrier) or adapter.spec.channel not in TO_STAFF:
        message = "Only connections that carry mail or text messages are tested by a message."
        raise BadConnection(message)
    return adapter


async def _address(
    tx: ReadTx, carrier: Carrier, staff_id: UUID, number: str | None
) -> Pii[str]:
    member = await members.find(tx, staff_id)
    if member is not None and carrier.spec.channel == _MAIL and member.email:
        return Pii(member.email)
    if member is not None and carrier.spec.channel == _PHONE and number:
        return Pii(number)
    message = "There is no address or number of yours to send it to."
    raise BadConnection(message)
