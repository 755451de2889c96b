"""What the owner of another system does there before it is connected: a database is prepared so."""

from collections.abc import Sequence

from candor.domain.connections.adapters.line import Preparer
from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.service.exchange import Exchange


def script(connection: Connection, exchange: Exchange) -> str:
    """Return a script for that system's own client program.

    Raises:
        BadConnection: nothing is to be done there, or the settings make no sense.
    """
    return _preparer(connection, exchange).setup_sql(exchange.line(connection))


def statements(connection: Connection, exchange: Exchange) -> Sequence[str]:
    """Return the same as single statements, with `%%` for a percent.

    Raises:
        BadConnection: nothing is to be done there, or the settings make no sense.
    """
    return _preparer(connection, exchange).setup(exchange.line(connection))


def _preparer(connection: Connection, exchange: Exchange) -> Preparer:
    adapter = exchange.adapter(connection.adapter)
    if not isinstance(adapter, Preparer):
        message = f"{adapter.spec.title} is no database: there is nothing to run."
        raise BadConnection(message)
    return adapter
