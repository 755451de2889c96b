"""Whole installations for the tests of the whole."""

from collections.abc import Iterator

import pytest

from tests.factories.live import Live, installed


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    """Return a running installation that tests share; each uses people of its own."""
    with installed() as live:
        yield live


@pytest.fixture(autouse=True)
def _at_a_door_where_nobody_failed(request: pytest.FixtureRequest) -> None:
    """Forget wrong passwords and codes of the test before: all tests come from one address.

    Otherwise the shield asks the next test for a challenge, depending on the order of files.
    """
    if "live" in request.fixturenames:
        live: Live = request.getfixturevalue("live")
        with live.owner() as connection:
            connection.execute("DELETE FROM shield.throttle")
            connection.execute("DELETE FROM shield.measure")
