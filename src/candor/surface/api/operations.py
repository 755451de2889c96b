"""Health and metrics. Nothing here is about a person."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response, get
from litestar.datastructures import ResponseHeader
from litestar.handlers import HTTPRouteHandler
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE

from candor.infra import metrics
from candor.infra.db.pool import Database
from candor.kernel.errors import Unavailable

_FENCE: Final = [ResponseHeader(name="x-content-type-options", value="nosniff")]


def routes(database: Database) -> Sequence[HTTPRouteHandler | Any]:
    """Return the routes for operators."""

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
        """Tell whether events can be kept: fails when the database does not answer."""
        try:
            async with database.read():
                return Response("ok\n", status_code=HTTP_200_OK)
        except Unavailable:
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
