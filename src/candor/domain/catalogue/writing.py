"""A document as TOML: what is in force, in the form in which it can be changed.

Writes only what differs from the defaults, as a person would. Strings are written as JSON
strings, which are TOML basic strings once a lone DEL is escaped (TOML 1.0, "String").
"""

import json
from collections.abc import Iterator, Mapping
from typing import Final, cast

import msgspec

from candor.domain.catalogue.model import (
    Attribute,
    Channel,
    Controller,
    Document,
    Event,
    Identifier,
    MachineDecision,
    Property,
    Purpose,
    Regime,
    Source,
    Topic,
)
from candor.domain.catalogue.shape import Tree, tree_of
from candor.domain.catalogue.table import is_bare

Keys = tuple[str, ...]

_STRUCTS: Final[Mapping[str, type[msgspec.Struct]]] = {
    "purpose": Purpose,
    "identifier": Identifier,
    "attribute": Attribute,
    "event": Event,
    "source": Source,
    "channel": Channel,
    "topic": Topic,
    "decision": MachineDecision,
    "controller": Controller,
    "property": Property,
    "item": Property,
}
_TABLES: Final = frozenset({"text", "property", "item", "controller"})


def as_toml(document: Document) -> str:
    """Return the document as one TOML text that reads back as the same document."""
    lines: list[str] = []
    for kind, content in tree_of(document).items():
        if kind == "company":
            lines += _table((kind,), content, {})
            continue
        for name, thing in content.items():
            lines += _table((kind, name), cast("Tree", thing), _defaults(kind))
    return "\n".join(lines)


def _table(keys: Keys, table: Tree, defaults: Mapping[str, object]) -> Iterator[str]:
    """Yield a table's header and pairs, then the tables inside it."""
    yield f"[{'.'.join(map(_key, keys))}]"
    yield from _pairs(table, defaults)
    yield ""
    for key, inner in table.items():
        if key == "controller":
            defaults = _defaults(key)
            if inner != defaults:
                yield from _table((*keys, key), cast("Tree", inner), defaults)
        elif key in _TABLES and isinstance(inner, dict):
            for name, content in cast("Tree", inner).items():
                yield from _table((*keys, key, name), cast("Tree", content), _defaults(key))


def _pairs(table: Tree, defaults: Mapping[str, object]) -> Iterator[str]:
    for key, value in table.items():
        if key == "basis":
            yield f"basis = {_basis(cast('dict[str, str]', value))}"
        elif key not in _TABLES and value is not None and value != defaults.get(key):
            yield f"{_key(key)} = {_value(value)}"


def _basis(by_law: Mapping[str, str]) -> str:
    """Return one word when every law has the same basis, else a table by law."""
    if len(by_law) == len(Regime) and len(set(by_law.values())) == 1:
        return _value(next(iter(by_law.values())))
    return f"{{ {', '.join(f'{law} = {_value(basis)}' for law, basis in by_law.items())} }}"


def _defaults(kind: str) -> Mapping[str, object]:
    """Return the default of every key that has one, as plain values."""
    struct = _STRUCTS.get(kind)
    if struct is None:
        return {"gain": ""}
    return {
        field.name: msgspec.to_builtins(field.default)
        for field in msgspec.structs.fields(struct)
        if field.default is not msgspec.NODEFAULT
    }


def _key(key: str) -> str:
    return key if is_bare(key) else _value(key)


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, cast('list[object]', value)))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
