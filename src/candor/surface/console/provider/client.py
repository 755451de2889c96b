"""The provider of this installation, as the settings name it; none where they name none."""

from typing import Final

from candor.domain.access.errors import NoProvider
from candor.domain.access.model.federation import Provider
from candor.domain.access.service.providers import ProviderClient
from candor.surface.console.desk import HOME
from candor.surface.plain.services import Services

START: Final = f"{HOME}/sign-in/oidc"
CALLBACK: Final = f"{START}/callback"


def provider_of(services: Services) -> Provider | None:
    """Return the provider that the settings name."""
    settings = services.settings
    if not (settings.oidc_issuer and settings.oidc_client_id):
        return None
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        name=settings.oidc_name,
        redirect_url=f"{settings.public_url}{CALLBACK}",
        may_bind_by_mail=settings.oidc_bind_by_email,
    )


def provider_name(services: Services) -> str | None:
    """Return what the provider is called on pages; None: there is none."""
    provider = provider_of(services)
    return provider.name if provider else None


class Company:
    """The provider's client, where there is a provider."""

    def __init__(self, services: Services) -> None:
        """Make the client once, for all requests."""
        provider = provider_of(services)
        self._client = (
            None
            if provider is None
            else ProviderClient(provider, services.outbound, services.clock)
        )

    def __deepcopy__(self, memo: dict[int, object]) -> "Company":
        """Stay the same: the framework copies what handlers are bound to."""
        del memo
        return self

    @property
    def client(self) -> ProviderClient:
        """Return the client.

        Raises:
            NoProvider: none is set up.
        """
        if self._client is None:
            raise NoProvider
        return self._client
