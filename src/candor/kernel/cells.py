"""Cells of a CSV that no spreadsheet takes for a formula (OWASP, CSV Injection; CWE-1236).

A text that begins like a formula gets an apostrophe before it, which spreadsheets take for "this is
text". So does what follows a semicolon, a tab or an end of a line within a text: where the list
separator is a semicolon, as in much of Europe, a spreadsheet begins a cell there, whatever stands
in quotes. So that the text can be read back, one that begins with apostrophes before such a sign
gets one more. `plain` undoes exactly what `safe` does.
"""

import re
from typing import Final

# What begins a formula in some spreadsheet; the fullwidth forms count in Japanese ones. Spaces
# before it are skipped by some. Looking ahead ends where the next cell would begin: the time is
# linear in the text.
_SIGNS: Final = r"=+\-@＝＋－＠"  # noqa: RUF001 - meant
_FIRST: Final = rf"(?=[\s']*[\t\r\n{_SIGNS}])"
_INNER: Final = rf"(?=(?:[^\S\t\r\n]|')*[{_SIGNS}])"
_UNSAFE: Final = re.compile(rf"\A{_FIRST}|(?<=[;\t\r\n]){_INNER}")
_MADE_SAFE: Final = re.compile(rf"\A'{_FIRST}|(?<=[;\t\r\n])'{_INNER}")


def safe(text: str) -> str:
    """Return a text as it stands in a cell."""
    return _UNSAFE.sub("'", text)


def plain(cell: str) -> str:
    """Return the text of a cell."""
    return _MADE_SAFE.sub("", cell)
