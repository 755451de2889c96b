"""Run figures by name: `python -m bench [NAME…]`, or all of them in a short pass.

A figure is a module of this folder, `p1_single_track.py`, with `measure(*, is_short: bool)` that
returns its `Figure`s. NAME is its id (`P1`), its file's name, or a word of it (`track`).
"""

import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, cast

from bench.result import Figure, keep

FOLDER: Final = Path(__file__).parent
Measure = Callable[..., Sequence[Figure]]


def scripts() -> list[str]:
    """Return the names of all figures' modules, P2 before P10."""
    found = [path.stem for path in FOLDER.glob("p[0-9]*_*.py")]
    return sorted(found, key=lambda name: int(name[1:].partition("_")[0]))


def chosen(wanted: str) -> list[str]:
    """Return the modules that a name means."""
    return [name for name in scripts() if wanted.lower() in (name, *name.split("_"))]


def main(arguments: list[str]) -> int:
    """Measure what was named, or everything in short; 2 when a name means nothing."""
    unknown = [name for name in arguments if not chosen(name)]
    if unknown:
        print(
            f"No figure {', '.join(unknown)}. There are: {', '.join(scripts()) or 'none yet'}"
        )
        return 2
    for name in [one for wanted in arguments for one in chosen(wanted)] or scripts():
        module = importlib.import_module(f"bench.{name}")
        keep(cast("Measure", module.measure)(is_short=not arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
