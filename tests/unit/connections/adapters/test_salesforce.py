"""Salesforce keeps up with people, in both directions, and loses no no."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.connections.adapters.salesforce.adapter import Salesforce as Adapter
from candor.domain.connections.adapters.salesforce.following import PAGE, Track
from candor.domain.connections.adapters.salesforce.records import listed
from candor.domain.connections.errors import BadConnection, NotLetIn, Unreached
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import Acknowledged, Changed, Later, Never
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
from tests.counterparts.salesforce import CLIENT, EXTERNAL, SECRET, Salesforce, _plain
from tests.counterparts.serving import Fault

BOTH = Direction.BOTH
EMAIL = "HasOptedOutOfEmail"
SOLICIT = "Individual.HasOptedOutSolicit"
MAPPING = (
    Field("Email", What.IDENTIFIER, "email", direction=BOTH, is_key=True),
    Field("FirstName", What.ATTRIBUTE, "first_name", direction=BOTH),
    Field("LastName", What.ATTRIBUTE, "last_name", direction=BOTH),
    Field("MailingCity", What.ATTRIBUTE, "city", direction=BOTH),
    Field("Description", What.ATTRIBUTE, "note"),
    Field(EMAIL, What.TOPIC, "news/email", direction=BOTH),
    Field("Newsletter__c", What.PURPOSE, "marketing", direction=BOTH),
    Field("not:No_Analytics__c", What.PURPOSE, "analytics", direction=BOTH),
)
WITH_INDIVIDUAL = (*MAPPING, Field(SOLICIT, What.PURPOSE, "solicit", direction=BOTH))


def pair_with(
    there: Salesforce, choice: str, mapping: tuple[Field, ...] = MAPPING, **settings: str
) -> Pair:
    return Pair(
        adapter=Adapter(),
        line=line_of(
            settings={
                "login_url": there.url, "flow": "client_credentials", "client_id": CLIENT,
                "object": "Contact", "unknown": "–", **settings,
            },
            secrets={"client_secret": SECRET},
            mapping=mapping,
            hosts=[there.host],
        ),
        there=there, key="Email", fact="FirstName", other="MailingCity", choice=choice,
        refused={"Description": "refused"}, knows_times="ndividual" not in choice,
    )  # fmt: skip


class Whole(MirrorContract, ReaderContract, ComparerContract):
    hears_removals = True
    heals = True  # a session that is over is renewed


class TestOptOuts(Whole):
    @pytest.fixture
    async def pair(self) -> AsyncIterator[Pair]:
        async with Salesforce().running() as there:
            yield pair_with(there, EMAIL)


class TestIndividuals(Whole):
    @pytest.fixture
    async def pair(self) -> AsyncIterator[Pair]:
        async with Salesforce().running() as there:
            yield pair_with(there, SOLICIT, WITH_INDIVIDUAL)


@pytest.fixture
async def there() -> AsyncIterator[Salesforce]:
    async with Salesforce().running() as one:
        yield one


# ------------------------------------------------------------------ conditional writing
@pytest.mark.parametrize("choice", ["Newsletter__c", SOLICIT])
async def test_a_no_between_reading_and_writing_stays(there: Salesforce, choice: str) -> None:
    mapping = WITH_INDIVIDUAL if choice == SOLICIT else MAPPING
    pair = pair_with(there, choice, mapping)
    ada = await begun(pair, yes=False)

    def opt_out() -> None:
        there.before_write = None
        there.change(ada, facts={"MailingCity": "Paris"})
        there.change(ada, choices={choice: False})

    there.before_write = opt_out
    (reply,) = await pair.put(pair.parcel(remote_id=ada, yes=True, agreed=False))
    assert reply == Later("changed_meanwhile", 1.0)
    assert there.people()[ada].choices[choice] is False
    assert there.people()[ada].facts["MailingCity"] == "Paris"


async def test_a_yes_waits_for_the_second_to_end(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    ada = await begun(pair, yes=False)
    there.change(ada, choices={EMAIL: False}, at=there.now + timedelta(seconds=1))
    there.now -= timedelta(seconds=2)  # each question takes one
    (reply,) = await pair.put(pair.parcel(remote_id=ada, yes=True, agreed=False))
    assert reply == Later("just_changed", 1.0)
    assert there.people()[ada].choices[EMAIL] is False
    there.tick()
    (reply,) = await pair.put(pair.parcel(remote_id=ada, yes=True, agreed=False))
    assert isinstance(reply, Acknowledged)
    assert there.people()[ada].choices[EMAIL] is True


async def test_many_yeses_go_in_parts(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    addresses = [f"n-{n}@example.org" for n in range(60)]
    names = [
        told(one) for one in await pair.put(*[pair.parcel(a, yes=False) for a in addresses])
    ]
    replies = await pair.put(
        *[
            pair.parcel(a, remote_id=name, yes=True, agreed=False)
            for a, name in zip(addresses, names, strict=True)
        ]
    )
    assert [told(one) for one in replies] == names
    assert all(one.choices[EMAIL] for one in there.people().values())


async def test_a_history_says_when(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    ada = await begun(pair)
    at = NOON + timedelta(days=1)
    there.change(ada, choices={EMAIL: False}, at=at)
    there.change(ada, facts={"MailingCity": "Paris"})
    (reply,) = await pair.put(pair.parcel(remote_id=ada, yes=True, agreed=True))
    assert isinstance(reply, Changed)
    assert reply.heard.chosen_at[EMAIL] == at
    heard, _ = await everything(pair.adapter, pair.line, None)
    assert about(heard, ada).chosen_at[EMAIL] == at
    there.keeps_history = False
    heard, _ = await everything(pair.adapter, pair.line, None)
    assert about(heard, ada).choices[EMAIL] is False
    assert not about(heard, ada).chosen_at


@pytest.mark.parametrize("choice", [EMAIL, "Newsletter__c"])
async def test_a_yes_that_we_wrote_has_no_time_of_its_own(
    there: Salesforce, choice: str
) -> None:
    pair = pair_with(there, choice)
    ada = await begun(pair, yes=False)
    await pair.put(pair.parcel(remote_id=ada, yes=True, agreed=False))
    heard, _ = await everything(pair.adapter, pair.line, None)
    assert about(heard, ada).choices[choice] is True
    assert choice not in about(heard, ada).chosen_at
    there.change(ada, choices={choice: False})
    at = NOON + timedelta(days=1)
    there.change(ada, choices={choice: True}, at=at)
    heard, _ = await everything(pair.adapter, pair.line, None)
    assert about(heard, ada).chosen_at[choice] == at


# ------------------------------------------------------------------ who is who
async def test_a_no_of_any_record_with_the_address_counts(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    ada = await begun(pair)
    there._created({"attributes": {"type": "Contact"}, "LastName": "L", "Email": ADA.upper()})
    twin = next(name for name in there.people() if name != ada)
    there.change(twin, choices={EMAIL: False})
    (reply,) = await pair.put(pair.parcel(yes=True))
    assert isinstance(reply, Changed)
    assert reply.heard.remote_id == Pii(ada)
    assert reply.heard.choices[EMAIL] is False


async def test_an_external_id_doubles_nobody(there: Salesforce) -> None:
    external = Field(EXTERNAL, What.IDENTIFIER, "customer", direction=BOTH, is_key=True)
    pair = pair_with(there, EMAIL, (external, *MAPPING), external_id=EXTERNAL)
    await pair.adapter.check(pair.line)
    for yes in (None, False, True):
        parcel = pair.parcel(f"needle-{yes}@example.org", yes=yes)
        keys = {**parcel.keys, EXTERNAL: Pii(f"K-{yes}")}
        (first,) = await pair.put(replace(parcel, keys=keys))
        moved = {**keys, "Email": Pii(f"ockham-{yes}@example.org")}
        (second,) = await pair.put(replace(parcel, keys=moved, agreed={EMAIL: yes or False}))
        assert told(first) == told(second)
    assert len(there.people()) == 3
    assert any(one.path.endswith(f"/sobjects/Contact/{EXTERNAL}") for one in there.seen)


async def test_a_merged_record_is_not_one_that_is_gone(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    ada, ben = await begun(pair), await begun(pair, address=BEN)
    _, cursor = await everything(pair.adapter, pair.line, None)
    there.merge(ada, ben)
    heard, _ = await everything(pair.adapter, pair.line, cursor)
    assert not any(one.is_removed for one in heard)
    (reply,) = await pair.put(pair.parcel(ADA, remote_id=ben, facts={"FirstName": "Ada"}))
    assert told(reply) == ada


async def test_a_name_that_is_not_known_is_replaced_and_never_heard(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    ada = await begun(pair)
    await pair.put(pair.parcel(remote_id=ada, facts={"LastName": "Byron"}))
    await pair.put(pair.parcel(remote_id=ada, facts={"LastName": None}))
    assert there.people()[ada].facts["LastName"] == "–"
    heard, _ = await everything(pair.adapter, pair.line, None)
    assert about(heard, ada).facts["LastName"] == Pii(None)


async def test_what_goes_to_the_recycle_bin_is_empty(there: Salesforce) -> None:
    pair = pair_with(there, SOLICIT, WITH_INDIVIDUAL)
    ada = await begun(pair)
    await pair.put(pair.removal(ada))
    left = there.records[ada].fields
    assert left["IsDeleted"]
    assert [left[name] for name in ("Email", "FirstName", "MailingCity")] == [None] * 3
    assert not there.of("Individual")


async def test_ids_that_are_none_are_nobodys(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    await begun(pair)
    for text in ("' OR Id != '", "7", "003000000000099AAA"):
        (reply,) = await pair.put(pair.removal(text))
        assert isinstance(reply, Acknowledged)
    assert len(there.people()) == 1


@given(st.lists(st.text(), min_size=1))
def test_a_text_in_a_question_is_that_text(texts: list[str]) -> None:
    literal = listed(texts[:1])
    assert _plain(literal[1:-1]) == texts[0].lower()


async def test_a_quote_in_an_address_is_a_quote(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    for address in ("o'neill@example.org", "x\\' OR Email != '"):
        first = await begun(pair, address=address)
        assert await begun(pair, address=address) == first
    assert len(there.people()) == 2


# ------------------------------------------------------------------ following
async def test_many_changes_of_one_instant_are_all_heard(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    count = 2 * PAGE + 7
    for n in range(count):
        given = {
            "attributes": {"type": "Contact"},
            "LastName": "L",
            "Email": f"n-{n}@x.example",
        }
        there._created(given)
    for name in there.people():
        there.change(name, facts={"MailingCity": "Bern"}, at=NOON)
    heard, cursor = await everything(pair.adapter, pair.line, None)
    assert len({one.remote_id for one in heard}) == count
    there.now += timedelta(hours=1)
    _, cursor = await everything(pair.adapter, pair.line, cursor)
    heard, _ = await everything(pair.adapter, pair.line, cursor)
    assert not heard


@given(st.text(), st.text())
def test_a_track_is_read_as_it_was_kept_or_not_at_all(at: str, after: str) -> None:
    track = Track.of(at, after)
    assert Track.of(*str(track).split("|")) == track
    assert "'" not in track.condition("SystemModstamp").replace(f"'{track.after}'", "")


# ------------------------------------------------------------------ being let in
async def test_a_session_that_is_over_is_renewed_once(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    ada = await begun(pair)
    there.expire()
    assert await begun(pair) == ada
    assert there.given == 2
    there.fail(Fault.LOCKED_OUT, times=9)
    with pytest.raises(NotLetIn):
        await pair.put(pair.parcel())


async def test_other_credentials_are_another_session(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    await begun(pair)
    wrong = replace(pair.line, secrets={"client_secret": "another"})
    with pytest.raises(NotLetIn):
        await pair.adapter.check(wrong)


async def test_a_signed_assertion_lets_us_in(there: Salesforce) -> None:
    key = generate_private_key(65537, 2048)
    there.key = key.public_key()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    line = pair_with(there, EMAIL, flow="jwt_bearer", username="candor@corp.example").line
    await Adapter().check(replace(line, secrets={"private_key": pem}))
    with pytest.raises(NotLetIn):
        await Adapter().check(replace(line, secrets={"private_key": "no key"}))


async def test_a_limit_of_a_day_is_not_a_lock(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    await begun(pair)
    there.fail(Fault.LIMITED_SILENTLY)
    with pytest.raises(Unreached) as caught:
        await pair.put(pair.parcel())
    assert (caught.value.problem, caught.value.after) == ("limited", 900.0)


async def test_who_may_not_is_not_let_in(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    await begun(pair)
    there.forbids = True
    with pytest.raises(NotLetIn):
        await pair.put(pair.parcel())


async def test_only_a_no_goes_to_the_individual_of_many_at_once(there: Salesforce) -> None:
    pair = pair_with(there, SOLICIT, WITH_INDIVIDUAL, removal="delete")
    names = [await begun(pair), await begun(pair, address=BEN)]
    replies = await pair.put(
        *[
            pair.parcel(address, remote_id=name, yes=False, agreed=True)
            for address, name in zip((ADA, BEN), names, strict=True)
        ]
    )
    assert [told(one) for one in replies] == names
    assert not any(held.choices[SOLICIT] for held in there.people().values())
    assert len(there.of("Individual")) == 2
    await pair.put(*map(pair.removal, names))
    assert not there.people()
    assert there.records[names[0]].fields["FirstName"] == "Augusta"  # `delete` alone


async def test_a_mapping_that_names_nothing_there_is_found_by_the_check(
    there: Salesforce,
) -> None:
    for name in ("Nothing__c", "Individual.Nothing", "Name) OR (Id"):
        wrong = Field(name, What.PURPOSE, "marketing")
        pair = pair_with(there, name, (*MAPPING, wrong))
        with pytest.raises(BadConnection):
            await pair.adapter.check(pair.line)
    pair = pair_with(there, EMAIL, external_id="Email")
    with pytest.raises(BadConnection, match="external id"):
        await pair.adapter.check(pair.line)


async def test_without_anything_to_find_them_by_nobody_is_made(there: Salesforce) -> None:
    pair = pair_with(there, EMAIL)
    (reply,) = await pair.put(replace(pair.parcel(), keys={}))
    assert reply == Never("no_key")
    assert not there.people()
