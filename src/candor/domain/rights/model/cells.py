"""Cells of a CSV that no spreadsheet takes for a formula (OWASP, CSV Injection; CWE-1236).

A text that begins like a formula gets an apostrophe before it, which spreadsheets take for "this is
text". So that the text can be read back, one that begins with apostrophes before such a sign gets
one more. `plain` undoes exactly what `safe` does.
"""

import re
from typing import Final

# What begins a formula in some spreadsheet; the fullwidth forms count in Japanese ones. Spaces
# before it are skipped by some.
_FORMULA: Final = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")  # noqa: RUF001 - meant
_MADE_SAFE: Final = re.compile(r"''*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")  # noqa: RUF001 - meant


def safe(text: str) -> str:
    """Return a text as it stands in a cell."""
    return f"'{text}" if _FORMULA.match(text) else text


def plain(cell: str) -> str:
    """Return the text of a cell."""
    return cell[1:] if _MADE_SAFE.match(cell) else cell
