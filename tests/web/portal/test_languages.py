"""Who is not signed in is spoken to as their browser asks, or as they choose; errors as well."""

import re

import pytest

from candor.app import Candor
from candor.domain.catalogue.model import Attribute
from candor.kernel.ids import new_id
from tests.factories.house import apply_company, make_company, make_person
from tests.web.portal.conftest import Visitor, csrf
from tests.web.portal.test_pages import plain

TAGS = ("en", "de", "pl", "pt", "ru")
NOTHING_HERE = {
    "en": "There is nothing here",
    "de": "Hier ist nichts",
    "pl": "Nic tu nie ma",
    "pt": "Aqui não há nada",
    "ru": "Здесь ничего нет",
}


def language(html: str) -> str:
    """Return the language that a page says it is in."""
    found = re.search(r'<html lang="(\w+)', html)
    assert found
    return found.group(1)


@pytest.mark.parametrize("tag", TAGS)
async def test_the_sign_in_page_follows_the_browser_and_the_choice(
    visitor: Visitor, tag: str
) -> None:
    asked = {"accept-language": f"{tag}, en;q=0.5"}
    page = await visitor.client.get("/me/sign-in", headers=asked)
    assert language(page.text) == tag
    chosen = await visitor.client.get(
        f"/me/sign-in?lang={tag}", headers={"accept-language": "de"}
    )
    assert language(chosen.text) == tag
    for other in TAGS:
        assert f'href="?lang={other}"' in chosen.text
    assert chosen.text.count('aria-current="true"') == 1


@pytest.mark.parametrize("lang", ["xx", "", "de_DE", "<script>", "de" * 999])
async def test_a_language_that_nobody_writes_leaves_the_browser_s(
    visitor: Visitor, lang: str
) -> None:
    asked = {"accept-language": "pl"}
    page = await visitor.client.get("/me/sign-in", params={"lang": lang}, headers=asked)
    assert page.status_code == 200
    assert language(page.text) == "pl"
    assert "<script>" not in page.text


async def test_the_choice_goes_on_to_the_answer(candor: Candor, visitor: Visitor) -> None:
    token = await visitor.link(await make_person(candor, number="A1"))
    html = await visitor.page(f"/me/sign-in/{token}?lang=ru")
    assert 'action="/me/sign-in?lang=ru"' in html
    fields = {"token": "x" * 43, "csrf_token": csrf(html)}
    answer = await visitor.post("/me/sign-in?lang=ru", fields)
    assert answer.status_code == 410
    assert language(answer.text) == "ru"
    leads = re.findall(r'href="([^"]*\?lang=[^"]*)"', answer.text)
    assert leads == ["/me/sign-in?lang=ru"], "no link leads to the same answer again"


@pytest.mark.parametrize("tag", TAGS)
async def test_errors_are_in_the_language_of_the_browser(visitor: Visitor, tag: str) -> None:
    page = await visitor.client.get("/me/nothing", headers={"accept-language": tag})
    assert page.status_code == 404
    assert language(page.text) == tag
    assert NOTHING_HERE[tag] in plain(page.text)


@pytest.mark.parametrize("tag", TAGS[1:])
async def test_refusals_are_in_the_language_of_the_person(
    candor: Candor, visitor: Visitor, tag: str
) -> None:
    told = Attribute(code="language", title="Language", group="about", purposes=("orders",))
    await apply_company(candor, attributes=(*make_company().attributes, told))
    ada = await make_person(candor, number="A1", language=tag)
    await visitor.sign_in(ada)
    headers = {"accept-language": "en"}
    answer = await visitor.client.get("/me/facts/unheard_of", headers=headers)
    assert answer.status_code == 404
    assert language(answer.text) == tag, "their own language counts before the browser's"
    said = plain(answer.text)
    assert "This cannot be changed here." not in said
    assert "Write to us" not in said
    assert "?lang=" not in answer.text
    none = await visitor.client.get(f"/me/rights/{new_id()}", headers=headers)
    assert none.status_code == 404
    assert language(none.text) == tag
    assert "There is no such request" not in plain(none.text)


@pytest.mark.parametrize("tag", TAGS)
async def test_a_foreign_form_is_refused_in_the_language_of_the_browser(
    visitor: Visitor, tag: str
) -> None:
    headers = {"accept-language": tag}
    answer = await visitor.client.post("/me/sign-in", data={}, headers=headers)
    assert answer.status_code == 403
    assert language(answer.text) == tag
    english = "This form did not come from our page, or the page is too old."
    assert (english in plain(answer.text)) is (tag == "en")


async def test_the_console_s_errors_stay_english(visitor: Visitor) -> None:
    page = await visitor.client.get("/console/nothing", headers={"accept-language": "pl"})
    assert language(page.text) == "en"
    assert "?lang=" not in page.text
