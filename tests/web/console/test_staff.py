"""Staff on the console: invited, set up, changed, let in anew, gone; and one's own sign-in."""

import re
from base64 import b32decode
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import psycopg
import pytest

from candor.app import Candor, worker
from candor.domain.access.model.roles import Role
from candor.domain.access.model.totp import code_at, step_of
from candor.domain.access.service import write_keys
from candor.infra import mail
from candor.kernel.clock import FixedClock
from tests.factories.house import TEST
from tests.factories.staff import PASSWORD, Holder, add_staff, make_holder
from tests.web.console.conftest import Clerk, Hire, csrf
from tests.web.console.test_sign_in import CODE, SIGN_IN, enter, send_code, send_password

Owner = psycopg.Connection[tuple[object, ...]]
STAFF: Final = "/console/security/staff"
ACCOUNT: Final = "/console/account"
NEW: Final = "seven quiet lanterns walk"
WHY: Final = "They begin on Monday in the security team"


async def letters(candor: Candor) -> str:
    """Let the worker do what waits; return the mails that it sent, one after another."""
    async with worker(candor).open_async() as app:
        await app.run_worker_async(wait=False, listen_notify=False)
    assert isinstance(candor.mailer, mail.Outbox)
    texts = [path.read_text() for path in sorted(candor.mailer.folder.glob("*.eml"))]
    return "\n".join(texts).replace("=\n", "").replace("=3D", "=")


def seed_of(html: str) -> bytes:
    """Return the seed that a page shows to be typed."""
    found = re.search(r"<code>([A-Z2-7 ]{30,})</code>", html)
    assert found
    return b32decode(found.group(1).replace(" ", ""))


async def set_up(candor: Candor, clerk: Clerk, link: str) -> tuple[bytes, str]:
    """Follow an invitation to its end; return the seed, and the page with recovery codes."""
    html = await clerk.page(link)
    fields = {"token": link.rsplit("/", 1)[1], "password": NEW, "again": NEW}
    first = await clerk.post("/console/join", {**fields, "csrf_token": csrf(html)})
    assert first.headers["location"] == "/console/join/app", first.text
    html = await clerk.page("/console/join/app")
    seed = seed_of(html)
    picture = await clerk.get("/console/join/picture")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.headers["cache-control"] == "no-store"
    code = code_at(seed, step_of(candor.clock.now()))
    done = await clerk.post("/console/join/app", {"code": code, "csrf_token": csrf(html)})
    assert done.status_code == 200, done.text
    return seed, done.text


@pytest.mark.asvs("6.4.1", "6.3.7", "6.2.1")
async def test_an_invited_colleague_sets_up_and_comes_in(
    candor: Candor, hire: Hire, anybody: Callable[[], Clerk], clock: FixedClock
) -> None:
    boss = await hire(Role.ADMIN)
    form = {"handle": "ines", "name": "Ines Prado", "address": "ines@example.org"}
    answer = await boss.send(f"{STAFF}/invite", role="support", **form)
    assert answer.headers["location"].endswith("?done=invited"), answer.text
    sent = await letters(candor)
    link = re.findall(r"http://localhost:8700(/console/join/[\w-]{43})", sent)[0]
    clerk, late = anybody(), anybody()
    seed, html = await set_up(candor, clerk, link)
    codes = re.findall(r"<code>([a-z2-7-]{29})</code>", html)
    assert len(set(codes)) == 10
    assert (await clerk.get("/console")).status_code == 200
    assert (await late.get(link)).status_code == 410  # once
    clock.advance(timedelta(minutes=1))
    await send_password(late, "ines", NEW)
    assert (await send_code(late, code_at(seed, step_of(clock.now())))).status_code == 303
    assert "Your sign-in is set up" in await letters(candor)


