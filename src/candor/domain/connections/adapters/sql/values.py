"""Our values in their columns, and their columns as our values. The type of the column decides."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from candor.domain.connections.model.talk import Value

_YES: Final = frozenset({"1", "t", "true", "y", "yes", "on", "j", "ja", "s", "sim", "tak"})
_EXACT: Final = 2**53


class Family(StrEnum):
    """What a column keeps, as far as it matters."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    TIME = "time"  # an instant
    OTHER = "other"  # dates, JSON, UUIDs: their text


@dataclass(frozen=True, slots=True)
class Column:
    """A column of theirs."""

    name: str
    family: Family
    is_nullable: bool
    length: int | None = None  # of a text
    precision: int | None = None  # digits of a second, of a time
    type: str = ""


class DoesNotFit(Exception):
    """This value cannot stand in this column."""


def bound(column: Column, value: Value) -> object:
    """Return a value as it is handed to the driver.

    Raises:
        DoesNotFit: a text in a column of numbers, and the like.
    """
    if value is None:
        return None
    match column.family:
        case Family.BOOLEAN:
            return _boolean(column, value)
        case Family.INTEGER:
            return _integer(value)
        case Family.NUMBER:
            return _number(value)
        case Family.TIME:
            return _instant(str(value))
        case Family.TEXT | Family.OTHER if isinstance(value, bool):
            return answered(column, answer=value)
        case _:
            text = str(value)
            if "\x00" in text:
                raise DoesNotFit
            return text


def answered(column: Column, *, answer: bool) -> object:
    """Return a yes or no as it stands in a column."""
    match column.family:
        case Family.BOOLEAN:
            return _boolean(column, answer)
        case Family.INTEGER | Family.NUMBER:
            return int(answer)
        case _ if column.length is not None and column.length < len("yes"):
            return "Y" if answer else "N"
        case _:
            return "yes" if answer else "no"


def answer(text: str | None) -> bool | None:
    """Return what a column says of a choice; None: nothing. What is no yes is a no."""
    return None if text is None else text.strip().lower() in _YES


def heard(column: Column, text: str | None) -> Value:
    """Return what a column holds, from its text."""
    if text is None:
        return None
    try:
        match column.family:
            case Family.BOOLEAN:
                return answer(text)
            case Family.INTEGER:
                return int(text)
            case Family.NUMBER:
                return _plain(Decimal(text))
            case Family.TIME:
                return instant(text).isoformat()
            case _:
                return text
    except (ValueError, InvalidOperation):
        return text  # such as infinity, or 0000-00-00


def instant(text: str) -> datetime:
    """Return an instant; one without an offset is in UTC, which the session is set to.

    Raises:
        ValueError: it is none.
    """
    found = datetime.fromisoformat(_offset(text.strip()))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def instant_of(text: str | None) -> datetime | None:
    """Return an instant; None: there is none, or it is none that counts."""
    if not text:
        return None
    try:
        return instant(text)
    except ValueError:
        return None


def is_same(column: Column, text: str | None, wanted: object) -> bool:
    """Tell whether a column holds a value already; unsure: no."""
    if text is None or wanted is None:
        return text is None and wanted is None
    if column.family is Family.BOOLEAN:
        return answer(text) is bool(wanted)
    if column.family is Family.TIME and isinstance(wanted, str):
        try:
            return instant(text) == instant(wanted)
        except ValueError:
            return False
    return text.rstrip() == str(wanted) or str(heard(column, text)) == str(wanted)


def _boolean(column: Column, value: Value) -> object:
    if isinstance(value, bool):
        found = value
    elif isinstance(value, int | float) and value in {0, 1}:
        found = bool(value)
    elif isinstance(value, str) and value.lower() in {*_YES, "0", "f", "false", "n", "no"}:
        found = value.lower() in _YES
    else:
        raise DoesNotFit
    return found if column.type == "boolean" else int(found)


def _integer(value: Value) -> int:
    try:
        number = Decimal(str(int(value) if isinstance(value, bool) else value).strip())
        if number != number.to_integral_value():
            raise DoesNotFit
        return int(number)
    except (InvalidOperation, OverflowError, ValueError):
        raise DoesNotFit from None


def _number(value: Value) -> Decimal:
    try:
        number = Decimal(str(int(value) if isinstance(value, bool) else value).strip())
    except InvalidOperation:
        raise DoesNotFit from None
    if not number.is_finite():
        raise DoesNotFit
    return number


def _instant(text: str) -> str:
    """Return an instant in the form that both kinds of database read, in UTC."""
    try:
        return instant(text).strftime("%Y-%m-%d %H:%M:%S.%f")
    except ValueError:
        raise DoesNotFit from None


def _plain(number: Decimal) -> Value:
    if not number.is_finite():
        return None
    if number == number.to_integral_value():
        return int(number)
    return float(number) if abs(number) < _EXACT else str(number)


def _offset(text: str) -> str:
    """Return a time with its offset as Python 3.11 reads it: PostgreSQL writes +02 for +02:00."""
    return f"{text}:00" if len(text) > 19 and text[-3] in "+-" else text
