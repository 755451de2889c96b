"""Who may be in an audience is in it by hashes alone; who may not is taken out by them."""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from candor.domain.connections.adapters.audience.adapter import Audience
from candor.domain.connections.adapters.audience.normalising import GOOGLE, META
from candor.domain.connections.adapters.audience.rows import hashed, name_of, row_of
from candor.domain.connections.errors import BadConnection, NotLetIn, Unreached
from candor.domain.connections.model.connection import Field, What
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.talk import Acknowledged, Never, Parcel, Ticket, Value
from candor.kernel.pii import Pii
from tests.counterparts.audience import (
    ACCOUNT,
    AUDIENCE,
    MEMBER,
    TOKEN,
    Google,
    Meta,
    sha256,
)
from tests.counterparts.contract import (
    ADA,
    BEN,
    NOON,
    MirrorContract,
    Pair,
    begun,
    line_of,
    says_nothing,
    told,
)
from tests.counterparts.serving import Fault

OF_META = (
    Field("EMAIL", What.IDENTIFIER, "email", is_key=True),
    Field("PHONE", What.IDENTIFIER, "phone", is_key=True),
    Field("FN", What.ATTRIBUTE, "first_name"),
    Field("LN", What.ATTRIBUTE, "last_name"),
    Field(MEMBER, What.PURPOSE, "ads"),
)
OF_GOOGLE = (
    Field("EMAIL", What.IDENTIFIER, "email", is_key=True),
    Field("PHONE", What.IDENTIFIER, "phone", is_key=True),
    Field(MEMBER, What.PURPOSE, "ads"),
)


def with_meta(there: Meta, mapping: tuple[Field, ...] = OF_META, **settings: str) -> Pair:
    there.invalid = {sha256("nemo")}
    return Pair(
        adapter=Audience(),
        line=line_of(
            settings={
                "platform": "meta", "audience": AUDIENCE, "base_url": there.url, **settings,
            },
            secrets={"token": TOKEN}, mapping=mapping, hosts=[there.host],
        ),
        there=there, key="EMAIL", fact="FN", other="LN", choice=MEMBER,
        refused={"FN": "Nemo"},
    )  # fmt: skip


def with_google(there: Google, mapping: tuple[Field, ...] = OF_GOOGLE, **settings: str) -> Pair:
    return Pair(
        adapter=Audience(),
        line=line_of(
            settings={
                "platform": "google", "audience": AUDIENCE, "account": "123-456-7890",
                "terms": "yes", "base_url": there.url, **settings,
            },
            secrets={"service_account": there.key_file()}, mapping=mapping, hosts=[there.host],
        ),
        there=there, key="EMAIL", fact="FN", other="LN", choice=MEMBER,
    )  # fmt: skip


class Told(MirrorContract):
    """What a system does that is told and never heard: a no is to be no more in it."""

    guards = False  # it tells nobody whom it holds

    @override
    async def test_a_no_always_arrives(self, pair: Pair) -> None:
        remote_id = await begun(pair)
        (reply,) = await pair.put(pair.parcel(remote_id=remote_id, yes=False, agreed=True))
        assert told(reply) == remote_id
        assert not pair.system.people()

    @override
    async def test_a_no_goes_where_they_said_no_themselves(self, pair: Pair) -> None:
        remote_id = await begun(pair)
        pair.system.change(remote_id, choices={MEMBER: False})
        (reply,) = await pair.put(pair.parcel(remote_id=remote_id, yes=False, agreed=True))
        assert isinstance(reply, Acknowledged)
        assert not pair.system.people()


