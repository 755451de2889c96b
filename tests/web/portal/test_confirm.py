"""The page behind a confirmation mail: looking changes nothing, one button does."""

import re
from datetime import timedelta

import pytest

from candor.app import Candor
from candor.domain.consent.service import gate
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.asking import apply_asking, fill_in, mails, token_in, work
from tests.factories.house import make_person
from tests.web.portal.conftest import Visitor, Visitors, csrf

pytestmark = pytest.mark.anyio


@pytest.fixture
async def anna(candor: Candor) -> ProfileId:
    await apply_asking(candor)
    return await make_person(candor, email="anna@example.org", name="Anna Ahlers")


@pytest.fixture
async def url(candor: Candor, anna: ProfileId) -> str:
    """Return the address in the mail that Anna got."""
    await fill_in(candor, anna)
    await work(candor)
    return f"/confirm/{token_in(mails(candor)[0])}"


async def said(candor: Candor, who: ProfileId) -> int:
    async with candor.database.read() as tx:
        return len(await gate.history(tx, [who]))


async def test_looking_changes_nothing_and_names_nobody(
    candor: Candor, anna: ProfileId, url: str, visitor: Visitor
) -> None:
    html = await visitor.page(url)
    assert (await visitor.client.head(url)).status_code in {200, 405}
    assert "We use it for news." in html
    assert "Anna" not in html
    assert "example.org" not in html
    assert html.count("<button") == 1
    assert not await said(candor, anna)


async def test_one_press_is_a_yes_and_a_second_says_that_it_is_done(
    candor: Candor, anna: ProfileId, url: str, visitor: Visitor
) -> None:
    form = {"csrf_token": csrf(await visitor.page(url))}
    first = await visitor.post(url, form)
    assert first.status_code == 200
    assert "<button" not in first.text
    assert await said(candor, anna) == 1
    again = await visitor.post(url, form)
    assert again.status_code == 200
    assert "Pressing again changes nothing" in again.text
    assert "<button" not in await visitor.page(url)
    assert await said(candor, anna) == 1


async def test_run_out_and_edited_look_alike_and_say_how_to_ask_again(
    anna: ProfileId, url: str, visitor: Visitor, clock: FixedClock
) -> None:
    del anna
    form = {"csrf_token": csrf(await visitor.page(url))}
    edited = await visitor.get(url[:-2] + "xx")
    assert edited.status_code == 410
    assert "ask again where you asked first" in edited.text
    clock.advance(timedelta(days=8))
    for answer in (await visitor.get(url), await visitor.post(url, form)):
        assert answer.status_code == 410
        assert answer.text == edited.text


async def test_a_form_from_elsewhere_confirms_nothing(
    candor: Candor, anna: ProfileId, url: str, visitor: Visitor
) -> None:
    form = {"csrf_token": csrf(await visitor.page(url))}
    answers = [
        await visitor.post(url, {}),
        await visitor.post(url, {"csrf_token": "x"}),
        await visitor.post(url, form, **{"sec-fetch-site": "cross-site"}),
        await visitor.post(url, form, origin="https://evil.example"),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert not await said(candor, anna)


async def test_the_page_keeps_no_cookie_and_tells_nobody_where_one_came_from(
    url: str, visitor: Visitor
) -> None:
    answer = await visitor.get(url)
    assert not visitor.client.cookies
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


async def test_two_browsers_press_at_once_and_it_counts_once(
    candor: Candor, anna: ProfileId, url: str, visitors: Visitors
) -> None:
    one, other = visitors(), visitors()
    form = {"csrf_token": csrf(await one.page(url))}
    await one.post(url, form)
    await other.post(url, form)
    assert await said(candor, anna) == 1


@pytest.mark.parametrize("locale", ["de", "pl", "pt", "ru"])
async def test_page_and_mail_speak_the_language_of_the_question(
    candor: Candor, visitor: Visitor, locale: str
) -> None:
    await apply_asking(candor, also=locale)
    ben = await make_person(candor, email="ben@example.org")
    await fill_in(candor, ben, locale=locale)
    await work(candor)
    (mail,) = mails(candor)
    assert mail["Content-Language"] == locale
    assert "Please confirm" not in mail["Subject"], "the subject is written in it as well"
    for part in mail.iter_parts():
        assert "Ganz neu." in part.get_content()
    html = await visitor.page(f"/confirm/{token_in(mail)}")
    assert re.search(rf'<html lang="{locale}', html)
    assert "Ganz neu." in html
    assert "May we do this" not in html


async def test_the_page_speaks_another_language_and_the_words_stay_as_they_were(
    url: str, visitor: Visitor
) -> None:
    assert '<a href="?lang=pl"' in await visitor.page(url)
    german = await visitor.page(f"{url}?lang=de")
    assert '<html lang="de' in german
    assert '<p lang="en">We use it for news.</p>' in german
    assert f'action="{url}?lang=de"' in german
    form = {"csrf_token": csrf(german)}
    assert '<html lang="de' in (await visitor.post(f"{url}?lang=de", form)).text
    assert '<html lang="en' in await visitor.page(f"{url}?lang=xx")
