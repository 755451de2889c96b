"""Signed links: acts that a person may do from a message, without signing in.

A token is what the link is for, the profile, when it ends and a few numbers, followed by an
HMAC-SHA256 over all of it (RFC 2104), in base64url without padding (RFC 4648, 5): about a hundred
signs, so that a header line holds it (RFC 8058, 4). It names nobody: whoever reads it learns a
random number and which numbers of the catalogue it is about. Nothing is stored; a token works
until its end, so what it does must be harmless when it is done twice.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar
from uuid import UUID

import msgspec

from candor.domain.consent.errors import LinkInvalid, LinkSpent
from candor.kernel.ids import ProfileId

STOPS: Final = "stop"  # kinds: a link of one kind opens nothing of another
UNDOES: Final = "undo"
PATH: Final = "/u"  # of the page behind a link
ONE_CLICK: Final = (
    "List-Unsubscribe",
    "One-Click",
)  # what a mail program sends (RFC 8058, 3.2)
LASTS: Final = timedelta(days=400)  # of a link in a message: over a year, as mails are kept
UNDO_LASTS: Final = timedelta(days=1)
LONGEST: Final = 1_024  # characters of a token that are looked at at all

_FORMAT: Final = 1
_MAC_BYTES: Final = 32
_T = TypeVar("_T", bound=msgspec.Struct)
_ENCODER: Final = msgspec.msgpack.Encoder(uuid_format="bytes")


class _Sealed(msgspec.Struct, array_like=True, frozen=True):
    """What the HMAC is over, besides the kind."""

    format: int
    profile: bytes
    expires: int  # seconds since 1970, UTC
    about: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Link(Generic[_T]):
    """What a good token says."""

    profile_id: ProfileId
    about: _T
    expires_at: datetime


class Stop(msgspec.Struct, array_like=True, frozen=True):
    """What a message was sent for, by numbers of the catalogue: what its link can stop.

    Without a topic the whole purpose stops; without a channel the topic stops on all of them.
    """

    purpose_id: int
    topic_id: int | None = None
    channel_id: int | None = None
    message: UUID | None = None  # the message that carried the link
    language: str = "en"  # of the message


class Links:
    """Makes and reads tokens. One per process."""

    def __init__(self, key: bytes) -> None:
        """Take the key: `keyring.fixed_key("links")`."""
        self._key = key

    def make(
        self, kind: str, profile_id: ProfileId, about: msgspec.Struct, expires: datetime
    ) -> str:
        """Return a token, fit for a path of an address."""
        sealed = _Sealed(
            _FORMAT,
            profile_id.bytes,
            int(expires.timestamp()),
            msgspec.Raw(_ENCODER.encode(about)),
        )
        body = _ENCODER.encode(sealed)
        return _text(body + self._mac(kind, body))

    def read(self, token: str, kind: str, about: type[_T], now: datetime) -> Link[_T]:
        """Return what a token says.

        Raises:
            LinkInvalid: not made here, cut, changed, or for something else.
            LinkSpent: its time is over.
        """
        raw = _bytes(token)
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(kind, body)):
            raise LinkInvalid
        try:
            sealed = msgspec.msgpack.decode(body, type=_Sealed)
            said = msgspec.msgpack.decode(sealed.about, type=about)
            expires_at = datetime.fromtimestamp(sealed.expires, UTC)
            profile_id = ProfileId(UUID(bytes=sealed.profile))
        except (msgspec.MsgspecError, ValueError, OverflowError, OSError) as error:
            raise LinkInvalid from error  # ours, but of another release
        if expires_at <= now or sealed.format != _FORMAT:
            raise LinkSpent
        return Link(profile_id, said, expires_at)

    def _mac(self, kind: str, body: bytes) -> bytes:
        return hmac.digest(self._key, kind.encode() + b"\0" + body, "sha256")


def unsubscribe_url(
    links: Links, public_url: str, profile_id: ProfileId, stop: Stop, now: datetime
) -> str:
    """Return the address that stops what a message is about; for every message that leaves.

    Opening it changes nothing; its page has the buttons, and a mail program may press the first
    of them itself (RFC 8058).
    """
    token = links.make(STOPS, profile_id, stop, now + LASTS)
    return f"{public_url.rstrip('/')}{PATH}/{token}"


def unsubscribe_headers(url: str) -> dict[str, str]:
    """Return the two header fields of a mail with one-click unsubscribing (RFC 8058, 3.1)."""
    return {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": f"{ONE_CLICK[0]}={ONE_CLICK[1]}",
    }


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(token: str) -> bytes:
    """Return the bytes of a token that is written in the one way that we write it.

    Raises:
        LinkInvalid: it is not.
    """
    if not token.isascii() or not _MAC_BYTES < len(token) <= LONGEST:
        raise LinkInvalid
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError) as error:
        raise LinkInvalid from error
    if len(raw) <= _MAC_BYTES or _text(raw) != token:
        raise LinkInvalid
    return raw
