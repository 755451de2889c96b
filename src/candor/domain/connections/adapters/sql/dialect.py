"""How a kind of database says what we want of it.

Statements are put together from names that were
looked up in the database itself and quoted here; values only ever go as parameters.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from candor.domain.connections.adapters.sql.settings import Place
from candor.domain.connections.adapters.sql.values import Column
from candor.infra.sql import Session, Target


class Dialect(Protocol):
    """What differs between kinds of database."""

    @property
    def connect(self) -> Callable[[Target], Session]:
        """Return how a session is opened."""
        ...

    @property
    def default_schema(self) -> str:
        """Return the schema of a table that names none; empty: that of the session."""
        ...

    @property
    def now(self) -> str:
        """Return an expression for this instant, in UTC, with microseconds."""
        ...

    def quoted(self, name: str) -> str:
        """Return a name of theirs, as it stands in a statement with parameters."""
        ...

    def text_of(self, column: Column) -> str:
        """Return an expression that gives a column as text."""
        ...

    def version_of(self, place: Place, columns: Sequence[Column]) -> str:
        """Return an expression that gives the version of a row as text; empty: it has none."""
        ...

    def columns(self, session: Session, place: Place) -> list[Column]:
        """Return the columns of the table; none: there is no such table, or it is hidden.

        Raises:
            SqlFailed.
        """
        ...

    def unique(self, session: Session, place: Place) -> set[str]:
        """Return the columns of which each value names one row at most.

        Raises:
            SqlFailed.
        """
        ...

    def setup(self, place: Place, user: str) -> list[str]:
        """Return the statements that make the change table and its triggers, and the grants."""
        ...

    def has_triggers(self, session: Session, place: Place) -> bool:
        """Tell whether the triggers of `setup` are there, as far as we may see them.

        Raises:
            SqlFailed.
        """
        ...

    def script(self, statements: Sequence[str]) -> str:
        """Return statements as the command line of this kind of database takes them."""
        ...


def of_place(dialect: Dialect, place: Place, table: str = "") -> str:
    """Return the table, or another in its schema, as it stands in a statement."""
    name = dialect.quoted(table or place.table)
    return f"{dialect.quoted(place.schema)}.{name}" if place.schema else name
