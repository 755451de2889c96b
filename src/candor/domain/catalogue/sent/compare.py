"""Comparing one call with what is declared."""

from collections.abc import Iterator, Mapping
from typing import Final

from candor.domain.catalogue.model import Document, Property, ValueType
from candor.domain.catalogue.sent.calls import Call, Items, Literal, Shape, Value
from candor.domain.catalogue.table import did_you_mean
from candor.kernel.redact import is_secret_name

Finding = tuple[int, str]

# The events that other calls are kept as, under the same names as at the door.
_KEPT_AS: Final = {"page": "Page Viewed", "screen": "Screen Viewed", "group": "Group Joined"}
# Segment's own names that carry no fact about a person, or that the door reads itself.
_UNDERSTOOD: Final = frozenset({"id", "userId", "anonymousId"})


class Comparison:
    """The catalogue, made ready for looking names up."""

    def __init__(self, document: Document) -> None:
        """Take a catalogue."""
        self._events: Mapping[str, Mapping[str, Property]] = {
            event.code: {p.name: p for p in event.properties} for event in document.events
        }
        self._traits = {
            *(name for a in document.attributes for name in (a.code, *a.accepts)),
            *(identifier.kind for identifier in document.identifiers),
        }

    def of(self, call: Call) -> Iterator[Finding]:
        """Yield line and message for everything in a call that is not declared."""
        if call.method == "identify":
            if isinstance(call.data, Shape):
                yield from self._of_traits(call.data, "")
            return
        event = _KEPT_AS.get(call.method) or call.event
        if event is None or event == "Segment Consent Preference Updated":
            return
        if event not in self._events:
            hint = did_you_mean(event, self._events)
            yield call.line, f'event "{event}" is not declared{hint}'
            return
        if isinstance(call.data, Shape):
            yield from _of_properties(call.data, event, self._events[event])

    def _of_traits(self, shape: Shape, above: str) -> Iterator[Finding]:
        for key, value in shape.pairs:
            name = f"{above}{key}"
            if name in self._traits or name in _UNDERSTOOD:
                continue
            if isinstance(value, Shape) and not above:
                yield from self._of_traits(value, f"{name}.")
            else:
                yield value.line, _undeclared("trait", name, "", self._traits)


def _of_properties(
    shape: Shape, event: str, known: Mapping[str, Property]
) -> Iterator[Finding]:
    where = f' of "{event}"'
    for key, value in shape.pairs:
        if key not in known:
            yield value.line, _undeclared("property", key, where, known)
        else:
            yield from _of_value(value, event, known[key])
    given = {key for key, _ in shape.pairs}
    for name, declared in known.items():
        if declared.required and name not in given and not shape.is_open:
            yield (
                shape.line,
                f"property `{name}`{where} is missing; without it the event is refused",
            )


def _of_value(value: Value, event: str, declared: Property) -> Iterator[Finding]:
    said = value.value if isinstance(value, Literal) else None
    if declared.values and isinstance(said, str) and said not in declared.values:
        hint = did_you_mean(said, declared.values)
        yield value.line, f'`{declared.name}` of "{event}" cannot be `{said}`{hint}'
    if declared.type is ValueType.LIST and declared.items and isinstance(value, Items):
        items = {item.name: item for item in declared.items}
        for inner in value.values:
            if isinstance(inner, Shape):
                yield from _of_properties(inner, f"{event}, {declared.name}", items)


def _undeclared(
    what: str, name: str, where: str, known: Mapping[str, object] | set[str]
) -> str:
    if is_secret_name(name):
        return f"{what} `{name}`{where} may never be sent: it names a secret"
    return f"{what} `{name}`{where} is not declared{did_you_mean(name, known)}"
