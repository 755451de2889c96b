"""What the database itself refuses, whoever asks."""

from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

SOMEBODY: Final = UUID(int=1)

INSERT_ENTRY: Final = """
    INSERT INTO audit.entry (recorded_at, actor_kind, actor_id, action, outcome)
    VALUES (now(), 'machine', 'tests', 'tests.looked', 'done')
"""
INSERT_RECORD: Final = """
    INSERT INTO consent.record (
        profile_id, record_id, via_profile_id, purpose_id, choice, decided_at, recorded_at,
        surface
    ) VALUES (%(id)s, %(id)s, %(id)s, 1, 'denied', now(), now(), 'tests')
"""
REWRITES: Final = (
    "UPDATE audit.entry SET reason = 'other'",
    "DELETE FROM audit.entry",
    "TRUNCATE audit.entry",
    "UPDATE consent.record SET choice = 'granted'",
    "DELETE FROM consent.record",
    "TRUNCATE consent.record",
)


def _write_something(connection: psycopg.Connection[Any]) -> None:
    """Put a row into both logs, so that a rewrite would have something to hit."""
    connection.execute(
        "INSERT INTO catalogue.purpose VALUES (1, 'tests') ON CONFLICT DO NOTHING"
    )
    connection.execute(INSERT_ENTRY)
    connection.execute(INSERT_RECORD, {"id": SOMEBODY})


@pytest.mark.asvs("16.4.2")
@pytest.mark.parametrize("rewrite", REWRITES)
def test_application_cannot_rewrite_a_log(
    rewrite: str, as_app: psycopg.Connection[Any]
) -> None:
    _write_something(as_app)
    with pytest.raises(errors.InsufficientPrivilege):
        as_app.execute(rewrite.encode())


@pytest.mark.asvs("16.4.2")
@pytest.mark.parametrize("rewrite", REWRITES)
def test_owner_cannot_rewrite_a_log_either(
    rewrite: str, schema: psycopg.Connection[Any]
) -> None:
    _write_something(schema)
    with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
        schema.execute(rewrite.encode())


@pytest.mark.asvs("13.2.2", "13.3.2")
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT wrapped FROM vault.subject_key",
        "UPDATE vault.subject_key SET epoch_id = 1",
        "DELETE FROM vault.subject_key",
        "SET ROLE candor_vault",
        "ALTER TABLE audit.entry DISABLE TRIGGER ALL",
        "DROP TABLE audit.entry",
        "CREATE TABLE profiles.copy AS SELECT 1",
        "UPDATE access.proposal SET payload = '{}'",
        "UPDATE access.proposal SET proposed_by = decided_by",
        "UPDATE access.permit SET expires_at = 'infinity'",
        "DELETE FROM access.proposal",
    ],
)
def test_application_cannot(statement: str, as_app: psycopg.Connection[Any]) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        as_app.execute(statement.encode())


def test_functions_that_run_as_another_role_fix_their_search_path(
    schema: psycopg.Connection[Any],
) -> None:
    loose = schema.execute("""
        SELECT p.oid::regprocedure::text FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'jobs')
            AND NOT coalesce(p.proconfig::text LIKE '%search_path=pg_catalog%', FALSE)
    """).fetchall()
    assert not loose


def test_nobody_may_run_our_functions_by_default(schema: psycopg.Connection[Any]) -> None:
    public = schema.execute("""
        SELECT p.oid::regprocedure::text FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'jobs')
            AND has_function_privilege('public', p.oid, 'EXECUTE')
    """).fetchall()
    assert not public
