"""One measured figure: printed as a line, kept as JSON, judged by its own goal.

Machines are noisy, so a figure is a median of runs beside a baseline taken in the same run. Whether
it meets its goal is worked out here and never written by hand; one that falls short says so.
"""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

RESULTS: Final = Path(__file__).with_name("results")
_LIBRARIES: Final = ("psycopg", "litestar", "granian", "msgspec", "cryptography")


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure has to reach. Limits that are None are not asked for."""

    value_at_least: float | None = None
    value_at_most: float | None = None
    ratio_at_least: float | None = None
    ratio_at_most: float | None = None

    def is_met(self, value: float, ratio: float | None) -> bool:
        """Tell whether value and ratio keep all limits; a ratio that is asked for must be there."""
        return (
            _keeps(value, self.value_at_least, self.value_at_most)
            and _keeps(ratio, self.ratio_at_least, self.ratio_at_most)
        )  # fmt: skip

    def __str__(self) -> str:
        """Return it as people write it: value ≥ 5000, ratio ≥ 3."""
        limits = (
            ("value ≥", self.value_at_least),
            ("value ≤", self.value_at_most),
            ("ratio ≥", self.ratio_at_least),
            ("ratio ≤", self.ratio_at_most),
        )
        return ", ".join(f"{name} {limit:g}" for name, limit in limits if limit is not None)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the same machine does, in the same run, without what is measured."""

    what: str
    value: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its runs, in its unit, beside its baseline."""

    id: str
    figure: str
    unit: str
    runs: Sequence[float]
    goal: Goal
    baseline: Baseline | None = None
    seed: int | None = None

    @property
    def value(self) -> float:
        """Return the median of the runs."""
        return median(self.runs)

    @property
    def ratio(self) -> float | None:
        """Return the value over the baseline's, or None without one."""
        return self.value / self.baseline.value if self.baseline else None

    @property
    def is_met(self) -> bool:
        """Tell whether the goal is met."""
        return self.goal.is_met(self.value, self.ratio)

    def as_json(self) -> Mapping[str, object]:
        """Return it in the form in which it is kept."""
        return {
            "id": self.id,
            "figure": self.figure,
            "unit": self.unit,
            "value": self.value,
            "runs": list(self.runs),
            "baseline": {"what": self.baseline.what, "value": self.baseline.value}
            if self.baseline
            else None,
            "ratio": self.ratio,
            "goal": str(self.goal),
            "met": self.is_met,
            "cores": os.cpu_count(),
            "versions": {"python": platform.python_version()}
            | {name: version(name) for name in _LIBRARIES},
            "seed": self.seed,
            "command": f"make bench B={self.id}",
        }

    def __str__(self) -> str:
        """Return it as one line."""
        spread = (max(self.runs) - min(self.runs)) / self.value if self.value else 0.0
        beside = (
            f", {self.ratio:.2f} × {self.baseline.what} ({self.baseline.value:,.4g})"
            if self.baseline
            else ""
        )
        judged = "met" if self.is_met else "NOT MET"
        return (
            f"{self.id:4} {self.figure}: {self.value:,.4g} {self.unit} (spread {spread:.0%},"
            f" {len(self.runs)} runs){beside}; goal {self.goal}: {judged}"
        )


def keep(figures: Sequence[Figure], folder: Path = RESULTS) -> None:
    """Print figures of one id and keep them in one file: an object, or a list of several."""
    for figure in figures:
        print(figure)
    kept = [figure.as_json() for figure in figures]
    folder.mkdir(exist_ok=True)
    text = json.dumps(kept[0] if len(kept) == 1 else kept, indent=2, ensure_ascii=False)
    (folder / f"{figures[0].id}.json").write_text(text + "\n", encoding="utf-8")


def _keeps(number: float | None, at_least: float | None, at_most: float | None) -> bool:
    """Tell whether a number is within its limits."""
    if at_least is None and at_most is None:
        return True
    if number is None:
        return False
    return (at_least is None or number >= at_least) and (at_most is None or number <= at_most)
