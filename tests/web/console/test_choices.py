"""What people allow, on the console: one person explained, everybody counted."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import msgspec
import psycopg
import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.catalogue.model import Frequency, Regime
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.notice import shown
from candor.domain.consent.model.preference import Pause, TopicWish, Wish
from candor.domain.consent.service import choices, gate, guardians, preferences
from candor.domain.consent.service.preferences import Said
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.asking import fill_in
from tests.factories.house import (
    TEST,
    apply_company,
    choose,
    make_company,
    make_person,
    policy_of,
    rules_of,
    say,
    statement,
    states_of,
)
from tests.web.console.conftest import STATED, Clerk, Hire

Owner = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
async def anna(candor: Candor) -> ProfileId:
    return await make_person(candor, email="anna@example.org", name="Anna Ahlers")


def page_of(who: ProfileId) -> str:
    return f"/console/people/{who}?purpose=orders"


def ask_of(who: ProfileId, **question: str) -> str:
    return f"/console/people/{who}/ask?{urlencode({'purpose': 'orders', **question})}"


async def wish(candor: Candor, who: ProfileId, said: Wish) -> None:
    one = Said(new_id(), who, said, candor.clock.now(), "portal")
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        await preferences.prefer(
            tx, [one], actor=TEST, vault=candor.vault, policy=policy, clock=candor.clock
        )


async def apply_edition(candor: Candor, edition: int) -> None:
    """Put other words of news in force."""
    purposes = tuple(
        msgspec.structs.replace(
            one,
            edition=edition if one.code == "news" else 1,
            recipients=("Brieftaube",) if one.code == "news" else one.recipients,
            roles=tuple(Role) if one.code in STATED else (),
        )
        for one in make_company().purposes
    )
    await apply_company(candor, purposes=purposes)


async def say_yes(candor: Candor, who: ProfileId, *, edition: int = 1) -> str:
    """Say yes to the words of news that are in force; return their id."""
    rules = await rules_of(candor)
    words = shown(rules, "news", "en")
    yes = statement(who, rules.policy.bits["news"], Choice.GRANTED, candor.clock.now())
    await say(candor, replace(yes, notice=words.notice_id, edition=edition, locale="en"))
    return words.notice_id


def entries(owner: Owner, action: str) -> list[tuple[object, ...]]:
    return owner.execute(
        "SELECT purpose, outcome, reason, detail ->> 'about' FROM audit.entry"
        " WHERE action = %s ORDER BY entry_id",
        (action,),
    ).fetchall()


# --------------------------------------------------------------------------------- one person
async def test_a_decision_stands_with_the_choice_and_the_words_it_rests_on(
    candor: Candor, piet: Clerk, anna: ProfileId
) -> None:
    notice_id = await say_yes(candor, anna)
    html = await piet.page(page_of(anna))
    assert f'href="/console/notices/{notice_id}"' in html
    words = await piet.words(page_of(anna))
    assert "consent given needs their yes, edition 1" in words
    assert "granted through test on" in words


async def test_a_yes_to_other_words_is_said_to_have_lapsed(
    candor: Candor, piet: Clerk, anna: ProfileId
) -> None:
    await say_yes(candor, anna)
    await apply_edition(candor, 2)
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:  # as the worker does
        await choices.refold(tx, [anna], policy=policy, clock=candor.clock)
    words = await piet.words(page_of(anna))
    assert "the yes was to other words" in words
    assert "was to edition 1; edition 2 is in force" in words


async def test_after_a_no_nobody_asks_before_a_day(
    candor: Candor, piet: Clerk, anna: ProfileId
) -> None:
    await choose(candor, anna, "news", Choice.DENIED)
    assert "Nobody asks again before" in await piet.words(page_of(anna))


async def test_how_they_want_to_be_written_to_is_shown(
    candor: Candor, clock: FixedClock, piet: Clerk, anna: ProfileId
) -> None:
    policy = await policy_of(candor)
    offers, email = policy.topics["offers"].bit, policy.channels["email"].bit
    await wish(candor, anna, TopicWish(offers, email, Frequency.MONTHLY))
    await wish(candor, anna, Pause(clock.now() + timedelta(days=3)))
    words = await piet.words(page_of(anna))
    assert "once a month their word" in words
    assert "paused until" in words
    assert "nothing verified" in words  # no telephone number is known


async def test_reading_it_is_written_down(owner: Owner, piet: Clerk, anna: ProfileId) -> None:
    await piet.page(page_of(anna))
    assert entries(owner, "consent.explained") == [("orders", "allowed", None, None)]


async def test_the_gate_answers_with_all_that_it_rests_on(
    candor: Candor, owner: Owner, piet: Clerk, anna: ProfileId
) -> None:
    await say_yes(candor, anna)
    words = await piet.words(ask_of(anna, about="news", channel="email", topic="offers"))
    assert "News: Offers, Email allowed" in words
    assert "consent given" in words
    assert "Choice: granted" in words
    assert "they said nothing about it: once a week" in words
    assert "Anna" not in words  # nothing is opened for it
    assert entries(owner, "consent.explained") == [("orders", "allowed", None, "news")]


async def test_a_pause_is_given_as_the_reason(
    candor: Candor, clock: FixedClock, piet: Clerk, anna: ProfileId
) -> None:
    await say_yes(candor, anna)
    await wish(candor, anna, Pause(clock.now() + timedelta(days=3)))
    words = await piet.words(ask_of(anna, about="news", channel="email", topic="offers"))
    assert "not allowed" in words
    assert "they asked for a pause" in words


async def test_what_closed_a_channel_is_said(
    candor: Candor, owner: Owner, piet: Clerk, anna: ProfileId
) -> None:
    await say_yes(candor, anna)
    owner.execute(
        "INSERT INTO consent.signal (profile_id, signal_id, via_profile_id, kind, channel_id,"
        " is_readable, decided_at, recorded_at, surface)"
        " VALUES (%(who)s, %(id)s, %(who)s, 'stop', %(channel)s, true, %(at)s, %(at)s, 'stop')",
        {
            "who": anna,
            "id": new_id(),
            "channel": (await policy_of(candor)).channels["email"].bit,
            "at": candor.clock.now(),
        },
    )
    await wish(candor, anna, Pause(candor.clock.now()))  # folds
    words = await piet.words(ask_of(anna, about="news", channel="email", topic="offers"))
    assert "they wrote STOP" in words
    assert "The channel is closed" in words
    assert "They wrote STOP. START, or a choice of their own" in await piet.words(page_of(anna))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"about": "nothing"}, "Choose the purpose"),
        ({"topic": "offers"}, "Choose the purpose"),
        ({"about": "news", "topic": "offers"}, "needs a channel"),
        ({"about": "news", "channel": "pigeon"}, "not in the catalogue"),
        ({"about": "news", "channel": "email", "topic": "none"}, "not in the catalogue"),
    ],
)
async def test_a_question_that_makes_no_sense_is_said_to(
    owner: Owner, piet: Clerk, anna: ProfileId, question: dict[str, str], said: str
) -> None:
    answer = await piet.get(ask_of(anna, **question))
    assert answer.status_code == 400
    assert said in answer.text
    assert entries(owner, "consent.explained") == []


async def test_nothing_is_asked_for_a_purpose_that_is_not_allowed(
    candor: Candor, owner: Owner, piet: Clerk, anna: ProfileId
) -> None:
    await choose(candor, anna, "insight", Choice.DENIED)
    url = f"/console/people/{anna}/ask?purpose=insight&about=news"
    answer = await piet.get(url)
    assert answer.status_code == 403
    assert "they objected" in answer.text
    assert entries(owner, "consent.explained") == [("insight", "refused", "objected", None)]
    for stated, status in (("news", 400), ("", 200)):
        asked = await piet.get(f"/console/people/{anna}/ask?purpose={stated}&about=news")
        assert asked.status_code == status
        assert "Why do you need to see this person?" in asked.text


@pytest.mark.parametrize(("standing", "status"), [("restricted", 403), ("erased", 410)])
async def test_of_whom_nothing_may_be_used_nothing_is_asked(
    owner: Owner, piet: Clerk, anna: ProfileId, standing: str, status: int
) -> None:
    owner.execute(
        "UPDATE consent.state SET standing = %s WHERE profile_id = %s", (standing, anna)
    )
    answer = await piet.get(ask_of(anna, about="news"))
    assert answer.status_code == status
    assert "What it rests on" not in answer.text
    law = await piet.get(f"/console/people/{anna}/regime")
    assert law.status_code == (200 if standing == "restricted" else 410)


# -------------------------------------------------------------------------------------- the law
async def test_another_law_is_said_to_change_what_it_changes_and_does(
    candor: Candor, owner: Owner, piet: Clerk, anna: ProfileId
) -> None:
    url = f"/console/people/{anna}/regime"
    words = await piet.words(f"{url}?purpose=orders")
    assert "CCPA (California) ads nothing" in words
    answer = await piet.send(f"{url}?purpose=orders", regime="ccpa")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/people/{anna}?purpose=orders&done=regime"
    assert (await states_of(candor, [anna]))[anna].regime == Regime.CCPA
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        found = await gate.explained(tx, anna, policy=policy, now=candor.clock.now())
    assert found["ads"].allowed
    assert len(entries(owner, "consent.regime_set")) == 1
    assert "CCPA (California)" in await piet.words(answer.headers["location"])


async def test_a_law_that_there_is_not_changes_nothing(
    candor: Candor, piet: Clerk, anna: ProfileId
) -> None:
    url = f"/console/people/{anna}/regime"
    assert (await piet.send(url, regime="roman")).status_code == 400
    assert (await piet.post(url, {"regime": "ccpa"})).status_code == 403
    assert (await states_of(candor, [anna]))[anna].regime == Regime.GDPR
    assert (await piet.send(url, regime="unknown")).status_code == 303
    assert (await states_of(candor, [anna]))[anna].regime is None


async def test_a_minor_and_their_guardian_are_shown(
    candor: Candor, clock: FixedClock, piet: Clerk, anna: ProfileId
) -> None:
    mother = await make_person(candor)
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        await guardians.set_minor(
            tx,
            anna,
            (clock.now() + timedelta(days=90)).date(),
            actor=TEST,
            vault=candor.vault,
            policy=policy,
            clock=clock,
        )
        await guardians.appoint(
            tx, anna, mother, proof="case-17", actor=TEST, vault=candor.vault, clock=clock
        )
    html = await piet.page(page_of(anna))
    assert "a guardian says yes for them until" in html
    assert f'href="/console/people/{mother}"' in html
    assert "case-17" in html


# ------------------------------------------------------------------------------------- everybody
async def test_a_small_group_is_not_counted_out(
    candor: Candor, clock: FixedClock, hire: Hire
) -> None:
    mara = await hire(Role.MARKETING)
    crowd = [await make_person(candor, email=f"p{n}@example.org") for n in range(12)]
    for one in crowd[:9]:
        await say_yes(candor, one)
    words = await mara.words("/console/choices")
    assert "12 active people" in words
    assert "News rests on their yes fewer than 10 – fewer than 10 0 fewer than 10" in words
    for one in crowd[9:]:
        await say_yes(candor, one)
    assert "fewer than 10 – fewer than 10" in await mara.words("/console/choices")  # kept
    clock.advance(timedelta(minutes=2))
    assert "News rests on their yes 12 100% 12 0 0" in await mara.words("/console/choices")


async def test_reach_is_told_with_why_the_rest_is_held_back(candor: Candor, hire: Hire) -> None:
    mara = await hire(Role.MARKETING)
    crowd = [await make_person(candor, email=f"p{n}@example.org") for n in range(22)]
    for one in crowd[:11]:
        await say_yes(candor, one)
    words = await mara.words("/console/choices")
    assert "Offers news Email 11 11: the purpose is not allowed" in words
    assert "example.org" not in words
    assert str(crowd[0]) not in await mara.page("/console/choices")


async def test_today_tells_how_trust_goes_to_those_who_may_know(
    candor: Candor, hire: Hire
) -> None:
    for n in range(11):
        await say_yes(candor, await make_person(candor, email=f"p{n}@example.org"))
    await fill_in(candor, await make_person(candor), ("news", Choice.DENIED))
    mara, sue = await hire(Role.MARKETING), await hire(Role.SUPPORT)
    words = await mara.words("/console")
    assert "Yeses today 11 Noes today fewer than 10" in words
    assert "News – 11 people" in words
    assert "How trust goes" not in await sue.words("/console")
    assert 'href="/console/audit?' not in await mara.page("/console")
    assert (await sue.get("/console/choices")).status_code == 403


async def test_the_window_is_in_the_address(piet: Clerk) -> None:
    assert "Last 52 weeks" in await piet.words("/console/choices?window=52w")
    assert "Last 30 days" in await piet.words("/console/choices?window=nonsense")


# --------------------------------------------------------------------------------------- the words
async def test_what_changed_between_two_editions_is_shown(
    candor: Candor, clock: FixedClock, piet: Clerk, anna: ProfileId
) -> None:
    first = await say_yes(candor, anna)
    clock.advance(timedelta(minutes=5))
    await apply_edition(candor, 2)
    second = shown(await rules_of(candor), "news", "en").notice_id
    html = await piet.page("/console/notices")
    assert f"/console/notices/{first}" in html
    assert f"/console/notices/{second}" in html
    words = await piet.words(f"/console/notices/{second}")
    assert "taken out: 1 put in: 2" in words
    assert "put in: Brieftaube" in words
    assert "not in force any more" in await piet.words(f"/console/notices/{first}")
    assert (await piet.get(f"/console/notices/{'0' * 64}")).status_code == 404
    assert (await piet.get("/console/notices/nonsense")).status_code == 404


async def test_yeses_are_counted_for_those_who_may_see_counts(hire: Hire, piet: Clerk) -> None:
    sue = await hire(Role.SUPPORT)
    assert "Standing yeses" in await piet.words("/console/notices")
    assert "Standing yeses" not in await sue.words("/console/notices")
