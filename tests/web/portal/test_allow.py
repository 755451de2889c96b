"""What a customer allows: one press each way, at once, with a history that cannot be edited."""

import html as markup
import re
from datetime import timedelta

import msgspec
import pytest

from candor.app import Candor
from candor.domain.catalogue.model import Attribute
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import Reason
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import choices, gate, notices
from candor.domain.consent.service.choices import Statement
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import (
    apply_company,
    choose,
    make_company,
    make_person,
    policy_of,
    say,
)
from tests.web.portal.conftest import Visitor, Visitors, csrf
from tests.web.portal.test_pages import plain

MINUTE = timedelta(minutes=1)


def card(html: str, purpose: str) -> str:
    """Return the card of one purpose."""
    start = html.index(f'id="purpose-{purpose}"')
    return html[start : html.index("</section>", start)]


async def press(visitor: Visitor, purpose: str, choice: str, **more: str) -> tuple[str, str]:
    """Press a button; return where it leads, and that page."""
    token = csrf(await visitor.page("/me/allow"))
    fields = {"purpose": purpose, "choice": choice, "csrf_token": token, **more}
    answer = await visitor.post("/me/allow/choose", fields)
    assert answer.status_code == 303, answer.text
    location = answer.headers["location"]
    return location, await visitor.page(location.partition("#")[0])


async def reason_of(candor: Candor, profile_id: ProfileId, purpose: str) -> Reason:
    """Return the gate's reason."""
    async with candor.database.read() as tx:
        decisions = await gate.explained(
            tx, profile_id, policy=await policy_of(candor), now=candor.clock.now()
        )
    return decisions[purpose].reason


async def test_two_equal_buttons_and_nothing_chosen_before(
    candor: Candor, visitor: Visitor
) -> None:
    html = await (await visitor.sign_in(await make_person(candor, name="Ada"))).page(
        "/me/allow"
    )
    for purpose in ("news", "ads", "insight"):
        buttons = re.findall(r"<button[^>]*>", card(html, purpose))[:2]
        yes, no = (re.sub(r'value="\w+"', "", button) for button in buttons)
        assert yes == no
        assert 'aria-pressed="false"' in yes
    for purpose in ("orders", "books"):
        assert "<form" not in card(html, purpose)
    assert "so there is no button here" in plain(card(html, "orders"))
    assert "A law tells us to do this" in plain(card(html, "books"))
    assert "I object" in plain(card(html, "insight"))
    assert "checked" not in html


