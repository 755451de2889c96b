"""A company's identity provider (OpenID Connect): what is asked, and why an answer is refused."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

CEREMONY: Final = "oidc"
PROVIDER_LASTS: Final = timedelta(minutes=10)  # for people to sign in at the provider
SKEW: Final = timedelta(seconds=60)  # by which two clocks may differ
LONGEST_TOKEN: Final = 16 * 1024  # signs; claims of a person are a few hundred
LONGEST_NAME: Final = 255  # of a subject, as the standard says
# Asymmetric only: with a shared secret the provider's client could make tokens itself, and `none`
# is no signature at all (RFC 8725).
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")


class ProviderDoubt(StrEnum):
    """Why an answer of the provider was refused, for the audit log."""

    SAID_NO = "provider_said_no"
    STATE = "state_of_another_browser"
    ISSUER = "another_issuer"
    METADATA = "metadata_not_usable"
    CODE = "code_not_taken"
    TOKEN = "token_not_valid"  # noqa: S105 - the name of a reason
    NONCE = "nonce_of_another_sign_in"
    NOT_FRESH = "sign_in_not_fresh"
    SOMEBODY_ELSE = "somebody_else"
    NOT_BOUND = "not_bound"


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider of this installation, as the settings name it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    redirect_url: str
    may_bind_by_mail: bool = False


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider says about itself (OpenID Connect Discovery 1.0, RFC 8414)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    says_issuer: bool  # promises `iss` in its answer (RFC 9207)
    posts_secret: bool  # takes the secret in the body only


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom a provider vouches for, once its token was checked."""

    issuer: str
    subject: str
    email: str | None  # verified by the provider; None: not told, or not verified
    is_strong: bool  # by two factors, as the token says (`amr`, `acr`)
    authenticated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Binding:
    """A subject of a provider that is somebody here."""

    issuer: str
    subject: str
    staff_id: UUID
    created_at: datetime
    last_used_at: datetime | None
