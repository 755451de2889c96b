"""Connections and transactions as types.

`ReadTx` can only read (the database enforces it), `Tx` can write as well. A transaction is
opened at the edge, one per request or job, and handed down; services never commit. `Tx` carries
who acts and in which request, for the audit entries that are written inside it.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, Final, TypeVar, cast

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.rows import class_row, scalar_row, tuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from candor.infra.db.sql import Statement
from candor.kernel.errors import Unavailable

Row = TypeVar("Row")
Params = Mapping[str, Any]

_WAIT_SECONDS: Final = 10.0
# An attempt to connect waits twice as long each time; after this it gives up, and whoever asks next
# begins anew. With the default of five minutes a database that is back is noticed a minute late.
_RECONNECT_SECONDS: Final = 3.0
_TRUSTED_SECONDS: Final = 1.0  # a connection that was used just now is taken for alive


class ReadTx:
    """A transaction that reads one consistent snapshot."""

    def __init__(self, connection: AsyncConnection[Any], request_id: str = "") -> None:
        """Wrap an open transaction."""
        self._connection = connection
        self.request_id = request_id

    @property
    def connection(self) -> AsyncConnection[Any]:
        """Return the driver's connection, for the job queue, which joins our transaction."""
        return self._connection

    async def all(self, statement: Statement[Row], params: Params | None = None) -> list[Row]:
        """Return all rows."""
        row = _row_class(statement)
        async with self._connection.cursor(row_factory=class_row(row)) as cursor:
            await cursor.execute(statement.sql, params)
            return await cursor.fetchall()

    async def maybe(
        self, statement: Statement[Row], params: Params | None = None
    ) -> Row | None:
        """Return the first row, or None when there is none."""
        row = _row_class(statement)
        async with self._connection.cursor(row_factory=class_row(row)) as cursor:
            await cursor.execute(statement.sql, params)
            return await cursor.fetchone()

    async def one(self, statement: Statement[Row], params: Params | None = None) -> Row:
        """Return the only row; a statement that promises one and has none is a bug."""
        found = await self.maybe(statement, params)
        if found is None:
            message = f"{statement.slice}.{statement.name} returned no row"
            raise LookupError(message)
        return found

    async def values(
        self, statement: Statement[Row], params: Params | None = None
    ) -> list[Row]:
        """Return the single column of all rows. The row class is the type of the column."""
        async with self._connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(statement.sql, params)
            return cast("list[Row]", await cursor.fetchall())

    async def value(
        self,
        statement: Statement[Row],
        params: Params | None = None,
        *,
        prepare: bool | None = None,
    ) -> Row | None:
        """Return the single column of the first row, or None.

        `prepare=False` plans the statement anew for these values, each time: for one that looks
        at very many rows, where a plan that suits any values suits none.
        """
        async with self._connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(statement.sql, params, prepare=prepare)
            return cast("Row | None", await cursor.fetchone())

    async def tuples(
        self, statement: Statement[Row], params: Params | None = None
    ) -> list[tuple[Any, ...]]:
        """Return all rows as bare tuples: for hot paths only, where building rows shows."""
        async with self._connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(statement.sql, params)
            return await cursor.fetchall()

    async def pages(
        self, statement: Statement[Row], params: Params | None = None, *, at_most: int
    ) -> AsyncGenerator[list[tuple[Any, ...]], None]:
        """Give all rows as bare tuples, some at a time; the statement is run once."""
        async with self._connection.cursor(statement.name, row_factory=tuple_row) as cursor:
            await cursor.execute(statement.sql, params)
            while rows := await cursor.fetchmany(at_most):
                yield rows


