"""The OpenAPI document: served to anybody, with examples that are what they claim to be."""

from typing import Any

import httpx
import msgspec
import psycopg
import pytest

from candor.app import Candor, services_of
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import Reason
from candor.kernel.ids import ProfileId
from candor.surface.api.v1.app import API, PREFIX
from candor.surface.api.v1.document import document
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.table import OPERATIONS
from candor.surface.api.v1.words import WORDS
from tests.factories.house import choose
from tests.web.api.conftest import System


async def test_anybody_may_read_the_document(system: System) -> None:
    answer = await system.client.get(f"{PREFIX}/openapi.json")
    assert answer.status_code == 200
    told = answer.json()
    assert told["openapi"] == "3.1.0"
    assert told["servers"] == [{"url": "http://localhost:8700/api/v1"}]
    assert (await system.client.post(f"{PREFIX}/openapi.json")).status_code == 405


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_examples_are_what_they_claim_to_be(operation: Operation) -> None:
    if operation.has_body:
        assert operation.takes is not None
        assert operation.example is not None
        if operation.takes is bytes:
            return  # not JSON: the mail in the test of requests
        msgspec.convert(operation.example, operation.takes)
    if operation.answer is not None:
        msgspec.convert(operation.answer, operation.gives)


def test_every_operation_stands_in_the_document() -> None:
    paths = document()["paths"]
    for operation in OPERATIONS:
        told = paths[operation.path][operation.method.lower()]
        assert told["operationId"] == operation.name
        assert f"`{operation.scope}`" in told["description"]
    assert sum(len(methods) for methods in paths.values()) == len(OPERATIONS)


def test_every_reason_has_a_sentence() -> None:
    assert set(WORDS) == set(Reason)
    assert all(words.endswith(".") for words in WORDS.values())


async def test_what_was_counted_is_written_down_when_the_process_ends(
    system: System, candor: Candor, ada: ProfileId, owner: psycopg.Connection[Any]
) -> None:
    api = API(services_of(candor))
    transport = httpx.ASGITransport(app=api)
    question = {"profile": {"id": str(ada)}, "purpose": "news"}
    made_up = question | {"purpose": "adas_birthday"}
    headers = {"authorization": f"Bearer {system.secret}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for body in (question, question, made_up):
            await client.post(f"{PREFIX}/decisions", json=body, headers=headers)
        await choose(candor, ada, "news", Choice.GRANTED)
        await client.post(f"{PREFIX}/decisions", json=question, headers=headers)
    await api.close()
    await api.close()  # nothing is written twice
    rows = owner.execute(
        "SELECT purpose, outcome, detail, subject FROM audit.entry "
        "WHERE action = 'consent.decided' ORDER BY purpose, outcome"
    ).fetchall()
    assert rows == [
        ("news", "allowed", {"times": 1}, None),
        ("news", "refused", {"times": 2}, None),
        (None, "refused", {"times": 1}, None),
    ]
    used = owner.execute("SELECT last_used_at FROM access.api_key").fetchone()
    assert used == (candor.clock.now(),)
