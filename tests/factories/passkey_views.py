"""Valid views of the pages of passkeys, for both surfaces. See `views.py`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

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
