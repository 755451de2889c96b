"""The way out of a message: one press, no sign-in; reading never acts (RFC 8058)."""

import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from candor.app import Candor
from candor.domain.catalogue.model import Frequency
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import Reason
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import choices, gate, history, preferences
from candor.domain.consent.service.links import LASTS, Links, Stop, unsubscribe_url
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import choose, make_person, policy_of, say, statement
from tests.web.portal.conftest import HOST, Visitor
from tests.web.portal.test_pages import plain
from tests.web.portal.test_write import gate_says, send, stands

MINUTE = timedelta(minutes=1)
ONE_CLICK = "List-Unsubscribe=One-Click"
URLENCODED = "application/x-www-form-urlencoded"


async def make_ada(candor: Candor) -> ProfileId:
    """Make somebody who wants news."""
    ada = await make_person(candor, name="Ada", email="ada@example.org")
    await choose(candor, ada, "news", Choice.GRANTED)
    return ada


async def link(
    candor: Candor,
    profile_id: ProfileId,
    topic: str | None = "offers",
    channel: str | None = "email",
    language: str = "en",
) -> str:
    """Return the path of the link in a message."""
    policy = await policy_of(candor)
    stop = Stop(
        policy.bits["news"],
        policy.topics[topic].bit if topic else None,
        policy.channels[channel].bit if channel else None,
        new_id(),
        language,
    )
    links = Links(candor.keyring.fixed_key("links"))
    url = unsubscribe_url(links, HOST, profile_id, stop, candor.clock.now())
    return url.removeprefix(HOST)


async def press(visitor: Visitor, path: str, what: str, **more: str) -> str:
    """Press a button of the page; return what it says."""
    answer = await visitor.post(path, {"what": what, **more})
    assert answer.status_code == 200, answer.text
    return answer.text


def undo_of(html: str) -> str:
    """Return what takes an act back."""
    found = re.search(r'name="token" value="([\w-]+)"', html)
    assert found
    return found.group(1)


async def one_click(
    visitor: Visitor, path: str, body: str = ONE_CLICK, kind: str = URLENCODED
) -> httpx.Response:
    """Send what a mail program sends."""
    return await visitor.client.post(path, content=body, headers={"content-type": kind})


async def test_reading_never_acts(candor: Candor, visitor: Visitor) -> None:
    ada = await make_ada(candor)
    path = await link(candor, ada)
    html = ""
    for _ in range(3):
        html = await visitor.page(path)
        assert (await visitor.client.head(path)).status_code == 200
        await visitor.get(f"{path}?what=topic")
        await visitor.get(f"{path}?{ONE_CLICK}")
    assert (await gate_says(candor, ada)).allowed
    assert "Offers, Email" in plain(html)
    for secret in ("Ada", "ada@", str(ada)):
        assert secret not in html
    assert "set-cookie" not in (await visitor.get(path)).headers


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ONE_CLICK, URLENCODED),
        (ONE_CLICK, f"{URLENCODED}; charset=utf-8"),
        (
            '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
            "One-Click\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
    ],
)
async def test_one_click_stops_that_topic_on_that_channel(
    candor: Candor, visitor: Visitor, clock: FixedClock, body: str, kind: str
) -> None:
    ada = await make_ada(candor)
    path = await link(candor, ada)
    clock.advance(MINUTE)
    answer = await one_click(visitor, path, body, kind)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert (await gate_says(candor, ada)).reason is Reason.TOPIC_CLOSED
    assert (await gate_says(candor, ada, "recipes")).allowed
    async with candor.database.read() as tx:
        (said,) = await preferences.wishes(tx, [ada])
    assert said.surface == "one_click"
    for _ in range(3):
        assert (await one_click(visitor, path, body, kind)).status_code == 200
    async with candor.database.read() as tx:
        assert len(await preferences.wishes(tx, [ada])) == 1


