"""Results of a request: the archive, streamed to the controller that asked for the person (8.4).

It is counted and expires like a person's own download. Its list of files is signed; the answer as
a whole is not, for it is made as it is sent.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from candor.domain.audit.model import Actor
from candor.domain.rights.model.request import Request
from candor.domain.rights.service.export import archive as made
from candor.infra.web.reading import Reader
from candor.kernel.errors import Refused
from candor.kernel.ids import new_id
from candor.surface.api.wire import SAFE, Receive, Send
from candor.surface.plain import archive
from candor.surface.plain.language import locale_of
from candor.surface.plain.services import Services


@dataclass(frozen=True, slots=True)
class Results:
    """An archive of which the first bytes are made."""

    name: str
    first: bytes
    rest: AsyncGenerator[bytes, None]


async def fetched(request: Request, *, actor: Actor, services: Services) -> Results:
    """Count a download and begin the archive; audited, committed before anything is read.

    Raises:
        NoSuchRequest: it has no archive, or not yet.
        ArchiveOver, TooManyDownloads, NotAllowed, NoKey, Busy: as `downloading.take`.
        Unavailable: the database is away.
    """
    order: made.Order | None = None
    refused: Refused | None = None
    async with services.database.tx(new_id().hex) as tx:
        zone = (await services.rulebook.rules(tx)).in_force.document.controller.time_zone
        try:
            order = await archive.take(
                tx,
                request.request_id,
                whose=None,
                actor=actor,
                services=services,
                reader=Reader(services.clock.now(), locale_of(request.locale), zone),
            )
        except Refused as error:  # it is committed: that it was refused stands in the log
            refused = error
    if order is None:
        raise refused or made.Busy
    stream = made.stream(order, services.office)
    first = await anext(stream)
    return Results(made.name_of(request.request_id, order.reader.now), first, stream)


async def hand_out(results: Results, receive: Receive, send: Send) -> None:
    """Send an archive as it is made; what fails midway cuts the connection.

    Whoever goes away ends the making of it.
    """
    gone = asyncio.create_task(_gone(receive))
    try:
        async with aclosing(results.rest) as rest:
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [
                        (b"content-type", b"application/zip"),
                        (
                            b"content-disposition",
                            f'attachment; filename="{results.name}"'.encode(),
                        ),
                        *SAFE,
                    ],
                }
            )
            await _part(send, results.first)
            async for chunk in rest:
                if gone.done():
                    return
                await _part(send, chunk)
            await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()


async def _part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
