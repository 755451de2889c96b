"""listmonk: told and heard over its API."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from candor.domain.connections.adapters.listmonk.transport import TOKEN, USER, Listmonk
from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import Acknowledged, Changed, Never
from candor.domain.consent.model.signal import SignalKind
from candor.kernel.pii import Pii
from tests.counterparts.contract import (
    ADA,
    BEN,
    NOON,
    ComparerContract,
    MirrorContract,
    Pair,
    ReaderContract,
    about,
    begun,
    everything,
    line_of,
    told,
)
from tests.counterparts.listmonk import LIST
from tests.counterparts.listmonk import TOKEN as SECRET
from tests.counterparts.listmonk import Listmonk as There

pytestmark = pytest.mark.anyio
BOTH = Direction.BOTH
MAPPING = (
    Field("email", What.IDENTIFIER, "email", is_key=True, direction=BOTH),
    Field("name", What.ATTRIBUTE, "name", direction=BOTH),
    Field("attribs.city", What.ATTRIBUTE, "city", direction=BOTH),
    Field("attribs.plan", What.ATTRIBUTE, "plan", direction=BOTH),
    Field(LIST, What.TOPIC, "news/email", direction=BOTH),
)


def pair_of(there: There, mapping: tuple[Field, ...] = MAPPING) -> Pair:
    return Pair(
        adapter=Listmonk(),
        line=line_of(
            settings={"base_url": there.url, USER: "candor", "channel": "email"},
            secrets={TOKEN: SECRET},
            mapping=mapping,
            hosts=[there.host],
        ),
        there=there,
        key="email",
        fact="attribs.city",
        other="attribs.plan",
        choice=LIST,
        knows_times=True,
    )


@pytest.fixture(params=[True, False], ids=["today", "before 6.0"])
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    async with There(has_patch=request.param).running() as there:
        yield pair_of(there)


class TestListmonk(MirrorContract, ReaderContract, ComparerContract):
    """What every adapter shows."""


async def test_who_is_blocklisted_said_no_to_every_list(pair: Pair) -> None:
    name = await begun(pair)
    pair.there.room.blocklist(int(name))
    (reply,) = await pair.put(pair.parcel(remote_id=name, yes=True, agreed=True))
    assert isinstance(reply, Changed)
    assert reply.heard.choices[LIST] is False
    (reply,) = await pair.put(pair.parcel(remote_id=name, yes=True, agreed=False))
    assert isinstance(reply, Acknowledged)
    [line] = pair.there.room.lines()
    assert (line.status, line.lists) == ("enabled", ((1, "News", "confirmed"),))


async def test_a_no_to_everything_is_a_blocklisting() -> None:
    mapping = (*MAPPING, Field("status", What.PURPOSE, "news", direction=BOTH))
    async with There().running() as there:
        pair = pair_of(there, mapping)
        name = await begun(pair)
        await pair.put(replace(pair.parcel(remote_id=name), choices={"status": False}))
        [line] = there.room.lines()
        assert line.status == "blocklisted"


async def test_unsubscribing_says_when(pair: Pair) -> None:
    name = await begun(pair)
    _, cursor = await everything(pair.adapter, pair.line, None)
    at = NOON + timedelta(hours=2)
    pair.there.change(name, choices={LIST: False}, at=at)
    heard, _ = await everything(pair.adapter, pair.line, cursor)
    said = about(heard, name).chosen_at[LIST]
    assert abs(said - at) < timedelta(seconds=1)


async def test_who_is_on_no_list_said_nothing(pair: Pair) -> None:
    (reply,) = await pair.put(pair.parcel())
    heard, _ = await everything(pair.adapter, pair.line, None)
    assert about(heard, told(reply)).choices == {}


async def test_bounces_and_complaints_are_heard_and_soft_ones_are_not(pair: Pair) -> None:
    ada, ben = await begun(pair), await begun(pair, address=BEN)
    _, cursor = await everything(pair.adapter, pair.line, None)
    for name, kind in ((ada, "hard"), (ada, "soft"), (ben, "complaint")):
        pair.there.room.bounce(int(name), kind)
    heard, _ = await everything(pair.adapter, pair.line, cursor)
    assert {(one.remote_id, one.signals) for one in heard if one.signals} == {
        (Pii(ada), ((SignalKind.BOUNCE, "email"),)),
        (Pii(ben), ((SignalKind.COMPLAINT, "email"),)),
    }


async def test_a_new_address_follows_and_takes_nobody_elses(pair: Pair) -> None:
    ada = await begun(pair)
    await begun(pair, address=BEN)
    (reply,) = await pair.put(pair.parcel("ada.king@example.org", remote_id=ada))
    assert isinstance(reply, Acknowledged)
    assert pair.there.room.lines()[0].email == "ada.king@example.org"
    (reply,) = await pair.put(pair.parcel(BEN, remote_id=ada))
    assert reply == Never("address_of_another")


async def test_a_name_that_listmonk_made_up_is_none(pair: Pair) -> None:
    ada = await begun(pair)
    assert pair.there.people()[ada].facts["name"] == "ada.lovelace"
    heard, _ = await everything(pair.adapter, pair.line, None)
    assert about(heard, ada).facts["name"] == Pii(None)
    for name, kept in (("Ada", "Ada"), (None, "ada.lovelace")):
        await pair.put(pair.parcel(remote_id=ada, facts={"name": name}))
        assert pair.there.people()[ada].facts["name"] == kept
    await pair.put(pair.parcel("ada.king@example.org", remote_id=ada, facts={}))
    assert pair.there.people()[ada].facts["name"] == "ada.king"


async def test_other_lists_and_attributes_stay(pair: Pair) -> None:
    ada = await begun(pair)
    pair.there.room.subscribe(int(ada), 2)
    pair.there.room.write(int(ada), attribs={"shoe": 43})
    await pair.put(pair.parcel(ADA, remote_id=ada, facts={"attribs.city": "Ockham"}))
    [line] = pair.there.room.lines()
    assert line.lists == ((1, "News", "confirmed"), (2, "Offers", "confirmed"))
    assert pair.there.people()[ada].facts["attribs.shoe"] == 43


@pytest.mark.parametrize(
    "field",
    [
        Field("list:9", What.TOPIC, "news/email"),
        Field("list:x", What.TOPIC, "news/email"),
        Field("city", What.ATTRIBUTE, "city"),
        Field("name", What.PURPOSE, "news"),
    ],
)
async def test_a_mapping_that_it_cannot_hold_is_refused(field: Field) -> None:
    async with There().running() as there:
        pair = pair_of(there, (*MAPPING, field))
        with pytest.raises(BadConnection):
            await pair.adapter.check(pair.line)
