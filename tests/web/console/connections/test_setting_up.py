"""A system is connected, changed, started, held and stopped through the pages."""

from html import unescape
from typing import Any, Final

import psycopg
import pytest

from candor.app import Candor
from candor.app.exchanging import REGISTRY
from candor.domain.access.model.roles import Role
from tests.factories.house import make_person
from tests.factories.reaching import make_connection, make_delivery, make_link
from tests.web.console.conftest import Clerk, Hire, words_of

NEW: Final = "/console/connections/new/listmonk"
SECRET: Final = "s3cr3t-of-brieftaube"
FIELDS: Final = {
    "code": "brieftaube",
    "name": "Brieftaube",
    "way-out": "yes",
    "purpose-news": "yes",
    "set-base_url": "https://news.example.com",
    "set-user": "candor",
    "secret-token": SECRET,
    "there-0": "email",
    "ours-0": "identifier:email",
    "way-0": "key",
    "for-0": "",
    "removal": "remove",
    "do": "save",
}


@pytest.fixture
async def ines(hire: Hire) -> Clerk:
    """Return an integration engineer."""
    return await hire(Role.INTEGRATION)


async def connected(ines: Clerk, **changes: str) -> str:
    """Connect a mail platform; return the address of its page."""
    answer = await ines.send(NEW, **FIELDS | changes)
    assert answer.status_code == 303, words_of(answer.text)
    return answer.headers["location"].partition("?")[0]


async def test_the_kinds_lead_to_a_form_that_asks_what_the_kind_wants_to_know(
    ines: Clerk,
) -> None:
    html = await ines.page("/console/connections/new")
    assert f'href="{NEW}"' in html
    form = await ines.page(NEW)
    assert 'name="set-base_url"' in form
    assert 'name="secret-token" type="password"' in form


@pytest.mark.parametrize("kind", sorted(REGISTRY))
async def test_every_kind_is_asked_for_all_that_it_wants_to_know(
    ines: Clerk, kind: str
) -> None:
    form = await ines.page(f"/console/connections/new/{kind}")
    for one in REGISTRY[kind].spec.settings:
        place = "secret" if one.is_secret else "set"
        assert f'name="{place}-{one.name}"' in form, one.name
        assert one.title in unescape(form)


async def test_an_audience_is_added_by_its_form(ines: Clerk) -> None:
    answer = await ines.send(
        "/console/connections/new/audience",
        **{
            "code": "ads", "name": "Ads", "way-out": "yes", "purpose-news": "yes",
            "set-platform": "google", "set-audience": "7", "set-account": "123-456-7890",
            "set-terms": "yes", "secret-service_account": SECRET, "there-0": "EMAIL",
            "ours-0": "identifier:email", "way-0": "key", "for-0": "", "there-1": "member",
            "ours-1": "purpose:news", "way-1": "out", "for-1": "", "removal": "remove",
            "do": "save",
        },
    )  # fmt: skip
    assert answer.status_code == 303, words_of(answer.text)
    assert "being set up" in await ines.words(answer.headers["location"].partition("?")[0])


async def test_a_kind_that_there_is_not_is_not_found(ines: Clerk) -> None:
    assert (await ines.get("/console/connections/new/pigeon")).status_code == 404


async def test_a_connection_is_added_as_a_draft_and_its_secret_is_shown_by_nothing(
    ines: Clerk,
) -> None:
    url = await connected(ines)
    said = await ines.words(url)
    assert "being set up" in said
    assert "set, and shown to nobody" in said
    for path in ("", "/change", "/secrets", "/deliveries"):
        assert SECRET not in await ines.page(f"{url}{path}")
    assert "Brieftaube" in await ines.words("/console/connections")


