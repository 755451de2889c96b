"""What a password of staff must be, and why one is refused. Pure.

Length counts, not composition (ASVS 5.0 6.2.1, 6.2.5; NIST SP 800-63B-4, 3.1.1): any character of
Unicode is welcome. Refused is what attackers try first: passwords that were seen in leaks, words
of this company and this person, and what a good guesser (zxcvbn) finds within 10^8 tries.
"""

import unicodedata
from collections.abc import Collection
from enum import StrEnum
from functools import cache
from typing import Any, Final, cast

from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

SHORTEST: Final = 12  # characters; a second factor is always asked as well
LONGEST: Final = 256
ALWAYS_CONTEXT: Final = ("candor", "password", "passwort")
_SHORTEST_WORD: Final = 4  # a shorter word of the context is part of too many others
_GOOD_SCORE: Final = 3  # of 4: more than 10^8 guesses


class Weakness(StrEnum):
    """Why a password is refused."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    CONTEXT = "context"
    GUESSABLE = "guessable"


def normalised(password: str) -> str:
    """Return the one form (NFKC) of a password, however a keyboard puts its signs together."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, context: Collection[str]) -> Weakness | None:
    """Say why a password is not good enough; None: it is. Takes some milliseconds.

    Args:
        password: as it was typed.
        context: the company, the name and the handle of its owner, and their address.
    """
    text = normalised(password)
    if len(text) < SHORTEST:
        return Weakness.SHORT
    if len(password) > LONGEST:
        return Weakness.LONG
    folded = text.casefold()
    if folded in _leaked():
        return Weakness.COMMON
    words = context_words(context)
    if any(word in folded for word in words):
        return Weakness.CONTEXT
    found = cast("dict[str, Any]", zxcvbn(text, user_inputs=sorted(words)))
    return None if int(found["score"]) >= _GOOD_SCORE else Weakness.GUESSABLE


def context_words(context: Collection[str]) -> frozenset[str]:
    """Return the words that no password may contain (ASVS 5.0 6.1.2)."""
    text = " ".join((*ALWAYS_CONTEXT, *context)).casefold()
    words = "".join(sign if sign.isalnum() else " " for sign in normalised(text)).split()
    return frozenset(word for word in words if len(word) >= _SHORTEST_WORD)


@cache
def _leaked() -> frozenset[str]:
    """Return the thirty thousand passwords that leaks hold most often, in lower case."""
    return frozenset(FREQUENCY_LISTS["passwords"])
