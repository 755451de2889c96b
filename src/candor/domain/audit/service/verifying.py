"""Working the whole log out anew: every row, every tile, every head that was ever signed.

In three steps, so that the long one may run in several processes: `plan` reads what there is,
`work_out` goes over a stretch of tiles and their rows, `conclude` builds the tree from them and
holds every head against it. Nothing that the database says of itself is believed but the rows.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from candor.domain.audit.errors import BadCheckpoint
from candor.domain.audit.model.checkpoint import Checkpoint, Head, notes_in
from candor.domain.audit.model.leaf import HASH_BYTES, lines_of, moment
from candor.domain.audit.model.stretch import Stretch, changed, compared
from candor.domain.audit.model.tiles import (
    FULL_BYTES,
    HEIGHT,
    LEVELS,
    WIDTH,
    Place,
    Tile,
    split,
    stack,
    tile_of,
    top,
)
from candor.domain.audit.model.tree import folded, root_of
from candor.domain.audit.model.verdict import Finding, Flaw, Verdict
from candor.domain.audit.queries import tree as stored
from candor.domain.audit.queries.tree import Progress
from candor.domain.audit.service.notary import Notary
from candor.infra.db.pool import Database, ReadTx

LATE: Final = timedelta(hours=1)  # a transaction that runs longer is looked at
_AT_ONCE: Final = 16  # tiles whose rows are read in one go
_STRETCH: Final = 128  # tiles
_PAGE: Final = 10_000  # checkpoints
_SHOWN: Final = 1000  # entries that are named one by one
_LONG_AGO: Final = "0001-01-01T00:00:00.000000Z"


@dataclass(frozen=True, slots=True)
class Signed:
    """A head whose signature holds, and from when."""

    head: Head
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Task:
    """A stretch of the log to work out. Plain values: it travels between processes."""

    begin: int  # the first tile
    end: int  # the one after the last
    size: int  # of the tree: what came later is not looked at
    cuts: frozenset[int]  # tiles in which a head ends
    times: tuple[tuple[int, str], ...]  # from which leaf on which times are late


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to verify, and what is wrong with it at first sight."""

    size: int
    begin: int  # the first tile that is worked out from rows
    progress: Progress | None
    heads: tuple[Signed, ...]
    checkpoints: int
    findings: tuple[Finding, ...]

    @property
    def tasks(self) -> list[Task]:
        """Return the stretches, each small enough that progress shows."""
        tiles = -(-self.size // WIDTH)
        cuts = frozenset(one.head.size // WIDTH for one in self.heads)
        times = tuple(
            sorted((one.head.size, moment(one.at - LATE)) for one in self.heads if one.at)
        )
        return [
            Task(begin, min(begin + _STRETCH, tiles), self.size, cuts, times)
            for begin in range(self.begin, tiles, _STRETCH)
        ]


async def plan(
    tx: ReadTx, notary: Notary, *, file: str, given: Iterable[str], since: datetime | None
) -> Plan:
    """Read what there is to verify.

    Args:
        tx: one snapshot.
        notary: whose signatures count.
        file: what the file beside the database holds; read it before the snapshot is taken.
        given: notes that somebody kept elsewhere.
        since: rows that were signed over before are not worked out again; None: all are.
    """
    findings: list[Finding] = []
    lengths = {row.level: row.hashes for row in await stored.lengths(tx)}
    size = lengths.get(0, 0)
    progress = await stored.progress(tx)
    if (progress.size if progress else 0) != size:
        findings.append(Finding(Flaw.PROGRESS, f"{progress.size if progress else 0} ≠ {size}"))
    rows = await _all_checkpoints(tx)
    in_database = _of_rows(notary, rows, findings)
    in_file = _of_notes(notary, notes_in(file), findings)
    kept = _of_notes(notary, given, findings)
    findings += _differences(in_database, in_file)
    heads = (*in_database, *in_file, *kept)
    begin = await stored.size_before(tx, at=since) if since else 0
    return Plan(
        size,
        min(begin, size) // WIDTH,
        progress,
        tuple(sorted(heads, key=lambda one: one.head.size)),
        len({(one.head.size, one.head.root) for one in heads}),
        tuple(findings),
    )


async def work_out(tx: ReadTx, task: Task) -> Stretch:
    """Work out a stretch from its rows."""
    stretch = Stretch(task.begin)
    for begin in range(task.begin, task.end, _AT_ONCE):
        end = min(begin + _AT_ONCE, task.end)
        tiles = {
            tile.tile_index: _cut(tile, task.size)
            for tile in await stored.run_of_tiles(tx, level=0, begin=begin, end=end)
        }
        above = await _above(tx, begin, end)
        ids = [one for tile in tiles.values() for one in tile.entry_ids or ()]
        lines = {
            line.entry_id: line for line in lines_of(await stored.entries_as_json(tx, ids))
        }
        for number in range(begin, end):
            if number not in tiles:
                stretch.findings.append(Finding(Flaw.TILE_MISSING, f"0/{number}"))
                stretch.tops += [above[number]] if number in above else []
                continue
            compared(
                stretch,
                tiles[number],
                lines,
                above=above.get(number),
                not_before=_late(task.times, number * WIDTH),
                is_cut=number in task.cuts,
            )
    return stretch


async def conclude(tx: ReadTx, plan: Plan, stretches: Sequence[Stretch]) -> Verdict:
    """Build the tree from what was worked out, and hold every head against it."""
    ordered = sorted(stretches, key=lambda one: one.begin)
    findings = {*plan.findings, *(f for one in ordered for f in one.findings)}
    start = await stored.run_of_tiles(tx, level=1, begin=0, end=-(-plan.begin // WIDTH))
    tops = b"".join(tile.hashes for tile in start)[: plan.begin * HASH_BYTES]
    tops += b"".join(top_ for one in ordered for top_ in one.tops)
    tree = Tree({number: row for one in ordered for number, row in one.kept.items()}, tops)
    findings |= await _upper(tx, plan.size, tree)
    doubts = {number: doubt for one in ordered for number, doubt in one.doubtful.items()}
    for one in plan.heads:
        size = one.head.size
        if size > plan.size:
            findings.add(Finding(Flaw.SHRUNK, str(size)))
        elif size >= plan.begin * WIDTH and tree.root(size) != one.head.root:
            doubt = doubts.get(size // WIDTH)
            if doubt and tree.root(size, doubt.worked_out) == one.head.root:
                findings -= set(doubt.findings)  # the rows are as they were: the tile is not
                findings.add(changed(Place(0, size // WIDTH)))
            else:
                findings.add(Finding(Flaw.HEAD, str(size)))
    if plan.progress:
        unlisted = await stored.ids_unlisted(tx, plan.progress, at_most=_SHOWN)
        findings |= {Finding(Flaw.UNLISTED, str(one)) for one in unlisted}
    return Verdict(
        size=plan.size,
        checked=sum(one.entries for one in ordered),
        waiting=await stored.waiting(tx, plan.progress) if plan.progress else 0,
        checkpoints=plan.checkpoints,
        findings=tuple(sorted(findings, key=_place)),
    )


async def verify(database: Database, notary: Notary, *, file: str) -> Verdict:
    """Verify everything in this process, without haste."""
    async with database.read("audit.verify") as tx:
        todo = await plan(tx, notary, file=file, given=(), since=None)
    done: list[Stretch] = []
    for task in todo.tasks:
        async with database.read("audit.verify") as tx:
            done.append(await work_out(tx, task))
    async with database.read("audit.verify") as tx:
        return await conclude(tx, todo, done)


class Tree:
    """The tree as it was worked out: whole above, and its lowest tiles where heads cut them."""

    def __init__(self, kept: Mapping[int, bytes], tops: bytes) -> None:
        """Take lowest tiles by number, and the roots of all that are full."""
        self._kept = kept
        self.levels: list[bytes] = [b"", tops]
        while len(self.levels) < LEVELS:
            below = self.levels[-1]
            full = range(0, len(below) - FULL_BYTES + 1, FULL_BYTES)
            self.levels.append(b"".join(top(below[at : at + FULL_BYTES]) for at in full))
        self._heights = lru_cache(maxsize=64)(self._stack)

    def root(self, size: int, instead: bytes | None = None) -> bytes | None:
        """Return the root of a size; None where a part of it is missing.

        `instead` takes the place of the lowest tile in which the size ends.
        """
        hashes: list[bytes] = []
        for node in root_of(size):
            below = node.height % HEIGHT
            place = tile_of(node)
            at = ((node.number << below) % WIDTH) >> below
            heights = (
                stack(split(instead))
                if instead is not None and place.level == 0
                else self._heights(place)
            )
            if len(heights) <= below or len(heights[below]) <= at:
                return None
            hashes.append(heights[below][at])
        return folded(hashes)

    def row(self, place: Place) -> bytes:
        """Return the hashes of a tile; empty where there is none."""
        if place.level == 0:
            return self._kept.get(place.number, b"")
        begin = place.number * FULL_BYTES
        return self.levels[place.level][begin : begin + FULL_BYTES]

    def _stack(self, place: Place) -> list[list[bytes]]:
        return stack(split(self.row(place)))


async def _upper(tx: ReadTx, size: int, tree: Tree) -> set[Finding]:
    """Return which tiles above the lowest are not what is below them comes to."""
    findings: set[Finding] = set()
    for level in range(1, LEVELS):
        hashes = size >> (HEIGHT * level)
        tiles = -(-hashes // WIDTH)
        rows = {
            tile.tile_index: tile.hashes
            for tile in await stored.run_of_tiles(tx, level=level, begin=0, end=tiles)
        }
        for number in range(tiles):
            place = Place(level, number)
            length = min(WIDTH, hashes - number * WIDTH) * HASH_BYTES
            if number not in rows:
                findings.add(Finding(Flaw.TILE_MISSING, f"{level}/{number}"))
            elif rows[number][:length] != tree.row(place):
                findings.add(changed(place))
    return findings


async def _above(tx: ReadTx, begin: int, end: int) -> dict[int, bytes]:
    """Return the hashes of these tiles as the tiles above have them."""
    rows = await stored.run_of_tiles(tx, level=1, begin=begin // WIDTH, end=-(-end // WIDTH))
    return {
        tile.tile_index * WIDTH + place: one
        for tile in rows
        for place, one in enumerate(split(tile.hashes))
    }


def _cut(tile: Tile, size: int) -> Tile:
    """Return a tile as far as the tree of a size has it."""
    length = size - tile.tile_index * WIDTH
    if length * HASH_BYTES >= len(tile.hashes):
        return tile
    ids = (tile.entry_ids or [])[:length]
    return Tile(tile.level, tile.tile_index, tile.hashes[: length * HASH_BYTES], ids)


def _late(times: Sequence[tuple[int, str]], leaf: int) -> str:
    """Return the time before which an entry at this place claims to be too old."""
    at = bisect_right(times, leaf, key=lambda one: one[0])
    return times[at - 1][1] if at else _LONG_AGO


async def _all_checkpoints(tx: ReadTx) -> list[Checkpoint]:
    rows: list[Checkpoint] = []
    while found := await stored.checkpoints_after(
        tx, size=rows[-1].size if rows else -1, at_most=_PAGE
    ):
        rows += found
    return rows


def _of_rows(
    notary: Notary, rows: Iterable[Checkpoint], findings: list[Finding]
) -> list[Signed]:
    signed: list[Signed] = []
    for row in rows:
        try:
            head = notary.opened(row.note)
        except BadCheckpoint:
            findings.append(Finding(Flaw.FORGED, str(row.size)))
            continue
        if (head.size, head.root) != (row.size, row.root):
            findings.append(Finding(Flaw.FORGED, str(row.size)))
        signed.append(Signed(head, row.signed_at.astimezone(UTC)))
    return signed


def _of_notes(notary: Notary, notes: Iterable[str], findings: list[Finding]) -> list[Signed]:
    signed: list[Signed] = []
    for one in notes:
        try:
            signed.append(Signed(notary.opened(one), None))
        except BadCheckpoint:
            claimed = one.split("\n")[1:2]
            shown = claimed[0] if claimed and claimed[0].isdecimal() else "of no size"
            findings.append(Finding(Flaw.FORGED, shown))
    return signed


def _differences(database: Sequence[Signed], file: Sequence[Signed]) -> list[Finding]:
    """Return which heads one of the two has and the other should have."""
    here = {(one.head.size, one.head.root) for one in database}
    there = {(one.head.size, one.head.root) for one in file}
    sizes = [size for size, _ in there]
    return [Finding(Flaw.REMOVED, str(size)) for size, _ in there - here] + [
        Finding(Flaw.NOT_IN_FILE, str(size))
        for size, _ in here - there
        if sizes and min(sizes) < size < max(sizes)
    ]


def _place(finding: Finding) -> tuple[str, int, str]:
    digits = finding.at.rpartition("/")[2]
    return finding.flaw, int(digits) if digits.isdecimal() else 0, finding.at
