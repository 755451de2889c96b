"""Mautic: told and heard over its API and its webhooks."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from candor.domain.connections.adapters.mautic.calling import (
    AUTH,
    BASIC,
    OAUTH,
    PASSWORD,
    USER,
)
from candor.domain.connections.adapters.mautic.hearing import SECRET
from candor.domain.connections.adapters.mautic.transport import Mautic
from candor.domain.connections.errors import BadConnection, NotLetIn, Unreached
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import Acknowledged, Changed, Received
from candor.domain.consent.model.signal import SignalKind
from candor.kernel.pii import Pii
from tests.counterparts import mautic
from tests.counterparts.contract import (
    ADA,
    BEN,
    NOON,
    ComparerContract,
    ListenerContract,
    MirrorContract,
    Pair,
    ReaderContract,
    about,
    begun,
    everything,
    line_of,
    told,
)
from tests.counterparts.mautic import Mautic as There

pytestmark = pytest.mark.anyio
BOTH = Direction.BOTH
REFUSAL = "dnc:email"
MAPPING = (
    Field("email", What.IDENTIFIER, "email", is_key=True, direction=BOTH),
    Field("firstname", What.ATTRIBUTE, "first_name", direction=BOTH),
    Field("city", What.ATTRIBUTE, "city", direction=BOTH),
    Field(REFUSAL, What.TOPIC, "news/email", direction=BOTH),
    Field("newsletter", What.PURPOSE, "news", direction=BOTH),
    Field("segment:1", What.PURPOSE, "ads"),
)


def pair_of(
    there: There,
    *,
    auth: str = OAUTH,
    choice: str = REFUSAL,
    mapping: tuple[Field, ...] = MAPPING,
) -> Pair:
    return Pair(
        adapter=Mautic(),
        line=line_of(
            settings={"base_url": there.url, AUTH: auth, USER: mautic.USER},
            secrets={PASSWORD: mautic.PASSWORD, SECRET: mautic.HOOK},
            mapping=mapping,
            hosts=[there.host],
        ),
        there=there,
        key="email",
        fact="firstname",
        other="city",
        choice=choice,
        refused={"city": "x" * 300},
        knows_times=choice.startswith("dnc:"),
    )


@pytest.fixture(params=[(OAUTH, REFUSAL), (BASIC, REFUSAL), (BASIC, "newsletter")])
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    auth, choice = request.param
    async with There().running() as there:
        yield pair_of(there, auth=auth, choice=choice)


@pytest.fixture
async def one() -> AsyncIterator[Pair]:
    async with There().running() as there:
        yield pair_of(there)


class TestMautic(MirrorContract, ReaderContract, ComparerContract):
    """What every adapter shows."""

    heals = True  # a token that is not taken any more is asked for again


class TestMauticCalls(ListenerContract):
    """What every adapter that is called shows."""

    tells_time = False

    @pytest.fixture
    async def pair(self, one: Pair) -> Pair:
        return one


async def test_an_edit_that_merges_with_one_that_said_no_is_heard(one: Pair) -> None:
    ada, ben = await begun(one), await begun(one, address=BEN)
    one.there.change(ben, choices={REFUSAL: False})
    (reply,) = await one.put(one.parcel(BEN, remote_id=ada, yes=True, agreed=True))
    assert isinstance(reply, Changed)
    assert (reply.heard.remote_id, reply.heard.choices[REFUSAL]) == (Pii(ben), False)


async def test_a_bounce_is_no_choice_and_is_not_taken_away(one: Pair) -> None:
    ada = await begun(one)
    _, cursor = await everything(one.adapter, one.line, None)
    one.there.refuse(int(ada), "email", 2)
    heard, _ = await everything(one.adapter, one.line, cursor)
    assert [h.signals for h in heard if h.signals] == [((SignalKind.BOUNCE, "email"),)]
    assert all(REFUSAL not in h.choices for h in heard)
    (reply,) = await one.put(one.parcel(remote_id=ada, yes=True, agreed=False))
    assert isinstance(reply, Acknowledged)
    assert one.there.persons[int(ada)].refusals[0]["reason"] == 2


async def test_people_go_into_segments_and_out_of_them(one: Pair) -> None:
    ada = await begun(one)
    for answer, held in ((True, {int(ada)}), (False, set[int]())):
        parcel = replace(one.parcel(remote_id=ada), choices={"segment:1": answer})
        assert told((await one.put(parcel))[0]) == ada
        assert one.there.segments[1] == held


async def test_a_segment_that_is_not_there_stops_the_connection(one: Pair) -> None:
    parcel = replace(one.parcel(), choices={"segment:7": True})
    with pytest.raises(Unreached):
        await one.put(parcel)


async def test_a_no_says_when_it_was_said(one: Pair) -> None:
    ada = await begun(one)
    at = NOON + timedelta(hours=3)
    one.there.change(ada, choices={REFUSAL: False}, at=at)
    heard, _ = await everything(one.adapter, one.line, None)
    assert about(heard, ada).chosen_at[REFUSAL] == at


async def test_nothing_is_written_when_nothing_differs(one: Pair) -> None:
    ada = await begun(one)
    before = len(one.there.seen)
    await one.put(one.parcel(remote_id=ada, yes=True, agreed=True))
    assert [asked.method for asked in one.there.seen[before:]] == ["GET"]


@pytest.mark.parametrize(
    ("status", "answer"), [("unsubscribed", False), ("manual", False), ("contactable", True)]
)
async def test_a_webhook_says_what_and_when(one: Pair, status: str, answer: bool) -> None:
    ada = await begun(one)
    request = one.there.call(ada, one.line, at=NOON, status=status)
    adapter = one.adapter
    assert isinstance(adapter, Mautic)
    ((said,), _) = await adapter.hear(one.line, request)
    assert (said.choices, said.chosen_at) == ({REFUSAL: answer}, {REFUSAL: NOON})
    assert said.keys == {"email": Pii(ADA)}


async def test_other_webhooks_say_bounces_facts_and_deletions(one: Pair) -> None:
    ada = await begun(one)
    adapter = one.adapter
    assert isinstance(adapter, Mautic)
    for change, kind in (
        ({"status": "bounced"}, "mautic.lead_channel_subscription_changed"),
        ({}, "mautic.lead_post_save_update"),
        ({}, "mautic.lead_post_delete"),
    ):
        request = one.there.call(ada, one.line, at=NOON, kind=kind, **change)
        ((said,), _) = await adapter.hear(one.line, request)
        assert said.remote_id == Pii(ada)
        assert bool(said.signals) == ("status" in change)
        assert bool(said.facts) == kind.endswith("_update")
        assert said.is_removed == kind.endswith("_delete")


async def test_the_same_webhook_again_is_the_same_message(one: Pair) -> None:
    ada = await begun(one)
    adapter = one.adapter
    assert isinstance(adapter, Mautic)
    names: set[str | None] = set()
    for seconds in (0, 0, 1):
        request = one.there.call(ada, one.line, at=NOON + timedelta(seconds=seconds))
        ((said,), _) = await adapter.hear(one.line, request)
        names.add(said.message_id)
    assert len(names) == 2


async def test_events_that_nobody_asked_for_say_nothing(one: Pair) -> None:
    adapter = one.adapter
    assert isinstance(adapter, Mautic)
    body = b'{"mautic.page_on_hit":[{"page":1}],"timestamp":"2026-03-02"}'
    heard, returned = await adapter.hear(one.line, one.there.call_with(body, one.line, at=NOON))
    assert (list(heard), returned.status) == ([], 200)


async def test_without_a_secret_no_webhook_is_believed(one: Pair) -> None:
    adapter = one.adapter
    assert isinstance(adapter, Mautic)
    line = replace(one.line, secrets={PASSWORD: mautic.PASSWORD})
    request: Received = one.there.call_with(b"{}", line, at=NOON, secret=" ")
    with pytest.raises(Exception, match="signed"):
        await adapter.hear(line, request)


async def test_a_token_is_kept_and_made_anew_when_it_ends(one: Pair) -> None:
    await begun(one)
    assert len(one.there.tokens) == 1
    one.there.tokens.clear()
    await begun(one, address=BEN)
    assert len(one.there.tokens) == 1


async def test_a_token_is_not_said_at_another_address(one: Pair) -> None:
    await begun(one)
    async with There().running() as other:
        moved = line_of(
            settings={**one.line.settings, "base_url": other.url},
            secrets={PASSWORD: "another"},
            mapping=MAPPING,
            hosts=[other.host],
        )
        assert moved.connection_id == one.line.connection_id
        with pytest.raises(NotLetIn):
            await one.adapter.check(moved)
        said = {asked.headers.get("authorization", "") for asked in other.seen}
        assert not any(text.startswith("Bearer ") for text in said)


async def test_wrong_credentials_are_not_let_in() -> None:
    async with There().running() as there:
        for auth in (OAUTH, BASIC):
            pair = pair_of(there, auth=auth)
            line = replace(pair.line, secrets={PASSWORD: "another"})
            with pytest.raises(NotLetIn):
                await pair.adapter.check(line)


@pytest.mark.parametrize(
    "field",
    [
        Field("shoe", What.ATTRIBUTE, "city"),
        Field("segment:x", What.PURPOSE, "news"),
        Field("dnc:sms", What.ATTRIBUTE, "city"),
    ],
)
async def test_a_mapping_that_it_cannot_hold_is_refused(field: Field) -> None:
    async with There().running() as there:
        pair = pair_of(there, mapping=(*MAPPING, field))
        with pytest.raises(BadConnection):
            await pair.adapter.check(pair.line)
