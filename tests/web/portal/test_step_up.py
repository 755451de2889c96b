"""What keeps a sign-in its owner's: a fresh proof, the list of sign-ins, "that was not me"."""

import re
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from candor.app import Candor
from candor.domain.access.model.sign_in import PROOF_LASTS
from candor.domain.access.service import new_devices
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.house import fresh_email, make_person
from tests.web.portal.conftest import Visitor, Visitors, csrf
from tests.web.portal.test_sign_in_by_code import (
    WRONG,
    ada_asks,
    answer,
    ask,
    code_in,
    is_in,
    link_in,
    mails,
    rows,
    text_of,
    work,
)

RISKY = "/me/account/passkeys/remove?which=AAAA"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1"


async def ada_by_link(candor: Candor, visitor: Visitor) -> ProfileId:
    """Sign Ada in by a link, which is not enough for what is risky."""
    ada = await make_person(candor, name="Ada", email=fresh_email())
    await visitor.sign_in(ada)
    return ada


async def send_proof(candor: Candor, visitor: Visitor, back: str = "") -> str:
    """Ask for a code to prove it again; return it."""
    form = csrf(await visitor.page(f"/me/prove?next={back}"))
    found = await visitor.post("/me/prove/send", {"csrf_token": form, "next": back})
    assert found.status_code == 303, found.text
    await work(candor)
    return code_in(mails(candor)[-1])


@pytest.mark.asvs("7.5.1", "7.2.4")
async def test_what_is_risky_asks_for_a_fresh_code(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    await ada_by_link(candor, visitor)
    asked = await visitor.get(RISKY)
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/me/prove?next=%2Fme%2Faccount%2Fpasskeys")
    back = "/me/account/passkeys"
    code = await send_proof(candor, visitor, back)
    before = visitor.client.cookies["candor_customer"]
    form = csrf(await visitor.page("/me/prove"))
    found = await visitor.post(
        "/me/prove", {"csrf_token": form, "code": code.lower(), "next": back}
    )
    assert (found.status_code, found.headers["location"]) == (303, back)
    assert visitor.client.cookies["candor_customer"] != before  # a copy opens nothing now
    assert (await visitor.get("/me/prove?next=/me/looks")).headers["location"] == "/me/looks"
    assert (await visitor.get(RISKY)).status_code != 303
    clock.advance(PROOF_LASTS + timedelta(seconds=1))
    assert (await visitor.get(RISKY)).headers["location"].startswith("/me/prove")


async def test_a_proof_is_its_own_kind_of_code(candor: Candor, visitor: Visitor) -> None:
    """A code to come in proves nothing, and a code to prove lets nobody in."""
    await ada_by_link(candor, visitor)
    proof = await send_proof(candor, visitor)
    page = await visitor.page("/me/sign-in")
    found = await visitor.post("/me/sign-in/code", {"code": proof, "csrf_token": csrf(page)})
    assert found.status_code == 410
    email = fresh_email()
    await make_person(candor, email=email)
    await ask(visitor, email)  # replaces the proof in this browser
    await work(candor)
    fields = {
        "csrf_token": csrf(await visitor.page("/me/prove")),
        "code": code_in(mails(candor)[-1]),
    }
    assert (await visitor.post("/me/prove", fields)).status_code == 400
    assert not (await visitor.get(RISKY)).headers["location"].startswith("/me/account")


async def test_a_proof_of_somebody_else_proves_nothing(
    candor: Candor, visitors: Visitors
) -> None:
    """Ada's session and ceremony in one browser; then Ben signs in there by a link."""
    visitor = visitors()
    await ada_by_link(candor, visitor)
    code = await send_proof(candor, visitor)
    await visitor.sign_in(await make_person(candor, name="Ben", email=fresh_email()))
    fields = {"csrf_token": csrf(await visitor.page("/me/prove")), "code": code}
    assert (await visitor.post("/me/prove", fields)).status_code == 400
    assert (await visitor.get(RISKY)).headers["location"].startswith("/me/prove")


async def test_the_link_of_a_proof_asks_first(candor: Candor, visitors: Visitors) -> None:
    visitor, scanner = visitors(), visitors()
    await ada_by_link(candor, visitor)
    await send_proof(candor, visitor)
    link = link_in(mails(candor)[-1])
    assert (await scanner.get(link)).headers["location"] == "/me/sign-in"
    page = await visitor.page(link)
    assert (await visitor.get(RISKY)).headers["location"].startswith("/me/prove")
    token = re.search(r'name="code" value="([^"]+)"', page)
    assert token
    fields = {"csrf_token": csrf(page), "code": token.group(1)}
    assert (await visitor.post("/me/prove", fields)).status_code == 303
    assert (await visitor.get("/me/prove")).headers["location"] == "/me"


async def test_a_wrong_proof_is_counted(candor: Candor, visitor: Visitor) -> None:
    await ada_by_link(candor, visitor)
    code = await send_proof(candor, visitor)
    form = csrf(await visitor.page("/me/prove"))
    for left in (4, 3, 2):
        found = await visitor.post("/me/prove", {"csrf_token": form, "code": WRONG})
        assert found.status_code == 400
        assert f"try {left} more" in found.text
    assert (
        await visitor.post("/me/prove", {"csrf_token": form, "code": code})
    ).status_code in {
        303,
        429,  # the doors ask for some work by now
    }


async def test_without_a_confirmed_address_there_is_another_way(
    candor: Candor, visitor: Visitor
) -> None:
    await visitor.sign_in(await make_person(candor, name="Ada"))
    fields = {"csrf_token": csrf(await visitor.page("/me/prove"))}
    found = await visitor.post("/me/prove/send", fields)
    assert "no confirmed mail address" in found.text


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/console",
        "/me/prove",
        "/mevil",
    ],
)
async def test_a_proof_leads_only_to_a_page_of_theirs(
    candor: Candor, visitor: Visitor, wanted: str
) -> None:
    _, code = await ada_asks(candor, visitor)
    assert is_in(await answer(visitor, code))  # a fresh code is proof enough
    found = await visitor.client.get("/me/prove", params={"next": wanted})
    assert (found.status_code, found.headers["location"]) == (303, "/me")


