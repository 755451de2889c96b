"""What is handed out: that an entry is in the log, and that the log only grew."""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from typing import Final

from candor.domain.audit.errors import BadProof

_FORMAT: Final = "c2sp.org/tlog-proof@v1"
_PROOF: Final = re.compile(
    rf"{re.escape(_FORMAT)}\n"
    r"extra (?P<extra>[^\n]*)\nindex (?P<index>0|[1-9][0-9]{0,17})\n(?P<path>(?:[^\n]+\n)*)"
    r"\n(?P<checkpoint>.+)",
    re.DOTALL,
)


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


def proof_in(file: str) -> InclusionProof:
    """Return the proof that a file holds; its size is what the checkpoint claims, not proved.

    Raises:
        BadProof: malformed, or not spelt as it was written.
    """
    found = _PROOF.fullmatch(file)
    if found is None:
        raise BadProof
    claimed = found["checkpoint"].split("\n")[1:2]
    if not claimed or not claimed[0].isdecimal():
        raise BadProof
    try:
        proof = InclusionProof(
            b64decode(found["extra"], validate=True),
            int(found["index"]),
            int(claimed[0]),
            tuple(b64decode(one, validate=True) for one in found["path"].splitlines()),
            found["checkpoint"],
        )
    except (NotBase64, ValueError):
        raise BadProof from None
    if proof.file != file:  # a second spelling of the same bytes is a change, too
        raise BadProof
    return proof


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
