"""Valid views of the page Messages in this browser. See `views.py`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from candor.surface.portal.browser.views import BrowserLine, BrowserPage, TopicLine

_DAY: Final = timedelta(days=1)
_KEY: Final = (
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
)


def samples(now: datetime, portal: Callable[[str], Any]) -> dict[str, tuple[str, object, Any]]:
    """Return every state of the page, by a name."""
    own = _page(now)
    others = tuple(replace(line, is_this=False) for line in own.lines)
    states = {
        "browser": own,
        "browser-others": replace(
            own,
            lines=others,
            note="We pause until 12 December 2026 at 10:00.",
            done="1 browser could not be reached just now. Try again later.",
            tone="attention",
        ),
        "browser-none": replace(own, lines=(), topics=(), done=None),
        "browser-not-offered": replace(own, key=None, lines=others, done=None),
    }
    return {
        name: ("portal/browser.html", view, portal("write")) for name, view in states.items()
    }


def _page(now: datetime) -> BrowserPage:
    return BrowserPage(
        key=_KEY,
        worker_url="/me/browser/worker.js",
        post_url="/me/browser",
        stop_url="/me/browser/stop",
        test_url="/me/browser/test",
        lines=(
            BrowserLine("01", "Firefox, Linux", now - 3 * _DAY, now - _DAY, is_this=True),
            BrowserLine("02", "Chrome, Android", now - 40 * _DAY, None, is_this=False),
            BrowserLine("03", "", now - 90 * _DAY, now - 60 * _DAY, is_this=False),
        ),
        topics=(
            TopicLine("Next week's prices", "at most once a week", is_open=True),
            TopicLine("Cooking with the season", "never", is_open=False),
            TopicLine(
                "Bonus points that are about to lapse",
                "nothing, for you did not allow what it is for",
                is_open=False,
            ),
        ),
        note=None,
        write_url="/me/write",
        allow_url="/me/allow",
        done="The test is on its way to 3 browsers.",
    )
