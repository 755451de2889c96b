"""Certificates, for whoever they are given to."""

from uuid import UUID

from candor.domain.rights.queries import certificates as stored
from candor.infra.db.pool import ReadTx


async def body_of(tx: ReadTx, request_id: UUID) -> str | None:
    """Return the signed certificate (JWS) of a request; None while there is none."""
    return await stored.certificate_body(tx, request_id=request_id)
