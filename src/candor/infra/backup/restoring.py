"""Bringing a backup back to life in a scratch folder, and putting a data folder in its place.

Every byte is opened and checked on its way; the files are then held against the server's own
list. Nothing is put in place here that somebody above has not worked through first: `swap` comes
last, and is finished by the next start when it was interrupted.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from candor.infra.backup import manifest as manifests
from candor.infra.backup import programs
from candor.infra.backup.errors import BackupBroken
from candor.infra.backup.folders import UNFINISHED, require_room, sync_folder
from candor.infra.backup.manifest import Kind, Manifest, Seal
from candor.infra.backup.scratch import Scratch, close_to_others
from candor.infra.backup.sealed import sealed_size
from candor.infra.backup.taking import CONTENT, KEYS, open_part
from candor.infra.backup.wal import Point, lay_out
from candor.infra.db.embedded import Urls
from candor.kernel.errors import CandorError
from candor.kernel.ids import new_id

Progress = Callable[[int, int], None]
_SWAP: Final = "restore.json"
_BESIDE: Final = ("wal", "checkpoints")  # the log being drawn, signed heads of the audit log
_TAKE_KEYS: Final = """
CREATE TEMPORARY TABLE newer (profile_id uuid, epoch_id integer, wrapped bytea);
"""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of backups and the keyring that opens them."""

    folder: Path
    seal: Seal

    def labels(self) -> Sequence[str]:
        """Return the names of all backups, oldest first."""
        return manifests.labels(self.folder)

    def manifest(self, label: str) -> Manifest:
        """Return the manifest of a backup, checked.

        Raises:
            NoSuchBackup, WrongKeyring, BackupBroken: it cannot be used.
        """
        return self.seal.read(self.folder / Path(label).name)

    def chain(self, manifest: Manifest) -> list[Manifest]:
        """Return what an incremental backup rests on, the full one first, and itself.

        Raises:
            NoSuchBackup: one of them is gone.
            BackupBroken: the chain does not lead to a full backup.
        """
        found = [manifest]
        while found[0].parent is not None and len(found) <= len(self.labels()):
            found.insert(0, self.manifest(found[0].parent))
        if found[0].kind is Kind.INCREMENTAL:
            message = f"The backup {manifest.label} rests on no full backup."
            raise BackupBroken(message)
        return found

    def good(self) -> list[Manifest]:
        """Return every manifest that can be read, oldest first; broken ones are left out."""
        found: list[Manifest] = []
        for label in self.labels():
            with suppress(CandorError):
                found.append(self.manifest(label))
        return found

    def size(self, manifest: Manifest) -> int:
        """Return how many bytes a backup takes up, with what it rests on."""
        return sum(each.plain_bytes for each in self.chain(manifest))


def verify(shelf: Shelf, manifest: Manifest, progress: Progress) -> None:
    """Read every byte of a backup and of what it rests on, and check it.

    Raises:
        BackupBroken: the message names the file.
    """
    chain = shelf.chain(manifest)
    expected, done = sum(each.sealed_bytes for each in chain), 0
    for each in chain:
        for part in each.parts:
            path = shelf.folder / each.label / part.name
            if sealed_size(path) != part.sealed_bytes:
                message = f"{path} is missing, or has another size than it was given."
                raise BackupBroken(message)
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != part.sha256:
                    message = f"{path} was changed or damaged: it is not what was written."
                    raise BackupBroken(message)
            plain = sum(len(c) for c in open_part(shelf.folder, shelf.seal, each, part.name))
            if plain != part.plain_bytes:
                message = f"{path} holds another number of bytes than was written."
                raise BackupBroken(message)
            done += part.sealed_bytes
            progress(done, expected)