# ----------------------------------------------------------------------------- sign-ins
async def test_one_other_sign_in_can_be_ended(candor: Candor, visitors: Visitors) -> None:
    here, there = visitors(), visitors()
    ada = await ada_by_link(candor, here)
    there.client.headers["user-agent"] = SAFARI
    await there.sign_in(ada)
    page = await here.page("/me/account")
    assert "Safari, iPhone" in page
    assert "by a personal link" in page
    which = re.findall(r'name="which" value="([0-9a-f]{64})"', page)
    assert len(which) == 1
    fields = {"csrf_token": csrf(page), "which": which[0]}
    found = await here.post("/me/account/sign-out-one", fields)
    assert "that sign-in has ended" in await here.page(found.headers["location"])
    assert (await there.get("/me")).status_code == 303
    assert (await here.get("/me")).status_code == 200


@pytest.mark.asvs("8.2.2")
async def test_nobody_ends_the_sign_in_of_another(candor: Candor, visitors: Visitors) -> None:
    ada, eve = visitors(), visitors()
    await ada_by_link(candor, ada)
    await eve.sign_in(await make_person(candor, name="Eve"))
    kept = rows(candor, "SELECT encode(session_hash, 'hex') AS name FROM access.session")
    form = csrf(await eve.page("/me/account"))
    for which in [*(row["name"] for row in kept), "", "zz", "ab" * 32, "é"]:
        if which in await eve.page("/me/account"):
            continue
        await eve.post("/me/account/sign-out-one", {"csrf_token": form, "which": which})
        if (await eve.get("/me")).status_code == 303:  # her own was among them: that is hers
            break
    assert (await ada.get("/me")).status_code == 200


