"""What a code of the provider means for a person's number. Pure.

Twilio's Error dictionary, read 2026-11-22.
"""

from typing import Final

from candor.domain.connections.model.talk import Gone, Later, Never, Outcome
from candor.domain.consent.model.signal import SignalKind

STOPPED: Final = frozenset({21610})  # they answered STOP to this sender
# Not a number; no mobile one; a landline; unknown handset; landline or unreachable carrier.
_NOBODY: Final = frozenset({21211, 21214, 21217, 21265, 21614, 21635, 30005, 30006})
_LATER: Final = frozenset({20429, 14107, 30001, 30003, 30008, 30017, 30022, 63018})
_OURS: Final = frozenset({30002, 30007, 30034, 21408, 20003, 63038})  # our account, our words
_LIMITED: Final = 429
_THEIRS: Final = 500
_FOR_POLICY: Final = 900.0  # seconds


def outcome_of(status: int, code: int | None, after: float | None = None) -> Outcome:
    """Return what a refusal means: `status` of HTTP, `code` of the provider."""
    problem = f"code_{code}" if code else f"status_{status}"
    if code in STOPPED:
        return Gone(problem, SignalKind.STOP)
    if code in _NOBODY:
        return Gone(problem)
    if code in _OURS:
        return Later(problem, after if after is not None else _FOR_POLICY)
    if code in _LATER or status == _LIMITED or status >= _THEIRS:
        return Later(problem, after)
    return Never(problem)


def signal_of(code: int | None) -> SignalKind | None:
    """Return what a status callback signals about a number; None: nothing lasting."""
    if code in STOPPED:
        return SignalKind.STOP
    return SignalKind.BOUNCE if code in _NOBODY else None
