"""Installations that tests may kill."""

from collections.abc import Iterator

import pytest

from tests.factories.live import Live, installed


@pytest.fixture
def fresh() -> Iterator[Live]:
    """Return a running installation that only this test has."""
    with installed() as live:
        yield live
