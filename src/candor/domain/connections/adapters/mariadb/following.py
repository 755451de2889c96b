"""MariaDB's change table: numbers are given out before their transactions end.

A number that is missing below one that was read belongs to a transaction that is still open, or to
one that was rolled back. Each gap is looked into again at every poll, with a lock that is not
waited for: while a transaction holds it, the lock is refused and the gap stays; a line that has
come is read; and what is empty and free is still remembered for some minutes, for the instant
between giving a number out and writing its line, and for other nodes of a cluster. So nothing is
skipped and nobody is held up. MariaDB documentation, "LOCK IN SHARE MODE", "WAIT and NOWAIT", read
2026-11-22; MySQL says FOR SHARE NOWAIT.
"""

from collections.abc import Iterable, Sequence
from typing import Final, final

import msgspec

from candor.domain.connections.adapters.sql.changes import Line, StartOver, line_of
from candor.domain.connections.adapters.sql.cursor import read, written
from candor.domain.connections.adapters.sql.table import Table
from candor.infra.sql import Session, SqlFailed, Trouble

REMEMBERED_SECONDS: Final = 600
_MOST_GAPS: Final = 1_000
_COLUMNS: Final = (
    "change_id, row_id, is_gone, origin, CAST(changed_at AS CHAR CHARACTER SET utf8mb4)"
)


class Gap(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Numbers that are missing, both ends included, and since when (seconds of the epoch)."""

    first: int
    last: int
    since: int


class _Since(msgspec.Struct, frozen=True, omit_defaults=True):
    """The greatest number that was read, and what is missing below it."""

    seen: int = 0
    gaps: tuple[Gap, ...] = ()


@final
class Gaps:
    """Following by numbers, with an eye on gaps."""

    def begin(self, session: Session, table: Table) -> str:
        """Return the beginning of the change table: what is old there is read once more."""
        del session, table
        return written(_Since())

    def more(
        self, session: Session, table: Table, since: str, at_most: int
    ) -> tuple[Sequence[Line], str, bool]:
        """Return lines from gaps that have filled, then new ones."""
        at = read(since, _Since)
        if at is None:
            raise StartOver
        ((now, version),) = session.rows("SELECT UNIX_TIMESTAMP(), VERSION()")
        late, gaps = _looked_into(session, table, at.gaps, int(now), str(version))
        rows = session.rows(
            f"SELECT {_COLUMNS} FROM {table.changes}"
            f" WHERE change_id > %s ORDER BY change_id LIMIT {int(at_most)}",
            (at.seen,),
        )
        lines = [line_of(row) for row in rows]
        gaps += _missing(at.seen, (line.change_id for line in lines), int(now))
        seen = lines[-1].change_id if lines else at.seen
        cursor = written(_Since(seen, tuple(_few(gaps))))
        return [*late, *lines], cursor, len(lines) < at_most


def _looked_into(
    session: Session, table: Table, gaps: Sequence[Gap], now: int, version: str
) -> tuple[list[Line], list[Gap]]:
    """Return lines that have come into gaps, and the gaps that are left."""
    lines: list[Line] = []
    left: list[Gap] = []
    for gap in gaps:
        found, is_free = _between(session, table, gap, version)
        lines += found
        if is_free and now - gap.since >= REMEMBERED_SECONDS:
            continue
        left += _rest(gap, (line.change_id for line in found))
    return lines, left


def _between(session: Session, table: Table, gap: Gap, version: str) -> tuple[list[Line], bool]:
    """Return the lines of a gap, and whether no open transaction holds any of it."""
    statement = (
        f"SELECT {_COLUMNS} FROM {table.changes}"
        " WHERE change_id BETWEEN %s AND %s ORDER BY change_id"
    )
    lock = "LOCK IN SHARE MODE" if "mariadb" in version.lower() else "FOR SHARE"
    values = (gap.first, gap.last)
    try:
        with session.transaction():
            rows = session.rows(f"{statement} {lock} NOWAIT", values)
        return [line_of(row) for row in rows], True
    except SqlFailed as failed:
        if failed.trouble is not Trouble.LATER:
            raise
    return [line_of(row) for row in session.rows(statement, values)], False


def _rest(gap: Gap, found: Iterable[int]) -> list[Gap]:
    """Return what is left of a gap when these have come."""
    left, first = list[Gap](), gap.first
    for one in (*found, gap.last + 1):
        if one > first:
            left.append(Gap(first, one - 1, gap.since))
        first = one + 1
    return left


def _few(gaps: list[Gap]) -> list[Gap]:
    """Keep a cursor short: the older half of too many gaps becomes one, read as a whole again."""
    if len(gaps) <= _MOST_GAPS:
        return gaps
    gaps = sorted(gaps)
    old, new = gaps[: _MOST_GAPS // 2], gaps[_MOST_GAPS // 2 :]
    return [Gap(old[0].first, old[-1].last, max(one.since for one in old)), *new]


def _missing(seen: int, found: Iterable[int], now: int) -> list[Gap]:
    """Return the gaps between numbers that were read one after the other."""
    gaps, last = list[Gap](), seen
    for one in found:
        if one > last + 1:
            gaps.append(Gap(last + 1, one - 1, now))
        last = one
    return gaps
