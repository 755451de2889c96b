"""The only way to plaintext: decided first, written down second, opened last."""

import psycopg
import pytest

from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, Entry
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import choices
from candor.domain.consent.service.gate import OWN_DATA
from candor.domain.vault.errors import Malformed, NoKey, NotAllowed, SealBroken, WrongKey
from candor.domain.vault.model import Place, SubjectKey
from candor.domain.vault.service import SealedField
from candor.infra.db.pool import Database
from candor.infra.keyring import LocalKeyring, MissingEpoch
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import choose, make_person

PLACE = Place("tests.note", "sealed")
CLEO = Actor.machine("cleo")


async def sealed_note(candor: Candor, profile_id: ProfileId, text: str = "tall") -> SealedField:
    """Return a sealed value about a person."""
    async with candor.database.read() as tx:
        key = (await candor.vault.keys(tx, [profile_id]))[profile_id]
    sealed = key.seal(PLACE.prefix(), text.encode(), b"1")
    return SealedField("note", profile_id, PLACE, sealed, b"1")


async def opened(candor: Candor, *fields: SealedField, purpose: str = "orders") -> list[bytes]:
    """Open fields as Cleo, and commit whatever happens."""
    async with candor.database.tx("request 1") as tx:
        try:
            values = await candor.vault.open(tx, fields, purpose=purpose, actor=CLEO)
        except NotAllowed as refusal:
            error = refusal
        else:
            return [value.reveal() for value in values]
    raise error


async def entries(database: Database) -> list[Entry]:
    """Return what the log says about openings, oldest first."""
    async with database.read() as tx:
        return (await audit.newest(tx, action="vault.open"))[::-1]


async def test_what_a_purpose_allows_is_opened_in_the_order_that_was_asked(
    candor: Candor,
) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    fields = [await sealed_note(candor, p, t) for p, t in ((ben, "b"), (ada, "a"), (ben, "c"))]
    assert await opened(candor, *fields) == [b"b", b"a", b"c"]


async def test_an_opening_stands_in_the_log_with_who_why_and_what(candor: Candor) -> None:
    ada = await make_person(candor)
    note = await sealed_note(candor, ada)
    await opened(candor, note, note)
    [entry] = await entries(candor.database)
    assert (entry.actor_kind, entry.actor_id, entry.purpose) == ("machine", "cleo", "orders")
    assert (entry.fields, entry.outcome, entry.reason) == (["note"], "allowed", None)
    assert entry.request_id == "request 1"
    async with candor.database.read() as tx:
        assert [entry.subject] == await candor.vault.pseudonyms(tx, [ada])
    assert entry.subject != ada.bytes


@pytest.mark.asvs("16.3.2")
async def test_a_refusal_stands_in_the_log_and_nothing_is_opened(candor: Candor) -> None:
    ada = await make_person(candor)
    note = await sealed_note(candor, ada)
    with pytest.raises(NotAllowed) as caught:
        await opened(candor, note, purpose="news")
    assert "news" in caught.value.message
    [entry] = await entries(candor.database)
    assert (entry.outcome, entry.reason, entry.purpose) == ("refused", "no_consent", "news")


async def test_one_refusal_among_several_people_refuses_them_all(candor: Candor) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    await choose(candor, ada, "news", Choice.GRANTED)
    fields = [await sealed_note(candor, p) for p in (ada, ben)]
    with pytest.raises(NotAllowed):
        await opened(candor, *fields, purpose="news")
    outcomes = [entry.outcome for entry in await entries(candor.database)]
    assert sorted(outcomes) == ["allowed", "refused"]


@pytest.mark.parametrize("purpose", ["", "undeclared", "ORDERS", "orders ", OWN_DATA])
async def test_without_a_declared_purpose_nothing_is_opened(
    candor: Candor, purpose: str
) -> None:
    note = await sealed_note(candor, await make_person(candor))
    with pytest.raises(NotAllowed):
        await opened(candor, note, purpose=purpose)
    assert [entry.outcome for entry in await entries(candor.database)] == ["refused"]


async def test_a_restricted_person_is_read_by_nobody_but_themselves(candor: Candor) -> None:
    ada = await make_person(candor)
    note = await sealed_note(candor, ada)
    async with candor.database.tx() as tx:
        await choices.set_standing(tx, [ada], Standing.RESTRICTED, candor.clock)
    with pytest.raises(NotAllowed):
        await opened(candor, note)
    async with candor.database.tx() as tx:
        own = await candor.vault.open(tx, [note], purpose=OWN_DATA, actor=Actor.customer(ada))
    assert own[0].reveal() == b"tall"


async def test_customers_open_what_is_about_them_and_nobody_else(candor: Candor) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    note = await sealed_note(candor, ada)
    async with candor.database.tx() as tx:
        with pytest.raises(NotAllowed):
            await candor.vault.open(tx, [note], purpose=OWN_DATA, actor=Actor.customer(ben))


