"""Any string of the IAB frameworks: as values, and as text that somebody damaged."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from candor.domain.consent.model import gpp
from candor.domain.consent.model.bits import Spans
from candor.domain.consent.model.gpp import (
    LAYOUTS,
    GppString,
    Layout,
    Second,
    Section,
    TcfSection,
    UspSection,
    UsSection,
)
from candor.domain.consent.model.tcf import PublisherTC, Restriction, TCString, encode

JUNE: Final = datetime(2026, 6, 1, tzinfo=UTC)
GOOD: Final = TCString(
    JUNE, JUNE, cmp_id=880, disclosed=Spans.of([1, 2]), publisher_country="DE"
)
days = st.integers(0, 70_000).map(
    lambda n: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=n)
)
countries = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
purposes = st.frozensets(st.integers(1, 24))
vendors = st.one_of(
    st.frozensets(st.integers(1, 900), max_size=20),
    st.frozensets(st.integers(1, 65_535), max_size=9),
).map(Spans.of)


def with_consents(*numbers: int, **changes: object) -> str:
    """Return a string that keeps every rule and consents to some purposes."""
    string = replace(GOOD, consents=frozenset(numbers))
    return encode(replace(string, **changes))


@st.composite
def publishers(draw: st.DrawFn) -> PublisherTC:
    """Draw the publisher's part."""
    custom = draw(st.integers(0, 9))
    own = st.frozensets(st.integers(1, custom)) if custom else st.just(frozenset[int]())
    return PublisherTC(draw(purposes), draw(purposes), custom, draw(own), draw(own))


tc_strings = st.builds(
    TCString,
    created=days,
    last_updated=days,
    cmp_id=st.integers(2, 4_095),
    cmp_version=st.integers(0, 4_095),
    consent_screen=st.integers(0, 63),
    language=countries,
    vendor_list=st.integers(0, 4_095),
    policy=st.integers(0, 63),
    is_service_specific=st.booleans(),
    non_standard_texts=st.booleans(),
    special_features=st.frozensets(st.integers(1, 12)),
    consents=purposes,
    interests=purposes,
    purpose_one_treatment=st.booleans(),
    publisher_country=countries,
    vendor_consents=vendors,
    vendor_interests=vendors,
    restrictions=st.lists(
        st.builds(Restriction, st.integers(1, 24), st.integers(0, 2), vendors), max_size=3
    ).map(tuple),
    disclosed=st.none() | vendors,
    publisher=st.none() | publishers(),
)


@st.composite
def us_sections(draw: st.DrawFn, layout: Layout) -> UsSection:
    """Draw a section of the United States."""
    fields = {
        name: tuple(
            draw(st.integers(1 if name == "MspaCoveredTransaction" else 0, 2))
            for _ in range(count)
        )
        for name, count in layout.fields
    }
    gpc = draw(st.none() | st.booleans()) if layout.second is Second.GPC else None
    sensitive = None
    if layout.second is Second.SENSITIVE and draw(st.booleans()):
        sensitive = tuple(draw(st.integers(0, 2)) for _ in range(8))
    return UsSection(layout.section_id, layout.version, fields, gpc, sensitive)


signs = st.sampled_from("YN-")
usp_sections = st.builds(UspSection, signs, signs, signs)
tcf_sections = tc_strings.map(lambda string: TcfSection(string, encode(string)))


@st.composite
def gpp_strings(draw: st.DrawFn) -> GppString:
    """Draw a string with any sections."""
    sections: dict[int, Section] = {}
    for layout in draw(st.lists(st.sampled_from(sorted(LAYOUTS)), max_size=5)):
        sections[layout[0]] = draw(us_sections(LAYOUTS[layout]))
    if draw(st.booleans()):
        sections[gpp.USP] = draw(usp_sections)
    if draw(st.booleans()):
        sections[gpp.TCFEU] = draw(tcf_sections)
    return GppString(tuple(sections[one] for one in sorted(sections)))


@st.composite
def damaged(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """Draw a text in which one bit was flipped, or that was cut, repeated or grown."""
    text = draw(texts)
    place = draw(st.integers(0, max(0, len(text) - 1)))
    match draw(st.integers(0, 3)):
        case 0:
            return text[:place]
        case 1:
            return (
                text[:place]
                + chr(ord(text[place]) ^ 1 << draw(st.integers(0, 6)))
                + text[place + 1 :]
            )
        case 2:
            return text[:place] + draw(st.text(max_size=4)) + text[place:]
        case _:
            return text + text[place:]
