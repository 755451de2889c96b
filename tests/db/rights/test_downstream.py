"""Systems outside are told: asked once, believed only when signed, and never waited for blindly."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from candor.app import Candor
from candor.app.entitling import office_of
from candor.domain.catalogue.model import Regime
from candor.domain.rights.errors import BadDownstream
from candor.domain.rights.model.downstream import Protocol
from candor.domain.rights.model.opendsr import DOMAIN_HEADER, SIGNATURE_HEADER
from candor.domain.rights.model.request import Channel, Proof, Request, Right, State
from candor.domain.rights.model.task import Task, TaskState
from candor.domain.rights.queries import requests as stored
from candor.domain.rights.service import carrying, reading
from candor.domain.rights.service.asking import Asked, ask
from candor.domain.rights.service.downstream import TELL, Teller, systems
from candor.domain.rights.service.downstream.hearing import heard
from candor.domain.rights.service.downstream.introducing import IDENTITIES
from candor.domain.rights.service.downstream.systems import NewSystem, callback_of
from candor.domain.rights.service.office import Office
from candor.infra.http import Outbound
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.house import TEST, make_person
from tests.factories.processors import DOMAIN, Processor, certificate, processor, signature

US = "https://us.example"
SECRET = "a token of ours"


@pytest.fixture
def outside() -> Iterator[Processor]:
    """Return a running processor."""
    with processor() as running:
        yield running


@pytest.fixture
def outbound(outside: Processor) -> Outbound:
    """Return the way out, with the processor allowed."""
    return Outbound(allowed_private=[outside.host])


@pytest.fixture
def office(candor: Candor, outbound: Outbound) -> Office:
    """Return an office that tells systems outside."""
    made = office_of(candor)
    return replace(made, steps={**made.steps, TELL: Teller(outbound, US).tell})


@pytest.fixture
async def ada(candor: Candor) -> ProfileId:
    """Return a known customer."""
    return await make_person(candor, number="A-1", email="ada@example.org")


async def add(
    candor: Candor, outside: Processor, outbound: Outbound, **changes: object
) -> UUID:
    """Tell the processor from now on."""
    new = NewSystem(
        name="Mailer",
        protocol=Protocol.OPENDSR,
        base_url=outside.url,
        domain=DOMAIN,
        identities=["email", "customer_number"],
        certificate=certificate(candor.clock.now()),
        token=SECRET,
    )
    async with candor.database.tx() as tx:
        return await systems.add(
            tx,
            replace(new, **changes),  # type: ignore[arg-type]
            outbound=outbound,
            keyring=candor.keyring,
            actor=TEST,
            clock=candor.clock,
        )


async def erase(office: Office, who: ProfileId) -> Request:
    """Ask for an erasure, and let it be carried as far as it goes."""
    async with office.database.tx() as tx:
        opened = await ask(
            tx,
            Asked(Right.ERASURE, Channel.PORTAL, who, proof=Proof.ACCOUNT),
            actor=TEST,
            office=office,
        )
    return await go_on(office, opened.request)


async def go_on(office: Office, request: Request) -> Request:
    """Carry a request as far as it goes."""
    await carrying.carry(office, request.request_id)
    async with office.database.read() as tx:
        return await reading.find(tx, request.request_id)


async def telling(office: Office, request: Request) -> Task:
    """Return the task that tells the processor."""
    async with office.database.read() as tx:
        tasks = await reading.tasks(tx, request.request_id)
    return next(task for task in tasks if task.step == TELL)


async def test_an_erasure_ends_when_the_system_outside_has_done_it(
    candor: Candor,
    office: Office,
    outside: Processor,
    outbound: Outbound,
    ada: ProfileId,
    clock: FixedClock,
) -> None:
    await add(candor, outside, outbound)
    request = await erase(office, ada)
    assert request.state is State.IN_PROGRESS
    assert (await telling(office, request)).state is TaskState.ASKED
    (sent,) = outside.taken.values()
    assert outside.token == f"Bearer {SECRET}"
    assert sent["subject_request_type"] == "erasure"
    named = {
        (one["identity_type"], one["identity_value"]) for one in sent["subject_identities"]
    }
    assert named == {("email", "ada@example.org"), ("controller_customer_id", "A-1")}
    outside.status, outside.results = "in_progress", None
    clock.advance(timedelta(minutes=2))
    assert (await go_on(office, request)).state is State.IN_PROGRESS
    outside.status, outside.results = "completed", 3
    clock.advance(timedelta(hours=1))
    request = await go_on(office, request)
    assert request.state is State.FULFILLED
    task = await telling(office, request)
    assert task.evidence["results"] == 3
    assert "ada@example.org" not in str(task.evidence)
    assert outside.posts == 1


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("500", "opendsr.status_500"),
        ("401", "opendsr.status_401"),
        ("hangs up", "http.failed"),
        ("wrong signature", "opendsr.bad_signature"),
        ("unsigned", "opendsr.bad_signature"),
        ("other domain", "opendsr.bad_signature"),
        ("other id", "opendsr.wrong_answer"),
        ("not json", "opendsr.wrong_answer"),
    ],
)
async def test_what_goes_wrong_is_tried_again(
    candor: Candor,
    office: Office,
    outside: Processor,
    outbound: Outbound,
    ada: ProfileId,
    clock: FixedClock,
    fault: str,
    problem: str,
) -> None:
    system = await add(candor, outside, outbound)
    outside.fault = fault
    request = await erase(office, ada)
    task = await telling(office, request)
    assert (task.state, task.problem) == (TaskState.WAITING, problem)
    async with candor.database.read() as tx:
        assert (await systems.find(tx, system)).problem == problem
    outside.fault = ""
    clock.advance(timedelta(hours=1))
    await go_on(office, request)
    assert (await telling(office, request)).state is TaskState.ASKED
    async with candor.database.read() as tx:
        found = await systems.find(tx, system)
        notes = await stored.notes(tx, request_id=request.request_id)
    assert (found.problem, found.answered_at) == (None, clock.now())
    assert IDENTITIES in {note.use for note in notes}, "still needed"


async def test_one_that_always_fails_is_stuck(
    candor: Candor,
    office: Office,
    outside: Processor,
    outbound: Outbound,
    ada: ProfileId,
    clock: FixedClock,
) -> None:
    await add(candor, outside, outbound)
    outside.fault = "500"
    request = await erase(office, ada)
    for _ in range(10):
        clock.advance(timedelta(days=1))
        await go_on(office, request)
    assert (await telling(office, request)).state is TaskState.STUCK


@pytest.mark.parametrize(
    ("status", "fault", "why"),
    [
        ("pending", "", "no_answer"),
        ("pending", "hangs up", "no_answer"),
        ("pending", "500", "no_answer"),
        ("cancelled", "", "cancelled_there"),
    ],
)
async def test_one_that_lets_its_time_pass_is_a_persons_task(
    candor: Candor,
    office: Office,
    outside: Processor,
    outbound: Outbound,
    ada: ProfileId,
    clock: FixedClock,
    status: str,
    fault: str,
    why: str,
) -> None:
    await add(candor, outside, outbound)
    outside.expected = "not a time"
    request = await erase(office, ada)
    outside.status, outside.fault = status, fault
    clock.advance(timedelta(days=60))
    await go_on(office, request)
    task = await telling(office, request)
    assert (task.state, task.problem) == (TaskState.MANUAL, why)


async def test_one_that_refuses_is_a_persons_task(
    candor: Candor, office: Office, outside: Processor, outbound: Outbound, ada: ProfileId
) -> None:
    await add(candor, outside, outbound)
    outside.fault = "400"
    task = await telling(office, await erase(office, ada))
    assert (task.state, task.problem) == (TaskState.MANUAL, "refused_400")


async def test_older_names_of_headers_are_understood(
    candor: Candor, office: Office, outside: Processor, outbound: Outbound, ada: ProfileId
) -> None:
    await add(candor, outside, outbound)
    outside.fault = "old headers"
    task = await telling(office, await erase(office, ada))
    assert task.state is TaskState.ASKED


async def test_who_is_not_known_there_is_not_told(
    candor: Candor, office: Office, outside: Processor, outbound: Outbound, ada: ProfileId
) -> None:
    await add(candor, outside, outbound, identities=["phone"])
    request = await erase(office, ada)
    assert request.state is State.FULFILLED
    assert outside.posts == 0


async def test_a_system_that_is_told_no_more_holds_nothing_up(
    candor: Candor,
    office: Office,
    outside: Processor,
    outbound: Outbound,
    ada: ProfileId,
    clock: FixedClock,
) -> None:
    system = await add(candor, outside, outbound)
    outside.fault = "500"
    request = await erase(office, ada)
    async with candor.database.tx() as tx:
        await systems.end(tx, system, actor=TEST, clock=clock)
    clock.advance(timedelta(hours=1))
    assert (await go_on(office, request)).state is State.FULFILLED


async def test_one_without_a_protocol_is_told_by_a_person(
    candor: Candor, office: Office, outside: Processor, outbound: Outbound, ada: ProfileId
) -> None:
    await add(candor, outside, outbound, protocol=Protocol.MANUAL)
    task = await telling(office, await erase(office, ada))
    assert task.state is TaskState.MANUAL


@pytest.mark.parametrize("kind", [Right.SALE_OPT_OUT, Right.LIMIT_SENSITIVE])
async def test_a_person_tells_what_the_protocol_has_no_word_for(
    candor: Candor,
    office: Office,
    outside: Processor,
    outbound: Outbound,
    ada: ProfileId,
    kind: Right,
) -> None:
    await add(candor, outside, outbound)
    async with office.database.tx() as tx:
        asked = Asked(kind, Channel.PORTAL, ada, regime=Regime.CCPA)
        request = (await ask(tx, asked, actor=TEST, office=office)).request
    await carrying.carry(office, request.request_id)
    task = await telling(office, request)
    assert task.state is TaskState.MANUAL
    assert not outside.posts


async def test_a_callback_is_heard_only_when_it_is_signed_and_for_us(
    candor: Candor,
    office: Office,
    outside: Processor,
    outbound: Outbound,
    ada: ProfileId,
) -> None:
    system = await add(candor, outside, outbound)
    request = await erase(office, ada)
    outside.status = "completed"
    async with candor.database.read() as tx:
        url = callback_of(US, await systems.find(tx, system))
    ref = next(iter(outside.taken))

    async def call(url: str, changed: bytes = b"", domain: str = DOMAIN) -> bool:
        said = {
            "controller_id": "us",
            "expected_completion_time": "",
            "subject_request_id": ref,
            "request_status": "completed",
            "status_callback_url": url,
        }
        body = json.dumps(said).encode()
        headers = {
            DOMAIN_HEADER.lower(): domain,
            SIGNATURE_HEADER.lower(): signature(body),
        }
        async with candor.database.tx() as tx:
            return await heard(
                tx, system, headers, body + changed, public_url=US, office=office
            )

    assert not await call("https://elsewhere.example/x")
    assert not await call(url, changed=b" ")
    assert not await call(url, domain="other.example")
    assert (await go_on(office, request)).state is State.IN_PROGRESS
    assert await call(url)
    assert (await go_on(office, request)).state is State.FULFILLED, "asked at once"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"base_url": "http://10.0.0.1/v2"},
        {"base_url": "ftp://x"},
        {"certificate": None},
        {"certificate": "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"},
        {"domain": "other.example"},
        {"identities": []},
    ],
)
async def test_what_cannot_be_told_is_not_added(
    candor: Candor, outside: Processor, outbound: Outbound, changes: dict[str, object]
) -> None:
    with pytest.raises(BadDownstream):
        await add(candor, outside, outbound, **changes)


async def test_a_name_is_given_once(
    candor: Candor, outside: Processor, outbound: Outbound, clock: FixedClock
) -> None:
    first = await add(candor, outside, outbound)
    with pytest.raises(BadDownstream):
        await add(candor, outside, outbound)
    async with candor.database.tx() as tx:
        await systems.end(tx, first, actor=TEST, clock=clock)
    await add(candor, outside, outbound)
