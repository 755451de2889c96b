"""Telling machines outside how their requests stand, at the addresses that they gave.

By comparing what they heard last with what is so: nothing is lost when a worker dies, and a state
that passed while an address did not answer is not told late.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from candor.domain.rights.model.drp import status_of
from candor.domain.rights.model.exchange import Exchange, wait_after
from candor.domain.rights.model.opendsr import (
    DOMAIN_HEADER,
    SIGNATURE_HEADER,
    results_at,
    told_of,
)
from candor.domain.rights.model.request import Request
from candor.domain.rights.queries import exchanges as stored
from candor.domain.rights.queries import requests as stored_requests
from candor.domain.rights.service.exchanging import NAMELESS
from candor.domain.rights.service.office import Office
from candor.infra.http import Outbound, OutboundFailed, OutboundRefused
from candor.infra.x509 import DomainSigner

_PART: Final = "rights"
_AT_ONCE: Final = 100
_DRP: Final = "drp:"
_OPENDSR: Final = "opendsr:"


@dataclass(frozen=True, slots=True)
class Caller:
    """What callbacks are made with."""

    outbound: Outbound
    signer: DomainSigner
    public_url: str


async def call_back(office: Office, caller: Caller) -> int:
    """Tell every machine outside that has something new to hear; return how many heard it."""
    now = office.clock.now()
    async with office.database.read(_PART) as tx:
        waiting = await stored.exchanges_to_tell(tx, now=now, at_most=_AT_ONCE)
        requests = [
            await stored_requests.request(tx, request_id=one.request_id) for one in waiting
        ]
    told = 0
    for one, request in zip(waiting, requests, strict=True):
        if request is not None:
            told += await _tell(office, caller, one, request)
    return told


async def _tell(office: Office, caller: Caller, one: Exchange, request: Request) -> bool:
    problem: str | None = None
    for url in one.callbacks:
        body, headers = _said(caller, one, request, url)
        try:
            answer = await caller.outbound.request("POST", url, headers=headers, content=body)
        except (OutboundFailed, OutboundRefused) as error:
            problem = error.code
        else:
            problem = problem if answer.is_well else f"http.status_{answer.status}"
    now = office.clock.now()
    attempts = 0 if problem is None else one.attempts + 1
    async with office.database.tx(_PART) as tx:
        await stored.note_told(
            tx,
            one,
            told=request.state.value if problem is None else None,
            told_at=now if problem is None else None,
            attempts=attempts,
            not_before=now if problem is None else now + wait_after(attempts),
            problem=problem,
        )
    return problem is None


def _said(
    caller: Caller, one: Exchange, request: Request, url: str
) -> tuple[bytes, dict[str, str]]:
    """Return the body and headers of a callback, in the protocol of whoever asked."""
    headers = {"content-type": "application/json"}
    if one.party.startswith(_DRP):
        status = status_of(
            request,
            agent_request_id=None if one.ref.startswith(NAMELESS) else one.ref,
            is_own=one.is_own,
            page=f"{caller.public_url}/me/rights",
        )
        return msgspec.json.encode(status), headers
    told = told_of(
        request,
        controller=one.party.removeprefix(_OPENDSR),
        ref=one.ref,
        results_url=results_at(caller.public_url, one.ref),
        callback=url,
    )
    body = msgspec.json.encode(told)
    headers[DOMAIN_HEADER] = caller.signer.domain
    headers[SIGNATURE_HEADER] = caller.signer.sign(body)
    return body, headers
