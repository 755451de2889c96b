"""What a customer types, read as the type that the catalogue declares; and the field for it."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.numbers import NumberFormatError, parse_decimal

from candor.domain.catalogue.model import Attribute
from candor.infra.web import reading
from candor.infra.web.reading import country_name, country_names, declared, show_number
from candor.infra.web.reading import translate as _
from candor.kernel.pii import Pii
from candor.kernel.values import ValueType
from candor.surface.portal.facts.views import AnswerField, Option

YES: Final = "yes"
NO: Final = "no"
_COUNTRY: Final = "country"  # by the convention of the demo's catalogue
_JOINERS: Final = frozenset("\u200c\u200d")  # belong to words of some scripts
_LONGEST: Final = 4_000


def typed(  # noqa: C901 - one case per type
    attribute: Attribute, text: str
) -> Pii[Any] | None:
    """Return what somebody typed as a value of the declared type, or None where it is none.

    For use inside `reading`: numbers are read as the reader writes them.
    """
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST or not _is_writing(text):
        return None
    if attribute.code == _COUNTRY and attribute.type is ValueType.TEXT:
        return Pii(text) if country_name(text) else None
    match attribute.type:
        case ValueType.TEXT | ValueType.ENUM | ValueType.DATE:
            return Pii(text)
        case ValueType.LIST:
            return None  # the catalogue refuses attributes that are lists
        case ValueType.BOOLEAN:
            return Pii(text == YES) if text in {YES, NO} else None
        case ValueType.TIME:
            return _moment(text)
        case ValueType.INTEGER:
            number = _number(text)
            return Pii(int(number)) if number is not None and number.is_integer() else None
        case ValueType.NUMBER:
            number = _number(text)
            return None if number is None else Pii(number)


def field_for(  # noqa: C901 - one case per type
    attribute: Attribute, value: object, *, typed_text: str | None = None
) -> AnswerField:
    """Return the field for an answer, with what stands there now. For use inside `reading`.

    Args:
        attribute: what is asked for.
        value: the answer that counts now, or None.
        typed_text: what the customer typed, when that was wrong: it stays in the field.

    Returns:
        the field; its error says what to do.
    """
    error = None if typed_text is None else _says(attribute)
    shown = typed_text if typed_text is not None else _shown(attribute, value)
    match attribute.type:
        case ValueType.ENUM:
            options = tuple(Option(one, declared(one)) for one in attribute.values)
            return AnswerField("select", shown, options, error=error)
        case ValueType.BOOLEAN:
            options = (Option(YES, str(_("yes"))), Option(NO, str(_("no"))))
            return AnswerField("select", shown, options, error=error)
        case ValueType.DATE:
            return AnswerField("date", shown, error=error)
        case ValueType.TIME:
            return AnswerField("datetime-local", shown, error=error)
        case ValueType.INTEGER:
            return AnswerField("text", shown, error=error, inputmode="numeric")
        case ValueType.NUMBER:
            return AnswerField("text", shown, error=error, inputmode="decimal")
        case ValueType.TEXT | ValueType.LIST:
            if attribute.code == _COUNTRY:
                options = tuple(Option(code, name) for code, name in country_names())
                return AnswerField("select", shown, options, error=error)
            return AnswerField("text", shown, error=error)


def _says(attribute: Attribute) -> str:
    """Return what an answer must be, as something to do."""
    match attribute.type:
        case ValueType.ENUM | ValueType.BOOLEAN:
            return str(_("Choose one of the answers in the list."))
        case ValueType.DATE:
            return str(_("Write a day, month and year that exist."))
        case ValueType.TIME:
            return str(_("Write a day and an hour that exist."))
        case ValueType.INTEGER:
            return str(_("Write a whole number, in figures."))
        case ValueType.NUMBER:
            return str(_("Write a number, in figures."))
        case ValueType.TEXT | ValueType.LIST:
            if attribute.code == _COUNTRY:
                return str(_("Choose one of the answers in the list."))
            return str(
                _(
                    "Write at most %(n)s letters, and no number of a payment card: we do not"
                    " keep those.",
                    n=show_number(attribute.max_length),
                )
            )


def _shown(attribute: Attribute, value: object) -> str:
    """Return a value as its field holds it."""
    match value:
        case None:
            return ""
        case bool():
            return YES if value else NO
        case int() | float():
            return show_number(value)
        case str() if attribute.type is ValueType.TIME:
            return _local(value)
        case _:
            return str(value)


def _local(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return ""
    zoned = at.astimezone(ZoneInfo(reading.current().zone)) if at.tzinfo else at
    return zoned.strftime("%Y-%m-%dT%H:%M")


def _moment(text: str) -> Pii[Any] | None:
    """Return a moment of the reader's time zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    zoned = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(reading.current().zone))
    return Pii(zoned.isoformat())


def _number(text: str) -> float | None:
    try:
        return float(parse_decimal(text, locale=reading.current().locale, strict=True))
    except NumberFormatError:
        return None


def _is_writing(text: str) -> bool:
    """Tell whether a text holds nothing but what people write: no signs that steer a machine."""
    return all(sign.isprintable() or sign in _JOINERS for sign in text)
