"""How a customer is written to: topics, channels, how often, pause, quiet hours; and why."""

import html as markup
import re
from datetime import UTC, datetime, timedelta

import pytest

from candor.app import Candor
from candor.domain.catalogue.model import Attribute, Frequency
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import Ask, Decision, Reason
from candor.domain.consent.model.preference import Pause, TopicWish, Wish, quiet_between
from candor.domain.consent.model.signal import Signal, SignalKind
from candor.domain.consent.service import gate, preferences, signals
from candor.domain.consent.service.preferences import Preferences, Said
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import (
    TEST,
    apply_company,
    choose,
    make_company,
    make_person,
    policy_of,
    rules_of,
)
from tests.web.portal.conftest import Visitor, csrf
from tests.web.portal.test_pages import plain

MINUTE = timedelta(minutes=1)


async def make_ada(candor: Candor, visitor: Visitor) -> ProfileId:
    """Make somebody who wants news, and sign them in."""
    ada = await make_person(candor, name="Ada", email="ada@example.org")
    await choose(candor, ada, "news", Choice.GRANTED)
    await visitor.sign_in(ada)
    return ada


async def stands(candor: Candor, profile_id: ProfileId) -> Preferences:
    """Return what stands."""
    async with candor.database.read() as tx:
        found = await preferences.standing(tx, profile_id, policy=await policy_of(candor))
    assert found
    return found


async def gate_says(
    candor: Candor, ada: ProfileId, topic: str = "offers", channel: str = "email"
) -> Decision:
    """Return what the gate says about a message now."""
    policy = await policy_of(candor)
    ask = Ask(ada, policy.topics[topic].purpose, channel, topic)
    async with candor.database.read() as tx:
        (decision,) = await gate.decisions(tx, [ask], policy=policy, now=candor.clock.now())
    return decision


