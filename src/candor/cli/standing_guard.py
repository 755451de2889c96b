"""What `candor doctor` says about the doors: the way here, who may come in, and who is told.

Settings that contradict each other are told; so is who could come in by a link alone, and
whether anybody would hear of an alert.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from candor.cli.finding import Finding
from candor.cli.place import Place, services
from candor.domain.access.model.factors import Factors
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Staff
from candor.domain.access.service import members, staff_sign_in
from candor.domain.shield.model.alert import Waiting
from candor.domain.shield.service import alerts
from candor.infra.settings import Settings
from candor.kernel.errors import CandorError

_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_HEARS: Final = frozenset({Role.ADMIN, Role.SECURITY})  # as app/letters.py tells them


async def look(place: Place) -> list[Finding]:
    """Look at settings, staff and alerts; never fails."""
    found = [_tls(place.settings), _proxies(place.settings), _outside(place.settings)]
    try:
        async with services(place) as candor, candor.database.read("doctor") as tx:
            staff = [one for one in await members.everybody(tx) if one.left_at is None]
            factors = await staff_sign_in.factors_of_all(tx, [one.staff_id for one in staff])
            waiting = await alerts.waiting(tx)
    except CandorError as error:
        text = "staff and alerts cannot be looked at"
        return [*found, Finding(text, is_well=False, hint=error.hint, is_warning=True)]
    is_demo = place.settings.catalogue is None
    return [
        *found,
        ways_in(staff, factors, is_demo=is_demo),
        heard(staff, place.settings, is_demo=is_demo),
        open_alerts(waiting),
    ]


def _tls(settings: Settings) -> Finding:
    where = urlsplit(settings.public_url)
    is_well = where.scheme == "https" or where.hostname in _HERE
    hint = "Set CANDOR_PUBLIC_URL to the https address of the proxy that ends TLS."
    return Finding(f"people come to {settings.public_url}", is_well, hint)


def _proxies(settings: Settings) -> Finding:
    count, is_https = settings.trusted_proxies, settings.public_url.startswith("https://")
    text = f"addresses of callers are taken from {count} proxies of yours"
    hint = (
        "Nothing here ends TLS, so a proxy stands in front, and everybody has its address: set "
        "CANDOR_TRUSTED_PROXIES to the number of your proxies."
        if is_https
        else "Without a proxy in front callers choose their address: set CANDOR_TRUSTED_PROXIES=0."
    )
    return Finding(text, is_https == (count > 0), hint, is_warning=True)


def _outside(settings: Settings) -> Finding:
    """Tell which hosts of one's own network may be called; there is no wrong answer."""
    names = ", ".join(settings.outbound_hosts) or "none"
    return Finding(f"hosts of your own network that may be called: {names}", is_well=True)


def ways_in(
    staff: Sequence[Staff], factors: Mapping[UUID, Factors], *, is_demo: bool
) -> Finding:
    """Tell who of staff has nothing to sign in with: whoever finds their link is them."""
    bare = [
        one.handle
        for one in staff
        if one.staff_id not in factors or factors[one.staff_id].is_empty
    ]
    text = f"{len(staff) - len(bare)} of {len(staff)} members of staff have set up a sign-in"
    hint = f"By a link alone: {', '.join(bare)}. Invite them anew, or: candor staff leave"
    return Finding(text, is_demo or not bare, hint, is_warning=True)


def heard(staff: Sequence[Staff], settings: Settings, *, is_demo: bool) -> Finding:
    """Tell whether anybody would hear of an alert."""
    ears = sum(1 for one in staff if one.email and one.role in _HEARS)
    hook = ", and the webhook" if settings.alert_webhook_url else ""
    hint = "Give somebody of security an address, or set CANDOR_ALERT_WEBHOOK_URL."
    is_well = is_demo or ears > 0 or bool(hook)
    return Finding(
        f"alerts are told to {ears} members of staff{hook}", is_well, hint, is_warning=True
    )


def open_alerts(waiting: Waiting) -> Finding:
    """Tell how many alerts wait for somebody."""
    text = f"{waiting.alerts} alerts wait, {waiting.critical} of them critical"
    return Finding(text, waiting.alerts == 0, "Look at: candor alerts", is_warning=True)
