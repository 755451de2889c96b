"""Widget tokens: a company's own page speaks for the customer who is signed in there.

The company's server knows who is signed in, and asks for a token with its API key; the page hands
it to `<candor-preferences>`. A token is signed (HMAC-SHA256), names a profile by its id only, is
bound to one origin and lasts fifteen minutes at most; nothing is stored.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from candor.domain.consent.service.links import Links
from candor.infra.keyring import KeyProvider
from candor.kernel.errors import Kind, Refused
from candor.kernel.ids import ProfileId

LASTS: Final = timedelta(minutes=15)
_KIND: Final = "widget"


class WrongToken(Refused):
    """This page may not choose for anybody: its token is missing, wrong, over or another page's."""

    code = "sdk.wrong_token"
    kind = Kind.FORBIDDEN
    default_hint = "Let your server ask for a fresh widget token, and give it to the page."


class _Bound(msgspec.Struct, array_like=True, frozen=True):
    """What a token says besides the profile."""

    origin: str


@dataclass(frozen=True, slots=True)
class WidgetToken:
    """A fresh token, and when it ends."""

    token: str
    expires_at: datetime


class WidgetTokens:
    """Makes and reads widget tokens. One per process."""

    def __init__(self, keyring: KeyProvider) -> None:
        """Take the keyring, from which the key is derived."""
        self._links = Links(keyring.fixed_key("widget"))

    def issue(
        self, profile_id: ProfileId, origin: str, now: datetime, lasts: timedelta = LASTS
    ) -> WidgetToken:
        """Return a token for pages of an origin; it lasts fifteen minutes at most."""
        expires_at = now + min(lasts, LASTS)
        token = self._links.make(_KIND, profile_id, _Bound(origin), expires_at)
        return WidgetToken(token, expires_at)

    def read(self, authorization: str, origin: str, now: datetime) -> ProfileId:
        """Return whose a token is.

        Args:
            authorization: the header, `Bearer …`.
            origin: of the page that sent it, as its browser says.
            now: the present.

        Raises:
            WrongToken: missing, changed, over, or made for another origin; all look the same.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise WrongToken
        try:
            link = self._links.read(token.strip(), _KIND, _Bound, now)
        except Refused as error:
            raise WrongToken from error
        if link.about.origin != origin:
            raise WrongToken
        return link.profile_id
