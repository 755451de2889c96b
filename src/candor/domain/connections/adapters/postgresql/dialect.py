"""How PostgreSQL says it.

Documentation of PostgreSQL 18, read 2026-11-22: 9.27 (snapshots), 37
(information schema), 39.1 (triggers).
"""

from collections.abc import Callable, Sequence
from typing import Final, final

from candor.domain.connections.adapters.sql.dialect import of_place
from candor.domain.connections.adapters.sql.settings import Place, Reading, Removing
from candor.domain.connections.adapters.sql.values import Column, Family
from candor.infra.sql import Row, Session, Target
from candor.infra.sql_postgresql import connect

_FAMILIES: Final = {
    "boolean": Family.BOOLEAN,
    **dict.fromkeys(("smallint", "integer", "bigint"), Family.INTEGER),
    **dict.fromkeys(("numeric", "real", "double precision"), Family.NUMBER),
    **dict.fromkeys(("text", "character varying", "character", "USER-DEFINED"), Family.TEXT),
    **dict.fromkeys(("timestamp with time zone", "timestamp without time zone"), Family.TIME),
}
_WHERE: Final = "table_schema = %s AND table_name = %s"
_COLUMNS: Final = f"""
SELECT column_name, data_type, is_nullable = 'YES', character_maximum_length, datetime_precision
FROM information_schema.columns
WHERE {_WHERE}
ORDER BY ordinal_position
"""
# Unique indexes on one column, valid, without a condition, over every row.
_UNIQUE: Final = """
SELECT a.attname
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
WHERE n.nspname = %s AND c.relname = %s
    AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1
"""
_TRIGGERS: Final = """
SELECT count(*)
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = %s
    AND t.tgname = 'candor_change' AND t.tgenabled IN ('O', 'A')
"""


@final
class PostgreSQL:
    """PostgreSQL."""

    @property
    def connect(self) -> Callable[[Target], Session]:
        """Return how a session is opened."""
        return connect

    @property
    def default_schema(self) -> str:
        """Return the schema of a table that names none."""
        return "public"

    @property
    def now(self) -> str:
        """Return an expression for this instant."""
        return "clock_timestamp()"

    def quoted(self, name: str) -> str:
        """Return a name, quoted."""
        return '"' + name.replace('"', '""').replace("%", "%%") + '"'

    def text_of(self, column: Column) -> str:
        """Return an expression that gives a column as text."""
        return f"{self.quoted(column.name)}::text"

    def version_of(self, place: Place, columns: Sequence[Column]) -> str:
        """Return an expression for the version: every row has the transaction that wrote it."""
        del columns
        return (
            f"{self.quoted(place.version_column)}::text"
            if place.version_column
            else "xmin::text"
        )

    def columns(self, session: Session, place: Place) -> list[Column]:
        """Return the columns of the table."""
        return [_column(row) for row in session.rows(_COLUMNS, (place.schema, place.table))]

    def unique(self, session: Session, place: Place) -> set[str]:
        """Return the columns of which each value names one row at most."""
        return {name for (name,) in session.rows(_UNIQUE, (place.schema, place.table))}

    def has_triggers(self, session: Session, place: Place) -> bool:
        """Tell whether our trigger is there and fires."""
        ((count,),) = session.rows(_TRIGGERS, (place.schema, place.table))
        return bool(count)

    def setup(self, place: Place, user: str) -> list[str]:
        """Return the statements for whoever owns the table."""
        table = of_place(self, place)
        found = [] if place.reading is not Reading.CHANGE_TABLE else self._noting(place, user)
        rights = "SELECT, INSERT, UPDATE"
        rights += ", DELETE" if place.removing is Removing.DELETE else ""
        return [*found, f"GRANT {rights} ON {table} TO {self.quoted(user)}"]

    def _noting(self, place: Place, user: str) -> list[str]:
        table = of_place(self, place)
        change = of_place(self, place, place.change_table)
        note = of_place(self, place, f"{place.change_table}_note")
        row = self.quoted(place.id_column)
        insert = f"INSERT INTO {change} (row_id, is_gone, origin) VALUES"
        origin = "NULLIF(current_setting('candor.origin', true), '')"
        body = f"""
BEGIN
    IF TG_OP = 'DELETE' THEN
        {insert} (OLD.{row}::text, true, {origin});
    ELSIF TG_OP = 'INSERT' THEN
        {insert} (NEW.{row}::text, false, {origin});
    ELSIF NEW IS DISTINCT FROM OLD THEN
        IF NEW.{row} IS DISTINCT FROM OLD.{row} THEN
            {insert} (OLD.{row}::text, true, {origin});
        END IF;
        {insert} (NEW.{row}::text, false, {origin});
    END IF;
    RETURN NULL;
END
"""
        return [
            f"""CREATE TABLE {change} (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    row_id text NOT NULL,
    is_gone boolean NOT NULL,
    origin text,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
)""",
            f"CREATE INDEX ON {change} (xid)",
            f"""CREATE FUNCTION {note}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS {_quoted_body(body)}""",
            f"""CREATE TRIGGER candor_change
AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {note}()""",
            f"GRANT SELECT, DELETE ON {change} TO {self.quoted(user)}",
        ]

    def script(self, statements: Sequence[str]) -> str:
        """Return statements as psql takes them."""
        body = ";\n\n".join(statement.replace("%%", "%") for statement in statements)
        return f"BEGIN;\n\n{body};\n\nCOMMIT;\n"


def _quoted_body(body: str) -> str:
    """Return the body of a function between dollars.

    A name in it that holds those would end it, quoted or not, and go on as a statement of the
    owner's: so they are others than any that stand in it.
    """
    sign, number = "$note$", 0
    while sign in body:
        number += 1
        sign = f"$note{number}$"
    return f"{sign}{body}{sign}"


def _column(row: Row) -> Column:
    name, kind, is_nullable, length, precision = row
    return Column(
        name=name,
        family=_FAMILIES.get(kind, Family.OTHER),
        is_nullable=is_nullable,
        length=length,
        precision=precision,
        type=kind,
    )
