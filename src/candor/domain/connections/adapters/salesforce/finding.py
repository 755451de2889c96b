"""Finding the records that parcels are about, and when their choices were made."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from candor.domain.connections.adapters.salesforce.calls import Api
from candor.domain.connections.adapters.salesforce.records import (
    Names,
    Row,
    choices_of,
    instant,
    listed,
)
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.talk import Parcel

_IDS: Final = 100  # in one question
_TEXTS: Final = 50
_ID_SIGNS: Final = frozenset({15, 18})
# What it says of a history that nobody keeps, or that we may not see.
_NO_HISTORY: Final = frozenset({"invalid_type", "invalid_field", "insufficient_access"})


async def find(
    api: Api, names: Names, parcels: Sequence[Parcel]
) -> tuple[list[list[Row]], datetime]:
    """Return the records of each parcel, and since when, by their clock, that was read.

    The oldest stands first; there are several only when they were found by a key.

    Raises:
        Unreached, NotLetIn.
    """
    ids = [None if one.remote_id is None else one.remote_id.reveal() for one in parcels]
    known, began = await by_id(api, names, [one for one in ids if one is not None])
    found: list[list[Row]] = [
        [known[one[:15]]] if one is not None and one[:15] in known else [] for one in ids
    ]
    for key in names.keys:
        open_ones = [
            (place, one.keys[key].reveal())
            for place, one in enumerate(parcels)
            if not found[place] and key_of(one, names) == key
        ]
        by_key, at = await _by_key(api, names, key, [text for _, text in open_ones])
        began = min(began, at)
        for place, text in open_ones:
            found[place] = by_key.get(_compared(text), [])
    return found, began


def key_of(parcel: Parcel, names: Names) -> str | None:
    """Return the best field by which somebody is found; None: there is none."""
    return next((key for key in names.keys if key in parcel.keys), None)


async def by_id(api: Api, names: Names, ids: Sequence[str]) -> tuple[dict[str, Row], datetime]:
    """Return records by the first 15 signs of their ids, which name them alone, and when.

    Raises:
        Unreached, NotLetIn.
    """
    wanted = [one for one in dict.fromkeys(ids) if is_id(one)]
    questions = [
        f"SELECT {names.selected} FROM {api.people} WHERE Id IN {listed(some)}"
        for some in _parts(wanted, _IDS)
    ]
    answers, at = await api.rows(questions)
    return {str(row["Id"])[:15]: row for rows in answers for row in rows}, at


def is_id(text: str) -> bool:
    """Tell whether a text has the form of a record id; any other is nobody's, and no question."""
    return len(text) in _ID_SIGNS and text.isascii() and text.isalnum()


async def _by_key(
    api: Api, names: Names, key: str, texts: Sequence[str]
) -> tuple[dict[str, list[Row]], datetime]:
    questions = [
        f"SELECT {names.selected} FROM {api.people} WHERE {key} IN {listed(some)} "
        "ORDER BY CreatedDate, Id"
        for some in _parts(list(dict.fromkeys(texts)), _TEXTS)
    ]
    answers, at = await api.rows(questions)
    found: dict[str, list[Row]] = {}
    for rows in answers:
        for row in rows:
            found.setdefault(_compared(str(row.get(key, ""))), []).append(row)
    return found, at


def _compared(text: str) -> str:
    """Return a text as SOQL compares it: without regard to capitals."""
    return text.strip().lower()


def held_by(rows: Sequence[Row], names: Names) -> dict[str, bool]:
    """Return the choices that stand in records of one person; a no of any is a no."""
    held: dict[str, bool] = {}
    for row in rows:
        for there, answer in choices_of(row, names).items():
            held[there] = answer and held.get(there, True)
    return held


async def times(api: Api, names: Names, rows: Sequence[Row]) -> dict[str, dict[str, datetime]]:
    """Return when choices were made, by record id and field: as the history has it, if any.

    A yes that we wrote ourselves was chosen at another time, so its entry tells none.

    Raises:
        Unreached, NotLetIn.
    """
    fields = [one.field for one in names.choices if not one.is_individual]
    ids = [str(row["Id"]) for row in rows if not row.get("IsDeleted")]
    if not fields or not ids:
        return {}
    whose = f"{api.people}Id"
    questions = [
        f"SELECT {whose}, Field, NewValue, CreatedDate, CreatedById FROM {api.people}History "
        f"WHERE {whose} IN {listed(some)} AND Field IN {listed(fields)} "
        "ORDER BY CreatedDate DESC, Id DESC"
        for some in _parts(ids, _IDS)
    ]
    try:
        answers, _ = await api.rows(questions)
    except Unreached as error:
        if error.problem in _NO_HISTORY:
            return {}
        raise
    user = (await api.sessions.of(api.line)).user
    newest = _newest([one for some in answers for one in some], rows, whose)
    opposite = {one.field: one.is_opposite for one in names.choices}
    return {
        name: {
            which: at
            for which, (at, is_set, by) in some.items()
            if is_set is opposite[which] or (user and by[:15] != user[:15])
        }
        for name, some in newest.items()
    }


def _newest(
    entries: Sequence[Mapping[str, Any]], rows: Sequence[Row], whose: str
) -> dict[str, dict[str, tuple[datetime, bool, str]]]:
    """Return the newest entries, where they say what the record says: when, what, by whom."""
    held = {str(row["Id"]): row for row in rows}
    found: dict[str, dict[str, tuple[datetime, bool, str]]] = {}
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        place = (str(entry.get(whose)), str(entry.get("Field")))
        at = instant(entry.get("CreatedDate"))
        if place in seen or at is None or place[0] not in held:
            continue
        seen.add(place)
        told = _truth(entry.get("NewValue"))
        if told is not None and told is held[place[0]].get(place[1]):
            by = str(entry.get("CreatedById") or "")
            found.setdefault(place[0], {})[place[1]] = (at, told, by)
    return found


def _truth(told: object) -> bool | None:
    """Return what a history says a checkbox became: it has both ways of saying it."""
    return {"true": True, "false": False}.get(str(told).lower())


def _parts(texts: Sequence[str], size: int) -> list[Sequence[str]]:
    return [texts[start : start + size] for start in range(0, len(texts), size)]
