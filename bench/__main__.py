"""Run figures: `python -m bench P1` at full length, `python -m bench` a short pass of all.

`python -m bench --short P1` takes the short pass of one. A short pass is printed, not kept.
"""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, cast

from bench.result import Figure, keep

Measure = Callable[..., Sequence[Figure]]
FIGURES: Final = [
    *sorted(
        (path.stem.upper() for path in Path(__file__).parent.glob("p[0-9]*.py")),
        key=lambda name: int(name[1:]),
    ),
    "SIGNIN",
    "ERASE1000",
    "DELIVERIES",
]


def main(arguments: list[str]) -> int:
    """Measure what was named, or everything in short; 2 when a name means nothing."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure figures.")
    parser.add_argument("figures", nargs="*", help=", ".join(FIGURES))
    parser.add_argument("--short", action="store_true", help="a short pass, not kept")
    given = parser.parse_args(arguments)
    names = [name.upper() for name in given.figures]
    unknown = sorted(set(names) - set(FIGURES))
    if unknown:
        print(f"No figure {', '.join(unknown)}. There are: {', '.join(FIGURES)}")
        return 2
    is_short = given.short or not names
    for name in names or FIGURES:
        module = importlib.import_module(f"bench.{name.lower()}")
        keep(cast("Measure", module.measure)(is_short=is_short), is_short=is_short)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
