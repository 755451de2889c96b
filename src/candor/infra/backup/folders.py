"""Folders of backups: appearing whole or not at all, one worker at a time, room before the work.

What is being made has a name that begins with a point and is taken away by the next one who
comes, so that nothing half-done is ever taken for a backup.
"""

import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from candor.infra.backup.errors import Busy, NoRoom

UNFINISHED: Final = ".making-"
_SPARE: Final = 256 * 1024**2  # bytes that stay free on a disk


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def alone(folder: Path) -> Generator[None]:
    """Let one backup, drill or restore at a time work in a folder; the lock ends with us.

    Raises:
        Busy: somebody else works there.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy from error
        yield
    finally:
        os.close(handle)


def clear_unfinished(folder: Path) -> int:
    """Take away what somebody who was killed left behind; call it alone. Returns how many."""
    left = [path for path in folder.glob(f"{UNFINISHED}*") if path.is_dir()]
    for path in left:
        shutil.rmtree(path)
    return len(left)


@contextmanager
def appearing(final: Path) -> Generator[Path]:
    """Give an empty folder that takes its final name when the block ends well, on disk."""
    making = final.with_name(UNFINISHED + final.name)
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True, mode=0o700)
    try:
        yield making
        sync_folder(making)
        making.rename(final)
        sync_folder(final.parent)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def require_room(folder: Path, needed_bytes: int) -> None:
    """Make sure that there is room for so many bytes.

    Raises:
        NoRoom: there is not.
    """
    free = shutil.disk_usage(folder).free
    if free < needed_bytes + _SPARE:
        message = (
            f"{folder} has {free / 1e9:.1f} GB free; {needed_bytes / 1e9:.1f} GB are needed."
        )
        raise NoRoom(message)
