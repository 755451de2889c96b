"""Passkeys: what counts as an answer, and everything that does not."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest

from candor.domain.access.errors import (
    CeremonyOver,
    LastFactor,
    NoSuchPasskey,
    PasskeyDoubt,
    PasskeyRefused,
    TooManyPasskeys,
)
from candor.domain.access.model.ceremony import Ceremony
from candor.domain.access.model.passkey import (
    CHALLENGE_LASTS,
    MOST_PASSKEYS,
    Passkey,
    PasskeyCeremony,
    cleaned_name,
    relying_party,
)
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience, Method
from candor.domain.access.service import ceremonies, members, passkeys, sessions
from candor.domain.access.service.passkeys import Bearer, Question
from candor.domain.audit.model import Actor
from candor.infra.db.pool import Database
from candor.kernel.clock import FixedClock
from candor.kernel.ids import new_id
from tests.factories.authenticator import PRESENT, VERIFIED, Authenticator
from tests.factories.house import fresh

PARTY: Final = relying_party("https://shop.example/", "Ex")
MADE: Final = PasskeyCeremony.ADD
Lie = Callable[[Authenticator], object]


@dataclass
class Entered:
    """Somebody who came in."""

    secret: str
    bearer_id: UUID


@dataclass
class House:
    """What a test works with."""

    db: Database
    clock: FixedClock

    async def hire(self) -> Bearer:
        """Return a member of staff without any factor."""
        async with self.db.tx() as tx:
            member = await members.put(
                tx, handle=fresh("ada"), display_name="Ada", role=Role.ADMIN, clock=self.clock
            )
        staff_id = member.staff_id
        return Bearer(Audience.STAFF, staff_id, (staff_id,), Actor.staff(staff_id))

    def customer(self) -> Bearer:
        """Return a customer."""
        profile_id = new_id()
        return Bearer(
            Audience.CUSTOMER,
            profile_id,
            (profile_id,),
            Actor.customer(profile_id),
            (b"p" * 16,),
        )

    async def end(self, question: Question, kind: str, audience: Audience) -> Ceremony:
        """Use a question up, as the surface does before it looks at an answer."""
        async with self.db.tx() as tx:
            return await ceremonies.use(
                tx, question.browser, kind=kind, audience=audience, clock=self.clock
            )

    async def add(
        self, bearer: Bearer, device: Authenticator | None = None, name: str = "Phone"
    ) -> tuple[Authenticator, Passkey]:
        """Add a passkey in the ordinary way."""
        device = device or honest()
        async with self.db.tx() as tx:
            question = await passkeys.ask_to_add(
                tx, bearer, label="ada", party=PARTY, clock=self.clock
            )
        answer = device.create(json.loads(question.options))
        ceremony = await self.end(question, MADE, bearer.audience)
        async with self.db.tx() as tx:
            passkey = await passkeys.add(
                tx,
                bearer,
                ceremony,
                answer,
                name=name,
                otherwise="Passkey",
                party=PARTY,
                clock=self.clock,
            )
        return device, passkey

    async def question(self, audience: Audience) -> tuple[Ceremony, dict[str, Any]]:
        """Begin a sign-in and use its question up."""
        async with self.db.tx() as tx:
            asked = await passkeys.ask_to_sign_in(tx, audience, party=PARTY, clock=self.clock)
        ceremony = await self.end(asked, PasskeyCeremony.SIGN_IN, audience)
        return ceremony, json.loads(asked.options)

    async def sign_in(
        self, device: Authenticator, audience: Audience = Audience.STAFF, **instead: bytes
    ) -> Entered:
        """Sign in by a passkey."""
        ceremony, options = await self.question(audience)
        return await self.answer(ceremony, device.get(options, **instead), audience)

    async def answer(
        self, ceremony: Ceremony, answer: str, audience: Audience = Audience.STAFF
    ) -> Entered:
        """Send an answer."""
        async with self.db.tx() as tx:
            passkey = await passkeys.recognise(
                tx, ceremony, answer, audience=audience, party=PARTY, clock=self.clock
            )
            secret = await sessions.begin(
                tx,
                audience=audience,
                bearer_id=passkey.bearer_id,
                methods=[Method.PASSKEY],
                is_strong=True,
                clock=self.clock,
            )
        return Entered(secret, passkey.bearer_id)


def honest() -> Authenticator:
    """Return a device that tells the truth."""
    return Authenticator(origin=PARTY.origin, host=PARTY.host)


@pytest.fixture
def house(db: Database, clock: FixedClock) -> House:
    return House(db, clock)


def test_the_host_that_asks_is_that_of_the_public_address() -> None:
    party = relying_party("http://localhost:8700", "Ex")
    assert (party.host, party.origin) == ("localhost", "http://localhost:8700")


def test_a_name_is_one_line_that_can_be_seen() -> None:
    assert cleaned_name(" My\n phone\u202e\x00 ", "x") == "My phone"
    assert cleaned_name("\u200b\t", "Firefox") == "Firefox"
    assert len(cleaned_name("a" * 500, "x")) == 60


@pytest.mark.asvs("6.3.3", "6.7.1", "6.7.2", "6.8.4")
@pytest.mark.parametrize("audience", Audience)
async def test_a_passkey_lets_its_bearer_in_strongly(house: House, audience: Audience) -> None:
    bearer = await house.hire() if audience is Audience.STAFF else house.customer()
    device, _ = await house.add(bearer)
    entered = await house.sign_in(device, audience)
    assert entered.bearer_id == bearer.bearer_id
    async with house.db.tx() as tx:
        session = await sessions.of_cookie(
            tx, entered.secret, audience=audience, clock=house.clock
        )
    assert session.methods == [Method.PASSKEY]
    assert session.is_proved(house.clock.now())


async def test_what_is_asked_says_that_the_person_must_be_verified(house: House) -> None:
    bearer = await house.hire()
    device, known = await house.add(bearer)
    async with house.db.tx() as tx:
        adding = await passkeys.ask_to_add(
            tx, bearer, label="ada", party=PARTY, clock=house.clock
        )
    _, entering = await house.question(Audience.STAFF)
    made = json.loads(adding.options)
    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert made["attestation"] == "none"
    assert len(made["user"]["id"]) >= 86  # 64 bytes
    assert made["excludeCredentials"][0]["id"] == json.loads(device.get(entering))["id"]
    assert entering["userVerification"] == "required"
    assert not entering["allowCredentials"]  # whoever asks learns of no passkey
    assert len(known.user_handle) == 64


def _other_challenge(device: Authenticator) -> None:
    device.challenge = b"a challenge of somebody's own mak"


def _other_origin(device: Authenticator) -> None:
    device.origin = "https://shop.example.attacker.example"


def _other_scheme(device: Authenticator) -> None:
    device.origin = "http://shop.example"


def _other_host(device: Authenticator) -> None:
    device.host = "attacker.example"


def _not_verified(device: Authenticator) -> None:
    device.flags = PRESENT


def _not_present(device: Authenticator) -> None:
    device.flags = VERIFIED


LIES: Final = (
    _other_challenge, _other_origin, _other_scheme, _other_host, _not_verified, _not_present,
)  # fmt: skip


@pytest.mark.asvs("6.7.2", "6.8.1")
@pytest.mark.parametrize("lie", LIES)
async def test_an_answer_that_lies_lets_nobody_in(house: House, lie: Lie) -> None:
    device, _ = await house.add(await house.hire())
    lie(device)
    with pytest.raises(PasskeyRefused) as refused:
        await house.sign_in(device)
    assert refused.value.doubt is PasskeyDoubt.NOT_VERIFIED


@pytest.mark.parametrize("lie", LIES)
async def test_a_passkey_made_by_a_lie_is_not_kept(house: House, lie: Lie) -> None:
    bearer = await house.hire()
    device = honest()
    lie(device)
    with pytest.raises(PasskeyRefused):
        await house.add(bearer, device)
    async with house.db.read() as tx:
        assert await passkeys.of(tx, bearer) == []


async def test_a_signature_by_another_key_lets_nobody_in(house: House) -> None:
    device, _ = await house.add(await house.hire())
    device.key = honest().key
    with pytest.raises(PasskeyRefused):
        await house.sign_in(device)


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
async def test_any_part_that_is_not_what_was_signed_lets_nobody_in(
    house: House, part: str
) -> None:
    device, _ = await house.add(await house.hire())
    for bytes_instead in (b"", b"\x00", b"{}", b"\xff" * 200):
        with pytest.raises(PasskeyRefused):
            await house.sign_in(device, Audience.STAFF, **{part: bytes_instead})


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        '"x"',
        "{",
        '{"id": 1}',
        '{"id":"AA","rawId":"AA","type":"public-key","response":{}}',
        '{"id":"AA","rawId":"!","type":"public-key","response":[]}',
        "\x00",
        "9" * 5000,
        "[" * 16_000,
        "x" * 20_000,
    ],
)
async def test_an_answer_that_is_none_lets_nobody_in(house: House, answer: str) -> None:
    ceremony, _ = await house.question(Audience.STAFF)
    with pytest.raises(PasskeyRefused) as refused:
        await house.answer(ceremony, answer)
    assert refused.value.doubt is PasskeyDoubt.UNREADABLE


@pytest.mark.asvs("6.7.2")
async def test_a_challenge_counts_once_and_not_for_long(house: House) -> None:
    device, _ = await house.add(await house.hire())
    async with house.db.tx() as tx:
        asked = await passkeys.ask_to_sign_in(
            tx, Audience.STAFF, party=PARTY, clock=house.clock
        )
    await house.end(asked, PasskeyCeremony.SIGN_IN, Audience.STAFF)
    with pytest.raises(CeremonyOver):  # replayed
        await house.end(asked, PasskeyCeremony.SIGN_IN, Audience.STAFF)
    ceremony, options = await house.question(Audience.STAFF)
    answer = device.get(options)
    await house.answer(ceremony, answer)
    other, _ = await house.question(Audience.STAFF)
    with pytest.raises(PasskeyRefused):  # the same answer, held against the next challenge
        await house.answer(other, answer)
    async with house.db.tx() as tx:
        late = await passkeys.ask_to_sign_in(tx, Audience.STAFF, party=PARTY, clock=house.clock)
    house.clock.advance(CHALLENGE_LASTS)
    with pytest.raises(CeremonyOver):
        await house.end(late, PasskeyCeremony.SIGN_IN, Audience.STAFF)


async def test_a_challenge_counts_for_what_it_was_made_for(house: House) -> None:
    async with house.db.tx() as tx:
        asked = await passkeys.ask_to_sign_in(
            tx, Audience.STAFF, party=PARTY, clock=house.clock
        )
    for kind, audience in (
        (PasskeyCeremony.PROVE, Audience.STAFF),
        (PasskeyCeremony.ADD, Audience.STAFF),
        (PasskeyCeremony.SIGN_IN, Audience.CUSTOMER),
    ):
        with pytest.raises(CeremonyOver):
            await house.end(asked, kind, audience)


async def test_the_passkey_of_one_audience_is_unknown_to_the_other(house: House) -> None:
    device, _ = await house.add(house.customer())
    with pytest.raises(PasskeyRefused) as refused:
        await house.sign_in(device, Audience.STAFF)
    assert refused.value.doubt is PasskeyDoubt.UNKNOWN


async def test_a_passkey_must_name_the_account_that_it_belongs_to(house: House) -> None:
    device, _ = await house.add(await house.hire())
    other, _ = await house.add(await house.hire())
    for handle in (other.user_handle, b"", b"x" * 64):
        with pytest.raises(PasskeyRefused):
            await house.sign_in(device, userHandle=handle)


@pytest.mark.asvs("6.5.8")
async def test_a_counter_that_does_not_rise_is_a_copy(house: House) -> None:
    bearer = await house.hire()
    device = honest()
    device.count = 5
    await house.add(bearer, device)
    device.count = 6
    await house.sign_in(device)
    for count in (6, 5, 0):
        device.count = count
        with pytest.raises(PasskeyRefused) as refused:
            await house.sign_in(device)
        assert refused.value.doubt is PasskeyDoubt.COUNTER
        assert refused.value.bearer_id == bearer.bearer_id
    device.count = 7
    await house.sign_in(device)


async def test_nobody_raises_the_alarm_of_a_copy_without_the_key(house: House) -> None:
    device = honest()
    device.count = 5
    await house.add(await house.hire(), device)
    device.key, device.count = honest().key, 1
    with pytest.raises(PasskeyRefused) as refused:
        await house.sign_in(device)
    assert refused.value.doubt is PasskeyDoubt.NOT_VERIFIED


async def test_a_passkey_that_is_known_is_not_taken_by_another(house: House) -> None:
    device, _ = await house.add(await house.hire())
    thief = await house.hire()
    with pytest.raises(PasskeyRefused) as refused:
        await house.add(thief, device)
    assert refused.value.doubt is PasskeyDoubt.TAKEN


async def test_a_question_of_one_is_not_answered_for_another(house: House) -> None:
    ada, ben = await house.hire(), await house.hire()
    async with house.db.tx() as tx:
        asked = await passkeys.ask_to_add(tx, ada, label="a", party=PARTY, clock=house.clock)
    answer = honest().create(json.loads(asked.options))
    ceremony = await house.end(asked, MADE, Audience.STAFF)
    with pytest.raises(PasskeyRefused):
        async with house.db.tx() as tx:
            await passkeys.add(
                tx,
                ben,
                ceremony,
                answer,
                name="x",
                otherwise="x",
                party=PARTY,
                clock=house.clock,
            )


@pytest.mark.asvs("7.5.3")
async def test_a_proof_takes_ones_own_passkey(house: House) -> None:
    ada, ben = await house.hire(), await house.hire()
    device, _ = await house.add(ada)
    others, _ = await house.add(ben)
    entered = await house.sign_in(device)
    async with house.db.tx() as tx:
        session = await sessions.of_cookie(
            tx, entered.secret, audience=Audience.STAFF, clock=house.clock
        )
    house.clock.advance(timedelta(minutes=30))
    assert not session.is_proved(house.clock.now())

    async def prove(by: Authenticator) -> str:
        async with house.db.tx() as tx:
            asked = await passkeys.ask_to_prove(tx, ada, party=PARTY, clock=house.clock)
        ceremony = await house.end(asked, PasskeyCeremony.PROVE, Audience.STAFF)
        async with house.db.tx() as tx:
            return await passkeys.prove(
                tx,
                ada,
                session,
                ceremony,
                by.get(json.loads(asked.options)),
                party=PARTY,
                clock=house.clock,
            )

    with pytest.raises(PasskeyRefused) as refused:
        await prove(others)
    assert refused.value.doubt is PasskeyDoubt.SOMEBODY_ELSES
    secret = await prove(device)
    assert secret != entered.secret
    async with house.db.tx() as tx:
        proved = await sessions.of_cookie(
            tx, secret, audience=Audience.STAFF, clock=house.clock
        )
    assert proved.is_proved(house.clock.now())


async def test_staff_keep_their_last_way_in(
    house: House, owner: psycopg.Connection[Any]
) -> None:
    bearer = await house.hire()
    _, first = await house.add(bearer)
    _, second = await house.add(bearer)
    async with house.db.tx() as tx:
        await passkeys.remove(tx, bearer, first.credential_id, clock=house.clock)
    with pytest.raises(LastFactor):
        async with house.db.tx() as tx:
            await passkeys.remove(tx, bearer, second.credential_id, clock=house.clock)
    owner.execute("INSERT INTO access.password VALUES (%s, 'x', now())", [bearer.bearer_id])
    with pytest.raises(LastFactor):  # a password alone is not enough
        async with house.db.tx() as tx:
            await passkeys.remove(tx, bearer, second.credential_id, clock=house.clock)
    owner.execute("INSERT INTO access.totp VALUES (%s, 'x', now(), now())", [bearer.bearer_id])
    async with house.db.tx() as tx:
        await passkeys.remove(tx, bearer, second.credential_id, clock=house.clock)
        assert await passkeys.of(tx, bearer) == []


async def test_a_customer_may_remove_the_last_one(house: House) -> None:
    bearer = house.customer()
    device, passkey = await house.add(bearer)
    async with house.db.tx() as tx:
        await passkeys.remove(tx, bearer, passkey.credential_id, clock=house.clock)
    with pytest.raises(PasskeyRefused):
        await house.sign_in(device, Audience.CUSTOMER)


async def test_nobody_touches_the_passkey_of_somebody_else(house: House) -> None:
    ada, ben = house.customer(), house.customer()
    _, passkey = await house.add(ada)
    key = passkey.credential_id
    with pytest.raises(NoSuchPasskey):
        async with house.db.tx() as tx:
            await passkeys.remove(tx, ben, key, clock=house.clock)
    with pytest.raises(NoSuchPasskey):
        async with house.db.tx() as tx:
            await passkeys.rename(tx, ben, key, "mine", clock=house.clock)
    staff = replace(ada, audience=Audience.STAFF)
    async with house.db.tx() as tx:
        assert await passkeys.of(tx, staff) == []
        assert [one.name for one in await passkeys.of(tx, ada)] == ["Phone"]


async def test_ten_are_the_most(house: House) -> None:
    bearer = house.customer()
    for _ in range(MOST_PASSKEYS):
        await house.add(bearer)
    with pytest.raises(TooManyPasskeys):
        await house.add(bearer)


async def test_who_left_does_not_come_in(house: House, owner: psycopg.Connection[Any]) -> None:
    bearer = await house.hire()
    device, _ = await house.add(bearer)
    owner.execute(
        "UPDATE access.staff SET left_at = now() WHERE staff_id = %s", [bearer.bearer_id]
    )
    with pytest.raises(PasskeyRefused) as refused:
        await house.sign_in(device)
    assert refused.value.doubt is PasskeyDoubt.GONE


@pytest.mark.asvs("16.3.1")
async def test_what_happens_to_a_passkey_stands_in_the_log(
    house: House, owner: psycopg.Connection[Any]
) -> None:
    bearer = await house.hire()
    device, _ = await house.add(bearer)
    _, second = await house.add(bearer)
    async with house.db.tx() as tx:
        await passkeys.remove(tx, bearer, second.credential_id, clock=house.clock)
    device.flags = PRESENT
    with pytest.raises(PasskeyRefused) as refused:
        await house.sign_in(device)
    async with house.db.tx() as tx:
        await passkeys.note_refusal(
            tx, refused.value, actor=Actor.machine("console"), clock=house.clock
        )
    rows = owner.execute(
        "SELECT action, outcome, reason FROM audit.entry"
        " WHERE action LIKE 'access.passkey%' ORDER BY entry_id"
    ).fetchall()
    assert rows == [
        ("access.passkey_added", "done", None),
        ("access.passkey_added", "done", None),
        ("access.passkey_removed", "done", None),
        ("access.passkey_refused", "refused", "answer_not_verified"),
    ]


def test_an_id_that_is_none_is_no_passkey() -> None:
    for text in ("é", "a"):
        with pytest.raises(NoSuchPasskey):
            passkeys.read_id(text)
