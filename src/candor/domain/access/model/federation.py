"""A company's identity provider (OpenID Connect): what is asked, and what its answers must say.

All rules about a token whose signature was checked stand here, pure and in one place.

Sources: OpenID Connect Core 1.0, 3.1.3.7; Back-Channel Logout 1.0, 2.6; RFC 9207; RFC 8176;
RFC 8725; read 2026-11-22.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import msgspec

CEREMONY: Final = "oidc"  # kind of the ceremony while somebody is at the provider
PROVIDER_LASTS: Final = timedelta(minutes=10)  # for people to sign in at the provider
SKEW: Final = timedelta(seconds=60)  # by which two clocks may differ
LOGOUT_LASTS: Final = timedelta(minutes=5)  # so old may a logout token be
LONGEST_TOKEN: Final = 16 * 1024  # signs; claims of a person are a few hundred
LONGEST_SUBJECT: Final = 255  # as the standard says
SCOPE: Final = "openid email"
# Asymmetric only: with a shared secret the provider's client could make tokens itself, and `none`
# is no signature at all (RFC 8725).
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
LOGOUT_TYPE: Final = "logout+jwt"
_LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_MANY_FACTORS: Final = "mfa"  # RFC 8176
_STRONG_CLASSES: Final = frozenset(
    {
        "phr",  # OpenID Enhanced Authentication Profile: phishing-resistant
        "phrh",
        "https://refeds.org/profile/mfa",
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
    }
)


class Intent(StrEnum):
    """What somebody went to the provider for."""

    SIGN_IN = "sign_in"
    PROVE = "prove"
    CONNECT = "connect"


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider of this installation, as the settings name it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    redirect_url: str
    may_bind_by_mail: bool = False


class Metadata(msgspec.Struct, frozen=True):
    """What a provider says about itself (OpenID Connect Discovery 1.0, RFC 8414)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    authorization_response_iss_parameter_supported: bool = False
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Claims(msgspec.Struct, frozen=True):
    """What a token says, in the types that the standard gives."""

    iss: str
    aud: str | list[str]
    iat: int | float
    sub: str = ""
    exp: int | float | None = None
    nonce: str | None = None
    azp: str | None = None
    auth_time: int | float | None = None
    acr: str | None = None
    amr: list[str] = []
    email: str | None = None
    email_verified: bool = False
    events: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class Going:
    """What is kept while somebody is at the provider."""

    intent: Intent
    state: str
    nonce: str
    verifier: str = field(repr=False)
    goes_on: str  # address of ours to return to

    @property
    def detail(self) -> Mapping[str, str]:
        """Return what the ceremony keeps; the state is its secret, as a hash."""
        return {
            "intent": self.intent,
            "nonce": self.nonce,
            "verifier": self.verifier,
            "goes_on": self.goes_on,
        }


@dataclass(frozen=True, slots=True)
class Returned:
    """With what the browser came back from the provider."""

    state: str
    code: str
    issuer: str | None  # RFC 9207
    error: str | None


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom a provider vouches for, once its token was checked."""

    issuer: str
    subject: str
    email: str | None  # verified by the provider; None: not told, or not verified
    has_many_factors: bool  # as the token says (`amr`, `acr`)
    authenticated_at: datetime | None

    def is_fresh(self, since: datetime) -> bool:
        """Tell whether the person signed in at the provider after an instant. Unknown is no."""
        return self.authenticated_at is not None and self.authenticated_at >= since - SKEW


@dataclass(frozen=True, slots=True)
class Binding:
    """A subject of a provider that is somebody here."""

    issuer: str
    subject: str
    staff_id: UUID
    created_at: datetime
    last_used_at: datetime | None


def is_usable(metadata: Metadata, issuer: str) -> bool:
    """Tell whether what a provider says about itself is about this provider, and safe to follow.

    Its pages must be as safe as its own address is: a provider over TLS names no address without.
    """
    ours = urlsplit(issuer)
    addresses = (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri)
    return hmac.compare_digest(metadata.issuer.encode(), issuer.encode()) and all(
        (parts := urlsplit(address)).hostname and parts.scheme in {"https", ours.scheme}
        for address in addresses
    )


def address_to(provider: Provider, metadata: Metadata, going: Going, challenge: str) -> str:
    """Return the address at the provider to which the browser goes.

    A proof asks to sign in anew there: a session that stands for days proves nothing now.
    """
    asked = {
        "response_type": "code",
        "scope": SCOPE,
        "client_id": provider.client_id,
        "redirect_uri": provider.redirect_url,
        "state": going.state,
        "nonce": going.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if going.intent is Intent.PROVE:
        asked |= {"prompt": "login", "max_age": "0"}
    sign = "&" if urlsplit(metadata.authorization_endpoint).query else "?"
    return f"{metadata.authorization_endpoint}{sign}{urlencode(asked)}"


def is_of(returned: Returned, metadata: Metadata) -> bool:
    """Tell whether an answer comes from this provider and not from one it was mixed up with.

    A provider that promises to name itself must do so (RFC 9207, 2.4).
    """
    if returned.issuer is None:
        return not metadata.authorization_response_iss_parameter_supported
    return returned.issuer == metadata.issuer


def vouched(claims: Claims, provider: Provider, nonce: str, now: datetime) -> Vouched | None:
    """Return whom an ID token vouches for; None: it is not for us, not of now, or of nobody."""
    is_for_us = _is_for(claims, provider) and claims.exp is not None
    is_of_now = _is_of_now(claims, now, PROVIDER_LASTS)
    said = (claims.nonce or "").encode()
    if not (is_for_us and is_of_now and hmac.compare_digest(said, nonce.encode())):
        return None
    return Vouched(
        issuer=claims.iss,
        subject=claims.sub,
        email=claims.email if claims.email_verified else None,
        has_many_factors=_MANY_FACTORS in claims.amr or claims.acr in _STRONG_CLASSES,
        authenticated_at=_moment(claims.auth_time),
    )


def signed_out(claims: Claims, provider: Provider, now: datetime) -> str | None:
    """Return the subject whom a logout token signs out; None: it is no logout token for us."""
    is_ours = _is_for(claims, provider) and _is_of_now(claims, now, LOGOUT_LASTS)
    is_logout = isinstance(claims.events.get(_LOGOUT_EVENT), dict) and claims.nonce is None
    return claims.sub if is_ours and is_logout else None


def _is_for(claims: Claims, provider: Provider) -> bool:
    """Tell whether a token is by our provider, about somebody, and for us and nobody else."""
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    is_party = claims.azp == provider.client_id or (claims.azp is None and len(audience) == 1)
    is_somebody = 0 < len(claims.sub) <= LONGEST_SUBJECT
    return (
        claims.iss == provider.issuer
        and provider.client_id in audience
        and is_party
        and is_somebody
    )


def _is_of_now(claims: Claims, now: datetime, oldest: timedelta) -> bool:
    """Tell whether a token was made lately, not in the future, and has not run out."""
    made, ends = _moment(claims.iat), _moment(claims.exp)
    if made is None or (claims.exp is not None and ends is None):
        return False
    is_over = ends is not None and ends <= now - SKEW
    return not is_over and now - oldest - SKEW <= made <= now + SKEW


def _moment(seconds: float | None) -> datetime | None:
    """Return an instant; None for none, and for a number that is none."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
