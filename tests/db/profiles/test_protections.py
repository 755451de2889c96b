"""What keeps two people from being taken for one: each protection, as sources send."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from candor.app import Candor
from candor.domain.audit.model import Actor
from candor.domain.collect.service import read as door
from candor.domain.profiles import queries
from candor.domain.profiles.errors import NoSuchProfile, NotAnIdentifier
from candor.domain.profiles.model import MERGES_PER_DAY, Review
from candor.domain.profiles.service import merge, read
from candor.infra.db.embedded import Urls
from candor.kernel.clock import FixedClock
from candor.kernel.ids import MergeId, ProfileId
from tests.factories.house import (
    find,
    fresh,
    fresh_email,
    make_person,
    order,
    policy_of,
    rules_of,
    running,
    send,
)


async def reviews(candor: Candor) -> list[Review]:
    """Return the open questions."""
    async with candor.database.read() as tx:
        return await merge.open_reviews(tx)


async def identify(candor: Candor, source: str, user_id: str, **call: object) -> None:
    """Send an identify call."""
    await send(candor, source, {"type": "identify", "userId": user_id, **call})


async def people(candor: Candor) -> int:
    """Return how many people there are."""
    async with candor.database.read() as tx:
        return (await read.figures(tx)).people


async def test_a_verified_address_makes_one_person_of_two_numbers(candor: Candor) -> None:
    email = fresh_email()
    ada = await make_person(candor, email=email)
    again = await make_person(candor, email=email.upper())
    assert again == ada
    assert await people(candor) == 1


async def test_an_address_that_nobody_verified_asks_a_person(candor: Candor) -> None:
    email = fresh_email()
    await identify(candor, "crm", email)  # crm vouches for phones only
    await identify(
        candor, "crm", fresh_email(), context={"externalIds": [{"type": "email", "id": email}]}
    )
    assert await people(candor) == 2
    [review] = await reviews(candor)
    assert review.reason == "not_verified"


async def test_one_side_that_vouches_is_not_enough(candor: Candor) -> None:
    email = fresh_email()
    await identify(candor, "crm", email)
    ada = await make_person(candor, email=email)
    assert await find(candor, "email", email) != ada
    assert [review.reason for review in await reviews(candor)] == ["not_verified"]


async def test_a_claim_does_not_become_true_by_being_verified_for_somebody_else(
    candor: Candor,
) -> None:
    email = fresh_email()
    await identify(candor, "crm", email)  # somebody typed Ada's address before Ada came
    number = fresh("number")
    for _ in range(3):  # as often as she signs in
        await identify(candor, "shop", number, traits={"email": email})
    ada = await find(candor, "customer_number", number)
    assert await find(candor, "email", email) != ada
    assert [review.reason for review in await reviews(candor)] == ["not_verified"]


async def test_more_numbers_than_a_person_may_have_ask_a_person(candor: Candor) -> None:
    email = fresh_email()
    for _ in range(3):
        await make_person(candor, email=email)
    assert await people(candor) == 2
    [review] = await reviews(candor)
    assert review.reason == "too_many_identifiers"


async def test_an_identifier_beyond_the_limit_is_left_out(candor: Candor) -> None:
    number = fresh("number")
    addresses = [fresh_email() for _ in range(5)]
    for email in addresses:
        await identify(candor, "shop", number, traits={"email": email})
    ada = await find(candor, "customer_number", number)
    async with candor.database.read() as tx:
        held = await queries.identifiers(tx, profile_ids=[ada])
    assert sum(one.kind == "email" for one in held) == 3
    with pytest.raises(NoSuchProfile):
        await find(candor, "email", addresses[4])


async def test_what_was_left_out_is_counted_for_the_source_that_sent_it(
    candor: Candor,
) -> None:
    number = fresh("number")
    for _ in range(3):
        await identify(candor, "shop", number, traits={"email": fresh_email()})
    far = {"type": "identify", "userId": number, "traits": {"email": fresh_email()}}
    # Two sources at once are written down in one group.
    await asyncio.gather(
        send(candor, "shop", order(candor, userId=fresh("number"))),
        send(candor, "far", far),
    )
    rules = await rules_of(candor)
    async with candor.database.read() as tx:
        rows = await door.counters(tx, since=candor.clock.now())
    limited = [row.source_id for row in rows if row.outcome == "limited_identifier"]
    assert limited == [rules.in_force.numbers.sources["far"]]


async def test_a_blocked_identifier_is_nobody_s(candor: Candor) -> None:
    load = await send(
        candor,
        "shop",
        order(candor, userId="GUEST", anonymousId=fresh("device")),
        order(candor, userId="guest ", anonymousId=fresh("device")),
        order(candor, userId="0"),
    )
    assert [refusal.reason for refusal in load.refused] == ["no_usable_identifier"]
    assert await people(candor) == 2
    with pytest.raises(NoSuchProfile):
        await find(candor, "customer_number", "Guest")


async def test_two_who_sign_in_on_one_device_stay_two(candor: Candor) -> None:
    device = fresh("device")
    for number in (fresh("number"), fresh("number")):
        await send(candor, "shop", order(candor, userId=number, anonymousId=device))
    assert await people(candor) == 2
    assert await reviews(candor) == []


async def test_the_anonymous_history_joins_who_signs_in_first(candor: Candor) -> None:
    device, number = fresh("device"), fresh("number")
    await send(candor, "shop", order(candor, anonymousId=device))
    await send(candor, "shop", order(candor, userId=number, anonymousId=device))
    assert await find(candor, "device", device) == await find(candor, "customer_number", number)
    assert await people(candor) == 1


async def test_a_card_that_families_share_does_not_merge(candor: Candor) -> None:
    for _ in range(2):
        await identify(
            candor,
            "shop",
            fresh("number"),
            context={"externalIds": [{"type": "loyalty_card", "id": "7000123"}]},
        )
    assert await people(candor) == 2
    assert await reviews(candor) == []


async def test_a_person_is_not_merged_more_than_so_often_a_day(
    candor: Candor, clock: FixedClock
) -> None:
    first = fresh_email()
    await identify(candor, "shop", fresh("number"), traits={"email": first})
    ada = await find(candor, "email", first)
    policy = await policy_of(candor)
    others = [await make_person(candor, source="far") for _ in range(MERGES_PER_DAY)]
    pairs = [
        merge.Join(ada, other, merge.MergeRule.BY_HAND, {}, Actor.machine("test"))
        for other in others
    ]
    async with candor.database.tx() as tx:
        await merge.join(tx, pairs, vault=candor.vault, policy=policy, clock=clock)
        # Their numbers are out of the way: only the count of merges is looked at.
        await queries.delete_identifiers(tx, profile_ids=others)
    await identify(candor, "shop", fresh("number"), traits={"email": first})
    assert [review.reason for review in await reviews(candor)] == ["too_many_merges"]
    clock.advance(timedelta(days=1, seconds=1))
    await identify(candor, "shop", fresh("number"), traits={"email": first})
    assert len(await reviews(candor)) == 1


async def test_who_was_unmerged_is_not_merged_again_by_the_machine(candor: Candor) -> None:
    email = fresh_email()
    ada = await make_person(candor, number="A-1", email=email)
    await make_person(candor, number="B-1", email=email)
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        [merged] = await merge.journal(tx, [ada])
        await merge.unmerge(
            tx,
            MergeId(merged.merge_id),
            actor=Actor.staff("dora"),
            vault=candor.vault,
            policy=policy,
            clock=candor.clock,
        )
    for _ in range(2):
        await identify(candor, "shop", "B-1", traits={"email": email})
        await identify(candor, "shop", "A-1", traits={"email": email})
    assert await find(candor, "customer_number", "B-1") != ada
    assert await people(candor) == 2
    assert await reviews(candor) == []


async def test_an_identifier_that_is_none_finds_nobody(candor: Candor) -> None:
    for kind, value in (("email", "ada"), ("phone", "123"), ("undeclared", "x")):
        with pytest.raises(NotAnIdentifier):
            await find(candor, kind, value)
    with pytest.raises(NoSuchProfile):
        await find(candor, "email", fresh_email())


async def test_two_processes_that_begin_the_same_person_make_one(
    candor: Candor,
    database_urls: Urls,
    owner: psycopg.Connection[Any],
    tmp_path: Path,
    clock: FixedClock,
) -> None:
    async with running(database_urls.app, tmp_path, clock) as other:
        for _ in range(8):
            number, device = fresh("number"), fresh("device")
            await asyncio.gather(
                send(candor, "shop", order(candor, userId=number, anonymousId=device)),
                send(other, "shop", order(other, userId=number, anonymousId=device)),
                send(other, "far", order(other, userId=number)),
            )
    assert await people(candor) == 8
    async with candor.database.read() as tx:
        figures = await read.figures(tx)
    held = owner.execute("SELECT count(*) FROM profiles.identifier").fetchone()
    assert (figures.profiles, held) == (8, (16,))


async def test_two_processes_that_meet_halfway_make_one_person(
    candor: Candor, database_urls: Urls, tmp_path: Path, clock: FixedClock
) -> None:
    async with running(database_urls.app, tmp_path, clock) as other:
        for _ in range(6):
            number, email = fresh("number"), fresh_email()
            await asyncio.gather(
                identify(candor, "shop", number),
                identify(other, "shop", fresh("number"), traits={"email": email}),
            )
            await asyncio.gather(
                identify(candor, "shop", number, traits={"email": email}),
                identify(other, "shop", number, traits={"email": email}),
            )
    assert await people(candor) == 6


async def test_another_process_learns_of_a_merge(
    candor: Candor, database_urls: Urls, tmp_path: Path, clock: FixedClock
) -> None:
    email = fresh_email()
    async with running(database_urls.app, tmp_path, clock) as other:
        await identify(other, "shop", "A-1")
        await identify(candor, "shop", "A-1", traits={"email": email})
        await identify(candor, "shop", "B-1", traits={"email": email})
        await send(other, "shop", order(other, userId="B-1"), order(other, userId="A-1"))
    async with candor.database.read() as tx:
        found: list[ProfileId] = [
            await read.head(tx, ProfileId(profile.profile_id))
            for profile in await read.members(tx, await find(candor, "email", email))
        ]
    assert len(found) == 2
    assert len(set(found)) == 1
