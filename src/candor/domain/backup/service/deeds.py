"""What is done with backups, start to end: create, verify, drill, restore, prune.

Each blocks for minutes: run it in a thread. Only one at a time works in a folder.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from candor.domain.access.service import closing
from candor.domain.audit.model import Actor
from candor.domain.audit.service import integrating
from candor.domain.backup import model
from candor.domain.backup.errors import CountsDiffer, NotEmpty, StillRunning
from candor.domain.backup.model import Deed, Kept
from candor.domain.backup.service import runs
from candor.domain.backup.service.place import Progress, Workshop
from candor.domain.backup.service.proving import Proof, prove, verify_log
from candor.domain.backup.service.replaying import replay
from candor.infra.backup import restoring, scratch, server, taking, wal
from candor.infra.backup.errors import ProgramFailed
from candor.infra.backup.folders import alone, clear_unfinished
from candor.infra.backup.manifest import Kind, Manifest
from candor.infra.backup.wal import Point
from candor.infra.db import migrate
from candor.infra.db.embedded import EmbeddedPostgres

_CHAIN = 6  # incremental backups that rest on one full one, at most


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    label: str
    replayed: int  # profiles that were erased again
    taken_keys: int  # subject keys that came from a newer backup
    closed_keys: int  # that open for nobody any more
    ended: int  # sign-ins that stood in the backup
    aside: Path | None  # where the database from before lies
    seconds: float


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill found."""

    label: str
    proof: Proof
    replayed: int
    plain_bytes: int
    sealed_bytes: int
    seconds: float


def create(
    workshop: Workshop, owner_url: str, progress: Progress, *, is_full: bool = False
) -> Manifest:
    """Take a backup. Incremental where the server can tell what changed, unless `is_full`.

    Raises:
        Busy, NoRoom, NotOwner, ProgramFailed: nothing is left of the attempt.
    """
    with alone(workshop.folder):
        clear_unfinished(workshop.folder)
        source, tell = workshop.source(owner_url), partial(progress, "backing up")
        parent = None if is_full else _parent(workshop)
        if parent is not None:
            # The server may not know what changed since: it was restored, or kept no summaries.
            with suppress(ProgramFailed):
                return taking.take(source, tell, parent)
        return taking.take(source, tell)


def verify(workshop: Workshop, label: str, progress: Progress) -> Manifest:
    """Read and check every byte of a backup.

    Raises:
        BackupBroken, WrongKeyring, NoSuchBackup: it cannot be used; the message names the file.
    """
    manifest = workshop.shelf.manifest(label)
    restoring.verify(workshop.shelf, manifest, partial(progress, "verifying"))
    return manifest


def drill(workshop: Workshop, label: str | None, progress: Progress) -> Drilled:
    """Restore a backup where nobody sees it, replay erasures, prove it, and take it away again.

    Raises:
        CountsDiffer, BackupBroken, StillThere: the backup cannot be relied on.
        LogFlawed: it restores, and its audit log is not what was written.
    """
    began = time.monotonic()
    shelf = workshop.shelf
    manifest = shelf.manifest(label or newest(workshop))
    home = workshop.settings.home / "drill"
    with alone(home):
        scratch.clear(home)
        with restoring.revived(shelf, manifest, home, partial(progress, "restoring")) as (
            made,
            urls,
        ):
            _require_counts(manifest, urls.owner)
            progress("proving", 0, 1)
            migrate.migrate(urls.owner)
            restoring.take_newer_keys(shelf, urls.owner, workshop.has_epoch)
            replayed, proof = asyncio.run(_replayed(workshop, urls.owner, urls.app))
        made.check_pages()
        made.remove()
    proof.require_whole_log()
    progress("proving", 1, 1)
    return Drilled(
        label=manifest.label,
        proof=proof,
        replayed=replayed,
        plain_bytes=manifest.plain_bytes,
        sealed_bytes=manifest.sealed_bytes,
        seconds=time.monotonic() - began,
    )


def restore(
    workshop: Workshop, label: str | None, progress: Progress, until: Point | None
) -> Restored:
    """Put a backup in the place of the database, once everything in it is as it must be.

    The embedded server must be stopped; the old data folder is kept beside the new one. A dump
    goes into the empty database that the settings name.

    Raises:
        StillRunning, NotEmpty: there is something in its place.
        BackupBroken, LedgerBroken, StillThere: nothing was put in place.
    """
    began = time.monotonic()
    shelf = workshop.shelf
    manifest = shelf.manifest(label or newest(workshop))
    workshop.ledger.require(manifest.ledger)
    into_files = workshop.settings.is_embedded and manifest.kind is not Kind.DUMP
    home = workshop.settings.home
    with alone(home):
        restoring.finish_swap(home)
        scratch.clear(home)
        aside: Path | None = None
        if into_files or workshop.settings.is_embedded:
            _require_stopped(workshop)
            with restoring.revived(
                shelf, manifest, home, partial(progress, "restoring"), until
            ) as (made, urls):
                work = _work_through(workshop, manifest, urls.owner, urls.app, progress, began)
            aside = restoring.swap(made, workshop.settings.data_folder)
        else:
            owner, app = _elsewhere(workshop)
            restoring.load_dump(shelf, manifest, owner, partial(progress, "restoring"))
            work = _work_through(workshop, manifest, owner, app, progress, began)
            restoring.set_aside(home)
    return Restored(manifest.label, *work, aside, time.monotonic() - began)