@pytest.mark.asvs("2.3.1")
async def test_a_set_up_that_is_not_finished_keeps_nothing(
    candor: Candor, hire: Hire, anybody: Callable[[], Clerk], owner: Owner
) -> None:
    boss = await hire(Role.ADMIN)
    form = {"handle": "ines", "name": "Ines Prado", "address": "ines@example.org"}
    await boss.send(f"{STAFF}/invite", role="support", **form)
    link = re.findall(r"(/console/join/[\w-]{43})", await letters(candor))[0]
    clerk = anybody()
    html = await clerk.page(link)
    fields = {"token": link.rsplit("/", 1)[1], "csrf_token": csrf(html)}
    for weak in (
        "short",
        "password1234",
        "ines-nordic-42!",
        "qwertyuiop123",
        "Candor is great 7",
    ):
        answer = await clerk.post("/console/join", {**fields, "password": weak, "again": weak})
        assert answer.status_code == 400, weak
    unlike = await clerk.post("/console/join", {**fields, "password": NEW, "again": NEW + "x"})
    assert unlike.status_code == 400
    await clerk.post("/console/join", {**fields, "password": NEW, "again": NEW})
    html = await clerk.page("/console/join/app")
    wrong = await clerk.post("/console/join/app", {"code": "1", "csrf_token": csrf(html)})
    assert wrong.status_code == 403
    assert owner.execute("SELECT count(*) FROM access.password").fetchone() == (0,)
    assert (await clerk.get("/console")).headers["location"] == SIGN_IN
    assert (await anybody().get(link)).status_code == 200  # the invitation still stands
    assert (await send_password(anybody(), "ines", NEW)).status_code == 403


@pytest.mark.asvs("8.2.1")
async def test_a_grave_role_takes_two(
    candor: Candor, hire: Hire, anybody: Callable[[], Clerk]
) -> None:
    boss = await hire(Role.ADMIN)
    form = {"handle": "ines", "name": "Ines Prado", "address": "ines@example.org"}
    alone = await boss.send(f"{STAFF}/invite", role="admin", **form)
    assert alone.status_code == 400  # no reason given, nothing made
    answer = await boss.send(f"{STAFF}/invite", role="admin", why=WHY, **form)
    proposal = answer.headers["location"]
    assert proposal.startswith("/console/security/proposals/")
    assert "ines@example.org" in await boss.words(proposal)
    assert "/console/join/" not in await letters(candor)
    assert (await boss.send(proposal, answer="approve")).status_code == 403
    second = await hire(Role.PRIVACY)
    assert (await second.send(proposal, answer="approve")).status_code == 303
    link = re.findall(r"(/console/join/[\w-]{43})", await letters(candor))[0]
    await set_up(candor, anybody(), link)


async def test_a_role_goes_down_at_once_and_up_by_two(
    candor: Candor, hire: Hire, anybody: Callable[[], Clerk]
) -> None:
    boss, other = await hire(Role.ADMIN), await make_holder(candor, Role.PRIVACY)
    here = f"{STAFF}/{other.member.staff_id}"
    clerk = anybody()
    await enter(clerk, other)
    down = await boss.send(f"{here}/role", role="auditor")
    assert down.headers["location"] == f"{here}?done=role", down.text
    assert (await clerk.get("/console")).headers["location"] == SIGN_IN
    up = await boss.send(f"{here}/role", role="privacy", why=WHY)
    assert up.headers["location"].startswith("/console/security/proposals/")
    # Whoever approves sees to whose address the account belongs.
    assert (other.member.email or "no address") in await boss.words(up.headers["location"])
    assert "auditor" in await boss.words(here)
    assert boss.staff is not None
    own = await boss.send(f"{STAFF}/{boss.staff.staff_id}/role", role="auditor")
    assert own.status_code == 403


@pytest.mark.asvs("6.4.4", "6.5.6", "6.4.3")
async def test_who_lost_everything_begins_anew_on_the_word_of_two(
    candor: Candor, hire: Hire, anybody: Callable[[], Clerk]
) -> None:
    boss, other = await hire(Role.ADMIN), await make_holder(candor, Role.SUPPORT)
    here = f"{STAFF}/{other.member.staff_id}"
    answer = await boss.send(f"{here}/invite", reason="Called me by video, phone lost")
    proposal = answer.headers["location"]
    first = await send_password(anybody(), other.member.handle, PASSWORD)
    assert first.headers["location"] == CODE  # nothing ends before the second word
    thief = anybody()
    link = await thief.link(other.member)
    assert (await thief.get(f"{SIGN_IN}/{link}")).status_code == 200
    second = await hire(Role.PRIVACY)
    await second.send(proposal, answer="approve")
    again = await send_password(anybody(), other.member.handle, PASSWORD)
    assert again.status_code == 403
    # Nor does a link of before: an account without factors could be set up by it.
    assert (await thief.get(f"{SIGN_IN}/{link}")).status_code == 410
    sent = await letters(candor)
    assert "Your sign-in was reset" in sent
    link = re.findall(r"(/console/join/[\w-]{43})", sent)[0]
    await set_up(candor, anybody(), link)


