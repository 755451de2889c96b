"""Coming back after an erasure: by a code to that address, and nobody learns who was erased."""

import re

import httpx
import pytest

from candor.app import Candor
from candor.domain.access.model.ceremony import CEREMONY_LASTS
from candor.domain.access.service import codes
from candor.domain.profiles.errors import NoSuchProfile
from candor.kernel.clock import FixedClock
from tests.factories import erasing, house
from tests.web.portal.conftest import Visitor, Visitors, csrf
from tests.web.portal.test_sign_in_by_code import WRONG, code_in, mails, rows, text_of, work

URL = "/me/back"


async def ask(visitor: Visitor, email: str) -> httpx.Response:
    """Type an address on the page and press the button."""
    form = await visitor.page(f"{URL}?new")
    return await visitor.post(f"{URL}/send", {"email": email, "csrf_token": csrf(form)})


async def answer(visitor: Visitor, code: str) -> httpx.Response:
    """Type a code and press the button."""
    form = await visitor.page(URL)
    return await visitor.post(f"{URL}/code", {"code": code, "csrf_token": csrf(form)})


async def forgotten(candor: Candor) -> str:
    """Erase somebody; return the address that they had."""
    who, known = await erasing.make_somebody(candor)
    await erasing.carried(candor, await erasing.ask(candor, who))
    return known["email"]


async def is_taken(candor: Candor, email: str) -> bool:
    """Tell whether the door takes somebody with this address."""
    await house.send(candor, "crm", {"type": "identify", "userId": email})
    try:
        await house.find(candor, "email", email)
    except NoSuchProfile:
        return False
    return True


def tombstones(candor: Candor) -> int:
    """Return how many tombstones stand."""
    return int(rows(candor, "SELECT count(*) AS n FROM profiles.tombstone")[0]["n"])


@pytest.mark.asvs("6.6.2", "6.6.4")
async def test_the_door_takes_them_again_and_only_by_that_address(
    candor: Candor, visitor: Visitor
) -> None:
    email = await forgotten(candor)
    standing = tombstones(candor)
    assert not await is_taken(candor, email)
    assert (await ask(visitor, f"  {email.upper()} ")).status_code == 303
    page = await visitor.page(URL)
    assert "one-time-code" in page
    assert email not in page
    await work(candor)
    mail = mails(candor)[-1]
    assert mail["to"] == email
    code = code_in(mail)
    assert code not in str(mail["subject"])
    assert "you stay forgotten" in text_of(mail)
    done = await answer(visitor, code)
    assert done.status_code == 200
    assert "You are welcome" in done.text
    assert "candor_customer" not in visitor.client.cookies
    assert tombstones(candor) == standing - 1
    assert await is_taken(candor, email)
    told = rows(
        candor,
        "SELECT reason FROM audit.entry WHERE action = 'profiles.tombstone_lifted'",
    )
    assert told == [{"reason": "by_themselves"}]


async def test_nobody_learns_who_was_erased(candor: Candor, visitors: Visitors) -> None:
    email = await forgotten(candor)
    living = house.fresh_email()
    await house.make_person(candor, name="Ada", email=living)
    seen: list[str] = []
    sent = len(mails(candor))
    for one in (email, living, house.fresh_email()):
        visitor = visitors()
        asked = await ask(visitor, one)
        assert asked.status_code == 303
        page = re.sub(r'value="[^"]*"', "", await visitor.page(URL))
        seen.append(asked.headers["location"] + page)
    assert len(set(seen)) == 1
    await work(candor)
    assert len(mails(candor)) == sent + 1  # to the one who was erased


async def test_what_waits_holds_no_address_in_the_open(
    candor: Candor, visitor: Visitor
) -> None:
    email = await forgotten(candor)
    await ask(visitor, email)
    kept = rows(
        candor,
        "SELECT c::text AS row, c.secret FROM access.ceremony AS c"
        " WHERE c.kind = 'code.back' ORDER BY c.created_at DESC LIMIT 1",
    )[0]
    assert email not in kept["row"]
    assert email.encode() not in bytes(kept["secret"])


async def test_a_code_counts_once(candor: Candor, visitor: Visitor) -> None:
    await ask(visitor, await forgotten(candor))
    await work(candor)
    fields = {
        "code": code_in(mails(candor)[-1]),
        "csrf_token": csrf(await visitor.page(URL)),
    }
    assert (await visitor.post(f"{URL}/code", fields)).status_code == 200
    assert (await visitor.post(f"{URL}/code", fields)).status_code == 410


@pytest.mark.asvs("6.3.1")
async def test_after_five_wrong_codes_the_right_one_is_none(
    candor: Candor, visitor: Visitor
) -> None:
    email = await forgotten(candor)
    await ask(visitor, email)
    await work(candor)
    token = csrf(await visitor.page(URL))
    found = [
        (await visitor.post(f"{URL}/code", {"code": given, "csrf_token": token})).status_code
        for given in (*[WRONG] * 5, code_in(mails(candor)[-1]))
    ]
    assert set(found[:4]) <= {400, 429}
    assert found[-1] in {410, 429}
    assert not await is_taken(candor, email)


async def test_a_code_counts_only_in_the_browser_that_asked(
    candor: Candor, visitors: Visitors
) -> None:
    owner, other = visitors(), visitors()
    email = await forgotten(candor)
    await ask(owner, email)
    await work(candor)
    code = code_in(mails(candor)[-1])
    token = csrf(await other.page(URL))
    fields = {"code": code, "csrf_token": token}
    assert (await other.post(f"{URL}/code", fields)).status_code == 410
    await ask(other, house.fresh_email())
    assert (await answer(other, code)).status_code == 400
    assert not await is_taken(candor, email)


async def test_a_code_for_coming_back_opens_no_page(candor: Candor, visitor: Visitor) -> None:
    await ask(visitor, await forgotten(candor))
    await work(candor)
    code = code_in(mails(candor)[-1])
    token = csrf(await visitor.page("/me/sign-in"))
    tried = await visitor.post("/me/sign-in/code", {"code": code, "csrf_token": token})
    assert tried.status_code == 410
    assert "candor_customer" not in visitor.client.cookies


async def test_a_code_that_is_too_late_counts_no_more(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    email = await forgotten(candor)
    await ask(visitor, email)
    await work(candor)
    code = code_in(mails(candor)[-1])
    token = csrf(await visitor.page(URL))
    clock.advance(CEREMONY_LASTS)
    late = await visitor.post(f"{URL}/code", {"code": code, "csrf_token": token})
    assert late.status_code == 410
    assert not await is_taken(candor, email)


async def test_no_address_no_token_no_mail(candor: Candor, visitor: Visitor) -> None:
    sent = len(mails(candor))
    for typed in ("", "ada", "a" * 300 + "@example.org", "ada@example.org\x00"):
        assert (await ask(visitor, typed)).status_code == 400
    plain = await visitor.post(f"{URL}/send", {"email": "ada@example.org"})
    assert plain.status_code == 403
    await work(candor)
    assert len(mails(candor)) == sent
    assert codes.BACK not in {codes.SIGN_IN, codes.PROOF}
