"""The tracking plan: the catalogue, compiled for checking what comes in. Pure.

Undeclared properties are left out and counted. A property of the wrong type refuses its event,
with a message that says what to send instead. A fact of the wrong type is left out of an
identify call, the others are kept. Numbers of payment cards are masked wherever they stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast

from candor.domain.catalogue.model import (
    Attribute,
    Event,
    InForce,
    Property,
    days_of,
)
from candor.domain.collect.errors import EventRefused
from candor.domain.collect.model import Counts, Outcome
from candor.kernel.redact import (
    is_secret_name,
    mask_cards,
    mask_contacts,
    may_hold_personal,
)
from candor.kernel.values import MOST_ITEMS, ValueType, check_for, is_plain

_SCANNED: Final = frozenset({ValueType.TEXT, ValueType.LIST})


@dataclass(slots=True)
class Checked:
    """The declared part of an event's properties."""

    plain: dict[str, Any]
    personal: dict[str, Any]
    identifiers: list[tuple[str, str]]


class PropertyRule:
    """What one declared property must be."""

    __slots__ = (
        "check",
        "identifier",
        "is_free_text",
        "is_personal",
        "is_scanned",
        "items",
        "says",
    )

    def __init__(self, declared: Property) -> None:
        """Compile a declaration."""
        self.check = check_for(declared.type, declared.values, declared.max_length)
        self.says = says_for(declared.type, declared.values, declared.max_length)
        self.identifier = declared.identifier
        self.is_personal = declared.is_personal
        self.is_free_text = declared.is_free_text
        # Values of other types are what they must be; an identifier is looked at as such.
        self.is_scanned = not declared.identifier and declared.type in _SCANNED
        self.items = {item.name: PropertyRule(item) for item in declared.items}


class EventRule:
    """What one declared event must be."""

    __slots__ = (
        "code",
        "event_type_id",
        "keeps",
        "keeps_days",
        "mask",
        "names",
        "properties",
        "required",
    )

    def __init__(self, declared: Event, in_force: InForce) -> None:
        """Compile a declaration."""
        self.code = declared.code
        self.event_type_id = in_force.numbers.event_types[declared.code]
        self.mask = in_force.mask(declared.purposes)
        self.keeps_days = days_of(declared.retention) or 0
        self.keeps = timedelta(days=self.keeps_days)
        self.properties = {p.name: PropertyRule(p) for p in declared.properties}
        self.names = frozenset(self.properties)
        self.required = frozenset(p.name for p in declared.properties if p.required)

    def apply(  # noqa: C901 - the hot path: one loop, read top to bottom
        self, given: Mapping[str, Any], counts: Counts
    ) -> Checked:
        """Return the declared part of some properties, cards and contacts in it masked.

        Raises:
            EventRefused: a property has the wrong type, or one that is required is missing.
        """
        checked = Checked({}, {}, [])
        rules = self.properties
        texts: list[str] = []
        for name, value in given.items():
            rule = rules.get(name)
            if rule is None:
                counts[Outcome.DROPPED, self.code] += 1
                continue
            if value is None:
                continue
            if rule.items:
                value = self._list(name, rule, value, texts, counts)  # noqa: PLW2901
            elif rule.check(value) is not None:
                self._refuse(name, rule, value)
            elif rule.is_scanned:
                texts.extend([value] if type(value) is str else value)
            if rule.identifier:
                checked.identifiers.append((rule.identifier, cast("str", value)))
            elif rule.is_personal:
                checked.personal[name] = value
            else:
                checked.plain[name] = value
        if not self.required <= given.keys():
            missing = ", ".join(sorted(self.required - given.keys()))
            reason, message = "missing_property", f"{self.code} needs the property {missing}."
            raise EventRefused(reason, message, self.code)
        if texts and may_hold_personal("\n".join(texts)):
            for part in (checked.plain, checked.personal):
                self._mask(part, rules, counts)
        return checked

    def _list(  # noqa: C901 - the same
        self, name: str, rule: PropertyRule, value: object, texts: list[str], counts: Counts
    ) -> list[dict[str, Any]]:
        if type(value) is not list:
            self._refuse(name, rule, value)
        items = cast("list[object]", value)
        if len(items) > MOST_ITEMS:
            self._refuse(name, rule, items)
        kept: list[dict[str, Any]] = []
        for item in items:
            if type(item) is not dict:
                self._refuse(name, rule, item)
            clean: dict[str, Any] = {}
            for key, inner in cast("dict[str, Any]", item).items():
                item_rule = rule.items.get(key)
                if item_rule is None:
                    counts[Outcome.DROPPED, self.code] += 1
                elif inner is not None:
                    if item_rule.check(inner) is not None:
                        self._refuse(f"{name}[].{key}", item_rule, inner)
                    if item_rule.is_scanned:
                        texts.extend([inner] if type(inner) is str else inner)
                    clean[key] = inner
            kept.append(clean)
        return kept

    def _mask(
        self, part: dict[str, Any], rules: Mapping[str, PropertyRule], counts: Counts
    ) -> None:
        """Mask, in place, cards and contacts in the texts of an object and of its lists."""
        for name, value in part.items():
            rule = rules[name]
            if rule.items:
                for item in value:
                    self._mask(item, rule.items, counts)
            elif rule.is_scanned:
                part[name] = (
                    self._masked(value, counts)
                    if type(value) is str
                    else [self._masked(one, counts) for one in value]
                )

    def _masked(self, text: str, counts: Counts) -> str:
        text, cards = mask_cards(text)
        text, contacts = mask_contacts(text)
        counts[Outcome.CARD_MASKED, self.code] += cards
        counts[Outcome.CONTACT_MASKED, self.code] += contacts
        return text

    def _refuse(self, name: str, rule: PropertyRule, value: object) -> None:
        message = f"{self.code}: {name} must be {rule.says}, not {_type_of(value)}."
        raise EventRefused("wrong_type", message, self.code)


