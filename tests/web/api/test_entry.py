"""Who may ask the API, and what a wrong request is told."""

from datetime import timedelta
from typing import Any

import pytest

from candor.app import Candor
from candor.domain.access.model.keys import Scope
from candor.domain.access.service import api_keys
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import choices
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from candor.surface.api.v1.app import PREFIX
from candor.surface.api.v1.keys import REMEMBERED
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.table import OPERATIONS
from tests.factories.house import TEST
from tests.web.api.conftest import System, a_choice, issue

ASK = {"profile": {"id": str(new_id())}, "purpose": "news"}


def path_of(operation: Operation, profile_id: object) -> str:
    """Return the path of an operation about a profile."""
    places = {
        "profile_id": profile_id,
        "record_id": new_id(),
        "request_id": new_id(),
        "task_id": new_id(),
        "connection_id": new_id(),
        "notice_id": "0" * 64,
        "entry_id": 1,
    }
    return operation.path.format(**{name: places[name] for name in operation.places})


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer cdr_wrong", "Basic eDp5", "bearer \xe9", "x" * 300],
)
async def test_without_a_valid_key_there_is_nothing(
    system: System, authorization: str, clock: FixedClock
) -> None:
    for operation in OPERATIONS:
        clock.advance(timedelta(minutes=1))  # of one address not too many tries in a minute
        answer = await system.client.request(
            operation.method,
            PREFIX + path_of(operation, new_id()),
            headers={"authorization": authorization.encode("latin-1").decode("latin-1")}
            if authorization.isascii()
            else [(b"authorization", authorization.encode("latin-1"))],  # type: ignore[arg-type]
        )
        assert answer.status_code == 401, operation.name
        assert answer.headers["www-authenticate"] == 'Bearer realm="candor"'
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "access.wrong_api_key"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
async def test_a_key_without_the_scope_may_not(
    system: System, candor: Candor, ada: ProfileId, operation: Operation
) -> None:
    other = system.with_key(*await issue(candor, set(Scope) - {operation.scope}))
    answer = await other.ask(operation.method, path_of(operation, ada))
    told = answer.json()
    assert (answer.status_code, told["code"]) == (403, "access.missing_scope")
    assert str(operation.scope) in told["hint"]


async def test_naming_somebody_by_an_identifier_needs_finding(
    system: System, candor: Candor
) -> None:
    other = system.with_key(*await issue(candor, {Scope.DECISIONS_READ}))
    assert (await other.post("/decisions", ASK)).status_code == 200
    who = {"kind": "email", "value": "ada@example.org"}
    for path, body in (
        ("/decisions", ASK | {"profile": who}),
        ("/decisions/bulk", {"asks": [ASK | {"profile": who}]}),
        ("/decisions/spread", {"purpose": "news", "profiles": [who]}),
    ):
        assert (await other.post(path, body)).status_code == 403, path


async def test_a_key_that_was_taken_back_is_refused(
    system: System, candor: Candor, clock: FixedClock
) -> None:
    assert (await system.post("/decisions", ASK)).status_code == 200
    async with candor.database.tx() as tx:
        await api_keys.revoke(tx, system.key.key_id, actor=TEST, clock=clock)
    assert (await system.get("/purposes")).status_code == 401
    clock.advance(REMEMBERED)
    assert (await system.post("/decisions", ASK)).status_code == 401


