"""Rows of a file: CSV that is safe to open in a spreadsheet, or JSON Lines.

CSV by RFC 4180, UTF-8, with the names of the mapping in its first line. A text that a spreadsheet
would take for a formula gets an apostrophe before it (`kernel.cells`), which is taken off again
when such a file comes back; JSON Lines changes nothing.

Of a row that comes in: the columns of the mapping, and `changed_at` (RFC 3339), when that was so.
A missing or empty column says nothing. A choice that is no plain yes is a no.
"""

import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from candor.domain.connections.adapters.drop.spec import CSV
from candor.domain.connections.errors import BadMessage
from candor.domain.connections.model.composing import Desired
from candor.domain.connections.model.connection import Field
from candor.domain.connections.model.file import BadRow, Read
from candor.domain.connections.model.talk import Heard, Value
from candor.kernel.cells import plain, safe
from candor.kernel.pii import Pii

CHANGED_AT: Final = "changed_at"
_YES: Final = frozenset({"true", "1", "yes", "y", "ja", "oui", "si", "sí", "sim", "tak", "да"})
_LONGEST_ROW: Final = 64 * 1024
_DECODERS: Final = msgspec.json.Decoder(dict[str, Any])


def names_of(mapping: Sequence[Field]) -> list[str]:
    """Return the columns of a file that goes out."""
    return [one.there for one in mapping if one.is_out or one.is_key]


def head(form: str, mapping: Sequence[Field]) -> bytes:
    """Return how a file begins."""
    return _csv([names_of(mapping)]) if form == CSV else b""


def rows(form: str, mapping: Sequence[Field], people: Sequence[Desired]) -> bytes:
    """Return people as rows. Here what is known of them becomes bytes."""
    told = [_told(one) for one in people]
    if form != CSV:
        return b"".join(msgspec.json.encode(one) + b"\n" for one in told)
    names = names_of(mapping)
    return _csv([[_cell(one.get(name)) for name in names] for one in told])


def _told(one: Desired) -> dict[str, Value]:
    facts = {there: value.reveal() for there, value in one.facts.items()}
    keys = {there: value.reveal() for there, value in one.keys.items()}
    return {**keys, **facts, **one.choices}


def _cell(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return safe(value)
        case _:
            return str(value)


def _csv(lines: Sequence[Sequence[str]]) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target).writerows(lines)
    return target.getvalue().encode()


# ------------------------------------------------------------------ in
async def read(
    form: str, mapping: Sequence[Field], content: AsyncIterator[bytes]
) -> AsyncGenerator[Read]:
    """Yield what each row says.

    Raises:
        BadMessage: this is no such file: no column that finds anybody, not UTF-8, endless rows.
    """
    keys = [one.there for one in mapping if one.is_key]
    names: list[str] | None = None
    async for row in _records(content, is_csv=form == CSV):
        if form != CSV:
            yield _heard(_object(row), mapping)
            continue
        cells = _cells(row)
        if cells is None:
            yield BadRow("row_not_csv")
        elif names is None:
            names = [cell.strip().removeprefix("\ufeff") for cell in cells]
            if not set(keys) & set(names) or len(names) != len(set(names)):
                raise BadMessage
        elif cells:
            yield _heard(_object_of(names, cells), mapping)


def _cells(row: str) -> list[str] | None:
    """Return the cells of a record; None: it is none."""
    try:
        return next(csv.reader([row], strict=True))
    except (csv.Error, StopIteration):
        return None


def _object(row: str) -> Mapping[str, Any] | BadRow:
    try:
        return _DECODERS.decode(row)
    except msgspec.DecodeError:
        return BadRow("row_not_json")


def _object_of(names: Sequence[str], cells: Sequence[str]) -> Mapping[str, Any] | BadRow:
    if len(cells) != len(names):
        return BadRow("row_wrong_length")
    return {name: plain(cell) for name, cell in zip(names, cells, strict=True) if cell.strip()}


def _heard(said: Mapping[str, Any] | BadRow, mapping: Sequence[Field]) -> Read:
    if isinstance(said, BadRow):
        return said
    known = {
        one: said[one.there]
        for one in mapping
        if isinstance(said.get(one.there, ()), str | int | float | bool | None)
    }
    keys = {
        one.there: Pii(str(value))
        for one, value in known.items()
        if one.is_key and not _is_empty(value)
    }
    if not keys:
        return BadRow("row_without_key")
    choices = {
        one.there: _is_yes(value)
        for one, value in known.items()
        if one.is_choice and not _is_empty(value)
    }
    facts: dict[str, Pii[Value]] = {
        one.there: Pii(value)
        for one, value in known.items()
        if one.is_in and not one.is_choice and not one.is_key
    }
    at = _instant(said.get(CHANGED_AT))
    if CHANGED_AT in said and at is None:
        return BadRow("row_bad_time")
    chosen_at = dict.fromkeys(choices, at) if at is not None else {}
    return Heard(keys=keys, facts=facts, choices=choices, chosen_at=chosen_at, changed_at=at)


def _is_empty(value: Value) -> bool:
    return value is None or value == ""


def _is_yes(value: Value) -> bool:
    return value is True or str(value).strip().lower() in _YES


def _instant(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


async def _records(content: AsyncIterator[bytes], *, is_csv: bool) -> AsyncGenerator[str]:
    """Yield records: lines, but of CSV what stands between quotes may hold ends of lines.

    Raises:
        BadMessage: not UTF-8, or a record without end.
    """
    # Each line is looked at once: a record of many short ones must not cost their square.
    left, size, is_open = list[str](), 0, False
    async for line in _lines(content):
        left.append(line)
        size += len(line)
        if size > _LONGEST_ROW:
            raise BadMessage
        is_open ^= is_csv and line.count('"') % 2 == 1
        if is_open:
            continue
        record = "".join(left)
        if record.strip():
            yield record
        left, size = [], 0
    if left:
        raise BadMessage  # a quote that was never closed


async def _lines(content: AsyncIterator[bytes]) -> AsyncGenerator[str]:
    left = b""
    async for some in content:
        left += some
        *whole, left = left.split(b"\n")
        for line in whole:
            yield _text(line) + "\n"
        if len(left) > _LONGEST_ROW:
            raise BadMessage
    if left:
        yield _text(left)


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise BadMessage from None
