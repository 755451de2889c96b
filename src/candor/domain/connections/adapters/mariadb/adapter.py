"""The adapter of MariaDB and MySQL databases."""

from typing import Final

from candor.domain.connections.adapters.mariadb.dialect import MariaDB
from candor.domain.connections.adapters.mariadb.following import Gaps
from candor.domain.connections.adapters.sql.mirror import SqlMirror
from candor.domain.connections.adapters.sql.settings import settings
from candor.domain.connections.model.connection import Direction
from candor.domain.connections.model.talk import Spec

SPEC: Final = Spec(
    kind="mariadb",
    title="MariaDB or MySQL",
    about="A table of people in a MariaDB or MySQL database, told and heard.",
    directions=frozenset({Direction.OUT, Direction.IN}),
    settings=settings(3306, "Its name, or database.table"),
    at_once=100,
    can_compare=True,
)


def adapter(call_seconds: float = 20.0) -> SqlMirror:
    """Return the adapter; a call takes so many seconds at most."""
    return SqlMirror(SPEC, MariaDB(), Gaps(), call_seconds=call_seconds)
