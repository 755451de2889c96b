"""Finding many words in much text at once (Aho-Corasick), whole words only."""

import re
from collections.abc import Iterable
from typing import Any, Final, Generic, TypeVar, cast

import ahocorasick

_JOINERS: Final = frozenset("._+-@%'")
# A line break or tab as JSON spells it, and what COPY begins bytes with: a letter to whoever looks
# at the signs alone.
_BREAKS: Final = re.compile(r"\\+[bfnrtvx]")

Owner = TypeVar("Owner")


class Finder(Generic[Owner]):
    """Knows words and whose they are; finds them in text, whatever their case."""

    def __init__(self, words: Iterable[tuple[str, Owner]]) -> None:
        """Take the words."""
        owners: dict[str, set[Owner]] = {}
        for word, owner in words:
            if word:
                owners.setdefault(word.lower(), set()).add(owner)
        self._owners = owners
        # A C library without types: nothing of it is visible outside this class.
        automaton: Any = cast("Any", ahocorasick).Automaton()
        for word in owners:
            automaton.add_word(word, word)
        automaton.make_automaton()
        self._automaton = automaton

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to find."""
        return not self._owners

    def found(self, text: str) -> set[Owner]:
        """Return whose words stand in a text as wholes.

        `ann@example.org` does not stand in `joann@example.org` or `ann@example.org.uk`, and does
        in "Write to ann@example.org.".
        """
        if self.is_empty:
            return set()
        plain = _BREAKS.sub(" ", text).lower()
        hits: set[Owner] = set()
        for last, name in cast("Iterable[tuple[int, str]]", self._automaton.iter(plain)):
            if _is_whole(plain, last + 1 - len(name), last + 1):
                hits |= self._owners[name]
        return hits


def _is_whole(text: str, begin: int, end: int) -> bool:
    return not _goes_on(text, begin - 1, -1) and not _goes_on(text, end, 1)


def _goes_on(text: str, place: int, step: int) -> bool:
    """Tell whether a word goes on at a place: there is a letter, or a joiner and then one."""
    if not 0 <= place < len(text):
        return False
    if text[place].isalnum():
        return True
    beyond = place + step
    return text[place] in _JOINERS and 0 <= beyond < len(text) and text[beyond].isalnum()
