"""Putting a catalogue in force: numbers for good, versions that only add, one at a time."""

import asyncio

import pytest
from msgspec.structs import replace

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue import service
from candor.domain.catalogue.errors import (
    ChannelsUsedUp,
    Invalid,
    NoCatalogue,
    NoSuchVersion,
    PurposesUsedUp,
    TopicsUsedUp,
)
from candor.domain.catalogue.model import Document, LegalBasis
from candor.infra.db.pool import Database
from candor.kernel.clock import FixedClock
from candor.kernel.errors import Kind
from tests.factories.catalogue import (
    apply_catalogue,
    make_channel,
    make_document,
    make_purpose,
    make_topic,
)

DORA = Actor.staff("dora")
DOCUMENT = make_document()


async def test_without_a_catalogue_nothing_is_in_force_and_the_hint_says_what_to_do(
    db: Database,
) -> None:
    async with db.read() as tx:
        assert await service.find_current(tx) is None
        assert await service.version_in_force(tx) is None
        assert await service.versions(tx) == []
        with pytest.raises(NoCatalogue) as caught:
            await service.current(tx)
    assert caught.value.code == "catalogue.none"
    assert caught.value.kind is Kind.CONFLICT
    assert "candor catalogue apply" in caught.value.hint


async def test_what_was_applied_is_in_force(db: Database, clock: FixedClock) -> None:
    applied = await apply_catalogue(db, clock)
    async with db.read() as tx:
        found = await service.current(tx)
        assert await service.version_in_force(tx) == applied.version_id
    assert found.document == DOCUMENT
    assert found == applied
    assert found.numbers.purposes == {"orders": 0, "news": 1}
    assert found.mask(("news",)) == 0b10
    assert found.attributes_by_id[found.numbers.attributes["email"]].code == "email"
    assert found.events_by_id[found.numbers.event_types["Order Completed"]].amount == "total"
    assert found.sources_by_id[found.numbers.sources["shop"]].place == "our shop"


async def test_applying_the_same_again_does_nothing(db: Database, clock: FixedClock) -> None:
    first = await apply_catalogue(db, clock)
    assert await apply_catalogue(db, clock) == first
    async with db.read() as tx:
        assert len(await service.versions(tx)) == 1
        assert len(await audit.newest(tx, action="catalogue.applied")) == 1


async def test_a_plan_for_what_is_in_force_is_empty(db: Database, clock: FixedClock) -> None:
    in_force = await apply_catalogue(db, clock)
    assert service.plan(in_force, DOCUMENT).is_empty
    assert not service.plan(in_force, make_document(company="Other")).is_empty
    assert not service.plan(None, DOCUMENT).is_empty


async def test_a_number_is_never_given_to_another_name(db: Database, clock: FixedClock) -> None:
    before = await apply_catalogue(db, clock)
    orders, news = DOCUMENT.purposes
    bills = make_purpose("bills")
    name, email = DOCUMENT.attributes
    without = await apply_catalogue(
        db,
        clock,
        purposes=(orders, bills),
        attributes=(name,),
        events=(replace(DOCUMENT.events[0], purposes=("orders",)),),
    )
    assert without.numbers.purposes == {"orders": 0, "news": 1, "bills": 2}
    again = await apply_catalogue(
        db, clock, purposes=(bills, orders, news), attributes=(email, name)
    )
    assert again.numbers.purposes == without.numbers.purposes
    assert again.numbers.attributes == before.numbers.attributes
    assert again.numbers.event_types == before.numbers.event_types


EMAIL, SMS, POST = make_channel("email"), make_channel("sms"), make_channel("post")
OFFERS, RECIPES = make_topic("offers"), make_topic("recipes")


async def test_a_bit_is_never_given_to_another_channel_or_topic(
    db: Database, clock: FixedClock
) -> None:
    before = await apply_catalogue(db, clock, channels=(EMAIL, SMS), topics=(OFFERS, RECIPES))
    assert before.numbers.channels == {"email": 0, "sms": 1}
    assert before.numbers.topics == {"offers": 0, "recipes": 1}
    without = await apply_catalogue(
        db, clock, channels=(POST, EMAIL), topics=(RECIPES, make_topic("events"))
    )
    assert without.numbers.channels == {"email": 0, "sms": 1, "post": 2}
    assert without.numbers.topics == {"offers": 0, "recipes": 1, "events": 2}
    assert set(without.channels_by_bit) == {0, 2}  # what is no longer declared has no words
    assert without.topics_by_bit[2].code == "events"
    again = await apply_catalogue(db, clock, channels=(SMS, EMAIL), topics=(OFFERS, RECIPES))
    assert again.numbers.channels == without.numbers.channels
    assert again.numbers.topics == without.numbers.topics
    async with db.read() as tx:
        assert await service.current(tx) == again
        newest = (await service.versions(tx))[0]
    assert (newest.channels, newest.topics) == (2, 2)


