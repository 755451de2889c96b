"""P25: `candor run` on loaded demo data: seconds to the first page, and memory of everything.

Memory is PSS (`/proc/<pid>/smaps_rollup`) summed over all processes that `candor run` started
and PostgreSQL's, so that shared memory counts once. Idle: the least of some readings after
half a minute without requests. Under load: the most while P2's batches come in. The demo is loaded
with a part of its households (see `households` in the JSON): loading all takes minutes and
changes neither start nor memory much. Filled caches do, so the same customers come as in P2.
"""

import asyncio
import json
import threading
import time
from contextlib import suppress
from typing import Final

import psutil
import uvloop

from bench import client, events
from bench.result import Figure, Goal
from bench.stage import Stage, free_port, stage
from candor.cli import demo
from candor.cli.place import Place, services
from candor.infra.settings import Settings

_FULL, _SHORT = 300, 20
_PAGE: Final = "/me"
_QUIET_SECONDS: Final = 30


def measure(*, is_short: bool) -> list[Figure]:
    """Load, then start three times and look."""
    households = _SHORT if is_short else _FULL
    starts: list[float] = []
    idle: list[float] = []
    busy: list[float] = []
    parts: list[dict[str, float]] = []
    with stage() as made:
        _load_demo(made, households)
        for turn in range(3):
            made.server.stop()
            made.port = free_port()
            began = time.monotonic()
            made.start("run", "candor.cli", "run", embedded=True)
            made.wait_for("run", _PAGE, 60)
            starts.append(time.monotonic() - began)
            time.sleep(5 if is_short else _QUIET_SECONDS)
            parts.append(_parts(made))
            idle.append(sum(parts[-1].values()))
            busy.append(_under_load(made, turn, 20_000 if is_short else 100_000))
            made.stop("run")
            made.server.start()
    extra = {"households": households, "page": _PAGE, "idle_mb_by_part": parts}
    return [
        Figure("P25", "`candor run` to the first page", "s", starts, Goal(value_at_most=5)),
        Figure("P25", "memory idle (PSS)", "MB", idle, Goal(value_at_most=400), extra=extra),
        Figure("P25", "memory under P2's load (PSS)", "MB", busy, Goal(value_at_most=900)),
    ]


def _load_demo(made: Stage, households: int) -> None:
    """Prepare and load a part of the demo, and note that it is there."""
    settings = Settings.load(
        {"CANDOR_HOME": str(made.folder), "CANDOR_DATABASE_URL": made.urls.app}
    )

    async def prepare() -> None:
        async with services(Place(settings, made.urls, None)) as candor:
            await demo.prepare(candor)

    asyncio.run(prepare())
    made.start_web()
    made.start_worker()
    made.start("load", "candor.cli", "demo", "load", "--households", str(households))
    if made.processes["load"].wait(1_200):
        raise RuntimeError("the demo was not loaded")
    (made.folder / "demo" / "done").touch()
    for name in ("load", "worker", "web"):
        made.stop(name)


def _parts(made: Stage) -> dict[str, float]:
    """Return the memory of each part in MB."""
    found = {"candor": made.family("run"), "postgresql": made.postgres()}
    sizes: dict[str, float] = {}
    for part, processes in found.items():
        sizes[part] = 0.0
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                sizes[part] += process.memory_full_info().pss / 1e6
    return sizes


def _under_load(made: Stage, turn: int, number: int) -> float:
    """Return the most memory in MB while batches come in."""
    keys = json.loads((made.folder / "keys" / "demo_write_keys.json").read_text("utf-8"))
    given = events.acquaintances() + events.calls(f"m{turn}", number)
    requests = events.batches(keys["shop"], given)
    most = [0.0]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            most[0] = max(most[0], sum(_parts(made).values()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        outcome = uvloop.run(client.load(made.port, requests))
    finally:
        over.set()
        watcher.join()
    assert not outcome.failed
    return most[0]
