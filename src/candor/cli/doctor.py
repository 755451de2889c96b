"""`candor doctor`: looks whether this installation keeps its promises, and says what to do."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, LiteralString

import psycopg
import typer
from psycopg.rows import TupleRow
from rich.markup import escape

from candor.cli import recovery, standing_guard
from candor.cli.finding import Finding
from candor.cli.place import Place, reached, services
from candor.cli.screen import out
from candor.domain.backup.model import Run, health
from candor.domain.vault.service.overview import Overview, overview
from candor.infra import mail
from candor.infra.db import migrate
from candor.infra.settings import Settings
from candor.kernel.clock import SystemClock
from candor.kernel.errors import CandorError

_SKEW_SECONDS: Final = 2
_FREE_BYTES: Final = 2 * 1024**3
_SEE_KEYS: Final = "Read docs/howto/keys.md; look at: candor keys status"
_OLDEST: Final = 150_000  # PostgreSQL 15


Check = Callable[[Place, psycopg.AsyncConnection[TupleRow]], Awaitable[Finding]]


def doctor() -> None:
    """Check versions, database, durability, privileges, keys, clock, mail and disk."""
    with reached(Settings.load()) as place:
        findings = asyncio.run(_examine(place))
    for finding in findings:
        out.print(f"{_mark(finding)} {escape(finding.what)}", soft_wrap=True)
        if not finding.is_well:
            out.print(f"  {escape(finding.hint)}")
    if not all(finding.is_well or finding.is_warning for finding in findings):
        raise typer.Exit(1)


def _mark(finding: Finding) -> str:
    if finding.is_well:
        return "[green]✓[/]"
    return "[yellow]![/]" if finding.is_warning else "[red]✗[/]"


async def _examine(place: Place) -> list[Finding]:
    try:
        connection = await psycopg.AsyncConnection.connect(place.urls.app)
    except psycopg.OperationalError:
        # Not the driver's text: an address may hold a password.
        hint = (
            "Is it running, and is CANDOR_DATABASE_URL right? If it is new: candor db migrate"
        )
        text = "the database cannot be reached as the application"
        return [_python(), Finding(text, is_well=False, hint=hint), _disk(place)]
    async with connection:
        found = [await check(place, connection) for check in _CHECKS]
    return [_python(), *found, *await standing_guard.look(place), _disk(place)]


def _python() -> Finding:
    number = ".".join(str(part) for part in sys.version_info[:3])
    return Finding(
        f"Python {number}", sys.version_info >= (3, 11), "Install Python 3.11 or newer."
    )


async def _one(  # a scalar of whatever type the statement has
    connection: psycopg.AsyncConnection[TupleRow], sql: LiteralString
) -> Any:  # noqa: ANN401
    cursor = await connection.execute(sql)
    row = await cursor.fetchone()
    return row[0] if row else None


async def _version(_place: Place, connection: psycopg.AsyncConnection[TupleRow]) -> Finding:
    number = connection.info.server_version
    name = await _one(connection, "SHOW server_version")
    return Finding(f"PostgreSQL {name}", number >= _OLDEST, "Use PostgreSQL 15 or newer.")


async def _migrations(place: Place, _connection: psycopg.AsyncConnection[TupleRow]) -> Finding:
    try:
        await asyncio.to_thread(migrate.check, place.urls.app)
    except CandorError as error:
        return Finding(error.message, is_well=False, hint=error.hint)
    return Finding("all migrations are applied", is_well=True)


async def _durable(_place: Place, connection: psycopg.AsyncConnection[TupleRow]) -> Finding:
    fsync = await _one(connection, "SHOW fsync")
    commit = await _one(connection, "SHOW synchronous_commit")
    well = fsync == "on" and commit in {"on", "remote_apply", "remote_write", "local"}
    text = f"what is acknowledged is on disk (fsync {fsync}, synchronous_commit {commit})"
    return Finding(text, well, "Set fsync and synchronous_commit to on.")


async def _privileges(_place: Place, connection: psycopg.AsyncConnection[TupleRow]) -> Finding:
    # Evidence of choices may go when it is three years old; a trigger stands before that.
    sql = """
        SELECT NOT (
            has_table_privilege(current_user, 'audit.entry', 'UPDATE, DELETE, TRUNCATE')
            OR has_table_privilege(current_user, 'consent.record', 'UPDATE, TRUNCATE')
            OR has_table_privilege(current_user, 'vault.subject_key', 'SELECT, UPDATE, DELETE')
        )
    """
    hint = "Connect as candor_app, not as the owner: CANDOR_DATABASE_URL."
    text = "the application cannot rewrite audit log or choices, nor read keys"
    return Finding(text, bool(await _one(connection, sql)), hint)


async def _append_only(_place: Place, connection: psycopg.AsyncConnection[TupleRow]) -> Finding:
    sql = """
        SELECT count(*) FROM pg_trigger
        WHERE tgname IN (
            'entry__append_only', 'entry__no_truncate', 'record__append_only',
            'record__no_truncate', 'tile__only_grows', 'tile__append_only',
            'tile__no_truncate', 'checkpoint__append_only', 'checkpoint__no_truncate'
        ) AND tgenabled <> 'D'
    """
    triggers = 9
    text = "audit log and choices refuse to be rewritten, even by the owner"
    hint = (
        "A trigger was dropped or disabled. Treat it as an incident: candor db migrate cannot."
    )
    return Finding(text, await _one(connection, sql) == triggers, hint)


async def _log_proof(_place: Place, connection: psycopg.AsyncConnection[TupleRow]) -> Finding:
    """Look whether the worker proves the log, and what came of the last verification."""
    overdue = await _one(
        connection,
        """
        SELECT EXISTS (
            SELECT FROM audit.entry
            WHERE recorded_at BETWEEN now() - interval '1 day' AND now() - interval '5 minutes'
                AND recorded_at > coalesce(
                    (SELECT max(signed_at) FROM audit.checkpoint), '-infinity'
                )
        )
        """,
    )
    differs = await _one(
        connection,
        """
        SELECT outcome = 'refused' FROM audit.entry
        WHERE action IN ('audit.verified', 'audit.rewritten')
        ORDER BY entry_id DESC LIMIT 1
        """,
    )
    if differs:
        text = "the audit log is not what was written"
        hint = "Treat it as an incident. What was changed is named by: candor audit verify"
        return Finding(text, is_well=False, hint=hint)
    text = "the audit log is under a signed checkpoint"
    hint = "The worker signs one every minute. Is it running? candor work"
    return Finding(text, not overdue, hint)


async def _keys(place: Place, _connection: psycopg.AsyncConnection[TupleRow]) -> Finding:
    try:
        seen = await _seen(place)
        if seen.trouble is not None:
            raise seen.trouble
    except migrate.Behind as error:  # told above as the failure that it is
        text = "keys cannot be looked at before all migrations are applied"
        return Finding(text, is_well=False, hint=error.hint, is_warning=True)
    except CandorError as error:
        return Finding(f"keyring: {error.message}", is_well=False, hint=error.hint)
    living = sum(epoch.destroyed_at is None for epoch in seen.epochs)
    return Finding(f"the keyring has the keys of all {living} living epochs", is_well=True)


async def _copies(place: Place, _connection: psycopg.AsyncConnection[TupleRow]) -> Finding:
    try:
        seen = await _seen(place)
    except CandorError:
        text = "copies of the keys cannot be looked at"
        return Finding(text, is_well=False, hint=_SEE_KEYS, is_warning=True)
    lines = recovery.standing(seen)
    told = "; ".join(text for _, text in lines)
    return Finding(told, all(is_well for is_well, _ in lines), _SEE_KEYS, is_warning=True)


async def _seen(place: Place) -> Overview:
    async with services(place) as candor, candor.database.read("doctor") as tx:
        return await overview(tx, candor.vault, candor.keyring)


async def _clock(_place: Place, connection: psycopg.AsyncConnection[TupleRow]) -> Finding:
    theirs = await _one(connection, "SELECT clock_timestamp()")
    skew = abs((theirs - SystemClock().now()).total_seconds())
    hint = "Let both machines follow the same time server."
    return Finding(f"clocks agree within {skew:.1f} s", skew < _SKEW_SECONDS, hint)


async def _catalogue(_place: Place, connection: psycopg.AsyncConnection[TupleRow]) -> Finding:
    version = await _one(connection, "SELECT max(version_id) FROM catalogue.version")
    text = f"catalogue version {version} is in force" if version else "no catalogue is in force"
    return Finding(text, version is not None, "Run: candor catalogue apply FOLDER")


async def _mail(place: Place, _connection: psycopg.AsyncConnection[TupleRow]) -> Finding:
    hint = "Set CANDOR_SMTP_URL and CANDOR_MAIL_FROM; look into the log of the mail server."
    try:
        mailer = mail.mailer(place.settings, SystemClock())
        await mailer.check()
    except CandorError as error:
        return Finding(f"mail: {error.message}", is_well=False, hint=hint)
    return Finding(mailer.about, is_well=True)


async def _backups(place: Place, connection: psycopg.AsyncConnection[TupleRow]) -> Finding:
    if place.settings.backup_folder is None:
        hint = "Set CANDOR_BACKUP_FOLDER to a folder on another disk or machine."
        if place.settings.catalogue is None:
            return Finding("no backups are taken; the demo needs none", is_well=True)
        return Finding("no backups are taken", is_well=False, hint=hint)
    cursor = await connection.execute(
        "SELECT run_id, kind, label, started_at, finished_at, outcome, report FROM backup.run "
        "ORDER BY started_at DESC LIMIT 400"
    )
    found = health([Run(*row) for row in await cursor.fetchall()], SystemClock().now())
    backup = _day(found.last_backup_at)
    text = f"last good backup {backup}, restored as a drill {_day(found.last_drill_at)}"
    hint = (
        "Run: candor backup create, candor backup drill. Does the worker run, with this folder?"
    )
    return Finding(text, found.is_well, hint)


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


def _disk(place: Place) -> Finding:
    folder = place.settings.home if place.settings.home.exists() else place.settings.home.parent
    free = shutil.disk_usage(folder).free
    text = f"{free / 1024**3:.0f} GB are free on the disk"
    return Finding(
        text, free > _FREE_BYTES, "Make room: PostgreSQL stops when the disk is full."
    )


_CHECKS: Final[tuple[Check, ...]] = (
    _version,
    _migrations,
    _durable,
    _privileges,
    _append_only,
    _log_proof,
    _keys,
    _copies,
    _clock,
    _catalogue,
    _mail,
    _backups,
)
