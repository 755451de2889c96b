"""A connection as a file: TOML, kept under version control, applied again and again. Pure.

    code = "crm"
    name = "CRM"
    adapter = "postgresql"
    vendor = "kundenwerk"            # code of the vendor; left out: our own system
    directions = ["out", "in"]
    purposes = ["service"]
    source = "crm"                   # as which source of the catalogue it is heard
    removal = "remove"               # or "clear"
    at_once = 100                    # people per call at most; left out: as the adapter takes
    per_minute = 60                  # calls per minute at most; left out: as the vendor allows

    [settings]
    host = "crm.example.com"

    [secrets]                        # never the secret itself: where it is found
    password = "env:CRM_PASSWORD"    # or "file:/run/secrets/crm"

    [[field]]
    there = "email"
    what = "identifier"              # attribute, identifier, purpose, topic
    name = "email"                   # of a topic: "offers/email"
    is_key = true                    # the other side finds the person by it
    purposes = ["service"]           # left out: all of the connection's
    direction = "both"               # out, in, both; left out: out

A key that is not listed here is refused: a word that is misspelt would else do nothing, silently.
"""

import tomllib
from collections.abc import Mapping
from typing import Final

import msgspec

from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model.connection import Connection, Direction, Field, Removal

PLACES: Final = ("env:", "file:")
_QUOTED: Final = msgspec.json.Encoder()


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file says about one connection. `secrets`: where each is found, never what it is."""

    code: str
    name: str
    adapter: str
    directions: tuple[Direction, ...]
    purposes: tuple[str, ...] = ()
    vendor: str | None = None
    source: str | None = None
    removal: Removal = Removal.REMOVE
    at_once: int | None = None
    per_minute: int | None = None
    settings: dict[str, str | int | float | bool] = {}
    secrets: dict[str, str] = {}
    field: tuple[Field, ...] = ()

    @property
    def texts(self) -> dict[str, str]:
        """Return the settings as texts: a switch is `yes` or `no`."""
        return {name: _text(value) for name, value in self.settings.items()}


def read(text: str) -> Document:
    """Read a file.

    Raises:
        BadConnection: it is no TOML, something is missing or unknown, or a secret stands in it.
    """
    try:
        document = msgspec.convert(tomllib.loads(text), Document, strict=True)
    except tomllib.TOMLDecodeError as wrong:
        message = f"The file is no TOML: {wrong}"
        raise BadConnection(message) from None
    except msgspec.ValidationError as wrong:
        message = f"The file says something that a connection does not know: {wrong}"
        raise BadConnection(message) from None
    for name, where in document.secrets.items():
        if not where.startswith(PLACES):
            message = f"Secret {name!r}: write where it is found, not what it is."
            raise BadConnection(message, hint='Write "env:NAME" or "file:/path".')
    return document


def with_settings(document: Document, settings: Mapping[str, str]) -> Document:
    """Return a document with some settings in place of its own: a port that is known today."""
    return msgspec.structs.replace(document, settings={**document.settings, **settings})


def write(connection: Connection, *, vendor: str | None, secrets: tuple[str, ...] = ()) -> str:
    """Return the file that makes this connection; secrets are named, and nothing more."""
    lines = [
        f"code = {quoted(connection.code)}",
        f"name = {quoted(connection.name)}",
        f"adapter = {quoted(connection.adapter)}",
        *([f"vendor = {quoted(vendor)}"] if vendor else []),
        f"directions = {_list(sorted(connection.directions))}",
        f"purposes = {_list(connection.purposes)}",
        *([f"source = {quoted(connection.source)}"] if connection.source else []),
        f"removal = {quoted(connection.removal)}",
        f"at_once = {connection.at_once}",
        *([f"per_minute = {connection.per_minute}"] if connection.per_minute else []),
    ]
    places = {name: f"env:{connection.code.upper()}_{name.upper()}" for name in secrets}
    lines += [*_table("settings", connection.settings), *_table("secrets", places)]
    for one in connection.mapping:
        lines += _field(one)
    return "\n".join(lines) + "\n"


def _table(name: str, values: Mapping[str, str]) -> list[str]:
    if not values:
        return []
    return [
        "",
        f"[{name}]",
        *(f"{_key(one)} = {quoted(text)}" for one, text in values.items()),
    ]


def _field(one: Field) -> list[str]:
    return [
        "",
        "[[field]]",
        f"there = {quoted(one.there)}",
        f"what = {quoted(one.what)}",
        f"name = {quoted(one.name)}",
        *([f"purposes = {_list(one.purposes)}"] if one.purposes else []),
        *([f"direction = {quoted(one.direction)}"] if one.direction != Direction.OUT else []),
        *(["is_key = true"] if one.is_key else []),
    ]


def _text(value: str | float | bool) -> str:  # noqa: FBT001 - a value of a file, no flag
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _key(name: str) -> str:
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else quoted(name)


def quoted(text: str) -> str:
    """Return a basic string of TOML 1.0: JSON escapes all that it must, but for DEL."""
    return _QUOTED.encode(str(text)).decode().replace("\x7f", "\\u007f")


def _list(texts: "tuple[str, ...] | list[Direction]") -> str:
    return "[" + ", ".join(quoted(one) for one in texts) + "]"
