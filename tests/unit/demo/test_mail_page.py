"""The page of the demo's mail platform: shows people, and does what its buttons say."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from candor.demo import mail_page
from candor.demo.mailroom import Mailroom
from candor.kernel.clock import FixedClock

PROOF = {"authorization": "token candor:secret"}


@pytest.fixture
def room() -> Iterator[Mailroom]:
    clock = FixedClock(datetime(2026, 3, 2, 12, tzinfo=UTC))
    with closing(Mailroom(clock, "secret")) as room:
        for name in ("ada", "ben"):
            sent = f'{{"email":"{name}@example.org","name":"<b>{name}</b>","lists":[1,3]}}'
            assert room.answer("POST", "/api/subscribers", PROOF, sent.encode()).status == 200
        yield room


def test_people_are_shown_and_nothing_of_theirs_is_markup(room: Mailroom) -> None:
    page = mail_page.page(room, {"q": '"><script>'})
    assert "<script" not in page
    page = mail_page.page(room, {})
    assert "&lt;b&gt;ada&lt;/b&gt;" in page
    assert "It holds 2 people" in page
    assert "ben@" not in mail_page.page(room, {"q": "ADA@"})


def test_buttons_do_what_they_say(room: Mailroom) -> None:
    assert mail_page.act(room, {"act": "unsubscribe", "who": "1", "list": "3"})
    assert mail_page.act(room, {"act": "address", "who": "1", "email": "Ada.King@example.org"})
    assert mail_page.act(room, {"act": "block", "who": "2"})
    ada, ben = room.lines()
    assert ada.email == "ada.king@example.org"
    assert [status for *_, status in ada.lists] == ["unconfirmed", "unsubscribed"]
    assert (ben.status, {status for *_, status in ben.lists}) == (
        "blocklisted",
        {"unsubscribed"},
    )


def test_an_address_of_somebody_else_is_not_taken(room: Mailroom) -> None:
    said = mail_page.act(room, {"act": "address", "who": "1", "email": "ben@example.org"})
    assert said.startswith("Not changed")
    said = mail_page.act(room, {"act": "address", "who": "9", "email": "x@example.org"})
    assert said.startswith("Not changed")
    assert mail_page.act(room, {"act": "nonsense", "who": "x"}) == ""


@pytest.mark.parametrize("proof", ["", "token candor:other", "Basic AAAA", "Basic ***"])
def test_the_api_lets_nobody_else_in(room: Mailroom, proof: str) -> None:
    assert room.answer("GET", "/api/lists", {"authorization": proof}, b"").status == 403
