"""Where it has reached: what the person did, who had it how soon, and what is held up."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from candor.app import Candor
from candor.domain.consent.model.choice import Choice
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.house import choose, make_person
from tests.factories.reaching import make_connection, make_delivery, make_link, make_vendor
from tests.web.portal.conftest import Visitor, csrf

Owner = psycopg.Connection[Any]


@pytest.fixture
async def ada(candor: Candor, visitor: Visitor) -> ProfileId:
    """Return a customer who is signed in."""
    who = await make_person(candor, name="Ada")
    await visitor.sign_in(who)
    return who


async def test_nothing_changed_says_what_would_stand_there(
    visitor: Visitor, ada: ProfileId, owner: Owner, candor: Candor
) -> None:
    make_connection(owner, "mail", name="Posthorn", at=candor.clock.now())
    html = await visitor.page("/me/reached")
    assert "Nothing has changed lately" in html
    assert "These follow what you choose: Posthorn." in html
    assert str(ada) not in html


async def test_each_change_says_who_had_it_how_soon(
    candor: Candor, visitor: Visitor, ada: ProfileId, owner: Owner, clock: FixedClock
) -> None:
    at = clock.now()
    vendor = make_vendor(owner, "posthorn", "Posthorn Mail", at=at)
    mail = make_connection(owner, "mail", vendor_id=vendor, at=at)
    crm = make_connection(owner, "crm", name="Customer service", at=at)
    slow = make_connection(owner, "slow", name="Print house", at=at)
    for one in (mail, crm, slow):
        make_link(owner, ada, one, told_at=at)
    clock.advance(timedelta(hours=1))
    await choose(candor, ada, "news", Choice.DENIED)
    done = clock.now()
    make_delivery(
        owner,
        ada,
        mail,
        changed_at=done,
        state="acknowledged",
        act="put",
        settled_at=done + timedelta(milliseconds=312),
    )
    make_delivery(
        owner,
        ada,
        crm,
        changed_at=done,
        state="acknowledged",
        act="remove",
        settled_at=done + timedelta(minutes=2),
    )
    make_delivery(owner, ada, slow, changed_at=done)
    clock.advance(timedelta(minutes=3))
    html = await visitor.page("/me/reached")
    assert "You said no: News" in html
    assert "With us at once: refused over Email, Sms, Post" in html
    assert "Posthorn Mail" in html
    assert "0.3 seconds later" in html
    assert "you were removed there, 2 minutes later" in html
    assert "on its way since" in html
    assert "1 message is still on its way." in html
    assert "data-live" in html
    assert "Germany" in html


async def test_what_is_held_up_says_why(
    candor: Candor, visitor: Visitor, ada: ProfileId, owner: Owner
) -> None:
    at = candor.clock.now()
    parked = make_connection(owner, "parked", name="Deaf", at=at)
    paused = make_connection(owner, "paused", name="Asleep", state="paused", at=at)
    make_delivery(owner, ada, parked, changed_at=at, state="parked", problem="status_422")
    make_delivery(owner, ada, paused, changed_at=at)
    html = await visitor.page("/me/reached")
    assert "held up since" in html
    assert "A person of ours sees to it." in html
    assert "We have stopped this way for now." in html
    assert "status_422" not in html
    assert "data-live" not in html


@pytest.mark.usefixtures("ada")
async def test_the_page_after_a_choice_leads_there(visitor: Visitor) -> None:
    html = await visitor.page("/me/allow")
    fields = {
        "purpose": "news",
        "choice": "denied",
        "back": "/me/allow",
        "csrf_token": csrf(html),
    }
    answer = await visitor.post("/me/allow/choose", fields)
    assert answer.status_code == 303
    after = await visitor.page(answer.headers["location"].partition("#")[0])
    assert 'href="/me/reached">See where it has reached' in after
    assert "You said no: News" in await visitor.page("/me/reached")


async def test_the_letter_says_who_received_something_lately(
    candor: Candor, visitor: Visitor, ada: ProfileId, owner: Owner
) -> None:
    at = candor.clock.now()
    assert "nothing of yours went from here" in await visitor.page("/me")
    mail = make_connection(owner, "mail", name="Posthorn", at=at)
    make_delivery(
        owner, ada, mail, changed_at=at, state="acknowledged", act="put", settled_at=at
    )
    html = await visitor.page("/me")
    assert "these received something of yours" in html
    assert "Posthorn" in html
    assert "they keep nothing of yours any more" in html


async def test_others_are_not_shown(
    candor: Candor, visitor: Visitor, ada: ProfileId, owner: Owner
) -> None:
    other = await make_person(candor)
    at = candor.clock.now()
    mail = make_connection(owner, "mail", name="Posthorn", state="ended", at=at)
    make_delivery(
        owner, other, mail, changed_at=at, state="acknowledged", act="put", settled_at=at
    )
    assert "Posthorn" not in await visitor.page("/me/reached")
    assert "Posthorn" not in await visitor.page("/me")
    assert ada != other
