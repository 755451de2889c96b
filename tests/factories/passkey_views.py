"""Valid views of the pages of passkeys and of the identity provider. See `views.py`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from candor.surface.console.provider.views import (
    ConnectionLine,
    LeavingPage,
    ProviderPage,
    ReturnPage,
)
from candor.surface.plain.passkey_views import PasskeyLine, PasskeysPage, RemovePasskeyPage

NOW: Final = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)


def _page(url: str, back_url: str) -> PasskeysPage:
    return PasskeysPage(
        lines=(
            PasskeyLine(
                ref="cGhvbmU",
                name="My phone",
                added_at=NOW - timedelta(days=90),
                last_used_at=NOW - timedelta(hours=3),
                is_synchronised=True,
                remove_url=f"{url}/remove?which=cGhvbmU",
            ),
            PasskeyLine(
                ref="a2V5",
                name="A security key with a name as long as names may be here at all, sixty",
                added_at=NOW - timedelta(days=2),
                last_used_at=None,
                is_synchronised=False,
                remove_url=f"{url}/remove?which=a2V5",
            ),
        ),
        ask_url=f"{url}/add/ask",
        add_url=f"{url}/add",
        rename_url=f"{url}/rename",
        back_url=back_url,
        suggested="Firefox on Linux",
        prove_url=None,
        is_full=False,
        done="added",
    )


def _removal(url: str, others: int) -> RemovePasskeyPage:
    return RemovePasskeyPage("cGhvbmU", "My phone", others, f"{url}/remove", url)


def _cases(
    surface: str, url: str, back_url: str
) -> tuple[tuple[str, str, PasskeysPage | RemovePasskeyPage], ...]:
    page = _page(url, back_url)
    listed, removed = f"{surface}/passkeys.html", f"{surface}/remove_passkey.html"
    return (
        (f"{surface}-passkeys", listed, page),
        (
            f"{surface}-passkeys-none",
            listed,
            replace(page, lines=(), done=None, prove_url="/prove"),
        ),
        (f"{surface}-passkeys-full", listed, replace(page, is_full=True, done="removed")),
        (f"{surface}-remove-passkey", removed, _removal(url, 1)),
        (f"{surface}-remove-last-passkey", removed, _removal(url, 0)),
    )


# case, template, view
CONSOLE: Final = _cases("console", "/console/passkeys", "/console/account")
PORTAL: Final = _cases("portal", "/me/account/passkeys", "/me/account")

PROVIDER: Final = ProviderPage(
    name="Nordmarkt account",
    issuer="https://login.nordmarkt.example",
    connections=(
        ConnectionLine("248289761001", NOW - timedelta(days=40), NOW - timedelta(days=1)),
    ),
    connect_url="/console/provider/connect",
    disconnect_url="/console/provider/disconnect",
    back_url="/console/account",
    prove_url=None,
    done="connected",
)
PROVIDER_CASES: Final = (
    ("provider", "console/provider.html", PROVIDER),
    (
        "provider-none",
        "console/provider.html",
        replace(PROVIDER, connections=(), done="disconnected"),
    ),
    (
        "provider-unproved",
        "console/provider.html",
        replace(PROVIDER, connections=(), done=None, prove_url="/console/prove"),
    ),
)
PROVIDER_CARDS: Final = (
    (
        "provider-leaving",
        "console/leaving.html",
        LeavingPage(
            "Nordmarkt account", "https://login.nordmarkt.example/", "/console/sign-in"
        ),
    ),
    (
        "provider-refused",
        "console/provider_refused.html",
        ReturnPage("Nordmarkt account", "Nobody was signed in.", "Begin again.", "/console"),
    ),
)
