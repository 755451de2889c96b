"""The words that a person is shown when they choose, and their fingerprint.

A notice is all that a purpose says of itself in one language: its words, its legal basis, the
data, who receives it, for how long, and who answers for it. Its id is the SHA-256 of its content
in the canonical form of RFC 8785, so a record that names it points at these words and no others.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast
from weakref import WeakKeyDictionary

import msgspec
import rfc8785

from candor.domain.catalogue.model import (
    Document,
    InForce,
    LegalBasis,
    Purpose,
    PurposeText,
    Regime,
)
from candor.domain.consent.model.policy import Policy, Rules

ENGLISH = "en"


class DataKind(StrEnum):
    """What a piece of data is."""

    ATTRIBUTE = "attribute"
    EVENT = "event"


class Datum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One declared piece of data that a purpose uses."""

    kind: DataKind
    code: str
    title: str  # as in the catalogue
    is_sensitive: bool = False
    is_inferred: bool = False


class Answerable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who answers for the data, as it was named to the person."""

    name: str
    address: str
    country: str
    contact: str
    authority: str


class Notice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that was said about a purpose, in one language."""

    purpose: str
    edition: int
    locale: str
    title: str
    plain: str
    gain: str
    basis: dict[Regime, LegalBasis]
    data: tuple[Datum, ...]
    recipients: tuple[str, ...]
    retention: str  # ISO 8601
    consent_lasts: str  # ISO 8601; empty: until withdrawn
    is_sale: bool
    dpv: str
    controller: Answerable


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """What a page showed, to be written down with the choice that was made on it."""

    notice_id: str
    edition: int
    locale: str  # of the words; English where the reader's language is not written


def notice_of(document: Document, purpose: Purpose, locale: str) -> Notice:
    """Return the words of a purpose in a language, else in English."""
    locale, text = _text(purpose, locale)
    controller = document.controller
    return Notice(
        purpose=purpose.code,
        edition=purpose.edition,
        locale=locale,
        title=text.title,
        plain=text.plain,
        gain=text.gain,
        basis=purpose.basis,
        data=_data(document, purpose.code),
        recipients=purpose.recipients,
        retention=purpose.retention,
        consent_lasts=purpose.consent_lasts,
        is_sale=purpose.is_sale,
        dpv=purpose.dpv,
        controller=Answerable(
            name=controller.legal_name or document.company,
            address=controller.address,
            country=controller.country,
            contact=controller.contact,
            authority=controller.authority,
        ),
    )


def canonical(notice: Notice) -> bytes:
    """Return the content as JSON that is the same for the same notice (RFC 8785)."""
    return rfc8785.dumps(cast("dict[str, Any]", msgspec.to_builtins(notice)))


def id_of(notice: Notice) -> str:
    """Return the id of a notice: SHA-256 of its canonical content, in hex."""
    return hashlib.sha256(canonical(notice)).hexdigest()


def notices(in_force: InForce) -> list[Notice]:
    """Return every notice of a catalogue: each purpose in each language that it is written in."""
    return [
        notice_of(in_force.document, purpose, locale)
        for purpose in in_force.document.purposes
        for locale in purpose.texts
    ]


# A new catalogue makes a new policy, and with the old one its notices go.
_shown: WeakKeyDictionary[Policy, Mapping[tuple[str, str], ShownNotice]] = WeakKeyDictionary()


def shown(rules: Rules, purpose: str, locale: str) -> ShownNotice:
    """Return what to write down with a choice about a purpose that was shown in a language.

    Worked out once per catalogue; needs no query. Whoever puts a catalogue in force publishes
    its notices in the same transaction, so the id that is returned stands in the database.

    Raises:
        KeyError: the purpose is not declared.
    """
    known = _shown.get(rules.policy)
    if known is None:
        known = {
            (notice.purpose, notice.locale): ShownNotice(
                id_of(notice), notice.edition, notice.locale
            )
            for notice in notices(rules.in_force)
        }
        _shown[rules.policy] = known
    declared = rules.in_force.purposes[purpose]
    return known[purpose, _text(declared, locale)[0]]


def _text(purpose: Purpose, locale: str) -> tuple[str, PurposeText]:
    """Return the language that is spoken, and the words: `pt_PT` and `pt-BR` speak `pt`."""
    language = locale.replace("-", "_").partition("_")[0].lower()
    for code in (locale, language):
        if code in purpose.texts:
            return code, purpose.texts[code]
    return ENGLISH, purpose.texts[ENGLISH]


def _data(document: Document, purpose: str) -> tuple[Datum, ...]:
    """Return what a purpose uses, in the order of codes: moving a line changes no notice."""
    attributes = [
        Datum(
            DataKind.ATTRIBUTE,
            attribute.code,
            attribute.title,
            is_sensitive=attribute.is_sensitive,
            is_inferred=attribute.is_inferred,
        )
        for attribute in document.attributes
        if purpose in attribute.purposes
    ]
    events = [
        Datum(DataKind.EVENT, event.code, event.title)
        for event in document.events
        if purpose in event.purposes
    ]
    return tuple(sorted([*attributes, *events], key=lambda datum: (datum.kind, datum.code)))
