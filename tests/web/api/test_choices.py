"""Choices by API: recorded once, under known words, at a time that can be believed."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from candor.app import Candor
from candor.domain.consent.model.choice import Choice
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import choose
from tests.factories.logs import seal
from tests.web.api.conftest import System, a_choice


async def test_a_yes_counts_at_once_and_stands_in_the_history(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    choice = a_choice(candor, locale="de", evidence="form/12")
    told = await system.told("POST", f"/profiles/{ada}/choices", choice)
    assert told == {"status": "recorded", "id": choice["id"]}
    question = {"profile": {"id": str(ada)}, "purpose": "news"}
    assert (await system.told("POST", "/decisions", question))["allowed"]
    (line,) = (await system.told("GET", f"/profiles/{ada}/choices"))["items"]
    assert line["id"] == choice["id"]
    assert (line["purpose"], line["source"], line["edition"]) == ("news", "shop", 1)


async def test_the_same_again_changes_nothing(
    system: System, candor: Candor, ada: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    choice = a_choice(candor)
    for _ in range(3):
        await system.told("POST", f"/profiles/{ada}/choices", choice)
    assert len((await system.told("GET", f"/profiles/{ada}/choices"))["items"]) == 1
    (count,) = owner.execute(
        "SELECT count(*) FROM audit.entry WHERE action = 'consent.recorded'"
    ).fetchone() or (0,)
    assert count == 1


@pytest.mark.parametrize(
    "change", [{"choice": "denied"}, {"purpose": "ads"}, {"surface": "paper"}]
)
async def test_another_choice_under_the_same_id_is_refused(
    system: System, candor: Candor, ada: ProfileId, change: dict[str, str]
) -> None:
    choice = a_choice(candor)
    await system.told("POST", f"/profiles/{ada}/choices", choice)
    answer = await system.post(f"/profiles/{ada}/choices", choice | change)
    assert (answer.status_code, answer.json()["code"]) == (409, "api.id_taken")


async def test_a_late_choice_does_not_overrule_a_newer_no(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    await choose(candor, ada, "news", Choice.DENIED)
    before = (candor.clock.now() - timedelta(days=1)).isoformat()
    await system.told("POST", f"/profiles/{ada}/choices", a_choice(candor, decided_at=before))
    question = {"profile": {"id": str(ada)}, "purpose": "news"}
    assert not (await system.told("POST", "/decisions", question))["allowed"]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"purpose": "nonsense"}, 422, "api.not_declared"),
        ({"edition": None}, 422, "api.words_missing"),
        ({"edition": 2}, 422, "api.not_declared"),
        ({"notice": "0" * 64}, 404, "consent.no_such_notice"),
        ({"decided_at": "2026-03-02T12:00:00"}, 422, "api.not_as_described"),
        ({"decided_at": "2026-03-02T12:05:01Z"}, 422, "api.wrong_time"),
        ({"decided_at": "1989-12-31T23:59:59Z"}, 422, "api.wrong_time"),
        ({"decided_at": "0001-01-01T00:00:00+14:00"}, 422, "api.wrong_time"),
        ({"choice": "perhaps"}, 422, "api.not_as_described"),
        ({"surface": "she said so\n"}, 422, "api.not_as_described"),
        ({"surface": "paper\n"}, 422, "api.not_as_described"),
        ({"evidence": "Ada Lovelace"}, 422, "api.not_as_described"),
        ({"unknown": 1}, 422, "api.not_as_described"),
        ({"id": "1"}, 422, "api.not_as_described"),
    ],
)
async def test_what_cannot_be_believed_is_refused(
    system: System,
    candor: Candor,
    ada: ProfileId,
    changes: dict[str, object],
    status: int,
    code: str,
) -> None:
    answer = await system.post(f"/profiles/{ada}/choices", a_choice(candor, **changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["hint"]


async def test_a_no_needs_no_words(system: System, candor: Candor, ada: ProfileId) -> None:
    choice = a_choice(candor, choice="denied", edition=None)
    assert (await system.told("POST", f"/profiles/{ada}/choices", choice))["status"]


async def test_the_history_comes_in_pages(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    for number in range(5):
        await choose(candor, ada, "news", Choice.DENIED, after=-timedelta(hours=number // 2))
    await choose(candor, ada, "ads", Choice.DENIED)
    seen: list[str] = []
    after = ""
    for _ in range(4):
        page = await system.told("GET", f"/profiles/{ada}/choices?limit=2&purpose=news{after}")
        seen += [line["id"] for line in page["items"]]
        after = f"&after={page['next']}"
        if page["next"] is None:
            break
    assert len(seen) == len(set(seen)) == 5
    every = await system.told("GET", f"/profiles/{ada}/choices?limit=200")
    assert len(every["items"]) == 6
    answer = await system.get(f"/profiles/{ada}/choices?after=abc")
    assert answer.status_code == 422


async def test_a_receipt_is_given_to_whom_the_choice_belongs(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    choice = a_choice(candor)
    await system.told("POST", f"/profiles/{ada}/choices", choice)
    answer = await system.get(f"/profiles/{ada}/receipts/{choice['id']}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/jose"
    assert answer.text.count(".") == 2
    answer = await system.get(f"/profiles/{ada}/receipts/{new_id()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "consent.no_such_choice")


async def test_reading_is_written_down_about_the_person(
    system: System, ada: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    for path in ("choices", "preferences", "preferences/history", "regime"):
        await system.told("GET", f"/profiles/{ada}/{path}")
    await system.told("POST", "/profiles/find", {"kind": "email", "value": "ada@example.org"})
    rows = owner.execute(
        "SELECT action FROM audit.entry WHERE actor_id = %s AND subject IS NOT NULL "
        "ORDER BY entry_id",
        [f"api:{system.key.key_id}"],
    ).fetchall()
    assert [row[0] for row in rows] == [
        "consent.choices_read",
        "consent.preferences_read",
        "consent.preferences_read",
        "consent.regime_read",
        "profiles.find",
    ]


async def test_the_choice_behind_a_receipt_is_proved(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    choice = a_choice(candor)
    await system.told("POST", f"/profiles/{ada}/choices", choice)
    path = f"/profiles/{ada}/receipts/{choice['id']}/proof"
    assert (await system.get(path)).status_code == 409
    await seal(candor)
    told = await system.told("GET", path)
    detail = json.loads(told["entry"])["detail"]
    assert detail["record"] == UUID(str(choice["id"])).hex
    assert told["file"].startswith("c2sp.org/tlog-proof@v1\n")
    other = await system.get(f"/profiles/{ada}/receipts/{new_id()}/proof")
    assert other.status_code == 404
