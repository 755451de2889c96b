"""Tables of an archive as CSV (RFC 4180), for spreadsheets and other programs.

UTF-8 with a byte order mark: without it the most common spreadsheet reads names wrongly, and other
readers know it (`utf-8-sig`). Texts are safe from being taken for formulas (`kernel.cells`);
numbers stand as they are. Lists of codes are joined by "; ", anything deeper is JSON.
"""

import csv
import io
from typing import Any, Final, cast

import msgspec

from candor.domain.rights.service.export.rows import Plain
from candor.infra.holder import Column, Exported, Kind
from candor.kernel.cells import safe

BEGIN: Final = b"\xef\xbb\xbf"
_LISTS: Final = frozenset({Kind.CODES, Kind.PURPOSES})


def header(table: Exported) -> bytes:
    """Return the beginning of a file: the mark, and the names of the columns."""
    return BEGIN + _written([[column.name for column in table.columns]])


def lines(table: Exported, rows: list[Plain]) -> bytes:
    """Return rows as lines."""
    return _written([[cell(row.get(c.name), c) for c in table.columns] for row in rows])


def cell(value: Any, column: Column) -> str:  # noqa: ANN401 - whatever JSON has
    """Return a value as it stands in a cell; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, list) and column.kind in _LISTS:
        return safe("; ".join(str(one) for one in cast("list[Any]", value)))
    return safe(msgspec.json.encode(value).decode())


def _written(table: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue().encode()
