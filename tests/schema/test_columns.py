"""Duties are derived from the schema: every column says what it is, every table what to do."""

import re
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from candor.app import compose
from candor.infra.settings import Settings

CLASSES: Final = (
    "key", "pseudonym", "state", "time", "config", "count", "secret",
)  # fmt: skip
PLAIN: Final = re.compile(rf"class: ({'|'.join(CLASSES)}); \S.*")
PERSONAL: Final = re.compile(r"pii:[a-z]+; [^;]+; purpose: [^;]+; retention: [^;]+")
PERSON: Final = re.compile(
    r"person: merge=[^;]+; split=[^;]+; export=[^;]+; erase=[^;]+; restrict=[^;]+; retain=[^;]+"
)
KEYED_BY_PERSON: Final = ("profile_id", "bearer_id", "head_id")

# The job queue brings a schema of its own; our jobs carry ids only.
COLUMNS: Final = """
    SELECT n.nspname, c.relname, a.attname, col_description(c.oid, a.attnum),
        obj_description(c.oid, 'pg_class')
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'jobs')
    ORDER BY 1, 2, a.attnum
"""


def columns(
    schema: psycopg.Connection[Any],
) -> list[tuple[str, str, str, str | None, str | None]]:
    found = schema.execute(COLUMNS).fetchall()
    assert len(found) > 50, "the schema is there at all"
    return found


@pytest.mark.asvs("14.1.1")
def test_every_column_is_classified(schema: psycopg.Connection[Any]) -> None:
    unclassified = [
        f"{space}.{table}.{column}: {comment!r}"
        for space, table, column, comment, _ in columns(schema)
        if not (PLAIN.fullmatch(comment or "") or PERSONAL.fullmatch(comment or ""))
    ]
    assert not unclassified


def test_every_table_says_what_it_is(schema: psycopg.Connection[Any]) -> None:
    silent = {f"{space}.{table}" for space, table, _, _, about in columns(schema) if not about}
    assert not silent


def test_every_table_keyed_by_a_person_declares_its_duties(
    schema: psycopg.Connection[Any],
) -> None:
    missing = {
        f"{space}.{table}"
        for space, table, column, _, about in columns(schema)
        if column in KEYED_BY_PERSON and not PERSON.fullmatch(about or "")
    }
    assert not missing


def test_every_table_with_personal_columns_is_keyed_by_a_person(
    schema: psycopg.Connection[Any],
) -> None:
    everything = columns(schema)
    keyed = {(s, t) for s, t, column, _, _ in everything if column in KEYED_BY_PERSON}
    lost = {
        f"{space}.{table}.{column}"
        for space, table, column, comment, _ in everything
        if (comment or "").startswith("pii:") and (space, table) not in keyed
    }
    assert not lost


def test_every_slice_with_personal_columns_registers_a_holder(
    schema: psycopg.Connection[Any], tmp_path: Path
) -> None:
    slices = {
        space
        for space, _, _, comment, _ in columns(schema)
        if (comment or "").startswith("pii:")
    }
    settings = Settings.load({"CANDOR_HOME": str(tmp_path)})
    registered = compose(settings, "postgresql://nowhere").holders
    assert slices
    assert slices <= set(registered)


@pytest.mark.parametrize(
    "comment",
    [
        "the e-mail address",
        "class: whatever; text",
        "class: key",
        "pii:contact; the address",
        "pii:contact; the address; purpose: service",
        "pii:contact; the address; retention: P3Y; purpose: service",
    ],
)
def test_a_comment_that_leaves_something_out_is_noticed(comment: str) -> None:
    assert not PLAIN.fullmatch(comment)
    assert not PERSONAL.fullmatch(comment)
