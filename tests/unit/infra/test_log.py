"""Logs cannot contain personal data, whatever shape it has when it is logged."""

import json
import logging
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candor.infra.log import configure, logger
from candor.kernel.clock import SystemClock
from candor.kernel.errors import Unavailable
from candor.kernel.pii import Pii
from tests.factories.house import VECTORS

words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=6, max_size=12)
emails = st.tuples(words, words).map(lambda pair: f"{pair[0]}@{pair[1]}.example")
phones = st.integers(10**6, 10**9 - 1).map(lambda number: f"+4930{number}")
cards = st.sampled_from(VECTORS["luhn"]["valid"])
secrets = emails | phones | cards


class Loud(Exception):
    """An error whose text holds what a driver puts there."""


def _break(secret: str) -> None:
    raise Loud(secret)


def _raise(secret: str) -> None:
    try:
        _break(secret)
    except Loud as error:
        raise Unavailable(secret) from error


def _log_exception(secret: str) -> None:
    try:
        _raise(secret)
    except Unavailable:
        logger("test").exception("failed")


SHAPES: dict[str, Callable[[str], object]] = {
    "event": lambda s: logger("test").info(f"hello {s}"),
    "name of the part": lambda s: logger(s).info("hello"),
    "value": lambda s: logger("test").info("hello", who=s),
    "value inside text": lambda s: logger("test").info("hello", who=f"x {s}, y"),
    "long text": lambda s: logger("test").info("hello", who="x" * 350 + " " + s),
    "list": lambda s: logger("test").info("hello", who=[s]),
    "dict": lambda s: logger("test").info("hello", who={s: s}),
    "set": lambda s: logger("test").info("hello", who={s}),
    "bytes": lambda s: logger("test").info("hello", who=s.encode()),
    "object": lambda s: logger("test").info("hello", who=Loud(s)),
    "wrapped": lambda s: logger("test").info("hello", who=Pii(s)),
    "enum": lambda s: logger("test").info("hello", who=Enum("Who", {"ADA": s}).ADA),
    "bound": lambda s: logger("test").bind(who=s).info("hello"),
    "exception": _log_exception,
    "exception given": lambda s: logger("test").error("hello", exc_info=Loud(s)),
    "positional": lambda s: logger("test").info("hello %s", s),
    "library, argument": lambda s: logging.getLogger("lib").error("hello %s", s),
    "library, text": lambda s: logging.getLogger("lib").error(f"hello {s}"),  # noqa: G004
    "library, long text": lambda s: logging.getLogger("lib").error(f"{108 * 'x'} {s}"),  # noqa: G004
    "library, error": lambda s: logging.getLogger("lib").error("x", exc_info=Loud(s)),
}


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Log as a process does; return what was written since the last look."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    # Keep the handlers of others: setting up logging closes those that it replaces.
    root.handlers[:] = []
    configure("debug")
    yield lambda: capsys.readouterr().err
    configure("warning")  # as all tests have it
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.asvs("16.2.5")
@pytest.mark.parametrize("shape", SHAPES)
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(secret=secrets)
def test_nothing_personal_is_written(lines: Callable[[], str], shape: str, secret: str) -> None:
    SHAPES[shape](secret)
    written = lines()
    assert json.loads(written)
    assert secret not in written
    assert secret.split("@", maxsplit=1)[0][:12] not in written


@pytest.mark.asvs("16.4.1")
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters(codec="utf-8"), min_size=1) | st.just('x\n{"level": "info"}\r')
)
def test_whatever_is_logged_is_one_line(lines: Callable[[], str], text: str) -> None:
    logger("test").info(text, who=text)
    logging.getLogger("lib").error(text)
    written = lines()
    told = [json.loads(line) for line in written.splitlines()]
    assert [one["part"] for one in told] == ["test", "lib"]
    assert all(
        sign >= " " or sign == "\n" for sign in written
    )  # nor a sign that steers a screen


@pytest.mark.asvs("16.2.5")
@pytest.mark.parametrize("number", VECTORS["luhn"]["valid"])
def test_a_card_as_a_number_is_not_written(lines: Callable[[], str], number: str) -> None:
    logger("test").info("hello", who=int(number))
    assert number not in lines()


def test_what_says_nothing_about_people_is_written(lines: Callable[[], str]) -> None:
    one, at = UUID(int=7), SystemClock().now()
    logger("test").info("ready", port=8700, ratio=0.5, on=True, nothing=None, id=one, at=at)
    told: dict[str, Any] = json.loads(lines())
    assert told.pop("timestamp")
    assert told == {
        "part": "test",
        "event": "ready",
        "level": "info",
        "port": 8700,
        "ratio": 0.5,
        "on": True,
        "nothing": None,
        "id": str(one),
        "at": str(at),
    }


@pytest.mark.asvs("16.3.4")
def test_an_error_is_told_by_class_code_and_place(lines: Callable[[], str]) -> None:
    _log_exception("x")
    told = json.loads(lines())
    assert told["code"] == "candor.unavailable"
    assert told["error"].startswith("Unavailable at test_log.py:")
    assert "<- Loud at test_log.py:" in told["error"]


def test_below_the_level_nothing_is_written(lines: Callable[[], str]) -> None:
    configure("warning")
    logger("test").info("hello")
    assert lines() == ""
