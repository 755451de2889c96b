"""What is handed out: that an entry is in the log, and that the log only grew."""

from base64 import b64encode
from dataclasses import dataclass

_FORMAT = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an entry stands in the log, under a checkpoint."""

    entry: bytes  # its canonical form
    index: int
    size: int
    path: tuple[bytes, ...]
    checkpoint: str  # the signed note

    @property
    def file(self) -> str:
        """Return it as a file by itself (c2sp.org/tlog-proof), the entry in `extra`."""
        hashes = "".join(f"{b64encode(one).decode()}\n" for one in self.path)
        extra = b64encode(self.entry).decode()
        return f"{_FORMAT}\nextra {extra}\nindex {self.index}\n{hashes}\n{self.checkpoint}"


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the log of one size is the beginning of the log of another."""

    first: int
    second: int
    path: tuple[bytes, ...]

    @property
    def text(self) -> str:
        """Return its hashes, one per line."""
        return "".join(f"{b64encode(one).decode()}\n" for one in self.path)
