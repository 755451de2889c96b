"""What a place is, whatever it is made of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

TAKEN: Final = "taken"  # folders into which files for us are moved
REFUSED: Final = "refused"
CHUNK: Final = 5 * 1024 * 1024  # bytes that are moved at once; the least of a part in S3


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that lies there for us; size in bytes."""

    name: str
    size: int


class Place(Protocol):
    """One place. Each verb: Unreached, NotLetIn, OutboundRefused, BadConnection."""

    async def check(self) -> None:
        """Find out whether it answers and lets us in, without changing anything."""
        ...

    async def put(self, name: str, source: Path) -> None:
        """Put a file there: whole under its name, or not at all; harmless twice."""
        ...

    async def take_away(self, name: str) -> None:
        """Take a file away, and make sure that it is gone; harmless twice."""
        ...

    async def waiting(self) -> list[Waiting]:
        """Return the files that lie there for us, by name."""
        ...

    async def fetch(self, name: str, target: Path, at_most_bytes: int) -> None:
        """Fetch a file that lies there for us.

        Raises:
            BadMessage: it is larger than that, or not there any more.
        """
        ...

    async def set_aside(self, name: str, folder: str) -> None:
        """Move a file that lies there for us into a folder beside it; harmless twice."""
        ...
