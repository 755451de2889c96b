"""The write-ahead log beside the backups: what was committed since, sealed file by file.

`pg_receivewal` draws the log from the embedded server through a slot, so that the server keeps
what was not drawn yet. Each finished file is compressed, sealed under its own name and moved into
`wal/` of the backup folder; the file that is being written is sealed again and again beside it.
With a backup and what follows it a database can be restored to any moment in between.
"""

import os
import shutil
import subprocess
import zlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

import psycopg

from candor.infra.backup import programs
from candor.infra.backup.errors import BackupBroken
from candor.infra.backup.folders import sync_folder
from candor.infra.backup.manifest import Manifest, Seal
from candor.infra.backup.sealed import CHUNK, seal, unseal

FOLDER: Final = "wal"
SUFFIX: Final = ".sealed"
PARTIAL: Final = ".partial"
INSIDE: Final = "candor-wal"  # in a scratch data folder: the log in the clear, while it is read
_SLOT: Final = "candor_log"
_LEVEL: Final = 1
_NAME_LENGTH: Final = 24


@dataclass(frozen=True, slots=True)
class Point:
    """How far the log is replayed: to an instant, or to its end."""

    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Archive:
    """Where the log is drawn to: a private folder, and from there the folder of the backups."""

    url: str  # as the owner
    spool: Path
    folder: Path
    seal: Seal


