"""Paper and telephone: a choice is written down with its words, its hour and a witness."""

import re
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.notice import shown
from candor.domain.consent.service import gate, guardians
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.asking import apply_asking
from tests.factories.house import TEST, choose, make_person, policy_of, rules_of
from tests.web.console.conftest import Clerk, Hire, words_of


@pytest.fixture
async def sue(hire: Hire) -> Clerk:
    """Return somebody of customer service."""
    return await hire(Role.SUPPORT)


@pytest.fixture
async def anna(candor: Candor) -> ProfileId:
    return await make_person(candor, email="anna@example.org", name="Anna Ahlers")


async def form_of(candor: Candor, **changes: str) -> dict[str, str]:
    """Return a form that is filled in well: a yes on paper, an hour ago."""
    at = candor.clock.now() - timedelta(hours=1)
    return {
        "about": "news",
        "language": "en",
        "notice": shown(await rules_of(candor), "news", "en").notice_id,
        "means": "paper",
        "day": at.date().isoformat(),
        "hour": f"{at:%H:%M}",
        "form": "A-17",
        "witness": "",
        "choice": "granted",
        **changes,
    }


def capture_url(who: ProfileId) -> str:
    return f"/console/people/{who}/capture"


async def said(candor: Candor, who: ProfileId) -> int:
    async with candor.database.read() as tx:
        return len(await gate.history(tx, [who]))


async def allows(candor: Candor, who: ProfileId) -> bool:
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        found = await gate.explained(tx, who, policy=policy, now=candor.clock.now())
    return found["news"].allowed


async def test_a_yes_on_paper_counts_and_comes_with_a_receipt(
    candor: Candor, sue: Clerk, anna: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    answer = await sue.send(capture_url(anna), **await form_of(candor))
    assert answer.status_code == 303, words_of(answer.text)
    assert await allows(candor, anna)
    page = await sue.words(answer.headers["location"])
    assert "On paper" in page
    assert "consent given" in page
    receipt = await sue.get(answer.headers["location"] + "/receipt")
    assert receipt.status_code == 200
    assert receipt.text.count(".") == 2
    row = owner.execute(
        "SELECT surface, evidence, locale, notice IS NOT NULL, edition FROM consent.record"
    ).fetchone()
    assert row == ("paper", {"form": "A-17"}, "en", True, 1)
    entry = owner.execute(
        "SELECT actor_kind, purpose FROM audit.entry WHERE action = 'consent.recorded'"
    ).fetchone()
    assert entry == ("staff", "news")


async def test_a_no_on_the_telephone_needs_the_colleague_who_heard_it(
    candor: Candor, sue: Clerk, anna: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    call = {"means": "call_centre", "form": "", "choice": "denied"}
    refused = await sue.send(capture_url(anna), **await form_of(candor, **call))
    assert refused.status_code == 400
    assert "Choose the colleague who was there" in words_of(refused.text)
    kept = await sue.send(
        capture_url(anna), **await form_of(candor, **call, witness=Role.SUPPORT.value)
    )
    assert kept.status_code == 303
    row = owner.execute("SELECT surface, choice, evidence FROM consent.record").fetchone()
    assert row == ("call_centre", "denied", {"witness": "support"})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"form": ""}, "Write down the number of the paper"),
        ({"form": "Anna's form"}, "letters, digits and hyphens"),
        ({"form": "x" * 41}, "letters, digits and hyphens"),
        ({"witness": "nobody-here"}, "Choose the colleague"),
        ({"day": ""}, "day and the hour"),
        ({"hour": "25:00"}, "day and the hour"),
        ({"hour": "10:00+05:00"}, "day and the hour"),
        ({"day": "2999-01-01"}, "lies in the future"),
        ({"day": "2011-01-01"}, "more than ten years ago"),
        ({"choice": "maybe"}, "yes or no"),
        ({"means": "telepathy"}, "how they said it"),
        ({"about": "nothing"}, "what they were asked about"),
        ({"about": "orders"}, "what they were asked about"),
        ({"notice": "0" * 64}, "words that the person was given"),
        ({"notice": ""}, "words that the person was given"),
    ],
)
async def test_what_is_missing_is_said_and_nothing_is_written_down(
    candor: Candor, sue: Clerk, anna: ProfileId, changes: dict[str, str], sentence: str
) -> None:
    answer = await sue.send(capture_url(anna), **await form_of(candor, **changes))
    assert answer.status_code == 400
    assert sentence in words_of(answer.text)
    assert not await said(candor, anna)


