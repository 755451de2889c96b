"""A database that the tests of the schema only look at, shared by them."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from candor.infra.db.embedded import EmbeddedPostgres, Urls
from tests.conftest import cloned


@pytest.fixture(scope="session")
def schema_urls(server: EmbeddedPostgres) -> Iterator[Urls]:
    """Return the addresses of a migrated database that nobody writes to."""
    with cloned(server) as urls:
        yield urls


@pytest.fixture
def schema(schema_urls: Urls) -> Iterator[psycopg.Connection[Any]]:
    """Return the owner's connection to it; what a test does is undone."""
    with psycopg.connect(schema_urls.owner) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def as_app(schema_urls: Urls) -> Iterator[psycopg.Connection[Any]]:
    """Return the application's connection to it; what a test does is undone."""
    with psycopg.connect(schema_urls.app) as connection:
        yield connection
        connection.rollback()
