"""Sample views of the page of the vault's keys: well, in danger, in trouble, and brand new."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from candor.surface.console.vault.views import EpochLine, VaultKeysPage, VersionLine

_NOW: Final = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
_WEEK: Final = timedelta(days=7)

WELL: Final = VaultKeysPage(
    about="the file /srv/candor/keys/keyring.json",
    fingerprint="e1591b9e21f43c05",
    trouble=None,
    hint=None,
    keys=1_204_331,
    left=0,
    lasts_days=7,
    unreadable_by=_NOW + 2 * _WEEK,
    needs_copies=True,
    confirmed_at=_NOW - _WEEK,
    copy="well",
    epochs=(
        EpochLine(31, _NOW - _WEEK / 2, None, 1_204_331, None, "open"),
        EpochLine(30, _NOW - _WEEK, _NOW - _WEEK / 2, 0, _NOW + _WEEK / 2, "closed"),
        EpochLine(29, _NOW - 2 * _WEEK, _NOW - _WEEK, 0, _NOW - _WEEK / 2, "destroyed"),
    ),
    destroyed=29,
    versions=(
        VersionLine(
            "Finds people by their identifiers", "candor keys rotate index", 2, _NOW, True
        ),
        VersionLine("Signs receipts of choices", "candor keys rotate receipt", 3, _NOW, False),
        VersionLine(
            "Signs the heads of the audit log", "candor keys rotate checkpoint", 1, None, False
        ),
    ),
)

SAMPLES: Final = (
    ("vault-keys", "console/vault_keys.html", WELL, "security"),
    (
        "vault-keys-in-danger",
        "console/vault_keys.html",
        replace(WELL, confirmed_at=None, copy="none", left=310_000),
        "security",
    ),
    (
        "vault-keys-in-trouble",
        "console/vault_keys.html",
        replace(
            WELL,
            about="the transit engine transit at https://keys.example",
            needs_copies=False,
            trouble="The key server https://keys.example is sealed or in maintenance.",
            hint="Start it and unseal it; if it is well, check CANDOR_TRANSIT_URL: candor doctor",
        ),
        "security",
    ),
    (
        "vault-keys-new",
        "console/vault_keys.html",
        replace(WELL, keys=0, unreadable_by=None, epochs=(), destroyed=0, copy="behind"),
        "security",
    ),
)
