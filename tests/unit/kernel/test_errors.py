"""Errors: a tree of kinds, each with a code, a safe message and a hint."""

import importlib
import pkgutil
import re

import pytest

import candor
from candor.kernel.errors import Bug, CandorError, Kind, Refused, Tampered, Unavailable


def all_errors() -> list[type[CandorError]]:
    """Return every error class of Candor, after importing everything but start scripts."""
    for module in pkgutil.walk_packages(candor.__path__, "candor."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: list[type[CandorError]] = []
    waiting = [CandorError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return [kind for kind in found if kind.__module__.startswith("candor.")]


ERRORS = all_errors()


def test_there_are_errors_to_look_at() -> None:
    assert len(ERRORS) > 15


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_each_has_a_stable_code(kind: type[CandorError]) -> None:
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", kind.code)


def test_no_two_share_a_code() -> None:
    own = [kind for kind in ERRORS if "code" in vars(kind)]
    codes = [kind.code for kind in own]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_its_docstring_is_a_sentence_that_may_be_shown(kind: type[CandorError]) -> None:
    first = (kind.__doc__ or "").strip().split("\n", 1)[0]
    assert first.endswith(".")


@pytest.mark.parametrize("kind", [k for k in ERRORS if issubclass(k, Refused)])
def test_a_refusal_has_a_kind_that_surfaces_know(kind: type[Refused]) -> None:
    assert kind.kind in Kind


def test_the_message_defaults_to_the_docstring() -> None:
    assert (
        str(Unavailable())
        == "A part of the system cannot be reached just now. Nothing was lost; try again."
    )
    assert Unavailable("Away.").message == "Away."
    assert Unavailable().hint
    assert Unavailable(hint="Wait.").hint == "Wait."


def test_the_tree_has_four_branches() -> None:
    assert {kind.__name__ for kind in (Refused, Unavailable, Tampered, Bug)} == {
        "Refused",
        "Unavailable",
        "Tampered",
        "Bug",
    }
    assert all(issubclass(kind, CandorError) for kind in (Refused, Unavailable, Tampered, Bug))
