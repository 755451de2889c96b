"""Records: what they hold, by the names of a mapping, and what is written into them. Pure."""

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, cast

from candor.domain.connections.adapters.guarding import differing
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.adapters.rest.calls import IN_HEADER, Said
from candor.domain.connections.adapters.rest.dotted import MISSING, Json, at, built, text_at
from candor.domain.connections.adapters.rest.setup import Setup, spelt
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.talk import Heard, Parcel
from candor.kernel.pii import Pii

_SHORTEST_NUMBER: Final = 7  # digits of a telephone number
_MILLISECONDS_FROM: Final = 100_000_000_000.0


@dataclass(frozen=True, slots=True)
class Record:
    """A record of theirs."""

    remote_id: str = field(repr=False)
    content: Json = field(repr=False)
    version: str | None


def record_of(setup: Setup, said: Said) -> Record:
    """Return the record that an answer holds.

    Raises:
        Unreached: it holds none.
    """
    content = at(said.content, setup.record_at)
    return Record(_id_in(setup, content), content, said.text(setup.version_at, content))


def records_in(setup: Setup, content: Json, where: str) -> list[Record]:
    """Return the records of a list.

    Raises:
        Unreached: there is no list, or something else is in it.
    """
    found = at(content, where)
    if not isinstance(found, list):
        problem = "bad_answer"
        raise Unreached(problem)
    return [
        Record(_id_in(setup, one), one, _version_in(setup, one))
        for one in cast("list[Json]", found)
    ]


def _version_in(setup: Setup, content: Json) -> str | None:
    """Return the version that stands in a record itself."""
    return (
        text_at(content, setup.version_at)
        if not setup.version_at.startswith(IN_HEADER)
        else None
    )


def _id_in(setup: Setup, content: Json) -> str:
    is_record = isinstance(content, dict)
    remote_id = text_at(cast("Json", content), setup.id_at) if is_record else None
    if remote_id is None:
        problem = "bad_answer"
        raise Unreached(problem)
    return remote_id


# ------------------------------------------------------------------ in
def heard_of(line: Line, setup: Setup, content: Json, version: str | None = None) -> Heard:
    """Return what a record says; what is missing in it says nothing."""
    remote_id = text_at(content, setup.id_at)
    keys: dict[str, Pii[str]] = {}
    for one in line.mapping:
        text = text_at(content, one.there) if one.is_key else None
        if text is not None:
            keys[one.there] = Pii(text)
    facts = {
        one.there: Pii(value)
        for one in line.mapping
        if not one.is_key and not one.is_choice
        and isinstance(value := at(content, one.there), str | int | float | bool | None)
    }  # fmt: skip
    return Heard(
        remote_id=None if remote_id is None else Pii(remote_id),
        keys=keys,
        facts=facts,
        choices=choices_of(line, setup, content),
        chosen_at=times_of(line, setup, content),
        changed_at=instant(at(content, setup.changed_at)) if setup.changed_at else None,
        version=version,
        is_removed=any(one.holds(content) for one in setup.removed),
    )


def times_of(line: Line, setup: Setup, content: Json) -> dict[str, datetime]:
    """Return when choices were made, where that stands in a record."""
    if not setup.chosen_suffix:
        return {}
    names = [one.there for one in line.mapping if one.is_choice]
    found = {name: instant(at(content, f"{name}{setup.chosen_suffix}")) for name in names}
    return {name: said for name, said in found.items() if said is not None}


def choices_of(line: Line, setup: Setup, content: Json) -> dict[str, bool]:
    """Return the choices that stand in a record; what is no known yes is a no."""
    found = {one.there: at(content, one.there) for one in line.mapping if one.is_choice}
    return {
        name: spelt(value) == spelt(setup.no if name in setup.inverted else setup.yes)
        for name, value in found.items()
        if value is not MISSING and value is not None
    }


def instant(value: Json) -> datetime | None:
    """Return an instant: ISO 8601 (UTC where it has no offset), or seconds or milliseconds of Unix.

    None: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    with suppress(ValueError):
        return _of_number(float(value))
    with suppress(ValueError):
        found = datetime.fromisoformat(str(value))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return None


def _of_number(number: float) -> datetime | None:
    if not math.isfinite(number) or number <= 0:
        return None
    seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
    with suppress(OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(seconds, UTC)
    return None


def is_of(content: Json, parcel: Parcel) -> bool:
    """Tell whether a record that was found holds an identifier of the person."""
    return any(
        _compared(text_at(content, name) or "") == _compared(key.reveal())
        for name, key in parcel.keys.items()
    )


def _compared(text: str) -> str:
    """Return an identifier to compare: without regard to capitals, a number by its digits."""
    digits = "".join(sign for sign in text if sign.isdigit())
    is_number = len(digits) >= _SHORTEST_NUMBER and not set(text) - set("+-/. ()0123456789")
    return digits if is_number else text.strip().casefold()


# ------------------------------------------------------------------ out
def wanted_of(
    setup: Setup, parcel: Parcel, held: Mapping[str, bool], content: Json = MISSING
) -> dict[str, Json]:
    """Return what is to be written into a record: what stands there already is left out."""
    wanted: dict[str, Json] = {name: key.reveal() for name, key in parcel.keys.items()}
    wanted |= {name: fact.reveal() for name, fact in parcel.facts.items()}
    if content is not MISSING:
        wanted = {name: value for name, value in wanted.items() if at(content, name) != value}
    for name, answer in differing(parcel, held).items():
        wanted[name] = setup.yes if answer is not (name in setup.inverted) else setup.no
        if setup.chosen_suffix:
            chosen_at = parcel.chosen_at.get(name, parcel.changed_at)
            wanted[f"{name}{setup.chosen_suffix}"] = chosen_at.isoformat()
    return built(wanted)
