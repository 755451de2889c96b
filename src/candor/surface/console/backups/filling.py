"""Turning runs and backups into what the page shows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from candor.domain.backup import model
from candor.domain.backup.model import Deed, Health, Run
from candor.domain.backup.service.reports import Line, size
from candor.surface.console.backups.views import BackupLine, BackupsPage, RunLine, Running

_WORDS: Final[Mapping[str, str]] = {
    Deed.CREATE: "Backup",
    Deed.VERIFY: "Verification",
    Deed.DRILL: "Drill",
    Deed.RESTORE: "Restore",
}
_NIGHT: Final = (1, 41)  # hour and minute in UTC at which the worker takes one
_MEGA: Final = 1_000_000
_KILLED: Final = timedelta(hours=12)  # a run that is silent for so long is not under way


def backups_page(
    now: datetime,
    folder: str | None,
    keep: tuple[int, int],
    health: Health,
    lines: list[Line],
    runs: list[Run],
    *,
    may_act: bool,
    post_url: str,
    csrf_token: str,
) -> BackupsPage:
    """Return the page: how it stands, what there is, what was done."""
    tonight = now.replace(hour=_NIGHT[0], minute=_NIGHT[1], second=0, microsecond=0)
    next_backup = tonight if tonight > now else tonight + timedelta(days=1)
    due = (health.last_drill_at or now) + model.DRILL_EVERY
    under_way = [r for r in runs if r.finished_at is None and now - r.started_at < _KILLED]
    return BackupsPage(
        folder=folder,
        last_backup_at=health.last_backup_at,
        last_drill_at=health.last_drill_at,
        next_backup_at=next_backup,
        next_drill_at=max(next_backup, due) if health.last_drill_at else next_backup,
        backup_is_late=health.backup_is_late,
        drill_is_late=health.drill_is_late,
        running=tuple(_running(run) for run in under_way),
        backups=tuple(_backup(line) for line in reversed(lines)),
        runs=tuple(_run(run, now) for run in runs),
        keeps=f"the newest of each of the last {keep[0]} days and {keep[1]} weeks",
        may_act=may_act and folder is not None,
        post_url=post_url,
        csrf_token=csrf_token,
    )


def _backup(line: Line) -> BackupLine:
    return BackupLine(line.label, line.at, line.kind, line.size, line.opens_for, line.is_broken)


def _running(run: Run) -> Running:
    done = int(run.report.get("done", 0)) // _MEGA
    expected = int(run.report.get("expected", 1)) // _MEGA
    return Running(f"{_WORDS[run.kind]}, MB", done, max(1, done, expected))


def _run(run: Run, now: datetime) -> RunLine:
    if run.is_well:
        state, tone = "well", "good"
    elif run.outcome == "failed":
        state, tone = "failed", "refusal"
    elif now - run.started_at < _KILLED:
        state, tone = "under way", "attention"
    else:
        state, tone = "was interrupted", "attention"
    return RunLine(_WORDS[run.kind], run.started_at, state, tone, _details(run))


def _details(run: Run) -> tuple[str, ...]:
    found: list[str] = [run.label] if run.label else []
    report = run.report
    if "plain_bytes" in report and run.finished_at:
        found.append(size(int(report["plain_bytes"])))
    if "why" in report:
        found.append(str(report["why"]))
    if "seconds" in report:
        found.append(f"{report['seconds']} s")
    if "replayed" in report:
        found.append(f"{report['replayed']} erased again")
    if "opened_keys" in report:
        found.append(f"{report['opened_keys']} keys opened")
    if "log_entries" in report:
        found.append(f"{report['log_entries']} entries verified, {report['log_flaws']} flaws")
    if run.outcome == "failed":
        found.append(str(report.get("code", "")))
    return tuple(found)
