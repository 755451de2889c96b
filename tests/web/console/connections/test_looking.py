"""How connections do, their deliveries, and what would go, as staff see it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.consent.model.choice import Choice
from tests.factories.house import choose, make_person
from tests.factories.reaching import make_connection, make_delivery, make_link
from tests.web.console.conftest import Clerk, Hire, words_of

URL = "/console/connections"
MAPPING = (
    {"there": "email", "what": "identifier", "name": "email", "is_key": True},
    {"there": "mail", "what": "identifier", "name": "email"},
    {"there": "town", "what": "attribute", "name": "city", "purposes": ["orders"]},
    {"there": "letters", "what": "purpose", "name": "news"},
)
Owner = psycopg.Connection[Any]


@pytest.fixture
async def mail(candor: Candor, owner: Owner) -> UUID:
    """Return a connection that was acknowledged once, and has something parked."""
    now = candor.clock.now()
    one = make_connection(
        owner, "mail", adapter="listmonk", purposes=("orders", "news"), mapping=MAPPING, at=now
    )
    ada = await make_person(candor, name="Ada", email="ada@example.org")
    ben = await make_person(candor, name="Ben", email="ben@example.org")
    await choose(candor, ada, "news", Choice.GRANTED)
    make_link(owner, ada, one, told_at=now)
    early = now - timedelta(seconds=2)
    make_delivery(
        owner,
        ada,
        one,
        changed_at=early,
        state="acknowledged",
        act="put",
        fields=("mail", "letters"),
        settled_at=now,
    )
    make_delivery(owner, ben, one, changed_at=early, state="parked", problem="status_422")
    return one


async def test_without_any_connection_the_page_says_what_to_do(piet: Clerk) -> None:
    said = await piet.words(URL)
    assert "No system is connected" in said
    assert "Connect a system" in said


async def test_the_list_says_how_each_does(piet: Clerk, mail: UUID) -> None:
    said = await piet.words(URL)
    assert "1 delivery is parked" in said
    assert "2 s / 2 s / 2 s" in said
    html = await piet.page(URL)
    assert f'href="{URL}/{mail}"' in html
    assert "ada@" not in html


async def test_the_old_address_of_the_door_still_leads_there(piet: Clerk) -> None:
    answer = await piet.get(f"{URL}?source=shop&window=7d")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{URL}/door?source=shop&window=7d"


async def test_one_connection_says_what_goes_there_and_what_goes_wrong(
    piet: Clerk, mail: UUID
) -> None:
    said = await piet.words(f"{URL}/{mail}")
    assert "it answers with status 422" in said
    assert "compare the mapping with its documentation" in said
    assert "finds the person" in said
    assert "whether “news” is allowed" in said


async def test_deliveries_are_listed_by_how_far_they_are_and_name_nobody(
    piet: Clerk, mail: UUID
) -> None:
    url = f"{URL}/{mail}/deliveries"
    html = await piet.page(url)
    assert "acknowledged" in words_of(html)
    assert "mail, letters" in words_of(html)
    assert "example.org" not in html
    assert "mail, letters" not in await piet.words(f"{url}?state=parked")
    assert "No delivery of this kind" in await piet.words(f"{url}?problem=timeout")
    assert "mail, letters" in await piet.words(f"{url}?state=odd&after=odd")


async def test_what_is_parked_is_tried_again_or_given_up(
    owner: Owner, piet: Clerk, mail: UUID
) -> None:
    url = f"{URL}/{mail}/deliveries"
    assert "1 delivery is given up" in await piet.words(f"{url}/drop")
    assert (await piet.send(f"{url}/retry", delivery="odd")).status_code == 303
    assert "1 delivery is parked" in await piet.words(url)  # what names nothing is not all
    assert (await piet.send(f"{url}/retry")).status_code == 303
    assert "is parked" not in await piet.words(url)
    owner.execute("UPDATE connections.delivery SET state = 'parked' WHERE settled_at IS NULL")
    assert (await piet.send(f"{url}/drop")).status_code == 303
    assert "given up" in await piet.words(url)


async def test_sending_again_says_to_how_many_and_wants_a_day_that_there_is(
    piet: Clerk, mail: UUID
) -> None:
    url = f"{URL}/{mail}/replay"
    assert "It holds 1 person" in await piet.words(url)
    assert (await piet.send(url, since="soon")).status_code == 400
    assert (await piet.send(url, since="2026-11-20T08:00")).status_code == 303
    assert (await piet.send(url, since="")).status_code == 303
    assert "Everybody is being compared" in await piet.words(f"{URL}/{mail}")


async def test_a_preview_says_field_by_field_what_goes_and_why(
    candor: Candor, hire: Hire, mail: UUID
) -> None:
    del candor
    clerk = await hire(Role.PRIVACY)
    url = f"{URL}/{mail}/preview"
    fields = {"kind": "email", "value": "ben@example.org", "purpose": "orders"}
    answer = await clerk.send(url, **fields)
    assert answer.status_code in {200, 403}, words_of(answer.text)
    said = words_of(answer.text)
    if answer.status_code == 200:
        assert "This is what would stand there" in said
        assert "a choice always goes as it stands" in said
    nobody = await clerk.send(url, **fields | {"value": "eve@example.org"})
    assert nobody.status_code == 404
    assert "Nobody is found" in words_of(nobody.text)
    assert (await clerk.send(url, **fields | {"purpose": ""})).status_code == 400


async def test_who_may_not_see_connections_previews_nobody(hire: Hire, mail: UUID) -> None:
    clerk = await hire(Role.SUPPORT)
    assert (await clerk.get(f"{URL}/{mail}/preview")).status_code == 403


async def test_a_dry_run_counts_and_small_groups_are_not_counted_out(
    hire: Hire, mail: UUID
) -> None:
    ines = await hire(Role.INTEGRATION)
    said = await ines.words(f"{URL}/{mail}/dry-run")
    assert "fewer than 10" in said
    assert "town" in said


async def test_today_says_which_connections_need_somebody(piet: Clerk, mail: UUID) -> None:
    del mail
    said = await piet.words("/console")
    assert "1 connection needs somebody" in said
    assert "Connections that need somebody" in said


async def test_a_comparison_is_asked_for_and_the_page_says_so(
    owner: Owner, piet: Clerk, mail: UUID
) -> None:
    answer = await piet.send(f"{URL}/{mail}/compare")
    assert answer.status_code == 303
    assert "are being compared with ours" in await piet.words(f"{URL}/{mail}")
    owner.execute(
        "UPDATE connections.progress SET is_compare_asked = false, compared_at = now(),"
        " drifted = 2, missing = 1"
    )
    said = await piet.words(f"{URL}/{mail}")
    assert "2 people’s choices differed" in said
    assert "1 person whom it should hold stood not in its list" in said
