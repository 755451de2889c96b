"""PostgreSQL's change table: what was not visible at the last look is read at this one.

Each line bears the transaction that wrote it (`xid8`), a cursor is a snapshot: the transactions
that had ended by then. A transaction that was open then is in the next look when it has ended,
however long it took, and holds nobody else up (PostgreSQL 18, 9.27.5).
"""

from collections.abc import Sequence
from typing import final

import msgspec

from candor.domain.connections.adapters.sql.changes import Line, StartOver, line_of
from candor.domain.connections.adapters.sql.cursor import read, written
from candor.domain.connections.adapters.sql.table import Table
from candor.infra.sql import Session


class _Since(msgspec.Struct, frozen=True, omit_defaults=True):
    """Seen by then; and, midway through a round, up to where it goes and how far it came."""

    seen: str
    until: str = ""
    after: int = 0


@final
class Snapshots:
    """Following by snapshots."""

    def begin(self, session: Session, table: Table) -> str:
        """Return this moment."""
        del table
        return written(_Since(_snapshot(session)))

    def more(
        self, session: Session, table: Table, since: str, at_most: int
    ) -> tuple[Sequence[Line], str, bool]:
        """Return lines that were not visible at the last look, by their number."""
        at = read(since, _Since)
        if at is None:
            raise StartOver
        now = _snapshot(session)
        if _end(at.seen) > _end(now):
            raise StartOver  # another server, or a backup of this one
        until = at.until or now
        rows = session.rows(
            "SELECT change_id, row_id, is_gone, origin, changed_at::text"
            f" FROM {table.changes}"
            " WHERE xid >= pg_snapshot_xmin(%s::pg_snapshot)"
            " AND NOT pg_visible_in_snapshot(xid, %s::pg_snapshot)"
            " AND pg_visible_in_snapshot(xid, %s::pg_snapshot)"
            " AND change_id > %s ORDER BY change_id LIMIT %s",
            (at.seen, at.seen, until, at.after, at_most),
        )
        lines = [line_of(row) for row in rows]
        if len(lines) < at_most:
            return lines, written(_Since(until)), True
        midway = _Since(at.seen, until, lines[-1].change_id)
        return lines, written(midway), False


def _snapshot(session: Session) -> str:
    ((snapshot,),) = session.rows("SELECT pg_current_snapshot()::text")
    return str(snapshot)


def _end(snapshot: str) -> int:
    """Return the first transaction that had not begun."""
    return int(snapshot.split(":")[1])
