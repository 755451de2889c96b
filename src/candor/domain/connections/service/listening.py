"""Being called by another system: whose call it is, what it says, and what it is answered with.

A stranger learns nothing: a code that does not exist, a connection that listens to nobody and a
wrong signature are all the same refusal. A connection that is paused says that it is away, to
whoever can sign: what was said is sent again later, and no no is lost.
"""

from candor.domain.connections.adapters.line import Listener
from candor.domain.connections.errors import (
    BadMessage,
    BadSignature,
    NoSuchAdapter,
    TooOld,
)
from candor.domain.connections.model.connection import Connection, State
from candor.domain.connections.model.hearing import Outcome
from candor.domain.connections.model.talk import Received, Returned
from candor.domain.connections.queries import connections as stored
from candor.domain.connections.service.exchange import Exchange
from candor.domain.connections.service.hearing import count, hear
from candor.kernel.errors import Unavailable

_LISTENING = frozenset({State.ACTIVE, State.PAUSED, State.STOPPING})


async def take(exchange: Exchange, code: str, request: Received) -> Returned:
    """Take a call of another system; return what it is answered with, when all is committed.

    Commits. The same call again changes nothing.

    Raises:
        BadSignature: nobody listens under this code, or the call is not signed as agreed.
        TooOld: it was signed too long ago, or in the future.
        BadMessage: it is not of the form that was agreed.
        Unavailable: it cannot be heard now; send it again.
    """
    connection = await _listening(exchange, code)
    adapter = exchange.adapter(connection.adapter)
    if not isinstance(adapter, Listener):
        raise BadSignature
    try:
        heard, answer = await adapter.hear(exchange.line(connection), request)
    except (BadSignature, TooOld, BadMessage) as error:
        await count(exchange, connection.connection_id, _outcome(error))
        raise
    if connection.state is State.PAUSED:
        message = "This connection is paused."
        raise Unavailable(message)
    await hear(exchange, connection, heard)
    return answer


async def _listening(exchange: Exchange, code: str) -> Connection:
    """Return the connection that listens under a code.

    Raises:
        BadSignature: there is none.
    """
    async with exchange.database.read() as tx:
        connection = await stored.connection_by_code(tx, code=code)
    if connection is None or connection.state not in _LISTENING:
        raise BadSignature
    try:
        exchange.adapter(connection.adapter)
    except NoSuchAdapter:
        raise BadSignature from None
    return connection


def _outcome(error: BadSignature | TooOld | BadMessage) -> Outcome:
    match error:
        case BadSignature():
            return Outcome.BAD_SIGNATURE
        case TooOld():
            return Outcome.TOO_OLD
        case BadMessage():
            return Outcome.BAD_MESSAGE
