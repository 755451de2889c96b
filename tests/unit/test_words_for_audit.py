"""Whatever is written down about a person has words in their history, in every language."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from candor.domain.rights.model.happening import INSIDE, What
from candor.infra.web.reading import Reader, reading
from candor.surface.console.requests import naming
from candor.surface.plain.language import REGIONS
from candor.surface.portal import words
from tests.conftest import NOON

SOURCES = Path(__file__).parents[2] / "src" / "candor"
ACTION = re.compile(r"(access|audit|catalogue|collect|consent|profiles|rights|vault)\.[a-z_]+")
OPENED = "vault.open"  # told as what was opened, by whom and why
TREES = {path: ast.parse(path.read_text()) for path in sorted(SOURCES.rglob("*.py"))}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    """Return the last part of what is called."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def of_people(tree: ast.AST) -> Iterator[ast.expr]:
    """Return what is given as the action of each entry that names people."""
    for call in calls(tree):
        given = {word.arg: word.value for word in call.keywords}
        if (
            name_of(call) in {"record", "record_each"}
            and "action" in given
            and given.keys() & {"subjects", "about"}
        ):
            yield given["action"]


def constants(tree: ast.Module) -> dict[str, str]:
    """Return the texts that a module gives names to."""
    found: dict[str, str] = {}
    for node in tree.body:
        match node:
            case (
                ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str(text)))
                | ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text)))
            ):
                found[name] = text
            case _:
                pass
    return found


def actions() -> set[str]:
    """Return every action about people: said there, by a constant, or by who calls the writer."""
    found: set[str] = set()
    of_modules = {path.stem: constants(tree) for path, tree in TREES.items()}
    writers: set[str] = set()  # those that other modules call
    for tree in TREES.values():
        named, own = constants(tree), set[str]()
        for action in of_people(tree):
            match action:
                case ast.Constant(value=str(text)):
                    found.add(text)
                case ast.Name(id=name) if name in named:
                    found.add(named[name])
                case ast.Attribute(value=ast.Name(id=module), attr=name) if (
                    name in of_modules.get(module, {})
                ):
                    found.add(of_modules[module][name])
                case _:  # handed in, perhaps over several functions of the module
                    own |= functions(tree)
                    found |= said(node for node in ast.walk(tree) if is_named_action(node))
        found |= said(call for call in calls(tree) if name_of(call) in own)
        writers |= {name for name in own if not name.startswith("_")}
    for tree in TREES.values():
        found |= said(call for call in calls(tree) if name_of(call) in writers)
    return found


def functions(tree: ast.Module) -> set[str]:
    """Return the names of the functions of a module that take an action."""
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(argument.arg == "action" for argument in node.args.args + node.args.kwonlyargs)
    }


def is_named_action(node: ast.AST) -> bool:
    """Tell whether something is called an action before it is handed on."""
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "action" for target in node.targets
    )


def said(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the actions that stand in some code."""
    parts = (part for node in nodes for part in ast.walk(node))
    texts = (part.value for part in parts if isinstance(part, ast.Constant))
    return {text for text in texts if isinstance(text, str) and ACTION.fullmatch(text)}


# One writer for all that happens to requests: its entries are named by their words.
HAPPENINGS = {f"rights.{what.value}" for what in What if what not in INSIDE}
ABOUT_PEOPLE = sorted((actions() | HAPPENINGS) - {OPENED})


def test_the_list_is_found() -> None:
    assert {
        "consent.recorded",
        "consent.receipt_issued",
        "consent.guardian_ended",
        "consent.choices_read",
        "consent.contacted",
        "profiles.contested",
        "profiles.merge",
        "rights.hold_placed",
        "rights.words_read",
    } <= set(ABOUT_PEOPLE)


@pytest.mark.parametrize("action", ABOUT_PEOPLE)
def test_every_act_about_a_person_has_words(action: str) -> None:
    told: dict[str, tuple[str, ...]] = {}
    for tag, locale in REGIONS.items():
        with reading(Reader(NOON, locale)):
            both = (words.act(action), words.own_act(action))
        told[tag] = tuple(text for text in both if action not in text)
        assert told[tag], f"no words for {action} in {tag}"
    english = told.pop("en")
    for tag, other in told.items():
        assert not set(english) & set(other), f"{action} is not translated to {tag}"


def test_everything_that_happens_to_a_request_has_words_for_staff() -> None:
    assert set(naming.EVENTS) == set(What)
