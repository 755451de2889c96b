"""Attacks at the doors, and the people who must get in meanwhile."""

import pytest

from candor.app import Candor
from candor.domain.shield.errors import ChallengeNeeded
from tests.factories.doors import RIGHT, Door, at, solution

ADA = "staff:ada"


async def test_the_first_tries_are_free_then_work_is_asked_for(candor: Candor) -> None:
    door = Door.of(candor)
    for _ in range(3):
        assert not await door.sign_in(at(ADA), "wrong")
    with pytest.raises(ChallengeNeeded):
        await door.sign_in(at(ADA), RIGHT)
    assert await door.persist(at(ADA), RIGHT)
    assert await door.sign_in(at(ADA), RIGHT)  # what she failed herself is forgiven


async def test_a_challenge_counts_once_and_for_its_own_account(candor: Candor) -> None:
    door = Door.of(candor)
    for who in (at(ADA), at("staff:ben", "192.0.2.8")):
        for _ in range(3):
            await door.sign_in(who, "wrong")
    view = await door.doors.challenge(at(ADA))
    assert view is not None
    fields = {"altcha": solution(view.task)}
    with pytest.raises(ChallengeNeeded):
        await door.sign_in(at("staff:ben", "192.0.2.8"), "wrong", fields)
    assert not await door.sign_in(at(ADA), "wrong", fields)
    with pytest.raises(ChallengeNeeded):
        await door.sign_in(at(ADA), RIGHT, fields)
