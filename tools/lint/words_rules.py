"""Rules on words: the project speaks of Candor, not of how it was written."""

import re
from collections.abc import Iterator
from typing import Final

from tools.lint.source import Finding, Source

# The first letter of each in brackets, so that this list does not find itself.
_PHRASES: Final = (
    r"\b[s]ubagents?\b",
    r"\b[i]ssue #?\d+",
    r"\b(?:[c]oding|[p]revious|[e]arlier|[o]ther|[w]orking) sessions?\b",
    r"\b[c]opilot\b",
    r"\b[c]laude\b",
    r"\b[c]hatgpt\b",
    r"\b[l]anguage model\b",
    r"/[w]ork/(?:main|shared)\b",
    r"/[t]mp/scratch\b",
    r"\b[s]hared/design\b",
    r"\b(?:[f]eatures|[a]nchors|[p]roduct|[b]enchmarks)\.md\b",
)
_WORDS: Final = re.compile("|".join(_PHRASES), re.IGNORECASE)


def words_of_the_project(source: Source) -> Iterator[Finding]:
    """Nothing in the project tells of the workplace in which it was written.

    The harm: a reader a year on follows a name that leads nowhere.
    """
    for found in _WORDS.finditer(source.text):
        yield source.finding(
            source.line_of(found.start()), "words-of-the-project", f"'{found.group()}'"
        )
