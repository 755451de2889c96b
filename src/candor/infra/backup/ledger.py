"""The ledger of erasures: who was erased, outside the database, on disk before the commit.

A database that is restored from a backup knows nothing of the people who were erased since. The
ledger does: one line of JSON per erasure, each with a MAC over the line and the one before it, so
that no line can be changed, taken out or moved. It lies in `erasures/` of the home folder, and as
a copy in that of the backup folder; both are written, and synchronised to the disk, before the
transaction that destroys the keys commits. A profile id in it names nobody: its key is gone.

A line that was cut off in the middle of writing belongs to a transaction that never committed;
it is dropped by the next writer. Several homes each write a file of their own; readers take all.
"""

import fcntl
import hmac
import json
import os
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

from candor.infra.backup.errors import LedgerBroken
from candor.infra.backup.folders import sync_folder
from candor.infra.backup.sealed import sealed_size
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId, new_id

FOLDER: Final = "erasures"
_SUFFIX: Final = ".jsonl"
_AT_ONCE: Final = 500  # profiles on one line
_TAIL: Final = 64 * 1024  # no line is longer
_START: Final = b"candor ledger of erasures"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased at one moment, as the ledger keeps it."""

    file: str
    number: int
    at: datetime
    profiles: tuple[ProfileId, ...]
    transaction: str  # server and number of it, to tell later whether it was committed


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a file of the ledger, as a backup remembers it."""

    file: str
    number: int
    mac: str


