"""Strings of the IAB Global Privacy Platform (GPP): a header, then one section per jurisdiction.

The sections of the United States differ by small things, so their layouts stand in a table.
Source: IAB Tech Lab, "Global Privacy Platform" and its section specifications; exact layouts as
in the reference library 3.2.0. Where text and library differ about padding (6 bits or 8), both
are read and the library's form is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from candor.domain.consent.errors import Unreadable
from candor.domain.consent.model import tcf
from candor.domain.consent.model.bits import MAX_SIGNS, BitReader, BitWriter
from candor.domain.consent.model.tcf import TCString

TCFEU: Final = 2
USP: Final = 6
USNAT: Final = 7
USCA: Final = 8
_TYPE, _VERSION = 3, 1
_MOST_SECTIONS: Final = 64
_PADDING: Final = (8, 6)  # the library fills up to 8 bits, and then to a whole sign
_GREATEST: Final = (
    2  # of a field: 0 not applicable; notice 1 given; opt-out 1 yes; consent 1 no
)
_COVERED: Final = "MspaCoveredTransaction"


class Second(StrEnum):
    """What may follow the core of a section of the United States."""

    NONE = "none"
    GPC = "gpc"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class Layout:
    """The core of a section: its fields in order, each with how many numbers of 2 bits it has."""

    section_id: int
    name: str
    version: int
    fields: tuple[tuple[str, int], ...]
    second: Second = Second.GPC


@dataclass(frozen=True, slots=True)
class UsSection:
    """A section of the United States. `gpc` is None where it says nothing about it."""

    section_id: int
    version: int
    fields: Mapping[str, tuple[int, ...]]
    gpc: bool | None = None
    sensitive: tuple[int, ...] | None = None

    def says(self, name: str, value: int) -> bool:
        """Tell whether any number of a field has a value; a field it lacks has none."""
        return value in self.fields.get(name, ())


@dataclass(frozen=True, slots=True)
class UspSection:
    """The US Privacy string (CCPA), each sign Y, N or - for not applicable."""

    notice: str
    opted_out: str
    covered: str
    section_id: int = USP


@dataclass(frozen=True, slots=True)
class TcfSection:
    """A TCF string, with the text it came as: it is handed on unchanged."""

    string: TCString
    text: str
    section_id: int = TCFEU


@dataclass(frozen=True, slots=True)
class UnknownSection:
    """A section that is not read here."""

    section_id: int
    text: str


Section = UsSection | UspSection | TcfSection | UnknownSection


@dataclass(frozen=True, slots=True)
class GppString:
    """A decoded string: its sections, ids ascending."""

    sections: tuple[Section, ...] = field(default=())


_MSPA: Final = ((_COVERED, 1), ("MspaOptOutOptionMode", 1), ("MspaServiceProviderMode", 1))
_SENSITIVE_COUNT: Final = 8


def _nation(version: int, sensitive: int, children: int) -> Layout:
    fields = (
        ("SharingNotice", 1),
        ("SaleOptOutNotice", 1),
        ("SharingOptOutNotice", 1),
        ("TargetedAdvertisingOptOutNotice", 1),
        ("SensitiveDataProcessingOptOutNotice", 1),
        ("SensitiveDataLimitUseNotice", 1),
        ("SaleOptOut", 1),
        ("SharingOptOut", 1),
        ("TargetedAdvertisingOptOut", 1),
        ("SensitiveDataProcessing", sensitive),
        ("KnownChildSensitiveDataConsents", children),
        ("PersonalDataConsents", 1),
        *_MSPA,
    )
    return Layout(USNAT, "usnat", version, fields)


def _state(
    section_id: int,
    name: str,
    notice: str,
    sensitive: int,
    children: int,
    *,
    additional: bool = True,
    sensitive_notice: str = "",
    second: Second = Second.GPC,
) -> Layout:
    """Return the layout of a state whose law follows Virginia's."""
    fields = (
        (notice, 1),
        ("SaleOptOutNotice", 1),
        ("TargetedAdvertisingOptOutNotice", 1),
        *(((sensitive_notice, 1),) if sensitive_notice else ()),
        ("SaleOptOut", 1),
        ("TargetedAdvertisingOptOut", 1),
        ("SensitiveDataProcessing", sensitive),
        ("KnownChildSensitiveDataConsents", children),
        *((("AdditionalDataProcessingConsent", 1),) if additional else ()),
        *_MSPA,
    )
    return Layout(section_id, name, 1, fields, second)


