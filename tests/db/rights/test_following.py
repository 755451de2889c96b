"""Requests reach connections: each that holds the person acknowledges, or a person sees to it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from candor.app import Candor, office_of
from candor.app.forgetting import means_of
from candor.domain.rights.model import certificate as form
from candor.domain.rights.model.following import Followed
from candor.domain.rights.model.request import Request, Right, State
from candor.domain.rights.model.task import TaskState
from candor.domain.rights.service import carrying, certificates, deciding, following
from candor.domain.rights.service import erasing as replay
from candor.infra.jws import opened
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.counterparts.notebook import Notebook
from tests.factories import erasing
from tests.factories.exchanging import connected, exchange_for, make_reader, run
from tests.factories.house import TEST, fresh_email
from tests.factories.reaching import (
    due,
    make_connection,
    make_delivery,
    make_link,
    make_vendor,
    settle,
)

Owner = psycopg.Connection[Any]


@pytest.fixture
async def ada(candor: Candor) -> ProfileId:
    """Return a known customer, joined of two records."""
    who, _ = await erasing.make_somebody(candor)
    return who


def held(owner: Owner, candor: Candor, who: UUID, *codes: str) -> list[UUID]:
    """Let systems hold somebody; return their connections."""
    at = candor.clock.now()
    made = [make_connection(owner, code, at=at) for code in codes]
    for connection_id in made:
        make_link(owner, who, connection_id, told_at=at)
    return made


def rows(owner: Owner, table: str) -> int:
    """Return how many rows a table of connections has."""
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("connections", table))
    found = owner.execute(query).fetchone()
    assert found is not None
    return int(found[0])


async def carried(candor: Candor, request: Request) -> Request:
    """Have it carried out as far as it goes; a little time goes by where something waits."""
    office = office_of(candor)
    assert isinstance(candor.clock, FixedClock)
    for _ in range(4):
        await carrying.carry(office, request.request_id)
        candor.clock.advance(timedelta(seconds=30))
    return await erasing.find(candor, request.request_id)


async def stated(candor: Candor, request: Request, name: str) -> tuple[TaskState, str | None]:
    """Return how a task stands, and why."""
    task = (await erasing.tasks(candor, request))[name]
    return task.state, task.problem


@pytest.mark.parametrize("kind", [Right.RESTRICTION, Right.OBJECTION])
async def test_a_right_waits_for_each_system_that_holds_the_person(
    candor: Candor, owner: Owner, ada: ProfileId, kind: Right
) -> None:
    held(owner, candor, ada, "crm", "mail")
    make_connection(owner, "elsewhere", at=candor.clock.now())
    request = await erasing.ask(candor, ada, kind)
    await carried(candor, request)
    assert [(code, who, cause) for code, who, cause, *_ in due(owner)] == [
        ("crm", ada, "request"),
        ("mail", ada, "request"),
    ]
    assert await stated(candor, request, "follow crm") == (TaskState.ASKED, None)
    assert (await erasing.said(candor, request)).count("task_asked") == 2
    vendor = make_vendor(owner, "posthorn", "Posthorn", at=candor.clock.now())
    owner.execute(
        "UPDATE connections.connection SET vendor_id = %s WHERE code = 'mail'", (vendor,)
    )
    settle(owner, candor)
    closed = await carried(candor, request)
    assert closed.state is State.FULFILLED
    evidence = (await erasing.tasks(candor, request))["follow crm"].evidence
    assert (evidence["system"], evidence["act"]) == ("Crm", "put")
    assert evidence["acknowledged_at"]
    named = (await erasing.tasks(candor, request))["follow mail"].evidence["system"]
    assert named == "Posthorn"


async def test_what_is_under_way_already_carries_a_request_too(
    candor: Candor, owner: Owner, ada: ProfileId
) -> None:
    [crm] = held(owner, candor, ada, "crm")
    at = candor.clock.now()
    make_delivery(
        owner, ada, crm, changed_at=at, due_at=at + timedelta(hours=1), state="parked"
    )
    request = await erasing.ask(candor, ada, Right.OBJECTION)
    await carried(candor, request)
    assert due(owner) == [("crm", ada, "request", 0, 2)]


async def test_a_connection_that_never_answers_is_a_persons_business(
    candor: Candor, owner: Owner, ada: ProfileId, clock: FixedClock
) -> None:
    held(owner, candor, ada, "crm")
    request = await erasing.ask(candor, ada, Right.RESTRICTION)
    for _ in range(4):
        await carried(candor, request)
        clock.advance(timedelta(days=1))
    assert await stated(candor, request, "follow crm") == (TaskState.MANUAL, "no_answer")
    # tried again by hand, it is asked anew
    task = (await erasing.tasks(candor, request))["follow crm"]
    async with candor.database.tx() as tx:
        await deciding.settle_task(
            tx,
            request.request_id,
            task.task_id,
            {"by": "telephone"},
            actor=TEST,
            office=office_of(candor),
        )
    assert (await carried(candor, request)).state is State.FULFILLED


async def test_what_is_parked_is_a_persons_business_with_its_reason(
    candor: Candor, owner: Owner, ada: ProfileId
) -> None:
    held(owner, candor, ada, "crm")
    request = await erasing.ask(candor, ada, Right.RESTRICTION)
    await carried(candor, request)
    owner.execute("UPDATE connections.delivery SET state = 'parked', problem = 'status_422'")
    await carried(candor, request)
    assert await stated(candor, request, "follow crm") == (TaskState.MANUAL, "status_422")


async def test_a_connection_that_ended_is_not_told(
    candor: Candor, owner: Owner, ada: ProfileId
) -> None:
    held(owner, candor, ada, "crm")
    request = await erasing.ask(candor, ada, Right.RESTRICTION)
    await carried(candor, request)
    settle(owner, candor, state="dropped")
    at = candor.clock.now()
    owner.execute("UPDATE connections.connection SET state = 'ended', ended_at = %s", (at,))
    assert (await carried(candor, request)).state is State.FULFILLED
    evidence = (await erasing.tasks(candor, request))["follow crm"].evidence
    assert evidence == {"system": "Crm", "not_told": "ended"}


async def test_an_erasure_is_certified_when_every_system_holds_nothing(
    candor: Candor, owner: Owner, ada: ProfileId
) -> None:
    crm, mail = held(owner, candor, ada, "crm", "mail")
    at = candor.clock.now()
    make_delivery(
        owner, ada, crm, changed_at=at, state="acknowledged", act="put", settled_at=at
    )
    request = await erasing.ask(candor, ada)
    await carried(candor, request)
    assert await stated(candor, request, "purge_again") == (TaskState.DONE, None)
    assert await stated(candor, request, "follow mail") == (TaskState.ASKED, None)
    assert await stated(candor, request, "scan") == (TaskState.WAITING, None)
    assert (rows(owner, "link"), rows(owner, "delivery")) == (2, 2)
    settle(owner, candor, act="remove", code="mail")
    await carried(candor, request)
    assert rows(owner, "link") == 2  # the evidence stays until all have answered
    settle(owner, candor, act="remove", code="crm")
    assert (await carried(candor, request)).state is State.FULFILLED
    assert (rows(owner, "link"), rows(owner, "delivery")) == (0, 0)
    said = await certified(candor, request)
    assert [(one.party, one.name) for one in said.outside] == [("crm", "Crm"), ("mail", "Mail")]
    assert all(one.acknowledged_at for one in said.outside)
    assert said.gone["connections.link"] == 2
    assert not [table for table in said.scan.stay if table.startswith("connections.")]
    assert mail != crm


async def certified(candor: Candor, request: Request) -> form.Certificate:
    """Return what the certificate of an erasure says."""
    async with candor.database.read() as tx:
        body = await certificates.body_of(tx, request.request_id)
        signer = await means_of(candor).signer(tx)
    assert body is not None
    return form.read(opened(body, {signer.public.kid: signer.public}, kind=form.KIND).payload)


async def test_a_removal_that_was_quicker_than_the_purge_is_still_evidence(
    candor: Candor, owner: Owner, ada: ProfileId
) -> None:
    held(owner, candor, ada, "crm")
    request = await erasing.ask(candor, ada)
    office = office_of(candor)
    async with candor.database.tx() as tx:
        await office.holders["connections"].cut_off(tx, [ada])
    settle(owner, candor, act="remove")
    async with candor.database.tx() as tx:
        gone = await office.holders["connections"].erase_person(tx, [ada])
    assert sum(gone.gone.values()) == 0
    async with candor.database.read() as tx:
        found = await office.followers.stand(tx, [ada], code="crm", asked=())
    assert (found.followed, found.acts) == (Followed.ACKNOWLEDGED, ("remove",))
    assert request.state is State.IN_PROGRESS


async def test_somebody_who_came_to_hold_the_person_meanwhile_is_told_too(
    candor: Candor, owner: Owner, ada: ProfileId
) -> None:
    request = await erasing.ask(candor, ada)
    held(owner, candor, ada, "late")
    await carried(candor, request)
    assert [code for code, *_ in due(owner)] == ["late"]
    assert await stated(candor, request, "follow late") == (TaskState.ASKED, None)
    settle(owner, candor, act="remove")
    assert (await carried(candor, request)).state is State.FULFILLED


async def test_a_replay_of_an_erasure_removes_people_elsewhere_again(
    candor: Candor, owner: Owner, ada: ProfileId
) -> None:
    held(owner, candor, ada, "crm")
    async with candor.database.tx() as tx:
        await replay.erase(
            tx,
            [ada],
            holders=candor.holders,
            vault=candor.vault,
            actor=TEST,
            clock=candor.clock,
        )
    assert [(code, cause) for code, _, cause, *_ in due(owner)] == [("crm", "request")]


async def test_a_request_goes_on_when_its_connection_answers_late(
    candor: Candor, owner: Owner, ada: ProfileId
) -> None:
    held(owner, candor, ada, "crm")
    office = office_of(candor)
    request = await erasing.ask(candor, ada, Right.RESTRICTION)
    await carried(candor, request)
    assert await following.wake(office) == 0
    owner.execute("UPDATE connections.delivery SET state = 'parked', problem = 'status_422'")
    assert await following.wake(office) == 1
    await carried(candor, request)
    assert await stated(candor, request, "follow crm") == (TaskState.MANUAL, "status_422")
    assert await following.wake(office) == 0  # it is a person's business until it is sent
    settle(owner, candor)
    assert await following.wake(office) == 1
    await carried(candor, request)
    assert [code for code, *_ in due(owner)] == ["crm"]  # it is asked once more
    settle(owner, candor, state="needless")
    assert (await carried(candor, request)).state is State.FULFILLED


async def test_an_erasure_empties_another_system_by_itself(
    candor: Candor, owner: Owner
) -> None:
    notebook = Notebook()
    exchange = exchange_for(candor, {"notebook": notebook})
    connection = await connected(exchange, notebook)
    mail = fresh_email()
    who = await make_reader(candor, mail)
    await run(exchange, connection.connection_id)
    assert notebook.named(mail) is not None
    request = await erasing.ask(candor, who)
    await carried(candor, request)
    assert notebook.named(mail) is not None
    await run(exchange, connection.connection_id)
    assert notebook.people == {}
    assert (await carried(candor, request)).state is State.FULFILLED
    said = await certified(candor, request)
    assert [(one.party, bool(one.acknowledged_at)) for one in said.outside] == [
        ("notebook", True)
    ]
    assert (rows(owner, "link"), rows(owner, "delivery")) == (0, 0)


async def test_a_restriction_says_no_elsewhere_and_leaves_facts_as_they_are(
    candor: Candor,
) -> None:
    notebook = Notebook()
    exchange = exchange_for(candor, {"notebook": notebook})
    connection = await connected(exchange, notebook)
    mail = fresh_email()
    who = await make_reader(candor, mail)
    await run(exchange, connection.connection_id)
    request = await erasing.ask(candor, who, Right.RESTRICTION)
    await carried(candor, request)
    await run(exchange, connection.connection_id)
    assert (await carried(candor, request)).state is State.FULFILLED
    found = notebook.named(mail)
    assert found is not None
    assert (found.choices, found.fields["hobby"]) == ({"news": False, "offers": False}, "chess")
