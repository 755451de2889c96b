"""Passkeys (Web Authentication, Level 3): what is kept of one, and who asks for it."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

CHALLENGE_BYTES: Final = 32
CHALLENGE_LASTS: Final = timedelta(minutes=5)  # single use, and short
HANDLE_BYTES: Final = 64  # the most that the standard allows; random, never an address
MOST_PASSKEYS: Final = 10  # of one bearer
LONGEST_NAME: Final = 60  # signs, as the table says
LONGEST_ANSWER: Final = 16 * 1024  # signs of JSON; attestation is not asked for, so it is short


class PasskeyCeremony(StrEnum):
    """What a challenge was made for; one made for another does not count."""

    ADD = "passkey.add"
    SIGN_IN = "passkey.sign_in"
    PROVE = "passkey.prove"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This installation as authenticators know it: a host, an origin, a name to show."""

    host: str
    origin: str
    name: str


def relying_party(public_url: str, name: str) -> RelyingParty:
    """Return who asks, from the address that people type."""
    parts = urlsplit(public_url)
    return RelyingParty(parts.hostname or "", f"{parts.scheme}://{parts.netloc}", name)


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of somebody. It is a public key: nothing here lets anybody in."""

    credential_id: bytes
    audience: str
    bearer_id: UUID
    user_handle: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    transports: list[str]
    aaguid: UUID | None
    is_backed_up: bool  # synchronised between devices
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """How a member of staff could come in, besides a link."""

    passkeys: int
    has_password: bool
    has_code: bool  # an app's codes, confirmed
    providers: int  # identity providers that vouch for them

    @property
    def may_prove(self) -> bool:
        """Tell whether there is anything strong to prove with."""
        return self.passkeys > 0 or (self.has_password and self.has_code) or self.providers > 0

    @property
    def without_one_passkey(self) -> "Factors":
        """Return what would be left."""
        return Factors(self.passkeys - 1, self.has_password, self.has_code, self.providers)

    @property
    def without_one_provider(self) -> "Factors":
        """Return what would be left."""
        return Factors(self.passkeys, self.has_password, self.has_code, self.providers - 1)


def cleaned_name(text: str, otherwise: str) -> str:
    """Return a name as it is kept: one line, no signs that cannot be seen, not too long."""
    seen = "".join(
        " " if unicodedata.category(sign).startswith("Z") else sign
        for sign in unicodedata.normalize("NFC", text)
        if unicodedata.category(sign)[0] != "C"
    )
    return " ".join(seen.split())[:LONGEST_NAME].strip() or otherwise
