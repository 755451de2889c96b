"""Yearly figures for anybody: what was asked, how it was answered, and nobody pointed at."""

from datetime import timedelta
from typing import Any

import httpx
import psycopg

from candor.kernel.clock import FixedClock
from candor.kernel.ids import new_id
from tests.web.trust.test_page import plain

URL = "/trust/requests"
_INSERT = """
    INSERT INTO rights.request (
        request_id, kind, channel, state, outcome, ground, received_at, due_at, closed_at
    ) VALUES (%s, %s, 'portal', %s, %s, %s, %s, %s, %s)
"""


def answered(
    owner: psycopg.Connection[Any], clock: FixedClock, state: str, number: int, days: int
) -> None:
    """Let so many people of this year have been answered, after so many days."""
    outcome = "full" if state == "fulfilled" else None
    ground = "no_data" if state == "refused" else None
    at = clock.now() - timedelta(days=30)
    for _ in range(number):
        closed = at + timedelta(days=days)
        owner.execute(
            _INSERT,
            (new_id(), "access", state, outcome, ground, at, closed + timedelta(1), closed),
        )


async def test_before_anybody_asked_the_page_says_so(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get(URL)
    assert answer.status_code == 200
    assert "Nobody has asked yet" in plain(answer.text)
    assert not answer.cookies


async def test_figures_of_the_year_are_told_and_small_ones_are_not(
    stranger: httpx.AsyncClient, owner: psycopg.Connection[Any], clock: FixedClock
) -> None:
    answered(owner, clock, "fulfilled", 7, 2)
    answered(owner, clock, "refused", 2, 12)
    words = plain((await stranger.get(URL)).text)
    assert "Received 9" in words
    assert "Not done fewer than 5" in words
    assert "Done in full fewer than 5" in words, "9 less 7 would tell how many were refused"
    file = await stranger.get(f"{URL}.json")
    assert file.headers["content-type"].startswith("application/json")
    year = file.json()["years"][0]
    assert year["year"] == clock.now().year
    (access,) = year["rights"]
    assert access["received"] == 9
    assert (access["denied"], access["complied_in_whole"]) == (None, None)
    assert access["complied_in_part"] == 0
    assert (access["median_days"], access["mean_days"]) == (2.0, 4.2)


async def test_enough_of_everything_is_told_exactly(
    stranger: httpx.AsyncClient, owner: psycopg.Connection[Any], clock: FixedClock
) -> None:
    answered(owner, clock, "fulfilled", 7, 2)
    answered(owner, clock, "refused", 5, 2)
    (access,) = (await stranger.get(f"{URL}.json")).json()["years"][0]["rights"]
    assert (access["denied"], access["complied_in_whole"]) == (5, 7)


async def test_days_of_a_few_are_not_told(
    stranger: httpx.AsyncClient, owner: psycopg.Connection[Any], clock: FixedClock
) -> None:
    answered(owner, clock, "fulfilled", 3, 2)
    (access,) = (await stranger.get(f"{URL}.json")).json()["years"][0]["rights"]
    assert access["median_days"] is None
    assert access["received"] is None
    assert "median" not in plain((await stranger.get(URL)).text)
