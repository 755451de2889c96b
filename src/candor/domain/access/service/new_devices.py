"""Sign-ins from where somebody was not seen before: their owner is told, and can end them.

The mail has a link "that was not me". Its token says whose it is and when it ends, under an HMAC
(RFC 2104) of a key that the database never sees; nothing is stored. It works until its end, for
what it does may be done twice: it ends sign-ins, and opens nothing.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.access.errors import LinkSpent
from candor.domain.access.model.sign_in import Origin, SignIn
from candor.domain.access.queries import sessions as stored
from candor.infra import jobs
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId

JOB: Final = "access.tell_of_new_device"
LASTS: Final = timedelta(days=30)  # of the link; as long as ended sign-ins are kept

_KEY: Final = "not me"
_MAC_BYTES: Final = 32
_ID_BYTES: Final = 16
_TIME_BYTES: Final = 8
_SIGNS: Final = 75  # base64url of all of it, without padding
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


async def is_new(tx: ReadTx, bearer_ids: list[ProfileId], origin: Origin) -> bool:
    """Tell whether somebody comes from where none of their kept sign-ins came from.

    A place is a kind of browser and system in a network. Ask before the session begins.
    """
    return not await stored.is_known_origin(
        tx, bearer_ids=bearer_ids, device=origin.device, network=origin.network
    )


async def tell(tx: Tx, bearer_id: ProfileId, clock: Clock) -> None:
    """Have a mail sent about the sign-in of somebody that began just now in this transaction."""
    began = (clock.now() - _EPOCH) // _MICROSECOND
    key = f"{JOB} {bearer_id} {began}"
    await jobs.defer_named(tx, JOB, key=key, bearer_id=str(bearer_id), began=began)


async def find(tx: ReadTx, bearer_id: ProfileId, began: int) -> SignIn | None:
    """Return the sign-in that `tell` was about: the newest until then; None when it is forgotten.

    Not by its hash: a proof gives it another.
    """
    at = _EPOCH + began * _MICROSECOND
    kept = await stored.sessions_of(tx, bearer_ids=[bearer_id])  # newest first
    return next((one for one in kept if one.created_at <= at), None)


def token_of(keyring: KeyProvider, bearer_id: UUID, expires_at: datetime) -> str:
    """Return the token of a link "that was not me"."""
    seconds = int(expires_at.timestamp()).to_bytes(_TIME_BYTES, "big")
    body = bearer_id.bytes + seconds
    return _text(body + _mac(keyring, body))


def bearer_of(keyring: KeyProvider, token: str, clock: Clock) -> ProfileId:
    """Return whose sign-ins a token may end.

    Raises:
        LinkSpent: not made here, cut, changed, or its time is over.
    """
    raw = _bytes(token)
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(keyring, body)):
        raise LinkSpent
    expires = int.from_bytes(body[_ID_BYTES:], "big")
    if expires <= clock.now().timestamp():
        raise LinkSpent
    return ProfileId(UUID(bytes=body[:_ID_BYTES]))


def began(token: str) -> datetime:
    """Return when the sign-in began that a token is about, to the second; call `bearer_of` first.

    Raises:
        LinkSpent: cut or changed.
    """
    seconds = int.from_bytes(_bytes(token)[_ID_BYTES : _ID_BYTES + _TIME_BYTES], "big")
    return datetime.fromtimestamp(seconds, UTC) - LASTS


def _bytes(token: str) -> bytes:
    """Return the bytes of a token that is written in the one way that we write it."""
    if not token.isascii() or len(token) != _SIGNS:
        raise LinkSpent
    try:
        raw = urlsafe_b64decode(token + "=")
    except (binascii.Error, ValueError) as error:
        raise LinkSpent from error
    if len(raw) != _ID_BYTES + _TIME_BYTES + _MAC_BYTES or _text(raw) != token:
        raise LinkSpent
    return raw


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _mac(keyring: KeyProvider, body: bytes) -> bytes:
    return hmac.digest(keyring.fixed_key(_KEY), body, "sha256")