class TestMeta(Told):
    @pytest.fixture
    async def pair(self) -> AsyncIterator[Pair]:
        async with Meta().running() as there:
            yield with_meta(there)

    @override
    async def test_nothing_empties_a_field_and_what_is_missing_stays(self, pair: Pair) -> None:
        remote_id = await begun(pair)
        (reply,) = await pair.put(pair.parcel(remote_id=remote_id, facts={"FN": None}))
        ((name, held),) = pair.system.people().items()
        assert name == told(reply) != remote_id  # the name is what it holds
        assert dict(held.facts) == {"LN": "Ockham"}

    @override
    async def test_answers_come_in_the_order_of_parcels(self, pair: Pair) -> None:
        addresses = [f"needle-{number}@example.org" for number in range(5)]
        first = [told(one) for one in await pair.put(*map(pair.parcel, addresses))]
        changed = [
            pair.parcel(address, remote_id=remote_id, facts={"FN": "Ada"})
            for address, remote_id in reversed(list(zip(addresses, first, strict=True)))
        ]
        again = [told(one) for one in await pair.put(*changed)]
        there = [row_of(Meta.where, Pii(name)) or {} for name in again]
        assert [row["EMAIL"] for row in there] == [sha256(one) for one in addresses[::-1]]
        assert set(again) == set(pair.system.people())


class TestGoogle(Told):
    heals = True  # a token that is not taken any more is got anew at once

    @pytest.fixture
    async def pair(self) -> AsyncIterator[Pair]:
        async with Google().running() as there:
            yield with_google(there)

    @override
    async def test_a_new_person_is_there_as_desired(self, pair: Pair) -> None:
        remote_id = await begun(pair)
        assert pair.there.rows == [{"EMAIL": sha256(ADA)}]
        assert remote_id == pair.there.name_of({"EMAIL": sha256(ADA)})

    @override
    async def test_nothing_empties_a_field_and_what_is_missing_stays(self, pair: Pair) -> None:
        pytest.skip("it holds nothing but addresses and numbers")

    @override
    async def test_answers_come_in_the_order_of_parcels(self, pair: Pair) -> None:
        addresses = [f"needle-{number}@example.org" for number in range(5)]
        replies = await pair.put(*map(pair.parcel, addresses))
        names = [pair.there.name_of({"EMAIL": sha256(one)}) for one in addresses]
        assert [told(one) for one in replies] == names


# ------------------------------------------------------------------ the documents' own examples
@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("EMAIL", " John_Smith@gmail.com ", "john_smith@gmail.com"),
        ("EMAIL", "no address", None),
        ("EMAIL", "two@signs@example.com", None),
        ("PHONE", "+1 (650) 555-1212", "16505551212"),
        ("PHONE", "+44 844 412 4653", "448444124653"),
        ("PHONE", "0049 30 1234567", "49301234567"),
        ("PHONE", "030 1234567", None),  # of which country?
        ("PHONE", "+", None),
        ("FN", "Mary", "mary"),
        ("FN", "Valéry", "valéry"),
        ("FN", "정", "정"),
        ("LN", " O'Brien-Smith ", "obriensmith"),
        ("LN", "-", None),
        ("FI", "Mary", "m"),
        ("GEN", "F", "f"),
        ("GEN", "Male", "m"),
        ("GEN", "divers", None),
        ("DOBY", "1998-02-06", "1998"),
        ("DOBM", "1998-02-06", "02"),
        ("DOBD", "1998-02-06", "06"),
        ("DOBM", "2", "02"),
        ("DOBM", "13", None),
        ("DOBY", "98", None),
        ("CT", "New York", "newyork"),
        ("CT", "Lon-don ", "london"),
        ("ST", "AZ", "az"),
        ("ZIP", "94035-1234", "94035"),
        ("ZIP", "M1 1AE", "m11ae"),
        ("ZIP", "1987", "1987"),
        ("COUNTRY", "US", "us"),
        ("COUNTRY", "Germany", None),
        ("EXTERN_ID", " N100733 ", "N100733"),
    ],
)
def test_meta_gets_values_as_its_table_says(name: str, text: str, found: str | None) -> None:
    assert META[name](text) == found


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("EMAIL", "cloudy.sanfrancisco+shopping@gmail.com", "cloudysanfrancisco@gmail.com"),
        ("EMAIL", "User.Name+NYC@Example.com", "user.name+nyc@example.com"),
        ("EMAIL", " jef ferson.loves.hiking@googlemail.com", "jeffersonloveshiking@googlemail.com"),
        ("EMAIL", "+all@gmail.com", None),
        ("PHONE", "+1 (800) 555-0100", "+18005550100"),
        ("PHONE", "(800) 555-0100", None),
    ],
)  # fmt: skip
def test_google_gets_values_as_its_table_says(name: str, text: str, found: str | None) -> None:
    assert GOOGLE[name](text) == found


