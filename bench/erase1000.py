"""ERASE1000: a thousand people erased while the door keeps being told of them.

Beside them live as many who stay. Before, a backup is taken and every row of those who stay is
noted. Then workers erase, while other tasks go on sending calls that name the very people. After:
a raw search of a whole dump, of every file of the installation (logs, letters, ledger) and of the
backup, restored with its erasures replayed, for every identifier; and every row of those who stay
compared. Counted are words found and rows changed: both must be none.
"""

import asyncio
import hashlib
import os
import random
import subprocess
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final, LiteralString

from psycopg import sql

from bench.leaving import Somebody, asked, begun, call_of, carried, office, put_events, sent
from bench.result import SEED, Figure, Goal
from bench.stage import Stage, stage
from candor.app import Candor, compose, workshop
from candor.app.forgetting import means_of
from candor.domain.backup.service import deeds
from candor.domain.backup.service.place import silent
from candor.domain.backup.service.replaying import Opened
from candor.domain.rights.service.erasure import deep
from candor.infra.backup import programs
from candor.infra.finding import Finder
from candor.infra.holder import Sort
from candor.infra.settings import Settings
from candor.kernel.ids import new_id

_FULL, _SHORT = 1_000, 20
_WORKERS: Final = 4
_TALKERS: Final = 3
_KEYED: Final[LiteralString] = """
    SELECT n.nspname, c.relname
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'profile_id'
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    ORDER BY 1, 2
"""


def measure(*, is_short: bool) -> list[Figure]:
    """Erase, and search everything."""
    number = int(os.environ.get("BENCH_PEOPLE", "0")) or (_SHORT if is_short else _FULL)
    with stage() as here:
        settings = Settings.load(
            {
                "CANDOR_HOME": str(here.folder),
                "CANDOR_CONFIG": str(here.folder / "none"),
                "CANDOR_BACKUP_FOLDER": str(here.folder / "backups"),
            }
        )
        candor = compose(settings, here.urls.app, pool=16)
        people, before = asyncio.run(_made(candor, here, number))
        leaving, staying = people[:number], people[number:]
        shop = workshop(settings)
        label = deeds.create(shop, here.urls.owner, silent, is_full=True).label
        told = asyncio.run(_erased(compose(settings, here.urls.app, pool=16), leaving))
        finder = Finder((word, one.number) for one in leaving for word in one.words)
        found = {
            "dump": _in_dump(here, finder),
            "files": _in_files(here, finder),
            "backup": _in_backup(shop, label, leaving),
        }
        changed = sum(a != b for a, b in zip(before, _rows(here, staying), strict=True))
    extra = {"people": number, "calls_meanwhile": told, "where": found}
    nothing = Goal(value_at_most=0)
    return [
        Figure("ERASE1000", f"identifiers of {number:,} erased people found", "",
               [float(sum(found.values()))], nothing, extra=extra),
        Figure("ERASE1000", "tables in which rows of others changed", "",
               [float(changed)], nothing),
    ]  # fmt: skip


async def _made(candor: Candor, here: Stage, number: int) -> tuple[list[Somebody], list[str]]:
    async with candor.running():
        await candor.door.open()
        try:
            people = await begun(candor, list(range(number * 2)), random.Random(SEED))
        finally:
            await candor.door.close()
    for one in people:
        put_events(here, 5, one.profile_id)
    return people, _rows(here, people[number:])


async def _erased(candor: Candor, leaving: Sequence[Somebody]) -> int:
    """Erase everybody with some workers, while others tell the door of them; return calls."""
    async with candor.running():
        await candor.door.open()
        try:
            over = asyncio.Event()
            talk = [
                asyncio.create_task(_talk(candor, leaving, n, over)) for n in range(_TALKERS)
            ]
            desk, left = office(candor), list(leaving)

            async def worker() -> None:
                while left:
                    await carried(desk, await asked(candor, desk, left.pop().profile_id))

            await asyncio.gather(*(worker() for _ in range(_WORKERS)))
            over.set()
            told = sum([await one for one in talk])
            looked = await deep.search(desk, means_of(candor))
            if not looked.is_clean:
                message = f"the deep scan found {looked.left}"
                raise AssertionError(message)
            return told
        finally:
            await candor.door.close()


async def _talk(
    candor: Candor, leaving: Sequence[Somebody], seed: int, over: asyncio.Event
) -> int:
    dice, told = random.Random(SEED + seed), 0
    while not over.is_set():
        calls = [call_of(dice.choice(leaving), dice) for _ in range(10)]
        await sent(candor, calls)
        told += len(calls)
        await asyncio.sleep(0.01)
    return told


def _rows(here: Stage, people: Sequence[Somebody]) -> list[str]:
    """Return a hash of every row of these people, by table."""
    ids = [one.profile_id for one in people]
    found: list[str] = []
    with here.connected() as connection:
        for schema, table in connection.execute(_KEYED).fetchall():
            query = sql.SQL("SELECT t::text FROM {} AS t WHERE profile_id = ANY(%s) ORDER BY 1")
            rows = connection.execute(query.format(sql.Identifier(schema, table)), (ids,))
            text = "\n".join(str(row[0]) for row in rows.fetchall())
            found.append(f"{schema}.{table} {hashlib.sha256(text.encode()).hexdigest()}")
    return found


def _in_dump(here: Stage, finder: Finder[str]) -> int:
    dump = subprocess.run(
        [str(programs.BIN / "pg_dump"), "--data-only", here.urls.owner],
        check=True,
        capture_output=True,
    )
    text = dump.stdout.decode("utf-8", "replace")
    return sum(len(finder.found(line)) for line in text.splitlines())


def _in_files(here: Stage, finder: Finder[str]) -> int:
    """Search every file of the installation but the server's own, which the dump stands for."""
    found = 0
    for path in here.folder.rglob("*"):
        if path.is_file() and not path.is_relative_to(here.folder / "postgres" / "base"):
            text = path.read_bytes().decode("latin-1")
            found += sum(len(finder.found(line)) for line in text.splitlines())
    return found


def _in_backup(shop: Any, label: str, leaving: Sequence[Somebody]) -> int:  # noqa: ANN401
    """Restore the backup that was taken before, replay, and search it before it is put away."""
    hits: list[int] = []
    finder = Finder((word, (new_id(), Sort.VALUE)) for one in leaving for word in one.words)

    @asynccontextmanager
    async def opener(url: str) -> AsyncGenerator[Opened]:
        async with shop.opener(url) as opened:
            yield opened
            counted, _, _ = await deep.through_tables(opened.database, finder)
            hits.append(sum(counted.values()))

    deeds.drill(replace(shop, opener=opener), label, silent)
    if not hits:
        message = "the backup was not opened"
        raise AssertionError(message)
    return hits[-1]
