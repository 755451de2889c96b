"""Every named statement is prepared against the migrated schema, without being run."""

import dataclasses
import importlib
import pkgutil
import re
from typing import Any, Final, cast

import msgspec
import psycopg
import pytest
from psycopg.pq import ExecStatus

from candor import domain
from candor.infra.db.sql import SqlFile, Statement, all_files, all_statements

_PARAMETER: Final = re.compile(r"%\((\w+)\)s")
_COPY: Final = re.compile(r"COPY\s+(\S+)\s*\(([^)]*)\)\s*FROM\s+STDIN", re.IGNORECASE)
_COMMENTS: Final = re.compile(r"^\s*--[^\n]*\n", re.MULTILINE)


def _load_all() -> None:
    """Import every module of statements, which binds them."""
    for module in pkgutil.walk_packages(domain.__path__, "candor.domain."):
        if ".queries" in module.name:
            importlib.import_module(module.name)


_load_all()


def _ours() -> list[Statement[Any]]:
    """Return the bound statements; those that other tests bound for themselves are not ours."""
    slices = {module.name for module in pkgutil.iter_modules(domain.__path__)}
    return [s for s in all_statements() if s.slice in slices]


def _label(thing: Statement[Any] | SqlFile) -> str:
    if isinstance(thing, Statement):
        return f"{thing.slice}.{thing.name}"
    return "/".join(thing.path.parts[-3:])


def _numbered(statement: Statement[Any]) -> str:
    """Return the statement with parameters as PostgreSQL numbers them."""
    sql = _COMMENTS.sub("", statement.sql + "\n")
    copy = _COPY.match(sql.strip())
    if copy:  # COPY cannot be prepared: look at the columns that it names
        return f"SELECT {copy[2]} FROM {copy[1]} LIMIT 0"
    names = list(dict.fromkeys(_PARAMETER.findall(sql)))
    return _PARAMETER.sub(lambda m: f"${names.index(m[1]) + 1}", sql).replace("%%", "%")


def _columns(connection: psycopg.Connection[Any], statement: Statement[Any]) -> list[str]:
    """Prepare and describe; return the names of the columns that would come back."""
    pgconn = connection.pgconn
    prepared = pgconn.prepare(b"", _numbered(statement).encode())
    assert prepared.status == ExecStatus.COMMAND_OK, prepared.error_message.decode()
    described = pgconn.describe_prepared(b"")
    assert described.status == ExecStatus.COMMAND_OK, described.error_message.decode()
    return [cast("bytes", described.fname(n)).decode() for n in range(described.nfields)]


def _fields(row: type[Any]) -> list[str] | None:
    """Return the fields of a row class, or None for a single value."""
    if dataclasses.is_dataclass(row):
        return [field.name for field in dataclasses.fields(row) if field.init]
    if issubclass(row, msgspec.Struct):
        return [field.name for field in msgspec.structs.fields(row)]
    return None


@pytest.mark.parametrize("statement", _ours(), ids=_label)
def test_statement_fits_the_schema_and_its_row_class(
    statement: Statement[Any], as_app: psycopg.Connection[Any]
) -> None:
    as_app.execute("SELECT 1")  # opens a transaction, undone afterwards
    found = _columns(as_app, statement)
    if statement.row is None:
        return
    wanted = _fields(statement.row)
    if wanted is None:
        assert len(found) == 1
    else:
        assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize("statement", _ours(), ids=_label)
def test_application_role_may_do_what_the_statement_asks(
    statement: Statement[Any], as_app: psycopg.Connection[Any]
) -> None:
    copy = _COPY.search(statement.sql)
    if copy:
        allowed = as_app.execute(
            "SELECT has_table_privilege(%s, 'INSERT')", (copy[1],)
        ).fetchone()
        assert allowed == (True,)
        return
    as_app.execute("SELECT 1")
    sql = f"EXPLAIN (GENERIC_PLAN) {_numbered(statement)}"
    result = as_app.pgconn.exec_(sql.encode())
    assert result.status == ExecStatus.TUPLES_OK, result.error_message.decode()


@pytest.mark.parametrize("file", all_files(), ids=_label)
def test_every_statement_of_the_file_is_bound(file: SqlFile) -> None:
    assert file.names == file.bound


def test_there_are_statements_at_all() -> None:
    assert _ours()


def test_a_misspelt_column_is_noticed(as_app: psycopg.Connection[Any]) -> None:
    statement = Statement("audit", "planted", "SELECT entry.acton FROM audit.entry", str)
    as_app.execute("SELECT 1")
    with pytest.raises(AssertionError, match="acton"):
        _columns(as_app, statement)
