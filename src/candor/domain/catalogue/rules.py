"""What must hold between declarations, beyond each being well-formed.

A mistake is what would keep data without a reason, promise what cannot be kept, or make two
readers of the catalogue understand different things. A warning is what a privacy officer should
look at. Every rule notes all its findings; none stops at the first.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final

from candor.domain.access.model.roles import Role
from candor.domain.catalogue import checks, deciding, steering
from candor.domain.catalogue.checks import ENGLISH
from candor.domain.catalogue.lines import Keys
from candor.domain.catalogue.model import (
    Attribute,
    Document,
    Event,
    Identifier,
    LegalBasis,
    Property,
    Purpose,
    Regime,
    Source,
    ValueType,
)
from candor.domain.catalogue.table import Note, did_you_mean, shown
from candor.kernel.redact import is_secret_name
from candor.kernel.units import MAX_CHANNELS, MAX_PURPOSES, MAX_TOPICS

NORMALISERS: Final = ("exact", "email", "phone", "digits")
GROUPS: Final = ("contact", "about", "household", "device", "inferred")

_LOCALE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Z][A-Za-z]{1,3})?")
_NUMBERS: Final = frozenset({ValueType.INTEGER, ValueType.NUMBER})
_LONGEST_EVENT: Final = 100  # characters
_LONGEST_TEXT: Final = 10_000  # characters of a value
_HOST: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
_ORIGIN: Final = re.compile(
    rf"(?:https://{_HOST}|https?://(?:localhost|127\.0\.0\.1))(?::[1-9][0-9]{{0,4}})?"
)
_BY_THE_DOOR: Final = "Segment Consent Preference Updated"


def check(document: Document, note: Note) -> None:
    """Note everything that is wrong or doubtful between the declarations of a document."""
    _company(document, note)
    for purpose in document.purposes:
        _purpose(purpose, document, note)
    for identifier in document.identifiers:
        _identifier(identifier, document, note)
    for attribute in document.attributes:
        _attribute(attribute, document, note)
    for event in document.events:
        _event(event, document, note)
    for source in document.sources:
        _source(source, document, note)
    _steered(document, note)
    _names_once(document, note)
    _unused(document, note)


def _steered(document: Document, note: Note) -> None:
    """What customers steer with, and what machines decide about them."""
    for channel in document.channels:
        steering.channel(channel, document, note)
    for topic in document.topics:
        steering.topic(topic, document, note)
    for decision in document.decisions:
        deciding.decision(decision, document, note)


def _company(document: Document, note: Note) -> None:
    keys = ("company", "locales")
    for locale in document.locales:
        if not _LOCALE.fullmatch(locale):
            note(keys, f"`{locale}` is no language; write a code such as en, de or pt-BR")
    if ENGLISH not in document.locales:
        note(keys, 'the languages must contain "en": other languages fall back to it')
    if not document.purposes:
        note(("company",), "no purpose is declared, so nothing could be kept: add [purpose.…]")
    _at_most(MAX_PURPOSES, "purpose", [p.code for p in document.purposes], note)
    _at_most(MAX_CHANNELS, "channel", [c.code for c in document.channels], note)
    _at_most(MAX_TOPICS, "topic", [t.code for t in document.topics], note)
    steering.controller(document.controller, document, note)


def _at_most(most: int, kind: str, codes: list[str], note: Note) -> None:
    if len(codes) > most:
        message = (
            f"{len(codes)} {kind}s are too many; at most {most} fit."
            " Put together what a customer would not tell apart"
        )
        note((kind, codes[most]), message)


# ------------------------------------------------------------------------------------ purposes
def _purpose(purpose: Purpose, document: Document, note: Note) -> None:
    keys = ("purpose", purpose.code)
    checks.small_name(keys, note)
    checks.positive(keys, note)
    _basis(purpose, keys, note)
    checks.span(purpose.retention, (*keys, "retention"), note)
    if purpose.consent_lasts:
        checks.span(purpose.consent_lasts, (*keys, "consent_lasts"), note)
        if LegalBasis.CONSENT not in purpose.basis.values():
            message = "`consent_lasts` is only for purposes that rest on consent; take it out"
            note((*keys, "consent_lasts"), message)
    for role in purpose.roles:
        if role not in set(Role):
            known = ", ".join(Role)
            note((*keys, "roles"), f"`{role}` is no role; known are {known}")
    steering.asking(purpose, keys, note)
    steering.confirming(purpose, document, keys, note)
    _texts(purpose, document.locales, keys, note)


def _basis(purpose: Purpose, keys: Keys, note: Note) -> None:
    missing = [law.value for law in Regime if law not in purpose.basis]
    if missing:
        message = (
            f"{shown(keys)} has no legal basis under {', '.join(missing)}; write"
            ' basis = "consent" for every law, or basis = { default = "…", ccpa = "…" }'
        )
        note((*keys, "basis"), message)
    for law, basis in purpose.basis.items():
        if basis is LegalBasis.OPT_OUT and law is not Regime.CCPA:
            message = (
                f"`opt_out` is no legal basis under {law.value}, which asks for a yes first;"
                " write `consent` there and keep `opt_out` for ccpa"
            )
            note((*keys, "basis", law.value), message)


def _texts(purpose: Purpose, locales: Collection[str], keys: Keys, note: Note) -> None:
    checks.languages(purpose.texts, locales, keys, note)
    for locale, text in purpose.texts.items():
        here = (*keys, "text", locale)
        if not text.gain and LegalBasis.CONSENT in purpose.basis.values():
            message = f"{shown(here)} does not say what the customer gets for a yes; add `gain`"
            note(here, message, is_warning=True)
        checks.wording(text, locale, here, note)


# ------------------------------------------------------------------ identifiers and attributes
def _identifier(identifier: Identifier, document: Document, note: Note) -> None:
    keys = ("identifier", identifier.kind)
    checks.small_name(keys, note)
    checks.known(identifier.normalise, NORMALISERS, (*keys, "normalise"), note)
    for code in identifier.purposes:
        checks.known(code, [p.code for p in document.purposes], (*keys, "purposes"), note)
    if identifier.limit < 1:
        note((*keys, "limit"), "`limit` is how many one person may have; write 1 or more")


def _attribute(attribute: Attribute, document: Document, note: Note) -> None:
    keys = ("attribute", attribute.code)
    checks.small_name(keys, note)
    checks.positive(keys, note)
    _secret(attribute.code, keys, note)
    for name in attribute.accepts:
        _secret(name, (*keys, "accepts"), note)
    checks.known(attribute.group, GROUPS, (*keys, "group"), note)
    _purposes(attribute.purposes, document, keys, note)
    checks.span(attribute.retention, (*keys, "retention"), note)
    _values(attribute.type, attribute.values, keys, note)
    _length(attribute.max_length, keys, note)
    if attribute.identifier:
        kinds = [i.kind for i in document.identifiers]
        checks.known(attribute.identifier, kinds, (*keys, "identifier"), note)
    if attribute.type is ValueType.LIST:
        note((*keys, "type"), "an attribute is one fact and cannot be a list; use an event")
    if attribute.group == "inferred" and not attribute.is_inferred:
        message = f"{shown(keys)} stands among the guesses; add is_inferred = true"
        note((*keys, "group"), message, is_warning=True)
    if attribute.is_sensitive:
        _sensitive(attribute, document, keys, note)


def _sensitive(attribute: Attribute, document: Document, keys: Keys, note: Note) -> None:
    """Sensitive data needs more than an interest of the company (GDPR Art. 9(1), (2)(a))."""
    for purpose in document.purposes:
        if purpose.code in attribute.purposes and (
            purpose.basis.get(Regime.GDPR) is not LegalBasis.CONSENT
        ):
            message = (
                f"{shown(keys)} is sensitive but `{purpose.code}` rests not on consent;"
                " needs a privacy officer (GDPR Art. 9)"
            )
            note((*keys, "purposes"), message, is_warning=True)


# -------------------------------------------------------------------------------------- events
def _event(event: Event, document: Document, note: Note) -> None:
    keys = ("event", event.code)
    if event.code != event.code.strip() or not 0 < len(event.code) <= _LONGEST_EVENT:
        note(
            keys,
            f"an event's name has 1 to {_LONGEST_EVENT} characters, none blank at its ends",
        )
    if event.code == _BY_THE_DOOR:
        note(keys, f"`{_BY_THE_DOOR}` is understood without being declared; take it out")
    _purposes(event.purposes, document, keys, note)
    checks.span(event.retention, (*keys, "retention"), note)
    _statutory(event, keys, note)
    for found in event.properties:
        _property(found, document, (*keys, "property", found.name), note)
    if event.amount:
        _amount(event, keys, note)
    if event.favourite:
        _favourite(event, keys, note)


def _statutory(event: Event, keys: Keys, note: Note) -> None:
    """What a law keeps beyond an erasure names the law."""
    if event.statutory:
        checks.span(event.statutory, (*keys, "statutory"), note)
    if bool(event.statutory) != bool(event.statutory_ground):
        message = (
            f"{shown(keys)} keeps sums beyond an erasure only for a law: write both"
            ' `statutory = "P8Y"` and `statutory_ground = "…"`, or neither'
        )
        note((*keys, "statutory_ground"), message)


def _amount(event: Event, keys: Keys, note: Note) -> None:
    numbers = [p.name for p in event.properties if p.type in _NUMBERS and not p.is_personal]
    if event.amount not in numbers:
        message = (
            f"`amount` names `{event.amount}`, which is no declared number of {shown(keys)}"
        )
        note((*keys, "amount"), message + did_you_mean(event.amount, numbers))


def _favourite(event: Event, keys: Keys, note: Note) -> None:
    """What is counted per value stands open beside a pseudonym, so it must not be personal."""
    countable = list(_countable(event))
    if event.favourite not in countable:
        message = (
            f"`favourite` names `{event.favourite}`, which is no text or enum of {shown(keys)}"
            " that may be counted (nothing personal, no free text, no identifier)"
        )
        note((*keys, "favourite"), message + did_you_mean(event.favourite, countable))


def _countable(event: Event) -> Iterator[str]:
    for found in event.properties:
        if found.is_personal or found.identifier:
            continue
        if found.type is ValueType.LIST:
            yield from (f"{found.name}.{i.name}" for i in found.items if _is_countable(i))
        elif _is_countable(found):
            yield found.name


def _is_countable(found: Property) -> bool:
    return found.type in {ValueType.TEXT, ValueType.ENUM} and not (
        found.is_free_text or found.is_personal or found.identifier
    )


def _property(found: Property, document: Document, keys: Keys, note: Note) -> None:
    _secret(found.name, keys, note)
    if not found.name.strip() or "." in found.name:
        note(keys, "a property's name is not empty and has no dot")
    _values(found.type, found.values, keys, note)
    _length(found.max_length, keys, note)
    if found.is_free_text and found.type is not ValueType.TEXT:
        note((*keys, "is_free_text"), f"{shown(keys)} is no text, so it cannot be free text")
    if found.identifier:
        kinds = [i.kind for i in document.identifiers]
        checks.known(found.identifier, kinds, (*keys, "identifier"), note)
    if found.items and found.type is not ValueType.LIST:
        message = f'{shown(keys)} has items, so it must be a list: add type = "list"'
        note((*keys, "item"), message)
    for item in found.items:
        _item(item, document, (*keys, "item", item.name), note)


def _item(item: Property, document: Document, keys: Keys, note: Note) -> None:
    """Things in a list are plain values: a person in a list would be somebody else."""
    if item.type is ValueType.LIST:
        note((*keys, "type"), f"{shown(keys)} would be a list inside a list; declare it flat")
    if item.identifier:
        message = "an identifier inside a list is somebody else's; leave it out"
        note((*keys, "identifier"), message)
    if item.required:
        note((*keys, "required"), "only a property of the event itself can be required")
    if item.is_personal:
        message = "only a whole list can be personal: put is_personal on the list"
        note((*keys, "is_personal"), message)
    _property(item, document, keys, note)


# ------------------------------------------------------------------------------------- sources
def _source(source: Source, document: Document, note: Note) -> None:
    keys = ("source", source.code)
    kinds = [i.kind for i in document.identifiers]
    checks.small_name(keys, note)
    if source.user_id:
        checks.known(source.user_id, kinds, (*keys, "user_id"), note)
    for kind in source.verifies:
        checks.known(kind, kinds, (*keys, "verifies"), note)
    if not 0 <= source.trust <= 100:
        note((*keys, "trust"), f"`trust` goes from 0 to 100, not {source.trust}")
    naming = [
        i.kind for i in document.identifiers if i.names_person and i.kind in source.verifies
    ]
    if source.origins and naming:
        message = (
            f"the key of a page is public, so {shown(keys)} cannot vouch for {', '.join(naming)};"
            " give pages a source of their own that verifies only devices"
        )
        note((*keys, "verifies"), message)
    for origin in source.origins:
        if not _is_origin(origin):
            message = (
                f"`{origin}` is no origin of web pages; write https://shop.example, with a port"
                " if need be and without a path. http:// only for localhost and 127.0.0.1"
            )
            note((*keys, "origins"), message)


def _is_origin(text: str) -> bool:
    if not _ORIGIN.fullmatch(text):
        return False
    port = text.rpartition(":")[2]
    return not port.isdecimal() or int(port) < 1 << 16


# ---------------------------------------------------------------------------------- everything
def _names_once(document: Document, note: Note) -> None:
    """A name that a source may send must lead to one attribute only."""
    taken = {a.code: a.code for a in document.attributes}
    for attribute in document.attributes:
        for name in attribute.accepts:
            other = taken.setdefault(name, attribute.code)
            if other != attribute.code:
                keys = ("attribute", attribute.code, "accepts")
                note(keys, f"`{name}` already leads to attribute.{other}; take it out of one")
    seen: dict[str, str] = {}
    for event in document.events:
        other = seen.setdefault(event.code.casefold(), event.code)
        if other != event.code:
            message = f"`{event.code}` and `{other}` differ only in capitals; is it one event?"
            note(("event", event.code), message, is_warning=True)


def _unused(document: Document, note: Note) -> None:
    """A purpose without data promises nothing."""
    things = (*document.identifiers, *document.attributes, *document.events)
    used = {purpose for thing in things for purpose in thing.purposes}
    for purpose in document.purposes:
        if purpose.code not in used:
            message = f"nothing is declared for purpose.{purpose.code}; is it needed?"
            note(("purpose", purpose.code), message, is_warning=True)


def _purposes(codes: tuple[str, ...], document: Document, keys: Keys, note: Note) -> None:
    if not codes:
        message = f'{shown(keys)} has no purpose, so it may not be kept: add purposes = ["…"]'
        note((*keys, "purposes"), message)
    for code in codes:
        checks.known(code, [p.code for p in document.purposes], (*keys, "purposes"), note)


def _secret(name: str, keys: Keys, note: Note) -> None:
    if is_secret_name(name):
        message = f"`{name}` may never be kept (cards, passwords, codes); take it out"
        note(keys, message)


def _values(kind: ValueType, values: tuple[str, ...], keys: Keys, note: Note) -> None:
    if kind is ValueType.ENUM and not values:
        note(keys, f'{shown(keys)} is an enum; add values = ["…"]')
    if values and kind is not ValueType.ENUM:
        message = f'{shown(keys)} has values, so it must be an enum: write type = "enum"'
        note((*keys, "values"), message)


def _length(longest: int, keys: Keys, note: Note) -> None:
    if not 1 <= longest <= _LONGEST_TEXT:
        note((*keys, "max_length"), f"`max_length` goes from 1 to {_LONGEST_TEXT}")