async def test_a_link_without_a_topic_stops_the_purpose(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    path = await link(candor, ada, topic=None, channel=None)
    clock.advance(MINUTE)
    assert (await one_click(visitor, path)).status_code == 200
    assert (await gate_says(candor, ada)).reason is Reason.NO_CONSENT


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("topic", Reason.TOPIC_CLOSED),
        ("all", Reason.NO_CONSENT),
        ("pause", Reason.PAUSED),
    ],
)
async def test_each_button_does_what_it_says_and_can_be_taken_back(
    candor: Candor, visitor: Visitor, clock: FixedClock, what: str, reason: Reason
) -> None:
    ada = await make_ada(candor)
    path = await link(candor, ada)
    clock.advance(MINUTE)
    html = await press(visitor, path, what)
    assert "It holds from this moment on." in plain(html)
    assert "Ada" not in html
    assert (await gate_says(candor, ada)).reason is reason
    clock.advance(MINUTE)
    again = plain(await press(visitor, path, what))  # a second press is harmless
    assert "It holds from this moment on." in again
    clock.advance(MINUTE)
    said = plain(await press(visitor, path, "undo", token=undo_of(html)))
    assert "It is as it was before" in said
    assert (await gate_says(candor, ada)).allowed
    clock.advance(MINUTE)
    said = plain(await press(visitor, path, "undo", token=undo_of(html)))
    assert "There is nothing to take back any more" in said


