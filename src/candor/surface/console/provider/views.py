"""What the pages of the identity provider need."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LeavingPage:
    """Template `console/leaving.html`: on the way to the provider.

    A page and no redirection: browsers let no form lead to another host here (`form-action`).
    """

    name: str  # of the provider
    url: str
    back_url: str


@dataclass(frozen=True, slots=True)
class ReturnPage:
    """Template `console/provider_refused.html`: the provider's answer let nobody in."""

    name: str
    said: str
    hint: str
    back_url: str


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """A subject of the provider that is the reader."""

    subject: str
    since: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProviderPage:
    """Template `console/provider.html`: whether the provider vouches for the reader."""

    name: str
    issuer: str
    connections: tuple[ConnectionLine, ...]
    connect_url: str
    disconnect_url: str
    back_url: str
    prove_url: str | None  # first confirm that it is you; none: that was done lately
    done: str | None = None  # "connected" or "disconnected"
