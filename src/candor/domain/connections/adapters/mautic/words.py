"""Mautic's words: what its answers hold, and how our names stand for its fields. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, Final, cast

import msgspec

from candor.domain.connections.adapters.guarding import overrules
from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model.connection import Field
from candor.domain.connections.model.talk import Heard, Parcel, Value
from candor.domain.consent.model.signal import SignalKind
from candor.kernel.pii import Pii

REFUSAL: Final = "dnc:"  # a channel: no is an entry of "do not contact"
SEGMENT: Final = "segment:"  # told and not heard: who works there takes people off, too
_YES: Final = frozenset({"1", "true", "yes"})
_NO: Final = frozenset({"0", "false", "no"})


class Reason(IntEnum):
    """Why somebody is not contacted (Mautic's `DoNotContact`)."""

    CONTACTABLE = 0
    UNSUBSCRIBED = 1
    BOUNCED = 2
    MANUAL = 3


class Refusal(msgspec.Struct, frozen=True):
    """An entry of "do not contact"."""

    channel: str = "email"
    reason: int = Reason.MANUAL
    id: int = 0
    at: str | None = msgspec.field(default=None, name="dateAdded")


class Contact(msgspec.Struct, frozen=True):
    """A contact."""

    id: int
    fields: Any = None
    refusals: list[Refusal] = msgspec.field(default_factory=list[Refusal], name="doNotContact")
    modified: str | None = msgspec.field(default=None, name="dateModified")

    @property
    def values(self) -> dict[str, Any]:
        """Return the fields by their names; webhooks have them in groups alone."""
        if not isinstance(self.fields, dict):
            return {}
        groups = cast("dict[str, Any]", self.fields)
        flat = groups.get("all")
        if isinstance(flat, dict):
            return cast("dict[str, Any]", flat)
        found: dict[str, Any] = {}
        for group in groups.values():
            if isinstance(group, dict):
                for alias, one in cast("dict[str, Any]", group).items():
                    found[alias] = cast("dict[str, Any]", one).get("value")
        return found

    def refusal(self, channel: str) -> Refusal | None:
        """Return why a channel is closed; None: it is not."""
        return next((one for one in self.refusals if one.channel == channel), None)


_People = (
    dict[str, Contact] | list[Contact]
)  # PHP writes a list, a map with gaps, an empty list


class People(msgspec.Struct, frozen=True):
    """An answer with contacts."""

    contacts: _People

    @property
    def by_number(self) -> dict[int, Contact]:
        """Return them by their numbers."""
        every = self.contacts.values() if isinstance(self.contacts, dict) else self.contacts
        return {one.id: one for one in every}


class Batch(msgspec.Struct, frozen=True):
    """An answer to a batch: a status for each, and those that were written."""

    contacts: _People
    codes: dict[str, int] | list[int] = msgspec.field(name="statusCodes")

    def code(self, index: int) -> int:
        """Return the status of one."""
        if isinstance(self.codes, list):
            return self.codes[index] if index < len(self.codes) else 0
        return self.codes.get(str(index), 0)

    def contact(self, index: int) -> Contact | None:
        """Return one that was written; None: it was not."""
        if isinstance(self.contacts, dict):
            return self.contacts.get(str(index))
        # A list has no gaps: every one was written.
        return self.contacts[index] if index < len(self.contacts) else None


class Token(msgspec.Struct, frozen=True):
    """An access token (OAuth 2.0)."""

    access_token: str
    expires_in: int = 3600


def names_of(answer: object) -> set[str]:
    """Return the names of fields that an answer lists; empty: it is none."""
    if isinstance(answer, dict):
        every = list(cast("dict[str, object]", answer).values())
    else:
        every = cast("list[object]", answer) if isinstance(answer, list) else []
    return {
        str(cast("dict[str, object]", one)["alias"])
        for one in every
        if isinstance(one, dict) and "alias" in one
    }


def checked(mapping: Iterable[Field]) -> set[str]:
    """Return the fields of contacts that a mapping names.

    Raises:
        BadConnection: a choice goes where only facts do, or the other way round.
    """
    names: set[str] = set()
    for one in mapping:
        is_special = one.there.startswith((REFUSAL, SEGMENT))
        if is_special and not one.is_choice:
            message = f"Field {one.there!r} holds a choice; map a purpose or a topic to it."
            raise BadConnection(message)
        if one.there.startswith(SEGMENT):
            segment_of(one.there)
        if not is_special:
            names.add(one.there)
    return names


def segment_of(name: str) -> int:
    """Return the number of a segment.

    Raises:
        BadConnection: there is none.
    """
    number = name.removeprefix(SEGMENT)
    if not number.isascii() or not number.isdigit():
        message = f"Field {name!r}: write the number of a segment, for example segment:3."
        raise BadConnection(message)
    return int(number)


def answer_of(found: Contact, name: str) -> bool | None:
    """Return what a contact says about a choice; None: nothing."""
    if name.startswith(SEGMENT):
        return None
    if name.startswith(REFUSAL):
        refusal = found.refusal(name.removeprefix(REFUSAL))
        if refusal is None:
            return True
        return None if refusal.reason == Reason.BOUNCED else False
    spelt = str(found.values.get(name, "")).lower()
    return True if spelt in _YES else False if spelt in _NO else None


def is_news(found: Contact, parcel: Parcel) -> bool:
    """Tell whether a no that we have not heard yet would be lost by writing."""
    said = {name: answer_of(found, name) for name in parcel.choices}
    held = {name: answer for name, answer in said.items() if answer is not None}
    return overrules(parcel, held, _chosen_at(found, held))


def _chosen_at(found: Contact, held: Mapping[str, bool]) -> dict[str, datetime]:
    """Return when choices were made: of a refusal its date is known."""
    return {
        name: at
        for name, answer in held.items()
        if not answer
        and (refusal := found.refusal(name.removeprefix(REFUSAL))) is not None
        and (at := time_of(refusal.at)) is not None
    }


def heard_of(found: Contact, mapping: Iterable[Field]) -> Heard:
    """Return what a contact says, by the names of a mapping."""
    keys: dict[str, Pii[str]] = {}
    facts: dict[str, Pii[Value]] = {}
    choices: dict[str, bool] = {}
    values = found.values
    for one in mapping:
        if one.is_choice:
            answer = answer_of(found, one.there)
            if answer is not None:
                choices[one.there] = answer
        elif one.is_key and values.get(one.there):
            keys[one.there] = Pii(str(values[one.there]))
        elif not one.is_key and one.there in values:
            facts[one.there] = Pii(_plain(values[one.there]))
    return Heard(
        remote_id=Pii(str(found.id)),
        keys=keys,
        facts=facts,
        choices=choices,
        chosen_at=_chosen_at(found, choices),
        changed_at=time_of(found.modified),
        version=found.modified,
    )


def bounces_of(found: Contact) -> list[Heard]:
    """Return the channels that came back, each as a message of its own."""
    return [
        Heard(
            remote_id=Pii(str(found.id)),
            signals=((SignalKind.BOUNCE, one.channel),),
            signalled_at=time_of(one.at),
            message_id=f"dnc-{one.id}" if one.id else None,
        )
        for one in found.refusals
        if one.reason == Reason.BOUNCED
    ]


def edit_of(found: Contact, parcel: Parcel) -> dict[str, object]:
    """Return what must be sent to bring a contact to what a parcel says; nothing: it is so."""
    values = found.values
    wanted: dict[str, Value] = {name: key.reveal() for name, key in parcel.keys.items()}
    wanted |= {name: fact.reveal() for name, fact in parcel.facts.items()}
    refusals: list[dict[str, object]] = []
    for name, answer in parcel.choices.items():
        if name.startswith(REFUSAL):
            at = parcel.chosen_at.get(name, parcel.changed_at)
            refusals += _refusal(found, name.removeprefix(REFUSAL), answer, at)
        elif not name.startswith(SEGMENT) and answer_of(found, name) is not answer:
            wanted[name] = int(answer)
    changes: dict[str, object] = {
        name: "" if value is None else value
        for name, value in wanted.items()
        if _spelt(values.get(name)) != _spelt(value)
    }
    if refusals:
        changes["doNotContact"] = refusals
    return {"id": found.id, "overwriteWithBlank": True, **changes} if changes else {}


def _refusal(
    found: Contact,
    channel: str,
    answer: bool,  # noqa: FBT001 - a person's answer
    at: datetime,
) -> list[dict[str, object]]:
    held = found.refusal(channel)
    if answer and held is not None and held.reason != Reason.BOUNCED:
        return [{"channel": channel, "reason": int(Reason.CONTACTABLE)}]
    if not answer and held is None:
        said = f"Candor, {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return [{"channel": channel, "reason": int(Reason.UNSUBSCRIBED), "comments": said}]
    return []


def time_of(text: object) -> datetime | None:
    """Return an instant as Mautic spells it; without a zone it is UTC."""
    if not isinstance(text, str) or not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def segments_of(choices: Mapping[str, bool], *, yes: bool) -> list[int]:
    """Return the segments that somebody is to be in, or is not to be in."""
    return [
        segment_of(name)
        for name, answer in choices.items()
        if name.startswith(SEGMENT) and answer is yes
    ]


def _plain(value: object) -> Value:
    if value == "":
        return None
    return value if isinstance(value, str | int | float | bool | None) else None


def _spelt(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else str(value)
