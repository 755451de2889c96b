"""P4's baseline: `SELECT 1` in a transaction of its own per request, through the same stack.

The same server, loop, pool, driver and kind of application as the API's, and nothing else. Run by
`bench.p4`, as a process of its own: `python -m bench.floor`.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces, Loops
from granian.server import Server

from candor.infra.db.pool import Database
from candor.infra.db.sql import Statement

_ONE: Final[Statement[int]] = Statement("bench", "one", "SELECT 1", int)
_BODY: Final = b'{"allowed":true}'
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Floor:
    """Answers every request after asking the database for a 1."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["method"] == "POST":
            await receive()
        async with self._database.read() as tx:
            await tx.value(_ONE)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(_BODY)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": _BODY})

    async def _live(self, receive: Receive, send: Send) -> None:
        """Open and close the pool with the server."""
        await receive()
        await self._database.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._database.close()
        await send({"type": "lifespan.shutdown.complete"})


def application() -> Floor:
    """Make the application of the baseline."""
    return Floor(Database(os.environ["CANDOR_DATABASE_URL"], max_size=12))


if __name__ == "__main__":
    Server(
        "bench.floor:application",
        factory=True,
        address="127.0.0.1",
        port=int(os.environ["CANDOR_PORT"]),
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        backlog=1024,
        log_enabled=False,
        websockets=False,
    ).serve()