async def send(visitor: Visitor, path: str, **fields: str) -> str:
    """Send a form of the page; return where it leads."""
    token = csrf(await visitor.page("/me/write"))
    answer = await visitor.post(f"/me/write/{path}", {"csrf_token": token, **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def wish(candor: Candor, ada: ProfileId, *wishes: Wish) -> None:
    """Say preferences elsewhere, each a minute after the other."""
    start = candor.clock.now() - len(wishes) * MINUTE
    said = [
        Said(new_id(), ada, one, start + n * MINUTE, "test") for n, one in enumerate(wishes)
    ]
    async with candor.database.tx() as tx:
        await preferences.prefer(
            tx,
            said,
            actor=TEST,
            vault=candor.vault,
            policy=await policy_of(candor),
            clock=candor.clock,
        )


def chosen(html: str, topic: str, channel: str) -> str | None:
    """Return the frequency that a field shows."""
    field = html.partition(f'id="{topic}-{channel}"')[2].partition("</select>")[0]
    found = re.search(r'value="(\w+)" selected', field)
    return found.group(1) if found else None


async def test_the_page_shows_what_the_gate_reads(candor: Candor, visitor: Visitor) -> None:
    ada = await make_ada(candor, visitor)
    html = await visitor.page("/me/write")
    found = await stands(candor, ada)
    assert found.frequencies
    for (topic, channel), often in found.frequencies.items():
        assert chosen(html, topic, channel) == often.value
    assert "Nothing comes whatever you choose here, because this is off" in plain(html)


async def test_saving_a_topic_counts_at_once_and_says_only_what_changed(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor, visitor)
    assert (await gate_says(candor, ada)).allowed
    clock.advance(MINUTE)
    location = await send(visitor, "topic", topic="offers", email="never", post="never")
    assert location == "/me/write?done=topic-offers#topic-offers"
    html = await visitor.page(location.partition("#")[0])
    assert "Saved. It holds from this moment on." in plain(html)
    assert chosen(html, "offers", "email") == "never"
    assert (await gate_says(candor, ada)).reason is Reason.TOPIC_CLOSED
    async with candor.database.read() as tx:
        (said,) = await preferences.wishes(tx, [ada])
    assert (said.surface, said.locale, said.frequency) == ("portal", "en", "never")
    clock.advance(MINUTE)
    await send(visitor, "topic", topic="offers", email="monthly", post="weekly")
    found = (await stands(candor, ada)).frequencies
    assert found["offers", "email"] is Frequency.MONTHLY
    assert found["offers", "post"] is Frequency.WEEKLY


@pytest.mark.asvs("2.2.1", "15.3.3", "2.2.2")
@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("topic", {"topic": "offers", "email": "never", "csrf_token": ""}, 403),
        ("topic", {"topic": "nothing", "email": "never"}, 404),
        ("topic", {"topic": "", "email": "never"}, 404),
        ("topic", {"topic": "offers", "pigeon": "never"}, 404),
        ("topic", {"topic": "recipes", "post": "daily"}, 404),  # not offered there
        ("topic", {"topic": "offers", "email": "hourly"}, 400),
        ("topic", {"topic": "offers", "email": ""}, 400),
        ("open", {"channel": "email"}, 404),  # nothing has closed it
        ("open", {"channel": "pigeon"}, 404),
        ("pause", {"for": "ever"}, 400),
        ("pause", {}, 400),
        ("pause", {"for": "date"}, 400),
        ("pause", {"for": "date", "until": "soon"}, 400),
        ("pause", {"for": "date", "until": "2026-03-02"}, 400),
        ("pause", {"for": "date", "until": "2020-01-01"}, 400),
        ("pause", {"for": "date", "until": "9999-12-31"}, 400),
        ("quiet", {"first": "21"}, 400),
        ("quiet", {"first": "21", "last": "21"}, 400),
        ("quiet", {"first": "21", "last": "24"}, 400),
        ("quiet", {"first": "-1", "last": "8"}, 400),
        ("quiet", {"first": "²", "last": "8"}, 400),
        ("undo", {"token": "x"}, 404),
        ("stop", {"csrf_token": "0" * 64}, 403),
    ],
)
async def test_an_edited_form_changes_nothing(
    candor: Candor, visitor: Visitor, path: str, fields: dict[str, str], status: int
) -> None:
    ada = await make_ada(candor, visitor)
    token = csrf(await visitor.page("/me/write"))
    answer = await visitor.post(f"/me/write/{path}", {"csrf_token": token} | fields)
    assert answer.status_code == status
    async with candor.database.read() as tx:
        assert await preferences.wishes(tx, [ada]) == []


@pytest.mark.parametrize("path", ["topic", "stop", "undo", "open", "pause", "quiet"])
async def test_forms_need_a_session(visitor: Visitor, path: str) -> None:
    answer = await visitor.post(f"/me/write/{path}", {"topic": "offers"})
    assert answer.headers["location"] == "/me/sign-in"


async def test_stop_all_and_back(candor: Candor, visitor: Visitor, clock: FixedClock) -> None:
    ada = await make_ada(candor, visitor)
    policy = await policy_of(candor)
    offers, post = policy.topics["offers"].bit, policy.channels["post"].bit
    await wish(candor, ada, TopicWish(offers, post, Frequency.DAILY))
    before = await stands(candor, ada)
    clock.advance(MINUTE)
    page = await visitor.page(await send(visitor, "stop"))
    assert "Done: nothing with a topic comes any more" in plain(page)
    assert set((await stands(candor, ada)).frequencies.values()) == {Frequency.NEVER}
    assert (await gate_says(candor, ada)).reason is Reason.TOPIC_CLOSED
    assert "Stop all of these messages" not in plain(page)
    undo = re.search(r'name="token" value="([\w-]+)"', page)
    assert undo
    clock.advance(MINUTE)
    await send(visitor, "undo", token=undo.group(1))
    assert (await stands(candor, ada)).frequencies == before.frequencies
    clock.advance(MINUTE)
    await send(visitor, "topic", topic="offers", email="never")
    clock.advance(MINUTE)
    await send(visitor, "undo", token=undo.group(1))  # too late: something newer was said
    assert (await stands(candor, ada)).frequencies["offers", "email"] is Frequency.NEVER


