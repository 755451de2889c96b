"""The API does what its OpenAPI document says, whatever is sent: held by schemathesis.

It makes requests from the document, right ones and wrong ones, and holds every answer against it:
no failure of ours, only documented statuses, content types and bodies, wrong requests refused,
right ones taken. The application runs on an event loop of its own thread, on a real database.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import httpx
import pytest
import requests
import schemathesis
import schemathesis.checks
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from candor.app import Candor, served
from candor.app.exchanging import exchange_of
from candor.domain.access.model.keys import Scope
from candor.domain.connections.model.connection import Direction, State
from candor.domain.connections.service import connecting, routing
from candor.domain.connections.service.connecting import Wanted
from candor.domain.consent.model.choice import Choice
from candor.domain.governance import service as vendors
from candor.domain.governance.model import Wanted as Vendor
from candor.infra.db.embedded import EmbeddedPostgres
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from candor.surface.api.v1.app import PREFIX
from candor.surface.api.v1.document import document
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.table import OPERATIONS
from tests.conftest import NOON, cloned
from tests.counterparts.receiver import SECRET
from tests.factories import exchanging
from tests.factories.house import (
    TEST,
    apply_company,
    choose,
    make_company,
    make_person,
    running,
)
from tests.web.api.conftest import issue

T = TypeVar("T")
HOST: Final = "http://localhost"
EXAMPLES: Final = 12
# Of these a schema cannot say all: what is declared, which times can be believed.
MEANING: Final = frozenset(
    {
        "api.address_unproven",
        "api.not_as_described",
        "api.not_declared",
        "api.words_missing",
        "rights.not_a_mail",
        "rights.unknown_decision",
        "rights.unknown_outcome",
        "rights.undeclared_input",
        "rights.unknown_right",
        "api.wrong_time",
    }
)


_COMPANY: Final = make_company()
KNOWN: Final[dict[str, Any]] = {
    "decided_at": NOON.isoformat(),
    "at": NOON.isoformat(),
    "edition": 1,
    "notice": None,
    "purpose": [purpose.code for purpose in _COMPANY.purposes],
    "topic": [topic.code for topic in _COMPANY.topics],
    "channel": [channel.code for channel in _COMPANY.channels],
    "zone": ["Europe/Berlin", "Asia/Kathmandu"],
}


@schemathesis.serializer("message/rfc822")
def as_mail(_ctx: Any, value: Any) -> bytes:  # noqa: ANN401 - whatever was made
    """Send what was made as the bytes of a mail."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


class Contract:
    """The application in a thread of its own, and requests to it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.secret = ""
        self.profile_id = ProfileId(UUID(int=0))
        self.connection_id = UUID(int=0)
        self.client: httpx.AsyncClient | None = None
        self.schema = schemathesis.openapi.from_dict(document(HOST))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the loop of the application."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def send(self, case: Case[Any]) -> httpx.Response:
        """Send what schemathesis made."""
        made: Any = case.as_transport_kwargs(
            base_url=HOST + PREFIX, headers={"Authorization": f"Bearer {self.secret}"}
        )
        ready = requests.Request(
            **{k: v for k, v in made.items() if k != "allow_redirects"}
        ).prepare()
        assert self.client is not None
        return self.run(
            self.client.request(
                str(ready.method),
                str(ready.url),
                headers=cast("dict[str, str]", dict(ready.headers)),
                content=cast("bytes | str", ready.body or b""),
            )
        )

    def stop(self) -> None:
        """End the loop and its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


