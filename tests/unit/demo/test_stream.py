"""A year of Segment calls: valid where it should be, spoiled where and as often as stated."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import msgspec
import pytest

from candor.demo import rates
from candor.demo.calls import CONSENT, ORDER, Dirt
from candor.demo.expected import Expected
from candor.demo.journey import Journey
from candor.demo.records import BLOCKED_EMAILS
from candor.demo.stream import Stream, shift_weeks
from candor.kernel.redact import mask_cards, mask_contacts
from tests.unit.demo.conftest import FEW, NOW

_OF_TYPE: Mapping[str, type | tuple[type, ...]] = {
    "text": str, "enum": str, "date": str, "number": (int, float), "integer": int,
    "boolean": bool, "list": list,
}  # fmt: skip


def calls(stream: Stream) -> Iterator[tuple[str, dict[str, Any]]]:
    for day in range(stream.days):
        for sent in stream.day(day):
            yield sent.source.code, msgspec.json.decode(sent.body)


@pytest.fixture(scope="session")
def sent(few: Stream) -> list[tuple[str, dict[str, Any]]]:
    return list(calls(few))


def name_of_event(call: dict[str, Any]) -> str:
    names = {"page": "Page Viewed", "screen": "Screen Viewed"}
    kind = str(call["type"])
    return str(call.get("event") or names.get(kind, kind))


def problems(call: dict[str, Any], events: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the catalogue has against a call, as the door would find it."""
    event = events.get(name_of_event(call))
    if event is None:
        yield "unknown"
        return
    declared = event.get("property", {})
    given = dict(call.get("properties") or {})
    if call.get("name"):
        given["name"] = call["name"]
    yield from (
        f"missing {n}" for n, p in declared.items() if p.get("required") and n not in given
    )
    for name, value in given.items():
        if name not in declared:
            yield f"undeclared {name}"
            continue
        rule = declared[name]
        if not isinstance(value, _OF_TYPE[rule.get("type", "text")]):
            yield f"type of {name}"
        if rule.get("values") and value not in rule["values"]:
            yield f"value of {name}"
        if isinstance(value, str) and len(value) > rule.get("max_length", 500):
            yield f"length of {name}"
        for item in value if isinstance(value, list) else ():
            yield from (f"undeclared {name}.{n}" for n in item if n not in rule["item"])