@pytest.mark.asvs("2.2.3")
async def test_the_words_of_another_purpose_prove_nothing(
    candor: Candor, sue: Clerk, anna: ProfileId
) -> None:
    ads = shown(await rules_of(candor), "ads", "en").notice_id
    answer = await sue.send(capture_url(anna), **await form_of(candor, notice=ads))
    assert answer.status_code == 400
    assert not await said(candor, anna)


async def test_the_words_are_shown_in_full_in_the_language_of_the_person(
    candor: Candor, sue: Clerk, anna: ProfileId
) -> None:
    await apply_asking(candor, also="de")
    html = await sue.page(capture_url(anna) + "?about=news&language=de")
    assert "Ganz neu." in html
    assert '<blockquote class="stack-s" lang="de">' in html
    english = await sue.page(capture_url(anna) + "?about=news&language=en")
    assert "We use it for news." in english
    assert "Anna" not in english, "nothing of the person is opened for this page"
    german = shown(await rules_of(candor), "news", "de").notice_id
    kept = await sue.send(
        capture_url(anna), **await form_of(candor, language="de", notice=german)
    )
    assert kept.status_code == 303
    assert "Ganz neu." in await sue.page(capture_url(anna)), "as they were spoken to last"


async def test_a_yes_to_older_words_is_kept_and_does_not_count(
    candor: Candor, sue: Clerk, anna: ProfileId
) -> None:
    older = await form_of(candor)
    await apply_asking(candor, edition=2)
    html = await sue.page(capture_url(anna) + f"?about=news&words={older['notice']}")
    assert "not in force any more" in html
    answer = await sue.send(capture_url(anna), **older)
    assert answer.status_code == 303
    assert await said(candor, anna) == 1
    assert not await allows(candor, anna)


async def test_a_minor_cannot_be_made_to_say_yes(
    candor: Candor, sue: Clerk, anna: ProfileId, clock: FixedClock
) -> None:
    async with candor.database.tx("minor") as tx:
        await guardians.set_minor(
            tx,
            anna,
            clock.now().date() + timedelta(days=900),
            actor=TEST,
            vault=candor.vault,
            policy=await policy_of(candor),
            clock=clock,
        )
    answer = await sue.send(capture_url(anna), **await form_of(candor))
    assert answer.status_code == 400
    assert "only a guardian" in words_of(answer.text)
    kept = await sue.send(capture_url(anna), **await form_of(candor, choice="denied"))
    assert kept.status_code == 303


async def test_an_older_paper_does_not_undo_a_newer_no(
    candor: Candor, sue: Clerk, anna: ProfileId
) -> None:
    await choose(candor, anna, "news", Choice.DENIED)
    answer = await sue.send(capture_url(anna), **await form_of(candor))
    assert answer.status_code == 303
    assert not await allows(candor, anna)
    assert "not allowed" in await sue.words(answer.headers["location"])


async def test_a_form_from_elsewhere_writes_nothing_down(
    candor: Candor, sue: Clerk, anna: ProfileId
) -> None:
    answer = await sue.post(capture_url(anna), await form_of(candor))
    assert answer.status_code == 403
    assert not await said(candor, anna)


async def test_what_is_not_theirs_is_not_there(sue: Clerk, anna: ProfileId) -> None:
    assert (await sue.get(capture_url(ProfileId(new_id())))).status_code == 404
    other = f"/console/people/{anna}/choices/{new_id()}"
    assert (await sue.get(other)).status_code == 404
    assert (await sue.get(other + "/receipt")).status_code == 404


async def test_the_page_of_a_person_leads_there_for_those_who_may(
    hire: Hire, sue: Clerk, anna: ProfileId
) -> None:
    html = await sue.page(f"/console/people/{anna}?purpose=orders")
    assert re.search(rf'href="/console/people/{anna}/capture"', html)
    guard = await hire(Role.SECURITY)
    assert "/capture" not in await guard.page(f"/console/people/{anna}?purpose=orders")
