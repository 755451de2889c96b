"""Your rights: each one press, what runs with its clock, and nobody else's."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from candor.app import Candor, office_of
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Regime
from candor.domain.consent.service import regimes
from candor.domain.rights.model.request import Channel, Ground, Proof, Request, Right, State
from candor.domain.rights.service import asking, deciding, reading
from candor.domain.rights.service.asking import Asked
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.asking import work
from tests.factories.house import TEST, fresh_email, make_person
from tests.web.portal.conftest import Visitor, Visitors, csrf
from tests.web.portal.test_sign_in_by_code import ada_asks, answer, is_in

URL = "/me/rights"
DORA = Actor.staff(UUID(int=7))


@pytest.fixture
async def ada(candor: Candor, visitor: Visitor) -> ProfileId:
    """Sign Ada in by a code: a moment ago she proved that it is her."""
    found, code = await ada_asks(candor, visitor)
    assert is_in(await answer(visitor, code))
    return found


async def protect(candor: Candor, who: ProfileId, regime: Regime) -> None:
    """Say which law protects somebody."""
    async with candor.database.tx() as tx:
        rules = await candor.rulebook.rules(tx)
        await regimes.set_regime(
            tx, who, regime, actor=TEST, vault=candor.vault, policy=rules.policy,
            clock=candor.clock,
        )  # fmt: skip


async def press(visitor: Visitor, form: str, **fields: str) -> str:
    """Press a button of the page; return where it leads."""
    token = csrf(await visitor.page(URL))
    found = await visitor.post(f"{URL}/{form}", {"csrf_token": token, **fields})
    assert found.status_code == 303, found.text
    return str(found.headers["location"])


async def of(candor: Candor, who: ProfileId) -> list[Request]:
    async with candor.database.read() as tx:
        return await reading.of_person(tx, [who])


async def by_mail(
    candor: Candor, who: ProfileId, kind: Right, proof: Proof = Proof.NONE
) -> UUID:
    """Ask for something elsewhere, in the name of somebody."""
    async with candor.database.tx() as tx:
        opened = await asking.ask(
            tx,
            Asked(kind, Channel.MAIL, who, proof=proof),
            actor=TEST,
            office=office_of(candor),
        )
    return opened.request.request_id


async def test_the_page_has_a_plain_sentence_and_a_button_for_each_right(
    visitor: Visitor, ada: ProfileId
) -> None:
    assert ada
    html = await visitor.page(URL)
    titles = re.findall(r'<h2 id="title-[a-z-]+">([^<]+)</h2>', html)
    assert titles[:3] == ["See everything", "Take it with you", "Have something put right"]
    assert "Complain" in titles
    for word in ("data subject", "opt-out", "submit</"):
        assert word not in html.lower()


@pytest.mark.parametrize(
    ("regime", "has", "lacks"),
    [
        (Regime.GDPR, "set-aside", "no-sale"),
        (Regime.CCPA, "no-sale", "set-aside"),
        (Regime.LGPD, "forget", "sensitive"),
    ],
)
async def test_people_see_the_rights_of_their_law(
    candor: Candor, visitor: Visitor, ada: ProfileId, regime: Regime, has: str, lacks: str
) -> None:
    await protect(candor, ada, regime)
    html = await visitor.page(URL)
    assert f'id="right-{has}"' in html
    assert f'id="right-{lacks}"' not in html


@pytest.mark.parametrize(
    ("form", "kind"),
    [("see", Right.ACCESS), ("take", Right.PORTABILITY), ("set-aside", Right.RESTRICTION)],
)
async def test_one_press_begins_it_and_shows_how_it_goes(
    candor: Candor, visitor: Visitor, ada: ProfileId, form: str, kind: Right
) -> None:
    there = await press(visitor, form)
    found = (await of(candor, ada))[0]
    assert (found.kind, found.state, found.channel) == (kind, State.IN_PROGRESS, Channel.PORTAL)
    html = await visitor.page(there)
    assert "We have it. You see here how it goes." in html
    assert "We have until" in html
    assert f'href="{there.partition("?")[0]}"' in await visitor.page(URL)
    assert f'href="{there.partition("?")[0]}"' in await visitor.page("/me")


async def test_a_second_press_shows_the_first_request(
    candor: Candor, visitor: Visitor, ada: ProfileId
) -> None:
    first, second = await press(visitor, "see"), await press(visitor, "see")
    assert first.partition("?")[0] == second.partition("?")[0]
    assert "You asked for this before" in await visitor.page(second)
    assert len(await of(candor, ada)) == 1


async def test_an_old_sign_in_must_prove_itself_for_what_gives_out_or_ends_everything(
    candor: Candor, visitor: Visitor, ada: ProfileId, clock: FixedClock
) -> None:
    clock.advance(timedelta(minutes=30))
    for form in ("see", "take", "forget"):
        assert (await press(visitor, form)).startswith("/me/prove?next=")
    assert not await of(candor, ada)
    assert "/me/rights/" in await press(visitor, "set-aside")


async def test_setting_aside_stops_all_use_and_can_be_ended(
    candor: Candor, visitor: Visitor, ada: ProfileId
) -> None:
    await press(visitor, "set-aside")
    await work(candor)
    html = await visitor.page(URL)
    assert 'id="right-use-again"' in html
    await press(visitor, "use-again")
    await work(candor)
    assert 'id="right-set-aside"' in await visitor.page(URL)
    assert [one.state for one in await of(candor, ada)] == [State.FULFILLED] * 2


@pytest.mark.usefixtures("ada")
async def test_a_use_stops_that_nobody_was_asked_about(
    candor: Candor, visitor: Visitor
) -> None:
    html = await visitor.page(f"{URL}/object")
    assert 'id="use-insight"' in html
    assert 'id="use-news"' not in html  # needs a yes: another page
    there = await press(visitor, "object", purpose="insight")
    await work(candor)
    assert "It has stopped." in await visitor.page(there)
    assert "Stop this" not in await visitor.page(f"{URL}/object")


@pytest.mark.parametrize("purpose", ["news", "orders", "", "'; --"])
async def test_only_what_can_be_objected_to_can_be(
    candor: Candor, visitor: Visitor, ada: ProfileId, purpose: str
) -> None:
    token = csrf(await visitor.page(URL))
    found = await visitor.post(f"{URL}/object", {"csrf_token": token, "purpose": purpose})
    assert found.status_code == 404
    assert not await of(candor, ada)


@pytest.mark.usefixtures("ada")
async def test_what_is_wrong_is_told_in_words(visitor: Visitor) -> None:
    there = await press(visitor, "correct", about="something_else", value="Not my invoice")
    html = await visitor.page(there)
    assert "Not my invoice" in html
    assert "somebody of ours" in html.lower() or "person of ours" in html.lower()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"about": "name", "value": " "}, "Say what is right."),
        ({"about": "no_such", "value": "x"}, "Choose in the list"),
        ({"about": "name", "value": "x" * 2001}, "That is too long"),
    ],
)
async def test_a_form_that_cannot_be_taken_says_why_and_keeps_what_was_typed(
    candor: Candor, visitor: Visitor, ada: ProfileId, fields: dict[str, str], said: str
) -> None:
    token = csrf(await visitor.page(URL))
    found = await visitor.post(f"{URL}/correct", {"csrf_token": token, **fields})
    assert (found.status_code, said in found.text) == (400, True)
    assert not await of(candor, ada)


async def test_a_complaint_is_read_by_a_person(
    candor: Candor, visitor: Visitor, ada: ProfileId
) -> None:
    token = csrf(await visitor.page(f"{URL}/complain"))
    empty = await visitor.post(f"{URL}/complain", {"csrf_token": token, "words": " "})
    assert empty.status_code == 400
    there = await press(visitor, "complain", words="Nobody <answers> me")
    html = await visitor.page(there)
    assert "Nobody &lt;answers&gt; me" in html
    assert (await of(candor, ada))[0].kind is Right.COMPLAINT


async def test_a_refusal_says_its_ground_and_where_to_complain(
    candor: Candor, visitor: Visitor, ada: ProfileId
) -> None:
    await protect(candor, ada, Regime.CCPA)
    there = (await press(visitor, "complain", words="Hm")).partition("?")[0]
    found = (await of(candor, ada))[0]
    async with candor.database.tx() as tx:
        await deciding.refuse(
            tx, found.request_id, Ground.UNFOUNDED, actor=DORA, office=office_of(candor)
        )
    html = await visitor.page(there)
    assert "plainly does not fit" in html
    assert "go to court" in html
    assert "/appeal" in html  # her law knows a second look
    page = await visitor.page(f"{there}/appeal")
    asked = await visitor.post(f"{there}/appeal", {"csrf_token": csrf(page), "words": "Look"})
    assert asked.status_code == 303
    assert (await of(candor, ada))[0].kind is Right.APPEAL
    again = await visitor.post(f"{there}/withdraw", {"csrf_token": csrf(page)})
    assert again.status_code == 409  # it is over


async def test_what_was_asked_can_be_taken_back_twice(
    candor: Candor, visitor: Visitor, ada: ProfileId
) -> None:
    there = (await press(visitor, "complain", words="Hm")).partition("?")[0]
    form = {"csrf_token": csrf(await visitor.page(there))}
    for _ in range(2):
        assert (await visitor.post(f"{there}/withdraw", form)).status_code == 303
    assert (await of(candor, ada))[0].state is State.WITHDRAWN
    assert "Taken back" in await visitor.page(there)


async def test_somebody_elses_request_is_answered_as_none(
    candor: Candor, visitor: Visitor, visitors: Visitors, ada: ProfileId
) -> None:
    there = (await press(visitor, "complain", words="Hm")).partition("?")[0]
    ben = await visitors().sign_in(await make_person(candor, name="Ben", email=fresh_email()))
    token = csrf(await ben.page(URL))
    for part in ("", "/certificate", "/appeal"):
        theirs, none = await ben.get(there + part), await ben.get(f"{URL}/{new_id()}{part}")
        assert theirs.status_code == none.status_code == 404
        assert without_own(theirs.text) == without_own(none.text)
    asked = await ben.post(f"{there}/confirm", {"csrf_token": token})
    assert asked.headers["location"].startswith("/me/prove")  # before anything is looked up
    for part in ("/withdraw", "/appeal"):
        theirs = await ben.post(there + part, {"csrf_token": token, "words": "x"})
        assert theirs.status_code == 404
    assert (await of(candor, ada))[0].state is State.IN_PROGRESS
    assert (await ben.get(f"{URL}/not-an-id")).status_code == 404


def without_own(html: str) -> str:
    """Return a page without what differs by request: ids in links to other languages."""
    return re.sub(r"[0-9a-f-]{32,36}", "", html)


async def test_a_foreign_form_asks_for_nothing(
    candor: Candor, visitor: Visitor, ada: ProfileId
) -> None:
    for form in ("see", "forget", "set-aside", "object", "human/only", "complain", "correct"):
        found = await visitor.post(f"{URL}/{form}", {"csrf_token": "0" * 64})
        assert found.status_code == 403
    assert not await of(candor, ada)


async def test_who_asks_without_end_is_told_to_wait(
    candor: Candor, visitor: Visitor, ada: ProfileId
) -> None:
    for _ in range(20):
        there = (await press(visitor, "complain", words="Hm")).partition("?")[0]
        await visitor.post(f"{there}/withdraw", {"csrf_token": csrf(await visitor.page(there))})
    token = csrf(await visitor.page(URL))
    found = await visitor.post(f"{URL}/complain", {"csrf_token": token, "words": "Hm"})
    assert found.status_code == 429
    assert "a great deal today" in found.text
    assert len(await of(candor, ada)) == 20


async def test_what_was_asked_elsewhere_waits_for_a_yes_on_the_page(
    candor: Candor, visitor: Visitor, ada: ProfileId
) -> None:
    request_id = await by_mail(candor, ada, Right.ACCESS)
    there = f"{URL}/{request_id}"
    html = await visitor.page(there)
    assert "Was this you?" in html
    for _ in range(2):
        found = await visitor.post(f"{there}/confirm", {"csrf_token": csrf(html)})
        assert found.status_code == 303
    found = (await of(candor, ada))[0]
    assert (found.state, found.proof) == (State.IN_PROGRESS, Proof.ACCOUNT)


async def test_being_forgotten_is_told_in_numbers_before_it_is_done(
    candor: Candor, visitor: Visitor, ada: ProfileId
) -> None:
    html = await visitor.page(f"{URL}/forget")
    assert "it cannot be undone" in html
    assert re.search(r"Facts about you</dt><dd>\d+", html)
    assert "What stays, and why" in html
    assert "backups" in html
    assert not await of(candor, ada)
