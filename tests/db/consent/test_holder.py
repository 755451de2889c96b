"""What consent gives out, and what it forgets, when somebody asks."""

import psycopg

from candor.app import Candor
from candor.domain.catalogue.model import Frequency
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.preference import Pause, Quiet, TopicWish
from candor.domain.consent.service import preferences
from candor.domain.consent.service.preferences import Said
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import TEST, choose, make_person, policy_of
from tests.factories.rights import given_out

Owner = psycopg.Connection[tuple[object, ...]]
FORGOTTEN = ("reach", "contact", "confirmation", "guardian")
KEPT = ("record", "wish")


async def make_steered(candor: Candor) -> ProfileId:
    """Make somebody who chose, preferred, and was written to."""
    policy = await policy_of(candor)
    ada, now = await make_person(candor, email="steered@example.org"), candor.clock.now()
    await choose(candor, ada, "news", Choice.GRANTED)
    said = [
        Said(new_id(), ada, wish, now, "portal")
        for wish in (TopicWish(0, 0, Frequency.DAILY), Pause(now), Quiet(7, "Asia/Kolkata"))
    ]
    async with candor.database.tx() as tx:
        await preferences.prefer(
            tx, said, actor=TEST, vault=candor.vault, policy=policy, clock=candor.clock
        )
        await preferences.contacted(tx, [ada], "email", "offers", at=now, policy=policy)
    return ada


async def test_everything_that_was_said_is_given_out(candor: Candor) -> None:
    ada = await make_steered(candor)
    async with candor.database.tx() as tx:
        given = await given_out(candor.holders["consent"], tx, [ada])
    assert [len(given[f"consent.{table}"]) for table in ("record", "wish", "contact")] == [
        1,
        3,
        1,
    ]
    assert {str(row["kind"]) for row in given["consent.wish"]} == {"topic", "pause", "quiet"}


async def test_forgetting_leaves_the_evidence_and_nothing_else(
    candor: Candor, owner: Owner
) -> None:
    ada = await make_steered(candor)
    async with candor.database.tx() as tx:
        counts = (await candor.holders["consent"].erase_person(tx, [ada])).gone
    assert (counts["consent.reach"], counts["consent.contact"]) == (1, 1)
    for table in (*FORGOTTEN, *KEPT):
        found = owner.execute(
            f"SELECT count(*) FROM consent.{table} WHERE profile_id = %s".encode(), (ada,)
        ).fetchone()
        assert found is not None
        assert (found[0] == 0) == (table in FORGOTTEN), table
    state = owner.execute(
        "SELECT standing, allowed, points, heard, quiet_hours, zone, minor_until"
        " FROM consent.state WHERE profile_id = %s",
        (ada,),
    ).fetchone()
    assert state is not None
    assert (state[0], state[2:]) == ("erased", (0, 0, 0, None, None))
