"""GDPRbench on bare PostgreSQL: one table with an index on each field, no privacy features.

The same server, driver and clients as Candor's. There is no log to be asked for, so whoever asks
gets the record instead.
"""

from collections.abc import Iterable
from typing import Any, Final, LiteralString, cast

import psycopg

from bench.gdprbench.work import TTLS, Answer, Asked, Deed, Record
from candor.infra.db.pool import Database, Tx
from candor.infra.db.sql import Statement
from candor.kernel.errors import Unavailable

_FIELDS: Final = ("pur", "ttl", "usr", "obj", "dec", "acl", "shr", "src", "cat")
TABLE: Final = f"""
CREATE SCHEMA IF NOT EXISTS bench;
DROP TABLE IF EXISTS bench.gdpr;
CREATE TABLE bench.gdpr (
    key text PRIMARY KEY, {", ".join(f"{name} text NOT NULL" for name in _FIELDS)},
    data text NOT NULL
);
{"".join(f"CREATE INDEX ON bench.gdpr ({name});" for name in _FIELDS)}
GRANT USAGE ON SCHEMA bench TO candor_app;
GRANT ALL ON bench.gdpr TO candor_app
"""
_READ: Final = "SELECT data FROM bench.gdpr WHERE {} = %(value)s"
_META: Final = (
    "SELECT pur, dec, ttl, usr, obj, acl, shr, src, cat FROM bench.gdpr WHERE {} = %(value)s"
)
_MARK: Final = "UPDATE bench.gdpr SET dec = %(dec)s WHERE {} = %(value)s"
_DELETE: Final = "DELETE FROM bench.gdpr WHERE key = %(key)s"
_METADATA: Final = frozenset({Deed.META_PUR, Deed.META_USR, Deed.VERIFY})
_READS: Final = _METADATA | {Deed.READ_KEY, Deed.READ_PUR, Deed.READ_USR, Deed.LOGS}
_INSERT: Final = (
    "INSERT INTO bench.gdpr VALUES (%(key)s, %(pur)s, %(ttl)s, %(usr)s, %(obj)s, %(dec)s,"
    " %(acl)s, %(shr)s, %(src)s, %(cat)s, %(data)s)"
)
_UPDATE: Final = (
    "UPDATE bench.gdpr SET pur = %(pur)s, ttl = %(ttl)s, usr = %(usr)s, obj = %(obj)s,"
    " dec = %(dec)s, acl = %(acl)s, shr = %(shr)s, src = %(src)s, cat = %(cat)s,"
    " data = %(data)s WHERE key = %(key)s"
)


def _said(sql: str) -> Statement[Any]:
    """Return a statement of ours; what it is made of are names that stand in this file."""
    said: Statement[Any] = Statement("bench", "gdpr", cast("LiteralString", sql), None)
    return said


class Bare:
    """The table, through the same pool as Candor uses."""

    def __init__(self, database: Database) -> None:
        """Take an open pool."""
        self._database = database

    async def do(self, asked: Asked) -> Answer:
        """Carry an operation out; one that met another's lock is done again."""
        while True:
            try:
                return await self._do(asked)
            except Unavailable:
                continue

    async def _do(self, asked: Asked) -> Answer:
        async with self._database.tx() as tx:
            if asked.deed in _READS:
                return await _read(tx, asked)
            return await _write(tx, asked)


async def _read(tx: Tx, asked: Asked) -> Answer:
    sql = _META if asked.deed in _METADATA else _READ
    rows = await tx.tuples(_said(sql.format(_by(asked))), _value(asked))
    match asked.deed:
        case Deed.LOGS:
            return None
        case Deed.VERIFY:
            return not rows
        case Deed.META_PUR | Deed.META_USR:
            return sorted((int(row[0][7:]), int(row[1][3:])) for row in rows)
        case _:
            return sorted(data for (data,) in rows)


async def _write(tx: Tx, asked: Asked) -> Answer:
    row = row_of(asked.record, asked.edition)
    match asked.deed:
        case Deed.UPDATE_KEY:
            return bool(await tx.run(_said(_UPDATE), row))
        case Deed.INSERT:
            await tx.run(_said(_INSERT), row)
            return False
        case Deed.DELETE_KEY:
            return bool(await tx.run(_said(_DELETE), row))
        case _:
            params = _value(asked) | {"dec": f"dec{asked.edition % 2}"}
            return await tx.run(_said(_MARK.format(_by(asked))), params)


def load(connection: "psycopg.Connection[Any]", records: Iterable[Record]) -> None:
    """Make the table anew and fill it."""
    connection.execute(TABLE.encode())
    with connection.cursor() as cursor, cursor.copy("COPY bench.gdpr FROM STDIN") as copy:
        for record in records:
            copy.write_row(list(row_of(record).values()))
    connection.execute("VACUUM ANALYZE bench.gdpr")


def row_of(record: Record, edition: int = 0) -> dict[str, str]:
    """Return a record as a row."""
    kind = record.kind
    return {
        "key": f"key{record.number}",
        "pur": f"purpose{record.purpose}",
        "ttl": str(TTLS[kind]),
        "usr": f"user{record.user}",
        "obj": f"obj{record.number % 100}",
        "dec": f"dec{record.decisions}",
        "acl": f"acl{kind}",
        "shr": f"shr{kind}",
        "src": f"src{kind}",
        "cat": f"cat{kind}",
        "data": record.data(edition),
    }


def _by(asked: Asked) -> str:
    """Return the field that an operation is by."""
    for ending, field in (("purpose", "pur"), ("user", "usr")):
        if asked.deed.endswith(ending):
            return field
    return "key"


def _value(asked: Asked) -> dict[str, str]:
    return {"value": row_of(asked.record)[_by(asked)]}
