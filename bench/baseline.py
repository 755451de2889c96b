"""P1's baseline: a handler that only inserts the JSON, one transaction each, nothing else.

The same server, web framework, pool and driver as Candor's, with none of its promises.
Run by `bench.p1`, as a process of its own: `python -m bench.baseline`.
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from granian.constants import HTTPModes, Interfaces, Loops
from granian.server import Server
from litestar import Litestar, Request, get, post
from litestar.datastructures import State

from candor.infra.db.pool import Database
from candor.infra.db.sql import Statement

_INSERT: Final[Statement[None]] = Statement(
    "bench", "insert", "INSERT INTO bench.naive (body) VALUES (%(body)s::jsonb)", None
)


def application() -> Litestar:
    """Make the application of the baseline."""
    database = Database(os.environ["CANDOR_DATABASE_URL"], max_size=12)

    @post("/v1/track")
    async def take(request: Request[None, None, State]) -> dict[str, bool]:
        """Keep a call as it is."""
        body = (await request.body()).decode()
        async with database.tx() as tx:
            await tx.run(_INSERT, {"body": body})
        return {"success": True}

    @get("/readyz", media_type="text/plain")
    async def ready() -> str:
        """Tell that the process answers."""
        return "ok"

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncGenerator[None]:
        await database.open()
        try:
            yield
        finally:
            await database.close()

    return Litestar(
        [take, ready], lifespan=[lifespan], openapi_config=None, logging_config=None
    )


if __name__ == "__main__":
    Server(
        "bench.baseline:application",
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