async def test_a_sign_in_from_a_new_place_is_told(
    candor: Candor, clock: FixedClock, visitors: Visitors
) -> None:
    email = fresh_email()
    ada = await make_person(candor, name="Ada", email=email)
    for agent, sent in ((FIREFOX, 1), (FIREFOX, 1), (SAFARI, 2)):
        clock.advance(timedelta(minutes=1))
        visitor = visitors()
        visitor.client.headers["user-agent"] = agent
        await visitor.sign_in(ada)
        await work(candor)
        assert len(mails(candor)) == sent
    letters = mails(candor)
    assert {letter["to"] for letter in letters} == {email}
    texts = [" ".join(text_of(letter).split()) for letter in letters]
    assert sum("Safari" in text and "iPhone" in text for text in texts) == 1, texts
    assert all("all is well" in text for text in texts)


async def test_that_was_not_me_ends_every_sign_in(candor: Candor, visitors: Visitors) -> None:
    thief, owner = visitors(), visitors()
    await ada_by_link(candor, thief)
    await work(candor)
    link = link_in(mails(candor)[-1])
    page = await owner.page(link)
    assert "Ada" not in page
    assert (await thief.get("/me")).status_code == 200  # looking changes nothing
    fields = {"csrf_token": csrf(page)}
    assert (await owner.post(link, {})).status_code == 403
    done = await owner.post(link, fields)
    assert "1 sign-in has ended" in done.text
    assert (await thief.get("/me")).status_code == 303
    again = await owner.post(link, fields)
    assert "Nobody has your page open" in again.text


@pytest.mark.asvs("7.4.5")
async def test_that_was_not_me_takes_away_passkeys_added_since(
    candor: Candor, visitors: Visitors, owner: psycopg.Connection[Any], clock: FixedClock
) -> None:
    await ada_by_link(candor, visitors())
    await work(candor)
    link = link_in(mails(candor)[-1])
    now = clock.now()
    for name, at in ((b"own", now - timedelta(days=1)), (b"theirs", now), (b"bens", now)):
        whose = "gen_random_uuid()" if name == b"bens" else "session.bearer_id"
        owner.execute(
            f"""INSERT INTO access.passkey (credential_id, audience, bearer_id, user_handle,
            public_key, sign_count, transports, aaguid, is_backed_up, name, created_at)
            SELECT %s, 'customer', {whose}, '\\x00', '\\x00', 0, '{{}}', gen_random_uuid(), false,
            'Phone', %s FROM access.session LIMIT 1""".encode(),
            [name, at],
        )
    visitor = visitors()
    done = await visitor.post(link, {"csrf_token": csrf(await visitor.page(link))})
    assert "1 passkey that was added since" in done.text
    left = owner.execute("SELECT credential_id FROM access.passkey ORDER BY 1").fetchall()
    assert left == [(b"bens",), (b"own",)]


async def test_an_edited_or_old_link_ends_nothing(
    candor: Candor, visitors: Visitors, clock: FixedClock
) -> None:
    ada, eve = visitors(), visitors()
    await ada_by_link(candor, ada)
    await work(candor)
    link = link_in(mails(candor)[-1])
    path, _, token = link.rpartition("/")
    other = "y" if token[5] == "x" else "x"
    for edited in (token[:-1], token[:5] + other + token[6:], token + "=", "", "x" * 75, "ä"):
        found = await eve.get(f"{path}/{edited}")
        assert found.status_code in {404, 410}
    clock.advance(new_devices.LASTS + timedelta(seconds=1))
    assert (await eve.get(link)).status_code == 410


async def test_the_notice_finds_its_sign_in_although_time_passes(
    candor: Candor, visitor: Visitor, clock: FixedClock
) -> None:
    """A clock moves between two looks at it, and a proof gives the sign-in another secret."""
    ada = await ada_by_link(candor, visitor)
    await work(candor)
    clock.advance(timedelta(microseconds=1))
    async with candor.database.tx() as tx:
        await new_devices.tell(tx, ada, clock)
    await work(candor)
    assert [str(mail["subject"]) for mail in mails(candor)] == [
        "A new sign-in to your page at Ex"
    ] * 2
