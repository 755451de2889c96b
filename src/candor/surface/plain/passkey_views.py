"""What the pages of passkeys need, in the console as in the portal."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from candor.domain.access.model.passkey import MOST_PASSKEYS, Passkey


@dataclass(frozen=True, slots=True)
class PasskeyLine:
    """One passkey of the reader."""

    ref: str  # names it in a form
    name: str
    added_at: datetime
    last_used_at: datetime | None  # none: never yet
    is_synchronised: bool  # between devices, by whoever makes them
    remove_url: str


@dataclass(frozen=True, slots=True)
class PasskeysPage:
    """Templates `console/passkeys.html` and `portal/passkeys.html`."""

    lines: tuple[PasskeyLine, ...]
    ask_url: str  # where the script fetches a challenge
    add_url: str
    rename_url: str
    back_url: str
    suggested: str  # name of a new one: the kind of browser and system
    prove_url: str | None  # first confirm that it is you; none: that was done lately
    is_full: bool
    done: str | None = None  # "added", "renamed" or "removed": what happened a moment ago


@dataclass(frozen=True, slots=True)
class RemovePasskeyPage:
    """Templates `console/remove_passkey.html` and `portal/remove_passkey.html`."""

    ref: str
    name: str
    others: int  # that stay
    post_url: str
    back_url: str


DONE = ("added", "renamed", "removed")


def ref_of(passkey: Passkey) -> str:
    """Return what names a passkey in an address or a form."""
    return urlsafe_b64encode(passkey.credential_id).rstrip(b"=").decode()


def fill(
    known: Sequence[Passkey],
    *,
    url: str,
    back_url: str,
    suggested: str,
    prove_url: str | None,
    done: str,
) -> PasskeysPage:
    """Return the list of somebody's passkeys under an address."""
    return PasskeysPage(
        lines=tuple(
            PasskeyLine(
                ref=ref_of(one),
                name=one.name,
                added_at=one.created_at,
                last_used_at=one.last_used_at,
                is_synchronised=one.is_backed_up,
                remove_url=f"{url}/remove?which={ref_of(one)}",
            )
            for one in known
        ),
        ask_url=f"{url}/add/ask",
        add_url=f"{url}/add",
        rename_url=f"{url}/rename",
        back_url=back_url,
        suggested=suggested,
        prove_url=prove_url,
        is_full=len(known) >= MOST_PASSKEYS,
        done=done if done in DONE else None,
    )


def fill_removal(known: Sequence[Passkey], passkey: Passkey, *, url: str) -> RemovePasskeyPage:
    """Return the page that asks before a passkey is removed."""
    return RemovePasskeyPage(
        ref=ref_of(passkey),
        name=passkey.name,
        others=len(known) - 1,
        post_url=f"{url}/remove",
        back_url=url,
    )
