"""Minors and guardians in the console: who may say yes is written down, and then may."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import make_person
from tests.web.console.conftest import Clerk, Hire, words_of
from tests.web.console.test_capture import allows, capture_url, form_of, said


@pytest.fixture
async def sue(hire: Hire) -> Clerk:
    """Return somebody of customer service."""
    return await hire(Role.SUPPORT)


@pytest.fixture
async def anna(candor: Candor) -> ProfileId:
    return await make_person(candor, email="anna@example.org", name="Anna Ahlers")


@pytest.fixture
async def eva(candor: Candor) -> ProfileId:
    return await make_person(candor, email="eva@example.org", name="Eva Ahlers")


def url(who: ProfileId) -> str:
    return f"/console/people/{who}/guardians"


async def lately(candor: Candor, guardian: ProfileId) -> dict[str, str]:
    """Return a form of a yes that a guardian said five minutes ago."""
    at = (candor.clock.now() - timedelta(minutes=5)).astimezone(ZoneInfo("Europe/Berlin"))
    day, hour = at.date().isoformat(), f"{at:%H:%M}"
    return await form_of(candor, guardian=str(guardian), day=day, hour=hour)


async def make_minor(sue: Clerk, who: ProfileId) -> None:
    until = (sue.candor.clock.now() + timedelta(days=900)).date().isoformat()
    answer = await sue.send(url(who), what="minor", until=until)
    assert answer.status_code == 303, words_of(answer.text)


APPOINT = {"what": "appoint", "kind": "email", "value": "eva@example.org", "proof": "form/17"}


async def test_an_appointed_guardian_says_yes_for_a_minor(
    candor: Candor,
    sue: Clerk,
    anna: ProfileId,
    eva: ProfileId,
    clock: FixedClock,
    owner: psycopg.Connection[Any],
) -> None:
    await make_minor(sue, anna)
    assert "Guardian who said it" not in await sue.words(capture_url(anna))
    assert (await sue.send(url(anna), **APPOINT)).status_code == 303
    page = await sue.page(url(anna))
    assert "form/17" in page
    assert "Ahlers" not in page, "nothing of either is opened"
    clock.advance(timedelta(minutes=10))
    assert "Guardian who said it" in await sue.words(capture_url(anna))
    alone = await sue.send(capture_url(anna), **await form_of(candor))
    assert "only a guardian" in words_of(alone.text)
    kept = await sue.send(capture_url(anna), **await lately(candor, eva))
    assert kept.status_code == 303, words_of(kept.text)
    assert await allows(candor, anna)
    row = owner.execute("SELECT choice, guardian_id FROM consent.record").fetchone()
    assert row == ("granted", eva)
    actions = owner.execute(
        "SELECT action FROM audit.entry WHERE actor_kind = 'staff' ORDER BY entry_id"
    ).fetchall()
    assert {"consent.minor_set", "profiles.find", "consent.guardian_appointed"} <= {
        row[0] for row in actions
    }


async def test_before_they_were_written_down_they_said_nothing(
    candor: Candor, sue: Clerk, anna: ProfileId, eva: ProfileId
) -> None:
    await make_minor(sue, anna)
    await sue.send(url(anna), **APPOINT)
    for who in (str(eva), str(new_id()), "x"):
        answer = await sue.send(capture_url(anna), **await form_of(candor, guardian=who))
        assert answer.status_code == 400
        if who == str(eva):
            assert "not written down as the guardian at that hour" in words_of(answer.text)
    assert not await said(candor, anna)


async def test_a_guardian_ends(
    candor: Candor, sue: Clerk, anna: ProfileId, eva: ProfileId, clock: FixedClock
) -> None:
    await make_minor(sue, anna)
    await sue.send(url(anna), **APPOINT)
    clock.advance(timedelta(minutes=10))
    ended = await sue.send(url(anna), what="end", guardian=str(eva))
    assert ended.status_code == 303
    again = await sue.send(url(anna), what="end", guardian=str(eva))
    assert again.status_code == 400
    clock.advance(timedelta(minutes=10))
    answer = await sue.send(capture_url(anna), **await lately(candor, eva))
    assert answer.status_code == 400
    assert not await said(candor, anna)


async def test_the_day_is_taken_out_again(candor: Candor, sue: Clerk, anna: ProfileId) -> None:
    await make_minor(sue, anna)
    assert (await sue.send(url(anna), what="grown_up")).status_code == 303
    assert "they say yes by themselves" in await sue.words(url(anna))
    kept = await sue.send(capture_url(anna), **await form_of(candor))
    assert kept.status_code == 303


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"what": "minor", "until": "soon"}, "Write down the day"),
        ({"what": "appoint", **APPOINT, "proof": "her mother said so"}, "number of a paper"),
        ({**APPOINT, "value": "nobody@example.org"}, "Nobody can be appointed"),
        ({**APPOINT, "value": "anna@example.org"}, "Nobody can be appointed"),
        ({**APPOINT, "value": "eva"}, "Nobody can be appointed"),
        ({**APPOINT, "kind": "name"}, "Nobody can be appointed"),
        ({"what": "end", "guardian": "x"}, "says nothing for them"),
        ({"what": "adopt"}, "Press one of the buttons"),
        ({}, "Press one of the buttons"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_changes(
    sue: Clerk, anna: ProfileId, eva: ProfileId, fields: dict[str, str], sentence: str
) -> None:
    del eva
    answer = await sue.send(url(anna), **fields)
    assert answer.status_code == 400
    assert sentence in words_of(answer.text)
    assert "Nobody is written down" in await sue.words(url(anna))


async def test_who_may_not_finds_no_way_there(
    hire: Hire, sue: Clerk, anna: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    assert url(anna) in await sue.page(f"/console/people/{anna}?purpose=orders")
    assert (await sue.get(url(ProfileId(new_id())))).status_code == 404
    guard = await hire(Role.SECURITY)
    assert (await guard.get(url(anna))).status_code == 403
    assert (await sue.post(url(anna), APPOINT)).status_code == 403
    assert owner.execute("SELECT count(*) FROM consent.guardian").fetchone() == (0,)