def test_the_hash_is_the_one_that_meta_shows() -> None:
    row = hashed(META, {"EMAIL": Pii("John_Smith@gmail.com")})
    assert row == {"EMAIL": hashlib.sha256(b"john_smith@gmail.com").hexdigest()}
    assert row["EMAIL"].startswith("62a14e44f765419d10fe")


@given(
    st.dictionaries(
        st.sampled_from([*META, "MADID", "street"]),
        st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none()),
    )
)
def test_whatever_is_told_only_hashes_leave(values: Mapping[str, Value]) -> None:
    for rules in (META, GOOGLE):
        row = hashed(rules, {name: Pii(value) for name, value in values.items()})
        assert row.keys() <= rules.keys()
        assert all(re.fullmatch(r"[0-9a-f]{64}", text) for text in row.values())
        assert row_of("meta/1", name_of("meta/1", row)) == row
        assert not row or row_of("meta/2", name_of("meta/1", row)) is None


# ------------------------------------------------------------------ in and out
@pytest.fixture
async def meta() -> AsyncIterator[Meta]:
    async with Meta().running() as one:
        yield one


@pytest.fixture
async def google() -> AsyncIterator[Google]:
    async with Google().running() as one:
        yield one


async def test_who_changes_an_address_is_there_by_the_new_one_alone(meta: Meta) -> None:
    pair = with_meta(meta)
    remote_id = await begun(pair)
    (reply,) = await pair.put(pair.parcel(BEN, remote_id=remote_id, yes=True))
    (row,) = meta.rows
    assert row["EMAIL"] == sha256(BEN)
    assert told(reply) == meta.name_of(row)
    assert [one.method for one in meta.seen] == ["POST", "DELETE", "POST"]


async def test_another_name_takes_nobody_out_in_between(meta: Meta) -> None:
    pair = with_meta(meta)
    remote_id = await begun(pair)
    await pair.put(pair.parcel(remote_id=remote_id, facts={"FN": "Ada"}, yes=True))
    assert [one.method for one in meta.seen] == ["POST", "POST"]


async def test_a_no_with_another_address_takes_out_both(meta: Meta) -> None:
    pair = with_meta(meta)
    remote_id = await begun(pair)
    await begun(pair, address=BEN)  # said, and never acknowledged
    await pair.put(pair.parcel(BEN, remote_id=remote_id, yes=False))
    assert not meta.rows


async def test_restricted_people_are_taken_out(meta: Meta) -> None:
    # Of them no key and no fact comes, only that each choice is no.
    pair = with_meta(meta)
    remote_id = await begun(pair)
    parcel = Parcel(
        Ticket(pair.parcel().ticket.delivery_id, 1, 1), Act.PUT, Pii(remote_id), None, {}, {},
        {MEMBER: False}, NOON,
    )  # fmt: skip
    (reply,) = await pair.put(parcel)
    assert isinstance(reply, Acknowledged)
    assert not meta.rows


async def test_somebody_told_of_without_an_answer_is_removed_by_the_keys(meta: Meta) -> None:
    pair = with_meta(meta)
    await begun(pair)
    parcel = Parcel(
        pair.parcel().ticket, Act.REMOVE, None, None, {"EMAIL": Pii(ADA)}, {}, {}, NOON
    )
    assert await pair.put(parcel) == [Acknowledged()]
    assert not meta.rows


async def test_an_address_that_went_to_somebody_else_stays_theirs(meta: Meta) -> None:
    pair = with_meta(meta)
    ada = await begun(pair)
    replies = await pair.put(pair.removal(ada), pair.parcel(ADA, yes=True))
    assert all(isinstance(one, Acknowledged) for one in replies)
    assert [row["EMAIL"] for row in meta.rows] == [sha256(ADA)]


async def test_who_cannot_be_found_there_any_more_is_taken_out(meta: Meta) -> None:
    pair = with_meta(meta)
    remote_id = await begun(pair)
    (reply,) = await pair.put(pair.parcel("no address", remote_id=remote_id, yes=True))
    assert reply == Never("nothing_to_match")
    assert not meta.rows


