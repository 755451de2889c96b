"""Personal data never shows itself: not as text, not in logs, not in a copy."""

import copy
import json
import logging
import pickle
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.kernel.errors import Refused
from candor.kernel.pii import MASK, Pii

ADA = "Ada Lovelace"


@dataclass(frozen=True)
class Person:
    """Something that holds a personal value."""

    name: Pii[str]
    rest: list[Pii[str]] = field(default_factory=list[Pii[str]])


WAYS = {
    "str": str,
    "repr": repr,
    "format": format,
    "format with a width": lambda value: f"{value:>40}",
    "f-string": lambda value: f"{value}",
    "f-string with repr": lambda value: f"{value!r}",
    "f-string that debugs": lambda value: f"{value=}",
    "percent": lambda value: "%s %r" % (value, value),  # noqa: UP031 - what is looked at
    "str.format": lambda value: "{} {!r} {:x}".format(value, value, value),  # noqa: UP032
    "list": lambda value: str([value]),
    "dict": lambda value: str({"name": value}),
    "dataclass": lambda value: repr(Person(value, [value])),
    "error": lambda value: str(ValueError(value)) + repr(Refused(str(value))),
    "ascii": ascii,
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_masked_however_it_becomes_text(way: str) -> None:
    shown = WAYS[way](Pii(ADA))
    assert ADA not in shown
    assert MASK in shown or "\\u2022" in shown


@given(st.text() | st.integers() | st.lists(st.text()))
def test_the_mask_says_nothing_about_the_value(plain: object) -> None:
    assert str(Pii(plain)) == MASK
    assert repr(Pii(plain)) == f"Pii({MASK})"


def test_it_is_masked_in_logs(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("hello %s, %r", Pii(ADA), [Pii(ADA)])
    assert ADA not in caplog.text
    assert MASK in caplog.text


def test_it_cannot_be_written_as_json() -> None:
    with pytest.raises(TypeError):
        json.dumps({"name": Pii(ADA)})
    with pytest.raises(TypeError):
        msgspec.json.encode({"name": Pii(ADA)})


def test_it_cannot_be_pickled_or_copied() -> None:
    for dump in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError) as caught:
            dump(Pii(ADA))
        assert ADA not in str(caught.value)


def test_it_cannot_be_joined_to_text_or_looked_into() -> None:
    value = Pii(ADA)
    with pytest.raises(TypeError):
        "Hello " + value  # pyright: ignore[reportOperatorIssue, reportUnusedExpression] - refused at run time too
    with pytest.raises(TypeError):
        iter(value)  # pyright: ignore[reportCallIssue, reportArgumentType] - refused at run time too
    assert not hasattr(value, "__dict__")
    assert not isinstance(value, str)


def test_it_shows_itself_when_asked_by_name() -> None:
    assert Pii(ADA).reveal() == ADA


def test_what_is_made_of_it_stays_wrapped() -> None:
    length = Pii(ADA).map(len)
    assert isinstance(length, Pii)
    assert length.reveal() == 12


def test_equal_values_are_equal_and_a_plain_one_is_not() -> None:
    assert Pii(ADA) == Pii(ADA)
    assert hash(Pii(ADA)) == hash(Pii(ADA))
    assert Pii(ADA) != Pii("Ben")
    assert Pii(ADA) != ADA
