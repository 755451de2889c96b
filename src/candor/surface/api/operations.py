"""Health and metrics. Nothing here is about a person."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from litestar import Response, get
from litestar.datastructures import ResponseHeader
from litestar.handlers import HTTPRouteHandler
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE

from candor.infra import metrics
from candor.infra.db.pool import Database
from candor.kernel.errors import Unavailable

PATIENCE_SECONDS: Final = 2.0  # so long the database has to answer whoever asks whether it does
_FENCE: Final = [ResponseHeader(name="x-content-type-options", value="nosniff")]


class Probe:
    """Asks whether the database answers: once at a time, however many want to know."""

    def __init__(
        self, database: Database, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Ask nothing yet."""
        self._database = database
        self._patience_seconds = patience_seconds
        self._asking: asyncio.Task[bool] | None = None
        self._given_up: set[asyncio.Task[bool]] = set()  # which end by themselves

    def __deepcopy__(self, memo: dict[int, object]) -> "Probe":
        """Stay the same: the framework copies routes with what they are bound to."""
        del memo
        return self

    async def answers(self) -> bool:
        """Tell whether the database answered in time."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        asking = self._asking
        done, _ = await asyncio.wait({asking}, timeout=self._patience_seconds)
        if not done and not asking.cancelling():
            # Not waited for: giving up on a server that hangs takes long itself.
            self._given_up.add(asking)
            asking.add_done_callback(self._given_up.discard)
            asking.cancel()
            self._asking = None
        return bool(done) and not asking.cancelled() and asking.result()

    async def _ask(self) -> bool:
        try:
            async with self._database.read():
                return True
        except Unavailable:
            return False


def routes(database: Database) -> Sequence[HTTPRouteHandler | Any]:
    """Return the routes for operators."""
    probe = Probe(database)

    @get(
        "/healthz",
        opt={"public": "tells only whether the process lives"},
        media_type="text/plain",
        response_headers=_FENCE,
    )
    async def alive() -> str:
        """Tell that the process answers."""
        return "ok\n"

    @get(
        "/readyz",
        opt={"public": "tells only whether events can be kept"},
        media_type="text/plain",
        response_headers=_FENCE,
    )
    async def ready() -> Response[str]:
        """Tell whether events can be kept: no, when the database is silent for two seconds."""
        if await probe.answers():
            return Response("ok\n", status_code=HTTP_200_OK)
        return Response("database away\n", status_code=HTTP_503_SERVICE_UNAVAILABLE)

    @get(
        "/metrics",
        opt={"public": "counts, no labels about people"},
        media_type="text/plain",
        response_headers=_FENCE,
    )
    async def numbers() -> bytes:
        """Return the metrics of this process."""
        return metrics.render()

    return [alive, ready, numbers]
