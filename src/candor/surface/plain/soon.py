"""How soon something came after something else, in words. For use inside `reading`."""

from typing import Final

from candor.infra.web.reading import show_number
from candor.infra.web.reading import translate as _
from candor.infra.web.reading import translate_many as ngettext

_AT_ONCE: Final = 0.05  # seconds
_TENTHS_UNTIL: Final = 10.0
_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_FRACTION: Final = 2  # the plural of a fraction, where a language has one of its own


def later(seconds: float) -> str:
    """Return how long after something else came, such as "0.3 seconds later"."""
    if seconds < _AT_ONCE:
        return str(_("at once"))
    if seconds < _TENTHS_UNTIL:
        tenths = round(seconds, 1)
        count = int(tenths) if tenths.is_integer() else _FRACTION
        number = show_number(count if tenths.is_integer() else tenths)
        return str(ngettext("%(n)s second later", "%(n)s seconds later", count, n=number))
    count = round(seconds)
    if count < _MINUTE:
        return str(
            ngettext("%(n)s second later", "%(n)s seconds later", count, n=show_number(count))
        )
    if count < _HOUR:
        count = round(count / _MINUTE)
        return str(
            ngettext("%(n)s minute later", "%(n)s minutes later", count, n=show_number(count))
        )
    if count < _DAY:
        count = round(count / _HOUR)
        return str(
            ngettext("%(n)s hour later", "%(n)s hours later", count, n=show_number(count))
        )
    count = round(count / _DAY)
    return str(ngettext("%(n)s day later", "%(n)s days later", count, n=show_number(count)))
