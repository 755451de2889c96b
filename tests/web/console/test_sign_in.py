"""Coming in by password and code: each step counts once, in one browser, and tells nothing."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import httpx
import psycopg
import pytest

from candor.app import Candor, services_of
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import leaving
from candor.kernel.clock import FixedClock
from candor.surface.plain.caller import Caller
from candor.surface.plain.doors import Attempt
from tests.factories.house import TEST
from tests.factories.staff import PASSWORD, Holder, make_holder
from tests.web.console.conftest import Clerk, csrf, words_of

SIGN_IN = "/console/sign-in"
CODE = "/console/sign-in/code"
WRONG = "Name or password is not right."
Owner = psycopg.Connection[tuple[object, ...]]


async def send_password(clerk: Clerk, name: str, password: str) -> httpx.Response:
    """Fill in the first form as a browser does."""
    token = csrf(await clerk.page(SIGN_IN))
    fields = {"name": name, "password": password, "csrf_token": token}
    return await clerk.post(f"{SIGN_IN}/password", fields)


async def send_code(clerk: Clerk, code: str) -> httpx.Response:
    """Fill in the second form."""
    token = csrf(await clerk.page(CODE))
    return await clerk.post(CODE, {"code": code, "csrf_token": token})


async def enter(clerk: Clerk, holder: Holder, after: int = 0) -> httpx.Response:
    """Come in, both steps."""
    first = await send_password(clerk, holder.member.handle, holder.password)
    assert first.status_code == 303, first.text
    return await send_code(clerk, holder.code(after))


@pytest.fixture
async def holder(candor: Candor) -> Holder:
    """Return a security officer with a password and an app."""
    return await make_holder(candor)


@pytest.mark.asvs("6.3.3", "6.3.4", "7.2.4")
@pytest.mark.parametrize("by", ["handle", "address", "HANDLE"])
async def test_password_and_code_let_somebody_in(
    holder: Holder, anybody: Callable[[], Clerk], by: str
) -> None:
    clerk = anybody()
    member = holder.member
    name = {
        "handle": member.handle,
        "address": member.email or "",
        "HANDLE": member.handle.upper(),
    }
    assert (await send_password(clerk, name[by], PASSWORD)).headers["location"] == CODE
    assert (await clerk.get("/console")).status_code == 303  # the password alone opens nothing
    answer = await send_code(clerk, holder.code())
    assert answer.headers["location"] == "/console"
    assert (await clerk.get("/console")).status_code == 200


@pytest.mark.asvs("6.3.8")
async def test_a_wrong_name_and_a_wrong_password_look_the_same(
    holder: Holder, anybody: Callable[[], Clerk]
) -> None:
    found = [
        await send_password(anybody(), holder.member.handle, "not the right one at all"),
        await send_password(anybody(), "nobody-of-this-name", PASSWORD),
        await send_password(anybody(), "x" * 5_000, "y" * 5_000),
        await send_password(anybody(), "\x00", ""),
    ]
    assert {answer.status_code for answer in found} == {403}
    assert all(WRONG in answer.text for answer in found)
    assert len({words_of(answer.text) for answer in found}) == 1


@pytest.mark.asvs("6.3.8")
async def test_an_attack_on_a_name_does_not_tell_whose_address_goes_with_it(
    candor: Candor, holder: Holder, anybody: Callable[[], Clerk]
) -> None:
    doors = services_of(candor).doors
    elsewhere = Caller("198.51.100.1", "198.51.100.0/24", "")
    name = holder.member.handle
    for _ in range(3):
        await doors.before(Attempt(Audience.STAFF, f"staff:{name}", elsewhere), {})
    assert (await send_password(anybody(), name, "wrong")).status_code == 429
    found = [
        await send_password(anybody(), address, "wrong")
        for address in (holder.member.email or "", "nobody@example.org")
    ]
    assert [answer.status_code for answer in found] == [403, 403]
    assert len({words_of(answer.text) for answer in found}) == 1


async def test_a_browser_that_came_in_is_known_by_name_and_by_address(
    candor: Candor, holder: Holder, anybody: Callable[[], Clerk]
) -> None:
    clerk, doors = anybody(), services_of(candor).doors
    await enter(clerk, holder)
    names = (holder.member.handle, holder.member.email or "")
    for number, name in enumerate(names):  # an attack meanwhile
        elsewhere = Caller(f"198.51.100.{number}", "198.51.100.0/24", "")
        for _ in range(3):
            await doors.before(Attempt(Audience.STAFF, f"staff:{name}", elsewhere), {})
        assert (await send_password(anybody(), name, "wrong")).status_code == 429
        assert (await send_password(clerk, name, PASSWORD)).headers["location"] == CODE


@pytest.mark.asvs("6.5.1")
async def test_a_code_counts_once(holder: Holder, anybody: Callable[[], Clerk]) -> None:
    assert (await enter(anybody(), holder)).headers["location"] == "/console"
    again = await enter(anybody(), holder)
    assert again.status_code == 403
    assert "used already" in again.text


@pytest.mark.asvs("6.5.1", "15.4.2")
async def test_of_two_who_send_one_code_at_once_one_gets_in(
    holder: Holder, anybody: Callable[[], Clerk]
) -> None:
    clerks = [anybody() for _ in range(3)]
    for clerk in clerks:
        await send_password(clerk, holder.member.handle, PASSWORD)
    tokens = [csrf(await clerk.page(CODE)) for clerk in clerks]
    code = holder.code()
    found = await asyncio.gather(
        *(
            clerk.post(CODE, {"code": code, "csrf_token": token})
            for clerk, token in zip(clerks, tokens, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in found) == [303, 403, 403]


async def test_the_code_of_another_opens_nothing(
    candor: Candor, holder: Holder, anybody: Callable[[], Clerk]
) -> None:
    other = await make_holder(candor)
    clerk = anybody()
    await send_password(clerk, holder.member.handle, PASSWORD)
    assert (await send_code(clerk, other.code())).status_code == 403
    assert (await send_code(clerk, other.recovery_codes[0])).status_code == 403
    assert (await clerk.get("/console")).status_code == 303


@pytest.mark.asvs("6.5.1", "6.5.2")
async def test_a_recovery_code_stands_in_once(
    holder: Holder, anybody: Callable[[], Clerk], owner: Owner
) -> None:
    code = holder.recovery_codes[3].upper().replace("-", " ")
    for expected in (303, 403):
        clerk = anybody()
        await send_password(clerk, holder.member.handle, PASSWORD)
        assert (await send_code(clerk, code)).status_code == expected
    kept = owner.execute("SELECT code_hash FROM access.recovery_code").fetchall()
    assert len(kept) == 10
    assert not any(code.encode() in bytes(row[0]) for row in kept)  # pyright: ignore[reportArgumentType] - bytea
    told = owner.execute("SELECT args ->> 'change' FROM jobs.procrastinate_jobs").fetchall()
    assert told == [("recovery_used",)]


async def test_after_five_wrong_codes_the_password_is_asked_again(
    holder: Holder, anybody: Callable[[], Clerk]
) -> None:
    clerk = anybody()
    await send_password(clerk, holder.member.handle, PASSWORD)
    token = csrf(await clerk.page(CODE))
    for _ in range(3):
        answer = await clerk.post(CODE, {"code": "000000", "csrf_token": token})
        assert answer.status_code == 403
    for _ in range(3):  # the shield asks for work by now
        answer = await clerk.post(CODE, {"code": "000000", "csrf_token": token})
        assert answer.status_code in {403, 429}
    assert (await clerk.get("/console")).status_code == 303


@pytest.mark.asvs("7.2.4")
async def test_what_was_planted_in_a_browser_opens_nothing_later(
    holder: Holder, anybody: Callable[[], Clerk]
) -> None:
    clerk, thief = anybody(), anybody()
    planted = "A" * 43
    clerk.client.cookies.set("candor_staff", planted)
    clerk.client.cookies.set("candor_ceremony", planted)
    assert (await enter(clerk, holder)).status_code == 303
    thief.client.cookies.set("candor_staff", planted)
    assert (await thief.get("/console")).status_code == 303
    thief.client.cookies.set("candor_ceremony", planted)
    assert (await thief.get(CODE)).headers["location"] == SIGN_IN


@pytest.mark.asvs("2.3.1")
async def test_a_second_step_belongs_to_one_browser_and_ends(
    holder: Holder, anybody: Callable[[], Clerk], clock: FixedClock
) -> None:
    clerk, thief = anybody(), anybody()
    await send_password(clerk, holder.member.handle, PASSWORD)
    assert (await thief.get(CODE)).headers["location"] == SIGN_IN
    held = clerk.client.cookies["candor_ceremony"]
    assert (await send_code(clerk, holder.code())).status_code == 303
    clerk.client.cookies.set("candor_ceremony", held)
    assert (await clerk.get(CODE)).headers["location"] == SIGN_IN  # used up
    await send_password(thief, holder.member.handle, PASSWORD)
    clock.advance(timedelta(minutes=11))
    assert (await thief.get(CODE)).headers["location"] == SIGN_IN


async def test_who_left_does_not_come_in(
    candor: Candor, holder: Holder, anybody: Callable[[], Clerk], clock: FixedClock
) -> None:
    inside, halfway = anybody(), anybody()
    await enter(inside, holder)
    await send_password(halfway, holder.member.handle, PASSWORD)
    clock.advance(timedelta(minutes=1))
    async with candor.database.tx() as tx:
        weight = await leaving.leave(tx, holder.member.staff_id, actor=TEST, clock=clock)
    assert weight.sessions == 1
    assert (await inside.get("/console")).headers["location"] == SIGN_IN
    assert (await halfway.get(CODE)).headers["location"] == SIGN_IN
    again = await send_password(anybody(), holder.member.handle, PASSWORD)
    assert (again.status_code, WRONG in again.text) == (403, True)


@pytest.mark.asvs("7.5.3")
async def test_what_is_risky_asks_again_and_comes_back(
    candor: Candor, anybody: Callable[[], Clerk], clock: FixedClock
) -> None:
    boss = await make_holder(candor, Role.ADMIN)
    clerk = anybody()
    await enter(clerk, boss)
    where = f"/console/security/staff/{boss.member.staff_id}/leave"
    assert (await clerk.get(where)).status_code == 200
    clock.advance(timedelta(minutes=16))
    there = (await clerk.get(where)).headers["location"]
    assert there.startswith("/console/prove?next=%2Fconsole%2Fsecurity%2Fstaff")
    html = await clerk.page(there)
    before = clerk.client.cookies["candor_staff"]
    fields = {"csrf_token": csrf(html), "next": where}
    wrong = {"password": PASSWORD, "code": "123456"}
    assert (await clerk.post("/console/prove", fields | wrong)).status_code == 403
    wrong = {"password": "something else entirely", "code": boss.code()}
    assert (await clerk.post("/console/prove", fields | wrong)).status_code == 403
    right = {"password": PASSWORD, "code": boss.code()}
    done = await clerk.post("/console/prove", fields | right)
    assert done.headers["location"] == where
    assert (await clerk.get(where)).status_code == 200
    assert clerk.client.cookies["candor_staff"] != before
    clerk.client.cookies.set("candor_staff", before)
    assert (await clerk.get("/console")).headers["location"] == SIGN_IN


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/me",
        "/console/../me",
        "/console\\x",
    ],
)
async def test_a_proof_leads_nowhere_else(
    candor: Candor, anybody: Callable[[], Clerk], elsewhere: str, clock: FixedClock
) -> None:
    boss = await make_holder(candor, Role.ADMIN)
    clerk = anybody()
    await enter(clerk, boss)
    clock.advance(timedelta(minutes=1))
    html = (await clerk.client.get("/console/prove", params={"next": elsewhere})).text
    assert elsewhere not in html
    fields = {"password": PASSWORD, "code": boss.code(), "next": elsewhere}
    done = await clerk.post("/console/prove", {**fields, "csrf_token": csrf(html)})
    assert done.headers["location"] == "/console"


async def test_a_forged_cookie_is_nobody(anybody: Callable[[], Clerk]) -> None:
    for forged in ("", "x", "A" * 43, "A" * 4_000, "\xff\xfe", "%00"):
        clerk = anybody()
        clerk.client.headers["cookie"] = f"candor_staff={forged}; candor_ceremony={forged}"
        assert (await clerk.get("/console")).headers["location"] == SIGN_IN
        assert (await clerk.get(CODE)).headers["location"] == SIGN_IN


@pytest.mark.asvs("16.3.1", "16.2.5")
async def test_a_failure_is_in_the_log_without_a_name(
    holder: Holder, anybody: Callable[[], Clerk], owner: Owner
) -> None:
    await send_password(anybody(), holder.member.handle, "not the right one at all")
    rows = owner.execute(
        "SELECT actor_kind, actor_id, outcome, detail::text FROM audit.entry "
        "WHERE action = 'access.sign_in_failed'"
    ).fetchall()
    assert [row[:3] for row in rows] == [("machine", "console", "refused")]
    assert holder.member.handle not in str(rows)
