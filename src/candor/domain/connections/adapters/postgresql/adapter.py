"""The adapter of PostgreSQL databases."""

from typing import Final

from candor.domain.connections.adapters.postgresql.dialect import PostgreSQL
from candor.domain.connections.adapters.postgresql.following import Snapshots
from candor.domain.connections.adapters.sql.mirror import SqlMirror
from candor.domain.connections.adapters.sql.settings import settings
from candor.domain.connections.model.connection import Direction
from candor.domain.connections.model.talk import Spec

SPEC: Final = Spec(
    kind="postgresql",
    title="PostgreSQL",
    about="A table of people in a PostgreSQL database, told and heard.",
    directions=frozenset({Direction.OUT, Direction.IN}),
    settings=settings(5432, "schema.table; without a schema it is public"),
    at_once=100,
    can_compare=True,
)


def adapter(call_seconds: float = 20.0) -> SqlMirror:
    """Return the adapter; a call takes so many seconds at most."""
    return SqlMirror(SPEC, PostgreSQL(), Snapshots(), call_seconds=call_seconds)
