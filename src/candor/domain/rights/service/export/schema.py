"""What `data.json` of an archive looks like, for machines: JSON Schema 2020-12, generated."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from candor.infra.holder import Column, Exported, Kind

FORMAT: Final = "candor-archive/1"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
_KINDS: Final[Mapping[Kind, dict[str, Any]]] = {
    Kind.TEXT: {"type": ["string", "null"]},
    Kind.WORDS: {"type": ["string", "null"]},
    Kind.CODE: {"type": ["string", "null"]},
    Kind.CODES: _TEXTS,
    Kind.PURPOSES: _TEXTS,
    Kind.NUMBER: {"type": ["number", "null"]},
    Kind.MINOR: {"type": ["integer", "null"]},
    Kind.BOOLEAN: {"type": ["boolean", "null"]},
    Kind.INSTANT: {"type": ["string", "null"], "format": "date-time"},
    Kind.DAY: {"type": ["string", "null"], "format": "date"},
    Kind.VALUE: {},
}
_HEAD: Final[Mapping[str, dict[str, Any]]] = {
    "format": {"const": FORMAT},
    "right": {"enum": ["access", "portability"]},
    "request_id": {"type": "string", "format": "uuid"},
    "made_at": {"type": "string", "format": "date-time"},
    "company": {"type": "string"},
    "language": {"type": "string"},
    "held_but_not_given": _TEXTS,
    "information": {"type": "object"},
}


def schema_of(tables: Sequence[Exported]) -> dict[str, Any]:
    """Return the schema of the data of an archive with these tables."""
    properties = dict(_HEAD) | {
        "tables": {
            "type": "object",
            "required": [table.table for table in tables],
            "additionalProperties": False,
            "properties": {table.table: _table(table) for table in tables},
        }
    }
    return {
        "$schema": DIALECT,
        "title": "What a company keeps about a person",
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }


def _table(table: Exported) -> dict[str, Any]:
    return {
        "title": table.title,
        "description": f"origin: {table.origin}",
        "type": "array",
        "items": {
            "type": "object",
            "required": [column.name for column in table.columns],
            "additionalProperties": False,
            "properties": {column.name: _column(column) for column in table.columns},
        },
    }


def _column(column: Column) -> dict[str, Any]:
    return ({"title": column.title} if column.title else {}) | _KINDS[column.kind]