async def test_an_audience_that_was_exchanged_is_not_forgotten(meta: Meta) -> None:
    pair = with_meta(meta)
    other = pair.there.name_of({"EMAIL": sha256(ADA)}).replace(AUDIENCE, "77")
    assert await pair.put(pair.removal(other)) == [Never("other_audience")]
    assert not meta.seen


async def test_many_are_one_call_each_way(meta: Meta) -> None:
    pair = with_meta(meta)
    count = pair.adapter.spec.at_once
    people = [pair.parcel(f"needle-{n}@example.org", yes=True) for n in range(count)]
    names = [told(one) for one in await pair.put(*people)]
    assert len(meta.rows) == count
    await pair.put(*map(pair.removal, names))
    assert not meta.rows
    assert len(meta.seen) == 2


async def test_one_among_many_is_found_and_the_rest_is_in(meta: Meta) -> None:
    pair = with_meta(meta)
    people = [pair.parcel(f"needle-{n}@example.org", yes=True) for n in range(100)]
    people[37] = pair.parcel(BEN, facts=pair.refused, yes=True)
    replies = await pair.put(*people)
    wrong = [n for n, one in enumerate(replies) if not isinstance(one, Acknowledged)]
    assert (wrong, replies[37]) == ([37], Never("invalid_entry"))
    assert len(meta.rows) == 99
    assert len(meta.seen) < 20


async def test_the_same_again_is_the_same_session(meta: Meta) -> None:
    pair = with_meta(meta)
    for address in (ADA, ADA, BEN):
        await pair.put(pair.parcel(address, yes=True))
    first, again, other = meta.sessions
    assert first == again != other


# ------------------------------------------------------------------ what Meta says
@pytest.mark.parametrize(
    ("code", "subcode", "problem"),
    [
        (80_003, 2446079, "limited"),
        (4, 0, "limited"),
        (17, 2446079, "limited"),
        (613, 0, "limited"),
        (1, 99, "meta_1"),
        (2, 0, "meta_2"),
        (2650, 0, "meta_2650"),
        (100, 33, "no_audience"),
        (100, 1713230, "blocked"),
    ],
)
async def test_errors_about_the_connection_are_nobodys(
    meta: Meta, code: int, subcode: int, problem: str
) -> None:
    pair = with_meta(meta)
    meta.error = {"code": code, "error_subcode": subcode, "message": f"about {ADA}"}
    with pytest.raises(Unreached) as caught:
        await pair.put(pair.parcel(), pair.parcel(BEN))
    assert caught.value.problem == problem
    says_nothing(caught.value)


@pytest.mark.parametrize("code", [190, 102, 10, 200, 294])
async def test_a_token_that_is_not_taken_shuts_the_connection(meta: Meta, code: int) -> None:
    pair = with_meta(meta)
    meta.error = {"code": code, "message": f"about {ADA}"}
    for act in (pair.put(pair.parcel()), pair.adapter.check(pair.line)):
        with pytest.raises(NotLetIn) as caught:
            await act
        says_nothing(caught.value)


async def test_minutes_until_it_may_be_asked_again_are_waited(meta: Meta) -> None:
    pair = with_meta(meta)
    meta.error = {"code": 80_003}
    use = {"type": "custom_audience", "call_count": 100, "estimated_time_to_regain_access": 19}
    meta.headers = {"x-business-use-case-usage": json.dumps({"1": [{**use}], "2": []})}
    with pytest.raises(Unreached) as caught:
        await pair.put(pair.parcel())
    assert caught.value.after == 19 * 60


async def test_an_audience_that_would_be_too_small_parks_removals(meta: Meta) -> None:
    pair = with_meta(meta)
    remote_id = await begun(pair)
    meta.is_too_small = True
    replies = await pair.put(pair.removal(remote_id), pair.parcel(BEN, yes=True))
    assert replies[0] == Never("audience_too_small")
    assert isinstance(replies[1], Acknowledged)


async def test_a_call_that_is_refused_for_everybody_is_tried_again(meta: Meta) -> None:
    pair = with_meta(meta)
    meta.error = {"code": 100}
    people = [pair.parcel(f"needle-{n}@example.org", yes=True) for n in range(200)]
    replies = await pair.put(*people)
    assert not any(isinstance(one, Acknowledged) for one in replies)
    assert len(meta.seen) == 40