async def test_a_key_ends_though_it_is_remembered(system: System, clock: FixedClock) -> None:
    clock.advance(timedelta(days=365) - REMEMBERED / 2)
    assert (await system.post("/decisions", ASK)).status_code == 200
    clock.advance(REMEMBERED / 2)
    assert (await system.post("/decisions", ASK)).status_code == 401


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
async def test_unknown_and_erased_look_the_same(
    system: System, candor: Candor, ada: ProfileId, operation: Operation
) -> None:
    if "profile_id" not in operation.places:
        return
    async with candor.database.tx() as tx:
        await choices.set_standing(tx, [ada], Standing.ERASED, candor.clock)
    bodies: dict[str, dict[str, Any]] = {
        "record_choice": a_choice(candor),
        "set_regime": {"regime": "gdpr"},
        "issue_widget_token": {"origin": "https://shop.example"},
        "set_minor": {"minor_until": "2030-04-01"},
        "appoint_guardian": {"guardian": str(new_id()), "proof": "A-1"},
        "end_guardian": {"guardian": str(new_id())},
        "set_preferences": {
            "id": str(new_id()),
            "decided_at": candor.clock.now().isoformat(),
            "surface": "app",
            "paused_until": "2026-04-01T00:00:00Z",
        },
        "record_machine_decision": {
            "id": str(new_id()),
            "decision": "limit",
            "outcome": "low",
            "inputs": {},
            "decided_at": candor.clock.now().isoformat(),
        },
    }
    told: list[dict[str, Any]] = []
    for profile_id in (ada, new_id()):
        answer = await system.ask(
            operation.method, path_of(operation, profile_id), bodies.get(operation.name)
        )
        told.append(answer.json() | {"request_id": ""})
    assert told[0] == told[1]
    assert told[0]["status"] in {404, 422}


@pytest.mark.asvs("2.2.1", "15.3.5")
@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "code"),
    [
        ("POST", "/decisions", b"{", {}, 400, "api.not_readable"),
        ("POST", "/decisions", b'{"purpose":"\xff"}', {}, 400, "api.not_readable"),
        ("POST", "/decisions", b"", {}, 400, "api.not_readable"),
        ("POST", "/decisions", b"{}", {"content-type": "text/plain"}, 415, "api.not_json"),
        ("POST", "/decisions", b"{}", {"content-type": ""}, 415, "api.not_json"),
        ("POST", "/decisions", b" " * 65_537, {}, 413, "api.too_large"),
        ("POST", "/decisions", b"[]", {}, 422, "api.not_as_described"),
        ("POST", "/decisions?x=1", b"{}", {}, 422, "api.not_as_described"),
        ("GET", "/purposes?limit=0", b"", {}, 422, "api.not_as_described"),
        ("GET", "/purposes?limit=201", b"", {}, 422, "api.not_as_described"),
        ("GET", "/purposes?page=1", b"", {}, 422, "api.not_as_described"),
        ("GET", "/purposes?limit=1&limit=2", b"", {}, 422, "api.not_as_described"),
        ("GET", "/purposes?after=%FF", b"", {}, 422, "api.not_as_described"),
        ("GET", "/nothing", b"", {}, 404, "api.no_such_path"),
        ("GET", "/profiles/1/choices", b"", {}, 404, "api.no_such_path"),
        ("GET", "/notices/1", b"", {}, 404, "api.no_such_path"),
        ("GET", "/", b"", {}, 404, "api.no_such_path"),
        ("GET", "/decisions", b"", {}, 405, "api.no_such_method"),
        ("DELETE", "/purposes", b"", {}, 405, "api.no_such_method"),
    ],
)
async def test_a_wrong_request_is_told_what_is_wrong(
    system: System,
    method: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    given = {
        "authorization": f"Bearer {system.secret}",
        "content-type": "application/json",
    } | headers
    answer = await system.client.request(method, PREFIX + path, content=body, headers=given)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), answer.text
    assert told["status"] == status
    assert told["type"] == f"urn:candor:problem:{code}"
    assert told["title"]
    assert told["request_id"] == answer.headers["x-request-id"]


@pytest.mark.asvs("16.5.1")
async def test_what_was_sent_is_never_repeated(system: System) -> None:
    answer = await system.put(f"/profiles/{new_id()}/regime", {"regime": "ada@example.org"})
    assert answer.status_code == 422
    assert "ada@example.org" not in answer.text
    assert "$.regime" in answer.json()["detail"]


async def test_answers_are_not_kept_by_anybody(system: System) -> None:
    for answer in (await system.get("/purposes"), await system.get("/nothing")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers


async def test_every_operation_needs_a_scope() -> None:
    assert all(operation.scope is not None for operation in OPERATIONS)
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
