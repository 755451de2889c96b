"""Your account: who is signed in, in which language, and how a page stays its owner's."""

import re

import pytest

from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.catalogue.model import Attribute
from candor.kernel.ids import ProfileId
from tests.factories.house import apply_company, make_company, make_person, send
from tests.web.portal.conftest import Visitor, Visitors, csrf
from tests.web.portal.test_pages import plain

pytestmark = pytest.mark.usefixtures("ada")

ACCOUNT = "/me/account"
TOLD = (
    Attribute(code="language", title="Language", group="about", purposes=("orders",)),
    Attribute(code="time_zone", title="Time zone", group="about", purposes=("orders",)),
)


@pytest.fixture
async def ada(candor: Candor, visitor: Visitor) -> ProfileId:
    """Return Ada, signed in, of a company that keeps languages and time zones."""
    await apply_company(candor, attributes=(*make_company().attributes, *TOLD))
    ada = await make_person(candor, number="A1", name="Ada", language="en", city="Ulm")
    await visitor.sign_in(ada)
    return ada


async def press(visitor: Visitor, path: str, **fields: str) -> str:
    """Send a form of the page; return where it leads."""
    token = csrf(await visitor.page(ACCOUNT))
    answer = await visitor.post(f"{ACCOUNT}/{path}", {"csrf_token": token, **fields})
    assert answer.status_code == 303, plain(answer.text)
    return answer.headers["location"]


async def test_sign_ins_are_listed_and_the_others_can_be_ended(
    visitors: Visitors, visitor: Visitor, ada: ProfileId
) -> None:
    page = plain(await visitor.page(ACCOUNT))
    assert "Only here." in page
    assert "Sign out everywhere else" not in page
    other = await visitors().sign_in(ada)
    another = await visitors().sign_in(ada)
    assert "2 other sign-ins that stand" in plain(await visitor.page(ACCOUNT))
    page = plain(await visitor.page(await press(visitor, "sign-out-others")))
    assert "Done: 2 other sign-ins have ended." in page
    assert page.count("ended on") == 2
    for gone in (other, another):
        assert (await gone.get("/me")).status_code == 303
    assert (await visitor.get("/me")).status_code == 200


async def test_everywhere_means_here_too(
    visitors: Visitors, visitor: Visitor, ada: ProfileId
) -> None:
    other = await visitors().sign_in(ada)
    assert await press(visitor, "sign-out-everywhere") == "/me/sign-in"
    assert (await visitor.get("/me")).status_code == 303
    assert (await other.get("/me")).status_code == 303


async def test_nobody_ends_the_sign_ins_of_others(
    candor: Candor, visitors: Visitors, visitor: Visitor
) -> None:
    ben = await visitors().sign_in(await make_person(candor, number="B1"))
    await press(ben, "sign-out-everywhere")
    assert (await visitor.get("/me")).status_code == 200


async def test_signing_out_everywhere_is_written_down(
    candor: Candor, visitors: Visitors, visitor: Visitor, ada: ProfileId
) -> None:
    await visitors().sign_in(ada)
    await press(visitor, "sign-out-others")
    async with candor.database.read() as tx:
        entries = await audit.about(tx, await candor.vault.pseudonyms(tx, [ada]))
    (entry,) = [e for e in entries if e.action == "access.signed_out_everywhere"]
    assert entry.detail == {"sign_ins": 1}
    assert "You signed out elsewhere" in plain(await visitor.page("/me/looks"))


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("de", "Deine Seite"),
        ("pl", "Twoja strona"),
        ("pt", "A sua página"),
        ("ru", "Ваша страница"),
    ],
)
async def test_the_pages_follow_the_language_at_once(
    candor: Candor, visitor: Visitor, tag: str, words: str
) -> None:
    page = await visitor.page(await press(visitor, "language", language=tag))
    assert f'lang="{tag}' in page
    assert words in page or tag
    assert f'<option value="{tag}" selected>' in page
    await send(
        candor, "shop", {"type": "identify", "userId": "A1", "traits": {"language": "en"}}
    )
    assert f'lang="{tag}' in await visitor.page("/me"), "the person's own word stays"


@pytest.mark.parametrize("tag", ["", "xx", "en_GB", "tlh", "../de", "DE", "de" * 400])
async def test_a_language_that_does_not_exist_is_refused(visitor: Visitor, tag: str) -> None:
    token = csrf(await visitor.page(ACCOUNT))
    answer = await visitor.post(f"{ACCOUNT}/language", {"csrf_token": token, "language": tag})
    assert answer.status_code == 400
    assert "Choose one of the answers in the list." in plain(answer.text)
    assert 'lang="en' in await visitor.page("/me")


async def test_hours_follow_the_time_zone(visitor: Visitor) -> None:
    before = re.findall(r"\d\d:\d\d", plain(await visitor.page(ACCOUNT)))
    page = await visitor.page(await press(visitor, "time-zone", zone="Asia/Tokyo"))
    after = re.findall(r"\d\d:\d\d", plain(page))
    assert before[0] == "13:00"
    assert after[0] == "21:00"
    assert '<option value="Asia/Tokyo" selected>' in page


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "UTC+25", "Europe/Berlin\x00"])
async def test_a_zone_that_does_not_exist_is_refused(visitor: Visitor, zone: str) -> None:
    token = csrf(await visitor.page(ACCOUNT))
    answer = await visitor.post(f"{ACCOUNT}/time-zone", {"csrf_token": token, "zone": zone})
    assert answer.status_code == 400


async def test_facts_lead_here(visitor: Visitor) -> None:
    answer = await visitor.get("/me/facts/language")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/me/account#language"
    assert 'id="language"' in await visitor.page(ACCOUNT)
    assert (await visitor.get("/me/facts/time_zone")).headers["location"].endswith("#time-zone")


async def test_a_company_that_keeps_no_language_offers_none(
    candor: Candor, visitor: Visitor
) -> None:
    await apply_company(candor)
    page = await visitor.page(ACCOUNT)
    assert "Your language" not in page
    fields = {"csrf_token": csrf(page), "language": "de"}
    assert (await visitor.post(f"{ACCOUNT}/language", fields)).status_code == 404


@pytest.mark.parametrize(
    "path", ["language", "time-zone", "sign-out-others", "sign-out-everywhere"]
)
async def test_a_form_from_elsewhere_changes_nothing(
    visitors: Visitors, visitor: Visitor, ada: ProfileId, path: str
) -> None:
    other = await visitors().sign_in(ada)
    fields = {"language": "de", "zone": "Asia/Tokyo"}
    assert (await visitor.post(f"{ACCOUNT}/{path}", fields)).status_code == 403
    assert (await visitor.get(f"{ACCOUNT}/{path}")).status_code == 405
    assert (await other.get("/me")).status_code == 200
    assert 'lang="en' in await visitor.page("/me")


@pytest.mark.parametrize("done", ["out-", "out-abc", "out-٣", "out-999999999", "<b>", ""])
async def test_a_made_up_confirmation_says_nothing(visitor: Visitor, done: str) -> None:
    answer = await visitor.client.get(ACCOUNT, params={"done": done})
    assert 'class="notice' not in answer.text
