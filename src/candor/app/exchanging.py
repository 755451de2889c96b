"""What connections are worked with: which adapters there are, and how they reach the one door.

The one place where the connections slice is handed what it needs of others.
"""

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from candor.app.process import Candor
from candor.domain.collect.model import MAX_BATCH_BYTES
from candor.domain.connections.adapters.audience.adapter import Audience
from candor.domain.connections.adapters.drop.adapter import Drop
from candor.domain.connections.adapters.hubspot.adapter import Hubspot
from candor.domain.connections.adapters.line import Adapter
from candor.domain.connections.adapters.listmonk.transport import Listmonk
from candor.domain.connections.adapters.mariadb import adapter as mariadb
from candor.domain.connections.adapters.mautic.transport import Mautic
from candor.domain.connections.adapters.postgresql import adapter as postgresql
from candor.domain.connections.adapters.push.transport import Push
from candor.domain.connections.adapters.rest.adapter import Rest
from candor.domain.connections.adapters.salesforce.adapter import Salesforce
from candor.domain.connections.adapters.sms.transport import Sms
from candor.domain.connections.adapters.smtp.transport import Smtp
from candor.domain.connections.adapters.webhook.transport import Webhook
from candor.domain.connections.errors import BadConnection
from candor.domain.connections.service.exchange import Exchange

_MOST_CALLS: Final = 500  # that are said at the door in one batch
_MOST_BYTES: Final = MAX_BATCH_BYTES - 1024
# One line for each kind of system, in the order of their names.
REGISTRY: Final[Mapping[str, Adapter]] = {
    "audience": Audience(),
    "drop": Drop(),
    "hubspot": Hubspot(),
    "listmonk": Listmonk(),
    "mariadb": mariadb.adapter(),
    "mautic": Mautic(),
    "postgresql": postgresql.adapter(),
    "push": Push(),
    "rest": Rest(),
    "salesforce": Salesforce(),
    "sms": Sms(),
    "smtp": Smtp(),
    "webhook": Webhook(),
}


def exchange_of(candor: Candor) -> Exchange:
    """Return what connections are worked with in one process."""

    async def knock(source_code: str, calls: Sequence[Mapping[str, Any]]) -> None:
        await _say_at_door(candor, source_code, calls)

    return Exchange(
        database=candor.database,
        vault=candor.vault,
        rulebook=candor.rulebook,
        clock=candor.clock,
        keyring=candor.keyring,
        outbound=candor.outbound,
        adapters=REGISTRY,
        public_url=candor.settings.public_url,
        knock=knock,
        node=f"{socket.gethostname()}:{os.getpid()}",
    )


async def _say_at_door(
    candor: Candor, source_code: str, calls: Sequence[Mapping[str, Any]]
) -> None:
    """Say calls at the door as a source, in batches that it takes; return when all are committed.

    What is refused there is counted there, with a masked sample.

    Raises:
        BadConnection: the source is not declared any more.
        Unavailable: the database is away, or too much is waiting; say it again.
    """
    try:
        reader = await candor.door.reader(source_code)
    except KeyError:
        message = f"The source {source_code!r} is not declared any more."
        raise BadConnection(message) from None
    for batch in _batches([msgspec.json.encode(call) for call in calls]):
        body = b'{"batch":[%b]}' % b",".join(batch)
        await candor.door.take(reader.batch(body, candor.clock.now()))


def _batches(calls: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Yield calls in batches of a size that the door takes."""
    batch: list[bytes] = []
    size = 0
    for call in calls:
        if batch and (size + len(call) > _MOST_BYTES or len(batch) == _MOST_CALLS):
            yield batch
            batch, size = [], 0
        batch.append(call)
        size += len(call) + 1
    if batch:
        yield batch