class AttributeRule:
    """What one declared attribute must be."""

    __slots__ = ("attribute_id", "check", "code", "identifier", "mask", "says")

    def __init__(self, declared: Attribute, in_force: InForce) -> None:
        """Compile a declaration."""
        self.code = declared.code
        self.attribute_id = in_force.numbers.attributes[declared.code]
        self.mask = in_force.mask(declared.purposes)
        self.identifier = declared.identifier
        self.check = check_for(declared.type, declared.values, declared.max_length)
        self.says = says_for(declared.type, declared.values, declared.max_length)


class TrackingPlan:
    """The whole catalogue in force, compiled."""

    def __init__(self, in_force: InForce) -> None:
        """Compile a catalogue."""
        self.in_force = in_force
        self.events = {e.code: EventRule(e, in_force) for e in in_force.document.events}
        self.attributes: dict[str, AttributeRule] = {}
        for attribute in in_force.document.attributes:
            rule = AttributeRule(attribute, in_force)
            for name in (attribute.code, *attribute.accepts):
                self.attributes[name] = rule
        numbers, purposes = in_force.numbers.purposes, in_force.document.purposes
        # What signals speak about: see consent.model.signal.Spoken.
        self.sale = frozenset(numbers[p.code] for p in purposes if p.is_sale)
        self.tcf = {numbers[p.code]: frozenset(p.tcf) for p in purposes if p.tcf}
        self.categories: dict[str, tuple[int, ...]] = {}
        for purpose in in_force.document.purposes:
            for category in purpose.categories:
                bits = self.categories.get(category, ())
                self.categories[category] = (*bits, in_force.numbers.purposes[purpose.code])

    def is_declared(self, name: str) -> bool:
        """Tell whether a name of a field is declared, so that a sample may show it."""
        return name in self.attributes or any(name in e.names for e in self.events.values())


def says_for(kind: ValueType, values: tuple[str, ...], longest: int) -> str:
    """Return what a value must be, in words."""
    return {
        ValueType.TEXT: f"text of at most {longest} characters",
        ValueType.ENUM: "one of " + ", ".join(values[:8]) + (", …" if len(values) > 8 else ""),
        ValueType.INTEGER: "a whole number",
        ValueType.NUMBER: "a number",
        ValueType.BOOLEAN: "true or false",
        ValueType.DATE: "a date like 2026-11-21",
        ValueType.TIME: "a time like 2026-11-21T15:00:00Z",
        ValueType.LIST: f"a list of at most {MOST_ITEMS} objects",
    }[kind]


def never_kept(name: str) -> bool:
    """Tell whether a field of this name may not even be declared: passwords, security codes."""
    return is_secret_name(name)


def _type_of(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return f"text of {len(value)} characters"
        case int() | float():
            return "a number" if is_plain(value) else "one that is too large or a card's"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return "nothing"
