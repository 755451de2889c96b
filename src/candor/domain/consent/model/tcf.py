"""Consent strings of the IAB Transparency and Consent Framework (TCF), versions 2.2 and 2.3.

Read, checked, kept, handed on unchanged. `encode` exists for controllers that are themselves a
registered consent platform (CMP); nobody else may make or change such a string.
Source: IAB Europe, "Consent string and vendor list formats v2" (history to April 2025).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from candor.domain.consent.errors import Unreadable
from candor.domain.consent.model.bits import MAX_SIGNS, BitReader, BitWriter, Spans

PURPOSES: Final = 24  # bits; 11 are in use
_VERSION: Final = 2
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DECISECOND: Final = timedelta(milliseconds=100)
_DISCLOSED, _ALLOWED, _PUBLISHER = 1, 2, 3  # types of segments; the second is no longer in use
_LEAST_POLICY: Final = 4
_FIRST_CMP: Final = 2  # 0 and 1 were never given to anybody
# Since then a string must say which vendors were shown.
_DISCLOSED_SINCE: Final = datetime(2026, 2, 28, tzinfo=UTC)
# Purposes that may never rest on legitimate interest (TCF policies).
_NEVER_LEGITIMATE: Final = frozenset({1, 3, 4, 5, 6})
_LASTS: Final = timedelta(days=396)  # people must be asked again at least every 13 months
_CLOCK_ERROR: Final = timedelta(days=1)
_NOBODY: Final = Spans()


@dataclass(frozen=True, slots=True)
class Restriction:
    """A publisher's restriction of vendors: 0 not allowed, 1 consent, 2 legitimate interest."""

    purpose: int
    kind: int
    vendors: Spans


@dataclass(frozen=True, slots=True)
class PublisherTC:
    """What was chosen for the publisher's own purposes."""

    consents: frozenset[int] = frozenset()
    interests: frozenset[int] = frozenset()
    custom: int = 0  # how many purposes of its own
    custom_consents: frozenset[int] = frozenset()
    custom_interests: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class TCString:
    """A decoded string. Numbers of purposes and vendors count from 1."""

    created: datetime
    last_updated: datetime
    cmp_id: int
    cmp_version: int = 0
    consent_screen: int = 0
    language: str = "EN"
    vendor_list: int = 0
    policy: int = 5
    is_service_specific: bool = True
    non_standard_texts: bool = False
    special_features: frozenset[int] = frozenset()
    consents: frozenset[int] = frozenset()
    interests: frozenset[int] = frozenset()
    purpose_one_treatment: bool = False
    publisher_country: str = "AA"
    vendor_consents: Spans = _NOBODY
    vendor_interests: Spans = _NOBODY
    restrictions: tuple[Restriction, ...] = ()
    disclosed: Spans | None = None
    publisher: PublisherTC | None = None


def decode(text: str) -> TCString:
    """Read a string. Whether it may count is another question: see `check`.

    Raises:
        Unreadable: it is not a well-formed string of version 2.
    """
    if len(text) > MAX_SIGNS:
        raise Unreadable("too_long")
    first, *rest = text.split(".")
    string = _core(BitReader(first))
    seen: set[int] = set()
    for segment in rest:
        reader = BitReader(segment)
        kind = reader.number(3)
        if kind in seen:
            raise Unreadable("segment_twice")
        seen.add(kind)
        if kind == _DISCLOSED:
            string = replace(string, disclosed=_vendors(reader))
        elif kind == _PUBLISHER:
            string = replace(string, publisher=_publisher(reader))
        elif kind == _ALLOWED:
            _vendors(reader)  # read to see that it is whole; it means nothing any more
        else:
            raise Unreadable("segment_type")
        reader.close()
    return string


def check(string: TCString, now: datetime) -> None:
    """Check that a string may count as the person's choice.

    Raises:
        Unreadable: the rules of the framework are not kept.
    """
    updated = string.last_updated
    wrong = {
        "no_cmp": string.cmp_id < _FIRST_CMP,
        "not_service_specific": not string.is_service_specific,
        "policy_version": string.policy < _LEAST_POLICY,
        "legitimate_interest": not string.interests.isdisjoint(_NEVER_LEGITIMATE),
        "no_disclosed_vendors": string.disclosed is None and updated >= _DISCLOSED_SINCE,
        "times": updated < string.created,
        "in_future": updated > now + _CLOCK_ERROR,
        "too_old": updated < now - _LASTS,
    }
    for reason, is_wrong in wrong.items():
        if is_wrong:
            raise Unreadable(reason)


