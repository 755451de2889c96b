"""A file of signed notes outside the database: what is in it stays, whoever rules the database.

One file a year, notes one behind the other, only ever appended to and on disk before the call
returns. Copy it away now and then: it is not secret.
"""

import fcntl
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

_TAIL_BYTES: Final = 8192  # the last note is much shorter


class Notebook:
    """The notes in one folder."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made with the first note."""
        self.folder = folder

    def append(self, notes: Sequence[str], at: datetime) -> None:
        """Put notes behind all others; they are on disk when this returns."""
        if not notes:
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        path = self.folder / f"{at:%Y}.txt"
        is_new = not path.exists()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        with os.fdopen(handle, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write("".join(notes).encode())
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def text(self) -> str:
        """Return everything that was noted, oldest first."""
        return "".join(path.read_text(encoding="utf-8") for path in self._files())

    def tail(self) -> str:
        """Return the end of what was noted, which holds the last note whole."""
        files = self._files()
        if not files:
            return ""
        with files[-1].open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            return file.read().decode(errors="replace")

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9][0-9][0-9][0-9].txt"))