@contextmanager
def revived(
    shelf: Shelf, manifest: Manifest, home: Path, progress: Progress, until: Point | None = None
) -> Generator[tuple[Scratch, Urls]]:
    """Bring a backup to life in a scratch folder of `home`, for the time of the block.

    The scratch folder is left stopped and in place for the caller to keep or remove, when the
    block ends well; it is removed when not. With a point in time, the archived log is replayed
    up to it.

    Raises:
        NoRoom, BackupBroken, ProgramFailed: it cannot be brought back.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    require_room(home, shelf.size(manifest) * (2 if manifest.parent else 1))
    scratch = Scratch(home / f"{UNFINISHED}{manifest.label}-{new_id().hex[-6:]}")
    try:
        if manifest.kind is Kind.DUMP:
            scratch.initialise()
            with scratch.running(_UNHURRIED) as running:
                running.make_database(manifest.database, manifest.owner)
                urls = running.urls(manifest.database)
                load_dump(shelf, manifest, urls.owner, progress)
                yield scratch, urls
        else:
            _rebuild(shelf, manifest, scratch, progress)
            settings = lay_out(shelf.folder, shelf.seal, manifest, scratch.folder, until)
            with scratch.running((*_UNHURRIED, *settings)) as running:
                yield scratch, running.urls(manifest.database)
            clear_recovery(scratch.folder)
    except BaseException:
        scratch.remove()
        raise


# A scratch server that dies is made anew: it need not wait for the disk until it is kept.
_UNHURRIED: Final = ("synchronous_commit=off", "max_wal_size=8GB", "autovacuum=off")


def load_dump(shelf: Shelf, manifest: Manifest, owner_url: str, progress: Progress) -> None:
    """Load the contents of a dump into an empty database: all of it, or nothing.

    Raises:
        ProgramFailed: the database refused something.
    """
    chunks = _counted(
        open_part(shelf.folder, shelf.seal, manifest, CONTENT), manifest, progress
    )
    programs.feeding(
        "pg_restore", "--single-transaction", "--exit-on-error",
        "--dbname", programs.database_of(owner_url), url=owner_url, chunks=chunks,
    )  # fmt: skip


def take_newer_keys(
    shelf: Shelf, owner_url: str, has_epoch: Callable[[int], bool]
) -> tuple[int, int]:
    """Take over subject keys from newer backups where the epochs of these are destroyed.

    Epochs are destroyed on purpose, so that an old backup opens for nobody who was erased since;
    who is still known has a key in a newer backup. Returns how many keys were taken over, and how
    many stay closed for ever.
    """
    with psycopg.connect(owner_url) as connection:
        rows = connection.execute("SELECT DISTINCT epoch_id FROM vault.subject_key").fetchall()
        closed = [row[0] for row in rows if not has_epoch(row[0])]
        if not closed:
            return 0, 0
        taken = 0
        for newer in reversed(shelf.good()):
            if not all(has_epoch(share.epoch_id) for share in newer.epochs):
                continue
            connection.execute(_TAKE_KEYS)
            with connection.cursor() as cursor, cursor.copy("COPY newer FROM STDIN") as copy:
                for chunk in open_part(shelf.folder, shelf.seal, newer, KEYS):
                    copy.write(chunk)
            connection.execute(
                "INSERT INTO vault.epoch (epoch_id, opened_at, closed_at) "
                "SELECT DISTINCT epoch_id, now(), now() FROM newer ON CONFLICT DO NOTHING"
            )
            taken = connection.execute(
                "UPDATE vault.subject_key AS old SET "
                "epoch_id = newer.epoch_id, wrapped = newer.wrapped FROM newer "
                "WHERE newer.profile_id = old.profile_id AND old.epoch_id = ANY(%s)",
                (closed,),
            ).rowcount
            break
        row = connection.execute(
            "SELECT count(*) FROM vault.subject_key WHERE epoch_id = ANY(%s)", (closed,)
        ).fetchone()
        return taken, row[0] if row else 0


def swap(scratch: Scratch, data_folder: Path) -> Path | None:
    """Put a restored data folder in its place; return where the old one was kept, if any.

    What is to be done is written down first: whoever is killed midway is finished by `finish_swap`.
    """
    home = data_folder.parent
    aside = data_folder.with_name(f"{data_folder.name}.before-{new_id().hex[-8:]}")
    plan = home / _SWAP
    _write_plan(plan, [scratch.folder.name, data_folder.name, aside.name])
    had_one = data_folder.exists()
    finish_swap(home)
    return aside if had_one else None


def finish_swap(home: Path) -> bool:
    """Finish a swap that was begun; tell whether there was one."""
    plan = home / _SWAP
    if not plan.exists():
        return False
    fresh, place, aside = (home / name for name in json.loads(plan.read_text("utf-8")))
    if fresh.exists():
        if place.exists():
            place.rename(aside)
        # What was noted beside the old database goes with it: it may be ahead of the restored one.
        _rename_beside(home, aside.name)
        fresh.rename(place)
    sync_folder(home)
    plan.unlink()
    sync_folder(home)
    return True


def set_aside(home: Path) -> None:
    """Put aside what was noted beside the database of somebody else's server before a restore.

    Signed heads that are ahead of the restored log would let it look rewritten.
    """
    _rename_beside(home, f"database.before-{new_id().hex[-8:]}")
    sync_folder(home)


def _rename_beside(home: Path, aside: str) -> None:
    for name in _BESIDE:
        if (home / name).exists():
            (home / name).rename(home / f"{aside}.{name}")


def clear_recovery(folder: Path) -> None:
    """Take out of a data folder what only its recovery needed."""
    for name in ("recovery.signal", "candor-wal"):
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _rebuild(shelf: Shelf, manifest: Manifest, scratch: Scratch, progress: Progress) -> None:
    """Unpack a backup, put together with what it rests on, and check every file of it."""
    chain = shelf.chain(manifest)
    if len(chain) == 1:
        chunks = open_part(shelf.folder, shelf.seal, manifest, CONTENT)
        scratch.unpack(_counted(chunks, manifest, progress))
        scratch.verify_files()
        return
    pieces = [
        Scratch(scratch.folder.with_name(f"{scratch.folder.name}-{number}"))
        for number in range(len(chain))
    ]
    try:
        for piece, each in zip(pieces, chain, strict=True):
            chunks = open_part(shelf.folder, shelf.seal, each, CONTENT)
            piece.unpack(_counted(chunks, each, progress))
            piece.verify_files()
        programs.run(
            "pg_combinebackup", "--no-sync", "--output", str(scratch.folder),
            *(str(piece.folder) for piece in pieces),
        )  # fmt: skip
        close_to_others(scratch.folder)
        scratch.verify_files()
    finally:
        for piece in pieces:
            piece.remove()


def _counted(
    chunks: Iterable[bytes], manifest: Manifest, progress: Progress
) -> Generator[bytes]:
    done, expected = 0, manifest.part(CONTENT).plain_bytes
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        progress(done, expected)


def _write_plan(plan: Path, names: list[str]) -> None:
    fresh = plan.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(names, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(plan)
    sync_folder(plan.parent)
