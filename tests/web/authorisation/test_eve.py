"""Eve may see nothing: whoever is not somebody any more, or shows what belongs elsewhere.

At every route that is not public, Eve gets what somebody without any cookie or key gets, to the
letter; so no answer tells her that what she shows was good once.
"""

import base64
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import httpx
import pytest

from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.service import api_keys
from tests.factories.callers import NOBODY, Caller, with_key, with_write_key
from tests.factories.estate import Estate, add_staff
from tests.factories.house import TEST, make_person
from tests.factories.routes import Route

DAY: Final = timedelta(days=1)
Eve = Callable[[Estate], Awaitable[Caller]]


def secret_of(caller: Caller) -> str:
    """Return the secret in the cookie of somebody."""
    return caller.headers["cookie"].partition("=")[2]


async def one_who_left(estate: Estate) -> Caller:
    member = await add_staff(estate.candor, Role.ADMIN)
    eve = await estate.street.visitor(Audience.STAFF, member.staff_id, is_proved=True)
    estate.owner.execute(
        "UPDATE access.staff SET left_at = now() WHERE staff_id = %s", [member.staff_id]
    )
    return eve


async def one_who_is_no_more(estate: Estate) -> Caller:
    member = await add_staff(estate.candor, Role.ADMIN)
    eve = await estate.street.visitor(Audience.STAFF, member.staff_id, is_proved=True)
    estate.owner.execute("DELETE FROM access.staff WHERE staff_id = %s", [member.staff_id])
    return eve


async def one_who_signed_out(estate: Estate) -> Caller:
    eve = await estate.clerk(Role.ADMIN)
    assert (await estate.street.send(eve, "/console/sign-out")).status_code == 303
    return eve


async def one_whose_session_ran_out(estate: Estate) -> Caller:
    return await _after(estate, await estate.clerk(Role.ADMIN), "expires_at")


async def one_who_was_idle(estate: Estate) -> Caller:
    return await _after(estate, await estate.clerk(Role.ADMIN), "last_seen_at")


async def a_customer_who_signed_out(estate: Estate) -> Caller:
    eve = await estate.customer()
    assert (await estate.street.send(eve, "/me/sign-out")).status_code == 303
    return eve


async def a_customer_whose_session_ran_out(estate: Estate) -> Caller:
    return await _after(estate, await estate.customer(), "expires_at")


async def a_customer_as_staff(estate: Estate) -> Caller:
    return estate.street.with_cookie(Audience.STAFF, secret_of(await estate.customer()))


async def staff_as_a_customer(estate: Estate) -> Caller:
    return estate.street.with_cookie(
        Audience.CUSTOMER, secret_of(await estate.clerk(Role.ADMIN))
    )


async def staff_whose_id_is_a_customers(estate: Estate) -> Caller:
    """A session of staff that names a customer: of a row that was tampered with."""
    who = await make_person(estate.candor, name="Eve")
    return await estate.street.visitor(Audience.STAFF, who, is_proved=True)


async def one_who_guesses(estate: Estate) -> Caller:
    del estate
    return Caller({"cookie": f"candor_staff={'A' * 43}; candor_customer={'A' * 43}"})


async def an_id_as_a_cookie(estate: Estate) -> Caller:
    staff_id = estate.staff[Role.ADMIN].staff_id
    return Caller({"cookie": f"candor_staff={staff_id}; candor_customer={estate.ada}"})


async def a_key_as_a_cookie(estate: Estate) -> Caller:
    key = estate.keys["everything"]
    return Caller({"cookie": f"candor_staff={key}; candor_customer={key}"})


async def _after(estate: Estate, eve: Caller, column: str) -> Caller:
    """Let a session be as if much time had gone by."""
    statements = {
        "expires_at": "UPDATE access.session SET created_at = created_at - interval '1 year',"
        " expires_at = %s WHERE session_hash = sha256(%s)",
        "last_seen_at": "UPDATE access.session SET last_seen_at = %s"
        " WHERE session_hash = sha256(%s)",
    }
    at = estate.candor.clock.now() - DAY
    changed = estate.owner.execute(statements[column].encode(), [at, secret_of(eve).encode()])
    assert changed.rowcount == 1
    return eve


async def a_suspended_key(estate: Estate) -> Caller:
    return await _key(estate, "suspended_at = now()")


async def a_key_that_was_taken_back(estate: Estate) -> Caller:
    return await _key(estate, "revoked_at = now()")


async def a_key_that_ran_out(estate: Estate) -> Caller:
    return await _key(estate, "created_at = 'epoch', expires_at = '2001-01-01'")


async def a_write_key_as_a_key(estate: Estate) -> Caller:
    return with_key(estate.keys["write"])


async def a_key_as_a_write_key(estate: Estate) -> Caller:
    return with_write_key(estate.keys["everything"])


