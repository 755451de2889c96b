"""Taking a backup: PostgreSQL's programs write, we seal what they write as it comes.

Of a server whose data folder is ours, all files (`pg_basebackup`, with the log that makes them
consistent; later only the blocks that changed, where the server keeps summaries). Of any other,
the contents of the database (`pg_dump`), for we could not put files back there. Each backup has
the wrapped subject keys as a file of their own: from the newest one an older backup opens for
people who are still known, and for nobody else.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import psycopg

from candor.infra.backup import manifest as manifests
from candor.infra.backup import programs, server
from candor.infra.backup.errors import BackupBroken, NoRoom, NoSuchBackup
from candor.infra.backup.folders import UNFINISHED, appearing, require_room, sync_folder
from candor.infra.backup.ledger import Ledger
from candor.infra.backup.manifest import Count, Kind, Manifest, Seal
from candor.infra.backup.sealed import Part, seal, unseal
from candor.infra.backup.server import Connection, Facts, Table
from candor.infra.backup.tar import Watcher
from candor.kernel.clock import Clock
from candor.kernel.errors import Refused
from candor.kernel.ids import new_id

Progress = Callable[[int, int], None]  # bytes done, bytes expected
CONTENT: Final = "content.sealed"
FILES: Final = "files.sealed"
KEYS: Final = "keys.sealed"
_LABEL_FILE: Final = "backup_label"
_FILES_FILE: Final = "backup_manifest"
_START: Final = b"START WAL LOCATION: "


class NoOwner(Refused):
    """The backup cannot read everything: this is not the owner of the database."""

    code = "backup.not_owner"
    default_hint = "Set CANDOR_OWNER_URL to the owner's address."


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up, and where to."""

    url: str  # as the owner
    data_folder: Path  # where the embedded server would keep its files
    folder: Path
    seal: Seal
    ledger: Ledger
    clock: Clock


@dataclass(slots=True)
class _Work:
    """A backup that is being taken."""

    source: Source
    label: str
    making: Path
    key: bytes
    progress: Progress
    expected: int
    done: int = 0
    parts: list[Part] = field(default_factory=list[Part])

    def keep(self, name: str, chunks: Iterable[bytes]) -> None:
        """Seal a stream into a file; it is on disk when this returns."""
        with (self.making / name).open("xb") as file:
            context = context_of(self.label, name)
            self.parts.append(
                seal(file, self._counted(chunks), key=self.key, context=context, name=name)
            )
            file.flush()
            os.fsync(file.fileno())

    def _counted(self, chunks: Iterable[bytes]) -> Generator[bytes]:
        for chunk in chunks:
            yield chunk
            self.done += len(chunk)
            self.progress(self.done, max(self.done, self.expected))


def context_of(label: str, name: str) -> bytes:
    """Return what a sealed file is bound to."""
    return f"{label}/{name}".encode()


def label_at(at: datetime) -> str:
    """Return a name for a backup: its moment, and some letters that no other has."""
    return f"{at:%Y-%m-%dT%H%M%SZ}-{new_id().hex[-6:]}"


def kind_of(facts: Facts, data_folder: Path) -> Kind:
    """Choose how a server is backed up: its files where we could put them back, else a dump."""
    ours = (
        facts.data_folder is not None and facts.data_folder.resolve() == data_folder.resolve()
    )
    return Kind.FULL if ours and facts.may_replicate else Kind.DUMP


