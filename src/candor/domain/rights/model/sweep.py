"""Sweeps: what went because its time was over, or would have gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Sweep:
    """One sweep. `counts` are rows by `table/rule`, as a dry one foresaw or a real one did."""

    sweep_id: UUID
    is_dry: bool
    asked_by: str
    started_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, int]
    problem: str | None

    @property
    def rows(self) -> int:
        """Return how many rows that were."""
        return sum(self.counts.values())