def encode(string: TCString) -> str:
    """Write a string, each segment filled to 24 bits as the reference library does.

    Raises:
        ValueError: a field does not fit.
    """
    core = BitWriter()
    core.number(_VERSION, 6)
    core.number((string.created - _EPOCH) // _DECISECOND, 36)
    core.number((string.last_updated - _EPOCH) // _DECISECOND, 36)
    core.number(string.cmp_id, 12)
    core.number(string.cmp_version, 12)
    core.number(string.consent_screen, 6)
    core.letters(string.language)
    core.number(string.vendor_list, 12)
    core.number(string.policy, 6)
    core.flag(string.is_service_specific)
    core.flag(string.non_standard_texts)
    core.marked(string.special_features, 12)
    core.marked(string.consents, PURPOSES)
    core.marked(string.interests, PURPOSES)
    core.flag(string.purpose_one_treatment)
    core.letters(string.publisher_country)
    _write_vendors(core, string.vendor_consents)
    _write_vendors(core, string.vendor_interests)
    core.number(len(string.restrictions), 12)
    for restriction in string.restrictions:
        core.number(restriction.purpose, 6)
        core.number(restriction.kind, 2)
        _write_runs(core, restriction.vendors)
    segments = [core]
    if string.disclosed is not None:
        disclosed = BitWriter()
        disclosed.number(_DISCLOSED, 3)
        _write_vendors(disclosed, string.disclosed)
        segments.append(disclosed)
    if string.publisher is not None:
        segments.append(_write_publisher(string.publisher))
    return ".".join(segment.text() for segment in segments)


def _core(reader: BitReader) -> TCString:
    if reader.number(6) != _VERSION:
        raise Unreadable("version")
    return _closed(
        TCString(
            created=_EPOCH + reader.number(36) * _DECISECOND,
            last_updated=_EPOCH + reader.number(36) * _DECISECOND,
            cmp_id=reader.number(12),
            cmp_version=reader.number(12),
            consent_screen=reader.number(6),
            language=reader.letters(2),
            vendor_list=reader.number(12),
            policy=reader.number(6),
            is_service_specific=reader.flag(),
            non_standard_texts=reader.flag(),
            special_features=reader.marked(12),
            consents=reader.marked(PURPOSES),
            interests=reader.marked(PURPOSES),
            purpose_one_treatment=reader.flag(),
            publisher_country=reader.letters(2),
            vendor_consents=_vendors(reader),
            vendor_interests=_vendors(reader),
            restrictions=tuple(_restriction(reader) for _ in range(reader.number(12))),
        ),
        reader,
    )


def _closed(string: TCString, reader: BitReader) -> TCString:
    reader.close()
    return string


def _vendors(reader: BitReader) -> Spans:
    greatest = reader.number(16)
    if not reader.flag():
        return reader.spans(greatest)
    spans = _runs(reader)
    if spans.greatest > greatest:
        raise Unreadable("vendors")
    return spans


def _runs(reader: BitReader) -> Spans:
    """Return ranges of vendors; those that touch are joined, so that a set has one form."""
    runs: list[tuple[int, int]] = []
    for _ in range(reader.number(12)):
        is_range = reader.flag()
        first = reader.number(16)
        last = reader.number(16) if is_range else first
        previous = runs[-1][1] if runs else 0
        if not previous < first <= last:
            raise Unreadable("vendors")
        if runs and previous == first - 1:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return Spans(tuple(runs))


def _restriction(reader: BitReader) -> Restriction:
    purpose, kind = reader.number(6), reader.number(2)
    if not 1 <= purpose <= PURPOSES or kind > 2:
        raise Unreadable("restriction")
    return Restriction(purpose, kind, _runs(reader))


def _publisher(reader: BitReader) -> PublisherTC:
    consents, interests = reader.marked(PURPOSES), reader.marked(PURPOSES)
    custom = reader.number(6)
    return PublisherTC(
        consents, interests, custom, reader.marked(custom), reader.marked(custom)
    )


def _write_vendors(writer: BitWriter, vendors: Spans) -> None:
    """Write a set of vendors in the shorter of its two forms."""
    writer.number(vendors.greatest, 16)
    as_runs = 12 + sum(17 if first == last else 33 for first, last in vendors.runs)
    if as_runs < vendors.greatest:
        writer.flag(value=True)
        _write_runs(writer, vendors)
    else:
        writer.flag(value=False)
        writer.marked(vendors, vendors.greatest)


def _write_runs(writer: BitWriter, vendors: Spans) -> None:
    writer.number(len(vendors.runs), 12)
    for first, last in vendors.runs:
        writer.flag(value=first != last)
        writer.number(first, 16)
        if first != last:
            writer.number(last, 16)


def _write_publisher(publisher: PublisherTC) -> BitWriter:
    writer = BitWriter()
    writer.number(_PUBLISHER, 3)
    writer.marked(publisher.consents, PURPOSES)
    writer.marked(publisher.interests, PURPOSES)
    writer.number(publisher.custom, 6)
    writer.marked(publisher.custom_consents, publisher.custom)
    writer.marked(publisher.custom_interests, publisher.custom)
    return writer
