"""Questions and merges through the pages: settled in numbers, undone exactly."""

import re
from typing import Any

import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.audit.model import Actor
from candor.domain.collect.service import read as door
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.service import gate
from candor.domain.profiles.service import merge, read
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import choose, make_person, order, rules_of, send
from tests.web.console.conftest import Clerk, Hire, words_of

PHONE = "+491701234567"


async def make_doubt(candor: Candor, n: int = 1) -> tuple[ProfileId, ProfileId]:
    """Make two people who share a phone number that only one source vouches for."""
    phone = f"+49170123456{n}"
    anna = await make_person(
        candor, source="crm", number=f"anna{n}@example.org", name="Anna", phone=phone
    )
    bert = await make_person(candor, number=f"B{n}", name="Bert", city="Bergen", phone=phone)
    await choose(candor, bert, "news", Choice.GRANTED)
    await choose(candor, anna, "ads", Choice.DENIED)
    for _ in range(2):
        await send(candor, "shop", order(candor, userId=f"B{n}"))
    assert anna != bert
    return anna, bert


async def everything(candor: Candor, profile_id: ProfileId) -> dict[str, Any]:
    """Return all that is known of a person, apart from who read it and what was merged."""
    rules = await rules_of(candor)
    async with candor.database.tx("snapshot") as tx:
        person = await read.open_person(
            tx,
            profile_id,
            purpose="orders",
            actor=Actor.machine("test"),
            in_force=rules.in_force,
            vault=candor.vault,
        )
        events = await door.events(
            tx,
            person.profile_ids,
            purpose="orders",
            actor=Actor.machine("test"),
            vault=candor.vault,
        )
        explained = await gate.explained(
            tx, profile_id, policy=rules.policy, now=candor.clock.now()
        )
        return {
            "person": person,
            "events": [(event.row.event_id, event.personal) for event in events],
            "states": await gate.states(tx, person.profile_ids),
            "decisions": explained,
        }


async def question(piet: Clerk) -> str:
    """Return the id of the question on the page."""
    found = re.search(r'name="review_id" value="([^"]+)"', await piet.page("/console/reviews"))
    assert found
    return found.group(1)


async def undo_url(piet: Clerk, profile_id: ProfileId) -> str:
    """Return where the merge of a person is undone."""
    html = await piet.page(f"/console/people/{profile_id}?purpose=orders")
    found = re.search(r'href="([^"]*/merges/[^"]*)"', html)
    assert found
    return found.group(1)


async def test_a_question_tells_in_numbers_and_shows_no_value(
    candor: Candor, piet: Clerk
) -> None:
    await make_doubt(candor)
    html = await piet.page("/console/reviews")
    said = words_of(html)
    assert "The same phone" in said
    assert "Merging joins 2 profiles, 3 identifiers and" in said
    for value in ("Anna", "Bert", "Bergen", "anna1@", PHONE[3:8]):
        assert value not in html


async def test_merging_and_undoing_it_through_the_pages_restores_exactly_what_was(
    candor: Candor, piet: Clerk
) -> None:
    anna, bert = await make_doubt(candor)
    before = {one: await everything(candor, one) for one in (anna, bert)}
    answer = await piet.send("/console/reviews", review_id=await question(piet), answer="merge")
    assert answer.headers["location"] == "/console/reviews?done=merge"
    assert "They are one person now" in await piet.words(answer.headers["location"])
    async with candor.database.read() as tx:
        head = await read.head(tx, bert)
    assert head == anna  # the older one

    moved = await piet.get(f"/console/people/{bert}?purpose=orders")
    assert moved.headers["location"] == f"/console/people/{anna}?purpose=orders"
    joined = await piet.words(f"/console/people/{anna}?purpose=orders")
    assert "2 profiles" in joined

    where = await undo_url(piet, anna)
    asked = await piet.words(where)
    assert "becomes two people again" in asked
    assert "news, not allowed → allowed" in asked or "news, allowed → not allowed" in asked
    for value in ("Anna", "Bert", PHONE):
        assert value not in asked
    done = await piet.send(where)
    assert done.status_code == 303
    assert "The merge is undone" in await piet.words(done.headers["location"])

    after = {one: await everything(candor, one) for one in (anna, bert)}
    assert after == before
    assert (await piet.get(where)).status_code == 404
    assert (await piet.send(where)).status_code == 404


async def test_looking_at_what_undoing_does_undoes_nothing(candor: Candor, piet: Clerk) -> None:
    anna, bert = await make_doubt(candor)
    await piet.send("/console/reviews", review_id=await question(piet), answer="merge")
    where = await undo_url(piet, anna)
    for _ in range(2):
        await piet.page(where)
    async with candor.database.read() as tx:
        assert await read.head(tx, bert) == anna


