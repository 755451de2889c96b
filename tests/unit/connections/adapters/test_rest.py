"""REST APIs, connected without code: against a CRM that somebody made up."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from candor.domain.connections.adapters.rest.adapter import Rest
from candor.domain.connections.errors import BadConnection, NotLetIn, Unreached
from candor.domain.connections.model.connection import Direction, Field, What
from candor.domain.connections.model.talk import Acknowledged, Changed, Later, Never
from candor.kernel.clock import FixedClock
from candor.kernel.pii import Pii
from tests.counterparts.contract import (
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
from tests.counterparts.rest import HOOK, PAGE, TOKEN, USER
from tests.counterparts.rest import Rest as There
from tests.counterparts.serving import Answered, Asked, Fault

BOTH = Direction.BOTH
CHOICE = "attributes.channels.newsletter"
MAPPING = (
    Field("attributes.email", What.IDENTIFIER, "email", is_key=True, direction=BOTH),
    Field("attributes.first_name", What.ATTRIBUTE, "first_name", direction=BOTH),
    Field("attributes.city", What.ATTRIBUTE, "city", direction=BOTH),
    Field(CHOICE, What.TOPIC, "news/email", direction=BOTH),
)
SETTINGS = {
    "auth": "bearer",
    "find": "POST /people/search",
    "find_body": '{"filter": {"email": "{attributes.email}"}}',
    "found_at": "results",
    "read": "GET /people/{id}",
    "create": "POST /people",
    "create_body": '{"person": "{record}"}',
    "update": "PATCH /people/{id}",
    "update_body": '{"person": "{record}"}',
    "delete": "DELETE /people/{id}",
    "record_at": "data",
    "version_at": "header:ETag",
    "error_at": "ok!=true",
    "yes": "subscribed",
    "no": "unsubscribed",
    "chosen_suffix": "_at",
    "list": "GET /people?changed_since={since}&cursor={cursor}",
    "list_at": "people",
    "next_at": "next",
    "changed_at": "changed_at",
    "removed_at": "deleted",
    "hook_header": "X-CRM-Signature",
    "hook_prefix": "v0=",
    "hook_signed": "v0:{time}:{body}",
    "hook_time_header": "X-CRM-Time",
    "hook_at": "data",
    "hook_id_at": "event_id",
    "hook_removed": "type=person.deleted",
}
BY_PAGE = {"list": "GET /people?changed_since={since}&page={page}", "paging": "page"}
BY_LAST = {
    "list": "GET /people?changed_since={since}&last_id={last_id}",
    "paging": "last_id",
    "page_size": str(PAGE),
}
LINKED = {"list": "GET /people?changed_since={since}", "next_at": "header:Link"}
OAUTH = {"auth": "oauth2", "user": USER}
PROOFS: Mapping[str, Mapping[str, str]] = {
    "bearer": {},
    "basic": {"auth": "basic", "user": USER},
    "header": {"auth": "header", "header": "X-CRM-Key"},
    "oauth2": OAUTH,
}


def pair_of(there: There, **changes: str) -> Pair:
    settings = {"base_url": f"{there.url}/v1", **SETTINGS, **changes}
    if settings["auth"] == "oauth2":
        settings |= {"token_url": f"{there.url}/oauth/token"}
    return Pair(
        adapter=Rest(),
        line=line_of(
            settings=settings,
            secrets={"secret": TOKEN, "hook_secret": HOOK},
            mapping=MAPPING,
            hosts=[there.host],
            clock=there.clock,
        ),
        there=there,
        key="attributes.email",
        fact="attributes.first_name",
        other="attributes.city",
        choice=CHOICE,
        refused={"attributes.first_name": "x" * 101},
        knows_times=settings["chosen_suffix"] != "",
    )


class TestRest(MirrorContract, ReaderContract, ComparerContract, ListenerContract):
    hears_removals = True

    @pytest.fixture
    async def pair(self) -> AsyncIterator[Pair]:
        async with There().running() as there:
            yield pair_of(there)


class TestRestWithTokens(MirrorContract):
    heals = True  # a token that is not taken any more is got anew at once

    @pytest.fixture
    async def pair(self) -> AsyncIterator[Pair]:
        async with There(auth="oauth2").running() as there:
            yield pair_of(there, **OAUTH, version_at="", chosen_suffix="")


class TestRestByPage(ReaderContract, ComparerContract):
    @pytest.fixture(params=[BY_PAGE, BY_LAST, LINKED], ids=["page", "last_id", "link"])
    async def pair(self, request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
        async with There().running() as there:
            yield pair_of(there, **request.param)


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with There().running() as there:
        yield pair_of(there)


# ------------------------------------------------------------------ being let in
@pytest.mark.parametrize("kind", list(PROOFS))
async def test_it_is_let_in_in_each_way_and_by_no_other_secret(kind: str) -> None:
    async with There(auth=kind).running() as there:
        pair = pair_of(there, **PROOFS[kind])
        assert await begun(pair)
        for secret in ("another", "", "with\nanother: header"):
            with pytest.raises(NotLetIn):
                await pair.adapter.check(replace(pair.line, secrets={"secret": secret}))


@pytest.mark.parametrize("place", ["header", "body"])
async def test_a_token_is_kept_until_it_ends(place: str) -> None:
    async with There(auth="oauth2").running() as there:
        pair = pair_of(there, **OAUTH, client_proof=place, scope="people")
        remote_id = await begun(pair)
        await pair.put(pair.removal(remote_id))
        assert len(there.tokens) == 1
        assert isinstance(pair.line.clock, FixedClock)
        pair.line.clock.advance(timedelta(seconds=3_580))
        await pair.adapter.check(pair.line)
        assert len(there.tokens) == 2
        there.tokens[:] = ["revoked"]
        await pair.adapter.check(pair.line)
        assert len(there.tokens) == 2


# ------------------------------------------------------------------ writing
async def test_a_write_between_reading_and_writing_is_not_written_over(pair: Pair) -> None:
    remote_id = await begun(pair, yes=False)
    there, answer = pair.there, pair.there._routed

    def meanwhile(asked: Asked) -> Answered:
        said = answer(asked)
        if asked.method == "GET":
            there._routed = answer
            there.change(remote_id, facts={"attributes.city": "Ware"})
        return said

    there._routed = meanwhile
    parcel = pair.parcel(remote_id=remote_id, yes=True, agreed=False)
    assert await pair.put(parcel) == [Later("conflict", 1.0)]
    assert isinstance((await pair.put(parcel))[0], Acknowledged)


async def test_who_was_deleted_there_is_found_again_or_made_anew(pair: Pair) -> None:
    remote_id = await begun(pair)
    pair.there.delete(remote_id)
    again = told((await pair.put(pair.parcel(remote_id=remote_id, yes=True, agreed=True)))[0])
    assert again != remote_id
    assert list(pair.system.people()) == [again]


async def test_what_stands_there_is_not_written_again(pair: Pair) -> None:
    remote_id = await begun(pair)
    await pair.put(pair.parcel(remote_id=remote_id, yes=True, agreed=True))
    assert [one.method for one in pair.there.seen] == ["POST", "POST", "GET"]


async def test_an_address_of_another_is_somebodys_to_look_at(pair: Pair) -> None:
    remote_id = await begun(pair)
    await begun(pair, address=BEN)
    (reply,) = await pair.put(pair.parcel(BEN, remote_id=remote_id))
    assert reply == Later("conflict", 1.0)
    pair = replace(
        pair, line=replace(pair.line, settings={**pair.line.settings, "version_at": ""})
    )
    assert await pair.put(pair.parcel(BEN, remote_id=remote_id)) == [Never("status_409")]


async def test_a_removal_of_whom_nobody_acknowledged_finds_them(pair: Pair) -> None:
    await begun(pair)
    parcel = replace(pair.removal(None), keys={pair.key: Pii("ada.lovelace@example.org")})
    assert isinstance((await pair.put(parcel))[0], Acknowledged)
    assert not pair.system.people()


async def test_a_search_that_returns_anybody_finds_nobody(pair: Pair) -> None:
    """An API that does not know a filter may list all: nobody else is changed or removed."""
    ada = await begun(pair)
    pair.there._search = lambda _: Answered(
        200, {"ok": True, "results": [_record(ada, "ada@other.example")]}
    )
    ben = replace(pair.removal(None), keys={pair.key: Pii(BEN)})
    assert isinstance((await pair.put(ben))[0], Acknowledged)
    pair.there._search = lambda _: Answered(200, {"ok": True, "results": [{"id": ada}]})
    assert await pair.put(ben, pair.parcel(BEN)) == [Never("cannot_be_compared")] * 2
    assert list(pair.system.people()) == [ada]
    pair.there._search = lambda _: Answered(
        200, {"ok": True, "results": [_record(ada, "+44 20 7946-0000")]}
    )
    phone = replace(pair.removal(None), keys={pair.key: Pii("+442079460000")})
    assert isinstance((await pair.put(phone))[0], Acknowledged)
    assert not pair.system.people()


def _record(remote_id: str, email: str) -> dict[str, object]:
    return {"id": remote_id, "attributes": {"email": email}}


async def test_who_lacks_what_they_are_found_by_is_not_made_unseen(pair: Pair) -> None:
    nameless = replace(pair.parcel(), keys={})
    other = replace(pair.removal(None), keys={"phone": Pii("+442079460000")})
    assert await pair.put(nameless, other) == [Never("no_key")] * 2
    assert not pair.there.seen


async def test_a_no_in_any_of_several_records_counts(pair: Pair) -> None:
    ada, double = await begun(pair), await begun(pair, address=BEN)
    pair.there.change(double, facts={"attributes.email": "ada.lovelace@example.org"})
    pair.there.change(double, choices={CHOICE: False})
    (reply,) = await pair.put(pair.parcel(yes=True))
    assert isinstance(reply, Changed)
    assert reply.heard.remote_id == Pii(double)
    assert pair.system.people()[ada].choices[CHOICE] is True


async def test_who_was_made_without_being_named_is_found(pair: Pair) -> None:
    made = pair.there._make
    pair.there._make = lambda given: replace(made(given), content={"ok": True})
    remote_id = await begun(pair)
    assert list(pair.system.people()) == [remote_id]


async def test_one_refused_in_a_200_is_refused_and_not_tried_again(pair: Pair) -> None:
    settings = {**pair.line.settings, "refused_at": "error.code=internal"}
    pair = replace(pair, line=replace(pair.line, settings=settings))
    pair.there.fail(Fault.ERROR_IN_200, after=1)
    assert await pair.put(pair.parcel()) == [Never("not_taken")]


@pytest.mark.parametrize("remote_id", [".", "..", "", "x" * 2_000, "\ud800"])
async def test_what_is_no_id_reaches_no_other_address(pair: Pair, remote_id: str) -> None:
    assert await pair.put(pair.removal(remote_id)) == [Never("bad_id")]
    assert not pair.there.seen


async def test_ids_of_any_kind_reach_their_record_and_nothing_else(pair: Pair) -> None:
    await begun(pair)
    for remote_id in ("../people", "x?y=1", "a/b", "a\r\nHost: b", "%2e%2e", "a#b", "é\\"):
        await pair.put(pair.removal(remote_id))
        assert pair.there.seen[-1].target.count("/") == 3
        assert pair.there.seen[-1].path == f"/v1/people/{remote_id}"
    assert len(pair.system.people()) == 1


# ------------------------------------------------------------------ waiting
@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("12", 12.0),
        (str(int(NOON.timestamp()) + 30), 30.0),
        ("-4", 0.0),
        ("soon", None),
        ("nan", None),
    ],
)
async def test_how_long_to_wait_is_read_where_it_stands(
    pair: Pair, said: str, seconds: float | None
) -> None:
    async def limited(_: Asked) -> Answered:
        return Answered(429, {"limits": {"reset": said}})

    pair.there.answer = limited
    settings = {**pair.line.settings, "retry_at": "limits.reset"}
    with pytest.raises(Unreached) as caught:
        await pair.adapter.check(replace(pair.line, settings=settings))
    assert caught.value.after == seconds


# ------------------------------------------------------------------ hearing
async def test_a_next_page_elsewhere_is_not_asked_with_our_key(pair: Pair) -> None:
    for number in range(PAGE + 1):
        await begun(pair, address=f"needle-{number}@example.org")
    answer = pair.there._list

    def elsewhere(asked: Asked) -> Answered:
        return replace(
            answer(asked), headers={"link": '<https://evil.example/v1/people>; rel="next"'}
        )

    pair.there._list = elsewhere
    line = replace(pair.line, settings={**pair.line.settings, **LINKED})
    with pytest.raises(Unreached) as caught:
        await everything(pair.adapter, line, None)
    says_nothing(caught.value)


async def test_links_without_end_hold_nobody_up(pair: Pair) -> None:
    """By a pattern that sought the end of each anew, one such header took a minute."""
    await begun(pair)
    answer = pair.there._list

    def endless(asked: Asked) -> Answered:
        return replace(answer(asked), headers={"link": "<" * 60_000})

    pair.there._list = endless
    line = replace(pair.line, settings={**pair.line.settings, **LINKED})
    heard, _ = await everything(pair.adapter, line, None)
    assert len(heard) == 1


async def test_a_choice_there_says_when(pair: Pair) -> None:
    remote_id = await begun(pair)
    at = NOON + timedelta(hours=2)
    pair.there.change(remote_id, choices={CHOICE: False}, at=at)
    heard, _ = await everything(pair.adapter, pair.line, None)
    assert about(heard, remote_id).chosen_at == {CHOICE: at}
    (reply,) = await pair.put(pair.parcel(remote_id=remote_id, yes=True, agreed=True))
    assert isinstance(reply, Changed)
    assert reply.heard.chosen_at == {CHOICE: at}


async def test_what_is_spelt_in_no_known_way_is_a_no_also_where_yes_means_no(
    pair: Pair,
) -> None:
    remote_id = await begun(pair)
    channels = pair.there.persons[remote_id].attributes["channels"]
    for inverted in ("", CHOICE):
        settings = {**pair.line.settings, "inverted": inverted}
        line = replace(pair.line, settings=settings)
        for value in ("bounced", 7, True, {"a": 1}):
            channels["newsletter"] = value
            heard, _ = await everything(pair.adapter, line, None)
            assert about(heard, remote_id).choices == {CHOICE: False}
        channels["newsletter"] = "unsubscribed" if inverted else "subscribed"
        heard, _ = await everything(pair.adapter, line, None)
        assert about(heard, remote_id).choices == {CHOICE: True}


async def test_a_removal_comes_by_a_webhook(pair: Pair) -> None:
    body = b'{"event_id": 7, "type": "person.deleted", "data": {"id": 12}}'
    call = pair.there.call_with(body, pair.line, at=NOON)
    (heard,), _ = await Rest().hear(pair.line, call)
    assert (heard.remote_id, heard.is_removed, heard.message_id) == (Pii("12"), True, "7-0")


# ------------------------------------------------------------------ settings
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"delete": ""}, "how one is removed"),
        ({"read": ""}, "found and read"),
        ({"find_body": ""}, "says by what"),
        ({"find": "GET /people?email={key}", "find_body": ""}, "everybody's logs"),
        ({"update": "PATCH /people"}, "say whom"),
        ({"update": "PATCH people/{id}"}, "a method and a path"),
        ({"update": "PATCH //evil.example/{id}"}, "a method and a path"),
        ({"update": "PATCH /people/{id}#x"}, "a method and a path"),
        ({"update": "PATCH /people/{who}"}, "{who}"),
        ({"update_body": '{"a": "{id} {record}"}'}, "stands alone"),
        ({"update_body": '{"{id}": 1}'}, "stands alone"),
        ({"update_body": "{"}, "no JSON"),
        ({"headers": "Authorization: mine"}, "authorization"),
        ({"headers": "bad header: x"}, "no name of a header"),
        ({"auth": "basic"}, "client id"),
        ({"auth": "oauth2", "user": "us", "token_url": ""}, "tokens"),
        ({"next_at": ""}, "next cursor"),
        ({"inverted": "opted_out"}, "'opted_out'"),
        ({"chosen_suffix": ".at"}, "within another"),
        ({"hook_time_header": ""}, "{time}"),
        ({"base_url": "https://api.example.com/v1?key=1"}, "Address"),
    ],
)
async def test_a_check_names_what_makes_no_sense(
    pair: Pair, changes: dict[str, str], said: str
) -> None:
    line = replace(pair.line, settings={**pair.line.settings, **changes})
    if changes.get("auth") == "oauth2":
        line = replace(line, settings={**line.settings, "token_url": ""})
    with pytest.raises(BadConnection) as caught:
        await pair.adapter.check(line)
    assert said in str(caught.value)


async def test_it_is_only_heard_where_no_request_is_said(pair: Pair) -> None:
    bare = {"base_url": pair.line.settings["base_url"], "auth": "bearer"}
    pair = replace(pair, line=replace(pair.line, settings=bare))
    await pair.adapter.check(pair.line)
    assert await pair.put(pair.parcel()) == [Never("no_request")]
    assert (await Rest().poll(pair.line, None)).heard == ()
    assert not pair.there.seen