@contextmanager
def drawing(archive: Archive) -> Generator["subprocess.Popen[bytes]"]:
    """Draw the log for the time of the block.

    What was committed is with us within a second or so; the server keeps back what is not, up to
    `max_slot_wal_keep_size`. A slot that fell behind further is made anew, and the gap is seen by
    whoever restores.
    """
    archive.spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    _require_slot(archive.url)
    process = subprocess.Popen(  # noqa: S603 - a program of the wheel, arguments of ours
        [
            str(programs.BIN / "pg_receivewal"),
            f"--directory={archive.spool}",
            f"--slot={_SLOT}",
            "--no-loop",
            "--no-password",
        ],
        env=programs.environment(archive.url),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def store(archive: Archive, *, with_partial: bool) -> int:
    """Seal what was drawn and take it out of the private folder; returns how many files.

    The file that is being written stays there, and is sealed as it is when asked for.
    """
    stored = 0
    for path in sorted(archive.spool.iterdir()):
        if path.name.endswith(PARTIAL):
            if with_partial:
                with suppress(FileNotFoundError):  # it was finished, and has its name now
                    put(path, archive.folder, archive.seal)
            continue
        put(path, archive.folder, archive.seal)
        path.unlink()
        partial = archive.folder / FOLDER / f"{path.name}{PARTIAL}{SUFFIX}"
        partial.unlink(missing_ok=True)
        stored += 1
    return stored


def forget(folder: Path, before: str) -> int:
    """Take away the log that no backup needs any more; returns how many files."""
    old = [n for n in names(folder) if len(n) >= _NAME_LENGTH and n[8:24] < before[8:24]]
    for name in old:
        (folder / FOLDER / f"{name}{SUFFIX}").unlink()
    return len(old)


def _require_slot(url: str) -> None:
    """Make sure that the server keeps the log for us; a slot that fell behind is made anew."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT wal_status = 'lost' FROM pg_replication_slots WHERE slot_name = %s",
            (_SLOT,),
        ).fetchone()
        if row is not None and row[0]:
            connection.execute("SELECT pg_drop_replication_slot(%s)", (_SLOT,))
        if row is None or row[0]:
            connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", (_SLOT,))


def put(path: Path, folder: Path, seal_: Seal) -> None:
    """Seal one file of the log into the folder of the backups; on disk when this returns."""
    target = folder / FOLDER / f"{path.name}{SUFFIX}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.parent.mkdir(exist_ok=True, mode=0o700)
    fresh = target.with_suffix(".new")
    with fresh.open("wb") as file:
        seal(
            file, _packed(path), key=seal_.wal_key, context=_context(path.name), name=path.name
        )
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)
    sync_folder(target.parent)


def get(folder: Path, seal_: Seal, name: str, target: Path) -> None:
    """Open one file of the log.

    Raises:
        BackupBroken: it is not what was written.
    """
    path = folder / FOLDER / f"{name}{SUFFIX}"
    unpacker = zlib.decompressobj()
    with target.open("wb") as file:
        for chunk in unseal(path, key=seal_.wal_key, context=_context(name)):
            file.write(unpacker.decompress(chunk))
        file.write(unpacker.flush())


def names(folder: Path) -> Sequence[str]:
    """Return the names of the files of the log that are kept, oldest first."""
    return sorted(
        path.name.removesuffix(SUFFIX) for path in (folder / FOLDER).glob(f"*{SUFFIX}")
    )


def lay_out(
    folder: Path, seal_: Seal, manifest: Manifest, data: Path, until: Point | None
) -> tuple[str, ...]:
    """Prepare a restored data folder for replaying the log; return the settings that it needs.

    Raises:
        BackupBroken: a file of the log is broken, or one is missing between others.
    """
    if until is None or manifest.first_wal is None:
        return ()
    inside = data / INSIDE
    shutil.rmtree(inside, ignore_errors=True)
    inside.mkdir(mode=0o700)
    for name in needed(folder, manifest.first_wal):
        target = inside / name.removesuffix(PARTIAL)
        get(folder, seal_, name, target)
        if name.endswith(PARTIAL) and knows_less(target, data / "pg_wal" / target.name):
            target.unlink()
    (data / "recovery.signal").touch()
    settings = [
        f'restore_command=cp "{inside}/%f" "%p"',
        "recovery_target_timeline=latest",
        "recovery_target_action=promote",
    ]
    if until.at is not None:
        settings.append(f"recovery_target_time={until.at.isoformat(sep=' ')}")
    return tuple(settings)


def knows_less(drawn: Path, copied: Path) -> bool:
    """Tell whether an unfinished file of the log ends before the one that the backup copied.

    The server reads what was drawn first. Both begin alike; where they part, one that was drawn
    has nothing but zeros behind its end.
    """
    if not copied.exists():
        return False
    with drawn.open("rb") as ours, copied.open("rb") as theirs:
        has_parted = False
        while page := ours.read(CHUNK):
            other = theirs.read(CHUNK)
            if not has_parted and page == other:
                continue
            start = 0
            if not has_parted:
                start = next(
                    (n for n, (a, b) in enumerate(zip(page, other, strict=False)) if a != b),
                    min(len(page), len(other)),
                )
            has_parted = True
            if page[start:].strip(b"\0"):
                return False
    return True


def needed(folder: Path, first: str) -> list[str]:
    """Return the files of the log from the first one on, without a gap.

    Raises:
        BackupBroken: there is a gap.
    """
    known = names(folder)
    whole = [n for n in known if len(n) == _NAME_LENGTH and n >= first]
    for earlier, later in pairwise(whole):
        if earlier[:8] == later[:8] and _place(later) != _place(earlier) + 1:
            message = f"The archived log has a gap between {earlier} and {later}."
            raise BackupBroken(message, hint="Restore without the log: --only-backup")
    last = whole[-1] if whole else ""
    partial = [n for n in known if n.endswith(PARTIAL) and n.removesuffix(PARTIAL) > last][-1:]
    return [n for n in known if n.endswith(".history")] + whole + partial


def _place(name: str) -> int:
    """Return the place of a file in the log: files of 16 MB, 256 of them to a number."""
    return int(name[8:16], 16) * 256 + int(name[16:24], 16)


def _packed(path: Path) -> Generator[bytes]:
    packer = zlib.compressobj(_LEVEL)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield packer.compress(chunk)
    yield packer.flush()


def _context(name: str) -> bytes:
    return f"{FOLDER}/{name}".encode()