async def a_key_as_a_password(estate: Estate) -> Caller:
    text = base64.b64encode(f":{estate.keys['everything']}".encode()).decode()
    return Caller({"authorization": f"Basic {text}"})


async def a_cookie_as_a_key(estate: Estate) -> Caller:
    return with_key(secret_of(await estate.clerk(Role.ADMIN)))


async def _key(estate: Estate, after: str) -> Caller:
    """Issue a key of all scopes, and let something happen to it."""
    candor = estate.candor
    async with candor.database.tx() as tx:
        secret, key = await api_keys.issue(
            tx,
            name="eve",
            scopes=list(api_keys.Scope),
            source_code="shop",
            actor=TEST,
            clock=candor.clock,
        )
    changed = estate.owner.execute(
        f"UPDATE access.api_key SET {after} WHERE key_id = %s".encode(), [key.key_id]
    )
    assert changed.rowcount == 1
    return with_key(secret)


COOKIES: Final[tuple[Eve, ...]] = (
    one_who_left, one_who_is_no_more, one_who_signed_out, one_whose_session_ran_out,
    one_who_was_idle, a_customer_who_signed_out, a_customer_whose_session_ran_out,
    a_customer_as_staff, staff_as_a_customer, staff_whose_id_is_a_customers, one_who_guesses,
    an_id_as_a_cookie, a_key_as_a_cookie,
)  # fmt: skip
KEYS: Final[tuple[Eve, ...]] = (
    a_suspended_key, a_key_that_was_taken_back, a_key_that_ran_out, a_write_key_as_a_key,
    a_key_as_a_write_key, a_key_as_a_password, a_cookie_as_a_key,
)  # fmt: skip


async def knock(estate: Estate, route: Route, eve: Caller) -> httpx.Response:
    """Ask for something that is there, with everything a form would bring."""
    path, method = estate.address(route), route.method
    if route.scope or route.is_door:
        body = None if method == "GET" else (route.example or {})
        return await estate.street.ask(eve, method, path, json=body)
    if method == "GET":
        return await estate.street.ask(eve, method, path)
    return await estate.street.send(eve, path)


@pytest.mark.asvs("7.2.1", "7.2.2", "7.4.1", "7.4.2", "8.2.1", "8.3.1", "8.3.2")
@pytest.mark.parametrize("eve", COOKIES, ids=lambda eve: eve.__name__)
async def test_eve_sees_no_page(estate: Estate, eve: Eve) -> None:
    who = await eve(estate)
    for route in estate.routes:
        if not route.permission and not route.is_own:
            continue
        answer, usual = await knock(estate, route, who), await knock(estate, route, NOBODY)
        assert answer.status_code == usual.status_code == 303, route.name
        home = "/console" if route.permission else "/me"
        assert answer.headers["location"] == usual.headers["location"] == f"{home}/sign-in"
        assert answer.text == usual.text, route.name
        assert "set-cookie" not in answer.headers, route.name


@pytest.mark.asvs("7.2.1", "8.2.1", "8.3.1", "8.3.2")
@pytest.mark.parametrize("eve", KEYS, ids=lambda eve: eve.__name__)
async def test_eve_gets_nothing_as_a_system(estate: Estate, eve: Eve) -> None:
    who = await eve(estate)
    for route in estate.routes:
        if not route.scope and not route.is_door:
            continue
        answer, usual = await knock(estate, route, who), await knock(estate, route, NOBODY)
        assert answer.status_code == usual.status_code == 401, route.name
        told, plain = answer.json(), usual.json()
        assert told["code"] == plain["code"], route.name
        assert set(told) == set(plain), route.name


@pytest.mark.asvs("8.2.1", "8.3.1")
async def test_a_role_that_nobody_knows_opens_nothing(estate: Estate) -> None:
    """The database refuses such a role; should it ever stand there, it is as good as none."""
    member = await add_staff(estate.candor, Role.ADMIN)
    eve = await estate.street.visitor(Audience.STAFF, member.staff_id, is_proved=True)
    constraint = "ALTER TABLE access.staff {} CONSTRAINT staff__role__ck"
    ((check,),) = estate.told(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'staff__role__ck'"
    )
    estate.owner.execute(constraint.format("DROP").encode())
    try:
        estate.owner.execute(
            "UPDATE access.staff SET role = 'emperor' WHERE staff_id = %s", [member.staff_id]
        )
        for route in estate.routes:
            if route.permission:
                answer = await knock(estate, route, eve)
                assert answer.status_code == 403, route.name
    finally:
        estate.owner.execute("DELETE FROM access.staff WHERE staff_id = %s", [member.staff_id])
        estate.owner.execute(f"{constraint.format('ADD')} {check}".encode())
