"""The demo's year through the real door: every number comes out as planned, and no name does.

What is planned (`candor.demo`) knows nothing of how the door works; the two meet here. Who must
be one person is worked out again from the calls alone, by the rules that the catalogue states.
"""

import asyncio
import base64
import json
import re
import subprocess
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from tempfile import NamedTemporaryFile
from typing import Any, Final

import phonenumbers
import pytest

from candor.app import compose
from candor.demo import journey as journeys
from candor.demo import load as loader
from candor.demo.browsing import TABLET
from candor.demo.calls import CONSENT, ORDER, Source
from candor.demo.dice import name_of
from candor.demo.expected import Expected
from candor.demo.people import Person, latin
from candor.demo.stream import Stream, shift_weeks
from candor.domain.vault.service import normalise
from candor.infra.db.pool import Database
from candor.infra.settings import Settings
from tests.factories.live import Live, installed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

HOUSEHOLDS: Final = 180  # with couples who share an e-mail and people at the tablet
LONG_DIGITS: Final = 12  # so many stand in the hex of seals and hashes by no chance
Identifier = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Loaded:
    """An installation with the demo in it, and what the demo is."""

    live: Live
    stream: Stream
    expected: Expected
    before: str  # the dump before anybody was in it

    def rows(self, sql: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - tests write their SQL
        with self.live.owner() as connection:
            return connection.execute(sql).fetchall()

    @property
    def counters(self) -> Counter[tuple[str, str, str]]:
        """Return what the door counted: source, outcome, what."""
        return Counter({
            (source, outcome, what): int(number)
            for source, outcome, what, number in self.rows(
                "SELECT code, outcome, what, sum(count) FROM collect.counter"
                " JOIN catalogue.source USING (source_id) GROUP BY 1, 2, 3"
            )
        })  # fmt: skip


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    with installed() as live:
        now = datetime.now(UTC)
        before = dump(live)
        report = asyncio.run(
            loader.load(
                live.url,
                live.keys,
                now=now,
                state_file=live.folder / "load.json",
                progress=lambda _: None,
                households=HOUSEHOLDS,
            )
        )
        live.wait_folded()
        journey = journeys.read()
        stream = Stream(journey, weeks=shift_weeks(journey, now), households=HOUSEHOLDS)
        yield Loaded(live, stream, report.expected, before)


def dump(live: Live) -> str:
    """Return the whole database as PostgreSQL itself writes it down."""
    program = str(live.postgres.bin_path / "pg_dump")
    command = [program, "--no-owner", f"--dbname={live.urls.owner}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


# ------------------------------------------------------------------------------------- numbers
def test_every_purchase_arrives_once_and_to_the_cent(loaded: Loaded) -> None:
    expected = loaded.expected
    (found,) = loaded.rows(
        "SELECT count(*), count(DISTINCT properties ->> 'order_id'),"
        " sum(jsonb_array_length(properties -> 'products')),"
        " sum(round((properties ->> 'revenue')::numeric * 100)) FROM collect.event"
        " JOIN catalogue.event_type USING (event_type_id) WHERE code = 'Order Completed'"
    )
    baskets = sum(expected.baskets.values())
    assert found == (baskets, baskets, expected.lines, expected.paid_minor)
    for source, count in expected.baskets.items():
        assert loaded.counters[source, "stored", ORDER] == count


def test_tallies_equal_the_events_that_they_are_folded_from(loaded: Loaded) -> None:
    assert (
        loaded.rows(
            "WITH counted AS (SELECT profile_id, event_type_id,"
            " (occurred_at AT TIME ZONE 'UTC')::date AS day, count(*) AS count,"
            " max(occurred_at) AS last_at FROM collect.event GROUP BY 1, 2, 3)"
            " SELECT profile_id FROM counted FULL JOIN collect.tally"
            " USING (profile_id, event_type_id, day)"
            " WHERE counted.count IS DISTINCT FROM tally.count"
            " OR counted.last_at IS DISTINCT FROM tally.last_at"
        )
        == []
    )
    (total,) = loaded.rows(
        "SELECT sum(sum_minor) FROM collect.tally JOIN catalogue.event_type"
        " USING (event_type_id) WHERE code = 'Order Completed'"
    )
    assert total == (loaded.expected.paid_minor,)


def test_every_call_that_was_sent_is_accounted_for(loaded: Loaded) -> None:
    for source, sent in loaded.expected.sent.items():
        kept = Counter[str]()
        for (of, outcome, _), number in loaded.counters.items():
            if of == source:
                kept[outcome] += number
        known = ("stored", "no_purpose", "identified", "duplicate", "refused")
        asked = loaded.expected.kinds_by_source[source].get(CONSENT, 0)
        assert sum(kept[outcome] for outcome in known) + asked == sent, source


def test_what_is_wrong_is_refused_masked_or_dropped_for_its_reason(loaded: Loaded) -> None:
    dirt = loaded.expected.dirt
    found: Counter[tuple[str, str]] = Counter()
    dropped: Counter[str] = Counter()
    for (_, outcome, what), number in loaded.counters.items():
        found[outcome, what] += number
        dropped[outcome] += number
    assert found["refused", "undeclared_event"] == dirt["unknown_event"]
    assert found["refused", "no_identifier"] == dirt["no_ids"]
    assert found["refused", "bad_time"] == dirt["bad_time"]
    assert found["refused", "time_in_future"] == dirt["future_time"]
    assert found["refused", "wrong_type"] == dirt.get("wrong_type", 0)
    assert found["card_masked", ORDER] == dirt["card_in_note"]
    assert found["dropped_property", ORDER] == dirt["card_in_reference"]
    assert dropped["dropped_property"] == dirt["card_in_reference"] + dirt["undeclared"]
    assert found["contact_masked", "Products Searched"] == dirt["email_in_search"]
    nobodys = found["blocked_identifier", "email"] + found["bad_identifier", "email"]
    assert nobodys == dirt.get("blocked_email", 0)
    assert dropped["duplicate"] == loaded.expected.duplicates


def test_every_refusal_has_a_sample_without_values(loaded: Loaded) -> None:
    refused = {key[2] for key in loaded.counters if key[1] == "refused"}
    assert {row[0] for row in loaded.rows("SELECT reason FROM collect.refusal")} == refused


# ---------------------------------------------------------------------------- who is one person
def read_table(name: str) -> Mapping[str, Any]:
    """Return a table of the demo's catalogue, as its file says it."""
    file = files("candor.demo.catalogue").joinpath(f"{name}s.toml")
    return tomllib.loads(file.read_text("utf-8"))[name]


SOURCES: Final = {source: read_table("source")[source.code] for source in Source}
VERIFIES: Final = {source: frozenset(told["verifies"]) for source, told in SOURCES.items()}
USER_ID: Final = {source: told["user_id"] for source, told in SOURCES.items()}
LIMITS: Final = {  # the first has the highest priority
    kind: told["limit"]
    for kind, told in sorted(
        read_table("identifier").items(), key=lambda item: -item[1]["priority"]
    )
}
NAMES: Final = {
    "email": "email",
    "phone": "phone",
    "loyalty_card": "loyalty_card",
    "loyaltyCard": "loyalty_card",
    "customer_number": "customer_number",
}
BLOCKED: Final = {"null", "test@example.com", "none@none"}


@dataclass(slots=True)
class Model:
    """Who is one person, by the rules in words: vouched for twice, within every limit."""

    group: dict[Identifier, int] = field(default_factory=dict[Identifier, int])
    vouched: set[Identifier] = field(default_factory=set[Identifier])

    def held(self, group: int) -> Counter[str]:
        return Counter(kind for (kind, _), of in self.group.items() if of == group)

    def see(self, source: Source, found: list[Identifier]) -> None:
        """Take in the identifiers of one call, first the one whose call it is."""
        known = [one for one in found if one in self.group]
        before = {one: (self.group[one], one in self.vouched) for one in known}
        mine = before[found[0]][0] if found[0] in before else len(self.group) + 1
        while found[0] not in before and mine in self.group.values():
            mine += 1
        for one in found:
            if one not in before and self.held(mine)[one[0]] < LIMITS[one[0]]:
                self.group[one] = mine
        own = {one for one in found if self.group.get(one) == mine}  # not somebody else's claim
        self.vouched |= {one for one in own if one[0] in VERIFIES[source]}
        for one in sorted(known, key=lambda one: list(LIMITS).index(one[0])):
            mine, theirs = self.group[found[0]], self.group[one]
            if mine != theirs and self._is_one(source, one, mine, theirs, before[one][1]):
                for each, of in self.group.items():
                    if of == theirs:
                        self.group[each] = mine

    def _is_one(
        self, source: Source, one: Identifier, mine: int, theirs: int, was_vouched: bool
    ) -> bool:
        mine_held, theirs_held = self.held(mine), self.held(theirs)
        both = mine_held + theirs_held
        if any(both[kind] > limit for kind, limit in LIMITS.items()):
            return False
        if one[0] == "device":
            return not (set(mine_held) - {"device"} and set(theirs_held) - {"device"})
        return was_vouched and one[0] in VERIFIES[source]


def identifiers_of(source: Source, call: Any) -> list[Identifier]:  # noqa: ANN401
    """Return the identifiers of a call, normalised, first the one whose call it is."""
    first: list[Identifier] = []
    if call.get("userId"):
        first.append((USER_ID[source], call["userId"]))
    traits = call.get("traits") or {}
    properties = call.get("properties") or {}
    country = traits.get("country") or traits.get("address", {}).get("country")
    rest: list[Identifier] = []
    for name, value in (*traits.items(), *properties.items()):
        kind = NAMES.get(name)
        if kind == "email" and value not in BLOCKED:
            rest.append((kind, value.lower()))
        elif kind == "phone":
            number = normalise("phone", value, country)
            rest += [(kind, number)] if number else []
        elif kind in {"loyalty_card", "customer_number"}:
            rest.append((kind, value))
    if call.get("anonymousId"):
        rest.append(("device", call["anonymousId"]))
    rest.sort(key=lambda one: list(LIMITS).index(one[0]))
    return list(dict.fromkeys([*first, *rest]))


def planned(stream: Stream) -> dict[Identifier, int]:
    """Return who is one person, from the calls alone: a number for each identifier."""
    models: dict[int, Model] = defaultdict(Model)
    for day in range(stream.days):
        for source, cluster, body in sorted(stream.day(day), key=lambda sent: sent.source):
            call = json.loads(body)
            is_refused = (
                "25:61" in call["timestamp"]
                or call["timestamp"] > datetime.now(UTC).isoformat()
                or call.get("event") in {"Cart Abandoned v2", "debug"}
                or call.get("event") in {"Experiment Viewed", "order_completed"}
                or isinstance((call.get("properties") or {}).get("price"), str)
            )
            found = [] if is_refused else identifiers_of(source, call)
            if found:
                models[cluster].see(source, found)
    return {
        one: cluster * 100_000 + number
        for cluster, model in models.items()
        for one, number in model.group.items()
    }


async def heads(live: Live, wanted: Iterable[Identifier]) -> dict[Identifier, str]:
    """Return the person of each identifier, looked up as Candor does."""
    own = {k: v for k, v in live.environment.items() if k.startswith("CANDOR_")}
    candor = compose(Settings.load(own), live.urls.app, pool=2)
    indexes = {candor.vault.index(kind, value): (kind, value) for kind, value in wanted}
    database: Database = candor.database
    await database.open()
    try:
        async with database.read() as tx:
            cursor = await tx.connection.execute(
                "SELECT blind_index, head_id FROM profiles.identifier"
                " JOIN profiles.profile USING (profile_id)"
            )
            return {indexes[bytes(row[0])]: str(row[1]) for row in await cursor.fetchall()}
    finally:
        await database.close()


def test_people_are_who_the_calls_say_they_are(loaded: Loaded) -> None:
    model = planned(loaded.stream)
    found = asyncio.run(heads(loaded.live, model))
    assert found.keys() == model.keys()
    planned_as: dict[int, set[Identifier]] = defaultdict(set)
    found_as: dict[str, set[Identifier]] = defaultdict(set)
    for one, number in model.items():
        planned_as[number].add(one)
        found_as[found[one]].add(one)
    alike = {frozenset(own) for own in planned_as.values()}
    assert {frozenset(own) for own in found_as.values()} ^ alike == set()


def couples(loaded: Loaded) -> list[set[int]]:
    """Return the households that share an e-mail address."""
    by_email: dict[str, set[int]] = defaultdict(set)
    for person in loaded.stream.people:
        by_email[person.email].add(person.household_id)
    return [own for own in by_email.values() if len(own) > 1]


def test_no_two_households_become_one_person_unless_they_share_an_email(
    loaded: Loaded,
) -> None:
    found = asyncio.run(heads(loaded.live, planned(loaded.stream)))
    owners: dict[str, set[int]] = defaultdict(set)
    for person in loaded.stream.people:
        for one in own_identifiers(person):
            if one in found:
                owners[found[one]].add(person.household_id)
    joined = [own for own in owners.values() if len(own) > 1]
    # Customer service vouches for the address of a record without an account: by every rule it
    # is the account's that has the same. Two accounts never join.
    assert all(own in couples(loaded) for own in joined)
    accounts = [p.customer_number for p in loaded.stream.people if p.customer_number]
    apart = {found["customer_number", number] for number in accounts}
    assert len(apart) == len(accounts)


def test_a_household_is_one_person_unless_nobody_vouches_for_a_link(loaded: Loaded) -> None:
    found = asyncio.run(heads(loaded.live, planned(loaded.stream)))
    shared = set[int]().union(*couples(loaded))
    named = named_by_crm(loaded.stream)
    split = [
        person
        for person in loaded.stream.people
        if len({found[one] for one in own_identifiers(person) if one in found}) > 1
    ]
    assert len(split) < 0.2 * len(loaded.stream.people)
    for person in split:
        own = {*person.cards, person.customer_number} - {""}
        is_linked = bool(person.crm_id) and own <= named[person.crm_id]
        assert not is_linked or person.household_id in shared, person.household_id
    asked = loaded.rows("SELECT DISTINCT reason FROM profiles.review WHERE settled_at IS NULL")
    assert {row[0] for row in asked} <= {"not_verified", "too_many_identifiers"}


def named_by_crm(stream: Stream) -> dict[str, set[str]]:
    """Return the cards and accounts that the CRM's records name, by the record."""
    named: dict[str, set[str]] = defaultdict(set)
    for day in range(stream.days):
        for source, _, body in stream.day(day):
            if source is Source.CRM:
                call = json.loads(body)
                traits = call.get("traits") or {}
                given = (traits.get("loyalty_card"), traits.get("customer_number"))
                named[call["userId"]] |= {value for value in given if value}
    return named


def own_identifiers(person: Person) -> list[Identifier]:
    """Return what is one household's alone: not a shared address, not the tablet."""
    own: list[Identifier] = [("loyalty_card", card) for card in person.cards]
    if person.customer_number:
        own.append(("customer_number", person.customer_number))
    if person.crm_id:
        own.append(("crm_id", person.crm_id))
    own += [("device", device) for device in devices_of(person)]
    return own


def devices_of(person: Person) -> list[str]:
    browsers = [name_of("browser", person.household_id, cookie) for cookie in range(6)]
    return [*browsers, name_of("phone", person.household_id)]


# ---------------------------------------------------------------------------------- no plaintext
def spellings(person: Person) -> set[str]:
    """Return everything that says who somebody is, in every spelling, in small letters."""
    names = {person.given, person.second, person.family}
    homes = [home for home in (person.home, person.next_home) if home]
    number = phonenumbers.parse(person.phone)
    formats = phonenumbers.PhoneNumberFormat
    phones = {
        phonenumbers.format_number(number, form)
        for form in (formats.E164, formats.NATIONAL, formats.INTERNATIONAL, formats.RFC3966)
    }
    phones |= {re.sub(r"\D", "", phone) for phone in phones} | {str(number.national_number)}
    emails = {person.email, person.old_email}
    told = {
        *names,
        *(latin(name) for name in names),
        f"{person.given} {person.family}",
        *phones,
        *emails,
        *(email.partition("@")[0] for email in emails),
        *(home.street for home in homes),
        *(re.sub(r"[\d/\-]+", "", home.street).strip() for home in homes),
        *(home.city for home in homes),
        *person.cards,
        person.customer_number,
        person.crm_id,
        person.birthday.isoformat(),
        *devices_of(person),
        name_of("visitor", person.household_id),
    }
    return {one.lower() for one in told if len(one) >= 4}


def encoded(one: str) -> Iterator[str]:
    """Yield a text as hex, as JSON escapes, and as base64 wherever it may begin."""
    raw = one.encode()
    if len(raw) >= 6:  # shorter ones stand in random bytes by chance
        yield raw.hex()
        for shift in range(3):
            whole = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
            yield whole[(0, 2, 3)[shift] : -2]
    if not one.isascii():
        yield json.dumps(one)[1:-1]


def told_by(text: str, wanted: Iterable[str]) -> set[str]:
    """Return what of the wanted stands in a text, in whatever case. Words only as words.

    So with short numbers: the national number of a phone stands in the hex of some seal sooner
    or later. Written down by somebody it would have no letter and no digit at its side.
    """
    text = text.lower()
    found = anywhere(text, wanted)
    single = set(re.findall(r"[^\W\d_]+", text))
    numbers = set(re.findall(r"(?<![^\W_])\d+(?![^\W_])", text))
    return {
        one
        for one in found
        if not (one.isalpha() and one not in single)
        and not (one.isdecimal() and len(one) < LONG_DIGITS and one not in numbers)
    }


def anywhere(text: str, wanted: Iterable[str]) -> set[str]:
    """Return what of the wanted stands in a text; grep looks for all of them at once."""
    with NamedTemporaryFile("w", encoding="utf-8") as patterns:
        patterns.write("\n".join(wanted))
        patterns.flush()
        command = ["grep", "--text", "--fixed-strings", "--file", patterns.name]
        lines = subprocess.run(
            command, input=text.encode(), capture_output=True, check=False
        ).stdout.decode()
    return {one for one in wanted if one in lines} if lines else set()


@pytest.mark.asvs("14.2.4", "16.2.5")
def test_nothing_that_says_who_somebody_is_stands_anywhere_in_the_clear(
    loaded: Loaded,
) -> None:
    live = loaded.live
    wanted = {one for person in loaded.stream.people for one in spellings(person)}
    # What stood there before anybody came are ordinary words: of the catalogue's texts in five
    # languages, of staff, of the schema. So are the names of products, which purchases carry.
    products = "\n".join(
        f"{p.category} {p.department} {p.brand}" for p in journeys.read().products
    )
    ordinary = told_by(f"{loaded.before}\n{products}", wanted)
    assert len(ordinary) < 0.02 * len(wanted)
    assert not any(character.isdigit() or character == "@" for character in "".join(ordinary))
    wanted = wanted - ordinary
    after = dump(live)
    assert len(after) > 10 * len(loaded.before)
    metrics = live.get("/metrics").body.decode()
    logs = live.logs().decode(errors="replace")
    assert told_by(f"{logs}\n{metrics}", wanted) == set()
    assert told_by(after, wanted) == set()
    # Shorter ones stand in the hashes of the log by chance.
    hidden = {code for one in wanted for code in encoded(one) if len(code) > 8}
    everything = f"{after}\n{logs}\n{metrics}"
    assert anywhere(everything, hidden) == set()


def test_card_numbers_stand_nowhere_at_all(loaded: Loaded) -> None:
    assert loaded.expected.dirt["card_in_note"] > 0
    everything = re.sub(r"[ \-]", "", dump(loaded.live)) + loaded.live.logs().decode()
    for card in ("4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"):
        assert card not in everything
        assert card.encode().hex() not in everything


def test_the_tablet_in_the_store_is_nobodys_own(loaded: Loaded) -> None:
    at_tablet = [person for person in loaded.stream.people if person.at_tablet]
    found = asyncio.run(heads(loaded.live, planned(loaded.stream)))
    accounts = {found["customer_number", person.customer_number] for person in at_tablet}
    assert len(accounts) == len(at_tablet)
    if at_tablet:
        assert found["device", TABLET] in accounts