class Ledger:
    """The ledger of one home folder, with its copies."""

    def __init__(self, key: bytes, folders: Sequence[Path]) -> None:
        """Take the key of the MACs and the folders: home first, then copies."""
        self._key = key
        self._folders = [folder / FOLDER for folder in folders]

    def note(self, profile_ids: Sequence[ProfileId], at: datetime, transaction: str) -> None:
        """Write that these profiles are being erased; on disk, in all folders, when it returns.

        Raises:
            Unavailable: a folder cannot be written.
            LedgerBroken: the last line is not one of ours.
        """
        ids = [str(profile_id) for profile_id in profile_ids]
        bodies = [
            {
                "at": at.isoformat(),
                "profiles": ids[start : start + _AT_ONCE],
                "transaction": transaction,
            }
            for start in range(0, len(ids), _AT_ONCE)
        ]
        self._append(bodies)

    def void(self, erasures: Iterable[Erasure], at: datetime) -> None:
        """Write that these erasures were undone before they were committed."""
        self._append(
            [{"at": at.isoformat(), "file": e.file, "void": e.number} for e in erasures]
        )

    def erasures(self) -> list[Erasure]:
        """Return every erasure that was not undone, of all homes, oldest first.

        Raises:
            LedgerBroken: a line was changed, or one is missing between others.
        """
        lines: dict[tuple[str, int], dict[str, Any]] = {}
        for path in self._files():
            for body in self._read(path):
                lines[path.name, int(body["n"])] = body
        void = {(str(b["file"]), int(b["void"])) for b in lines.values() if "void" in b}
        found = [
            Erasure(
                file=file,
                number=number,
                at=datetime.fromisoformat(body["at"]),
                profiles=tuple(ProfileId(UUID(text)) for text in body["profiles"]),
                transaction=str(body["transaction"]),
            )
            for (file, number), body in lines.items()
            if "profiles" in body and (file, number) not in void
        ]
        return sorted(found, key=lambda erasure: (erasure.at, erasure.file, erasure.number))

    def heads(self) -> list[Head]:
        """Return the last line of each file."""
        found: dict[str, Head] = {}
        for path in self._files():
            bodies = self._read(path)
            if bodies and (path.name not in found or found[path.name].number < bodies[-1]["n"]):
                found[path.name] = Head(path.name, bodies[-1]["n"], bodies[-1]["mac"])
        return sorted(found.values(), key=lambda head: head.file)

    def require(self, heads: Iterable[Head]) -> None:
        """Make sure that the ledger still holds these lines, which a backup has seen.

        Raises:
            LedgerBroken: one is missing: whoever restored without it would bring people back.
        """
        macs = {body["mac"] for path in self._files() for body in self._read(path)}
        for head in heads:
            if head.mac not in macs:
                message = f"The ledger of erasures misses line {head.number} of {head.file}."
                raise LedgerBroken(message)

    def _files(self) -> list[Path]:
        return [
            path
            for folder in self._folders
            if folder.is_dir()
            for path in sorted(folder.glob(f"*{_SUFFIX}"))
        ]

    def _own(self) -> str:
        """Return the name of the file of this home."""
        names = sorted(path.name for path in self._folders[0].glob(f"*{_SUFFIX}"))
        return names[0] if names else f"{new_id().hex}{_SUFFIX}"

    @contextmanager
    def _changing(self) -> Generator[None]:
        """Let one process at a time write."""
        try:
            for folder in self._folders:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._folders[0] / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unwritable(self._folders) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _append(self, bodies: Sequence[dict[str, Any]]) -> None:
        if not bodies:
            return
        with self._changing():
            own = self._folders[0] / self._own()
            number, mac = self._last(own)
            text = ""
            for body in bodies:
                number += 1
                numbered = {"n": number, **body}
                mac = self._mac(mac, numbered)
                text += json.dumps({**numbered, "mac": mac}, sort_keys=True) + "\n"
            try:
                for folder in self._folders[1:]:
                    self._catch_up(own, folder / own.name)
                for folder in self._folders:
                    _extend(folder / own.name, text)
            except OSError as error:
                raise _unwritable(self._folders) from error

    def _catch_up(self, own: Path, copy: Path) -> None:
        """Make a copy equal to our file where it is behind: a folder that is new, or was away."""
        if sealed_size(own) == sealed_size(copy):
            return  # whether they are the same, readers find out
        ours = own.read_bytes() if own.exists() else b""
        theirs = copy.read_bytes() if copy.exists() else b""
        if not ours.startswith(theirs[: theirs.rfind(b"\n") + 1]):
            message = f"{copy} is not a copy of {own}."
            raise LedgerBroken(message)
        fresh = copy.with_suffix(".new")
        fresh.write_bytes(ours)
        fresh.chmod(0o600)
        fresh.replace(copy)

    def _last(self, path: Path) -> tuple[int, str]:
        """Return number and MAC of the last line, cutting off one that is not whole."""
        if not path.exists():
            return 0, ""
        with path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 2 * _TAIL))
            tail = file.read()
            whole = tail.rfind(b"\n") + 1
            if whole < len(tail):
                file.truncate(size - (len(tail) - whole))
        lines = tail[:whole].splitlines()
        if not lines:
            return 0, ""
        try:
            body = json.loads(lines[-1])
            before = json.loads(lines[-2])["mac"] if len(lines) > 1 else ""
            self._check(path, before, body)
        except (ValueError, KeyError, TypeError) as error:
            raise _changed(path) from error
        return int(body["n"]), str(body["mac"])

    def _read(self, path: Path) -> list[dict[str, Any]]:
        """Return the lines of a file, every one of them checked."""
        data = path.read_bytes()
        bodies: list[dict[str, Any]] = []
        mac = ""
        for line in data[: data.rfind(b"\n") + 1].splitlines():
            try:
                body = cast("dict[str, Any]", json.loads(line))
                self._check(path, mac, body)
                number = int(body["n"])
            except (ValueError, KeyError, TypeError) as error:
                raise _changed(path) from error
            if number != len(bodies) + 1:
                raise _changed(path)
            mac = str(body["mac"])
            bodies.append(body)
        return bodies

    def _check(self, path: Path, before: str, body: dict[str, Any]) -> None:
        bare = {name: value for name, value in body.items() if name != "mac"}
        if not hmac.compare_digest(self._mac(before, bare), str(body["mac"])):
            raise _changed(path)

    def _mac(self, before: str, body: dict[str, Any]) -> str:
        text = json.dumps(body, sort_keys=True).encode()
        return hmac.new(self._key, _START + before.encode() + text, sha256).hexdigest()


def _extend(path: Path, text: str) -> None:
    """Add lines to a file; they are on disk when this returns."""
    is_new = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_folder(path.parent)


def _changed(path: Path) -> LedgerBroken:
    return LedgerBroken(f"{path} was changed: it is not what was written.")


def _unwritable(folders: Sequence[Path]) -> Unavailable:
    places = " or ".join(str(folder) for folder in folders)
    message = f"The ledger of erasures in {places} cannot be written; nobody is erased."
    return Unavailable(message, hint="Make the folder writable, or make room; then try again.")
