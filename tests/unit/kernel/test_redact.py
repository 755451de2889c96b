"""Finding what must not be there. A miss stores a card; a false alarm masks a number."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from candor.kernel.redact import (
    is_card_number,
    is_secret_name,
    luhn_holds,
    mask_cards,
    mask_contacts,
    mask_free_text,
    mask_sample,
    mask_text,
    may_hold_card,
    may_hold_personal,
)
from tests.factories.house import VECTORS

CARDS: list[str] = VECTORS["luhn"]["valid"]
PARTED = ("", " ", "-", "\u00a0", "\u2013", "\u202f", "\u3000")
cards = st.sampled_from(CARDS)
words = st.text(st.characters(exclude_categories=["Cs", "Nd"]), max_size=12)
digits_and_signs = st.text("0123456789 -./:+=;^%BDx\u00a0\u2009\uff14\n", max_size=60)


def groups_of(number: str, size: int, sign: str) -> str:
    """Return a number in groups, as people write it."""
    return sign.join(number[place : place + size] for place in range(0, len(number), size))


@st.composite
def written_cards(draw: st.DrawFn) -> str:
    """Draw a card number in any way of writing it."""
    number = groups_of(draw(cards), draw(st.integers(1, 19)), draw(st.sampled_from(PARTED)))
    if draw(st.booleans()):
        number = number.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    return number


def digits_of(text: str) -> str:
    """Return the digits of a text, those of every width."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


@pytest.mark.parametrize("number", CARDS)
def test_published_card_numbers_are_cards(number: str) -> None:
    assert luhn_holds(number)
    assert is_card_number(number)
    assert mask_cards(number) == (f"[card ••{number[-4:]}]", 1)


@pytest.mark.parametrize("number", [*VECTORS["luhn"]["invalid"], "0" * 16, "9" * 16, "1" * 13])
def test_other_numbers_are_none(number: str) -> None:
    assert not is_card_number(number)
    assert mask_cards(number) == (number, 0)


@given(cards, st.integers(0, 18), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(number: str, place: int, by: int) -> None:
    place %= len(number)
    wrong = str((int(number[place]) + by) % 10)
    assert not luhn_holds(number[:place] + wrong + number[place + 1 :])


@given(words, written_cards(), words)
def test_a_card_is_masked_in_any_text(before: str, card: str, after: str) -> None:
    text, found = mask_cards(f"{before}{card}{after}")
    assert found == 1
    assert len(digits_of(text)) <= 4
    assert digits_of(text) == digits_of(card)[-4:]


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21 4111 1111 1111 1111",
        "Order 20261121 4111-1111-1111-1111 paid",
        "4111111111111111 5555555555554444",
        "41111111111111115555555555554444",
        "00000000041111111111111110000000",
        "Nr.4111111111111111",
        "4111 1111 1111 1111 12/28 123",
    ],
)
def test_a_card_is_masked_beside_other_numbers(text: str) -> None:
    masked, found = mask_cards(text)
    assert found
    assert "411111111111" not in digits_of(masked)
    assert "555555555555" not in digits_of(masked)


@given(digits_and_signs, written_cards(), digits_and_signs)
def test_no_card_is_left_whatever_stands_around(before: str, card: str, after: str) -> None:
    before = before.replace(".", "")  # behind a dot between digits stand decimals
    masked, found = mask_cards(before + card + after)
    assert found
    assert digits_of(card) not in digits_of(masked)
    assert mask_cards(masked)[1] == 0


@given(digits_and_signs | st.text() | written_cards())
@example("B12345678901^NAME NAME^2512")
@example(";123456789012=2512")
def test_the_quick_look_never_misses_a_card(text: str) -> None:
    if mask_cards(text)[1]:
        assert may_hold_card(text)
        assert may_hold_personal(text)


@given(
    digits_and_signs | st.text() | st.text("ada@example.org +4930901820DE89370400", max_size=60)
)
@example("DE89 3704 0044 0532 0130 00")
@example("+49 (30) 90 18 20")
def test_the_quick_look_never_misses_a_contact(text: str) -> None:
    if mask_free_text(text)[1]:
        assert may_hold_personal(text)


@given(st.text())
def test_masking_again_finds_nothing(text: str) -> None:
    once, _ = mask_free_text(text)
    assert mask_free_text(once) == (once, 0)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail ada@example.org now", "mail [e-mail] now"),
        ("call +49 30 901820", "call [phone]"),
        ("call 0049 (30) 90-18-20!", "call [phone]!"),
        ("pay DE89 3704 0044 0532 0130 00", "pay [bank account]"),
        ("%B4111111111111111^ADA/L^2512101?", "[card track]"),
        ("2 pieces of No. 4711", "2 pieces of No. 4711"),
    ],
)
def test_contacts_in_free_text_are_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked


def test_contacts_are_counted() -> None:
    assert mask_contacts("a@example.org, b@example.org, +49 30 901820")[1] == 3


@pytest.mark.parametrize(
    "name",
    [
        *(
            "cvv",
            "CVC2",
            "card_cvv",
            "cardNumber",
            "card-number",
            "pan",
            "password",
            "userPassword",
        ),
        *(
            "pin",
            "pinBlock",
            "track_2",
            "securityCode",
            "security code",
            "api_key",
            "accessToken",
            "secret",
        ),
    ],
)
def test_names_of_secrets_are_told(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["company", "pantry", "spinning", "tracking", "discard", "cardholder_since", "idea"]
)
def test_other_names_are_not(name: str) -> None:
    assert not is_secret_name(name)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=20,
)


@given(json_values, st.text(min_size=6, max_size=30))
def test_a_sample_shows_the_shape_and_no_value(value: object, secret: str) -> None:
    shown = json.dumps(
        mask_sample({"a": value, "b": f"{secret}∎", "c": [f"{secret}∎"]}, lambda _: False),
        ensure_ascii=False,
    )
    assert "∎" not in shown


@given(json_values)
def test_a_sample_is_small(value: object) -> None:
    assert len(json.dumps(mask_sample(value, lambda _: False))) < 100_000


def test_a_sample_keeps_declared_and_plain_names_only() -> None:
    sample = mask_sample(
        {"ada@example.org": 1, "total": 2, "Ada Lovelace": 3, "E mail": 4}, "E mail".__eq__
    )
    assert sample == {
        "name of 15": "number",
        "total": "number",
        "name of 12": "number",
        "E mail": "number",
    }


def test_a_deep_sample_is_cut() -> None:
    value: object = "x"
    for _ in range(50):
        value = {"a": value}
    assert mask_sample(value, lambda _: False) == {"a": {"a": {"a": {"a": "…"}}}}


def test_a_wide_sample_is_cut() -> None:
    shape = mask_sample({f"a{'b' * n}": n for n in range(40)}, lambda _: False)
    assert isinstance(shape, dict)
    assert shape["…"] == "10 more"
    assert mask_sample([1] * 9, lambda _: False) == ["number", "number", "… 7 more"]