async def test_a_merge_is_undone_on_its_own_person_only(candor: Candor, piet: Clerk) -> None:
    anna, bert = await make_doubt(candor)
    await piet.send("/console/reviews", review_id=await question(piet), answer="merge")
    merge_id = (await undo_url(piet, anna)).partition("/merges/")[2].partition("?")[0]
    other = await make_person(candor, name="Somebody")
    for whose in (other, new_id()):
        where = f"/console/people/{whose}/merges/{merge_id}"
        assert (await piet.get(where)).status_code == 404
        assert (await piet.send(where)).status_code == 404
    async with candor.database.read() as tx:
        assert await read.head(tx, bert) == anna


async def test_who_may_only_read_is_offered_no_undoing(
    candor: Candor, piet: Clerk, hire: Hire
) -> None:
    anna, _ = await make_doubt(candor)
    await piet.send("/console/reviews", review_id=await question(piet), answer="merge")
    sam = await hire(Role.SUPPORT)
    html = await sam.page(f"/console/people/{anna}?purpose=orders")
    assert "were taken for one person" in html
    assert "/merges/" not in html
    assert (await sam.send(await undo_url(piet, anna))).status_code == 403


async def test_two_people_are_kept_apart_for_good(candor: Candor, piet: Clerk) -> None:
    anna, bert = await make_doubt(candor)
    answer = await piet.send("/console/reviews", review_id=await question(piet), answer="apart")
    assert "will not ask again" in await piet.words(answer.headers["location"])
    await send(
        candor,
        "shop",
        {"type": "identify", "userId": "B1", "traits": {"phone": "+491701234561"}},
    )
    assert "Nothing waits for you" in await piet.words("/console/reviews")
    async with candor.database.read() as tx:
        assert await read.head(tx, bert) != await read.head(tx, anna)


async def test_a_question_is_settled_once(candor: Candor, piet: Clerk, hire: Hire) -> None:
    _, bert = await make_doubt(candor)
    review_id = await question(piet)
    await piet.send("/console/reviews", review_id=review_id, answer="apart")
    late = await (await hire(Role.ADMIN)).send(
        "/console/reviews", review_id=review_id, answer="merge"
    )
    assert late.headers["location"] == "/console/reviews?done=settled"
    async with candor.database.read() as tx:
        assert await read.head(tx, bert) == bert


@pytest.mark.parametrize(
    "fields",
    [{"answer": ""}, {"review_id": "x", "answer": "merge"}, {"answer": "both"}],
)
async def test_no_answer_settles_nothing(
    candor: Candor, piet: Clerk, fields: dict[str, str]
) -> None:
    await make_doubt(candor)
    review_id = await question(piet)
    answer = await piet.send("/console/reviews", **({"review_id": review_id} | fields))
    assert answer.status_code == 400
    assert await question(piet) == review_id


async def test_a_question_is_answered_when_a_rule_joins_the_two(
    candor: Candor, piet: Clerk
) -> None:
    await make_doubt(candor)
    # The shop knows the address of the second from the first's: a verified one joins them.
    async with candor.database.tx() as tx:
        waiting = (await merge.open_reviews(tx))[0]
        rules = await rules_of(candor)
        await merge.join(
            tx,
            [
                merge.Join(
                    ProfileId(waiting.profile_id),
                    ProfileId(waiting.other_id),
                    merge.MergeRule.SHARED,
                    {"kind": "email"},
                    Actor.machine("source shop"),
                )
            ],
            vault=candor.vault,
            policy=rules.policy,
            clock=candor.clock,
        )
    assert "Nothing waits for you" in await piet.words("/console/reviews")


async def test_leafing_through_questions_shows_each_once(candor: Candor, piet: Clerk) -> None:
    for n in range(10):
        await make_doubt(candor, n)
    await make_doubt_of_long_numbers(candor)
    first = await piet.page("/console/reviews")
    assert "11 waiting" in words_of(first)
    more = re.search(r'href="(/console/reviews\?after=[^"]+)"', first)
    assert more
    second = await piet.page(more.group(1))
    ids = re.findall(r'name="review_id" value="([^"]+)"', first + second)
    assert len(ids) == len(set(ids)) == 11


async def make_doubt_of_long_numbers(candor: Candor) -> None:
    """Make one more pair."""
    await make_person(candor, source="crm", number="zoe@example.org", phone="+491711111111")
    await make_person(candor, number="Z1", phone="+491711111111")
