"""Valid views of the page of the backups. See `views.py`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from candor.surface.console.backups.views import BackupLine, BackupsPage, RunLine, Running
from candor.surface.console.today.views import Decision

NOW: Final = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)

BACKUPS: Final = BackupsPage(
    folder="/srv/backups/candor",
    last_backup_at=NOW - timedelta(hours=17),
    last_drill_at=NOW - timedelta(days=3),
    next_backup_at=NOW + timedelta(hours=7),
    next_drill_at=NOW + timedelta(days=4),
    backup_is_late=False,
    drill_is_late=False,
    running=(Running("Backup, MB", 734, 1_048),),
    backups=(
        BackupLine(
            "2026-11-21T014100Z-3f2a90", NOW - timedelta(hours=17), "what changed", "412.8 MB",
            "everybody in it", is_broken=False,
        ),
        BackupLine(
            "2026-10-21T014100Z-9c1d04", NOW - timedelta(days=31), "full", "6,210.4 MB",
            "nobody who was erased since: their keys are gone for good", is_broken=False,
        ),
        BackupLine(
            "2026-10-20T014100Z-77ab10", None, "–", "–",
            "manifest.json was changed or damaged: it is not what was written.", is_broken=True,
        ),
    ),
    runs=(
        RunLine("Backup", NOW - timedelta(minutes=2), "under way", "attention", ()),
        RunLine(
            "Drill", NOW - timedelta(days=3), "well", "good",
            ("2026-11-18T014100Z-51c0aa", "6,301.0 MB", "93.4 s", "2 erased again"),
        ),
        RunLine(
            "Backup", NOW - timedelta(days=9), "failed", "refusal", ("backup.no_room",)
        ),
    ),
    keeps="the newest of each of the last 7 days and 4 weeks",
    may_act=True,
    post_url="/console/security/backups",
    csrf_token="token",
)  # fmt: skip
WARNING: Final = Decision(
    "No backup was restored as a drill for too long", "/console/security/backups"
)
_NONE: Final = replace(
    BACKUPS, last_backup_at=None, last_drill_at=None, running=(), backups=(), runs=()
)
SAMPLES: Final = (
    ("backups", "console/backups.html", BACKUPS, "security"),
    ("backups-none", "console/backups.html", replace(_NONE, folder=None), "security"),
    ("backups-late", "console/backups.html", replace(BACKUPS, backup_is_late=True), "security"),
    (
        "backups-no-drill", "console/backups.html",
        replace(_NONE, drill_is_late=True, may_act=False), "security",
    ),
)  # fmt: skip
