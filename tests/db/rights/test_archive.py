"""The archive: everything is in it, a machine reads it back, nothing of others, nothing secret."""

import asyncio
import hashlib
import io
import json
import re
import tracemalloc
import zipfile

import jsonschema
import pytest

from candor.app import Candor
from candor.app.entitling import office_of
from candor.domain.access.model.roles import Role
from candor.domain.access.service import members
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.consent.service import gate
from candor.domain.rights.errors import ArchiveOver, NoSuchRequest, TooManyDownloads
from candor.domain.rights.model.request import Right, State
from candor.domain.rights.service import reading
from candor.domain.rights.service.export import archive, downloading, preparing
from candor.domain.rights.service.export.rows import ErasedMeanwhile
from candor.domain.rights.service.export.tabular import cell
from candor.domain.vault.errors import NoKey
from candor.infra.jws import KeySet, named, opened
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.archives import (
    SIGNER,
    Owner,
    downloaded,
    fill_events,
    make_rich,
    ordered,
    prepared,
    read_back,
)
from tests.factories.house import make_person

KINDS = (Right.ACCESS, Right.PORTABILITY)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_machine_reads_it_back(candor: Candor, owner: Owner, kind: Right) -> None:
    person = await make_rich(candor, owner)
    read = await downloaded(candor, person, kind)
    schema = json.loads(read.files["schema.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(
        read.data, schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    manifest = json.loads(read.files["manifest.json"])
    listed = {file["path"]: file for file in manifest["files"]}
    assert set(read.files) - set(listed) == {"manifest.json", "manifest.jws"}
    for name, file in listed.items():
        assert file["sha256"] == hashlib.sha256(read.files[name]).hexdigest()
        assert file["size_bytes"] == len(read.files[name])
    signed = opened(
        read.files["manifest.jws"].decode(),
        named(KeySet((SIGNER.public,))),
        kind=archive.SIGNED,
    )
    assert signed.payload == read.files["manifest.json"]


async def test_the_spreadsheets_say_what_the_data_says(candor: Candor, owner: Owner) -> None:
    person = await make_rich(candor, owner, name="=HYPERLINK(1)")
    read = await downloaded(candor, person)
    declared = {t.table: t for h in candor.holders.values() for t in h.exported}
    for name, rows in read.tables.items():
        wanted = [
            {c.name: cell(row[c.name], c) for c in declared[name].columns} for row in rows
        ]
        assert read.csv(name) == wanted
    assert "'=HYPERLINK(1)" in {row["value"] for row in read.csv("profiles.attribute")}


async def test_it_says_which_of_two_answers_counts(candor: Candor, owner: Owner) -> None:
    person = await make_rich(candor, owner)
    rows = (await downloaded(candor, person)).tables["profiles.attribute"]
    cities = {row["value"]: row["counts"] for row in rows if row["attribute"] == "city"}
    assert cities == {"=Graz": True, "Linz": False}


async def test_nothing_of_others_and_no_secret_is_in_it(candor: Candor, owner: Owner) -> None:
    other = await make_rich(candor, owner, name="Otto Other")
    person = await make_rich(candor, owner)
    staff_id, handle = await _somebody_looked(candor, person)
    read = await downloaded(candor, person)
    for name, body in read.files.items():
        for secret in (str(other), "Otto Other", staff_id, handle, "secret-key", "case-8"):
            assert secret.encode() not in body, (name, secret)
    assert "privacy" in {row["who"] for row in read.tables["audit.entry"]}


async def _somebody_looked(candor: Candor, person: ProfileId) -> tuple[str, str]:
    """Let a member of staff leave traces; return how they could be named."""
    async with candor.database.tx() as tx:
        eve = await members.put(
            tx, handle="eve-unseen", display_name="Eve Unseen", role=Role.PRIVACY,
            clock=candor.clock,
        )  # fmt: skip
        await audit.record(
            tx, actor=Actor.staff(eve.staff_id), action="profiles.looked", clock=candor.clock,
            subjects=await candor.vault.pseudonyms(tx, [person]),
        )  # fmt: skip
    return str(eve.staff_id), "eve-unseen"


async def test_to_take_along_is_only_what_they_gave_and_did(
    candor: Candor, owner: Owner
) -> None:
    person = await make_rich(candor, owner, hobby="chess")
    read = await downloaded(candor, person, Right.PORTABILITY)
    assert {row["origin"] for row in read.tables["profiles.attribute"]} == {"provided"}
    assert read.tables["collect.event"]
    assert not {
        "collect.tally", "collect.favourite", "rights.automated_decision", "audit.entry",
        "access.session",
    } & set(read.tables)  # fmt: skip
    all_of_it = await downloaded(candor, person)
    assert len(all_of_it.tables) > len(read.tables)


async def test_it_is_opened_once_and_written_down_once(candor: Candor, owner: Owner) -> None:
    person = await make_rich(candor, owner)
    request = await prepared(candor, person)

    def times() -> int:
        found = owner.execute(
            "SELECT count(*) FROM audit.entry WHERE fields = '{everything}'"
        ).fetchone()
        return found[0] if found else 0

    before = times()
    order = await ordered(candor, request.request_id, whose=person)
    await read_back(archive.stream(order, office_of(candor)))
    assert (before, times()) == (1, 2)


async def test_it_expires_and_is_given_twenty_times_and_to_nobody_else(
    candor: Candor, owner: Owner, clock: FixedClock
) -> None:
    person = await make_rich(candor, owner)
    request = await prepared(candor, person)
    assert request.state is State.FULFILLED
    with pytest.raises(NoSuchRequest):
        await ordered(candor, request.request_id, whose=ProfileId(new_id()))
    with pytest.raises(NoSuchRequest):
        await ordered(candor, new_id())
    for _ in range(downloading.MOST):
        await ordered(candor, request.request_id, whose=person)
    with pytest.raises(TooManyDownloads):
        await ordered(candor, request.request_id, whose=person)
    async with candor.database.read() as tx:
        events = await reading.events(tx, request.request_id)
    assert sum(event.what == "downloaded" for event in events) == downloading.MOST
    clock.advance(preparing.RESULTS_LAST)
    with pytest.raises(ArchiveOver):
        await ordered(candor, request.request_id, whose=person)


async def test_an_erasure_cuts_it_off(candor: Candor, owner: Owner) -> None:
    person = await make_rich(candor, owner)
    fill_events(owner, candor, person, 3_000)
    request = await prepared(candor, person)
    order = await ordered(candor, request.request_id)
    stream = archive.stream(order, office_of(candor))
    got = await anext(stream)
    async with candor.database.tx() as tx:
        await candor.vault.destroy(tx, [person])
    with pytest.raises(ErasedMeanwhile):
        got += b"".join([chunk async for chunk in stream])
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(got))
    with pytest.raises(NoKey):
        await ordered(candor, request.request_id)


async def test_whoever_goes_away_leaves_nothing_behind(candor: Candor, owner: Owner) -> None:
    person = await make_rich(candor, owner)
    fill_events(owner, candor, person, 3_000)
    request = await prepared(candor, person)
    for _ in range(archive.AT_ONCE + 2):
        stream = archive.stream(await ordered(candor, request.request_id), office_of(candor))
        await anext(stream)
        await stream.aclose()
        for _ in range(200):
            if not archive.under_way():
                break
            await asyncio.sleep(0.02)
        assert not archive.under_way()
    async with candor.database.tx() as tx:  # every connection is whole
        assert await gate.members(tx, person)


async def test_too_many_at_once_wait(candor: Candor, owner: Owner) -> None:
    orders: list[archive.Order] = []
    rich = await make_rich(candor, owner)
    for number in range(archive.AT_ONCE + 1):
        person = await make_person(candor, number=f"many-{number}") if number else rich
        fill_events(owner, candor, person, 3_000)
        request = await prepared(candor, person)
        orders.append(await ordered(candor, request.request_id))
    streams = [archive.stream(order, office_of(candor)) for order in orders]
    for stream in streams[:-1]:
        await anext(stream)
    with pytest.raises(archive.Busy):
        await anext(streams[-1])
    for stream in streams:
        await stream.aclose()


async def test_one_person_downloads_once_at_a_time(candor: Candor, owner: Owner) -> None:
    person = await make_rich(candor, owner)
    fill_events(owner, candor, person, 3_000)
    request = await prepared(candor, person)
    order = await ordered(candor, request.request_id)
    first = archive.stream(order, office_of(candor))
    await anext(first)
    with pytest.raises(archive.Busy):
        await anext(archive.stream(order, office_of(candor)))
    with pytest.raises(archive.Busy):
        await ordered(candor, request.request_id)
    await first.aclose()
    for _ in range(200):
        if not archive.under_way():
            break
        await asyncio.sleep(0.02)
    again = await ordered(candor, request.request_id)
    assert again.request.downloads == 2, "the one that was refused was not counted"
    assert "data.json" in (await read_back(archive.stream(again, office_of(candor)))).files


async def test_many_events_pass_through_little_memory(candor: Candor, owner: Owner) -> None:
    person = await make_rich(candor, owner)
    fill_events(owner, candor, person, 20_000)
    request = await prepared(candor, person)
    order = await ordered(candor, request.request_id)
    tracemalloc.start()
    size = 0
    async for chunk in archive.stream(order, office_of(candor)):
        size += len(chunk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 1_000_000
    assert peak < 24_000_000  # 20,000 events are some 15 MB as JSON, and 60 MB as objects


@pytest.mark.parametrize("locale", ["en_GB", "de_DE", "pl_PL", "pt_BR", "ru_RU"])
async def test_the_page_reads_in_every_language(
    candor: Candor, owner: Owner, locale: str
) -> None:
    person = await make_rich(candor, owner)
    page = (await downloaded(candor, person, locale=locale)).page
    assert f'lang="{locale.replace("_", "-")}"' in page
    assert "Rosa Reich" in page
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert ("What we know" in page) == locale.startswith("en")
