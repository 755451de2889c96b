"""What the script asks for before anything else: what may be asked, in the page's language.

Categories are what Segment calls them: names under which a page gates its scripts. Each holds
the purposes that bear its name. A purpose whose yes must be confirmed by mail is not asked here,
because a page does not know where to send the mail; neither is one that rests on contract or law.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from candor.domain.catalogue.model import LegalBasis, Purpose, PurposeText, Source, days_of
from candor.domain.consent.model.notice import shown
from candor.domain.consent.model.policy import Rules

ENGLISH: Final = "en"
_NEEDS_NO_YES: Final = frozenset({LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION})


class AskedPurpose(msgspec.Struct, frozen=True):
    """A purpose as a page asks for it."""

    code: str
    title: str
    plain: str
    gain: str
    recipients: tuple[str, ...]
    edition: int
    notice: str  # id of these very words
    is_sale: bool


class Category(msgspec.Struct, frozen=True):
    """What a page asks one question for."""

    name: str
    asks: bool  # off until a yes; otherwise on until a no
    is_sale: bool
    edition: str  # changes when an earlier yes no longer counts
    lasts_days: int | None  # a yes; None: until it is taken back
    ask_again_days: int  # after a no
    purposes: tuple[AskedPurpose, ...]


class Config(msgspec.Struct, frozen=True):
    """All that the scripts need to know."""

    company: str
    locale: str
    direction: str
    locales: tuple[str, ...]
    categories: tuple[Category, ...]
    necessary: tuple[str, ...]  # events that rest on contract or law: they need no yes
    words: Mapping[str, str]
    trust_url: str
    portal_url: str


def language_of(tag: str, locales: Sequence[str]) -> str:
    """Return the language in which to ask: that of the page (BCP 47), else English."""
    language = tag.replace("_", "-").partition("-")[0].lower()
    return language if language in locales else ENGLISH


def origins(rules: Rules) -> Iterator[str]:
    """Return the origins of all pages that may speak for the company."""
    for source in rules.in_force.document.sources:
        yield from source.origins


def categories(rules: Rules, source: Source, locale: str) -> tuple[Category, ...]:
    """Return what a page of this source may ask, in the order of the catalogue."""
    regime = source.regime.value if source.regime else None
    grouped: dict[str, list[tuple[Purpose, LegalBasis]]] = {}
    left_out: set[str] = set()
    for purpose in rules.in_force.document.purposes:
        basis = rules.policy.basis(rules.in_force.numbers.purposes[purpose.code], regime)
        for name in purpose.categories:
            if purpose.confirm:
                left_out.add(name)
            elif basis is not None and basis not in _NEEDS_NO_YES:
                grouped.setdefault(name, []).append((purpose, basis))
    return tuple(
        _category(rules, name, members, locale)
        for name, members in grouped.items()
        if name not in left_out
    )


def necessary(rules: Rules, source: Source) -> tuple[str, ...]:
    """Return the events that need no yes: a purpose of theirs rests on contract or law."""
    regime = source.regime.value if source.regime else None
    bits = rules.in_force.numbers.purposes
    free = {
        code for code, bit in bits.items() if rules.policy.basis(bit, regime) in _NEEDS_NO_YES
    }
    return tuple(
        event.code for event in rules.in_force.document.events if free & set(event.purposes)
    )


def _category(
    rules: Rules, name: str, members: Sequence[tuple[Purpose, LegalBasis]], locale: str
) -> Category:
    purposes = [purpose for purpose, _ in members]
    lasts = [days for one in purposes if (days := days_of(one.consent_lasts)) is not None]
    return Category(
        name=name,
        asks=any(basis is LegalBasis.CONSENT for _, basis in members),
        is_sale=any(one.is_sale for one in purposes),
        edition=" ".join(f"{one.code}:{one.edition}" for one in purposes),
        lasts_days=min(lasts, default=None),
        ask_again_days=max(days_of(one.ask_again) or 0 for one in purposes),
        purposes=tuple(_purpose(rules, one, locale) for one in purposes),
    )


def _purpose(rules: Rules, purpose: Purpose, locale: str) -> AskedPurpose:
    words = shown(rules, purpose.code, locale)
    text: PurposeText = purpose.texts[words.locale]
    return AskedPurpose(
        code=purpose.code,
        title=text.title,
        plain=text.plain,
        gain=text.gain,
        recipients=purpose.recipients,
        edition=words.edition,
        notice=words.notice_id,
        is_sale=purpose.is_sale,
    )
