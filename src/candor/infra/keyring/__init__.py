"""The keys that never enter the database: one key-encryption key per epoch, and fixed keys.

`KeyProvider` is the interface. `LocalKeyring` keeps keys in one file, readable by its owner only;
`TransitKeyring` leaves them with OpenBao or HashiCorp Vault. Which one it is, is the setting
`key_provider`. Whoever holds the keys and the database holds the plaintext: back them up apart.
"""

from candor.infra.http import Outbound
from candor.infra.keyring.local import LocalKeyring
from candor.infra.keyring.provider import (
    BrokenKeyring,
    KeyProvider,
    KeyringUnavailable,
    MissingEpoch,
    UnsafeKeyring,
)
from candor.infra.keyring.transit import TransitKeyring, TransitPlace
from candor.infra.settings import Settings

__all__ = [
    "BrokenKeyring",
    "KeyProvider",
    "KeyringUnavailable",
    "LocalKeyring",
    "MissingEpoch",
    "TransitKeyring",
    "UnsafeKeyring",
    "open_keyring",
]


def open_keyring(settings: Settings, outbound: Outbound) -> KeyProvider:
    """Return the keys of this installation, from where the settings say that they live.

    Raises:
        UnsafeKeyring, BrokenKeyring: the file cannot be trusted.
        KeyringUnavailable: the file or the server cannot be reached.
    """
    if settings.key_provider == "transit":
        return TransitKeyring(
            outbound,
            TransitPlace(
                settings.transit_url,
                settings.transit_mount,
                settings.transit_namespace,
                settings.transit_token,
                settings.transit_token_file,
            ),
        )
    return LocalKeyring(settings.keyring, copy=settings.keyring_copy)
