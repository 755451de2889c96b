"""What rules remember: per rule and actor what was counted in its window, and no more. Pure.

The same entries in the same order always give the same sightings, so what a killed process knew
is found again by reading the window once more. When a rule fires, its count begins anew: the same
entries never count twice, and an attack that goes on is seen again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from candor.domain.audit.model import Entry
from candor.domain.shield.model.rules import Counts, Rule, against, counted

# Of one request so many profiles are one person (their own, joined ones); more is a list.
_ONE_PERSON: Final = 25


@dataclass(frozen=True, slots=True)
class Sighting:
    """A rule saw too much, or so much that what is usual must be asked (`needs_usual`)."""

    rule: Rule
    actor: str
    count: int
    first_at: datetime
    last_at: datetime
    first_entry: int
    last_entry: int
    needs_usual: bool
    usual: int | None = None  # what was found to be usual, once it was asked


@dataclass(slots=True)
class _Window:
    """What one rule counted against one actor, the oldest first."""

    counted: dict[str, tuple[datetime, int]] = field(
        default_factory=dict[str, tuple[datetime, int]]
    )
    request_id: str | None = None
    of_request: int = 0
    limit: int | None = None  # what was found to be too much for this actor
    limit_until: datetime | None = None
    usual: int | None = None


class Windows:
    """The windows of all rules."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Start with nothing counted."""
        self._by_action: dict[str, list[Rule]] = {}
        for rule in rules:
            for action in rule.actions:
                self._by_action.setdefault(action, []).append(rule)
        self._windows: dict[tuple[str, str], _Window] = {}

    def feed(
        self,
        entry: Entry,
        counted_until: Mapping[tuple[str, str], int] | None = None,
        only: timedelta | None = None,
    ) -> list[Sighting]:
        """Count an entry; return what was seen with it.

        Args:
            entry: the next one.
            counted_until: entries up to these were counted by an alert already, per rule and actor.
            only: count it for the rules with this window alone.
        """
        found: list[Sighting] = []
        for rule in self._by_action.get(entry.action, ()):
            if only is not None and rule.window != only:
                continue
            actor = against(rule, entry)
            what = counted(rule, entry)
            if actor is None or what is None:
                continue
            if counted_until and entry.entry_id <= counted_until.get((rule.name, actor), 0):
                continue
            sighting = self._count(rule, actor, what, entry)
            if sighting is not None:
                found.append(sighting)
        return found

    def fired(self, sighting: Sighting) -> None:
        """Begin a count anew: what was seen became an alert."""
        window = self._windows.get((sighting.rule.name, sighting.actor))
        if window is not None:
            window.counted.clear()

    def set_limit(
        self, sighting: Sighting, limit: int, usual: int | None, until: datetime
    ) -> None:
        """Keep what is usual and what is too much for an actor, for a while."""
        window = self._windows.get((sighting.rule.name, sighting.actor))
        if window is not None:
            window.limit = limit
            window.limit_until = until
            window.usual = usual

    def forget(self, now: datetime, rules: Mapping[str, Rule]) -> int:
        """Drop windows in which nothing is left; return how many stay."""
        for key, window in list(self._windows.items()):
            _prune(window, now - rules[key[0]].window)
            if not window.counted:
                del self._windows[key]
        return len(self._windows)

    def _count(self, rule: Rule, actor: str, what: str, entry: Entry) -> Sighting | None:
        window = self._windows.setdefault((rule.name, actor), _Window())
        if rule.counts is Counts.PEOPLE and _is_same_person(window, entry):
            return None
        window.counted.pop(what, None)
        window.counted[what] = (entry.recorded_at, entry.entry_id)
        _prune(window, entry.recorded_at - rule.window)
        count = len(window.counted)
        if count < rule.threshold:
            return None
        asks = rule.usual is not None or rule.needs_night
        is_known = window.limit_until is not None and entry.recorded_at < window.limit_until
        if asks and is_known and count < (window.limit or 0):
            return None
        first_at, first_entry = next(iter(window.counted.values()))
        return Sighting(
            rule,
            actor,
            count,
            first_at,
            entry.recorded_at,
            first_entry,
            entry.entry_id,
            needs_usual=asks and not is_known,
            usual=window.usual if is_known else None,
        )


def _is_same_person(window: _Window, entry: Entry) -> bool:
    """Tell whether an entry is about another profile of the person of this very request."""
    if entry.request_id is None or entry.request_id != window.request_id:
        window.request_id = entry.request_id
        window.of_request = 1
        return False
    window.of_request += 1
    return window.of_request <= _ONE_PERSON


def _prune(window: _Window, before: datetime) -> None:
    """Drop what is too old. What counts again moves to the end, so the oldest stand first."""
    old: list[str] = []
    for what, (at, _) in window.counted.items():
        if at >= before:
            break
        old.append(what)
    for what in old:
        del window.counted[what]


def longest(rules: Iterable[Rule]) -> timedelta:
    """Return the longest window."""
    return max((rule.window for rule in rules), default=timedelta(0))
