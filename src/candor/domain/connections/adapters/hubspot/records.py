"""Contacts as HubSpot writes them, and what they say in our words. Pure.

Properties are text: yes is `true`, a cleared one is empty. What cannot be understood as a yes or a
no is a no; an empty one says nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import msgspec

from candor.domain.connections.model.connection import Field
from candor.domain.connections.model.talk import Heard, Parcel, Value
from candor.kernel.pii import Pii

ADDRESS: Final = "email"
MERGED: Final = "hs_merged_object_ids"  # other ids by which the same contact is known
OTHER_ADDRESSES: Final = "hs_additional_emails"  # by which the same contact is found
CHANGED: Final = "lastmodifieddate"
SUBSCRIPTION: Final = "subscription:"
OPPOSITE: Final = "not:"
_YES: Final = frozenset({"true", "yes", "1"})
# Where somebody changes a property by hand. The time of a yes is told of these alone: what a
# program wrote (we ourselves, an import, an automation) was chosen at another time, if ever.
BY_HAND: Final = frozenset({
    "CRM", "CRM_UI", "CONTACTS_WEB", "FORM", "MEETINGS", "CONVERSATIONS", "MOBILE_IOS",
    "MOBILE_ANDROID",
})  # fmt: skip


# ------------------------------------------------------------------ as they are on the wire
class Version(msgspec.Struct, rename="camel", frozen=True):
    """One entry in the history of a property; the newest stands first."""

    timestamp: datetime
    value: str | None = None
    source_type: str = ""


class Contact(msgspec.Struct, rename="camel", frozen=True):
    """A contact, with the properties that were asked for."""

    id: str
    properties: dict[str, str | None] = {}
    properties_with_history: dict[str, list[Version]] = {}
    updated_at: datetime | None = None
    object_write_trace_id: str | None = None

    @property
    def names(self) -> list[str]:
        """Return all ids by which it is known: those merged into it, too."""
        return [self.id, *(self.properties.get(MERGED) or "").split(";")]

    @property
    def address(self) -> str | None:
        """Return the e-mail address, as subscriptions know it."""
        return spelt_address(self.properties.get(ADDRESS))

    def found_by(self, key: str) -> list[str]:
        """Return everything by which a property that is unique finds it, as it is compared."""
        texts = [self.properties.get(key) or ""]
        if key == ADDRESS:
            texts += (self.properties.get(OTHER_ADDRESSES) or "").split(";")
        return [text.strip().lower() for text in texts if text.strip()]


class Problem(msgspec.Struct, rename="camel", frozen=True):
    """What is wrong with one of many. Its text is not read: it may hold whom it was about."""

    category: str = ""
    context: dict[str, Any] = {}

    def about(self, name: str) -> list[str]:
        """Return the ids that it is about, by one of its lists."""
        found = self.context.get(name, ())
        return [str(one) for one in found] if isinstance(found, list) else []  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - whatever they send


def spelt_address(text: str | None) -> str | None:
    """Return the spelling by which two addresses are the same there."""
    return text.strip().lower() if text and text.strip() else None


# ------------------------------------------------------------------ a mapping in their words
@dataclass(frozen=True, slots=True)
class Choice:
    """Where a choice stands: in a property, or as a subscription."""

    there: str

    @property
    def subscription(self) -> int | None:
        """Return the id of the subscription type; None: it is a property."""
        number = self.there.removeprefix(SUBSCRIPTION)
        is_one = self.there.startswith(SUBSCRIPTION) and number.isascii() and number.isdigit()
        return int(number) if is_one else None

    @property
    def property_name(self) -> str:
        """Return the name of the property."""
        return self.there.removeprefix(OPPOSITE)

    def read(self, text: str | None) -> bool | None:
        """Return what a property says; None: nothing."""
        if text is None or not text.strip():
            return None
        is_set = text.strip().lower() in _YES
        return is_set is not self.is_opposite if self._is_clear(text) else False

    def spell(self, *, answer: bool) -> str:
        """Return what a property is to say."""
        return "true" if answer is not self.is_opposite else "false"

    @property
    def is_opposite(self) -> bool:
        """Tell whether the property says that somebody opted out."""
        return self.there.startswith(OPPOSITE)

    @staticmethod
    def _is_clear(text: str) -> bool:
        return text.strip().lower() in _YES | {"false", "no", "0"}


@dataclass(frozen=True)
class Names:
    """A mapping, by what its lines are called there."""

    mapping: Sequence[Field]

    @cached_property
    def keys(self) -> list[str]:
        """Return the properties by which a person is found, the best first."""
        return [one.there for one in self.mapping if one.is_key]

    @cached_property
    def facts(self) -> list[str]:
        """Return the properties that are facts."""
        return [one.there for one in self.mapping if not one.is_choice and not one.is_key]

    @cached_property
    def choices(self) -> list[Choice]:
        """Return the choices that are properties."""
        return [one for one in self._choices if one.subscription is None]

    @cached_property
    def subscriptions(self) -> dict[int, str]:
        """Return the subscriptions by their ids, as the mapping calls them."""
        found = ((one.subscription, one.there) for one in self._choices)
        return {number: there for number, there in found if number is not None}

    @cached_property
    def properties(self) -> list[str]:
        """Return all properties that must be read."""
        own = [*self.keys, *self.facts, *(one.property_name for one in self.choices)]
        return list(dict.fromkeys([*own, ADDRESS, OTHER_ADDRESSES, MERGED, CHANGED]))

    @cached_property
    def _choices(self) -> list[Choice]:
        return [Choice(one.there) for one in self.mapping if one.is_choice]


# ------------------------------------------------------------------ in
@dataclass(frozen=True, slots=True)
class Said:
    """What is said about the choices of one contact, and when it was chosen."""

    choices: dict[str, bool] = field(default_factory=dict[str, bool])
    at: dict[str, datetime] = field(default_factory=dict[str, datetime])


def said_in(contact: Contact, names: Names) -> Said:
    """Return what a contact's properties say about choices."""
    said = Said()
    for choice in names.choices:
        answer = choice.read(contact.properties.get(choice.property_name))
        if answer is None:
            continue
        said.choices[choice.there] = answer
        history = contact.properties_with_history.get(choice.property_name)
        if history and (not answer or history[0].source_type in BY_HAND):
            said.at[choice.there] = history[0].timestamp
    return said


def heard_of(contact: Contact, names: Names, subscribed: Said) -> Heard:
    """Return a contact as it is heard; `subscribed`: what its subscriptions say."""
    said = said_in(contact, names)
    return Heard(
        remote_id=Pii(contact.id),
        keys={name: Pii(text) for name in names.keys if (text := contact.properties.get(name))},
        facts={
            name: Pii(contact.properties[name] or None)
            for name in names.facts
            if name in contact.properties
        },
        choices={**said.choices, **subscribed.choices},
        chosen_at={**said.at, **subscribed.at},
        changed_at=contact.updated_at,
        version=None if contact.updated_at is None else contact.updated_at.isoformat(),
    )


# ------------------------------------------------------------------ out
def spelt(value: Value) -> str:
    """Return a value as a property holds it; empty: cleared."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def properties_of(parcel: Parcel, choices: Mapping[str, bool]) -> dict[str, str]:
    """Return the properties that are written: keys, facts, and the choices that are properties."""
    written = {name: key.reveal() for name, key in parcel.keys.items()}
    written |= {name: spelt(fact.reveal()) for name, fact in parcel.facts.items()}
    for name, answer in choices.items():
        choice = Choice(name)
        if choice.subscription is None:
            written[choice.property_name] = choice.spell(answer=answer)
    return written
