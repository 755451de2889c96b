"""Somebody is erased: unreadable at once, gone soon, looked for, and proved."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from candor.app import Candor, office_of
from candor.app.forgetting import means_of
from candor.domain.profiles.errors import NoSuchProfile
from candor.domain.rights.errors import WrongMove
from candor.domain.rights.model import certificate as form
from candor.domain.rights.model.request import Ground, Outcome, State
from candor.domain.rights.model.task import TaskState
from candor.domain.rights.service import carrying, certificates, deciding
from candor.domain.rights.service.erasure import deep, needles
from candor.domain.rights.service.office import Work
from candor.infra.jws import opened
from candor.kernel.ids import ProfileId
from tests.factories import erasing, house
from tests.factories.house import TEST


def dumped(owner: psycopg.Connection[Any]) -> str:
    """Return everything that stands in the database, as text."""
    tables = owner.execute(
        "SELECT schemaname, tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    found: list[str] = []
    for schema, table in tables:
        query = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(schema, table))
        try:
            with owner.cursor() as cursor, cursor.copy(query) as copy:
                found += [bytes(row).decode() for row in copy]
        except psycopg.errors.WrongObjectType:  # a partitioned table: its parts are there
            continue
    return "".join(found)


async def test_an_erasure_goes_from_the_key_to_the_certificate_by_itself(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    who, known = await erasing.make_somebody(candor)
    async with candor.database.read() as tx:
        indexes = [
            bytes(row[0]).hex()
            for row in owner.execute("SELECT blind_index FROM profiles.identifier").fetchall()
        ]
        pseudonyms = [p.hex() for p in await candor.vault.pseudonyms(tx, [who])]
    request = await erasing.carried(candor, await erasing.ask(candor, who))
    assert (request.state, request.outcome) == (State.FULFILLED, Outcome.FULL)
    assert request.subject is not None
    assert request.subject.hex() in pseudonyms
    with pytest.raises(NoSuchProfile):
        await house.find(candor, "email", known["email"])
    everything = dumped(owner)
    for word in (*known.values(), *indexes):
        assert word not in everything
    async with candor.database.read() as tx:
        body = await certificates.body_of(tx, request.request_id)
        signer = await means_of(candor).signer(tx)
    assert body is not None
    signed = opened(body, {signer.public.kid: signer.public}, kind=form.KIND)
    says = form.read(signed.payload)
    assert says.request == str(request.request_id)
    assert says.gone["profiles.identifier"] == 3
    assert says.gone["vault.subject_key"] == says.profiles == 2
    assert says.gone["collect.event"] == 2
    assert [(one.table, one.ground) for one in says.stays] == [("consent.record", "evidence")]
    assert says.stays[0].rows > 0
    assert who.hex not in body
    assert str(who) not in signed.payload.decode()


async def test_the_words_are_forgotten_when_the_night_found_nothing(candor: Candor) -> None:
    who, known = await erasing.make_somebody(candor)
    letters = candor.settings.home / "outbox"
    letters.mkdir(parents=True, exist_ok=True)
    theirs, others = letters / "1.eml", letters / "2.eml"
    theirs.write_text(f"To: {known['email']}\n\nHello", encoding="utf-8")
    others.write_text(f"To: x{known['email']}\n\nHello", encoding="utf-8")
    office = office_of(candor)
    asked = await erasing.ask(candor, who)
    request = await erasing.carried(candor, asked)
    async with candor.database.tx() as tx:
        address = await needles.last_address(tx, request, office=office)
    assert address is not None
    assert address.reveal() == known["email"]
    looked = await deep.search(office, means_of(candor))
    assert (looked.erasures, looked.is_clean) == (1, True)
    assert looked.files >= 2
    assert not theirs.exists()
    assert others.exists()
    async with candor.database.tx() as tx:
        assert await needles.last_address(tx, request, office=office) is None
        assert not await candor.vault.keys(tx, [ProfileId(request.request_id)])
    assert (await deep.search(office, means_of(candor))).erasures == 0
    assert "searched" in await erasing.said(candor, request)


async def test_nothing_goes_back_once_the_key_is_gone(candor: Candor) -> None:
    who, _ = await erasing.make_somebody(candor)
    request = await erasing.ask(candor, who)
    office = office_of(candor)
    work = await leased(candor, request.request_id)
    assert isinstance(await office.steps["destroy"](work), carrying.Done)
    async with candor.database.tx() as tx:
        with pytest.raises(WrongMove):
            await deciding.withdraw(tx, request.request_id, actor=TEST, office=office)
    # done a second time, it says the same and does nothing
    again = await office.steps["destroy"](work)
    assert isinstance(again, carrying.Done)
    assert again.evidence["gone"]["vault.subject_key"] == 2
    assert (await erasing.said(candor, request)).count("unreadable") == 1


async def leased(candor: Candor, request_id: UUID) -> Work:
    """Lease the next task of a request."""
    work = await carrying._take(office_of(candor), request_id)
    assert work is not None
    return work


async def test_twice_at_once_is_one_erasure(candor: Candor) -> None:
    who, _ = await erasing.make_somebody(candor)
    first = await erasing.ask(candor, who)
    second = await erasing.ask(candor, who)
    assert first.request_id == second.request_id
    done = await erasing.carried(candor, first)
    assert done.state is State.FULFILLED


async def test_a_request_that_was_closed_meanwhile_destroys_nothing(candor: Candor) -> None:
    who, _ = await erasing.make_somebody(candor)
    request = await erasing.ask(candor, who)
    work = await leased(candor, request.request_id)
    async with candor.database.tx() as tx:
        await deciding.withdraw(tx, request.request_id, actor=TEST, office=office_of(candor))
    answer = await office_of(candor).steps["destroy"](work)
    assert isinstance(answer, carrying.Failed)
    async with candor.database.read() as tx:
        assert await candor.vault.keys(tx, [who])


async def test_sums_that_a_law_keeps_stay_and_lead_to_nobody(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    company = house.make_company()
    events = tuple(
        house.msgspec.structs.replace(one, statutory="P8Y", statutory_ground="tax law")
        if one.code == "Order Completed"
        else one
        for one in company.events
    )
    await house.apply_company(candor, events=events)
    who, _ = await erasing.make_somebody(candor)
    request = await erasing.carried(candor, await erasing.ask(candor, who))
    assert (request.outcome, request.ground) == (Outcome.PART, Ground.LEGAL_OBLIGATION)
    rows = owner.execute(
        "SELECT account_id, count, sum_minor, keep_until::text FROM collect.kept_sum"
    ).fetchall()
    assert [row[1:3] for row in rows] == [(1, 950)] * 2 or [row[1:3] for row in rows] == [
        (2, 1900)
    ]
    assert all(row[3] == "2034-12-31" for row in rows)
    async with candor.database.read() as tx:
        body = await certificates.body_of(tx, request.request_id)
    assert body is not None
    stays = erasing.payload_of(body)["stays"]
    assert [(one["table"], one["ground"]) for one in stays] == [
        ("collect.kept_sum", "legal_obligation"),
        ("consent.record", "evidence"),
    ]


async def test_a_trace_that_no_holder_knows_stops_the_certificate(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    owner.execute("CREATE SCHEMA other")
    owner.execute("CREATE TABLE other.stray (id uuid PRIMARY KEY)")
    owner.execute("GRANT USAGE ON SCHEMA other TO candor_app")
    owner.execute("GRANT SELECT ON other.stray TO candor_app")
    who, _ = await erasing.make_somebody(candor)
    owner.execute("INSERT INTO other.stray VALUES (%s)", (who,))
    request = await erasing.carried(candor, await erasing.ask(candor, who))
    assert request.state is State.IN_PROGRESS
    tasks = await erasing.tasks(candor, request)
    assert (tasks["scan"].state, tasks["scan"].problem) == (TaskState.MANUAL, "trace_found")
    # settling it by hand is believed, and looked at again before anything is signed
    office = office_of(candor)
    async with candor.database.tx() as tx:
        await deciding.settle_task(
            tx, request.request_id, tasks["scan"].task_id, {}, actor=TEST, office=office
        )
    request = await erasing.carried(candor, request)
    tasks = await erasing.tasks(candor, request)
    assert tasks["certificate"].problem == "trace_found"
    owner.execute("DELETE FROM other.stray")
    async with candor.database.tx() as tx:
        await deciding.retry_task(
            tx, request.request_id, tasks["certificate"].task_id, actor=TEST, office=office
        )
    assert (await erasing.carried(candor, request)).state is State.FULFILLED


async def test_the_night_reports_what_no_index_leads(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    owner.execute("CREATE SCHEMA other")
    owner.execute("CREATE TABLE other.stray (n integer PRIMARY KEY, words jsonb)")
    owner.execute("GRANT USAGE ON SCHEMA other TO candor_app")
    owner.execute("GRANT SELECT ON other.stray TO candor_app")
    who, known = await erasing.make_somebody(candor)
    request = await erasing.carried(candor, await erasing.ask(candor, who))
    plant: Sequence[tuple[int, str]] = (
        (1, f'{{"a": "see\\n{known["email"]}."}}'),
        (2, f'{{"a": "jo{known["email"]}"}}'),
        (3, f'{{"id": "{who.hex}"}}'),
    )
    for row in plant:
        owner.execute("INSERT INTO other.stray VALUES (%s, %s)", row)
    looked = await deep.search(office_of(candor), means_of(candor))
    assert looked.left == {request.request_id: {"other.stray": 2}}
    assert "trace_found" in await erasing.said(candor, request)
    owner.execute("DELETE FROM other.stray")
    assert (await deep.search(office_of(candor), means_of(candor))).is_clean
