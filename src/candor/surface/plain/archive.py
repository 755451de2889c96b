"""Sending an archive to the person whom it is about: as it is made, kept by nobody on the way."""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from typing import Final
from uuid import UUID

from litestar.response import Stream

from candor.domain.audit.model import Actor
from candor.domain.rights.service.export import archive, downloading
from candor.infra.db.pool import Tx
from candor.infra.web.reading import Reader
from candor.kernel.ids import ProfileId
from candor.surface.plain.answers import HEADERS
from candor.surface.plain.services import Services

KEYS: Final = "/.well-known/jwks.json"


async def take(
    tx: Tx,
    request_id: UUID,
    *,
    whose: Collection[ProfileId] | None,
    actor: Actor,
    services: Services,
    reader: Reader,
) -> archive.Order:
    """Count a download; commit before it is sent. `whose` as `downloading.take`.

    Raises:
        Busy: others are being made: nothing was counted.
        NoSuchRequest, ArchiveOver, TooManyDownloads: as `downloading.take`.
    """
    if archive.under_way() >= archive.AT_ONCE:
        raise archive.Busy
    issuer = await services.issuer(tx)
    return await downloading.take(
        tx,
        request_id,
        whose=whose,
        actor=actor,
        office=services.office,
        reader=reader,
        signer=issuer.signer,
        keys_at=services.settings.public_url + KEYS,
    )


async def sent(order: archive.Order, services: Services) -> Stream:
    """Return the answer whose body is the archive.

    Its first bytes are made before anything is said, so that what fails at once is a page that
    says so; what fails later cuts the connection, and the browser tells of a broken download.

    Raises:
        Busy: others are being made.
        ErasedMeanwhile: the person was erased a moment ago.
        Unavailable: the database is away.
    """
    stream = archive.stream(order, services.office)
    first = await anext(stream)
    name = archive.name_of(order.request.request_id, order.reader.now)
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return Stream(
        _all(first, stream), status_code=200, headers=headers, media_type="application/zip"
    )


async def _all(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(rest):
        yield first
        async for chunk in rest:
            yield chunk
