"""Checks that several rules share: names, spans of time, words for customers."""

import re
from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from candor.domain.catalogue.lines import Keys
from candor.domain.catalogue.model import (
    ChannelText,
    MachineDecisionText,
    PurposeText,
    TopicText,
    days_of,
)
from candor.domain.catalogue.table import Note, did_you_mean, shown
from candor.domain.catalogue.wording import doubts

ENGLISH: Final = "en"

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_NEGATIVE_CODE: Final = re.compile(
    r"(?:^|_)(?:no|not|dont|never|without|opt_?out|opted_out|unsubscribed?|disabled?|refused?)(?:_|$)"
)


def languages(texts: Collection[str], locales: Collection[str], keys: Keys, note: Note) -> None:
    """English is needed, every language of the company is wanted, no other is known."""
    if ENGLISH not in texts:
        place = shown((*keys, "text", ENGLISH))
        note((*keys, "text"), f"{shown(keys)} has no English words; add [{place}]")
    for locale in locales:
        if locale not in texts and locale != ENGLISH:
            place = shown((*keys, "text", locale))
            message = f"no words in `{locale}`, customers will read English; add [{place}]"
            note((*keys, "text"), message, is_warning=True)
    for locale in texts:
        if locale not in locales:
            hint = did_you_mean(locale, locales)
            message = f"`{locale}` is not among the languages of [company]{hint}"
            note((*keys, "text", locale), message)


def wording(
    text: PurposeText | TopicText | ChannelText | MachineDecisionText,
    locale: str,
    keys: Keys,
    note: Note,
) -> None:
    """Whatever customers read is plain and says things once."""
    told: Mapping[str, str] = msgspec.structs.asdict(text)
    for key, words in told.items():
        for doubt in doubts(words, locale):
            note((*keys, key), f"{shown((*keys, key))}: {doubt}", is_warning=True)


def known(word: str, words: Collection[str], keys: Keys, note: Note) -> None:
    """Whatever is named must be declared; nothing named is fine."""
    if word and word not in words:
        message = f"`{keys[-1]}` in {shown(keys[:-1])} names `{word}`, which is not declared"
        if keys[-1] in {"normalise", "group"}:
            message = f"`{keys[-1]}` in {shown(keys[:-1])} cannot be `{word}`"
        note(keys, message + did_you_mean(word, words))


def small_name(keys: Keys, note: Note) -> None:
    """A name that goes into masks, addresses and code is short and plain."""
    if not _CODE.fullmatch(keys[-1]):
        message = f"`{keys[-1]}` must be a small_name: a to z, 0 to 9 and _, at most 63 letters"
        note(keys, message)


def positive(keys: Keys, note: Note) -> None:
    """No field may mean "I do not want": a yes must be the only way to say yes."""
    if _NEGATIVE_CODE.search(keys[-1]):
        message = f"`{keys[-1]}` says what is not wanted; name what happens after a yes instead"
        note(keys, message)


def span(text: str, keys: Keys, note: Note) -> None:
    """A span of time is one of days, weeks, months, years, and longer than nothing."""
    if not days_of(text):
        message = f"`{text}` is no span of time; write P90D, P12W, P25M or P10Y"
        note(keys, f"`{keys[-1]}` in {shown(keys[:-1])}: {message}")