@pytest.mark.asvs("7.4.2", "6.5.6")
async def test_who_leaves_leaves_nothing_open(
    candor: Candor, hire: Hire, anybody: Callable[[], Clerk], owner: Owner
) -> None:
    boss, other = await hire(Role.ADMIN), await make_holder(candor, Role.SECURITY)
    clerk = anybody()
    await enter(clerk, other)
    here = f"{STAFF}/{other.member.staff_id}"
    async with candor.database.tx() as tx:
        key = await write_keys.issue(
            tx,
            source_code="shop",
            actor=TEST,
            clock=candor.clock,
            made_by=other.member.staff_id,
        )
    words = await boss.words(f"{here}/leave")
    assert "Sign-ins that end 1" in words
    assert "Keys they answer for 1" in words
    field = re.findall(r'name="(key-[0-9a-f]+)"', await boss.page(f"{here}/leave"))[0]
    assert (await boss.send(f"{here}/leave", **{field: "keep"})).headers["location"] == STAFF
    assert (await clerk.get("/console")).headers["location"] == SIGN_IN
    for table in ("password", "totp", "recovery_code", "passkey", "federated"):
        rows = owner.execute(f"SELECT count(*) FROM access.{table}").fetchone()
        assert rows == (0,), table
    async with candor.database.read() as tx:
        assert await write_keys.source_of(tx, key) == "shop"  # taken over
    assert "Who left" in await boss.words(STAFF)
    assert (await boss.send(f"{here}/leave")).status_code == 404
    assert boss.staff is not None
    alone = await boss.send(f"{STAFF}/{boss.staff.staff_id}/leave")
    assert alone.status_code == 403  # not oneself


async def test_somebody_elses_sign_in_ends_by_hand(
    candor: Candor, hire: Hire, anybody: Callable[[], Clerk], clock: FixedClock
) -> None:
    boss, other = await hire(Role.SECURITY), await make_holder(candor, Role.SUPPORT)
    clerk = anybody()
    await enter(clerk, other)
    here = f"{STAFF}/{other.member.staff_id}"
    clock.advance(timedelta(minutes=20))  # urgent: no fresh proof is asked
    which = re.findall(r'name="which" value="([0-9a-f]{16})"', await boss.page(here))
    await boss.send(f"{here}/sign-ins", which="0" * 16)
    assert (await clerk.get("/console")).status_code == 200
    await boss.send(f"{here}/sign-ins", which=which[0])
    assert (await clerk.get("/console")).headers["location"] == SIGN_IN


@pytest.fixture
async def pair(candor: Candor, anybody: Callable[[], Clerk]) -> tuple[Clerk, Clerk, Holder]:
    """Return two browsers in which one person is signed in."""
    holder = await make_holder(candor, Role.SUPPORT)
    here, there = anybody(), anybody()
    await enter(here, holder)
    await send_password(there, holder.member.handle, PASSWORD)
    await send_code(there, holder.recovery_codes[0])
    return here, there, holder


@pytest.mark.asvs("7.2.4")
async def test_who_signs_in_ends_the_sign_in_that_the_browser_held(
    candor: Candor, anybody: Callable[[], Clerk], owner: Owner
) -> None:
    clerk = await anybody().sign_in(Role.SUPPORT)
    former = clerk.client.cookies["candor_staff"]
    holder = await make_holder(candor, Role.SECURITY)
    await send_password(clerk, holder.member.handle, "wrong in every way")
    assert (await clerk.get("/console")).status_code == 200
    await enter(clerk, holder)
    assert clerk.client.cookies["candor_staff"] != former
    standing = owner.execute(
        "SELECT bearer_id FROM access.session WHERE revoked_at IS NULL"
    ).fetchall()
    assert standing == [(holder.member.staff_id,)]


@pytest.mark.asvs("6.2.2", "6.2.3", "7.4.3")
async def test_a_password_is_changed_with_the_present_one(
    candor: Candor, pair: tuple[Clerk, Clerk, Holder], anybody: Callable[[], Clerk]
) -> None:
    here, there, holder = pair
    new = {"password": NEW, "again": NEW}
    wrong = await here.send(f"{ACCOUNT}/password", current="not this one", **new)
    assert (wrong.status_code, "not right" in wrong.text) == (400, True)
    halfway = anybody()
    await send_password(halfway, holder.member.handle, PASSWORD)
    done = await here.send(f"{ACCOUNT}/password", current=PASSWORD, **new)
    assert done.headers["location"] == f"{ACCOUNT}?done=password", done.text
    assert (await there.get("/console")).headers["location"] == SIGN_IN
    late = await halfway.get(f"{SIGN_IN}/code")
    assert late.headers["location"] == SIGN_IN  # the former password led there
    assert (await here.get("/console")).status_code == 200
    assert (await send_password(anybody(), holder.member.handle, PASSWORD)).status_code == 403
    assert (await send_password(anybody(), holder.member.handle, NEW)).status_code == 303
    assert "Your password was changed" in await letters(candor)


