"""The OpenAPI 3.1 document of the API, from the table of operations and the types themselves."""

import re
from functools import cache
from typing import Any, Final, cast

import msgspec

from candor import VERSION
from candor.domain.access.model.keys import Scope
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.problems import CONTENT_TYPE, TITLES, Problem
from candor.surface.api.v1.shapes import BESIDES
from candor.surface.api.v1.table import OPERATIONS

_BREAK: Final = re.compile(r"\s*\n\s*")
_REF: Final = "#/components/schemas/{name}"
_ALWAYS: Final = (401, 403, 422, 503)
_OF_BODIES: Final = (400, 413, 415)
_JSON: Final = "application/json"
_TAGS: Final = {
    "decisions": "What may be done with whom, now. Unknown means no.",
    "catalogue": "What is declared, and the words that people were shown.",
    "people": "Finding a person by an exact identifier, and the law that protects them.",
    "choices": "What a person chose, recorded once and for ever.",
    "guardians": "Minors, and who may say yes for them.",
    "preferences": "How a person wants to be written to.",
    "signals": "Choices that a machine passes on, and messages that left.",
    "machines": "What machines decide about people alone.",
    "requests": "What people ask for by right: taken, looked at, decided.",
    "connections": "The systems that follow people's choices: how they do, and holding them.",
    "log": "The audit log proves itself: its signed head, and proofs against it.",
}
_PLACES: Final = {
    "profile_id": {"type": "string", "format": "uuid"},
    "record_id": {"type": "string", "format": "uuid"},
    "request_id": {"type": "string", "format": "uuid"},
    "task_id": {"type": "string", "format": "uuid"},
    "connection_id": {"type": "string", "format": "uuid"},
    "notice_id": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "entry_id": {"type": "integer", "format": "int64", "minimum": 1},
}
_ABOUT: Final = (
    "Every answer that is not what was asked for is a problem (RFC 9457) with a stable `code` and "
    "a `hint`. Times are RFC 3339 with a zone. Unknown fields are refused, and a query that "
    "says a thing twice; of a name twice in one JSON object the last counts. Not-found and "
    "not-allowed look the same where a difference would tell something about a person."
)


@cache
def schemas() -> dict[str, Any]:
    """Return the JSON Schema of everything that goes in and out, by the name of its class."""
    types = [t for o in OPERATIONS for t in (o.takes, o.gives) if t not in {None, str, bytes}]
    _, found = msgspec.json.schema_components([Problem, *types], ref_template=_REF)
    for name, more in BESIDES.items():
        found[name] |= more
    return cast("dict[str, Any]", _tidy(found))


@cache
def document(server: str = "") -> dict[str, Any]:
    """Return the document; `server` is the address under which the API is reached."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Candor",
            "version": VERSION,
            "summary": "Ask what may be done with a person's data, and tell what they chose.",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": f"{server}/api/v1"}],
        "tags": [{"name": name, "description": about} for name, about in _TAGS.items()],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key from `candor key api issue`. Its scopes: "
                    + ", ".join(scope.value for scope in Scope),
                }
            },
            "responses": {
                f"problem{status}": {
                    "description": title,
                    "content": {
                        CONTENT_TYPE: {"schema": {"$ref": _REF.format(name="Problem")}}
                    },
                }
                for status, title in TITLES.items()
            },
        },
    }


@cache
def encoded(server: str) -> bytes:
    """Return the document as JSON."""
    return msgspec.json.encode(document(server))


def statuses(operation: Operation) -> list[int]:
    """Return the statuses with which an operation refuses, lowest first."""
    of_body = _OF_BODIES if operation.has_body else ()
    return sorted({*_ALWAYS, *of_body, *operation.errors})


def _operation(operation: Operation) -> dict[str, Any]:
    scope = operation.scope.value if operation.scope else ""
    told: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": f"{operation.about} Scope: `{scope}`.".strip(),
        "x-scope": scope,
        "responses": {
            str(operation.status): _answer(operation),
            **{str(status): _also(about) for status, about in operation.also.items()},
            **{
                str(status): {"$ref": f"#/components/responses/problem{status}"}
                for status in statuses(operation)
            },
        },
    }
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _PLACES[name]}
        for name in operation.places
    ]
    if operation.takes is not None and operation.has_body:
        if operation.takes is bytes:
            content: dict[str, Any] = {"schema": {"type": "string"}}
        else:
            content = {"schema": {"$ref": _ref(operation.takes)}}
        if operation.example is not None:
            content["example"] = operation.example
        told["requestBody"] = {"required": True, "content": {operation.reads: content}}
    elif operation.takes is not None:
        parameters += _parameters(schemas()[operation.takes.__name__])
    if parameters:
        told["parameters"] = parameters
    return told


def _answer(operation: Operation) -> dict[str, Any]:
    if operation.gives is str:
        schema: dict[str, Any] = {"type": "string"}
    else:
        schema = {"$ref": _ref(operation.gives)}
    content: dict[str, Any] = {"schema": schema}
    if operation.answer is not None:
        content["example"] = operation.answer
    return {
        "description": (operation.gives.__doc__ or "").split("\n")[0]
        if operation.gives is not str
        else "The receipt, as it is signed.",
        "headers": {
            "x-request-id": {
                "description": "Names the request in the audit log.",
                "schema": {"type": "string"},
            }
        },
        "content": {operation.media_type: content},
    }


def _also(about: str) -> dict[str, Any]:
    return {"description": about}


def _parameters(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of a query as parameters; a null there is left out."""
    found: list[dict[str, Any]] = []
    for name, field in schema["properties"].items():
        choices = [one for one in field.get("anyOf", [field]) if one.get("type") != "null"]
        of = choices[0]
        found.append({"name": name, "in": "query", "required": False, "schema": of})
    return found


def _ref(of: type) -> str:
    return _REF.format(name=of.__name__)


def _tidy(part: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    """Return schemas without what only readers of our code need: line breaks of docstrings."""
    if isinstance(part, dict):
        members = cast("dict[str, Any]", part)
        return {name: _tidy(inner) for name, inner in members.items()}
    if isinstance(part, list):
        return [_tidy(inner) for inner in cast("list[Any]", part)]
    return _BREAK.sub(" ", part) if isinstance(part, str) else part
