"""Small facts about text that several slices need."""

import unicodedata
from typing import Final

NUL: Final = "\x00"


def folded(text: str) -> str:
    """Return text for comparing: compatibility-normalised, case-folded, blanks collapsed."""
    if not text.isascii():  # NFKC leaves ASCII as it is
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def initials(name: str) -> str:
    """Return the first letters of a name, for a monogram."""
    return "".join(part[0] for part in name.split()[:2]).upper()
