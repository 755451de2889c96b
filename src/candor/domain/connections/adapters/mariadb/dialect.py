"""How MariaDB and MySQL say it.

MariaDB documentation ("Information Schema COLUMNS Table",
"Trigger Overview", "AUTO_INCREMENT Handling in InnoDB"), read 2026-11-22.
"""

from collections.abc import Callable, Sequence
from typing import Final, final

from candor.domain.connections.adapters.sql.dialect import of_place
from candor.domain.connections.adapters.sql.settings import Place, Reading, Removing
from candor.domain.connections.adapters.sql.values import Column, Family
from candor.infra.sql import Row, Session, Target
from candor.infra.sql_mariadb import connect

_FAMILIES: Final = {
    **dict.fromkeys(
        ("tinyint", "smallint", "mediumint", "int", "bigint", "year"), Family.INTEGER
    ),
    **dict.fromkeys(("decimal", "float", "double"), Family.NUMBER),
    **dict.fromkeys(
        ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum"), Family.TEXT
    ),
    **dict.fromkeys(("datetime", "timestamp"), Family.TIME),
    "bit": Family.BOOLEAN,
}
_WHERE: Final = "TABLE_SCHEMA = COALESCE(NULLIF(%s, ''), DATABASE()) AND TABLE_NAME = %s"
_COLUMNS: Final = f"""
SELECT COLUMN_NAME, DATA_TYPE, IS_NULLABLE = 'YES', CHARACTER_MAXIMUM_LENGTH,
    DATETIME_PRECISION, COLUMN_TYPE
FROM information_schema.COLUMNS
WHERE {_WHERE}
ORDER BY ORDINAL_POSITION
"""
_UNIQUE: Final = f"""
SELECT MAX(COLUMN_NAME)
FROM information_schema.STATISTICS
WHERE {_WHERE} AND NON_UNIQUE = 0
GROUP BY INDEX_NAME
HAVING COUNT(*) = 1
"""
_SIGN: Final = "@@"  # ends a statement of the script: none of ours holds it
_INSTANT: Final = "UTC_TIMESTAMP(6)"


@final
class MariaDB:
    """MariaDB, and MySQL."""

    @property
    def connect(self) -> Callable[[Target], Session]:
        """Return how a session is opened."""
        return connect

    @property
    def default_schema(self) -> str:
        """Return the schema of a table that names none."""
        return ""

    @property
    def now(self) -> str:
        """Return an expression for this instant."""
        return _INSTANT

    def quoted(self, name: str) -> str:
        """Return a name, quoted."""
        return "`" + name.replace("`", "``").replace("%", "%%") + "`"

    def text_of(self, column: Column) -> str:
        """Return an expression that gives a column as text."""
        name = self.quoted(column.name)
        value = f"{name} + 0" if column.type == "bit" else name
        return f"CAST({value} AS CHAR CHARACTER SET utf8mb4)"

    def version_of(self, place: Place, columns: Sequence[Column]) -> str:
        """Return an expression for the version: the column that was named."""
        del columns
        name = self.quoted(place.version_column)
        return f"CAST({name} AS CHAR CHARACTER SET utf8mb4)" if place.version_column else ""

    def columns(self, session: Session, place: Place) -> list[Column]:
        """Return the columns of the table."""
        return [_column(row) for row in session.rows(_COLUMNS, (place.schema, place.table))]

    def unique(self, session: Session, place: Place) -> set[str]:
        """Return the columns of which each value names one row at most."""
        return {name for (name,) in session.rows(_UNIQUE, (place.schema, place.table))}

    def has_triggers(self, session: Session, place: Place) -> bool:
        """Take them for there: only who could make triggers may see them, and we may not."""
        del session, place
        return True

    def setup(self, place: Place, user: str) -> list[str]:
        """Return the statements for whoever owns the table."""
        table = of_place(self, place)
        change = of_place(self, place, place.change_table)
        # As a name and not as a text, in which a backslash would have a meaning.
        account = f"{self.quoted(user)}@'%%'"
        rights = "SELECT, INSERT, UPDATE"
        rights += ", DELETE" if place.removing is Removing.DELETE else ""
        found = (
            []
            if place.reading is not Reading.CHANGE_TABLE
            else [
                *self._noting(place),
                f"GRANT SELECT, DELETE ON {change} TO {account}",
            ]
        )
        return [*found, f"GRANT {rights} ON {table} TO {account}"]

    def _noting(self, place: Place) -> list[str]:
        table = of_place(self, place)
        change = of_place(self, place, place.change_table)
        row = self.quoted(place.id_column)
        insert = f"INSERT INTO {change} (row_id, is_gone, origin, changed_at) VALUES"

        def trigger(event: str, body: str) -> str:
            name = of_place(self, place, f"{place.change_table}_{event.lower()}")
            return f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW\n{body}"

        def note(which: str, gone: int) -> str:
            return f"{insert} ({which}.{row}, {gone}, @candor_origin, {_INSTANT})"

        return [
            f"""CREATE TABLE {change} (
    change_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    row_id VARCHAR(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    is_gone TINYINT(1) NOT NULL,
    origin VARCHAR(64),
    changed_at DATETIME(6) NOT NULL
) ENGINE = InnoDB""",
            trigger("INSERT", note("NEW", 0)),
            trigger(
                "UPDATE",
                f"BEGIN\n    IF NOT (NEW.{row} <=> OLD.{row}) THEN\n"
                f"        {note('OLD', 1)};\n    END IF;\n    {note('NEW', 0)};\nEND",
            ),
            trigger("DELETE", note("OLD", 1)),
        ]

    def script(self, statements: Sequence[str]) -> str:
        """Return statements as the client program takes them."""
        body = f"{_SIGN}\n\n".join(statement.replace("%%", "%") for statement in statements)
        return f"DELIMITER {_SIGN}\n\n{body}{_SIGN}\n\nDELIMITER ;\n"


def _column(row: Row) -> Column:
    name, kind, is_nullable, length, precision, exact = row
    is_boolean = str(exact).startswith("tinyint(1)")
    return Column(
        name=name,
        family=Family.BOOLEAN if is_boolean else _FAMILIES.get(kind, Family.OTHER),
        is_nullable=bool(is_nullable),
        length=None if length is None else int(length),
        precision=None if precision is None else int(precision),
        type=kind,
    )