@pytest.mark.asvs("7.5.1")
async def test_changes_need_a_fresh_proof(
    pair: tuple[Clerk, Clerk, Holder], clock: FixedClock
) -> None:
    here, _, _ = pair
    clock.advance(timedelta(minutes=16))
    for path in ("password", "recovery", "app"):
        answer = await here.send(f"{ACCOUNT}/{path}", current=PASSWORD, password=NEW, again=NEW)
        assert answer.headers["location"].startswith("/console/prove?next="), path
        assert "again=1" in answer.headers["location"]


async def test_another_app_takes_over(
    candor: Candor, pair: tuple[Clerk, Clerk, Holder], anybody: Callable[[], Clerk]
) -> None:
    here, there, holder = pair
    await here.send(f"{ACCOUNT}/app")
    seed = seed_of(await here.page(f"{ACCOUNT}/app"))
    planted = here.client.cookies["candor_ceremony"]
    there.client.cookies.set("candor_ceremony", planted)
    assert (await there.get(f"{ACCOUNT}/app")).headers["location"].startswith("/console")
    code = code_at(seed, step_of(candor.clock.now()))
    done = await here.send(f"{ACCOUNT}/app/confirm", code=code)
    assert done.headers["location"] == f"{ACCOUNT}?done=app", done.text
    assert (await there.get("/console")).headers["location"] == SIGN_IN
    clerk = anybody()
    await send_password(clerk, holder.member.handle, PASSWORD)
    assert (await send_code(clerk, holder.code(1))).status_code == 403  # the former app's


async def test_fresh_recovery_codes_replace_the_former(
    pair: tuple[Clerk, Clerk, Holder], anybody: Callable[[], Clerk]
) -> None:
    here, _, holder = pair
    html = (await here.send(f"{ACCOUNT}/recovery")).text
    codes = re.findall(r"<code>([a-z2-7-]{29})</code>", html)
    assert len(codes) == 10
    clerk = anybody()
    await send_password(clerk, holder.member.handle, PASSWORD)
    assert (await send_code(clerk, holder.recovery_codes[1])).status_code == 403
    assert (await send_code(clerk, codes[0])).status_code == 303


@pytest.mark.asvs("7.4.5", "7.5.2")
async def test_one_ends_ones_own_sign_ins(pair: tuple[Clerk, Clerk, Holder]) -> None:
    here, there, _ = pair
    assert "one-time" not in await here.words(ACCOUNT)
    await here.send(f"{ACCOUNT}/sign-ins")
    assert (await there.get("/console")).headers["location"] == SIGN_IN
    assert (await here.get("/console")).status_code == 200


async def test_a_link_alone_opens_nothing_risky_until_it_is_set_up(
    candor: Candor, anybody: Callable[[], Clerk], clock: FixedClock
) -> None:
    boss = await add_staff(candor, Role.ADMIN, "boss")
    clerk = anybody()
    token = await clerk.link(boss)
    html = await clerk.page(f"{SIGN_IN}/{token}")
    await clerk.post(SIGN_IN, {"token": token, "csrf_token": csrf(html)})
    assert (await clerk.get(f"{STAFF}/invite")).headers["location"].startswith("/console/prove")
    assert "nothing yet to prove it with" in await clerk.words("/console/prove")
    first = await clerk.send(f"{ACCOUNT}/set-up", password=NEW, again=NEW)
    assert first.headers["location"] == "/console/join/app", first.text
    html = await clerk.page("/console/join/app")
    code = code_at(seed_of(html), step_of(clock.now()))
    await clerk.post("/console/join/app", {"code": code, "csrf_token": csrf(html)})
    assert (await clerk.get(f"{STAFF}/invite")).status_code == 200
    # Now that there are factors, a link is no way to others.
    thief = anybody()
    token = await thief.link(boss)
    html = await thief.page(f"{SIGN_IN}/{token}")
    await thief.post(SIGN_IN, {"token": token, "csrf_token": csrf(html)})
    again = await thief.send(f"{ACCOUNT}/set-up", password=NEW, again=NEW)
    assert again.status_code == 403