@pytest.mark.parametrize(
    ("fields", "until"),
    [
        ({"for": "week"}, "2026-03-09T12:00:00+00:00"),
        ({"for": "month"}, "2026-04-01T12:00:00+00:00"),
        ({"for": "quarter"}, "2026-06-01T12:00:00+00:00"),
        ({"for": "date", "until": "2026-03-05"}, "2026-03-04T23:00:00+00:00"),
    ],
)
async def test_a_pause_begins_and_ends(
    candor: Candor, visitor: Visitor, clock: FixedClock, fields: dict[str, str], until: str
) -> None:
    ada = await make_ada(candor, visitor)
    page = await visitor.page(await send(visitor, "pause", **fields))
    assert "Done: we pause" in plain(page)
    assert (await stands(candor, ada)).paused_until == datetime.fromisoformat(until)
    assert (await gate_says(candor, ada)).reason is Reason.PAUSED
    clock.advance(MINUTE)
    page = await visitor.page(await send(visitor, "pause", **{"for": "end"}))
    assert "Done: the pause is over." in plain(page)
    assert "We pause until" not in plain(page)
    assert (await gate_says(candor, ada)).allowed


async def test_quiet_hours_are_in_the_persons_own_zone(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    zone = Attribute(code="time_zone", title="Zone", group="about", purposes=("orders",))
    await apply_company(candor, attributes=(*make_company().attributes, zone))
    ada = await make_person(
        candor, name="Ada", email="ada@example.org", time_zone="America/Sao_Paulo"
    )
    await choose(candor, ada, "news", Choice.GRANTED)
    await visitor.sign_in(ada)
    page = plain(await visitor.page(await send(visitor, "quiet", first="9", last="10")))
    assert "Now: from 09:00 to 10:00, in the time zone Sao Paulo" in page
    found = await stands(candor, ada)
    assert (found.zone, found.quiet_hours) == ("America/Sao_Paulo", quiet_between(9, 10))
    assert (await gate_says(candor, ada)).reason is Reason.QUIET_HOURS  # 12:00 UTC is 9:00
    clock.advance(timedelta(hours=1))
    assert (await gate_says(candor, ada)).allowed
    await send(visitor, "quiet", hours="none")
    page = plain(await visitor.page("/me/write"))
    assert "Now: no quiet hours" in page
    await send(visitor, "quiet", first="21", last="8")
    assert "from 21:00 to 08:00" in plain(await visitor.page("/me/write"))


async def hear(candor: Candor, ada: ProfileId, kind: str, channel: str) -> None:
    """Let a signal about a channel come in."""
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        await signals.hear(
            tx,
            [
                Signal(
                    signal_id=new_id(),
                    via=ada,
                    kind=SignalKind(kind),
                    channel_id=policy.channels[channel].bit,
                    decided_at=candor.clock.now(),
                    surface="test",
                )
            ],
            actor=TEST,
            vault=candor.vault,
            policy=policy,
            clock=candor.clock,
        )


@pytest.mark.parametrize(
    ("kind", "said", "opens"),
    [
        ("stop", "You wrote STOP", True),
        ("complaint", "You marked a message of ours as unwanted", True),
        ("unsubscribe", "You unsubscribed", True),
        ("bounce", "Our messages came back", False),
    ],
)
async def test_a_closed_channel_says_why_and_how_it_opens(
    candor: Candor, visitor: Visitor, clock: FixedClock, kind: str, said: str, opens: bool
) -> None:
    ada = await make_ada(candor, visitor)
    await hear(candor, ada, kind, "email")
    page = plain(await visitor.page("/me/write"))
    assert f"Email is closed. {said}" in page
    assert "That was on 2 March 2026." in page
    assert ("Open it again" in page) is opens
    clock.advance(MINUTE)
    await send(visitor, "topic", topic="offers", email="weekly")  # as it stood: says nothing
    assert (await stands(candor, ada)).blocked
    if opens:
        page = plain(await visitor.page(await send(visitor, "open", channel="email")))
        assert "Done: this way is open again." in page
        assert "is closed" not in page
        assert (await gate_says(candor, ada)).allowed


async def test_ten_thousand_wishes_are_leafed_through(candor: Candor, visitor: Visitor) -> None:
    ada = await make_ada(candor, visitor)
    until = datetime(2026, 1, 1, tzinfo=UTC)
    await wish(candor, ada, *(Pause(until) for _ in range(10_000)))
    html = await visitor.page("/me/write")
    assert len(re.findall(r'id="wish-', html)) == 5
    seen: list[str] = []
    url = "/me/write/history"
    for _ in range(4):
        html = await visitor.page(url)
        seen += re.findall(r'id="wish-([0-9a-f-]+)"', html)
        older = re.search(r'href="([^"]*)" rel="next"', html)
        assert older
        url = markup.unescape(older.group(1))
    assert len(set(seen)) == len(seen) == 100
    assert (await visitor.get("/me/write/history?before=x")).status_code == 400


async def test_a_company_that_writes_nothing_says_so(candor: Candor, visitor: Visitor) -> None:
    await apply_company(candor, topics=(), channels=())
    await visitor.sign_in(await make_person(candor, name="Ada"))
    assert "There are no topics" in plain(await visitor.page("/me/write"))
    assert "About a message" not in plain(await visitor.page("/me/why"))


# ------------------------------------------------------------------------------------- why
async def test_why_is_the_gates_answer_with_what_it_rests_on(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_ada(candor, visitor)
    html = await visitor.page("/me/why?topic=offers&channel=email")
    assert "This may happen now" in plain(html)
    assert "You said yes to what it is for." in plain(html)
    async with candor.database.read() as tx:
        (record,) = await gate.history(tx, [ada])
    assert f'href="/me/allow/news#choice-{record.record_id}"' in html
    assert f'id="choice-{record.record_id}"' in await visitor.page("/me/allow/news")
    clock.advance(MINUTE)
    await send(visitor, "topic", topic="offers", email="never")
    html = await visitor.page("/me/why?topic=offers&channel=email")
    assert "This may not happen now" in plain(html)
    assert "You did not choose this topic on this way." in plain(html)
    assert "Offers, Email: never" in plain(html)
    wish_id = re.search(r'href="/me/write/history#wish-([0-9a-f-]+)"', html)
    assert wish_id
    assert f'id="wish-{wish_id.group(1)}"' in await visitor.page("/me/write/history")
    assert "A law tells us to do it." in plain(await visitor.page("/me/why?purpose=books"))


async def test_every_reason_of_the_gate_is_said(candor: Candor, visitor: Visitor) -> None:
    ada = await make_ada(candor, visitor)
    await hear(candor, ada, "stop", "sms")
    page = plain(await visitor.page("/me/why?topic=offers&channel=sms"))
    assert "You wrote STOP to messages that come this way." in page
    page = plain(await visitor.page("/me/why?topic=partners&channel=email"))
    assert "You have not said yes to what it is for." in page
    policy = (await rules_of(candor)).policy
    async with candor.database.tx() as tx:
        await preferences.contacted(
            tx, [ada], "email", "offers", at=candor.clock.now(), policy=policy
        )
    page = plain(await visitor.page("/me/why?topic=offers&channel=email"))
    assert "You have had as many as you wanted for now." in page
    assert "The last message about this left" in page


@pytest.mark.parametrize(
    "question",
    [
        "topic=nothing&channel=email",
        "topic=offers&channel=pigeon",
        "topic=offers",
        "purpose=nothing",
        "purpose=own_data",
    ],
)
async def test_a_question_about_nothing_is_said(
    candor: Candor, visitor: Visitor, question: str
) -> None:
    await make_ada(candor, visitor)
    assert (await visitor.get(f"/me/why?{question}")).status_code == 404
