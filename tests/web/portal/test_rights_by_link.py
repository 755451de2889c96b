"""The link to a request: for whoever has no page any more, and for those who asked elsewhere."""

from datetime import timedelta

import pytest

from candor.app import Candor, office_of
from candor.domain.rights.model.request import Channel, Proof, Request, Right, State
from candor.domain.rights.service import asking, confirming, deciding, reading
from candor.domain.rights.service.asking import Asked, Opened
from candor.domain.rights.service.office import write_to
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii
from tests.factories.asking import mails, work
from tests.factories.house import TEST, fresh_email, make_person
from tests.web.portal.conftest import Visitor, csrf

GONE = "There is nothing behind this link"


@pytest.fixture
async def ada(candor: Candor) -> ProfileId:
    return await make_person(
        candor, name="Ada Lovelace", email="ada@example.org", city="Hamburg", number="A-10815"
    )


async def asked(
    candor: Candor, who: ProfileId | None, kind: Right = Right.RECTIFICATION, **more: object
) -> Opened:
    """Ask by mail, in the name of somebody."""
    async with candor.database.tx() as tx:
        return await asking.ask(
            tx,
            Asked(kind, Channel.MAIL, who, **more),  # pyright: ignore[reportArgumentType] - of this test
            actor=TEST,
            office=office_of(candor),
        )


async def now(candor: Candor, opened: Opened) -> Request:
    async with candor.database.read() as tx:
        return await reading.find(tx, opened.request.request_id)


def marked(candor: Candor, opened: Opened) -> str:
    """Return the address that stands in the mail to the address on file, and nowhere else."""
    mark = confirming.mark_of(office_of(candor), opened.request.request_id)
    return f"/rights/{opened.ticket}/yes/{mark}"


async def test_looking_changes_nothing_and_names_nobody(
    candor: Candor, ada: ProfileId, visitor: Visitor
) -> None:
    opened = await asked(candor, ada)
    for url in (f"/rights/{opened.ticket}", marked(candor, opened)):
        html = await visitor.page(url)
        assert "Did you ask for this?" in html
        assert 'content="noindex"' in html
        for known in ("Ada", "Lovelace", "example.org", "Hamburg", "A-10815"):
            assert known not in html
    assert (await now(candor, opened)).state is State.VERIFYING


async def test_yes_takes_the_mark_of_the_mail(
    candor: Candor, ada: ProfileId, visitor: Visitor
) -> None:
    opened = await asked(candor, ada)
    bare = await visitor.page(f"/rights/{opened.ticket}")
    assert "Yes, that was me" not in bare  # whoever has the ticket proves nothing by it
    url = marked(candor, opened)
    form = {"csrf_token": csrf(await visitor.page(url))}
    forged = await visitor.post(f"/rights/{opened.ticket}/yes/{'A' * 43}", form)
    assert (forged.status_code, GONE in forged.text) == (410, True)
    first = await visitor.post(url, form)
    assert "It begins now" in first.text
    again = await visitor.post(url, form)
    assert again.status_code == 200
    found = await now(candor, opened)
    assert (found.state, found.proof) == (State.IN_PROGRESS, Proof.MAILBOX)


async def test_what_needs_more_than_a_mail_asks_to_sign_in(
    candor: Candor, ada: ProfileId, visitor: Visitor
) -> None:
    opened = await asked(candor, ada, Right.ACCESS)
    html = await visitor.page(marked(candor, opened))
    assert "sign in to your page" in html
    assert "Yes, that was me" not in html
    form = {"csrf_token": csrf(html)}
    await visitor.post(marked(candor, opened), form)
    assert (await now(candor, opened)).state is State.VERIFYING


async def test_no_strikes_it_out(candor: Candor, ada: ProfileId, visitor: Visitor) -> None:
    opened = await asked(candor, ada)
    url = f"/rights/{opened.ticket}"
    form = {"csrf_token": csrf(await visitor.page(url))}
    first = await visitor.post(f"{url}/no", form)
    assert "Then nothing happens" in first.text
    assert (await visitor.post(f"{url}/no", form)).status_code == 200
    assert (await now(candor, opened)).state is State.WITHDRAWN
    assert "Yes, that was me" not in await visitor.page(marked(candor, opened))


