"""A customer puts right what is known about them, on the page where it stands."""

import re

import pytest

from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.catalogue.model import Attribute
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import choices
from candor.kernel.ids import ProfileId
from candor.kernel.values import ValueType
from tests.factories.house import (
    apply_company,
    choose,
    make_company,
    make_person,
    rules_of,
    send,
)
from tests.web.portal.conftest import Visitor, Visitors, csrf
from tests.web.portal.test_pages import plain

pytestmark = pytest.mark.usefixtures("ada")

MORE = (
    Attribute(
        code="pet",
        title="Pet",
        group="household",
        purposes=("orders",),
        type=ValueType.ENUM,
        values=("cat", "dog"),
    ),
    Attribute(
        code="budget", title="Budget", group="about", purposes=("orders",), is_inferred=True
    ),
    Attribute(
        code="height",
        title="Height",
        group="about",
        purposes=("orders",),
        type=ValueType.NUMBER,
    ),
    Attribute(
        code="steps", title="Steps", group="about", purposes=("orders",), type=ValueType.INTEGER
    ),
    Attribute(
        code="born", title="Born", group="about", purposes=("orders",), type=ValueType.DATE
    ),
    Attribute(
        code="woke", title="Woke", group="about", purposes=("orders",), type=ValueType.TIME
    ),
    Attribute(
        code="vegan", title="Vegan", group="about", purposes=("orders",), type=ValueType.BOOLEAN
    ),
    Attribute(code="country", title="Country", group="contact", purposes=("orders",)),
    Attribute(code="language", title="Language", group="about", purposes=("orders",)),
)


@pytest.fixture
async def ada(candor: Candor, visitor: Visitor) -> ProfileId:
    """Return Ada, signed in, of a company that asks for every type of fact."""
    await apply_company(candor, attributes=(*make_company().attributes, *MORE))
    ada = await make_person(candor, number="A1", name="Ada", city="Ulm", budget="low")
    await visitor.sign_in(ada)
    return ada


async def act(visitor: Visitor, code: str, what: str, value: str = "") -> str:
    """Send a form of the page that puts a fact right; return where it leads."""
    form = await visitor.page(f"/me/facts/{code}")
    fields = {"csrf_token": csrf(form), "act": what, "value": value}
    answer = await visitor.post(f"/me/facts/{code}", fields)
    assert answer.status_code == 303, plain(answer.text)
    return answer.headers["location"]


async def test_a_correction_counts_at_once_and_can_be_undone(visitor: Visitor) -> None:
    assert "/me/facts/city" in await visitor.page("/me/facts")
    place = await act(visitor, "city", "keep", " Bad  Ems ")
    assert "Bad" not in place, "an address names nothing personal"
    page = plain(await visitor.page(place))
    assert "City: your answer counts from now on" in page
    assert "Bad Ems your word said by you" in page
    assert "Ulm · from our shop" in page
    assert "your own word counts more" in page
    page = plain(await visitor.page(await act(visitor, "city", "take_back")))
    assert "City: your answer is taken back" in page
    assert "Bad Ems" not in page
    assert "Ulm from our shop" in page


async def test_a_source_that_speaks_later_is_shown_and_does_not_count(
    candor: Candor, visitor: Visitor
) -> None:
    await act(visitor, "city", "keep", "Kiel")
    await send(candor, "shop", {"type": "identify", "userId": "A1", "traits": {"city": "Köln"}})
    page = plain(await visitor.page("/me/facts"))
    assert "Kiel your word" in page
    assert "Köln · from our shop" in page


@pytest.mark.parametrize(
    ("code", "typed", "shown"),
    [
        ("pet", "dog", "dog"),
        ("height", "1.75", "1.75"),
        ("steps", "12,000", "12,000"),
        ("born", "1990-05-17", "17 May 1990"),
        ("vegan", "no", "no"),
        ("country", "PT", "Portugal"),
        ("woke", "2026-03-02T07:30", "2026-03-02T07:30:00+01:00"),
        ("name", "Żaneta <b>", "Żaneta &lt;b&gt;"),
    ],
)
async def test_every_type_of_answer_is_taken(
    visitor: Visitor, code: str, typed: str, shown: str
) -> None:
    page = await visitor.page(await act(visitor, code, "keep", typed))
    assert shown in page
    assert "your word" in page
    assert (await visitor.get(f"/me/facts/{code}")).status_code == 200


@pytest.mark.parametrize(
    ("code", "typed", "hint"),
    [
        ("pet", "dragon", "Choose one of the answers in the list."),
        ("height", "tall", "Write a number, in figures."),
        ("height", "nan", "Write a number, in figures."),
        ("steps", "1.5", "Write a whole number, in figures."),
        ("steps", "4111111111111111", "Write a whole number, in figures."),
        ("born", "2026-02-30", "Write a day, month and year that exist."),
        ("woke", "noon", "Write a day and an hour that exist."),
        ("vegan", "maybe", "Choose one of the answers in the list."),
        ("country", "Atlantis", "Choose one of the answers in the list."),
        ("city", "", "Write at most 200 letters"),
        ("city", "x" * 201, "Write at most 200 letters"),
        ("city", "4111 1111 1111 1111", "no number of a payment card"),
        ("city", "U\u202elm", "Write at most 200 letters"),
    ],
)
async def test_a_wrong_answer_comes_back_with_what_to_do(
    visitor: Visitor, code: str, typed: str, hint: str
) -> None:
    form = await visitor.page(f"/me/facts/{code}")
    fields = {"csrf_token": csrf(form), "act": "keep", "value": typed}
    answer = await visitor.post(f"/me/facts/{code}", fields)
    assert answer.status_code == 400
    assert hint in plain(answer.text)
    assert 'aria-invalid="true"' in answer.text
    assert "your word" not in await visitor.page("/me/facts")