async def test_an_old_undo_never_overrules_a_later_no(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    path = await link(candor, ada)
    clock.advance(MINUTE)
    undo = undo_of(await press(visitor, path, "topic"))
    clock.advance(MINUTE)
    await visitor.sign_in(ada)
    await send(visitor, "topic", topic="offers", email="weekly")
    clock.advance(MINUTE)
    await send(visitor, "topic", topic="offers", email="never")
    clock.advance(MINUTE)
    assert "nothing to take back" in plain(await press(visitor, path, "undo", token=undo))
    found = await stands(candor, ada)
    assert found.frequencies["offers", "email"] is Frequency.NEVER


async def test_a_link_stops_again_what_was_opened_since(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    path = await link(candor, ada)
    clock.advance(MINUTE)
    await one_click(visitor, path)
    clock.advance(MINUTE)
    await visitor.sign_in(ada)
    await send(visitor, "topic", topic="offers", email="weekly")
    assert (await gate_says(candor, ada)).allowed
    clock.advance(MINUTE)
    await one_click(visitor, path)
    assert (await gate_says(candor, ada)).reason is Reason.TOPIC_CLOSED


async def test_somebody_elses_undo_does_nothing(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    ben = await make_person(candor, name="Ben", email="ben@example.org")
    await choose(candor, ben, "news", Choice.GRANTED)
    hers, his = await link(candor, ada), await link(candor, ben)
    clock.advance(MINUTE)
    undo = undo_of(await press(visitor, hers, "all"))
    await press(visitor, his, "all")
    clock.advance(MINUTE)
    for token in (undo, "", "x", hers.rpartition("/")[2]):
        said = plain(await press(visitor, his, "undo", token=token))
        assert "nothing to take back" in said
    assert (await gate_says(candor, ben)).reason is Reason.NO_CONSENT
    assert (await gate_says(candor, ada)).reason is Reason.NO_CONSENT


async def test_an_edited_or_cut_link_leads_to_the_portal(
    candor: Candor, visitor: Visitor
) -> None:
    ada = await make_ada(candor)
    path = await link(candor, ada)
    token = path.removeprefix("/u/")
    for wrong in (token[:-1], token[:40], f"{token}A", token.swapcase(), "x", "A" * 5_000):
        for answer in (
            await visitor.get(f"/u/{wrong}"),
            await one_click(visitor, f"/u/{wrong}"),
        ):
            assert answer.status_code == 404
            assert 'href="/me/write"' in answer.text
            assert "This link is not complete" in answer.text
    assert (await gate_says(candor, ada)).allowed


async def test_an_expired_link_leads_to_the_portal(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    path = await link(candor, ada)
    clock.advance(timedelta(days=60))
    assert (await visitor.get(path)).status_code == 200
    clock.advance(LASTS)
    for answer in (await visitor.get(path), await one_click(visitor, path)):
        assert answer.status_code == 410
        assert "This link has run out" in answer.text
        assert 'href="/me/write"' in answer.text


@pytest.mark.parametrize(
    "body",
    ["", "what=", "what=everything", "List-Unsubscribe=Two-Clicks", "\x00=\x00", "a" * 900],
)
async def test_a_form_that_asks_for_nothing_changes_nothing(
    candor: Candor, visitor: Visitor, body: str
) -> None:
    ada = await make_ada(candor)
    answer = await one_click(visitor, await link(candor, ada), body)
    assert answer.status_code == 400
    assert (await gate_says(candor, ada)).allowed


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "x/y"]
)
async def test_a_broken_body_changes_nothing(
    candor: Candor, visitor: Visitor, kind: str
) -> None:
    ada = await make_ada(candor)
    answer = await one_click(visitor, await link(candor, ada), "--x\r\nbroken", kind)
    assert answer.status_code == 400
    assert (await gate_says(candor, ada)).allowed


async def test_an_erased_person_reads_the_same(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    ben = await make_person(candor, name="Ben", email="ben@example.org")
    await choose(candor, ben, "news", Choice.GRANTED)
    hers, his = await link(candor, ada), await link(candor, ben)
    async with candor.database.tx() as tx:
        for holder in candor.holders.values():
            await holder.erase_person(tx, [ada])
    clock.advance(MINUTE)
    asked = [plain(await visitor.page(path)) for path in (hers, his)]
    assert asked[0] == asked[1]
    said = [plain((await one_click(visitor, path)).text) for path in (hers, his)]
    assert said[0] == said[1].replace("That was a slip: take it back ", "")
    async with candor.database.read() as tx:
        assert await preferences.wishes(tx, [ada]) == []


async def test_somebody_whose_data_is_set_aside_can_stop_too(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    path = await link(candor, ada)
    async with candor.database.tx() as tx:
        await choices.set_standing(tx, [ada], Standing.RESTRICTED, clock)
    clock.advance(MINUTE)
    assert (await one_click(visitor, path)).status_code == 200
    async with candor.database.tx() as tx:
        await choices.set_standing(tx, [ada], Standing.ACTIVE, clock)
        await choices.refold(tx, [ada], policy=await policy_of(candor), clock=clock)
    assert (await gate_says(candor, ada)).reason is Reason.TOPIC_CLOSED


@pytest.mark.parametrize(
    ("language", "tag"),
    [("en", "en"), ("de", "de"), ("pt_PT", "pt"), ("tlh", "en"), ("", "en")],
)
async def test_the_page_speaks_the_language_of_the_message(
    candor: Candor, visitor: Visitor, language: str, tag: str
) -> None:
    ada = await make_ada(candor)
    html = await visitor.page(await link(candor, ada, language=language))
    assert f'<html lang="{tag}' in html


async def test_the_act_stands_in_the_persons_own_log(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    clock.advance(MINUTE)
    await press(visitor, await link(candor, ada), "all")
    async with candor.database.read() as tx:
        records = await gate.history(tx, [ada])
    assert [(r.choice, r.surface) for r in records][-1] == ("withdrawn", "unsubscribe")
    await visitor.sign_in(ada)
    page = plain(await visitor.page("/me/allow/news"))
    assert "You, by the link in a message" in page


async def test_the_page_and_its_answer_speak_another_language_when_asked(
    candor: Candor, visitor: Visitor
) -> None:
    path = await link(candor, await make_ada(candor))
    html = await visitor.page(path)
    assert '<a href="?lang=de" lang="de" hreflang="de">Deutsch</a>' in html
    german = await visitor.page(f"{path}?lang=de")
    assert "Was soll aufhören?" in plain(german)
    assert f'action="{path}?lang=de"' in german
    done = await press(visitor, f"{path}?lang=de", "topic")
    assert '<html lang="de' in done
    assert "?lang=pl" not in done, "a link away would lose what takes it back"
    odd = await visitor.page(f"{path}?lang=%22x")
    assert f'action="{path}"' in odd
    assert '<html lang="en' in odd
    broken = await visitor.get(f"{path}x?lang=ru")
    assert broken.status_code == 404
    assert '<html lang="ru' in broken.text


async def test_a_yes_over_a_signal_comes_back_as_one(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor)
    bit = (await policy_of(candor)).bits["news"]
    clock.advance(MINUTE)
    yes = statement(ada, bit, Choice.GRANTED, clock.now())
    await say(candor, replace(yes, evidence='{"over_gpc": true}'))
    path = await link(candor, ada, topic=None, channel=None)
    clock.advance(MINUTE)
    html = await press(visitor, path, "all")
    clock.advance(MINUTE)
    await press(visitor, path, "undo", token=undo_of(html))
    async with candor.database.read() as tx:
        newest = (await history.lately_chosen(tx, profile_ids=[ada], at_most=1))[0]
    assert (newest.choice, newest.is_over_gpc) == ("granted", True)
