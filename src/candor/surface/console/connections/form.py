"""The form of a connection: from a kind and a configuration to its fields, and back. Pure.

Fields: `code`, `name`, `vendor`, `source`, `removal`, `at_once`, `per_minute`; `way-out`, `way-in`;
`purpose-CODE`; `set-NAME` of a setting, `secret-NAME`; of line N of the mapping `there-N`,
`ours-N` (`attribute:city`), `way-N`, `for-N`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from candor.domain.catalogue.model import InForce
from candor.domain.connections.errors import BadConnection, BadMapping
from candor.domain.connections.model.connection import (
    Connection,
    Direction,
    Field,
    Removal,
    What,
)
from candor.domain.connections.model.talk import Kind, Setting, Spec
from candor.domain.connections.service.connecting import Wanted
from candor.domain.governance.model import Vendor
from candor.surface.console import words
from candor.surface.console.connections.views import Entry, FormPage, Row
from candor.surface.console.views import Option

MOST_ROWS: Final = 40  # a form takes 200 fields; more lines than this go by a file
_MORE: Final = 5
_FIRST: Final = 6
_KEY: Final = "key"
_KEY_BOTH: Final = "key_both"
_WAYS: Final = (
    Option(Direction.OUT, "they are told"),
    Option(Direction.IN, "they are heard"),
    Option(Direction.BOTH, "both ways"),
    Option(_KEY, "finds the person"),
    Option(_KEY_BOTH, "finds the person, both ways"),
)
_REMOVALS: Final = (
    Option(Removal.REMOVE, "the person is removed there"),
    Option(Removal.CLEAR, "what it holds is emptied, the record stays"),
)
_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "text",
    Kind.URL: "url",
    Kind.NUMBER: "number",
    Kind.CHOICE: "select",
    Kind.SWITCH: "check",
    Kind.LONG: "area",
}
_LONGEST_NUMBER: Final = 9


@dataclass(frozen=True, slots=True)
class Values:
    """What stands in the fields. Secrets are never among them."""

    fields: Mapping[str, str]
    rows: tuple[Row, ...]


def starting(spec: Spec, own: Connection | None = None) -> Values:
    """Return what a form begins with: a configuration, or what its kind suggests."""
    mapping = own.mapping if own else spec.suggested
    rows = [_row(number, one) for number, one in enumerate(mapping)]
    fields = {f"set-{one.name}": one.default for one in spec.settings if not one.is_secret} | (
        {f"way-{way}": "yes" for way in spec.directions} if own is None else {}
    )
    if own is not None:
        fields |= {f"set-{name}": text for name, text in own.settings.items()}
        fields |= {f"way-{way}": "yes" for way in own.directions}
        fields |= {f"purpose-{code}": "yes" for code in own.purposes}
        fields |= {
            "name": own.name,
            "vendor": str(own.vendor_id or ""),
            "source": own.source or "",
            "removal": own.removal,
            "at_once": str(own.at_once),
            "per_minute": str(own.per_minute or ""),
        }
    return Values(fields, _filled_up(rows, 0 if own else _FIRST))


def typed(fields: Mapping[str, str], *, more: bool = False) -> Values:
    """Return what somebody typed, perhaps with more empty lines; secrets are left out."""
    rows = [
        Row(
            number,
            fields.get(f"there-{number}", ""),
            fields.get(f"ours-{number}", ""),
            fields.get(f"way-{number}", Direction.OUT),
            fields.get(f"for-{number}", ""),
        )
        for number in range(MOST_ROWS)
        if f"there-{number}" in fields
    ]
    kept = {name: text for name, text in fields.items() if not name.startswith("secret-")}
    return Values(kept, _filled_up(rows, len(rows) + _MORE if more else 0))


def _filled_up(rows: Sequence[Row], at_least: int) -> tuple[Row, ...]:
    wanted = min(max(at_least, len(rows) + 1), MOST_ROWS)
    return (*rows, *(Row(number) for number in range(len(rows), wanted)))


def _row(number: int, one: Field) -> Row:
    way: str = one.direction
    if one.is_key:
        way = _KEY if one.direction is Direction.OUT else _KEY_BOTH
    return Row(number, one.there, f"{one.what}:{one.name}", way, ", ".join(one.purposes))


def read(fields: Mapping[str, str], spec: Spec, known: Mapping[str, Vendor]) -> Wanted:
    """Return the configuration that was typed.

    Raises:
        BadConnection, BadMapping: a field holds nothing that is known.
    """
    ids = {str(one.vendor_id): one.vendor_id for one in known.values()}
    vendor = fields.get("vendor", "")
    if vendor and vendor not in ids:
        message = "There is no such vendor, or it was off-boarded."
        raise BadConnection(message)
    removal = fields.get("removal", Removal.REMOVE)
    if removal not in set(Removal):
        message = "Say what happens there when no purpose is left."
        raise BadConnection(message)
    return Wanted(
        name=fields.get("name", ""),
        adapter=spec.kind,
        directions=frozenset(
            way for way in (Direction.OUT, Direction.IN) if fields.get(f"way-{way}") == "yes"
        ),
        purposes=tuple(_ticked(fields, "purpose-")),
        mapping=tuple(_mapping(fields)),
        settings=_settings(fields, spec),
        secrets={
            one.name: text for one in spec.secrets if (text := fields.get(f"secret-{one.name}"))
        },
        vendor_id=ids.get(vendor),
        source=fields.get("source") or None,
        removal=Removal(removal),
        at_once=_number(fields, "at_once"),
        per_minute=_number(fields, "per_minute"),
    )


def _ticked(fields: Mapping[str, str], prefix: str) -> list[str]:
    return [
        name.removeprefix(prefix)
        for name, text in fields.items()
        if name.startswith(prefix) and text == "yes"
    ]


def _settings(fields: Mapping[str, str], spec: Spec) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in spec.settings:
        if one.is_secret:
            continue
        text = fields.get(f"set-{one.name}", "").strip()
        if one.kind is Kind.SWITCH:
            text = "yes" if text == "yes" else "no"
        if text:
            found[one.name] = text
    return found


def _mapping(fields: Mapping[str, str]) -> list[Field]:
    found: list[Field] = []
    for number in range(MOST_ROWS):
        there = fields.get(f"there-{number}", "").strip()
        if not there:
            continue
        what, _, name = fields.get(f"ours-{number}", "").partition(":")
        if what not in set(What):
            message = f"Field {there!r}: choose what of ours it is."
            raise BadMapping(message)
        found.append(_field(fields, number, there, What(what), name))
    return found


def _field(fields: Mapping[str, str], number: int, there: str, what: What, name: str) -> Field:
    way = fields.get(f"way-{number}", Direction.OUT)
    ways = {_KEY: Direction.OUT, _KEY_BOTH: Direction.BOTH}
    if way not in ways and way not in set(Direction):
        message = f"Field {there!r}: choose which way it goes."
        raise BadMapping(message)
    purposes = [code.strip() for code in fields.get(f"for-{number}", "").split(",")]
    return Field(
        there=there,
        what=what,
        name=name,
        purposes=tuple(code for code in purposes if code),
        direction=ways.get(way) or Direction(way),
        is_key=way in ways,
    )


def _number(fields: Mapping[str, str], name: str) -> int | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        message = "People at once and calls per minute are whole numbers."
        raise BadConnection(message)
    return int(text) or None


def form_page(
    spec: Spec,
    values: Values,
    in_force: InForce,
    vendors: Sequence[Vendor],
    *,
    title: str,
    back_url: str,
    post_url: str,
    csrf_token: str,
    is_new: bool,
    error: str | None,
) -> FormPage:
    """Return the form."""
    fields = values.fields
    return FormPage(
        title=title,
        eyebrow=spec.about,
        back_url=back_url,
        post_url=post_url,
        csrf_token=csrf_token,
        button="Add it, a draft" if is_new else "Change it",
        about=_about(spec, fields, in_force, vendors, is_new=is_new),
        directions=tuple(
            Entry(f"way-{way}", label, fields.get(f"way-{way}", ""), type="check")
            for way, label in ((Direction.OUT, "It is told"), (Direction.IN, "It is heard"))
            if way in spec.directions
        ),
        purposes=tuple(
            Entry(
                f"purpose-{one.code}",
                f"{words.purpose(one.code).capitalize()} ({one.code})",
                fields.get(f"purpose-{one.code}", ""),
                type="check",
            )
            for one in in_force.document.purposes
        ),
        settings=tuple(
            _setting(one, fields.get(f"set-{one.name}", ""))
            for one in spec.settings
            if not one.is_secret
        ),
        secrets=tuple(
            Entry(
                f"secret-{one.name}",
                one.title,
                hint=one.hint,
                type="area" if one.kind is Kind.LONG else "password",
            )
            for one in spec.secrets
        ),
        rows=values.rows,
        ours=_ours(in_force),
        ways=_WAYS,
        effects=()
        if is_new
        else ("When what goes there changes, everybody is compared with it anew.",),
        error=error,
    )


def _about(
    spec: Spec,
    fields: Mapping[str, str],
    in_force: InForce,
    vendors: Sequence[Vendor],
    *,
    is_new: bool,
) -> tuple[Entry, ...]:
    limit = spec.per_minute or "no limit"
    code = Entry(
        "code",
        "Code",
        fields.get("code", ""),
        "For addresses and commands: small letters, digits and _. It stays for ever.",
        is_required=True,
    )
    return (
        *((code,) if is_new else ()),
        Entry("name", "Name", fields.get("name", ""), "As people read it.", is_required=True),
        Entry(
            "vendor",
            "Whose system it is",
            fields.get("vendor", ""),
            "Nothing goes to a vendor whose contract or certificate has lapsed.",
            "select",
            tuple(Option(str(one.vendor_id), one.name) for one in vendors),
            empty="Our own",
        ),
        Entry(
            "source",
            "It is heard as the source",
            fields.get("source", ""),
            "How far its facts are trusted is declared in the catalogue.",
            "select",
            tuple(Option(one.code, one.title) for one in in_force.document.sources),
            empty="None: it is not heard about facts",
        ),
        Entry(
            "removal",
            "When no purpose is left",
            fields.get("removal", Removal.REMOVE),
            type="select",
            options=_REMOVALS,
        ),
        Entry(
            "at_once",
            "People per call at most",
            fields.get("at_once", ""),
            f"Empty: {spec.at_once}.",
            "number",
        ),
        Entry(
            "per_minute",
            "Calls per minute at most",
            fields.get("per_minute", ""),
            f"Empty: {limit}.",
            "number",
        ),
    )


def _setting(one: Setting, value: str) -> Entry:
    return Entry(
        f"set-{one.name}",
        one.title,
        value,
        one.hint,
        _TYPES[one.kind],
        tuple(Option(choice, choice) for choice in one.choices),
        is_required=one.is_required,
        empty=None if one.is_required else "–",
        part=one.part,
    )


def _ours(in_force: InForce) -> tuple[Option, ...]:
    """Return all that a field may be: what the catalogue declares."""
    document = in_force.document
    return (
        *(Option(f"identifier:{one.kind}", one.title) for one in document.identifiers),
        *(Option(f"attribute:{one.code}", one.title) for one in document.attributes),
        *(
            Option(f"purpose:{one.code}", f"Whether “{words.purpose(one.code)}” is allowed")
            for one in document.purposes
        ),
        *(
            Option(
                f"topic:{topic}/{channel}",
                f"Whether “{words.plain(topic)}” may come by {words.plain(channel)}",
            )
            for topic in in_force.topics
            for channel in in_force.channels
        ),
    )