def take(source: Source, progress: Progress, parent: Manifest | None = None) -> Manifest:
    """Take a backup; return its manifest. It is whole and on disk, or it is not there.

    With a `parent`, only what changed since that one is kept, where the server can tell.

    Raises:
        NoOwner: the address is not the owner's.
        NoRoom, ProgramFailed: nothing is left of the attempt.
    """
    started_at = source.clock.now()
    label = label_at(started_at)
    key, wrapped = source.seal.fresh_key(label)
    with psycopg.connect(source.url, autocommit=True) as connection, _on_full_disk(source):
        facts = server.facts(connection)
        require_owner(connection)
        kind = kind_of(facts, source.data_folder)
        if kind is Kind.FULL and parent is not None and facts.has_summaries:
            kind = Kind.INCREMENTAL
        expected = facts.database_bytes if kind is Kind.DUMP else facts.server_bytes
        require_room(source.folder, 0 if kind is Kind.INCREMENTAL else expected // 2)
        with appearing(source.folder / label) as making:
            work = _Work(source, label, making, key, progress, expected)
            heads = tuple(source.ledger.heads())
            first_wal: str | None = None
            if kind is Kind.DUMP:
                before = after = _dump(work, connection)
            else:
                before = server.tables(connection)
                first_wal = _copy_files(
                    work, connection, parent if kind is Kind.INCREMENTAL else None
                )
                after = server.tables(connection)
            epochs = server.epochs(connection)
            work.keep(KEYS, server.wrapped_keys(connection))
            made = source.seal.signed(
                Manifest(
                    label=label,
                    kind=kind,
                    parent=parent.label if parent and kind is Kind.INCREMENTAL else None,
                    started_at=started_at,
                    finished_at=source.clock.now(),
                    server_version=facts.version,
                    system_identifier=facts.system_identifier,
                    database=facts.database,
                    owner=facts.owner,
                    migrations=server.migrations(connection),
                    epochs=epochs,
                    counts=_counts(before, after),
                    parts=tuple(work.parts),
                    first_wal=first_wal,
                    ledger=heads,
                    keyring=source.seal.fingerprint,
                    wrapped_key=wrapped,
                )
            )
            manifests.write(made, making)
    return made


def require_owner(connection: Connection) -> None:
    """Make sure that whoever connected may read the subject keys, wrapped as they are.

    Raises:
        NoOwner: they may not.
    """
    row = connection.execute(
        "SELECT has_table_privilege(current_user, 'vault.subject_key', 'SELECT')"
    ).fetchone()
    if not row or not row[0]:
        raise NoOwner


def _dump(work: _Work, connection: Connection) -> list[Table]:
    """Dump the database as it is in one moment; return its rows at that moment."""
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        with programs.reading(
            "pg_dump", "--format=custom", "--compress=1", f"--snapshot={row[0] if row else ''}",
            "--lock-wait-timeout=60s", url=work.source.url,
        ) as stream:  # fmt: skip
            work.keep(CONTENT, programs.chunks_of(stream))
        return server.tables(connection)
    finally:
        connection.execute("COMMIT")


def _copy_files(work: _Work, connection: Connection, parent: Manifest | None) -> str:
    """Copy the server's files; return where in the log recovery begins.

    A slot of this connection holds the log back until the copy is done.
    """
    slot = f"candor_backup_{new_id().hex[-12:]}"
    connection.execute("SELECT pg_create_physical_replication_slot(%s, true, true)", (slot,))
    watcher = Watcher((_LABEL_FILE, _FILES_FILE))
    with tempfile.TemporaryDirectory(prefix=".", dir=work.making) as private:
        since: list[str] = []
        if parent is not None:
            known = Path(private) / "files"
            known.write_bytes(b"".join(opened(work.source, parent, FILES)))
            since = [f"--incremental={known}"]
        with programs.reading(
            "pg_basebackup", "--pgdata=-", "--format=tar", "--wal-method=fetch",
            "--checkpoint=fast", f"--label={work.label}", *since, url=work.source.url,
        ) as stream:  # fmt: skip
            work.keep(CONTENT, watcher.passing(programs.chunks_of(stream)))
    connection.execute("SELECT pg_drop_replication_slot(%s)", (slot,))
    work.keep(FILES, [watcher.kept[_FILES_FILE]])
    for line in watcher.kept[_LABEL_FILE].splitlines():
        if line.startswith(_START):
            return line.split(b"file ", 1)[1].rstrip(b")").decode()
    message = "the server's label says where recovery begins"
    raise BackupBroken(message)


def opened(source: Source, manifest: Manifest, name: str) -> Iterable[bytes]:
    """Open a file of a backup.

    Raises:
        BackupBroken: it is not what was written.
    """
    return open_part(source.folder, source.seal, manifest, name)


def open_part(folder: Path, seal_: Seal, manifest: Manifest, name: str) -> Iterable[bytes]:
    """Open a file of a backup chunk by chunk.

    Raises:
        BackupBroken: it is missing, or not what was written.
    """
    path = folder / manifest.label / name
    manifest.part(name)
    if not path.exists():
        message = f"{path} is missing."
        raise BackupBroken(message)
    key = seal_.key_of(manifest)
    return unseal(path, key=key, context=context_of(manifest.label, name))


def newest(folder: Path, good: Sequence[Manifest]) -> Manifest:
    """Return the newest of these backups.

    Raises:
        NoSuchBackup: there is none.
    """
    if not good:
        message = f"There is no backup in {folder} that this keyring opens."
        raise NoSuchBackup(message, hint="Make one: candor backup create")
    return good[-1]


def remove(folder: Path, label: str) -> None:
    """Take a backup away; whoever is killed midway leaves nothing that looks like one."""
    going = folder / f"{UNFINISHED}{label}"
    (folder / label).rename(going)
    sync_folder(folder)
    shutil.rmtree(going)


def _counts(before: Iterable[Table], after: Iterable[Table]) -> tuple[Count, ...]:
    later = {table.name: table.rows for table in after}
    return tuple(
        Count(
            table=table.name,
            before=table.rows,
            after=later.get(table.name, table.rows),
            grows_only=table.grows_only,
        )
        for table in before
    )


@contextmanager
def _on_full_disk(source: Source) -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            message = f"The disk of {source.folder} is full."
            raise NoRoom(message) from error
        raise
