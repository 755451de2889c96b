"""Purposes are bound to roles: nobody opens a person for what is not their work."""

from dataclasses import replace
from typing import Any

import msgspec
import psycopg
import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.access.service import members
from candor.domain.audit.model import Actor
from candor.domain.profiles.service import read as people
from candor.domain.vault.errors import NotAllowed
from candor.kernel.ids import new_id
from tests.factories.house import apply_company, fresh, make_company, make_person
from tests.web.console.conftest import Hire


@pytest.fixture(autouse=True)
async def bound(candor: Candor, company: None) -> None:
    """Let support open people for orders, and the privacy officer for insight."""
    del company
    work = {"orders": ("support",), "insight": ("privacy",)}
    purposes = tuple(
        msgspec.structs.replace(one, roles=work.get(one.code, ()))
        for one in make_company().purposes
    )
    await apply_company(candor, purposes=purposes)


@pytest.mark.asvs("8.2.2")
async def test_only_the_purposes_of_the_role_are_offered_and_work(
    hire: Hire, candor: Candor
) -> None:
    cleo, dora, alex = [await hire(r) for r in (Role.SUPPORT, Role.PRIVACY, Role.ADMIN)]
    ann = await make_person(candor, number=fresh("number"))
    form = await cleo.page("/console/people")
    assert 'value="orders"' in form
    assert 'value="insight"' not in form
    url = f"/console/people/{ann}?purpose="
    for clerk, purpose, opens in (
        (cleo, "orders", True),
        (cleo, "insight", False),
        (dora, "insight", True),
        (dora, "orders", False),
        (alex, "orders", False),
        (alex, "insight", False),
    ):
        answer = await clerk.get(url + purpose)
        assert answer.status_code == (200 if opens else 400), (clerk.staff, purpose)
        assert ("may state" in answer.text) is not opens


@pytest.mark.asvs("8.3.1")
async def test_behind_the_pages_the_gate_says_no_as_well(
    candor: Candor, hire: Hire, owner: psycopg.Connection[Any]
) -> None:
    cleo = await hire(Role.SUPPORT)
    assert cleo.staff
    ann = await make_person(candor, number=fresh("number"))
    nobody = replace(cleo.staff, staff_id=new_id())

    async def open_as(staff_id: object, purpose: str) -> None:
        async with candor.database.tx() as tx:
            rules = await candor.rulebook.rules(tx)
            try:
                await people.open_person(
                    tx,
                    ann,
                    purpose=purpose,
                    actor=Actor.staff(staff_id),
                    in_force=rules.in_force,
                    vault=candor.vault,
                )
            except NotAllowed:
                refused.append((staff_id, purpose))

    refused: list[object] = []
    await open_as(cleo.staff.staff_id, "orders")
    assert refused == []
    for staff_id, purpose in (
        (cleo.staff.staff_id, "insight"),
        (cleo.staff.staff_id, "news"),
        (cleo.staff.staff_id, "made_up"),
        (nobody.staff_id, "orders"),
        ("no id", "orders"),
    ):
        await open_as(staff_id, purpose)
    assert len(refused) == 5
    written = "SELECT count(*) FROM audit.entry WHERE reason = 'not_your_work'"
    assert owner.execute(written).fetchone() == (5,)


async def test_who_left_has_no_work(candor: Candor, hire: Hire) -> None:
    cleo = await hire(Role.SUPPORT)
    assert cleo.staff
    async with candor.database.tx() as tx:
        assert await members.role_of(tx, str(cleo.staff.staff_id)) == "support"
        assert await members.role_of(tx, str(new_id())) is None