async def test_places_for_channels_and_topics_run_out(db: Database, clock: FixedClock) -> None:
    channels = tuple(make_channel(f"c{n}") for n in range(30))
    topics = tuple(make_topic(f"t{n}") for n in range(63))
    full = await apply_catalogue(db, clock, channels=(EMAIL, *channels), topics=topics)
    assert max(full.numbers.channels.values()) == 30
    assert max(full.numbers.topics.values()) == 62
    with pytest.raises(ChannelsUsedUp):
        await apply_catalogue(db, clock, channels=(EMAIL, SMS))
    with pytest.raises(TopicsUsedUp):
        await apply_catalogue(db, clock, channels=(EMAIL,), topics=(RECIPES,))
    async with db.read() as tx:
        assert (await service.current(tx)).version_id == full.version_id


async def test_every_version_stays(db: Database, clock: FixedClock) -> None:
    first = await apply_catalogue(db, clock)
    second = await apply_catalogue(db, clock, company="Renamed")
    back = await apply_catalogue(db, clock)
    assert first.version_id < second.version_id < back.version_id
    async with db.read() as tx:
        versions = await service.versions(tx)
        assert (
            await service.document_of(tx, version_id=second.version_id)
        ).company == "Renamed"
        with pytest.raises(NoSuchVersion):
            await service.document_of(tx, version_id=back.version_id + 1)
    assert [v.version_id for v in versions] == [
        back.version_id,
        second.version_id,
        first.version_id,
    ]
    newest = versions[0]
    assert newest.applied_at == clock.now()
    assert newest.applied_by == "machine:test"
    assert newest.digest == versions[2].digest != versions[1].digest
    assert (newest.purposes, newest.attributes, newest.events, newest.sources) == (2, 2, 2, 1)


async def test_it_is_audited_with_counts_and_nothing_else(
    db: Database, clock: FixedClock
) -> None:
    await apply_catalogue(db, clock)
    async with db.tx(request_id="r1") as tx:
        document = make_document(company="Renamed", sources=())
        applied = await service.apply(tx, document=document, actor=DORA, clock=clock)
    async with db.read() as tx:
        entry = (await audit.newest(tx, action="catalogue.applied"))[0]
    assert (entry.actor_kind, entry.actor_id, entry.request_id) == ("staff", "dora", "r1")
    digest = entry.detail.pop("digest")
    assert len(digest) == 64
    assert entry.detail == {
        "version": applied.version_id,
        "added": 0,
        "changed": 1,
        "removed": 1,
        "reordered": 0,
    }


async def test_what_is_undone_leaves_no_trace(db: Database, clock: FixedClock) -> None:
    async def apply_and_fail() -> None:
        async with db.tx() as tx:
            await service.apply(tx, document=DOCUMENT, actor=DORA, clock=clock)
            raise RuntimeError("planted")

    with pytest.raises(RuntimeError, match="planted"):
        await apply_and_fail()
    async with db.read() as tx:
        assert await service.find_current(tx) is None
        assert await audit.newest(tx) == []


async def test_a_document_that_breaks_a_rule_is_refused(
    db: Database, clock: FixedClock
) -> None:
    with pytest.raises(Invalid, match="names `orders`, which is not declared"):
        await apply_catalogue(db, clock, purposes=DOCUMENT.purposes[1:])
    async with db.read() as tx:
        assert await service.find_current(tx) is None


async def test_places_for_purposes_run_out_and_that_is_said(
    db: Database, clock: FixedClock
) -> None:
    def document(prefix: str, count: int) -> Document:
        purposes = tuple(
            make_purpose(f"{prefix}{n}", LegalBasis.CONTRACT) for n in range(count)
        )
        return make_document(purposes=purposes, attributes=(), events=())

    async with db.tx() as tx:
        full = await service.apply(tx, document=document("a", 63), actor=DORA, clock=clock)
    assert max(full.numbers.purposes.values()) == 62
    with pytest.raises(PurposesUsedUp):
        async with db.tx() as tx:
            await service.apply(tx, document=document("b", 1), actor=DORA, clock=clock)
    async with db.read() as tx:
        assert (await service.current(tx)).version_id == full.version_id


async def test_two_who_apply_at_once_wait_for_each_other(
    committed_db: Database, clock: FixedClock
) -> None:
    names = [f"Company {n}" for n in range(4)]
    found = await asyncio.gather(
        *(apply_catalogue(committed_db, clock, company=name) for name in names),
        *(apply_catalogue(committed_db, clock, company=names[0]) for _ in range(2)),
    )
    assert {f.numbers.purposes["news"] for f in found} == {1}
    assert len({f.numbers.attributes["email"] for f in found}) == 1
    async with committed_db.read() as tx:
        assert len(await service.versions(tx)) >= len(names)
