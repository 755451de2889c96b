"""What is asked of whoever connects a SQL database, and the same as one value."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model.talk import Kind, Setting

_OVERLAP_SECONDS: Final = 300
_MOST_OVERLAP_SECONDS: Final = 86_400
_LONGEST_NAME: Final = 64


class Reading(StrEnum):
    """How changes there are seen."""

    CHANGE_TABLE = (
        "change_table"  # triggers write them down; deletions too, and nothing is missed
    )
    CHANGED_AT = "changed_at"  # by a column with the time of the last change; no deletions
    NONE = "none"


class Removing(StrEnum):
    """What removing a person does there."""

    DELETE = "delete"
    BLANK = "blank"  # every mapped column is emptied: the row is needed for something else


@dataclass(frozen=True, slots=True)
class Place:
    """The settings of a connection, read."""

    schema: str  # empty: the one that comes first there
    table: str
    id_column: str
    version_column: str
    reading: Reading
    changed_column: str
    overlap_seconds: int
    inverted: frozenset[str]
    chosen_suffix: str
    removing: Removing

    @property
    def change_table(self) -> str:
        """Return the name of the table in which triggers write changes down."""
        return f"{self.table[:40]}_candor_change"


def settings(port: int, table_hint: str) -> tuple[Setting, ...]:
    """Return what is asked for."""
    return (
        Setting("host", "Host", "Its name as its certificate has it"),
        Setting("port", "Port", kind=Kind.NUMBER, default=str(port)),
        Setting("database", "Database"),
        Setting("user", "User", "One of its own, with rights on this table alone"),
        Setting(
            "password",
            "Password",
            is_required=False,
            is_secret=True,
            sent_to=("host", "port"),
        ),
        Setting(
            "tls",
            "TLS",
            "off only for hosts that stand in CANDOR_OUTBOUND_HOSTS",
            kind=Kind.CHOICE,
            default="verify",
            choices=("verify", "off"),
        ),
        Setting(
            "authority",
            "Certificate of the authority",
            "PEM; empty: those that this machine trusts",
            kind=Kind.LONG,
            is_required=False,
        ),
        Setting("table", "Table", table_hint),
        Setting("id_column", "Column that names the row", "One, unique, never empty"),
        Setting(
            "version_column",
            "Column that grows with each change",
            "A number, or a time with fractions of a second; empty: none",
            is_required=False,
        ),
        Setting(
            "reading",
            "How changes are seen",
            "change_table: triggers write them down, deletions too (candor connection sql);"
            " changed_at: by a column with a time, no deletions",
            kind=Kind.CHOICE,
            default=Reading.CHANGE_TABLE,
            choices=tuple(Reading),
        ),
        Setting(
            "changed_column",
            "Column with the time of the last change",
            "For changed_at",
            is_required=False,
        ),
        Setting(
            "overlap_seconds",
            "Seconds that are read again",
            "For changed_at: longer than the longest transaction there",
            kind=Kind.NUMBER,
            is_required=False,
            default=str(_OVERLAP_SECONDS),
        ),
        Setting(
            "poll_seconds",
            "Seconds between two looks",
            kind=Kind.NUMBER,
            is_required=False,
            default="5",
        ),
        Setting(
            "inverted",
            "Columns in which yes means no",
            "Such as opted_out; separated by commas",
            is_required=False,
        ),
        Setting(
            "chosen_suffix",
            "Suffix of columns with the time of a choice",
            "_at: when news was chosen stands in news_at; empty: it is not known there",
            is_required=False,
        ),
        Setting(
            "removing",
            "What removing a person does",
            "blank empties the mapped columns, where the row is needed for something else",
            kind=Kind.CHOICE,
            default=Removing.DELETE,
            choices=tuple(Removing),
        ),
    )


def place(given: Mapping[str, str], default_schema: str = "") -> Place:
    """Return settings as one value; the schema of a table that names none is the default.

    Raises:
        BadConnection: one of them makes no sense; says which.
    """
    schema, _, table = given.get("table", "").rpartition(".")
    inverted = (name.strip() for name in given.get("inverted", "").split(","))
    found = Place(
        schema=_name(schema or default_schema, "Table", is_required=False),
        table=_name(table, "Table"),
        id_column=_name(given.get("id_column", ""), "Column that names the row"),
        version_column=_name(given.get("version_column", ""), "Version", is_required=False),
        reading=Reading(given.get("reading") or Reading.CHANGE_TABLE),
        changed_column=_name(given.get("changed_column", ""), "Changed", is_required=False),
        overlap_seconds=min(
            int(given.get("overlap_seconds") or _OVERLAP_SECONDS), _MOST_OVERLAP_SECONDS
        ),
        inverted=frozenset(name for name in inverted if name),
        chosen_suffix=given.get("chosen_suffix", ""),
        removing=Removing(given.get("removing") or Removing.DELETE),
    )
    if found.reading is Reading.CHANGED_AT and not found.changed_column:
        message = "Name the column with the time of the last change."
        raise BadConnection(message)
    return found


def _name(text: str, title: str, *, is_required: bool = True) -> str:
    """Return a name of theirs; it is quoted wherever it is used."""
    name = text.strip()
    if (
        (not name and is_required)
        or len(name) > _LONGEST_NAME
        or not (name or "x").isprintable()
    ):
        message = f"{title}: a name has 1 to {_LONGEST_NAME} signs."
        raise BadConnection(message)
    return name
