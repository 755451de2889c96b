"""Callbacks of systems that were asked: verified, then a reason to look at once."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from candor.domain.rights.model.downstream import Protocol
from candor.domain.rights.model.opendsr import Told
from candor.domain.rights.queries import downstreams as stored
from candor.domain.rights.queries import requests as stored_requests
from candor.domain.rights.service.downstream.planning import TELL
from candor.domain.rights.service.downstream.systems import callback_of
from candor.domain.rights.service.downstream.telling import check_signed
from candor.domain.rights.service.office import Office, go_on
from candor.infra.db.pool import Tx
from candor.infra.x509 import BadCertificate, BadDomainSignature


async def heard(
    tx: Tx,
    system_id: UUID,
    headers: Mapping[str, str],
    body: bytes,
    *,
    public_url: str,
    office: Office,
) -> bool:
    """Take a callback; tell whether it was signed by the system, for this address.

    Nothing of it is believed: the task is looked at again, and the system asked, at once.
    """
    system = await stored.downstream(tx, downstream_id=system_id)
    if system is None or system.protocol != Protocol.OPENDSR or system.ended_at:
        return False
    try:
        check_signed(headers, body, system, office)
        told = msgspec.json.decode(body, type=Told)
    except (BadDomainSignature, BadCertificate, msgspec.DecodeError, UnicodeDecodeError):
        return False
    if told.status_callback_url != callback_of(public_url, system):
        return False
    request_id = await stored.hurry_task(
        tx,
        step=TELL,
        party=str(system_id),
        asked=told.subject_request_id.lower(),
        now=office.clock.now(),
    )
    if request_id is not None:
        request = await stored_requests.request(tx, request_id=request_id)
        if request is not None:
            await go_on(tx, request)
    return True
