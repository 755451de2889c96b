"""What stands beside a request: its certificate, and the agent who asked."""

from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from typing import Any, Final, cast
from uuid import UUID

import msgspec

from candor.domain.rights.model.request import Request
from candor.domain.rights.service import agents, certificates
from candor.infra.db.pool import ReadTx
from candor.surface.console import words
from candor.surface.console.desk import HOME
from candor.surface.console.requests.views import CertificatePart
from candor.surface.console.views import Pair

_PARTS: Final = 3  # of a JWS


async def agent_name(tx: ReadTx, agent_id: UUID | None) -> str | None:
    """Return the agent who asked, as people read it; None: nobody asked for the person."""
    if agent_id is None:
        return None
    found = next((one for one in await agents.every(tx) if one.agent_id == agent_id), None)
    return found.name if found else "an agent who is gone"


async def certificate_of(tx: ReadTx, request: Request) -> CertificatePart | None:
    """Return what proves that it was done; None: there is none."""
    body = await certificates.body_of(tx, request.request_id)
    if body is None:
        return None
    url = f"{HOME}/requests/{request.request_id}/certificate"
    return CertificatePart(url, _said(body))


def _said(body: str) -> tuple[Pair, ...]:
    """Return what a certificate says, a line for each thing; whoever checks it takes the file."""
    parts = body.split(".")
    if len(parts) != _PARTS:
        return ()
    try:
        payload = urlsafe_b64decode(parts[1] + "==")
        said = msgspec.json.decode(payload, type=dict[str, Any])
    except (msgspec.DecodeError, NotBase64):
        return ()
    return tuple(
        Pair(words.plain(name).capitalize(), _value(value)) for name, value in said.items()
    )


def _value(value: object) -> str:
    match value:
        case dict():
            rows = cast("dict[str, object]", value)
            return ", ".join(f"{name} {_value(one)}" for name, one in rows.items()) or "none"
        case list():
            items = cast("list[object]", value)
            return ", ".join(_value(one) for one in items) or "none"
        case _:
            return str(value)
