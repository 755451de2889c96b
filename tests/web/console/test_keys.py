"""Keys of the API on the console: seen by some, taken back by administrators."""

import psycopg

from candor.app import Candor
from candor.domain.access.model.keys import APIKey, Scope
from candor.domain.access.model.roles import Role
from candor.domain.access.service import api_keys
from candor.kernel.ids import new_id
from tests.factories.house import TEST
from tests.web.console.conftest import Clerk, Hire

Owner = psycopg.Connection[tuple[object, ...]]
URL = "/console/settings/keys"


async def issue(candor: Candor) -> tuple[str, APIKey]:
    async with candor.database.tx() as tx:
        return await api_keys.issue(
            tx,
            name="Mail platform",
            scopes=[Scope.DECISIONS_READ],
            source_code="shop",
            actor=TEST,
            clock=candor.clock,
        )


async def test_keys_are_listed_without_their_secret(candor: Candor, piet: Clerk) -> None:
    secret, key = await issue(candor)
    html = await piet.page(URL)
    assert "Mail platform" in html
    assert "decisions:read" in html
    assert key.hint in html
    assert secret not in html
    assert str(key.key_id) not in html  # a privacy officer does not take keys back


async def test_an_administrator_takes_a_key_back(
    candor: Candor, owner: Owner, hire: Hire
) -> None:
    _, key = await issue(candor)
    boss = await hire(Role.ADMIN)
    url = f"{URL}/{key.key_id}"
    assert f'href="{url}"' in await boss.page(URL)
    assert "refused from this moment on" in await boss.words(url)
    assert (await boss.post(url, {})).status_code == 403  # not from our page
    assert (await boss.send(url)).status_code == 303
    assert "revoked" in await boss.words(URL)
    assert (await boss.get(url)).status_code == 404
    assert (await boss.send(url)).status_code == 404
    found = owner.execute(
        "SELECT actor_kind FROM audit.entry WHERE action = 'access.api_key_revoked'"
    ).fetchall()
    assert found == [("staff",)]


async def test_a_key_that_there_is_not_is_not_found(hire: Hire) -> None:
    boss = await hire(Role.ADMIN)
    assert (await boss.get(f"{URL}/{new_id()}")).status_code == 404
    assert "No key was issued yet" in await boss.words(URL)


async def test_a_suspended_key_is_shown_as_such_and_may_be_taken_back(
    candor: Candor, hire: Hire
) -> None:
    _, key = await issue(candor)
    async with candor.database.tx() as tx:
        assert await api_keys.suspend(tx, key.key_id, actor=TEST, clock=candor.clock)
    dora = await hire(Role.ADMIN)
    page = await dora.page("/console/settings/keys")
    assert "suspended" in page
    assert f"/console/settings/keys/{key.key_id}" in page
