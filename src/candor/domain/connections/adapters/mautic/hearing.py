"""What Mautic's webhooks say: signature, kinds of events."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast

import msgspec

from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.mautic import words
from candor.domain.connections.errors import BadMessage, BadSignature
from candor.domain.connections.model.talk import Heard, Received
from candor.domain.consent.model.signal import SignalKind
from candor.kernel.pii import Pii

SECRET: Final = "hook_secret"  # noqa: S105 - the name of a setting
CHANGED_MIND: Final = "mautic.lead_channel_subscription_changed"
SAVED: Final = ("mautic.lead_post_save_new", "mautic.lead_post_save_update")
DELETED: Final = "mautic.lead_post_delete"
_HEADER: Final = "webhook-signature"
_MOST: Final = 10_000  # events in one message


class _Event(msgspec.Struct, frozen=True):
    contact: words.Contact | None = None
    id: int | None = None
    channel: str = ""
    new_status: str = ""
    timestamp: str | None = None


def hear(line: Line, request: Received) -> Sequence[Heard]:
    """Return what a webhook says.

    Raises:
        BadSignature: somebody else sent it; also when we were never told the secret.
        BadMessage: it is not of the form that is documented.
    """
    secret = line.secrets.get(SECRET, "")
    expected = b64encode(hmac.digest(secret.encode(), request.body, "sha256"))
    given = request.headers.get(_HEADER, "").encode()
    if not secret or not hmac.compare_digest(expected, given):
        raise BadSignature
    name = hashlib.sha256(request.body).hexdigest()[:32]
    heard = [one for kind, event in _events(request.body) for one in _said(line, kind, event)]
    return [replace(one, message_id=f"{name}-{n}") for n, one in enumerate(heard)]


def _events(body: bytes) -> Iterator[tuple[str, _Event]]:
    """Yield each event with its kind; one alone may stand without a list."""
    try:
        sent = msgspec.json.decode(body)
        if not isinstance(sent, dict):
            raise BadMessage
        groups = cast("Mapping[str, Any]", sent)
        kinds = [kind for kind in groups if kind in {CHANGED_MIND, *SAVED, DELETED}]
        found = [
            (kind, msgspec.convert(one, _Event))
            for kind in kinds
            for one in (groups[kind] if isinstance(groups[kind], list) else [groups[kind]])
        ]
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise BadMessage from None
    if len(found) > _MOST:
        raise BadMessage
    yield from found


def _said(line: Line, kind: str, event: _Event) -> list[Heard]:
    contact = event.contact
    if kind == DELETED:
        number = event.id or (contact.id if contact else None)
        return [Heard(remote_id=Pii(str(number)), is_removed=True)] if number else []
    if contact is None or not contact.id:
        raise BadMessage
    if kind in SAVED:
        return [words.heard_of(contact, line.mapping)]
    at = words.time_of(event.timestamp)
    whole = words.heard_of(contact, line.mapping)
    if event.new_status == "bounced":
        signals = ((SignalKind.BOUNCE, event.channel),)
        return [Heard(whole.remote_id, whole.keys, signals=signals, signalled_at=at)]
    name = f"{words.REFUSAL}{event.channel}"
    if name not in {one.there for one in line.mapping}:
        return []
    # What it says about this one channel, at this time; the contact beside it may be newer.
    return [
        Heard(
            whole.remote_id,
            whole.keys,
            choices={name: event.new_status == "contactable"},
            chosen_at={name: at} if at else {},
            changed_at=at,
        )
    ]