# ------------------------------------------------------------------ what Google says
async def test_consent_is_only_said_where_somebody_set_so(google: Google) -> None:
    await begun(with_google(google))
    await begun(with_google(google, consent="granted", login_account="987-654-3210"))
    silent, loud = google.bodies
    assert "consent" not in silent
    assert "loginAccount" not in silent["destinations"][0]
    granted = "CONSENT_GRANTED"
    assert loud["consent"] == {"adUserData": granted, "adPersonalization": granted}
    assert loud["destinations"][0]["loginAccount"]["accountId"] == "9876543210"
    assert loud["destinations"][0]["operatingAccount"]["accountId"] == ACCOUNT


async def test_terms_that_were_not_accepted_are_said(google: Google) -> None:
    pair = with_google(google, terms="no")
    with pytest.raises(BadConnection, match="terms_and_conditions_not_signed"):
        await pair.adapter.check(pair.line)
    with pytest.raises(Unreached) as caught:
        await pair.put(pair.parcel())
    assert caught.value.problem == "terms_and_conditions_not_signed"


async def test_one_member_that_google_refuses_is_found(google: Google) -> None:
    pair = with_google(google)
    google.invalid = {sha256(BEN)}
    replies = await pair.put(pair.parcel(yes=True), pair.parcel(BEN, yes=True))
    assert isinstance(replies[0], Acknowledged)
    assert replies[1] == Never("invalid_audience_member")
    assert google.rows == [{"EMAIL": sha256(ADA)}]


async def test_a_token_is_got_once_and_again_when_it_is_not_taken(google: Google) -> None:
    pair = with_google(google)
    await begun(pair)
    await begun(pair, address=BEN)
    assert [one.path for one in google.seen].count("/token") == 1
    google.forget_tokens()
    await begun(pair)
    assert [one.path for one in google.seen].count("/token") == 2


@pytest.mark.parametrize("key", ["", "{}", '{"client_email":"a","private_key":"no key"}'])
async def test_what_is_no_key_lets_nobody_in(google: Google, key: str) -> None:
    pair = with_google(google)
    line = line_of(
        settings=pair.line.settings, secrets={"service_account": key}, mapping=OF_GOOGLE,
        hosts=[google.host],
    )  # fmt: skip
    with pytest.raises(NotLetIn):
        await Audience().check(line)


@pytest.mark.parametrize(("is_daily", "after"), [(False, None), (True, 3_600)])
async def test_a_days_share_that_is_used_up_is_waited_for(
    google: Google, *, is_daily: bool, after: float | None
) -> None:
    pair = with_google(google)
    await begun(pair)
    google.is_daily = is_daily
    google.fail(Fault.LIMITED_SILENTLY)
    with pytest.raises(Unreached) as caught:
        await pair.put(pair.parcel(BEN))
    assert caught.value.after == after


# ------------------------------------------------------------------ settings
@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ((*OF_META, Field("street", What.ATTRIBUTE, "street")), "street"),
        ((*OF_META, Field("MADID", What.IDENTIFIER, "device")), "MADID"),
        (OF_META[2:], "finds nobody"),
        (OF_META[:-1], "Map a choice"),
    ],
)
async def test_a_mapping_that_could_leak_or_never_lets_go_is_refused(
    meta: Meta, mapping: tuple[Field, ...], words: str
) -> None:
    pair = with_meta(meta, mapping)
    acts: list[Any] = [pair.adapter.check(pair.line), pair.put(pair.parcel())]
    for act in acts:
        with pytest.raises(BadConnection, match=words):
            await act
    assert not meta.seen


@pytest.mark.parametrize("number", ["", "me/feed", "1?x=", "12a"])
async def test_an_audience_is_a_number(meta: Meta, number: str) -> None:
    pair = with_meta(meta, audience=number)
    with pytest.raises(BadConnection):
        await pair.put(pair.parcel())
    assert not meta.seen


async def test_a_check_finds_out_that_the_audience_is_another(
    meta: Meta, google: Google
) -> None:
    for pair in (with_meta(meta, audience="77"), with_google(google, audience="77")):
        with pytest.raises(BadConnection):
            await pair.adapter.check(pair.line)