async def test_two_facts_that_agree_are_a_proof(
    candor: Candor, ada: ProfileId, visitor: Visitor
) -> None:
    opened = await asked(candor, ada)
    url = f"/rights/{opened.ticket}"
    form = {"csrf_token": csrf(await visitor.page(url))}
    found = await visitor.post(
        f"{url}/facts", {**form, "first": " ada LOVELACE", "second": "a 10815"}
    )
    assert found.status_code == 200, found.text
    assert (await now(candor, opened)).proof is Proof.DATA_POINTS


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ada Lovelace", "Ada Lovelace"),  # the same twice
        ("Ada Lovelace", "Berlin"),
        ("Ada Lovelace", "ada@example.org"),  # leads to the mailbox: no other thing
        ("", ""),
    ],
)
async def test_five_wrong_proofs_are_the_last(
    candor: Candor, ada: ProfileId, visitor: Visitor, first: str, second: str
) -> None:
    opened = await asked(candor, ada)
    url = f"/rights/{opened.ticket}"
    form = {"csrf_token": csrf(await visitor.page(url))}
    for _ in range(5):
        wrong = await visitor.post(f"{url}/facts", {**form, "first": first, "second": second})
        assert wrong.status_code == 400
    right = {**form, "first": "Ada Lovelace", "second": "A-10815"}
    html = (await visitor.post(f"{url}/facts", right)).text
    assert f"{url}/facts" not in html
    found = await now(candor, opened)
    assert (found.state, found.failures) == (State.VERIFYING, 5)


@pytest.mark.parametrize("part", ["", "/certificate", f"/yes/{'A' * 43}"])
@pytest.mark.parametrize("ticket", ["x", "A" * 43, "%00", "'; --"])
async def test_a_link_that_is_none_meets_one_calm_page(
    visitor: Visitor, ticket: str, part: str
) -> None:
    found = await visitor.get(f"/rights/{ticket}{part}")
    assert (found.status_code, GONE in found.text) == (410, True)


async def test_the_link_runs_out_ninety_days_after_the_answer(
    candor: Candor, ada: ProfileId, visitor: Visitor, clock: FixedClock
) -> None:
    opened = await asked(candor, ada)
    async with candor.database.tx() as tx:
        await deciding.withdraw(
            tx, opened.request.request_id, actor=TEST, office=office_of(candor)
        )
    clock.advance(timedelta(days=89))
    assert "Taken back" in await visitor.page(f"/rights/{opened.ticket}")
    clock.advance(timedelta(days=2))
    assert (await visitor.get(f"/rights/{opened.ticket}")).status_code == 410


async def test_a_foreign_form_changes_nothing(
    candor: Candor, ada: ProfileId, visitor: Visitor
) -> None:
    opened = await asked(candor, ada)
    other = await asked(candor, ada, Right.COMPLAINT)
    token = csrf(await visitor.page(f"/rights/{opened.ticket}"))
    assert other.ticket != opened.ticket
    wrong = await visitor.post(f"{marked(candor, opened)}", {"csrf_token": "0" * 64})
    assert wrong.status_code == 403
    stranger = await make_person(candor, name="Ben", email=fresh_email())
    theirs = await asked(candor, stranger)
    wrong = await visitor.post(f"/rights/{theirs.ticket}/no", {"csrf_token": token})
    assert wrong.status_code == 403


async def test_letters_ask_and_answer_and_hold_nothing_of_the_person(
    candor: Candor, ada: ProfileId, visitor: Visitor
) -> None:
    opened = await asked(candor, ada, locale="de_DE")
    await work(candor)
    texts = {str(one["subject"]): one for one in mails(candor)}
    assert len(texts) == 2  # have we your yes, and: we have it
    body = "".join(one.as_string() for one in texts.values())
    assert opened.ticket in body.replace("=\n", "").replace("=\r\n", "")
    url = marked(candor, opened)
    await visitor.post(url, {"csrf_token": csrf(await visitor.page(url))})
    async with candor.database.tx() as tx:
        request = await reading.find(tx, opened.request.request_id)
        for letter in ("extended", "lifting", "reminder", "overdue", "stuck"):
            await write_to(tx, request, letter)
    await work(candor)
    assert len(mails(candor)) >= 4
    for one in mails(candor):
        assert "Lovelace" not in one.as_string()


async def test_a_stranger_is_answered_where_they_want_it(
    candor: Candor, visitor: Visitor
) -> None:
    opened = await asked(candor, None, reply_to=Pii("someone@example.net"))
    await work(candor)
    assert [one["to"] for one in mails(candor)] == ["someone@example.net"]
    html = await visitor.page(f"/rights/{opened.ticket}")
    assert "someone" not in html
