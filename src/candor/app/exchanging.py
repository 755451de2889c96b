"""What connections are worked with: which adapters there are, and how they reach the one door.

The one place where the connections slice is handed what it needs of others.
"""

import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Final

from candor.app.process import Candor
from candor.domain.connections.adapters.line import Adapter
from candor.domain.connections.adapters.push.transport import Push
from candor.domain.connections.service.exchange import Exchange
from candor.kernel.errors import Bug

# One line for each kind of system, in the order of their names.
REGISTRY: Final[Mapping[str, Adapter]] = {
    "push": Push(),
}


def exchange_of(candor: Candor) -> Exchange:
    """Return what connections are worked with in one process."""

    async def knock(source_code: str, calls: Sequence[Mapping[str, Any]]) -> None:
        del source_code, calls
        message = "nobody opens the door to connections yet"
        raise Bug(message)

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
