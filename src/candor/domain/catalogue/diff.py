"""The difference between two catalogues, key by key, and what to think about before applying it.

Pure. Keys are named as in TOML, so that a line of the plan can be found in the files.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from candor.domain.catalogue.cautions import cautions
from candor.domain.catalogue.model import Change, Difference, Document, How, Plan
from candor.domain.catalogue.shape import ORDERED, Tree, branch, tree_of
from candor.domain.catalogue.table import shown

NOTHING = ""


def plan(before: Document | None, after: Document) -> Plan:
    """Return what applying `after` would change; everything is new when nothing is in force."""
    was = tree_of(before) if before else {}
    now = tree_of(after)
    changes: list[Change] = []
    for kind in now:
        if kind == "company":
            changes += _changed(kind, after.company, branch(was, kind), now[kind])
        else:
            changes += _of_kind(kind, branch(was, kind), now[kind])
    return Plan(tuple(changes), tuple(cautions(before, after)) if before else ())


def _of_kind(kind: str, was: Tree, now: Tree) -> Iterator[Change]:
    """Yield the changes of one kind of declaration: new, different, gone, in another order."""
    for name in now:
        if name in was:
            yield from _changed(kind, name, branch(was, name), branch(now, name))
        else:
            yield Change(kind, name, How.ADDED)
    for name in was:
        if name not in now:
            yield Change(kind, name, How.REMOVED)
    order = _reordered(kind, was, now)
    if order:
        yield Change(kind, "", How.REORDERED, (order,))


def _changed(kind: str, name: str, was: Tree, now: Tree) -> Iterator[Change]:
    if not was:
        yield Change(kind, name, How.ADDED)
    elif differences := tuple(_differences(was, now, ())):
        yield Change(kind, name, How.CHANGED, differences)


def _differences(was: Tree, now: Tree, at: tuple[str, ...]) -> Iterator[Difference]:
    for key in dict.fromkeys((*was, *now)):
        here = (*at, key)
        left, right = was.get(key), now.get(key)
        if isinstance(left, dict) and isinstance(right, dict):
            before, after = cast("Tree", left), cast("Tree", right)
            yield from _differences(before, after, here)
            order = _reordered(key, before, after) if key in ORDERED else None
            if order:
                yield Difference(f"order of {shown(here)}", order.before, order.after)
        elif left != right:
            yield Difference(shown(here), said(was.get(key)), said(now.get(key)))


def _reordered(kind: str, was: Tree, now: Tree) -> Difference | None:
    """Return the two orders of what both sides have, if they differ."""
    before = [name for name in was if name in now]
    after = [name for name in now if name in was]
    if before == after:
        return None
    return Difference(f"order of {kind}", ", ".join(before), ", ".join(after))


def said(value: object) -> str:
    """Return a value in words; nothing for what is not there."""
    match value:
        case None:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(str, cast("Sequence[object]", value))) or "none"
        case Mapping():
            return _summary(cast("Mapping[str, object]", value))
        case _:
            return str(value) or "none"


def _summary(table: Mapping[str, object]) -> str:
    """Return a whole table in a few words: its title, or a property's type and protections."""
    if "title" in table:
        return str(table["title"])
    marks = [key.removeprefix("is_").replace("_", " ") for key, v in table.items() if v is True]
    return ", ".join([str(table.get("type", "")), *marks])
