"""Webhooks of HubSpot: events about contacts, at most a hundred at once, late, doubled, disordered.

Signature v3 by "Validating requests" (read 2026-11-22): base64 of HMAC-SHA-256 with the client
secret of the app over method, address, body and timestamp; refused when the timestamp is off by
more than five minutes. In the address some escapes are undone before it is signed.
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from candor.domain.connections.adapters.hubspot.records import BY_HAND, Names
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import BadMessage, BadSignature, TooOld
from candor.domain.connections.model.talk import Heard, Received, Returned, Value
from candor.kernel.pii import Pii

_SIGNATURE: Final = "x-hubspot-signature-v3"
_TIMESTAMP: Final = "x-hubspot-request-timestamp"
_TOLERANCE: Final = timedelta(minutes=5)
_LONGEST_TIMESTAMP: Final = 15  # digits
_UNDONE: Final = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'",
    "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
_ALL: Final = "hs_email_optout"  # opted out of all e-mail
_ONE: Final = f"{_ALL}_"  # followed by the id of a subscription type
_GONE: Final = frozenset({"contact.deletion", "contact.privacyDeletion", "object.deletion"})
_CHANGE: Final = frozenset({"contact.propertyChange", "object.propertyChange"})
_CONTACT: Final = frozenset({"", "0-1", "contact"})  # type of an object, where one is named


class _Event(msgspec.Struct, rename="camel", frozen=True):
    object_id: int
    occurred_at: int  # milliseconds
    subscription_type: str
    event_id: int = 0
    subscription_id: int = 0
    object_type_id: str = ""
    property_name: str = ""
    change_source: str = ""
    property_value: str | None = None


def hear(line: Line, request: Received) -> tuple[Sequence[Heard], Returned]:
    """Return what a webhook says.

    Raises:
        BadSignature, TooOld, BadMessage.
    """
    _check(line, request)
    try:
        events = msgspec.json.decode(request.body, type=list[_Event])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadMessage from None
    names = Names(line.mapping)
    heard = [_heard(one, names) for one in events if one.object_type_id in _CONTACT]
    return [one for one in heard if one is not None], Returned(200)


def _check(line: Line, request: Received) -> None:
    """Refuse what the app did not sign, and then what is not of now."""
    secret = line.secrets.get("client_secret", "")
    given = request.headers.get(_SIGNATURE, "")
    timestamp = request.headers.get(_TIMESTAMP, "")
    # Behind a proxy the address that was called may be spelt otherwise than the one we gave out.
    urls = (request.url, line.callback_url)
    is_signed = [
        hmac.compare_digest(
            _signature(secret, request, url, timestamp), given.encode("utf-8", "replace")
        )
        for url in urls
    ]
    if not secret or not any(is_signed):
        raise BadSignature
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise BadSignature
    if len(timestamp) > _LONGEST_TIMESTAMP:
        raise TooOld
    if abs(line.clock.now() - _time(int(timestamp))) > _TOLERANCE:
        raise TooOld


def _signature(secret: str, request: Received, url: str, timestamp: str) -> bytes:
    for escape, sign in _UNDONE.items():
        url = url.replace(escape, sign).replace(escape.lower(), sign)
    signed = f"{request.method}{url}".encode() + request.body + timestamp.encode()
    return b64encode(hmac.digest(secret.encode(), signed, "sha256"))


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def _heard(event: _Event, names: Names) -> Heard | None:
    """Return what one event says; None: nothing that is for us."""
    if event.subscription_type in _GONE:
        return _about(event, is_removed=True)
    if event.subscription_type not in _CHANGE:
        return None
    choices = _choices(event, names)
    facts: dict[str, Pii[Value]] = {}
    keys: dict[str, Pii[str]] = {}
    if event.property_name in names.facts:
        facts[event.property_name] = Pii(event.property_value or None)
    if event.property_name in names.keys and event.property_value:
        keys[event.property_name] = Pii(event.property_value)
    if not (choices or facts or keys):
        return None
    return _about(event, choices=choices, facts=facts, keys=keys)


def _about(
    event: _Event,
    *,
    is_removed: bool = False,
    choices: dict[str, bool] | None = None,
    facts: dict[str, Pii[Value]] | None = None,
    keys: dict[str, Pii[str]] | None = None,
) -> Heard:
    at = _time(min(max(event.occurred_at, 0), 10**14))
    said = choices or {}
    return Heard(
        remote_id=Pii(str(event.object_id)),
        keys=keys or {},
        facts=facts or {},
        choices=said,
        chosen_at={
            there: at
            for there, answer in said.items()
            if not answer or event.change_source in BY_HAND
        },
        changed_at=at,
        is_removed=is_removed,
        message_id=":".join(
            str(part)
            for part in (
                event.event_id, event.subscription_id, event.object_id, event.occurred_at,
                event.subscription_type, event.property_name,
            )
        ),
    )  # fmt: skip


def _choices(event: _Event, names: Names) -> dict[str, bool]:
    """Return the choices that a changed property says; that an opt-out is lifted says no yes."""
    name, text = event.property_name, event.property_value
    found: dict[str, bool] = {}
    for choice in names.choices:
        answer = choice.read(text) if choice.property_name == name else None
        if answer is not None:
            found[choice.there] = answer
    if (text or "").strip().lower() != "true":
        return found
    number = name.removeprefix(_ONE) if name.startswith(_ONE) else ""
    for subscription, there in names.subscriptions.items():
        if name == _ALL or number == str(subscription):
            found[there] = False
    return found
