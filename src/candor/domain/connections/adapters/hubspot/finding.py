"""Finding the contacts that parcels are about: by record id, else by their first key."""

from collections.abc import Mapping, Sequence
from typing import Final

from candor.domain.connections.adapters.hubspot.calls import Answers, ask_contacts, code_of
from candor.domain.connections.adapters.hubspot.records import Contact, Names
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.talk import Parcel

_WITH_HISTORY: Final = 50  # contacts per question, by the documentation of the batch read
_NOBODY: Final = frozenset({"OBJECT_NOT_FOUND", "VALIDATION_ERROR", "STATUS_404"})


async def find(line: Line, names: Names, parcels: Sequence[Parcel]) -> list[Contact | None]:
    """Return the contact of each parcel; None: there is none yet.

    Raises:
        Unreached, NotLetIn.
    """
    ids = [None if one.remote_id is None else one.remote_id.reveal() for one in parcels]
    known = await by_id(line, names, [one for one in ids if one is not None])
    found = [None if one is None else known.get(one) for one in ids]
    for key in names.keys:
        open_ones = [
            (place, one.keys[key].reveal())
            for place, one in enumerate(parcels)
            if found[place] is None and key_of(one, names) == key
        ]
        by_key = await _by_key(line, names, key, [text for _, text in open_ones])
        for place, text in open_ones:
            found[place] = by_key.get(text.strip().lower())
    return found


def key_of(parcel: Parcel, names: Names) -> str | None:
    """Return the best property by which somebody is found; None: there is none."""
    return next((key for key in names.keys if key in parcel.keys), None)


async def by_id(line: Line, names: Names, ids: Sequence[str]) -> dict[str, Contact]:
    """Return contacts by every id that they are known by.

    Raises:
        Unreached, NotLetIn.
    """
    answers = await ask_contacts(
        line, "read", [{"id": one} for one in dict.fromkeys(ids)], properties=names.properties
    )
    return {name: contact for contact in _checked(answers) for name in contact.names if name}


async def with_history(line: Line, names: Names, ids: Sequence[str]) -> dict[str, Contact]:
    """Return contacts with the histories of those properties that are choices.

    Raises:
        Unreached, NotLetIn.
    """
    found: dict[str, Contact] = {}
    wanted = [one.property_name for one in names.choices]
    for start in range(0, len(ids), _WITH_HISTORY):
        answers = await ask_contacts(
            line,
            "read",
            [{"id": one} for one in ids[start : start + _WITH_HISTORY]],
            properties=names.properties,
            propertiesWithHistory=wanted,
        )
        found |= {one.id: one for one in _checked(answers)}
    return found


async def _by_key(
    line: Line, names: Names, key: str, texts: Sequence[str]
) -> dict[str, Contact]:
    answers = await ask_contacts(
        line,
        "read",
        [{"id": one} for one in dict.fromkeys(texts)],
        properties=names.properties,
        idProperty=key,
    )
    return {text: contact for contact in _checked(answers) for text in contact.found_by(key)}


def _checked(answers: Answers[Mapping[str, object], Contact]) -> list[Contact]:
    """Return contacts; that there is nobody is an answer, that nobody knows is none."""
    problems = [*answers.problems, *(problem for _, problem in answers.refused)]
    for problem in problems:
        if problem.category not in _NOBODY:
            raise Unreached(code_of(problem))
    return answers.results