def _late_state(
    section_id: int, name: str, *, children: int = 1, second: Second = Second.SENSITIVE
) -> Layout:
    """Return the layout of the states that came last, with the contract's fields in front."""
    fields = (
        (_COVERED, 1),
        ("MspaMode", 1),
        ("ProcessingNotice", 1),
        ("SaleOptOutNotice", 1),
        ("TargetedAdvertisingOptOutNotice", 1),
        ("SaleOptOut", 1),
        ("TargetedAdvertisingOptOut", 1),
        *((("KnownChildSensitiveDataConsents", children),) if children else ()),
        ("AdditionalDataProcessingConsent", 1),
    )
    return Layout(section_id, name, 1, fields, second)


_SHARING, _PROCESSING = "SharingNotice", "ProcessingNotice"
_ALL: Final = (
    _nation(1, 12, 2),
    _nation(2, 16, 3),
    Layout(
        USCA,
        "usca",
        1,
        (
            ("SaleOptOutNotice", 1),
            ("SharingOptOutNotice", 1),
            ("SensitiveDataLimitUseNotice", 1),
            ("SaleOptOut", 1),
            ("SharingOptOut", 1),
            ("SensitiveDataProcessing", 9),
            ("KnownChildSensitiveDataConsents", 2),
            ("PersonalDataConsents", 1),
            *_MSPA,
        ),
    ),
    _state(9, "usva", _SHARING, 8, 1, additional=False, second=Second.NONE),
    _state(10, "usco", _SHARING, 7, 1, additional=False),
    _state(
        11,
        "usut",
        _SHARING,
        8,
        1,
        additional=False,
        sensitive_notice="SensitiveDataProcessingOptOutNotice",
        second=Second.NONE,
    ),
    _state(12, "usct", _SHARING, 8, 3, additional=False),
    _state(13, "usfl", _PROCESSING, 8, 3, second=Second.NONE),
    _state(14, "usmt", _SHARING, 8, 3),
    _state(15, "usor", _PROCESSING, 11, 3),
    _state(16, "ustx", _PROCESSING, 8, 1),
    _state(17, "usde", _PROCESSING, 9, 5),
    _state(
        18,
        "usia",
        _PROCESSING,
        8,
        1,
        additional=False,
        sensitive_notice="SensitiveDataOptOutNotice",
    ),
    _state(19, "usne", _PROCESSING, 8, 1),
    _state(20, "usnh", _PROCESSING, 8, 3),
    _state(21, "usnj", _PROCESSING, 10, 5),
    _state(22, "ustn", _PROCESSING, 8, 1),
    _state(23, "usmn", _PROCESSING, 8, 1),
    _late_state(24, "usmd", children=0, second=Second.GPC),
    _late_state(25, "usin"),
    _late_state(26, "usky"),
    _late_state(27, "usri"),
)
LAYOUTS: Final[Mapping[tuple[int, int], Layout]] = {
    (layout.section_id, layout.version): layout for layout in _ALL
}
_US: Final = frozenset(section_id for section_id, _ in LAYOUTS)


def decode(text: str) -> GppString:
    """Read a string with all its sections.

    Raises:
        Unreadable: any part of it is not well-formed; a string is believed whole or not at all.
    """
    if len(text) > MAX_SIGNS:
        raise Unreadable("too_long")
    head, *parts = text.split("~")
    ids = section_ids(head, len(parts))
    if len(ids) != len(parts):
        raise Unreadable("section_count")
    return GppString(tuple(map(_section, ids, parts)))


def encode(string: GppString) -> str:
    """Write a string.

    Raises:
        ValueError: a value does not fit, or the sections are not in the order of their ids.
    """
    ids = [section.section_id for section in string.sections]
    return "~".join((header(ids), *map(_write, string.sections)))


