"""Fills the page about the identity provider."""

from collections.abc import Sequence
from typing import Final

from candor.domain.access.model.federation import Binding, Provider
from candor.surface.console.desk import HOME
from candor.surface.console.provider.views import ConnectionLine, ProviderPage

_DONE: Final = ("connected", "disconnected")


def fill(
    provider: Provider, bindings: Sequence[Binding], *, url: str, may: bool, done: str
) -> ProviderPage:
    """Return the page; connections with a provider of former settings are not of this one."""
    return ProviderPage(
        name=provider.name,
        issuer=provider.issuer,
        connections=tuple(
            ConnectionLine(one.subject, one.created_at, one.last_used_at)
            for one in bindings
            if one.issuer == provider.issuer
        ),
        connect_url=f"{url}/connect",
        disconnect_url=f"{url}/disconnect",
        back_url=f"{HOME}/account",
        prove_url=None if may else f"{HOME}/prove?next={url}",
        done=done if done in _DONE else None,
    )
