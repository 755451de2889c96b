"""Speaking with the identity provider: what it says about itself, its keys, its tokens.

No transaction is open meanwhile: a provider may be slow. Everything goes out through the guard of
`infra/http`; what comes back is checked before it is believed. What the provider says about itself
and its keys are kept for an hour; an unknown key is asked for anew, once a minute at most.
"""

import hashlib
import secrets
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from candor.domain.access.errors import ProviderDoubt, ProviderRefused
from candor.domain.access.model.federation import (
    ALGORITHMS,
    LOGOUT_TYPE,
    LONGEST_TOKEN,
    Claims,
    Going,
    Intent,
    Metadata,
    Provider,
    Returned,
    Vouched,
    address_to,
    is_of,
    is_usable,
    signed_out,
    vouched,
)
from candor.infra.http import Answer, Outbound
from candor.kernel.clock import Clock

_KEPT: Final = timedelta(hours=1)
_ASKED_AGAIN: Final = timedelta(minutes=1)
_KINDS: Final = frozenset({"RSA", "EC", "OKP"})  # of keys: a shared secret is none of these
_TYPES: Final = frozenset({None, "JWT"})
_RANDOM_BYTES: Final = 32
Read = TypeVar("Read")


class _Named(msgspec.Struct, frozen=True):
    """What says which key signed a token, and what the token is."""

    kid: str | None = None
    typ: str | None = None


class _Issued(msgspec.Struct, frozen=True):
    """What the token endpoint answers; the access token is not used."""

    id_token: str


class _Keys(msgspec.Struct, frozen=True):
    """A set of keys as the provider publishes it (RFC 7517)."""

    keys: list[dict[str, object]]


