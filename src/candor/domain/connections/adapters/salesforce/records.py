"""Records as Salesforce writes them, what they say in our words, and questions in SOQL. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final, cast

from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model.connection import Field
from candor.domain.connections.model.talk import Heard, Parcel, Value
from candor.kernel.pii import Pii

Row = Mapping[str, Any]
Record = dict[str, object]
OPPOSITE: Final = "not:"
INDIVIDUAL: Final = "Individual"
STAMP: Final = "SystemModstamp"
MODIFIED: Final = "LastModifiedDate"
REQUIRED: Final = ("LastName", "Company")  # of a contact the first, of a lead both
_OPT_OUTS: Final = frozenset({"HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall"})
_OF_INDIVIDUAL: Final = f"{INDIVIDUAL}."
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_ESCAPED: Final = {
    "\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t",
    "\b": "\\b", "\f": "\\f",
}  # fmt: skip


# ------------------------------------------------------------------ SOQL
def quoted(text: str) -> str:
    """Return a text as a literal (SOQL reference, "Quoted String Escape Sequences")."""
    return "'" + "".join(_ESCAPED.get(sign, sign) for sign in text) + "'"


def listed(texts: Iterable[str]) -> str:
    """Return texts as a list of literals."""
    return f"({', '.join(map(quoted, texts))})"


def literal(at: datetime) -> str:
    """Return an instant as a literal."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: object) -> datetime | None:
    """Return an instant that Salesforce tells; None: it is none."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None


def individual_in(row: Row) -> Row:
    """Return the Individual record of a row, empty when it has none."""
    held = row.get(INDIVIDUAL)
    return cast("Row", held) if isinstance(held, dict) else {}


# ------------------------------------------------------------------ a mapping in their words
@dataclass(frozen=True, slots=True)
class Choice:
    """A checkbox that says what somebody chose."""

    there: str

    @property
    def field(self) -> str:
        """Return the name of the field, without what it belongs to."""
        return self.there.removeprefix(OPPOSITE).removeprefix(_OF_INDIVIDUAL)

    @property
    def is_individual(self) -> bool:
        """Tell whether it stands in the Individual record of a person."""
        return self.there.removeprefix(OPPOSITE).startswith(_OF_INDIVIDUAL)

    @property
    def is_opposite(self) -> bool:
        """Tell whether it says no when it is set."""
        is_known = self.field in _OPT_OUTS or (
            self.is_individual and self.field.startswith("HasOptedOut")
        )
        return is_known or self.there.startswith(OPPOSITE)

    @property
    def selected(self) -> str:
        """Return how a question names it."""
        return f"{_OF_INDIVIDUAL}{self.field}" if self.is_individual else self.field

    def read(self, row: Row) -> bool | None:
        """Return what a row says; None: nothing."""
        held = individual_in(row) if self.is_individual else row
        found = held.get(self.field)
        if found is None:
            return None
        return found is not self.is_opposite if isinstance(found, bool) else False

    def spell(self, *, answer: bool) -> bool:
        """Return what the field is to hold."""
        return answer is not self.is_opposite


@dataclass(frozen=True)
class Names:
    """A mapping, by what its lines are called there."""

    mapping: Sequence[Field]

    @cached_property
    def keys(self) -> list[str]:
        """Return the fields by which a person is found, the best first."""
        return [_checked(one.there) for one in self.mapping if one.is_key]

    @cached_property
    def facts(self) -> list[str]:
        """Return the fields that are facts."""
        plain = (one.there for one in self.mapping if not one.is_choice and not one.is_key)
        return [_checked(one) for one in plain]

    @cached_property
    def choices(self) -> list[Choice]:
        """Return the fields that are choices."""
        found = [Choice(one.there) for one in self.mapping if one.is_choice]
        for one in found:
            _checked(one.field)
        return found

    @property
    def has_individuals(self) -> bool:
        """Tell whether some choice stands in Individual records."""
        return any(one.is_individual for one in self.choices)

    @cached_property
    def selected(self) -> str:
        """Return what questions select."""
        own = ["Id", STAMP, MODIFIED, *self.keys, *self.facts]
        own += [one.selected for one in self.choices]
        if self.has_individuals:
            own += ["IndividualId", f"{_OF_INDIVIDUAL}{MODIFIED}"]
        return ", ".join(dict.fromkeys(own))


def _checked(name: str) -> str:
    """Return the name of a field; what is none is never put into a question."""
    if not _NAME.fullmatch(name):
        message = f"{name!r} is no field of Salesforce."
        raise BadConnection(message)
    return name


# ------------------------------------------------------------------ in
def choices_of(row: Row, names: Names) -> dict[str, bool]:
    """Return the choices that a row says."""
    told = ((one.there, one.read(row)) for one in names.choices)
    return {there: answer for there, answer in told if answer is not None}


def heard_of(
    row: Row, names: Names, times: Mapping[str, datetime], *, unknown: str = ""
) -> Heard:
    """Return a record as it is heard; `times`: of its choices, by their fields."""
    if row.get("IsDeleted"):
        return Heard(remote_id=Pii(str(row["Id"])), is_removed=True)
    at = instant(row.get(STAMP))
    choices = choices_of(row, names)
    return Heard(
        remote_id=Pii(str(row["Id"])),
        keys={name: Pii(str(row[name])) for name in names.keys if row.get(name)},
        facts={
            name: Pii(_value(row[name], unknown if name in REQUIRED else ""))
            for name in names.facts
            if name in row
        },
        choices=choices,
        chosen_at={
            one.there: times[one.field]
            for one in names.choices
            if one.there in choices and one.field in times and not one.is_individual
        },
        changed_at=at,
        version=None if at is None else literal(at),
    )


def _value(held: object, unknown: str) -> Value:
    if held is None or (unknown and held == unknown):
        return None
    return held if isinstance(held, str | int | float | bool) else str(held)


# ------------------------------------------------------------------ out
def fields_of(parcel: Parcel, choices: Mapping[str, bool], unknown: str) -> Record:
    """Return the fields of a person's own record that are written: keys, facts, choices."""
    written: Record = {name: key.reveal() for name, key in parcel.keys.items()}
    for name, fact in parcel.facts.items():
        told = fact.reveal()
        is_empty = told is None or told == ""
        written[name] = (unknown if name in REQUIRED else None) if is_empty else told
    own = (Choice(name) for name in choices)
    return written | {
        one.field: one.spell(answer=choices[one.there]) for one in own if not one.is_individual
    }


def individual_of(choices: Mapping[str, bool]) -> Record:
    """Return the fields of the Individual record that are written."""
    own = (Choice(name) for name in choices)
    return {one.field: one.spell(answer=choices[one.there]) for one in own if one.is_individual}
