"""What a verification of the log found."""

from dataclasses import dataclass
from enum import StrEnum

from typing_extensions import override


class Flaw(StrEnum):
    """What is wrong."""

    CHANGED = "changed"
    MISSING = "missing"
    UNLISTED = "unlisted"
    LATE = "late"
    TILE = "tile"
    TILE_MISSING = "tile_missing"
    PROGRESS = "progress"
    FORGED = "forged"
    HEAD = "head"
    SHRUNK = "shrunk"
    REMOVED = "removed"
    NOT_IN_FILE = "not_in_file"


_WORDS = {
    Flaw.CHANGED: "entry {at} was changed after it was written",
    Flaw.MISSING: "entry {at} was removed",
    Flaw.UNLISTED: "entry {at} was put in behind the back of the log",
    Flaw.LATE: "entry {at} claims a time long before it came into the log",
    Flaw.TILE: "tile {at} was changed: its hashes are not those of what is below",
    Flaw.TILE_MISSING: "tile {at} was removed",
    Flaw.PROGRESS: "the note of how far the log was taken in was changed: {at}",
    Flaw.FORGED: "checkpoint {at} is not one that this installation signed",
    Flaw.HEAD: "checkpoint {at} was signed over another log: what it covers was rewritten",
    Flaw.SHRUNK: "checkpoint {at} covers more entries than there are",
    Flaw.REMOVED: "checkpoint {at} was removed from the database",
    Flaw.NOT_IN_FILE: "checkpoint {at} was removed from the file",
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong, and where: the number of an entry, a tile, a checkpoint."""

    flaw: Flaw
    at: str

    @override
    def __str__(self) -> str:
        """Return it as a sentence."""
        return _WORDS[self.flaw].format(at=self.at)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at, and everything that is wrong with it."""

    size: int  # entries in the tree
    checked: int  # of them were worked out anew
    waiting: int  # entries that are not in the tree yet
    checkpoints: int
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.findings