async def test_the_entry_is_written_before_anything_is_opened(candor: Candor) -> None:
    ada = await make_person(candor)
    note = await sealed_note(candor, ada)
    broken = SealedField("note", ada, PLACE, note.sealed[:-1] + b"\x00", b"2")
    async with candor.database.tx() as tx:
        with pytest.raises(SealBroken):
            await candor.vault.open(tx, [broken], purpose="orders", actor=CLEO)
        assert len(await audit.newest(tx, action="vault.open")) == 1


@pytest.mark.asvs("16.5.3")
async def test_when_the_log_cannot_be_written_nothing_is_opened(
    candor: Candor, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    note = await sealed_note(candor, await make_person(candor))
    owner.execute("REVOKE INSERT ON audit.entry FROM candor_app")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await opened(candor, note)


async def test_who_is_looked_at_stands_in_the_log_even_when_no_field_is_opened(
    candor: Candor,
) -> None:
    ada = await make_person(candor)
    async with candor.database.tx() as tx:
        await candor.vault.open(tx, [], purpose="orders", actor=CLEO, about=[ada])
    [entry] = await entries(candor.database)
    assert (entry.fields, entry.outcome) == ([], "allowed")


async def test_opened_values_are_masked_until_revealed(candor: Candor) -> None:
    note = await sealed_note(candor, await make_person(candor))
    async with candor.database.tx() as tx:
        [value] = await candor.vault.open(tx, [note], purpose="orders", actor=CLEO)
    assert "tall" not in f"{value} {value!r} {[value]}"


async def test_a_value_of_another_person_does_not_open(candor: Candor) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    note = await sealed_note(candor, ada)
    moved = SealedField("note", ben, PLACE, note.sealed, note.row)
    with pytest.raises(SealBroken):
        await opened(candor, moved)


async def test_a_value_that_was_cut_short_is_malformed(candor: Candor) -> None:
    ada = await make_person(candor)
    with pytest.raises(Malformed):
        await opened(candor, SealedField("note", ada, PLACE, b"\x01short"))


async def test_an_unknown_profile_has_no_key(candor: Candor) -> None:
    nobody = SealedField("note", ProfileId(new_id()), PLACE, b"\x01" * 40)
    with pytest.raises(NoKey):
        await opened(candor, nobody)


async def test_after_its_key_was_destroyed_a_value_never_opens_again(candor: Candor) -> None:
    ada = await make_person(candor)
    note = await sealed_note(candor, ada)
    async with candor.database.tx() as tx:
        assert await candor.vault.destroy(tx, [ada]) == 1
    assert candor.vault.cached(ada) is None
    with pytest.raises(NoKey):
        await opened(candor, note)


async def test_a_keyring_without_the_epoch_says_so(
    candor: Candor, keyring: LocalKeyring
) -> None:
    ada = await make_person(candor)
    note = await sealed_note(candor, ada)
    candor.vault.forget([ada])
    candor.keyring.destroy_epoch(1)
    with pytest.raises(MissingEpoch) as caught:
        await opened(candor, note)
    assert "restore the keyring" in caught.value.hint
    with pytest.raises(MissingEpoch):  # another process saw it go
        keyring.epoch_key(1)


async def test_a_keyring_of_another_database_has_the_wrong_key(candor: Candor) -> None:
    ada = await make_person(candor)
    note = await sealed_note(candor, ada)
    candor.vault.forget([ada])
    candor.keyring.destroy_epoch(1)
    candor.keyring.create_epoch(1)
    with pytest.raises(WrongKey):
        await opened(candor, note)


async def test_a_key_of_another_person_put_in_place_is_the_wrong_key(
    candor: Candor, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    ada, ben = await make_person(candor), await make_person(candor)
    note = await sealed_note(candor, ada)
    owner.execute(
        "UPDATE vault.subject_key AS mine SET wrapped = other.wrapped"
        " FROM vault.subject_key AS other"
        " WHERE mine.profile_id = %s AND other.profile_id = %s",
        (ada, ben),
    )
    candor.vault.forget([ada, ben])
    with pytest.raises(WrongKey):
        await opened(candor, note)


@pytest.mark.asvs("13.3.2")
async def test_the_application_cannot_select_keys(candor: Candor) -> None:
    await make_person(candor)
    for command in (
        "SELECT * FROM vault.subject_key",
        "SELECT wrapped FROM vault.subject_key",
        "SELECT count(*) FROM vault.subject_key",
        "COPY vault.subject_key TO STDOUT",
        "UPDATE vault.subject_key SET epoch_id = 1",
        "DELETE FROM vault.subject_key",
        "TRUNCATE vault.subject_key",
        "SET ROLE candor_vault",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with candor.database.tx() as tx:
                await tx.connection.execute(command.encode())


async def test_a_key_is_not_in_memory_before_the_commit(candor: Candor) -> None:
    profile_id = ProfileId(new_id())
    async with candor.database.tx() as tx:
        created = await candor.vault.create(tx, [profile_id])
    assert isinstance(created[profile_id], SubjectKey)
    assert candor.vault.cached(profile_id) is None
    candor.vault.remember(created.values())
    assert candor.vault.cached(profile_id) is created[profile_id]
