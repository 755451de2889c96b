"""What people are told when something breaks: that it did, and nothing of how it is built."""

from typing import Any

import psycopg
import pytest

from tests.web.plain.conftest import House


@pytest.mark.asvs("16.5.1")
async def test_an_error_of_ours_shows_nothing_of_what_is_inside(
    house: House, owner: psycopg.Connection[Any]
) -> None:
    owner.execute("ALTER TABLE catalogue.version RENAME TO elsewhere")
    async with house.signed_in() as client:
        for path in ("/console/catalogue", "/me/allow"):
            answer = await client.get(path)
            assert answer.status_code == 500, path
            for inside in ("catalogue.version", "Undefined", "psycopg", "SELECT", "line "):
                assert inside not in answer.text, path
