"""HubSpot keeps up with people, in both directions, and loses no no."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from candor.domain.connections.adapters.hubspot.adapter import Hubspot as Adapter
from candor.domain.connections.adapters.hubspot.following import PAGE
from candor.domain.connections.errors import BadConnection, BadSignature, NotLetIn, Unreached
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import Acknowledged, Changed, Later, Never
from candor.kernel.pii import Pii
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
    says_nothing,
    told,
)
from tests.counterparts.hubspot import SECRET, TOKEN, Hubspot, event, signed
from tests.counterparts.serving import Fault

BOTH = Direction.BOTH
MAPPING = (
    Field("email", What.IDENTIFIER, "email", direction=BOTH, is_key=True),
    Field("firstname", What.ATTRIBUTE, "first_name", direction=BOTH),
    Field("city", What.ATTRIBUTE, "city", direction=BOTH),
    Field("lifecyclestage", What.ATTRIBUTE, "stage"),
    Field("subscription:42", What.TOPIC, "news/email", direction=BOTH),
    Field("newsletter", What.PURPOSE, "marketing", direction=BOTH),
    Field("not:newsletter_opt_out", What.PURPOSE, "analytics", direction=BOTH),
)


def pair_with(there: Hubspot, choice: str, *fields: Field, **settings: str) -> Pair:
    return Pair(
        adapter=Adapter(),
        line=line_of(
            settings={"base_url": there.url, "removal": "gdpr_delete", **settings},
            secrets={"token": TOKEN, "client_secret": SECRET},
            mapping=fields or MAPPING,
            hosts=[there.host],
        ),
        there=there, key="email", fact="firstname", other="city", choice=choice,
        refused={"lifecyclestage": "no such stage"}, knows_times=True,
    )  # fmt: skip


class Whole(MirrorContract, ReaderContract, ComparerContract, ListenerContract):
    choice: ClassVar[str]

    @pytest.fixture
    async def pair(self) -> AsyncIterator[Pair]:
        async with Hubspot().running() as there:
            yield pair_with(there, self.choice)


class TestSubscriptions(Whole):
    choice = "subscription:42"


class TestProperties(Whole):
    choice = "newsletter"
    hears_choice = False  # the counterpart calls about a subscription


class TestOpposites(MirrorContract):
    @pytest.fixture
    async def pair(self) -> AsyncIterator[Pair]:
        async with Hubspot().running() as there:
            yield pair_with(there, "not:newsletter_opt_out")


class TestArchive(MirrorContract):
    @pytest.fixture
    async def pair(self) -> AsyncIterator[Pair]:
        async with Hubspot().running() as there:
            there.is_multi_status = False
            yield pair_with(there, "subscription:42", removal="archive")


@pytest.fixture
async def there() -> AsyncIterator[Hubspot]:
    async with Hubspot().running() as one:
        yield one


# ------------------------------------------------------------------ opt-outs
async def test_who_opted_out_of_all_opted_out_of_each(there: Hubspot) -> None:
    pair = pair_with(there, "subscription:42")
    remote_id = await begun(pair)
    there.opt_out_of_all(ADA)
    (reply,) = await pair.put(pair.parcel(remote_id=remote_id, yes=True, agreed=True))
    assert isinstance(reply, Changed)
    assert reply.heard.choices["subscription:42"] is False
    assert reply.heard.chosen_at["subscription:42"] == there.now
    heard, _ = await everything(Adapter(), pair.line, None)
    assert about(heard, remote_id).choices["subscription:42"] is False


async def test_an_opt_out_that_sticks_is_said_not_swallowed(there: Hubspot) -> None:
    pair = pair_with(there, "subscription:42")
    remote_id = await begun(pair, yes=False)
    there.lets_resubscribe = False
    (reply,) = await pair.put(pair.parcel(remote_id=remote_id, yes=True, agreed=False))
    assert reply == Never("resubscribe_refused")
    assert there.people()[remote_id].choices["subscription:42"] is False


async def test_a_new_address_that_opted_out_before_is_not_subscribed(there: Hubspot) -> None:
    pair = pair_with(there, "subscription:42")
    ben = await begun(pair, address=BEN)
    there.change(ben, choices={"subscription:42": False})
    there.delete(ben)
    ada = await begun(pair)
    moved = pair.parcel(BEN, remote_id=ada, yes=True, agreed=True)
    (reply,) = await pair.put(moved)
    assert isinstance(reply, Changed)
    assert there.people()[ada].facts["email"] == ADA
    (reply,) = await pair.put(pair.parcel(BEN, yes=True))
    assert isinstance(reply, Changed)  # nobody has the address; the opt-out is its own
    assert reply.heard.remote_id is None


async def test_an_address_moves_with_its_contact(there: Hubspot) -> None:
    pair = pair_with(there, "subscription:42")
    ada = await begun(pair)
    (reply,) = await pair.put(pair.parcel(BEN, remote_id=ada, yes=True, agreed=True))
    assert told(reply) == ada
    assert there.people()[ada].facts["email"] == BEN
    assert there.people()[ada].choices["subscription:42"] is True


async def test_a_no_arrives_though_the_contact_is_refused(there: Hubspot) -> None:
    pair = pair_with(there, "subscription:42")
    ada = await begun(pair)
    bad = pair.parcel(remote_id=ada, yes=False, agreed=True, facts=pair.refused)
    (reply,) = await pair.put(bad)
    assert reply == Never("validation_error")
    assert there.people()[ada].choices["subscription:42"] is False


async def test_a_yes_that_stands_there_is_not_written_again(there: Hubspot) -> None:
    pair = pair_with(there, "newsletter")
    ada = await begun(pair)

    def opt_out() -> None:  # between the reading and the writing
        there.change(ada, choices={"newsletter": False, "subscription:42": False})

    there.before_write = opt_out
    (reply,) = await pair.put(pair.parcel(remote_id=ada, yes=True, agreed=True))
    assert isinstance(reply, Acknowledged)
    assert there.people()[ada].choices["newsletter"] is False


async def test_a_changed_property_says_when(there: Hubspot) -> None:
    pair = pair_with(there, "newsletter")
    ada = await begun(pair)
    at = NOON + timedelta(days=1)
    there.change(ada, choices={"newsletter": False}, at=at)
    there.change(ada, facts={"city": "Paris"})
    (reply,) = await pair.put(pair.parcel(remote_id=ada, yes=True, agreed=True))
    assert isinstance(reply, Changed)
    assert reply.heard.chosen_at["newsletter"] == at
    assert reply.heard.facts["city"] == Pii("Paris")
    heard, _ = await everything(Adapter(), pair.line, None)
    assert about(heard, ada).chosen_at["newsletter"] == at


@pytest.mark.parametrize("choice", ["newsletter", "subscription:42"])
async def test_a_yes_that_we_wrote_has_no_time_of_its_own(there: Hubspot, choice: str) -> None:
    pair = pair_with(there, choice)
    ada = await begun(pair)
    heard, _ = await everything(Adapter(), pair.line, None)
    assert about(heard, ada).choices[choice] is True
    assert choice not in about(heard, ada).chosen_at
    there.change(ada, choices={choice: False})
    at = NOON + timedelta(days=1)
    there.change(ada, choices={choice: True}, at=at)
    heard, _ = await everything(Adapter(), pair.line, None)
    assert about(heard, ada).chosen_at[choice] == at


# ------------------------------------------------------------------ who is who
async def test_a_merged_contact_is_the_one_it_was_merged_into(there: Hubspot) -> None:
    pair = pair_with(there, "subscription:42")
    ada, ben = await begun(pair), await begun(pair, address=BEN)
    there.merge(ada, ben)
    (reply,) = await pair.put(pair.parcel(BEN, remote_id=ben, facts={"city": "Bern"}))
    assert isinstance(reply, Never | Acknowledged)
    (reply,) = await pair.put(pair.parcel(ADA, remote_id=ben, facts={"city": "Bern"}))
    assert told(reply) == ada
    assert there.people()[ada].facts["city"] == "Bern"


async def test_somebody_is_found_by_another_of_their_addresses(there: Hubspot) -> None:
    pair = pair_with(there, "subscription:42")
    ada = await begun(pair)
    there.contacts[ada].properties["hs_additional_emails"] = "a.needle@example.org"
    (reply,) = await pair.put(pair.parcel("a.needle@example.org", facts={"city": "Bern"}))
    assert told(reply) == ada


async def test_an_address_of_somebody_else_is_a_matter_for_a_person(there: Hubspot) -> None:
    pair = pair_with(there, "subscription:42")
    ada = await begun(pair)
    await begun(pair, address=BEN)
    for is_multi_status in (True, False):
        there.is_multi_status = is_multi_status
        replies = await pair.put(
            pair.parcel(BEN, remote_id=ada), pair.parcel("needle-3@example.org")
        )
        assert replies[0] == Never("conflict")
        assert isinstance(replies[1], Acknowledged)


async def test_without_anything_to_find_them_by_nobody_is_made(there: Hubspot) -> None:
    pair = pair_with(there, "subscription:42")
    (reply,) = await pair.put(replace(pair.parcel(), keys={}))
    assert reply == Never("no_key")
    assert not there.contacts


async def test_a_removal_deletes_for_good(there: Hubspot) -> None:
    pair = pair_with(there, "subscription:42")
    ada = await begun(pair)
    await pair.put(pair.removal(ada))
    assert there.deleted == {ada}


# ------------------------------------------------------------------ following
async def test_many_changes_of_one_instant_are_all_heard(there: Hubspot) -> None:
    pair = pair_with(there, "newsletter")
    count = 2 * PAGE + 7
    parcels = [pair.parcel(f"n-{n}@example.org", yes=True) for n in range(count)]
    names = [
        told(one) for some in (parcels[:100], parcels[100:]) for one in await pair.put(*some)
    ]
    for name in names:
        there.change(name, facts={"city": "Bern"}, at=NOON + timedelta(days=2))
    heard, cursor = await everything(Adapter(), pair.line, None)
    assert {one.remote_id for one in heard if one.facts["city"] == Pii("Bern")} == {
        Pii(name) for name in names
    }
    there.now += timedelta(hours=1)
    _, cursor = await everything(Adapter(), pair.line, cursor)
    heard, _ = await everything(Adapter(), pair.line, cursor)
    assert not heard  # nothing is read for ever


async def test_what_the_search_did_not_know_yet_is_heard_later(there: Hubspot) -> None:
    pair = pair_with(there, "newsletter")
    ada, ben = await begun(pair), await begun(pair, address=BEN)
    _, cursor = await everything(Adapter(), pair.line, None)
    there.change(ada, choices={"newsletter": False})
    there.hidden.add(ada)
    there.change(ben, facts={"city": "Bern"})
    heard, cursor = await everything(Adapter(), pair.line, cursor)
    assert ada not in {one.remote_id.reveal() for one in heard if one.remote_id}
    there.hidden.clear()
    heard, _ = await everything(Adapter(), pair.line, cursor)
    assert about(heard, ada).choices["newsletter"] is False


# ------------------------------------------------------------------ webhooks
async def test_a_batch_of_events_is_heard_one_by_one(there: Hubspot) -> None:
    pair = pair_with(there, "newsletter")
    early, late = NOON - timedelta(seconds=9), NOON - timedelta(seconds=2)
    name = {"propertyName": "newsletter"}
    events = [
        event("7", at=late, propertyValue="false", **name),
        event("7", at=early, propertyValue="true", **name, changeSource="API"),
        event("7", at=late, propertyValue="false", **name),  # the same again
        event("8", at=early, propertyName="firstname", propertyValue="Augusta"),
        event("8", at=early, propertyName="email", propertyValue=BEN),
        event("8", at=early, propertyName="not_mapped", propertyValue="x"),
        event("8", at=early, propertyName="hs_email_optout_42", propertyValue="false"),
        event("9", at=late, propertyName="hs_email_optout", propertyValue="true"),
        event("10", at=late, kind="contact.privacyDeletion"),
        event("11", at=late, kind="contact.creation"),
        event("12", at=late, kind="object.deletion", objectTypeId="0-2"),
    ]
    request = signed(json.dumps(events).encode(), pair.line, at=NOON)
    heard, _ = await Adapter().hear(pair.line, request)
    assert [one.remote_id and one.remote_id.reveal() for one in heard] == [
        "7", "7", "7", "8", "8", "9", "10",
    ]  # fmt: skip
    assert [one.choices.get("newsletter") for one in heard[:3]] == [False, True, False]
    assert heard[0].chosen_at["newsletter"] == late
    assert not heard[1].chosen_at  # a program said yes
    assert heard[0].message_id == heard[2].message_id != heard[1].message_id
    assert heard[3].facts == {"firstname": Pii("Augusta")}
    assert heard[4].keys == {"email": Pii(BEN)}
    assert heard[5].choices == {"subscription:42": False}
    assert heard[6].is_removed


async def test_the_address_may_be_spelt_as_a_proxy_does(there: Hubspot) -> None:
    line = pair_with(there, "newsletter").line
    request = signed(b"[]", line, at=NOON)
    behind = replace(request, url="http://10.0.0.1:8000/hooks/there")
    heard, returned = await Adapter().hear(line, behind)
    assert not heard
    assert returned.status == 200


async def test_without_a_client_secret_no_webhook_is_believed(there: Hubspot) -> None:
    line = pair_with(there, "newsletter").line
    bare = replace(line, secrets={"token": TOKEN})
    with pytest.raises(BadSignature):
        await Adapter().hear(bare, signed(b"[]", bare, at=NOON, secret=""))
    odd = signed(b"[]", line, at=NOON)
    never = {**odd.headers, "x-hubspot-request-timestamp": "soon"}
    with pytest.raises(BadSignature):
        await Adapter().hear(line, replace(odd, headers=never))


# ------------------------------------------------------------------ limits and checks
@pytest.mark.parametrize(
    ("policy", "after"), [("DAILY", 3600), ("TEN_SECONDLY_ROLLING", 10), ("", None)]
)
async def test_a_limit_says_for_how_long(
    there: Hubspot, policy: str, after: float | None
) -> None:
    pair = pair_with(there, "newsletter")
    there.policy = policy
    there.fail(Fault.LIMITED_SILENTLY)
    with pytest.raises(Unreached) as caught:
        await pair.put(pair.parcel())
    assert (caught.value.problem, caught.value.after) == ("limited", after)


async def test_a_mapping_that_names_nothing_there_is_found_by_the_check(there: Hubspot) -> None:
    for name in ("no_such_property", "subscription:99"):
        wrong = Field(name, What.PURPOSE, "marketing")
        pair = pair_with(there, name, *MAPPING, wrong)
        with pytest.raises(BadConnection, match=name):
            await pair.adapter.check(pair.line)


async def test_a_wrong_token_is_not_let_in(there: Hubspot) -> None:
    pair = pair_with(there, "newsletter")
    line = replace(pair.line, secrets={"token": "another"})
    with pytest.raises(NotLetIn):
        await pair.adapter.check(line)


async def test_a_wrong_mapping_does_not_ask_for_each_person(there: Hubspot) -> None:
    pair = pair_with(there, "newsletter")
    there.is_multi_status = False
    bad = [pair.parcel(f"n-{n}@example.org", facts=pair.refused) for n in range(100)]
    replies = await pair.put(*bad)
    assert all(isinstance(one, Never | Later) for one in replies)
    assert len(there.seen) < 60
    says_nothing(*there.traces())


async def test_times_of_the_future_far_away_are_times(there: Hubspot) -> None:
    pair = pair_with(there, "newsletter")
    far = datetime(2026, 3, 2, tzinfo=UTC)
    odd = event("7", at=far, propertyName="newsletter", propertyValue="false")
    request = signed(json.dumps([odd | {"occurredAt": 10**18}]).encode(), pair.line, at=NOON)
    heard, _ = await Adapter().hear(pair.line, request)
    assert heard[0].choices["newsletter"] is False
