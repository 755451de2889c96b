"""Fills the page of purchases and activity. Opens personal details: they are the customer's."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from candor.domain.catalogue.model import Event, InForce, Property, ValueType
from candor.domain.collect.service.read import Happened, Kept
from candor.infra.web.reading import Reader, declared
from candor.infra.web.reading import translate as _
from candor.infra.web.reading import translate_many as ngettext
from candor.kernel.units import MINOR_PER_MAJOR
from candor.surface.portal import words
from candor.surface.portal.activity.views import Activity, ActivityDay, ActivityPage
from candor.surface.portal.views import Pager

Line = tuple[str, tuple[str, ...]]

_NAMED: Final = 3  # kinds of goods that the first line names


def fill(
    events: Sequence[Happened], kept: Kept, in_force: InForce, reader: Reader, pager: Pager
) -> ActivityPage:
    """Return the page, for use inside `reading`."""
    zone = ZoneInfo(reader.zone)
    days: dict[date, list[Activity]] = {}
    for happened in events:
        day = happened.row.occurred_at.astimezone(zone).date()
        days.setdefault(day, []).append(_activity(happened, in_force))
    return ActivityPage(
        total=kept.events,
        since=kept.since,
        days=tuple(ActivityDay(day, tuple(items)) for day, items in days.items()),
        pager=pager,
    )


def _activity(happened: Happened, in_force: InForce) -> Activity:
    row = happened.row
    event = in_force.events_by_id.get(row.event_type_id)
    values: dict[str, Any] = dict(row.properties)
    if happened.personal is not None:
        values |= happened.personal.reveal()
    amount, currency = _amount(event, values)
    return Activity(
        at=row.occurred_at,
        title=declared(event.title) if event else str(_("Something that we no longer record")),
        source=words.source(in_force, row.source_id),
        details=_summary(event, values),
        kept_for=words.purposes(in_force, row.purposes),
        lines=tuple(_lines(event, values)),
        amount_minor=amount,
        currency=currency,
    )


def _amount(event: Event | None, values: Mapping[str, Any]) -> tuple[int | None, str | None]:
    """Return the declared amount in hundredths, where its currency is known too."""
    number, currency = values.get(event.amount if event else ""), values.get("currency")
    if isinstance(number, int | float) and isinstance(currency, str):
        return round(number * MINOR_PER_MAJOR), currency
    return None, None


def _summary(event: Event | None, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the first line: what it was about, by the property that the catalogue counts."""
    listed, _dot, name = (event.favourite if event else "").partition(".")
    if not name:
        return (declared(str(values[listed])),) if listed and listed in values else ()
    kinds = Counter(
        str(item[name]) for item in _objects(values.get(listed)) if item.get(name) is not None
    )
    named = [declared(kind) for kind, _n in kinds.most_common(_NAMED)]
    rest = len(kinds) - len(named)
    if rest:
        named.append(str(ngettext("%(n)s more kind", "%(n)s more kinds", rest, n=rest)))
    return tuple(named)


def _lines(event: Event | None, values: Mapping[str, Any]) -> Iterator[Line]:
    """Yield everything that is kept, name by name; a list of things is one line with its items."""
    properties = {p.name: p for p in event.properties} if event else {}
    for name, given in values.items():
        objects = _objects(given)
        if objects:
            items = {p.name: p for p in properties[name].items} if name in properties else {}
            yield (
                _name(name),
                tuple(
                    "; ".join(_pair(items, part, item[part]) for part in item)
                    for item in objects
                ),
            )
        else:
            yield _name(name), (_value(properties.get(name), given),)


def _pair(items: Mapping[str, Property], name: str, given: object) -> str:
    return f"{_name(name)}: {_value(items.get(name), given)}"


def _value(declared_as: Property | None, given: object) -> str:
    return words.value(declared_as.type if declared_as else ValueType.TEXT, given)


def _name(name: str) -> str:
    """Return the name of a property as words: "order_id" is "Order id"."""
    return declared(name.replace("_", " ").capitalize())


def _objects(given: object) -> list[dict[str, Any]]:
    """Return the objects of a list of objects; none for anything else."""
    if not isinstance(given, list):
        return []
    items = cast("list[object]", given)
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]