async def test_lines_are_added_without_a_script_and_nothing_is_saved(ines: Clerk) -> None:
    answer = await ines.send(NEW, **FIELDS | {"do": "rows"})
    assert answer.status_code == 200
    assert 'name="there-5"' in answer.text
    assert 'value="brieftaube"' in answer.text
    assert SECRET not in answer.text
    assert "No system is connected" in await ines.words("/console/connections")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            {"ours-0": "attribute:shoe_size", "way-0": "out"},
            "there is no attribute 'shoe_size'",
        ),
        ({"ours-0": ""}, "choose what of ours it is"),
        ({"way-0": "out"}, "Mark the identifier"),
        ({"purpose-news": ""}, "Say for which purposes"),
        ({"for-0": "ads"}, "'ads' is no purpose of this connection"),
        ({"set-base_url": "http://10.0.0.1/"}, "not an address that may be called"),
        ({"set-base_url": ""}, "Address is missing"),
        ({"secret-token": ""}, "Token of the API user is missing"),
        ({"code": "Brief Taube"}, "A code has small letters"),
        ({"vendor": "nobody"}, "There is no such vendor"),
        ({"at_once": "many"}, "whole numbers"),
        ({"name": ""}, "needs a name"),
    ],
)
async def test_what_makes_no_sense_is_said_and_what_was_typed_stays(
    ines: Clerk, wrong: dict[str, str], says: str
) -> None:
    answer = await ines.send(NEW, **FIELDS | wrong)
    assert answer.status_code == 400
    assert says in words_of(answer.text)
    assert SECRET not in answer.text
    assert 'value="candor"' in answer.text


async def test_a_change_keeps_the_secret_that_was_not_typed_again(ines: Clerk) -> None:
    url = await connected(ines)
    form = await ines.page(f"{url}/change")
    assert 'value="https://news.example.com"' in form
    fields = {**FIELDS, "name": "Brieftaube 2", "secret-token": ""}
    answer = await ines.send(f"{url}/change", **fields)
    assert answer.status_code == 303
    said = await ines.words(url)
    assert "Brieftaube 2" in said
    assert "set, and shown to nobody" in said


async def test_a_secret_is_set_on_a_page_of_its_own(ines: Clerk) -> None:
    url = await connected(ines)
    answer = await ines.send(f"{url}/secrets", **{"secret-token": "another"})
    assert answer.status_code == 303
    answer = await ines.send(f"{url}/secrets", **{"secret-pigeon": "another"})
    assert answer.status_code == 400
    assert "another" not in answer.text


async def test_it_is_started_held_and_resumed_and_coming_late_is_said(ines: Clerk) -> None:
    url = await connected(ines)
    assert (await ines.send(f"{url}/start")).status_code == 303
    assert "active" in await ines.words(url)
    assert (await ines.send(f"{url}/pause")).status_code == 303
    assert "a colleague did that" in await ines.words(url)
    late = await ines.send(f"{url}/pause")
    assert late.status_code == 409
    assert "That did not work" in words_of(late.text)
    assert (await ines.send(f"{url}/start")).status_code == 303


async def test_stopping_says_in_numbers_what_it_does(
    candor: Candor, ines: Clerk, owner: psycopg.Connection[Any]
) -> None:
    now = candor.clock.now()
    one = make_connection(owner, "mail", adapter="listmonk", at=now)
    for _ in range(2):
        who = await make_person(candor)
        make_link(owner, who, one, told_at=now)
        make_delivery(owner, who, one, changed_at=now)
    url = f"/console/connections/{one}"
    said = await ines.words(f"{url}/stop")
    assert "2 people are removed at Mail" in said
    assert "2 deliveries that wait" in said
    assert (await ines.send(f"{url}/stop")).status_code == 303
    assert "stopping: only removals go" in await ines.words(url)


async def test_a_draft_that_is_stopped_ends_at_once(ines: Clerk) -> None:
    url = await connected(ines)
    assert (await ines.send(f"{url}/stop")).status_code == 303
    said = await ines.words("/console/connections")
    assert "Those that ended" in said
    assert "Start" not in await ines.page(url)


async def test_a_check_of_what_cannot_be_reached_says_so(ines: Clerk) -> None:
    url = await connected(ines, **{"set-base_url": "https://nobody.invalid"})
    answer = await ines.send(f"{url}/check")
    assert answer.status_code == 502
    assert "That did not work" in words_of(answer.text)
    assert SECRET not in answer.text