def prune(workshop: Workshop, good: frozenset[str]) -> list[str]:
    """Take away backups that need not be kept; return their labels.

    Broken ones stay for somebody to look at; the newest good one stays in any case.
    """
    with alone(workshop.folder):
        clear_unfinished(workshop.folder)
        kept = [Kept(m.label, m.started_at, m.parent) for m in workshop.shelf.good()]
        days, weeks = workshop.settings.backup_keep
        going = model.to_remove(kept, days, weeks, good)
        for label in going:
            taking.remove(workshop.folder, label)
        needed = [m.first_wal for m in workshop.shelf.good() if m.first_wal]
        if needed:
            wal.forget(workshop.folder, min(needed, key=lambda name: name[8:]))
        return going


def keeps_log(workshop: Workshop, owner_url: str) -> bool:
    """Tell whether the log of this server is kept, to restore to any moment: it must be ours."""
    facts = server.facts_at(owner_url)
    return taking.kind_of(facts, workshop.settings.data_folder) is Kind.FULL


def newest(workshop: Workshop) -> str:
    """Return the label of the newest backup that can be read.

    Raises:
        NoSuchBackup: there is none.
    """
    return taking.newest(workshop.folder, workshop.shelf.good()).label


def _work_through(
    workshop: Workshop,
    manifest: Manifest,
    owner_url: str,
    app_url: str,
    progress: Progress,
    began: float,
) -> tuple[int, int, int, int]:
    """Bring a restored database to where it may be opened; note the restore in it."""
    migrate.migrate(owner_url)
    taken, closed = restoring.take_newer_keys(workshop.shelf, owner_url, workshop.has_epoch)
    progress("replaying erasures", 0, 1)
    replayed, proof = asyncio.run(_replayed(workshop, owner_url, app_url))
    ended = asyncio.run(_closed(workshop, app_url))
    report = {
        "replayed": replayed,
        "taken_keys": taken,
        "closed_keys": closed,
        "sign_ins": ended,
        "log_entries": proof.log_entries,
        "log_flaws": len(proof.log_flaws),
        "seconds": round(time.monotonic() - began, 1),
    }
    asyncio.run(_note(workshop, app_url, manifest.label, report))
    progress("replaying erasures", 1, 1)
    return replayed, taken, closed, ended


async def _replayed(workshop: Workshop, owner_url: str, app_url: str) -> tuple[int, Proof]:
    async with workshop.opener(app_url) as opened:
        log = await verify_log(opened)
        async with opened.database.tx("replay") as tx:
            await integrating.settle(tx)
        replayed = await replay(opened, workshop.ledger)
        sample = server.sample(owner_url, workshop.has_epoch)
        return replayed, await prove(opened, sample, log)


async def _closed(workshop: Workshop, app_url: str) -> int:
    """End every sign-in of the past; return how many."""
    async with workshop.opener(app_url) as opened, opened.database.tx("restore") as tx:
        return await closing.close_all(tx, actor=Actor.machine("backup"), clock=workshop.clock)


async def _note(
    workshop: Workshop, app_url: str, label: str, report: dict[str, int | float]
) -> None:
    async with workshop.opener(app_url) as opened:
        run_id = await runs.begin(opened.database, Deed.RESTORE, label, workshop.clock)
        await runs.end(
            opened.database, run_id, Deed.RESTORE, label, report, workshop.clock,
            is_well=True, actor=Actor.machine("cli"),
        )  # fmt: skip


def _require_counts(manifest: Manifest, owner_url: str) -> None:
    """Compare what was restored with what the backup had.

    Raises:
        CountsDiffer: rows that only come are fewer or more than there were.
    """
    found = {table.name: table.rows for table in server.tables_at(owner_url)}
    for count in manifest.counts:
        rows = found.get(count.table, -1)
        exact = manifest.kind is Kind.DUMP
        low, high = count.before, count.after
        is_well = rows == low if exact else not count.grows_only or low <= rows <= high
        if not is_well:
            message = f"{count.table} has {rows} rows where the backup had {low} to {high}."
            raise CountsDiffer(message)


def _require_stopped(workshop: Workshop) -> None:
    """Make sure that no server uses the data folder.

    Raises:
        StillRunning: one does.
    """
    folder = workshop.settings.data_folder
    if folder.exists() and EmbeddedPostgres(folder).is_running:
        raise StillRunning


def _elsewhere(workshop: Workshop) -> tuple[str, str]:
    """Return the addresses of the empty database that a dump goes into.

    Raises:
        NotEmpty: there is something in it.
    """
    owner = str(workshop.settings.owner_url)
    if server.tables_at(owner):
        raise NotEmpty
    scratch.make_roles_at(owner)
    return owner, str(workshop.settings.database_url)


def _parent(workshop: Workshop) -> Manifest | None:
    """Return what an incremental backup may rest on: the newest, while its chain is short."""
    good = workshop.shelf.good()
    if not good or good[-1].kind is Kind.DUMP:
        return None
    return good[-1] if len(workshop.shelf.chain(good[-1])) < _CHAIN else None
