"""A document in the shape that its TOML files have: tables by name, keys as they are written.

One shape for two uses: comparing catalogues key by key, and writing one as TOML.
"""

from collections.abc import Mapping
from typing import Final, cast

import msgspec

from candor.domain.catalogue.model import Document

Tree = dict[str, object]

# Field of the model → key in TOML, and which field names each thing in the list.
_LISTS: Final[Mapping[str, tuple[str, str]]] = {
    "purposes": ("purpose", "code"),
    "identifiers": ("identifier", "kind"),
    "attributes": ("attribute", "code"),
    "events": ("event", "code"),
    "sources": ("source", "code"),
    "channels": ("channel", "code"),
    "topics": ("topic", "code"),
    "decisions": ("decision", "code"),
    "properties": ("property", "name"),
    "items": ("item", "name"),
}
ORDERED: Final = frozenset(key for key, _ in _LISTS.values())


def tree_of(document: Document) -> dict[str, Tree]:
    """Return the document as tables: `tree["event"]["Order Completed"]["property"]["total"]`."""
    tree = _shaped(cast("Tree", msgspec.to_builtins(document)))
    for kind in ("purpose", "channel", "topic", "decision"):
        for declared in branch(tree, kind).values():
            texts = branch(cast("Tree", declared), "text")
            order = [locale for locale in document.locales if locale in texts]
            cast("Tree", declared)["text"] = {key: texts[key] for key in (*order, *texts)}
    company: Tree = {"name": tree.pop("company"), "locales": tree.pop("locales")}
    company["controller"] = tree.pop("controller")
    return {"company": company, **cast("dict[str, Tree]", tree)}


def branch(tree: Mapping[str, object], key: str) -> Tree:
    """Return the table at a key; an empty one when there is none."""
    return cast("Tree", tree.get(key) or {})


def _shaped(thing: Tree) -> Tree:
    shaped: Tree = {}
    for key, value in thing.items():
        if key == "texts":
            shaped["text"] = value
        elif key in _LISTS and value and isinstance(cast("list[object]", value)[0], dict):
            name, label = _LISTS[key]
            shaped[name] = {
                cast("str", inner[label]): _shaped(
                    {k: v for k, v in inner.items() if k != label}
                )
                for inner in cast("list[Tree]", value)
            }
        elif key in {"properties", "items"} or (
            key in _LISTS and "company" in thing and not value
        ):
            shaped[_LISTS[key][0]] = {}
        else:
            shaped[key] = value
    return shaped
