"""Checkpoints: what the head of the log was (c2sp.org/tlog-checkpoint)."""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from candor.domain.audit.errors import BadCheckpoint
from candor.domain.audit.model.leaf import HASH_BYTES

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,17}")
_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Head:
    """The root of the first `size` entries of a log."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Return what is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed head, as it is kept."""

    size: int
    root: bytes
    note: str
    signed_at: datetime


def head_of(text: str) -> Head:
    """Return the head that a text says; lines that an extension put behind it are passed over.

    Raises:
        BadCheckpoint: it is none.
    """
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < _LINES or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise BadCheckpoint
    try:
        root = b64decode(lines[2], validate=True)
    except NotBase64:
        raise BadCheckpoint from None
    if len(root) != HASH_BYTES or b64encode(root).decode() != lines[2]:
        raise BadCheckpoint
    return Head(lines[0], int(lines[1]), root)


def notes_in(text: str) -> list[str]:
    """Return the signed notes that stand in a file one behind the other."""
    notes: list[str] = []
    lines: list[str] = []
    is_signed = False
    for line in text.splitlines():
        if is_signed and not line.startswith("— "):
            notes.append("".join(lines))
            lines, is_signed = [], False
        is_signed = is_signed or line.startswith("— ")
        lines.append(f"{line}\n")
    if lines:
        notes.append("".join(lines))
    return notes
