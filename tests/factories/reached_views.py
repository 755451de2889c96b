"""Valid views of the page that shows where changes have reached. See `views.py`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from candor.surface.portal.reached.views import Change, ChangesOfDay, ReachedPage, Stop

_MINUTE: Final = timedelta(minutes=1)


def samples(now: datetime, portal: Callable[[str], Any]) -> dict[str, tuple[str, object, Any]]:
    """Return every state of the page, by a name."""
    quiet = _page(now)
    states = {
        "reached": quiet,
        "reached-empty": replace(quiet, days=(), systems=()),
        "reached-live": replace(
            quiet,
            days=(ChangesOfDay(now.date(), (_going(now), *quiet.days[0].changes)),),
            on_the_way=2,
            held=1,
            is_live=True,
        ),
    }
    return {
        name: ("portal/reached.html", view, portal("reached")) for name, view in states.items()
    }


def _page(now: datetime) -> ReachedPage:
    return ReachedPage(
        days=(
            ChangesOfDay(
                now.date(),
                (
                    Change(
                        now - 3 * _MINUTE,
                        ("You said no: Offers by e-mail",),
                        "With us at once: refused over E-mail, SMS",
                        (
                            Stop("Customer service", "0.1 seconds later", "good"),
                            Stop("Posthorn Mail", "0.3 seconds later", "good", "Germany"),
                        ),
                    ),
                    Change(
                        now - 9 * _MINUTE,
                        ("You put right: E-mail",),
                        "With us at once",
                        (),
                    ),
                ),
            ),
        ),
        on_the_way=0,
        held=0,
        is_live=False,
        here_url="/me/reached",
        kept_days=90,
        allow_url="/me/allow",
        systems=("Customer service", "Posthorn Mail"),
    )


def _going(now: datetime) -> Change:
    return Change(
        now - _MINUTE,
        ("You said yes: Offers by e-mail", "Offers, E-mail: at most once a week"),
        "With us at once: it counts for E-mail, SMS",
        (
            Stop("Customer service", "at once", "good"),
            Stop(
                "Posthorn Mail",
                "on its way since 19:29",
                "attention",
                "We try again by ourselves until they confirm it.",
            ),
            Stop(
                "Print house Lindner",
                "held up since 19:29",
                "refusal",
                "They did not take it. A person of ours sees to it.",
            ),
        ),
    )