def test_each_basket_arrives_exactly_once(
    journey: Journey, few: Stream, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    taken = {p.household_id for p in few.people}
    wanted = {
        str(number)
        for number, household in zip(
            journey.baskets.basket_id, journey.baskets.household_id, strict=True
        )
        if household in taken
    }
    once = {
        c["messageId"]: c["properties"]["order_id"] for _, c in sent if c.get("event") == ORDER
    }
    assert len(once) == len(wanted)
    assert set(once.values()) == wanted


def test_the_counts_are_those_that_were_expected(
    few: Stream, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    expected = few.expected()
    assert Counter(source for source, _ in sent) == Counter(expected.sent)
    first = {call["messageId"]: name_of_event(call) for _, call in sent}
    assert Counter(first.values()) == Counter(expected.kinds)
    assert len(sent) - len(first) == expected.duplicates > 0
    orders = {c["messageId"]: (s, c) for s, c in sent if c.get("event") == ORDER}.values()
    assert Counter(s for s, _ in orders) == Counter(expected.baskets)
    assert sum(len(c["properties"]["products"]) for _, c in orders) == expected.lines
    paid = sum(round(c["properties"]["revenue"] * 100) for _, c in orders)
    assert paid == expected.paid_minor


def test_a_retry_repeats_every_byte(few: Stream) -> None:
    seen: dict[str, bytes] = {}
    for day in range(few.days):
        for sent in few.day(day):
            message_id = msgspec.json.decode(sent.body)["messageId"]
            assert seen.setdefault(message_id, sent.body) == sent.body


def test_only_dirt_is_against_the_catalogue(
    few: Stream, sent: list[tuple[str, dict[str, Any]]], catalogue: Mapping[str, Any]
) -> None:
    found: Counter[str] = Counter()
    for _, call in sent:
        if call["type"] == "identify" or call.get("event") == CONSENT:
            continue
        for problem in set(problems(call, catalogue["event"])):
            assert call.get("event") != ORDER or problem == "undeclared payment_reference"
            found[problem] += 1
    dirt = few.expected().dirt
    assert found.pop("undeclared payment_reference") == dirt["card_in_reference"]
    assert found.pop("undeclared debug_trace") == dirt["undeclared"]
    assert found.pop("type of price") + found.pop("type of revenue") == dirt["wrong_type"]
    assert found.pop("unknown") == dirt["unknown_event"]
    assert not found


def test_every_trait_is_a_declared_attribute_or_identifier(
    sent: list[tuple[str, dict[str, Any]]], catalogue: Mapping[str, Any]
) -> None:
    known = set(catalogue["identifier"])
    values: dict[str, set[str]] = {}
    for code, attribute in catalogue["attribute"].items():
        known |= {code, *attribute.get("accepts", ())}
        if "values" in attribute:
            values[code] = set(attribute["values"])
    for _, call in sent:
        for name, value in call.get("traits", {}).items():
            if name == "address":
                assert {f"address.{part}" for part in value} <= known
            else:
                assert name in known
                assert value in values.get(name, {value})


def test_every_consent_names_categories_of_the_purposes(
    sent: list[tuple[str, dict[str, Any]]], catalogue: Mapping[str, Any]
) -> None:
    declared = {c for p in catalogue["purpose"].values() for c in p.get("categories", ())}
    assert set(rates.ASKED) <= declared
    answers = [
        call["context"]["consent"]["categoryPreferences"]
        for _, call in sent
        if call.get("event") == CONSENT
    ]
    assert answers
    assert all(set(answer) <= declared and answer for answer in answers)


def test_sources_are_those_of_the_catalogue(few: Stream, catalogue: Mapping[str, Any]) -> None:
    pages = {code for code, source in catalogue["source"].items() if source.get("origins")}
    # What connections are heard as says nothing in the stream: those systems say it themselves.
    heard = {
        tomllib.loads(file.read_text(encoding="utf-8")).get("source")
        for file in files("candor.demo.connections").iterdir()
        if file.name.endswith(".toml")
    }
    assert set(few.expected().sent) == set(catalogue["source"]) - pages - heard


def test_cards_appear_where_they_were_planned_and_nowhere_else(
    few: Stream, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    # Retries are of clean baskets. Phone numbers are left aside: a German one has thirteen digits
    # and starts with a 4, so that every tenth passes for an old Visa number.
    cards = sum(
        mask_cards(msgspec.json.encode(call).decode())[1]
        for _, call in sent
        if call["type"] != "identify"
    )
    dirt = few.expected().dirt
    assert cards == dirt["card_in_note"] + dirt["card_in_reference"] > 0


def test_searches_hold_addresses_as_often_as_stated(
    few: Stream, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    queries = [
        c["properties"]["query"] for _, c in sent if c.get("event") == "Products Searched"
    ]
    assert sum(mask_contacts(q)[1] for q in queries) == few.expected().dirt["email_in_search"]


def test_who_and_when_are_missing_as_often_as_stated(
    few: Stream, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    dirt: Counter[str] = Counter()
    end = NOW + timedelta(days=1)
    for _, call in sent:
        dirt["no_ids"] += not (call.get("userId") or call.get("anonymousId"))
        dirt["blocked_email"] += call.get("traits", {}).get("email") in BLOCKED_EMAILS
        try:
            dirt["future_time"] += datetime.fromisoformat(call["timestamp"]) > end
        except ValueError:
            dirt["bad_time"] += 1
    for kind, count in dirt.items():
        assert count == few.expected().dirt.get(kind, 0), kind


def test_calls_come_in_order_of_time_per_source(few: Stream) -> None:
    last: dict[str, tuple[int, int]] = {}
    for call in few.planned():
        assert last.get(call.source.code, (0, 0)) <= (call.at, call.number)
        last[call.source.code] = (call.at, call.number)


def test_the_till_knows_everybody_before_their_first_purchase(
    sent: list[tuple[str, dict[str, Any]]],
) -> None:
    joined: set[str] = set()
    for source, call in sent:
        if source == "till" and call["type"] == "identify":
            joined.add(call["userId"])
        elif source == "till" and call.get("event") == ORDER:
            assert call["userId"] in joined


def test_anonymous_browsing_ends_in_a_sign_in_with_both_ids(
    sent: list[tuple[str, dict[str, Any]]],
) -> None:
    anonymous = {
        c["anonymousId"]
        for s, c in sent
        if s == "shop" and "anonymousId" in c and "userId" not in c
    }
    tied = {c["anonymousId"] for _, c in sent if c["type"] == "identify" and "anonymousId" in c}
    assert anonymous & tied
    assert anonymous - tied  # visitors who never signed in


def test_the_last_purchase_lies_in_the_week_before(journey: Journey) -> None:
    for hours in range(0, 24 * 14, 7):
        now = NOW + timedelta(hours=hours)
        weeks = shift_weeks(journey, now)
        last = datetime.fromtimestamp(journey.baskets.at[-1], UTC) + timedelta(weeks=weeks)
        assert timedelta(0) <= now - last < timedelta(days=7)


def test_nothing_but_dirt_claims_to_come_later_than_now(few: Stream) -> None:
    ends_at = int((NOW - few.shift).timestamp())
    assert all(call.at <= ends_at for call in few.planned())


def test_another_week_changes_no_message_id(
    journey: Journey, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    later = Stream(
        journey, weeks=shift_weeks(journey, NOW + timedelta(weeks=9)), households=FEW
    )
    assert [c["messageId"] for _, c in calls(later)] == [c["messageId"] for _, c in sent]


def test_the_first_days_alone_are_counted_alone(few: Stream) -> None:
    week = few.expected(7)
    assert week.events_sent == sum(1 for day in range(7) for _ in few.day(day))
    assert (week.last_day - week.first_day).days == 6


def test_no_call_is_larger_than_the_door_takes(few: Stream) -> None:
    largest = max(len(sent.body) for day in range(few.days) for sent in few.day(day))
    assert largest < 32_000


def test_message_ids_are_short_words(sent: list[tuple[str, dict[str, Any]]]) -> None:
    assert all(re.fullmatch("[a-z]{20}", call["messageId"]) for _, call in sent)


@pytest.mark.slow
def test_the_whole_year_is_complete(whole: Expected) -> None:
    assert sum(whole.baskets.values()) == 155_848
    assert whole.lines == 1_469_307
    assert whole.households == 2_469
    assert whole.kinds["Campaign Received"] == 6_589
    spoiled = whole.dirt["bad_time"] + whole.dirt["future_time"]
    assert whole.kinds["Coupon Redeemed"] - spoiled == 2_102
    assert set(whole.dirt) == {kind.name.lower() for kind in Dirt if kind}
