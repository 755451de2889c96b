"""Secret files: for their owner only, replaced as a whole or not at all, on disk when we return."""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path

from candor.infra.keyring.provider import KeyringUnavailable


@contextlib.contextmanager
def reported(path: Path) -> Generator[None]:
    """Turn what the operating system refuses (full disk, no permission) into an error of ours.

    Raises:
        KeyringUnavailable: with the name of the file and the system's reason.
    """
    try:
        yield
    except OSError as error:
        message = f"{path} cannot be read or written: {error.strerror or 'unknown reason'}."
        raise KeyringUnavailable(
            message, hint="Is the disk full, or not mounted? Nothing was changed."
        ) from error


def replace(path: Path, text: str) -> None:
    """Write a file anew, mode 0600; the old one stands until the new one is on disk.

    Raises:
        KeyringUnavailable: it cannot be written; the old file stands.
    """
    fresh = path.with_name(path.name + ".new")
    with reported(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                os.fchmod(file.fileno(), 0o600)  # one that was left behind may be wider
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the new name must survive a power cut, or the keys do not
        finally:
            os.close(folder)
