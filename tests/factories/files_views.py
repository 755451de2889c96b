"""One sample of every page of files that are handed over, in every state."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from candor.surface.console.connections.files_views import FileLine, FilePage, FilesPage
from candor.surface.console.views import Pair

NOW: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
_URL: Final = "/console/connections/01a2b3c4-0000-7000-8000-000000000001"
_LINE: Final = FileLine(
    href=f"{_URL}/files/01a2b3c4-0000-7000-8000-000000000009",
    code="agency-20261122-5f60a1b2.csv.age",
    state="lies there",
    tone="good",
    asked_at=NOW,
    asked_by="Robin Clerk",
    approved_by="Petra Privacy",
    people=48_211,
    changed=3,
    expires_at=NOW + timedelta(hours=72),
    problem=None,
    percent=None,
)
_PROPOSED: Final = replace(
    _LINE,
    code="5f60a1b2",
    state="waits for a colleague",
    tone="attention",
    approved_by=None,
    people=None,
    changed=0,
    expires_at=None,
)
_MAKING: Final = replace(_PROPOSED, state="being made", tone="calm", percent=42)
_STUCK: Final = replace(
    _LINE, state="cannot be taken away", tone="refusal", problem="it does not answer"
)
FILES: Final = FilesPage(
    name="Agency",
    back_url=_URL,
    lines=(_PROPOSED, _MAKING, _LINE, _STUCK),
    ask_url=f"{_URL}/files/ask",
    why_not=None,
    said=None,
)
_FILE: Final = FilePage(
    line=_LINE,
    name="Agency",
    back_url=f"{_URL}/files",
    csrf_token="c" * 43,
    said=None,
    facts=(
        Pair("Asked for", "22 Nov 2026, 09:30, by Robin Clerk"),
        Pair("What for", "The agency sends the letters of this week"),
        Pair("Approved by", "Petra Privacy"),
        Pair("People in it", "48,211"),
        Pair("SHA-256 of the file", "5f" * 32),
    ),
    advice="3 people in it have changed their mind since. Tell the recipients, and ask for a "
    "new file in place of this one.",
    alarm=None,
    proposal_url="/console/security/proposals/01a2b3c4-0000-7000-8000-000000000010",
    withdraw_url=f"{_LINE.href}/withdraw",
    effects=(
        "The file about 48,211 people is taken away from its place now.",
        "What its recipients have read already stays with them.",
    ),
    ask_url=f"{_URL}/files/ask",
)


def samples(console: Callable[[str], object]) -> dict[str, tuple[str, Any, object]]:
    """Return each state of these pages: template, view, frame."""
    one, every = "console/file.html", "console/files.html"
    stuck = replace(
        _FILE,
        line=_STUCK,
        alarm="It does not answer. It is tried again; have it deleted by whoever runs the place.",
    )
    return {
        name: (path, view, console("connections"))
        for name, path, view in (
            ("files", every, FILES),
            ("files-none", every, replace(FILES, lines=(), said="It is withdrawn.")),
            (
                "files-not-now",
                every,
                replace(FILES, ask_url=None, why_not="Start the connection first."),
            ),
            ("file", one, _FILE),
            ("file-stuck", one, stuck),
            (
                "file-making",
                one,
                replace(_FILE, line=_MAKING, advice=None, said="It is asked for."),
            ),
            (
                "file-gone",
                one,
                replace(_FILE, withdraw_url=None, ask_url=None, proposal_url=None),
            ),
        )
    }
