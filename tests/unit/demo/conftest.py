"""The data set read once, and the year of the first households planned once."""

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final

import pytest

from candor.demo import journey as journeys
from candor.demo.expected import Expected
from candor.demo.journey import Journey
from candor.demo.stream import Stream, shift_weeks

NOW: Final = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
FEW: Final = 150  # households


@pytest.fixture(scope="session")
def journey() -> Journey:
    return journeys.read()


@pytest.fixture(scope="session")
def few(journey: Journey) -> Stream:
    return Stream(journey, weeks=shift_weeks(journey, NOW), households=FEW)


@pytest.fixture(scope="session")
def whole(journey: Journey) -> Expected:
    return Stream(journey, weeks=shift_weeks(journey, NOW)).expected()


@pytest.fixture(scope="session")
def catalogue() -> Mapping[str, Any]:
    """Return the tables of the demo catalogue, as its files say them."""
    found: dict[str, Any] = {}
    for file in files("candor.demo").joinpath("catalogue").iterdir():
        if file.name.endswith(".toml"):
            for name, table in tomllib.loads(file.read_text("utf-8")).items():
                found.setdefault(name, {}).update(table)
    return found
