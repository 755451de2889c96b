"""What the doctor says about the doors: settings, staff and alerts of one installation."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from candor.app import Candor
from candor.cli.place import Place
from candor.cli.standing_guard import look
from candor.domain.access.model.roles import Role
from candor.domain.access.service import members
from candor.infra.db.embedded import Urls

WELL = {
    "public_url": "https://candor.example.org",
    "trusted_proxies": 1,
    "catalogue": Path("ours"),
    "alert_webhook_url": "https://alerts.example.org",
}


async def told(candor: Candor, urls: Urls, **changes: object) -> dict[str, bool]:
    """Return what is said about a company's installation, and whether it is well."""
    settings = replace(candor.settings, **{**WELL, **changes})
    found = await look(Place(settings, urls, None))
    assert all(one.hint for one in found if not one.is_well)
    return {one.what: one.is_well for one in found}


async def test_all_is_well(candor: Candor, database_urls: Urls) -> None:
    assert set((await told(candor, database_urls)).values()) == {True}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"public_url": "http://candor.example.org", "trusted_proxies": 0}, "people come to"),
        ({"trusted_proxies": 0}, "from 0 proxies"),
        ({"public_url": "http://localhost:8700"}, "from 1 proxies"),
        ({"alert_webhook_url": ""}, "alerts are told to 0"),
    ],
)
async def test_a_setting_that_does_harm_is_told(
    candor: Candor, database_urls: Urls, change: dict[str, object], said: str
) -> None:
    found = await told(candor, database_urls, **change)
    assert [what for what, is_well in found.items() if not is_well] == [
        next(what for what in found if said in what)
    ]


async def test_who_comes_in_by_a_link_alone_and_alerts_that_wait_are_told(
    candor: Candor, database_urls: Urls, owner: psycopg.Connection[Any]
) -> None:
    async with candor.database.tx() as tx:
        await members.put(
            tx, handle="ida", display_name="Ida", role=Role.SECURITY, clock=candor.clock
        )
    owner.execute(
        "INSERT INTO shield.alert (alert_id, rule, severity, actor, times, first_at, last_at, "
        "detail, state) VALUES (gen_random_uuid(), 'canary', 'critical', 'x', 1, now(), now(), "
        "'{}', 'open')"
    )
    found = await told(candor, database_urls)
    assert [what for what, is_well in found.items() if not is_well] == [
        "0 of 1 members of staff have set up a sign-in",
        "1 alerts wait, 1 of them critical",
    ]
    owner.execute("UPDATE access.staff SET left_at = now()")
    assert (await told(candor, database_urls))["0 of 0 members of staff have set up a sign-in"]


async def test_without_its_schema_the_rest_is_told_all_the_same(
    candor: Candor, database_urls: Urls, owner: psycopg.Connection[Any]
) -> None:
    owner.execute("DELETE FROM candor.migration WHERE name LIKE '0007%'")
    found = await told(candor, database_urls)
    assert not found["staff and alerts cannot be looked at"]
    assert len(found) == 4