def section_ids(head: str, at_most: int = _MOST_SECTIONS) -> tuple[int, ...]:
    """Read a header; return the ids of its sections.

    Raises:
        Unreadable: not a header of version 1, or it names more than `at_most` sections.
    """
    reader = BitReader(head)
    if reader.number(6) != _TYPE or reader.number(6) != _VERSION:
        raise Unreadable("header")
    ids: list[int] = []
    last = 0
    for _ in range(reader.number(12)):
        is_range = reader.flag()
        first = last + reader.fibonacci()
        last = first + reader.fibonacci() if is_range else first
        if len(ids) + last - first >= min(at_most, _MOST_SECTIONS):
            raise Unreadable("section_count")
        ids.extend(range(first, last + 1))
    reader.close()
    return tuple(ids)


def header(ids: list[int]) -> str:
    """Write a header.

    Raises:
        ValueError: the ids do not ascend.
    """
    if sorted(set(ids)) != ids:
        raise ValueError("ids of sections ascend")
    runs: list[tuple[int, int]] = []
    for one in ids:
        if runs and runs[-1][1] == one - 1:
            runs[-1] = (runs[-1][0], one)
        else:
            runs.append((one, one))
    writer = BitWriter()
    writer.number(_TYPE, 6)
    writer.number(_VERSION, 6)
    writer.number(len(runs), 12)
    previous = 0
    for first, last in runs:
        writer.flag(first != last)
        writer.fibonacci(first - previous)
        if first != last:
            writer.fibonacci(last - first)
        previous = last
    return writer.text(*_PADDING)


def _section(section_id: int, text: str) -> Section:
    if section_id == TCFEU:
        return TcfSection(tcf.decode(text), text)
    if section_id == USP:
        return _usp(text)
    if section_id in _US:
        return _us(section_id, text)
    return UnknownSection(section_id, text)


def _usp(text: str) -> UspSection:
    if len(text) != 4 or text[0] != "1" or not set(text[1:]) <= set("YN-"):
        raise Unreadable("usp")
    return UspSection(text[1], text[2], text[3])


def _us(section_id: int, text: str) -> UsSection:
    core, *more = text.split(".")
    reader = BitReader(core)
    version = reader.number(6)
    layout = LAYOUTS.get((section_id, version))
    if layout is None:
        raise Unreadable("section_version")
    fields = {name: _numbers(reader, count) for name, count in layout.fields}
    if 0 in fields[_COVERED]:
        raise Unreadable("field_value")
    reader.close()
    if len(more) > (layout.second is not Second.NONE):
        raise Unreadable("segment_type")
    gpc, sensitive = None, None
    for second in more:
        reader = BitReader(second)
        if layout.second is Second.SENSITIVE:
            sensitive = _numbers(reader, _SENSITIVE_COUNT)
        else:
            if reader.number(2) != 1:
                raise Unreadable("segment_type")
            gpc = reader.flag()
        reader.close()
    return UsSection(section_id, version, fields, gpc, sensitive)


def _numbers(reader: BitReader, count: int) -> tuple[int, ...]:
    values = tuple(reader.number(2) for _ in range(count))
    if max(values) > _GREATEST:
        raise Unreadable("field_value")
    return values


def _write(section: Section) -> str:
    match section:
        case UsSection():
            return _write_us(section)
        case UspSection():
            return f"1{section.notice}{section.opted_out}{section.covered}"
        case TcfSection() | UnknownSection():
            return section.text


def _write_us(section: UsSection) -> str:
    layout = LAYOUTS[section.section_id, section.version]
    core = BitWriter()
    core.number(section.version, 6)
    for name, count in layout.fields:
        values = section.fields[name]
        if len(values) != count:
            message = f"{name} has {count} numbers in {layout.name}"
            raise ValueError(message)
        for value in values:
            core.number(value, 2)
    second = BitWriter()
    if layout.second is Second.GPC and section.gpc is not None:
        second.number(1, 2)
        second.flag(section.gpc)
    elif layout.second is Second.SENSITIVE and section.sensitive is not None:
        for value in section.sensitive:
            second.number(value, 2)
    else:
        return core.text(*_PADDING)
    return f"{core.text(*_PADDING)}.{second.text(*_PADDING)}"