async def test_a_guess_is_contested(visitor: Visitor) -> None:
    form = await visitor.page("/me/facts/budget")
    assert "This guess is wrong" in form
    page = plain(await visitor.page(await act(visitor, "budget", "set_aside")))
    assert "Budget: set aside" in page
    assert "nothing: you say that it is wrong" in page
    assert "used for nothing at present" in page
    await act(visitor, "budget", "take_back")
    assert "nothing: you say" not in plain(await visitor.page("/me/facts"))


async def test_what_rests_on_a_yes_can_be_taken_away(
    candor: Candor, visitor: Visitor, ada: ProfileId
) -> None:
    await choose(candor, ada, "news", Choice.GRANTED)
    await send(
        candor, "shop", {"type": "identify", "userId": "A1", "traits": {"hobby": "chess"}}
    )
    assert "Take it away" in await visitor.page("/me/facts/hobby")
    page = plain(await visitor.page(await act(visitor, "hobby", "set_aside")))
    assert "Hobby: set aside" in page


async def test_what_is_needed_says_why_it_stays(visitor: Visitor) -> None:
    form = await visitor.page("/me/facts/city")
    assert "Why you cannot take it away here" in form
    assert "set_aside" not in form
    fields = {"csrf_token": csrf(form), "act": "set_aside"}
    assert (await visitor.post("/me/facts/city", fields)).status_code == 409
    assert "Ulm" in await visitor.page("/me/facts")


async def test_what_finds_the_person_needs_a_proof(visitor: Visitor) -> None:
    form = await visitor.page("/me/facts/email")
    assert 'name="value"' not in form
    assert "By this we recognise you" in form
    fields = {"csrf_token": csrf(form), "act": "keep", "value": "eve@example.org"}
    assert (await visitor.post("/me/facts/email", fields)).status_code == 404


@pytest.mark.parametrize("code", ["unheard_of", "Name", "%2e%2e"])
async def test_undeclared_facts_have_no_page(visitor: Visitor, code: str) -> None:
    assert (await visitor.get(f"/me/facts/{code}")).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"act": "keep", "value": "Kiel"},
        {"act": "keep", "value": "Kiel", "csrf_token": "0" * 64},
    ],
)
async def test_a_form_from_elsewhere_changes_nothing(
    visitor: Visitor, fields: dict[str, str]
) -> None:
    assert (await visitor.post("/me/facts/city", fields)).status_code == 403
    assert "Kiel" not in await visitor.page("/me/facts")


async def test_an_unknown_act_changes_nothing(visitor: Visitor) -> None:
    token = csrf(await visitor.page("/me/facts/city"))
    fields = {"csrf_token": token, "act": "burn", "value": "Kiel"}
    assert (await visitor.post("/me/facts/city", fields)).status_code == 404


async def test_the_name_in_the_letter_follows(visitor: Visitor) -> None:
    await act(visitor, "name", "keep", "Adele")
    assert "Dear Adele," in await visitor.page("/me")


async def test_nobody_puts_right_what_is_another_s(
    candor: Candor, visitors: Visitors, ada: ProfileId
) -> None:
    ben = await visitors().sign_in(await make_person(candor, number="B1", city="Ulm"))
    await act(ben, "city", "keep", "Bonn")
    adas = await visitors().sign_in(ada)
    assert "Bonn" not in await adas.page("/me/facts")


async def test_those_whose_data_is_set_aside_may_put_it_right(
    candor: Candor, visitor: Visitor, ada: ProfileId
) -> None:
    async with candor.database.tx() as tx:
        await choices.set_standing(tx, [ada], Standing.RESTRICTED, clock=candor.clock)
    await act(visitor, "city", "keep", "Kiel")
    assert "Kiel" in await visitor.page("/me/facts")


async def test_what_was_done_stands_in_who_looked(
    candor: Candor, visitor: Visitor, ada: ProfileId
) -> None:
    await act(visitor, "city", "keep", "Kiel")
    async with candor.database.read() as tx:
        entries = await audit.about(tx, await candor.vault.pseudonyms(tx, [ada]))
    assert "profiles.corrected" in {entry.action for entry in entries}
    page = plain(await visitor.page("/me/looks"))
    assert "You put right what we know" in page
    assert not re.search("Kiel", page)


async def test_the_confirmation_names_only_what_is_declared(visitor: Visitor) -> None:
    for query in (
        "done=keep&fact=%3Cb%3E",
        "done=boo&fact=city",
        "done=keep",
        "done=keep&fact=city",
        "done=set_aside&fact=budget",
    ):
        page = await visitor.page(f"/me/facts?{query}")
        assert 'class="notice' not in page


async def test_every_fact_says_how_to_put_it_right(candor: Candor, visitor: Visitor) -> None:
    rules = await rules_of(candor)
    page = await visitor.page("/me/facts")
    shown = set(re.findall(r'id="fact-(\w+)"', page))
    assert shown <= rules.in_force.attributes.keys()
    for code in shown:
        assert f'href="/me/facts/{code}"' in page
