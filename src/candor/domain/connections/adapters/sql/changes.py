"""What changed there, page by page, from a cursor that names nobody.

First every row is read once; then changes are followed. By change table: PostgreSQL's knows which
transaction wrote a line, and what was not yet visible at the last look is read at the next
(`postgresql/following.py`); MariaDB's numbers have gaps while transactions are open, and each gap
is looked into until it is known to stay empty (`mariadb/following.py`). By a column with a time: in
the order of time, and some seconds again each time, for a transaction that took longer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from candor.domain.connections.adapters.sql.cursor import Seal, read, written
from candor.domain.connections.adapters.sql.settings import Reading
from candor.domain.connections.adapters.sql.table import Found, Table, heard_of
from candor.domain.connections.adapters.sql.values import bound, instant, instant_of
from candor.domain.connections.model.talk import Heard, Page
from candor.infra.sql import Session
from candor.kernel.pii import Pii

PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a change table."""

    change_id: int
    row_id: str
    is_gone: bool
    origin: str | None
    changed_at: datetime | None


class Following(Protocol):
    """How a kind of database is asked what its change table got."""

    def begin(self, session: Session, table: Table) -> str:
        """Return from where the change table is followed, once every row was read.

        Raises:
            SqlFailed.
        """
        ...

    def more(
        self, session: Session, table: Table, since: str, at_most: int
    ) -> tuple[Sequence[Line], str, bool]:
        """Return lines, where to go on, and whether these were all for now.

        Raises:
            SqlFailed.
            StartOver: the place to go on at is of another server.
        """
        ...


