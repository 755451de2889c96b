"""What its webhooks say: an HMAC over the body (and the time), then records as anywhere."""

import binascii
import hashlib
import hmac
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, cast

import msgspec

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.rest import spec
from candor.domain.connections.adapters.rest.dotted import Json, at, text_at
from candor.domain.connections.adapters.rest.records import heard_of, instant
from candor.domain.connections.adapters.rest.setup import Setup, Signing
from candor.domain.connections.errors import BadMessage, BadSignature, TooOld
from candor.domain.connections.model.talk import Heard, Received

_OLDEST: Final = timedelta(minutes=5)
_MOST: Final = 10_000  # records in one call


def hear(line: Line, setup: Setup, request: Received) -> Sequence[Heard]:
    """Return what a call says.

    Raises:
        BadSignature: somebody else sent it; also when we were never told a secret.
        TooOld: its time is another than now.
        BadMessage: it is not of the form that the settings say.
    """
    secret = line.secrets.get(spec.HOOK_SECRET, "")
    said = setup.signing
    time = request.headers.get(said.time_header, "") if said.time_header else ""
    if not secret or not _is_signed(said, secret, time, request):
        raise BadSignature
    if said.time_header:
        sent_at = instant(time)
        if sent_at is None or abs(line.clock.now() - sent_at) > _OLDEST:
            raise TooOld
    events = _events(request.body)
    name = hashlib.sha256(request.body).hexdigest()[:32]
    heard: list[Heard] = []
    for event in events:
        event_id = text_at(event, said.id_at) if said.id_at else None
        is_removed = any(one.holds(event) for one in said.removed)
        heard += [
            replace(
                _heard(line, setup, record),
                is_removed=is_removed,
                message_id=f"{event_id or name}-{number}",
            )
            for number, record in enumerate(_records(event, said), start=len(heard))
        ]
    if len(heard) > _MOST:
        raise BadMessage
    return heard


def _is_signed(said: Signing, secret: str, time: str, request: Received) -> bool:
    before, _, after = said.signed.partition("{body}")
    spelt = [part.replace("{time}", time).encode() for part in (before, after)]
    signed = spelt[0] + request.body + spelt[1]
    expected = hmac.digest(secret.encode(), signed, said.hash_name)
    given = request.headers.get(said.header, "").split(",")
    return any(
        hmac.compare_digest(expected, _decoded(said, one.strip().removeprefix(said.prefix)))
        for one in given
    )


def _decoded(said: Signing, text: str) -> bytes:
    try:
        if said.encoding == spec.BASE64:
            return b64decode(text, validate=True)
        return bytes.fromhex(text)
    except (ValueError, binascii.Error):
        return b""


def _events(body: bytes) -> list[Json]:
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadMessage from None
    return cast("list[Json]", content) if isinstance(content, list) else [content]


def _records(event: Json, said: Signing) -> list[Json]:
    found = at(event, said.at)
    return cast("list[Json]", found) if isinstance(found, list) else [found]


def _heard(line: Line, setup: Setup, record: Json) -> Heard:
    if not isinstance(record, dict):
        raise BadMessage
    heard = heard_of(line, setup, cast("dict[str, Any]", record))
    if heard.remote_id is None and not heard.keys:
        raise BadMessage
    return heard