async def connect(candor: Candor, person: ProfileId) -> UUID:
    """Connect a vendor's system, with a change about somebody on its way to it."""
    exchange = exchange_of(candor)
    async with candor.database.tx() as tx:
        vendor_id = await vendors.add(
            tx,
            "posthorn",
            Vendor(name="Posthorn", country="DE", contract="2026/17"),
            actor=TEST,
            clock=candor.clock,
        )
        wanted = Wanted(
            name="Posthorn",
            adapter="webhook",
            directions=frozenset({Direction.OUT}),
            purposes=("news",),
            mapping=exchanging.MAPPING,
            settings={"url": "https://hooks.example.com/candor"},
            secrets={"secret": SECRET},
            vendor_id=vendor_id,
        )
        found = await connecting.add(tx, "posthorn", wanted, actor=TEST, exchange=exchange)
    await exchanging.move(exchange, found, State.ACTIVE)
    await choose(candor, person, "news", Choice.GRANTED)
    for _ in range(3):
        await routing.route(exchange)
    return found


@pytest.fixture(scope="module")
def contract(
    server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Contract]:
    """Return the running application with a customer in it, and a system that follows."""
    folder: Path = tmp_path_factory.mktemp("contract")
    made = Contract()
    with cloned(server) as urls:
        process = running(urls.app, folder, FixedClock(NOON))

        async def begin() -> None:
            candor = await process.__aenter__()
            await apply_company(candor)
            made.profile_id = await make_person(candor, number="A-1", email="ada@example.org")
            made.connection_id = await connect(candor, made.profile_id)
            made.secret, _ = await issue(candor, list(Scope))
            transport = httpx.ASGITransport(app=served(candor), raise_app_exceptions=True)
            made.client = httpx.AsyncClient(transport=transport)

        async def end() -> None:
            if made.client:
                await made.client.aclose()
            await process.__aexit__(None, None, None)

        made.run(begin())
        try:
            yield made
        finally:
            made.run(end())
            made.stop()


def check(contract: Contract, case: Case[Any], mode: GenerationMode) -> httpx.Response:
    """Send a request and hold the answer against the document."""
    answer = contract.send(case)
    excluded: list[Any] = [schemathesis.checks.ignored_auth]  # sends by itself: see test_entry
    told = answer.json() if answer.headers["content-type"].endswith("json") else {}
    if mode is GenerationMode.POSITIVE and told.get("code") in MEANING:
        excluded.append(schemathesis.checks.positive_data_acceptance)
    case.validate_response(answer, excluded_checks=excluded)
    return answer


def sense(part: Any, known: Mapping[str, Any], words: st.DataObject) -> Any:  # noqa: ANN401 - JSON
    """Return a body that speaks of what is declared, of somebody who is there, of the present."""
    if isinstance(part, list):
        return [sense(one, known, words) for one in cast("list[Any]", part)]
    if not isinstance(part, dict):
        return part
    return {
        name: words.draw(st.sampled_from(known[name]))
        if isinstance(known.get(name), list)
        else known.get(name, sense(inner, known, words))
        for name, inner in cast("dict[str, Any]", part).items()
    }


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_answer_is_as_described(
    contract: Contract, operation: Operation, mode: GenerationMode
) -> None:
    described = contract.schema[operation.path][operation.method.lower()]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        database=None,
    )
    @given(
        case=described.as_strategy(generation_mode=mode),
        words=st.data(),
        is_sense=st.integers(0, 3).map(bool),
    )
    def hold(case: Case[Any], words: st.DataObject, is_sense: bool) -> None:
        if is_sense and mode is GenerationMode.POSITIVE:
            known = {**KNOWN, "profile": {"id": str(contract.profile_id)}}
            case.body = sense(case.body, known, words)
            if "profile_id" in operation.places:
                case.path_parameters["profile_id"] = str(contract.profile_id)
            if "connection_id" in operation.places:
                case.path_parameters["connection_id"] = str(contract.connection_id)
        check(contract, case, mode)

    hold()


def test_there_is_something_to_tell_of_connections(contract: Contract) -> None:
    client = contract.client
    assert client is not None
    one = f"{HOST}{PREFIX}/connections/{contract.connection_id}"
    headers = {"Authorization": f"Bearer {contract.secret}"}
    told = contract.run(client.get(f"{one}/deliveries", headers=headers)).json()
    assert told["items"]
    assert contract.run(client.get(one, headers=headers)).json()["vendor"]
