"""Decisions by machine by API: asked before, recorded afterwards, never about who wants people."""

from typing import Any

import pytest

from candor.app import Candor
from candor.app.entitling import office_of
from candor.domain.rights.model.request import Right
from candor.domain.rights.service.automated import contesting
from candor.domain.rights.service.carrying import carry
from candor.kernel.ids import ProfileId, new_id
from tests.factories.catalogue import make_decision
from tests.factories.house import apply_company
from tests.factories.offices import ask
from tests.web.api.conftest import System


@pytest.fixture(autouse=True)
async def _declared(candor: Candor) -> None:
    await apply_company(candor, decisions=(make_decision("limit"),))


def decided(candor: Candor, **changes: object) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "decision": "limit",
        "outcome": "granted",
        "decided_at": candor.clock.now().isoformat(),
        "inputs": {"name": "Ada"},
        **changes,
    }


def path_of(who: object) -> str:
    return f"/profiles/{who}/automated-decisions"


async def test_a_machine_asks_before_and_tells_afterwards(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    answer = await system.told("GET", f"{path_of(ada)}?decision=limit")
    assert answer["allowed"]
    assert answer["words"]
    body = decided(candor)
    assert (await system.told("POST", path_of(ada), body))["is_new"]
    assert not (await system.told("POST", path_of(ada), body))["is_new"]


async def test_nothing_is_recorded_about_who_wants_people(
    system: System, candor: Candor, ada: ProfileId
) -> None:
    office = office_of(candor)
    scope = contesting.switch_of("limit", is_by_people_only=True)
    opened = await ask(office, ada, Right.AUTOMATED_DECISION, scope=scope)
    await carry(office, opened.request.request_id)
    answer = await system.told("GET", f"{path_of(ada)}?decision=limit")
    assert (answer["allowed"], answer["reason"]) == (False, "by_people_only")
    refused = await system.post(path_of(ada), decided(candor))
    assert refused.status_code == 409
    assert refused.json()["code"] == "rights.by_people_only"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"decision": "other"}, 400),
        ({"outcome": "perhaps"}, 400),
        ({"inputs": {"hobby": "chess"}}, 400),
        ({"inputs": {"name": {"first": "Ada"}}}, 400),
        ({"decided_at": "2026-03-02T12:00:00"}, 400),
    ],
)
async def test_what_is_not_as_declared_is_refused(
    system: System, candor: Candor, ada: ProfileId, changes: dict[str, Any], status: int
) -> None:
    answer = await system.post(path_of(ada), decided(candor, **changes))
    assert answer.status_code in {status, 422}


async def test_nobody_is_decided_about(system: System, candor: Candor) -> None:
    answer = await system.post(path_of(new_id()), decided(candor))
    assert answer.status_code == 404