class ProviderClient:
    """The provider of one installation. One per process."""

    def __init__(self, provider: Provider, outbound: Outbound, clock: Clock) -> None:
        """Take the provider, the way out and the present; nothing is asked yet."""
        self.provider = provider
        self._outbound = outbound
        self._clock = clock
        self._metadata: tuple[Metadata, datetime] | None = None
        self._keys: tuple[list[dict[str, object]], datetime] | None = None

    def __deepcopy__(self, memo: dict[int, object]) -> "ProviderClient":
        """Stay the same: the framework copies what handlers are bound to."""
        del memo
        return self

    async def set_out(self, intent: Intent, goes_on: str) -> tuple[Going, str]:
        """Return what to keep while somebody is there, and the address to send them to.

        Raises:
            ProviderRefused: what it says about itself is not about it.
            OutboundFailed: it does not answer.
        """
        metadata = await self._about()
        state, nonce, verifier = (secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3))
        going = Going(intent, state, nonce, verifier, goes_on)
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        return going, address_to(
            self.provider, metadata, going, challenge.rstrip(b"=").decode()
        )

    async def redeem(self, going: Going, returned: Returned) -> Vouched:
        """Return whom the provider vouches for, for what a browser came back with.

        Raises:
            ProviderRefused: it said no, it is another, or its token does not hold.
            OutboundFailed: it does not answer.
        """
        metadata = await self._about()
        if not is_of(returned, metadata):
            raise ProviderRefused(ProviderDoubt.ISSUER)
        if returned.error is not None or not returned.code:
            raise ProviderRefused(ProviderDoubt.SAID_NO)
        token = await self._exchange(metadata, going, returned.code)
        claims = await self._read(token, _TYPES)
        found = vouched(claims, self.provider, going.nonce, self._clock.now())
        if found is None:
            raise ProviderRefused(ProviderDoubt.TOKEN)
        return found

    async def signed_out(self, token: str) -> str:
        """Return the subject whom a logout token signs out.

        Raises:
            ProviderRefused: it is none, or not for us.
        """
        claims = await self._read(token, frozenset({LOGOUT_TYPE}))
        subject = signed_out(claims, self.provider, self._clock.now())
        if subject is None:
            raise ProviderRefused(ProviderDoubt.TOKEN)
        return subject

    # --------------------------------------------------------------------- inside
    async def _about(self) -> Metadata:
        now = self._clock.now()
        if self._metadata is not None and now - self._metadata[1] < _KEPT:
            return self._metadata[0]
        url = f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        metadata = _decoded(await self._outbound.request("GET", url), Metadata)
        if not is_usable(metadata, self.provider.issuer):
            raise ProviderRefused(ProviderDoubt.METADATA)
        self._metadata = (metadata, now)
        return metadata

    async def _exchange(self, metadata: Metadata, going: Going, code: str) -> str:
        """Return the ID token for a code (RFC 6749, 4.1.3; RFC 7636, 4.5)."""
        provider = self.provider
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": provider.redirect_url,
            "code_verifier": going.verifier,
        }
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if not provider.client_secret:
            body["client_id"] = provider.client_id
        elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = (
                f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
            )
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            body |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
        answer = await self._outbound.request(
            "POST", metadata.token_endpoint, headers=headers, content=urlencode(body).encode()
        )
        if not answer.is_well:
            raise ProviderRefused(ProviderDoubt.CODE)
        return _decoded(answer, _Issued).id_token

    async def _read(self, token: str, types: frozenset[str | None]) -> Claims:
        """Return what a token says, after its signature was checked by a key of the provider.

        Raises:
            ProviderRefused: too long, of another type, not signed, or not by the provider.
        """
        if len(token) > LONGEST_TOKEN:
            raise ProviderRefused(ProviderDoubt.TOKEN)
        keys = await self._keys_for(token)
        try:
            read = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            typ = read.header.get("typ")
            if (typ.removeprefix("application/") if isinstance(typ, str) else typ) not in types:
                raise ProviderRefused(ProviderDoubt.TOKEN)
            return msgspec.convert(read.claims, Claims)
        except (JoseError, ValueError, TypeError, msgspec.ValidationError) as error:
            raise ProviderRefused(ProviderDoubt.TOKEN) from error

    async def _keys_for(self, token: str) -> KeySet:
        """Return the provider's keys; asked for anew when they do not hold the token's."""
        named = _header(token)
        kept, asked_at = await self._published()
        is_known = named.kid is None or any(key.get("kid") == named.kid for key in kept)
        if not is_known and self._clock.now() - asked_at >= _ASKED_AGAIN:
            self._keys = None
            kept, _ = await self._published()
        try:
            return KeySet.import_key_set({"keys": kept})  # pyright: ignore[reportArgumentType] - checked there
        except (JoseError, ValueError, TypeError) as error:
            raise ProviderRefused(ProviderDoubt.METADATA) from error

    async def _published(self) -> tuple[list[dict[str, object]], datetime]:
        """Return the keys that may sign, and when they were asked for."""
        now = self._clock.now()
        if self._keys is not None and now - self._keys[1] < _KEPT:
            return self._keys
        metadata = await self._about()
        found = _decoded(await self._outbound.request("GET", metadata.jwks_uri), _Keys)
        signing = [
            key
            for key in found.keys
            if key.get("kty") in _KINDS and key.get("use", "sig") == "sig" and "d" not in key
        ]
        self._keys = (signing, now)
        return self._keys


def state_hash(state: str) -> bytes:
    """Return what a ceremony keeps of a state."""
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).digest()


def _header(token: str) -> _Named:
    """Return what a token says about itself: only which key to look for is made of it."""
    head = token.partition(".")[0]
    try:
        text = urlsafe_b64decode(head + "=" * (-len(head) % 4))
        return msgspec.json.decode(text, type=_Named)
    except (ValueError, msgspec.MsgspecError) as error:
        raise ProviderRefused(ProviderDoubt.TOKEN) from error


def _decoded(answer: Answer, into: type[Read]) -> Read:
    """Return what the provider answered, in its type.

    Raises:
        ProviderRefused: it answered otherwise.
    """
    try:
        if not answer.is_well:
            raise ProviderRefused(ProviderDoubt.METADATA)
        return msgspec.json.decode(answer.body, type=into)
    except msgspec.MsgspecError as error:
        raise ProviderRefused(ProviderDoubt.METADATA) from error
