"""What the gate explains by is what the fold counts: the same choice, read without the rest."""

from datetime import timedelta
from uuid import UUID

from candor.app import Candor
from candor.domain.consent.model.choice import Choice, Record, latest
from candor.domain.consent.queries import choices as stored
from candor.domain.consent.service import choices
from tests.factories.house import policy_of, say, start_profiles, statement

MINUTE = timedelta(minutes=1)


async def test_the_counting_choice_is_the_one_of_the_fold(candor: Candor) -> None:
    policy = await policy_of(candor)
    ada, ben, other = await start_profiles(candor, [None, None, None])
    async with candor.database.tx() as tx:
        await choices.regroup(
            tx, {ada: ada, ben: ada, other: ada}, policy=policy, clock=candor.clock
        )
    now = candor.clock.now()
    answers = (Choice.GRANTED, Choice.DENIED, Choice.WITHDRAWN)
    said = [
        statement(via, policy.bits[purpose], answers[(n * 7 + m) % 3], now - (n % 4) * MINUTE)
        for n in range(12)
        for m, via in enumerate((ada, ben, other))
        for purpose in ("news", "ads")
    ]
    await say(candor, *said)
    for group in ([ada, ben, other], [ada, ben], [other], []):
        members = frozenset[UUID](group)
        async with candor.database.read() as tx:
            every = await stored.records(tx, profile_ids=group)
            counting = await stored.counting_records(tx, profile_ids=group)
        expected: list[Record] = []
        for profile_id in group:
            for bit in {record.purpose_id for record in every}:
                own = [r for r in every if (r.profile_id, r.purpose_id) == (profile_id, bit)]
                counted = latest(own, members)
                expected += [counted] if counted else []
        by_place = sorted(expected, key=lambda r: (r.profile_id, r.purpose_id))
        assert sorted(counting, key=lambda r: (r.profile_id, r.purpose_id)) == by_place
