"""A folder of this machine that the operator named in CANDOR_DROP_FOLDERS.

Others may write there, too: no link that somebody laid into it is followed, and nothing is waited
for that may never come.
"""

import asyncio
import errno
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from candor.domain.connections.adapters.drop.places.place import Waiting
from candor.domain.connections.errors import BadConnection, BadMessage, Unreached
from candor.infra import sftp

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READING: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe would wait for ever
_Back = TypeVar("_Back")


class LocalPlace:
    """A folder for others, and one for us."""

    def __init__(self, folder: Path | None, inbox: Path | None) -> None:
        """Take folders that were checked; None: that way nothing goes."""
        self._folder = folder
        self._inbox = inbox

    async def check(self) -> None:
        """Find out whether the folders are there and may be written in."""
        await _done(self._check)

    async def put(self, name: str, source: Path) -> None:
        """Put a file there: copied under another name, then renamed."""
        await _done(lambda: self._put(name, source))

    async def take_away(self, name: str) -> None:
        """Take a file away."""
        folder = _given(self._folder)
        await _done(lambda: (folder / name).unlink(missing_ok=True))
        await _done(lambda: _part(folder, name).unlink(missing_ok=True))

    async def waiting(self) -> list[Waiting]:
        """Return the files that lie there for us."""
        return await _done(self._waiting)

    async def fetch(self, name: str, target: Path, at_most_bytes: int) -> None:
        """Copy a file; no link is followed.

        Raises:
            BadMessage: it is too large, or gone.
        """
        await _done(lambda: self._fetch(name, target, at_most_bytes))

    async def set_aside(self, name: str, folder: str) -> None:
        """Move a file into a folder beside it."""
        await _done(lambda: self._set_aside(name, folder))

    def _check(self) -> None:
        for one in (self._folder, self._inbox):
            if one is not None and not (one.is_dir() and os.access(one, os.W_OK | os.X_OK)):
                message = "A folder is missing, or may not be written in."
                raise BadConnection(message)

    def _put(self, name: str, source: Path) -> None:
        folder = _given(self._folder)
        part = _part(folder, name)
        try:
            part.unlink(missing_ok=True)
            with source.open("rb") as sealed, part.open("xb") as copy:
                shutil.copyfileobj(sealed, copy)
                copy.flush()
                os.fsync(copy.fileno())
            part.replace(folder / name)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def _waiting(self) -> list[Waiting]:
        inbox = _given(self._inbox)
        found = [
            Waiting(one.name, one.stat(follow_symlinks=False).st_size)
            for one in os.scandir(inbox)
            if one.is_file(follow_symlinks=False) and sftp.is_name(one.name)
        ]
        return sorted(found, key=lambda one: one.name)

    def _fetch(self, name: str, target: Path, at_most_bytes: int) -> None:
        try:
            descriptor = os.open(_given(self._inbox) / name, _READING)
        except OSError:
            raise BadMessage from None
        with os.fdopen(descriptor, "rb") as source, target.open("wb") as copy:
            about = os.fstat(source.fileno())
            if not stat.S_ISREG(about.st_mode) or about.st_size > at_most_bytes:
                raise BadMessage
            shutil.copyfileobj(source, copy)

    def _set_aside(self, name: str, folder: str) -> None:
        inbox = _given(self._inbox)
        (inbox / folder).mkdir(exist_ok=True)
        aside = os.open(inbox / folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            os.replace(inbox / name, name, dst_dir_fd=aside)
        except FileNotFoundError:
            return  # it is gone already
        finally:
            os.close(aside)


def _given(folder: Path | None) -> Path:
    if folder is None:
        message = "No folder is named for this way."
        raise BadConnection(message)
    return folder


def _part(folder: Path, name: str) -> Path:
    return folder / f".{name}.part"


async def _done(do: Callable[[], _Back]) -> _Back:
    """Do something with a disk, in a thread.

    Raises:
        Unreached: it is full, or does not do it.
    """
    try:
        return await asyncio.to_thread(do)
    except OSError as error:
        problem = "place_full" if error.errno in _FULL else "no_answer"
        raise Unreached(problem) from None