class StartOver(Exception):
    """Where reading was to go on is no place of this database any more."""


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where reading goes on. `whole`: the row after which the first reading does, sealed."""

    is_whole: bool = False
    whole: str = ""
    since: str = ""  # of the change table, or a time
    at: str = ""  # a time within the round
    row: str = ""  # and the row there, sealed
    next: str = ""  # from when the round after this one reads


def poll(
    session: Session,
    table: Table,
    following: Following,
    seal: Seal,
    origin: str,
    cursor: str | None,
) -> Page:
    """Return what changed since a cursor.

    Raises:
        SqlFailed.
    """
    at = read(cursor, Cursor)
    if at is None:
        at = _begun(session, table, following)
    if at.is_whole:
        return _whole(session, table, seal, at)
    if table.place.reading is Reading.CHANGE_TABLE:
        try:
            return _followed(session, table, following, origin, at)
        except StartOver:
            return _whole(session, table, seal, _begun(session, table, following))
    return _by_time(session, table, seal, at)


def compare(session: Session, table: Table, seal: Seal, after: str | None) -> Page:
    """Return some rows in the order of their names, with their choices.

    Raises:
        SqlFailed.
    """
    at = read(after, Cursor) or Cursor(is_whole=True)
    rows, last = _keyset(session, table, seal, at)
    heard = tuple(replace(heard_of(table, row), facts={}, signals=()) for row in rows)
    if last is None:
        return Page(heard, None)
    return Page(heard, written(Cursor(is_whole=True, whole=last)), is_all=False)


# ------------------------------------------------------------------ every row once
def _begun(session: Session, table: Table, following: Following) -> Cursor:
    """Return a cursor at the beginning of everything."""
    if table.place.reading is Reading.CHANGE_TABLE:
        return Cursor(is_whole=True, since=following.begin(session, table))
    ((now,),) = session.rows(f"SELECT {table.dialect.now}")
    return Cursor(is_whole=True, since=_earlier(table, str(now)))


def _whole(session: Session, table: Table, seal: Seal, at: Cursor) -> Page:
    rows, last = _keyset(session, table, seal, at)
    heard = tuple(heard_of(table, row) for row in rows)
    if last is None:
        return Page(heard, written(Cursor(since=at.since)), is_all=False)
    return Page(heard, written(Cursor(is_whole=True, whole=last, since=at.since)), is_all=False)


def _keyset(
    session: Session, table: Table, seal: Seal, at: Cursor
) -> tuple[list[Found], str | None]:
    """Return a page of rows, and the last of them, sealed; None: there are no more."""
    after = seal.open(at.whole) if at.whole else None
    where = f" WHERE {table.id} > %s" if after is not None else ""
    values = () if after is None else (bound(table.id_column, after),)
    rows = session.rows(
        f"SELECT {table.selected(table.read)} FROM {table.name}{where}"
        f" ORDER BY {table.id} LIMIT {PAGE}",
        values,
    )
    found = [Found.of(table.read, row) for row in rows]
    return found, seal.closed(found[-1].row_id) if len(found) == PAGE else None


# ------------------------------------------------------------------ by change table
def _followed(
    session: Session, table: Table, following: Following, origin: str, at: Cursor
) -> Page:
    lines, since, is_all = following.more(session, table, at.since, PAGE)
    theirs = [line for line in lines if line.origin != origin]
    times = {line.row_id: line.changed_at for line in theirs}
    rows = _of_ids(session, table, times)
    heard = [
        replace(heard_of(table, row), changed_at=times[name]) for name, row in rows.items()
    ]
    # A row that is not there was deleted, by whoever: the last line about it says when.
    heard += [
        Heard(remote_id=Pii(name), is_removed=True, changed_at=changed_at)
        for name, changed_at in times.items()
        if name not in rows
    ]
    return Page(tuple(heard), written(Cursor(since=since)), is_all)


def _of_ids(session: Session, table: Table, ids: Iterable[str]) -> dict[str, Found]:
    """Return the rows with these names, as they are now."""
    wanted = tuple(bound(table.id_column, one) for one in ids)
    if not wanted:
        return {}
    places = ", ".join("%s" for _ in wanted)
    rows = session.rows(
        f"SELECT {table.selected(table.read)} FROM {table.name} WHERE {table.id} IN ({places})",
        wanted,
    )
    return {row[0]: Found.of(table.read, row) for row in rows}


# ------------------------------------------------------------------ by time
def _by_time(session: Session, table: Table, seal: Seal, at: Cursor) -> Page:
    following = at.next
    if not following:
        ((now,),) = session.rows(f"SELECT {table.dialect.now}")
        following = _earlier(table, str(now))
    rows = _since(session, table, seal, at)
    heard = tuple(heard_of(table, row) for row in rows)
    if len(rows) < PAGE:
        return Page(heard, written(Cursor(since=following)))
    last = rows[-1]
    changed_at = last.texts[table.place.changed_column] or at.since
    cursor = Cursor(since=at.since, at=changed_at, row=seal.closed(last.row_id), next=following)
    return Page(heard, written(cursor), is_all=False)


def _since(session: Session, table: Table, seal: Seal, at: Cursor) -> list[Found]:
    """Return a page of rows in the order of their last change."""
    time, name = table.dialect.quoted(table.place.changed_column), table.id
    after = seal.open(at.row) if at.row else None
    if after is None:
        where, values = f"{time} >= %s", (at.since,)
    else:
        where = f"({time} > %s OR ({time} = %s AND {name} > %s))"
        values = (at.at, at.at, bound(table.id_column, after))
    rows = session.rows(
        f"SELECT {table.selected(table.read)} FROM {table.name}"
        f" WHERE {where} ORDER BY {time}, {name} LIMIT {PAGE}",
        values,
    )
    return [Found.of(table.read, row) for row in rows]


def _earlier(table: Table, now: str) -> str:
    """Return the instant that lies as far back as is read again."""
    since = instant(now) - timedelta(seconds=table.place.overlap_seconds)
    return since.strftime("%Y-%m-%d %H:%M:%S.%f")


def line_of(row: Sequence[object]) -> Line:
    """Take a row of a change table: id, row, gone, origin, time as text."""
    change_id, row_id, is_gone, origin, changed_at = row
    return Line(
        change_id=int(str(change_id)),
        row_id=str(row_id),
        is_gone=bool(is_gone),
        origin=None if origin is None else str(origin),
        changed_at=instant_of(str(changed_at)),
    )
