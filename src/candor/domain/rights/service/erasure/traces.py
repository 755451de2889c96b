"""Traces: what a scan after an erasure finds, and where it may stand."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from candor.infra.holder import Sort

_STAYS: Final = frozenset({Sort.PROFILE, Sort.MARK})
_ERASE: Final = re.compile(r"erase=([^;]*)")


@dataclass(frozen=True, slots=True)
class Trace:
    """Rows of one table in which something of an erased person stands."""

    table: str
    sort: Sort
    rows: int
    may_stay: bool


def may_stay(sort: Sort, about: str, *, at_the_end: bool = False) -> bool:
    """Tell whether something of this sort may stand in a table after an erasure.

    The bare id and the mark of a tombstone may, where the comment on the table says that its rows
    are kept (`erase=… keep …`) and why. An identifier, a fact or a blind index may nowhere. What is
    kept while something is under way may not be there at the end, when everybody has answered.
    """
    rule = _ERASE.search(about)
    if rule is None or sort not in _STAYS or "keep" not in rule[1]:
        return False
    return not (at_the_end and "under way" in rule[1])


def by_table(traces: Iterable[Trace], *, allowed: bool) -> Mapping[str, int]:
    """Return how many rows each table has, of those that may stay or of those that may not."""
    found: dict[str, int] = {}
    for trace in traces:
        if trace.may_stay is allowed:
            found[trace.table] = found.get(trace.table, 0) + trace.rows
    return dict(sorted(found.items()))