async def test_yes_and_no_count_at_once(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_person(candor, name="Ada")
    await visitor.sign_in(ada)
    location, html = await press(visitor, "news", "granted")
    assert location.startswith("/me/allow?done=")
    assert location.endswith("#purpose-news")
    assert "Yes, from 2 Mar 2026, 13:00 on. It lasts until 2 March 2027" in plain(
        card(html, "news")
    )
    assert await reason_of(candor, ada, "news") is Reason.CONSENT
    clock.advance(MINUTE)
    _, html = await press(visitor, "news", "denied")
    said = plain(card(html, "news"))
    assert "No, from 2 Mar 2026, 13:01 on. We have stopped." in said
    assert "Nobody will ask you again before 2 March 2027" in said
    assert said.index("Yes taken back") < said.rindex("Yes")
    assert await reason_of(candor, ada, "news") is Reason.WITHDRAWN


async def test_a_first_no_is_a_no_and_an_objection_stops(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_person(candor, name="Ada")
    await visitor.sign_in(ada)
    await press(visitor, "ads", "denied")
    assert await reason_of(candor, ada, "ads") is Reason.DENIED
    await press(visitor, "insight", "denied")
    assert await reason_of(candor, ada, "insight") is Reason.OBJECTED
    clock.advance(MINUTE)
    await press(visitor, "insight", "granted")
    assert await reason_of(candor, ada, "insight") is Reason.LEGITIMATE_INTEREST


async def test_a_choice_names_the_words_that_were_shown(
    candor: Candor, visitor: Visitor
) -> None:
    ada = await make_person(candor, name="Ada")
    _, html = await press(await visitor.sign_in(ada), "news", "granted")
    async with candor.database.tx() as tx:
        rules = await candor.rulebook.rules(tx)
        await notices.publish(tx, rules.in_force, clock=candor.clock)
        (record,) = await gate.history(tx, [ada])
    assert record.surface == "portal"
    assert record.locale == "en"
    assert record.edition == 1
    assert record.via_profile_id == ada
    link = re.search(r'href="(/me/allow/words/[0-9a-f]{64})"', card(html, "news"))
    assert link
    assert link.group(1).endswith(record.notice or "none")
    words = plain(await visitor.page(link.group(1)))
    assert str(record.notice) in words
    assert rules.in_force.purposes["news"].texts["en"].plain in words


@pytest.mark.asvs("5.4.1", "5.4.2", "8.2.2")
async def test_the_receipt_is_a_file_and_only_the_owner_gets_it(
    candor: Candor, visitors: Visitors
) -> None:
    ada = await make_person(candor, name="Ada")
    eve = await make_person(candor, name="Eve")
    _, html = await press(await visitors().sign_in(ada), "news", "granted")
    url = re.search(r'href="(/me/allow/receipt/[0-9a-f-]{36})"', html)
    assert url
    visitor = await visitors().sign_in(ada)
    answer = await visitor.get(url.group(1))
    assert answer.status_code == 200
    assert re.fullmatch(
        r'attachment; filename="candor-receipt-\w{8}\.jws"',
        answer.headers["content-disposition"],
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.count(".") == 2
    assert (await visitor.get(url.group(1))).text == answer.text
    other = await visitors().sign_in(eve)
    assert (await other.get(url.group(1))).status_code == 404
    for wrong in ("x", "0" * 32, str(new_id())):
        assert (await visitor.get(f"/me/allow/receipt/{wrong}")).status_code == 404


async def test_pressing_twice_says_it_once(candor: Candor, visitor: Visitor) -> None:
    ada = await make_person(candor, name="Ada")
    await visitor.sign_in(ada)
    first, _ = await press(visitor, "news", "granted")
    second, _ = await press(visitor, "news", "granted")
    assert first == second
    async with candor.database.read() as tx:
        assert len(await gate.history(tx, [ada])) == 1


async def test_no_to_everything_and_back(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_person(candor, name="Ada")
    await choose(candor, ada, "news", Choice.GRANTED)
    clock.advance(MINUTE)
    await visitor.sign_in(ada)
    token = csrf(await visitor.page("/me/allow"))
    answer = await visitor.post("/me/allow/stop", {"csrf_token": token})
    assert answer.status_code == 303
    page = await visitor.page(answer.headers["location"])
    assert "everything that needs your yes is off" in plain(page)
    assert "No to everything that needs my yes" not in plain(page)
    assert await reason_of(candor, ada, "news") is Reason.WITHDRAWN
    assert await reason_of(candor, ada, "ads") is Reason.DENIED
    assert await reason_of(candor, ada, "insight") is Reason.LEGITIMATE_INTEREST
    clock.advance(MINUTE)
    undo = re.search(r'name="token" value="([\w-]+)"', page)
    assert undo
    fields = {"csrf_token": token, "token": undo.group(1)}
    answer = await visitor.post("/me/allow/undo", fields)
    assert "yes again" in plain(await visitor.page(answer.headers["location"]))
    assert await reason_of(candor, ada, "news") is Reason.CONSENT
    assert await reason_of(candor, ada, "ads") is Reason.DENIED
    clock.advance(MINUTE)
    await press(visitor, "news", "denied")
    clock.advance(MINUTE)
    await visitor.post("/me/allow/undo", fields)  # an old page cannot overrule a later no
    assert await reason_of(candor, ada, "news") is Reason.WITHDRAWN


async def test_taking_back_is_for_the_owner_and_for_a_day(
    candor: Candor, visitors: Visitors, clock: FixedClock
) -> None:
    ada, eve = await make_person(candor, name="Ada"), await make_person(candor, name="Eve")
    await choose(candor, ada, "news", Choice.GRANTED)
    clock.advance(MINUTE)
    her, eves = await visitors().sign_in(ada), await visitors().sign_in(eve)
    token = csrf(await her.page("/me/allow"))
    location = (await her.post("/me/allow/stop", {"csrf_token": token})).headers["location"]
    undo = location.partition("stopped=")[2]
    assert "Take that back" not in await eves.page(location)
    foreign = {"csrf_token": csrf(await eves.page("/me/allow")), "token": undo}
    assert (await eves.post("/me/allow/undo", foreign)).status_code == 400
    for cut in ("", undo[:-2], undo[1:], "x"):
        fields = {"csrf_token": token, "token": cut}
        assert (await her.post("/me/allow/undo", fields)).status_code == 404
        assert "Take that back" not in await her.page(f"/me/allow?stopped={cut}")
    assert await reason_of(candor, ada, "news") is Reason.WITHDRAWN


async def test_a_lapsed_yes_says_so_and_asks(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_person(candor, name="Ada")
    await choose(candor, ada, "news", Choice.GRANTED)
    await visitor.sign_in(ada)
    company = make_company()
    again = tuple(
        msgspec.structs.replace(p, edition=2) if p.code == "news" else p
        for p in company.purposes
    )
    await apply_company(candor, purposes=again)
    async with candor.database.tx() as tx:
        await choices.refold(tx, [ada], policy=await policy_of(candor), clock=clock)
    said = card(await visitor.page("/me/allow"), "news")
    assert "Your yes of 2 March 2026 was to other words" in plain(said)
    assert 'aria-pressed="true"' not in said
    clock.advance(MINUTE)
    _, html = await press(visitor, "news", "granted")
    assert "was to other words" not in plain(card(html, "news"))
    assert await reason_of(candor, ada, "news") is Reason.CONSENT


async def test_a_yes_that_ran_out_asks(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_person(candor, name="Ada")
    await choose(candor, ada, "news", Choice.GRANTED)
    clock.advance(timedelta(days=400))
    said = card(await (await visitor.sign_in(ada)).page("/me/allow"), "news")
    assert "Your yes of 2 March 2026 has run out, so it is off." in plain(said)
    assert 'aria-pressed="true"' not in said


async def test_a_browser_that_says_no_is_told_and_may_be_overruled(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    company = make_company()
    sale = tuple(
        msgspec.structs.replace(p, is_sale=True) if p.code == "ads" else p
        for p in company.purposes
    )
    await apply_company(candor, purposes=sale)
    ada = await make_person(candor, name="Ada")
    await visitor.sign_in(ada)
    assert "Your browser says no" not in plain(await visitor.page("/me/allow"))
    visitor.client.headers["sec-gpc"] = "1"
    html = await visitor.page("/me/allow")
    assert "You may still say yes here" in plain(card(html, "ads"))
    assert "Your browser says no" not in plain(card(html, "news"))
    assert await reason_of(candor, ada, "ads") is Reason.DENIED
    assert "Your browser said no on 2 March 2026" in plain(card(html, "ads"))
    clock.advance(MINUTE)
    _, html = await press(visitor, "ads", "granted")
    assert await reason_of(candor, ada, "ads") is Reason.CONSENT
    assert "You said yes here all the same" in plain(card(html, "ads"))
    async with candor.database.read() as tx, tx._connection.cursor() as cursor:
        await cursor.execute("SELECT evidence FROM consent.record WHERE choice = 'granted'")
        assert await cursor.fetchall() == [({"over_gpc": True},)]


@pytest.mark.asvs("2.2.1", "15.3.3", "2.2.2")
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"purpose": "news", "choice": "granted", "csrf_token": ""}, 403),
        ({"purpose": "news", "choice": "granted", "csrf_token": "0" * 64}, 403),
        ({"purpose": "news", "choice": "maybe"}, 400),
        ({"purpose": "news"}, 400),
        ({"purpose": "nothing", "choice": "granted"}, 404),
        ({"purpose": "", "choice": "denied"}, 404),
        ({"purpose": "orders", "choice": "denied"}, 400),
        ({"purpose": "books", "choice": "granted"}, 400),
        ({"purpose": "ä" * 3_000, "choice": "granted"}, 404),
    ],
)
async def test_an_edited_form_changes_nothing(
    candor: Candor, visitor: Visitor, fields: dict[str, str], status: int
) -> None:
    ada = await make_person(candor, name="Ada")
    await visitor.sign_in(ada)
    token = csrf(await visitor.page("/me/allow"))
    answer = await visitor.post("/me/allow/choose", {"csrf_token": token} | fields)
    assert answer.status_code == status
    async with candor.database.read() as tx:
        assert await gate.history(tx, [ada]) == []


@pytest.mark.parametrize("path", ["/me/allow/choose", "/me/allow/stop", "/me/allow/undo"])
async def test_forms_need_a_session_and_our_own_page(
    candor: Candor, visitor: Visitor, path: str
) -> None:
    assert (await visitor.post(path, {})).headers["location"] == "/me/sign-in"
    await visitor.sign_in(await make_person(candor, name="Ada"))
    fields = {"csrf_token": csrf(await visitor.page("/me/allow")), "purpose": "news"}
    assert (await visitor.post(path, {})).status_code == 403
    answer = await visitor.post(path, fields, **{"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert (await visitor.get(path)).status_code in {404, 405}


@pytest.mark.parametrize(
    ("back", "leads_to"),
    [
        ("/me", "/me"),
        ("/me/facts", "/me/facts"),
        ("https://elsewhere.example", "/me/allow"),
        ("//elsewhere.example", "/me/allow"),
        ("/me/../console", "/me/allow"),
        ("/me\r\nset-cookie: x", "/me/allow"),
        ("", "/me/allow"),
    ],
)
async def test_the_way_back_stays_here(
    candor: Candor, visitor: Visitor, back: str, leads_to: str
) -> None:
    await visitor.sign_in(await make_person(candor, name="Ada"))
    location, _ = await press(visitor, "news", "granted", back=back)
    assert location.partition("?")[0] == leads_to


async def test_an_address_confirms_only_what_was_just_done_by_its_owner(
    candor: Candor, visitors: Visitors, clock: FixedClock
) -> None:
    ada, eve = await make_person(candor, name="Ada"), await make_person(candor, name="Eve")
    her = await visitors().sign_in(ada)
    location, _ = await press(her, "news", "granted")
    path = location.partition("#")[0]
    assert "Yes, from" not in plain(await (await visitors().sign_in(eve)).page(path))
    for wrong in ("x", "", str(new_id())):
        assert "Yes, from" not in plain(await her.page(f"/me/allow?done={wrong}"))
    clock.advance(timedelta(hours=2))
    assert "Yes, from" not in plain(await (await visitors().sign_in(ada)).page(path))


async def test_ten_thousand_choices_are_leafed_through(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    ada = await make_person(candor, name="Ada")
    bit = (await policy_of(candor)).bits["news"]
    answers = (Choice.GRANTED, Choice.WITHDRAWN)
    await say(
        candor,
        *(
            Statement(new_id(), ada, bit, answers[n % 2], clock.now() - n * MINUTE, "portal")
            for n in range(10_000)
        ),
    )
    await visitor.sign_in(ada)
    html = await visitor.page("/me/allow")
    assert len(re.findall(r'id="choice-', html)) == 3
    seen: list[str] = []
    url = "/me/allow/news"
    for _ in range(4):
        html = await visitor.page(url)
        seen += re.findall(r'id="choice-([0-9a-f-]+)"', html)
        older = re.search(r'href="([^"]*)" rel="next"', html)
        assert older
        url = markup.unescape(older.group(1))
    assert len(set(seen)) == len(seen) == 100
    assert (await visitor.get("/me/allow/nothing")).status_code == 404
    assert (await visitor.get("/me/allow/news?before=x")).status_code == 400


async def test_what_is_set_aside_can_still_be_answered(
    candor: Candor, visitor: Visitor
) -> None:
    ada = await make_person(candor, name="Ada")
    await visitor.sign_in(ada)
    async with candor.database.tx() as tx:
        await choices.set_standing(tx, [ada], Standing.RESTRICTED, candor.clock)
    _, html = await press(visitor, "news", "granted")
    assert "Your data is set aside" in plain(html)
    assert 'aria-pressed="true"' in card(html, "news")
    assert await reason_of(candor, ada, "news") is Reason.RESTRICTED
    async with candor.database.tx() as tx:
        await choices.set_standing(tx, [ada], Standing.ACTIVE, candor.clock)
        await choices.refold(tx, [ada], policy=await policy_of(candor), clock=candor.clock)
    assert await reason_of(candor, ada, "news") is Reason.CONSENT


async def test_an_erased_person_has_nothing_to_choose(candor: Candor, visitor: Visitor) -> None:
    ada = await make_person(candor, name="Ada")
    await visitor.sign_in(ada)
    token = csrf(await visitor.page("/me/allow"))
    async with candor.database.tx() as tx:
        for holder in candor.holders.values():
            if holder.name != "access":
                await holder.erase_person(tx, [ada])
    fields = {"csrf_token": token, "purpose": "news", "choice": "granted"}
    assert (await visitor.post("/me/allow/choose", fields)).status_code == 410
    assert (await visitor.get("/me/allow")).status_code == 410


@pytest.mark.parametrize(
    ("language", "heading", "answer"),
    [
        ("en", "What you allow", "Yes"),
        ("de", "Was Sie erlauben", "Ja"),
        ("pl", "Na co pozwalasz", "Tak"),
        ("pt", "O que permite", "Sim"),
        ("ru", "Что вы разрешаете", "Да"),
        ("tlh", "What you allow", "Yes"),
        ("no such language", "What you allow", "Yes"),
    ],
)
async def test_the_page_speaks_the_readers_language(
    candor: Candor, visitor: Visitor, language: str, heading: str, answer: str
) -> None:
    tongue = Attribute(code="language", title="Language", group="about", purposes=("orders",))
    await apply_company(candor, attributes=(*make_company().attributes, tongue))
    ada = await make_person(candor, name="Ada", language=language)
    await visitor.sign_in(ada)
    _, html = await press(visitor, "news", "granted")
    assert heading in plain(html)
    assert answer in plain(card(html, "news"))
    for path in ("/me/write", "/me/why", "/me/allow/news", "/me/write/history"):
        assert (await visitor.get(path)).status_code == 200
