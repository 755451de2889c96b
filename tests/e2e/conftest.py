"""Whole installations for the tests of the whole."""

from collections.abc import Iterator

import pytest

from tests.factories.live import Live, installed


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    """Return a running installation that tests share; each uses people of its own."""
    with installed() as live:
        yield live
