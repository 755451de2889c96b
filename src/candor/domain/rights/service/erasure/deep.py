"""Looking through every row of every table, and every file, for people who were erased.

As slow as reading everything, so it is done at night and on demand, for all erasures since the last
time at once. Afterwards the words that were looked for are forgotten, unless something was found.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import Request
from candor.domain.rights.queries import erasure as stored
from candor.domain.rights.queries import requests as stored_requests
from candor.domain.rights.service.erasure import needles
from candor.domain.rights.service.erasure.means import Means
from candor.domain.rights.service.erasure.scanning import TRACE_FOUND
from candor.domain.rights.service.erasure.traces import may_stay
from candor.domain.rights.service.office import Office, happened, write_to
from candor.domain.rights.service.people import WORKER
from candor.infra.db import survey
from candor.infra.db.pool import Database
from candor.infra.finding import Finder
from candor.infra.holder import Needle, Sort

_PART: Final = "rights"
_SEARCHED: Final = What.SEARCHED
_FILE: Final = "file:"

Owner = tuple[UUID, Sort]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a deep scan did."""

    erasures: int
    tables: int
    rows: int
    files: int
    left: Mapping[UUID, Mapping[str, int]]  # by request and table: what must not be there

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing was found that must not be there."""
        return not self.left


async def search(office: Office, means: Means) -> Looked:
    """Look for everybody whose words are kept; report what is left, forget the words else.

    Letters to them that still lie with us, where no mail server is set, are removed.

    The words of a request that is still open are kept for the next time: its last letter and
    systems outside may need them.
    """
    async with office.database.tx(_PART) as tx:
        wanted: list[tuple[Request, list[Needle]]] = []
        for request_id in await stored.with_needles(tx):
            request = await stored_requests.request(tx, request_id=request_id)
            if request is not None:
                wanted.append((request, await needles.kept(tx, request, office=office)))
    if not wanted:
        return Looked(0, 0, 0, 0, {})
    finder = finder_of((request.request_id, found) for request, found in wanted)
    hits, tables, rows = await through_tables(office.database, finder)
    files = await asyncio.to_thread(_through_files, finder, means)
    hits += files[0]
    left = _left(hits)
    for request, _ in wanted:
        await _conclude(office, request, left.get(request.request_id, {}))
    return Looked(len(wanted), tables, rows, files[1], left)


def finder_of(wanted: Iterable[tuple[UUID, Sequence[Needle]]]) -> Finder[Owner]:
    """Return what finds these words, an id also without its dashes, as hashes spell it."""
    return Finder(
        (spelling, (request_id, needle.sort))
        for request_id, found in wanted
        for needle in found
        for spelling in _spellings(needle)
    )


async def through_tables(
    database: Database, finder: Finder[Owner]
) -> tuple[Counter[tuple[str, bool, UUID]], int, int]:
    """Read every table; return rows found by table, whether they may stay, and request."""
    async with database.read(_PART) as tx:
        tables = await survey.tables(tx)
    hits: Counter[tuple[str, bool, UUID]] = Counter()
    read = 0
    for table in tables:
        async with survey.rows(database, table) as rows:
            async for row in rows:
                read += 1
                for request_id, may in _judged(finder.found(row), table.about):
                    hits[table.table, may, request_id] += 1
    return hits, len(tables), read


def _judged(found: Iterable[Owner], about: str) -> set[tuple[UUID, bool]]:
    """Return for whom a row was found, and whether it may stay; one word that may not decides."""
    verdicts: dict[UUID, bool] = {}
    for request_id, sort in found:
        verdicts[request_id] = verdicts.get(request_id, True) and may_stay(sort, about)
    return set(verdicts.items())


def _through_files(
    finder: Finder[Owner], means: Means
) -> tuple[Counter[tuple[str, bool, UUID]], int]:
    """Read every file of some folders; nothing of anybody may stand there. Letters are removed."""
    hits: Counter[tuple[str, bool, UUID]] = Counter()
    files = 0
    for path in _files((*means.letters, *means.folders)):
        files += 1
        found = _named(path, finder)
        if found and any(path.is_relative_to(folder) for folder in means.letters):
            path.unlink(missing_ok=True)
            continue
        for request_id in found:
            hits[_FILE + path.parent.name, False, request_id] += 1
    return hits, files


def _named(path: Path, finder: Finder[Owner]) -> set[UUID]:
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            return {request_id for line in lines for request_id, _ in finder.found(line)}
    except FileNotFoundError:  # swept away meanwhile
        return set()


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        if folder.is_file():
            yield folder
        elif folder.is_dir():
            yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def _left(hits: Counter[tuple[str, bool, UUID]]) -> dict[UUID, dict[str, int]]:
    found: dict[UUID, dict[str, int]] = {}
    for (table, may, request_id), rows in hits.items():
        if not may:
            found.setdefault(request_id, {})[table] = rows
    return found


async def _conclude(office: Office, request: Request, left: Mapping[str, int]) -> None:
    """Report what is left, or forget the words when nothing is and nobody needs them."""
    async with office.database.tx(_PART) as tx:
        if left:
            await happened(tx, request, TRACE_FOUND, actor=WORKER, office=office, detail=left)
            await write_to(tx, request, "stuck")
        elif not request.is_open:
            await needles.forget(tx, request.request_id, office=office)
            await happened(tx, request, _SEARCHED, actor=WORKER, office=office)


def _spellings(needle: Needle) -> Iterator[str]:
    for word in needles.plain([needle]):
        yield word
        if needle.sort is Sort.PROFILE:
            yield word.replace("-", "")
