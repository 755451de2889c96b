"""Card numbers never get in: not in any field, however written, and not into any table."""

from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.factories.house import VECTORS, order
from tests.web.intake.conftest import Sender

CARDS: list[str] = VECTORS["luhn"]["valid"]
Owner = psycopg.Connection[Any]


def written(number: str) -> list[str]:
    """Return a number in the ways in which people write it."""
    fours = [number[place : place + 4] for place in range(0, len(number), 4)]
    return [
        number,
        " ".join(fours),
        "-".join(fours),
        "\u00a0".join(fours),
        f"Card no.{number} valid 12/28",
        f"2026-11-21 {' '.join(fours)}",
    ]


def calls_with(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - text or number
    """Return calls that carry a value in every place that a call has."""
    text = str(value)
    return [
        {"note": value},
        {"order_id": text},
        {"total": value},
        {"pieces": value},
        {"due": value},
        {"at": value},
        {"paid_by": value},
        {"email": f"{text}@example.org"},
        {"labels": [text, text]},
        {"products": [{"category": value, "price": value, "sku": value}]},
        {"undeclared": value, text: 1},
    ]


def dump(owner: Owner) -> str:
    """Return everything that stands in any table, as text."""
    tables = owner.execute(
        "SELECT schemaname, tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    rows: list[str] = []
    for schema, table in tables:
        found = owner.execute(
            sql.SQL("SELECT t::text FROM {}.{} AS t").format(
                sql.Identifier(schema), sql.Identifier(table)
            )
        )
        rows += [row[0] for row in found]
    return "\n".join(rows)


@pytest.mark.parametrize("number", CARDS)
async def test_no_card_stands_in_any_table(sender: Sender, owner: Owner, number: str) -> None:
    shapes: list[Any] = [*written(number), int(number), float(number)]
    for value in shapes:
        calls = [
            order(sender.candor, userId="A-1", properties=given) for given in calls_with(value)
        ]
        text = str(value)
        calls += [
            {"type": "identify", "userId": "A-1", "traits": {"name": value, "city": value}},
            {"type": "identify", "userId": "A-1", "traits": {"points": value}},
            {"type": "identify", "userId": "A-1", "traits": {"address": {"city": value}}},
            {"type": "identify", "userId": value},
            {"type": "identify", "userId": "A-1", "anonymousId": value},
            {"type": "page", "userId": "A-1", "name": text, "properties": {"path": text}},
            {"type": "page", "userId": "A-1", "messageId": text, "context": {"locale": text}},
            {"type": text, "event": text, "userId": "A-1"},
            {"type": "track", "event": text, "userId": "A-1"},
            {
                "type": "identify",
                "userId": "A-1",
                "messageId": text + "!",
                "context": {
                    "locale": text,
                    "consent": {"categoryPreferences": {"marketing": True, text: True}},
                    "externalIds": [{"type": "loyalty_card", "id": text}],
                },
            },
        ]
        answer = await sender.batch(*calls)
        assert answer.status_code == 200
        assert number not in answer.text
    kept = "".join(sign for sign in dump(owner) if sign not in " -\u00a0")
    # A float or an amount in hundredths would show the same digits with more behind them.
    assert number not in kept


async def test_the_last_four_digits_stay_and_are_counted(sender: Sender) -> None:
    call = order(sender.candor, userId="A-1", properties={"labels": ["4111 1111 1111 1111"]})
    assert (await sender.batch(call)).status_code == 200
    async with sender.candor.database.read() as tx:
        found = await tx.connection.execute("SELECT properties ->> 'labels' FROM collect.event")
        assert await found.fetchall() == [('["[card ••1111]"]',)]
    assert (await sender.counted())["card_masked"] == 1


async def test_a_card_in_a_sealed_note_is_masked_before_it_is_sealed(sender: Sender) -> None:
    call = order(
        sender.candor,
        userId="A-1",
        properties={"note": "my card 4111 1111 1111 1111, call +49 30 901820"},
    )
    assert (await sender.batch(call)).status_code == 200
    counted = await sender.counted()
    assert (counted["card_masked"], counted["contact_masked"]) == (1, 1)


@pytest.mark.asvs("1.1.1")
@pytest.mark.parametrize("number", CARDS[:3])
async def test_digits_written_as_escapes_are_seen(
    sender: Sender, owner: Owner, number: str
) -> None:
    escaped = "".join(f"\\u{ord(sign):04x}" for sign in number)
    body = (
        '{"batch": [{"type": "page", "userId": "A-1", "properties": {"path": "'
        + escaped
        + '"}}]}'
    )
    assert (await sender.post("/v1/batch", body.encode())).status_code == 200
    assert await sender.stored() == 1
    assert number not in dump(owner)


@pytest.mark.parametrize("value", [378282246310005, 378282246310005.0, 4222222222222, 1e300])
@pytest.mark.parametrize("name", ["total", "pieces"])
async def test_a_card_sent_as_a_number_refuses_its_event(
    sender: Sender, name: str, value: float
) -> None:
    answer = await sender.batch(order(sender.candor, userId="A-1", properties={name: value}))
    [rejected] = answer.json()["rejected"]
    assert rejected["code"] == "collect.wrong_type"
    assert await sender.stored() == 0


async def test_large_numbers_that_are_no_cards_are_kept(sender: Sender) -> None:
    milliseconds = 1_772_452_800_000
    call = order(
        sender.candor, userId="A-1", properties={"pieces": milliseconds, "total": -1e12}
    )
    assert (await sender.batch(call)).json() == {"success": True}


async def test_an_address_that_holds_a_card_is_nobody_s(sender: Sender) -> None:
    call = {"type": "identify", "userId": "A-1", "traits": {"email": f"{CARDS[0]}@example.org"}}
    assert (await sender.batch(call)).status_code == 200
    counted = await sender.counted()
    assert counted["bad_identifier"] == 1
    assert "fact_kept" not in counted
