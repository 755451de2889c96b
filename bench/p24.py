"""P24: a backup of events, its restore, the replay of erasures and all checks, in seconds.

Beside it: the same bytes copied with PostgreSQL's program alone (`pg_basebackup` into a folder)
and started from there, once each time, on the same machine. Ours seals while it copies, opens and
checks while it unpacks, brings the log along, replays erasures and compares every table.
"""

import asyncio
import os
import subprocess
import time
from pathlib import Path
from typing import Final

from bench.result import Baseline, Figure, Goal
from bench.stage import Stage, stage
from candor.app import workshop
from candor.domain.audit.model import Actor
from candor.domain.backup.service import deeds
from candor.domain.backup.service.place import Workshop, silent
from candor.domain.rights.service.erasing import erase
from candor.infra.backup import programs
from candor.infra.backup.scratch import Scratch
from candor.infra.settings import Settings
from candor.kernel.ids import ProfileId, new_id

_FULL, _SHORT = 10_000_000, 100_000
_ERASED: Final = 100
# Rows as the door leaves them, in one statement: how they came in is measured elsewhere.
_EVENTS: Final = """
INSERT INTO collect.event (
    profile_id, occurred_at, event_id, event_type_id, source_id, flush_id, received_at, purposes,
    properties
)
SELECT
    gen_random_uuid(), now(), gen_random_uuid(), 1, 1, 1, now(), 1,
    jsonb_build_object('order_id', n, 'total', n % 100, 'label', md5(n::text))
FROM generate_series(1, %(events)s) AS n
"""


def measure(*, is_short: bool) -> list[Figure]:
    """Fill a database, then back up and restore it, ours and PostgreSQL's in turn."""
    events = int(os.environ.get("BENCH_EVENTS", "0")) or (_SHORT if is_short else _FULL)
    with stage() as made:
        made.query("SELECT collect.ensure_month(now()::date)")
        made.query(_EVENTS.replace("%(events)s", str(events)))
        made.query("VACUUM ANALYZE")
        made.query("CHECKPOINT")
        shop = _workshop(made)
        alone = [_alone(made, turn) for turn in range(3)]
        ours = [_ours(made, shop) for _ in range(3)]
    seconds = [took for took, _, _ in ours]
    extra = {
        "events": events,
        "erased": _ERASED,
        "backup_seconds": [round(part, 2) for _, part, _ in ours],
        "plain_megabytes": round(ours[0][2] / 1e6),
    }
    return [
        Figure(
            "P24",
            "backup, restore, erasure replay and verification",
            "s",
            seconds,
            Goal(ratio_at_most=1.3),
            Baseline("pg_basebackup, and starting from it", alone),
            extra=extra,
        )
    ]


def _workshop(made: Stage) -> Workshop:
    return workshop(
        Settings.load(
            {
                "CANDOR_HOME": str(made.folder),
                "CANDOR_BACKUP_FOLDER": str(made.folder / "backups"),
            }
        )
    )


def _ours(made: Stage, shop: Workshop) -> tuple[float, float, int]:
    """Back up, erase some people, restore; return seconds of both, of the first, and bytes."""
    began = time.monotonic()
    manifest = deeds.create(shop, made.urls.owner, silent, is_full=True)
    backed_up = time.monotonic() - began
    asyncio.run(_erase(made, shop))
    began = time.monotonic()
    deeds.drill(shop, manifest.label, silent)
    return backed_up + time.monotonic() - began, backed_up, manifest.plain_bytes


async def _erase(made: Stage, shop: Workshop) -> None:
    people = [ProfileId(new_id()) for _ in range(_ERASED)]
    async with shop.opener(made.urls.app) as opened:
        for person in people:
            async with opened.database.tx("bench") as tx:
                await erase(
                    tx,
                    [person],
                    holders=opened.holders,
                    vault=opened.vault,
                    actor=Actor.machine("bench"),
                    clock=opened.clock,
                )
                shop.ledger.note([person], opened.clock.now(), "bench/1")


def _alone(made: Stage, turn: int) -> float:
    """Copy the server with PostgreSQL's program alone, and start it from there."""
    target = made.folder / f"alone-{turn}"
    began = time.monotonic()
    subprocess.run(
        [str(programs.BIN / "pg_basebackup"), f"--pgdata={target}", "--checkpoint=fast"],
        env=programs.environment(made.urls.owner),
        check=True,
    )
    scratch = Scratch(Path(target))
    with scratch.running():
        pass
    took = time.monotonic() - began
    scratch.remove()
    return took
