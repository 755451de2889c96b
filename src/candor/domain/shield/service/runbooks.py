"""The runbooks, one per rule, as they ship with the program: pages and docs show the same texts."""

from functools import cache
from pathlib import Path
from typing import Final

from candor.domain.shield.model.runbook import Runbook, read

FOLDER: Final = Path(__file__).parents[1] / "runbooks"


@cache
def of_rule(name: str) -> Runbook | None:
    """Return the runbook of a rule; None for a rule that an older release had."""
    path = FOLDER / f"{name}.md"
    known = {found.name for found in FOLDER.glob("*.md")}
    return read(path.read_text(encoding="utf-8")) if path.name in known else None