class Tx(ReadTx):
    """A transaction that may write. Whoever opened it commits, by leaving the block well."""

    async def run(self, statement: Statement[None], params: Params | None = None) -> int:
        """Run a command; return the number of rows that it touched."""
        async with self._connection.cursor() as cursor:
            await cursor.execute(statement.sql, params)
            return cursor.rowcount

    async def run_many(self, statement: Statement[None], rows: Sequence[Params]) -> None:
        """Run a command once per set of parameters, in one round trip."""
        if rows:
            async with self._connection.cursor() as cursor:
                await cursor.executemany(statement.sql, rows)

    async def copy(self, statement: Statement[None], chunks: Iterable[bytes]) -> None:
        """Feed `COPY … FROM STDIN` with ready-made text rows."""
        async with self._connection.cursor() as cursor, cursor.copy(statement.sql) as copy:
            for chunk in chunks:
                await copy.write(chunk)

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None, None]:
        """Undo what happens inside the block, and only that, when it fails."""
        async with self._connection.transaction():
            yield


class _Connection(AsyncConnection[Any]):
    """A connection of the pool, which remembers when it was last of use."""

    used_at: float = 0.0


class Database:
    """A pool of connections to one PostgreSQL, as one role."""

    def __init__(self, url: str, *, min_size: int = 1, max_size: int = 8) -> None:
        """Prepare a pool; nothing is connected before `open`."""
        self._pool: AsyncConnectionPool[_Connection] = AsyncConnectionPool(
            url,
            connection_class=_Connection,
            min_size=min_size,
            max_size=max_size,
            open=False,
            timeout=_WAIT_SECONDS,
            reconnect_timeout=_RECONNECT_SECONDS,
            configure=_configure,
            check=_check,
            kwargs={"options": "-c search_path=jobs,public -c timezone=UTC"},
        )
        self.url = url

    async def open(self) -> None:
        """Connect, waiting for the first connections."""
        try:
            await self._pool.open(wait=True, timeout=_WAIT_SECONDS)
        except PoolTimeout as error:
            message = "The database cannot be reached."
            raise Unavailable(
                message, hint="Check CANDOR_DATABASE_URL and run: candor doctor"
            ) from error

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close()

    @property
    def is_closed(self) -> bool:
        """Tell whether it was closed, or never opened: waiting for it makes no sense."""
        return self._pool.closed

    @asynccontextmanager
    async def tx(self, request_id: str = "") -> AsyncGenerator[Tx, None]:
        """Open a transaction that may write; commit on leaving the block, undo on an exception.

        Raises:
            Unavailable: the database went away or no connection became free.
        """
        async with self._begin() as connection:
            yield Tx(connection, request_id)

    @asynccontextmanager
    async def read(self, request_id: str = "") -> AsyncGenerator[ReadTx, None]:
        """Open a transaction that reads one snapshot and cannot write.

        Raises:
            Unavailable: the database went away or no connection became free.
        """
        async with self._begin() as connection:
            await connection.execute(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
            )
            yield ReadTx(connection, request_id)

    @asynccontextmanager
    async def _begin(self) -> AsyncGenerator[AsyncConnection[Any], None]:
        try:
            async with self._pool.connection() as connection:
                async with connection.transaction():
                    yield connection
                connection.used_at = monotonic()
        except (PoolTimeout, psycopg.InterfaceError) as error:
            raise Unavailable from error
        except psycopg.OperationalError as error:
            # Lost connections, a server that restarts, a full disk. Deadlocks and timeouts of
            # locks come this way too: the transaction is undone and may be tried again.
            raise Unavailable from error


async def _check(connection: _Connection) -> None:
    """Find out whether a connection still stands; costs a round trip, so not every time."""
    if monotonic() - connection.used_at > _TRUSTED_SECONDS:
        await AsyncConnectionPool.check_connection(connection)


async def _configure(connection: AsyncConnection[Any]) -> None:
    """Set up a fresh connection: prepare a statement on its second use."""
    connection.prepare_threshold = 1


def constraint_of(error: psycopg.Error) -> str:
    """Return the name of the constraint that was violated, or an empty string."""
    return error.diag.constraint_name or ""


def _row_class(statement: Statement[Row]) -> type[Row]:
    if statement.row is None:
        message = f"{statement.slice}.{statement.name} returns nothing"
        raise TypeError(message)
    return statement.row


UniqueViolation = errors.UniqueViolation
