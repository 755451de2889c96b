"""TCF and GPP strings: read, written, and refused as a whole when anything is wrong with them."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.consent.errors import Unreadable
from candor.domain.consent.model import gpp, tcf
from candor.domain.consent.model.bits import MAX_SIGNS, BitReader, BitWriter, Spans
from candor.domain.consent.model.gpp import LAYOUTS, GppString, UspSection, UsSection
from candor.domain.consent.model.tcf import TCString
from tests.factories.house import VECTORS
from tests.factories.strings import GOOD, JUNE, damaged, gpp_strings, tc_strings

TCF: dict[str, Any] = VECTORS["tcf"]
GPP: dict[str, Any] = VECTORS["gpp"]
NOW = datetime(2026, 11, 21, tzinfo=UTC)
Decode = Callable[[str], object]


def refused(decode: Decode, text: str) -> str:
    """Return why a text is refused."""
    with pytest.raises(Unreadable) as error:
        decode(text)
    return error.value.reason


# ------------------------------------------------------------------------------ bits


@pytest.mark.parametrize("value", GPP["fibonacci"])
def test_fibonacci_words_are_as_the_standard_says(value: str) -> None:
    writer = BitWriter()
    writer.fibonacci(int(value))
    bits = writer.text(6)
    assert BitReader(bits).fibonacci() == int(value)
    word = "".join(
        format(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(s), "06b"
        )
        for s in bits
    )
    assert word.startswith(GPP["fibonacci"][value])


@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=20))
def test_fibonacci_words_round_trip_one_after_the_other(values: list[int]) -> None:
    writer = BitWriter()
    for value in values:
        writer.fibonacci(value)
    reader = BitReader(writer.text())
    assert [reader.fibonacci() for _ in values] == values
    reader.close()


@given(st.frozensets(st.integers(1, 65_535), max_size=40))
def test_runs_hold_exactly_their_numbers(numbers: frozenset[int]) -> None:
    spans = Spans.of(numbers)
    assert frozenset(spans) == numbers
    assert all(number in spans for number in numbers)
    assert (max(numbers, default=0) + 1) not in spans
    assert spans.greatest == max(numbers, default=0)


def test_a_value_that_does_not_fit_is_a_mistake_of_ours() -> None:
    writer = BitWriter()
    with pytest.raises(ValueError, match="does not fit"):
        writer.number(4, 2)
    with pytest.raises(ValueError, match="no bit"):
        writer.marked([25], 24)
    with pytest.raises(ValueError, match="Fibonacci"):
        writer.fibonacci(0)


# ------------------------------------------------------------------------------- TCF


@pytest.mark.parametrize("case", TCF["strings"], ids=lambda case: case["tc"][:8])
def test_known_strings_are_read_as_others_read_them(case: dict[str, Any]) -> None:
    string, told = tcf.decode(case["tc"]), case["decoded"]
    assert string.cmp_id == told["cmpId"]
    assert string.cmp_version == told["cmpVersion"]
    assert string.consent_screen == told["consentScreen"]
    assert string.vendor_list == told["vendorListVersion"]
    assert string.policy == told["tcfPolicyVersion"]
    assert string.publisher_country == told["publisherCC"]
    assert string.created == datetime.fromisoformat(told["created"]).replace(tzinfo=UTC)
    assert tcf.encode(string) == case["tc"]


def test_all_segments_of_a_known_string_are_read() -> None:
    string, told = tcf.decode(TCF["strings"][0]["tc"]), TCF["strings"][0]["decoded"]
    assert list(string.vendor_consents) == told["vendorConsents"]
    assert string.disclosed is not None
    assert list(string.disclosed) == told["disclosedVendors"]
    assert string.publisher is not None
    assert string.publisher.custom == told["publisherTC"]["custom"]
    assert string.is_service_specific
    assert string.language == told["consentLanguage"]


def test_segments_come_in_any_order_and_only_once() -> None:
    core, disclosed, publisher = TCF["strings"][0]["tc"].split(".")
    assert tcf.decode(f"{core}.{publisher}.{disclosed}") == tcf.decode(TCF["strings"][0]["tc"])
    assert refused(tcf.decode, f"{core}.{disclosed}.{disclosed}") == "segment_twice"
    assert refused(tcf.decode, f"{core}.{disclosed}.") == "empty"
    assert refused(tcf.decode, f"{core}.4AAA") == "segment_type"


def segment(*fields: tuple[int, int]) -> str:
    """Return a segment with these numbers, each with its width."""
    writer = BitWriter()
    for value, width in fields:
        writer.number(value, width)
    return writer.text()


def test_the_segment_of_allowed_vendors_is_read_past() -> None:
    core = tcf.encode(replace(GOOD, disclosed=None))
    allowed = segment((2, 3), (3, 16), (0, 1), (5, 3))
    assert tcf.decode(f"{core}.{allowed}") == tcf.decode(core)


@pytest.mark.parametrize(
    "ranges",
    [
        ((1, 12), (0, 1), (9, 16)),  # beyond the greatest
        ((2, 12), (0, 1), (5, 16), (0, 1), (4, 16)),  # going back
        ((1, 12), (1, 1), (5, 16), (4, 16)),  # last before first
        ((1, 12), (0, 1), (0, 16)),  # vendors count from 1
    ],
)
def test_ranges_that_cannot_be_are_unreadable(ranges: tuple[tuple[int, int], ...]) -> None:
    core = tcf.encode(replace(GOOD, disclosed=None))
    wrong = segment((1, 3), (8, 16), (1, 1), *ranges)
    assert refused(tcf.decode, f"{core}.{wrong}") == "vendors"


def test_ranges_that_touch_are_one() -> None:
    core = tcf.encode(replace(GOOD, disclosed=None))
    touching = segment(
        (1, 3), (8, 16), (1, 1), (2, 12), (1, 1), (2, 16), (4, 16), (0, 1), (5, 16)
    )
    assert tcf.decode(f"{core}.{touching}").disclosed == Spans(((2, 5),))


@pytest.mark.parametrize(("purpose", "kind"), [(0, 1), (25, 1), (1, 3)])
def test_a_restriction_that_cannot_be_is_unreadable(purpose: int, kind: int) -> None:
    string = replace(GOOD, restrictions=(tcf.Restriction(purpose, kind, Spans.of([1])),))
    assert refused(tcf.decode, tcf.encode(string)) == "restriction"


def test_another_version_is_unreadable() -> None:
    assert refused(tcf.decode, segment((1, 6), (0, 36))) == "version"


@given(tc_strings)
def test_any_string_round_trips(string: TCString) -> None:
    assert tcf.decode(tcf.encode(string)) == string


@given(st.text())
def test_any_text_is_read_or_unreadable(text: str) -> None:
    for decode in (tcf.decode, gpp.decode):
        with suppress(Unreadable):
            decode(text)


@given(damaged(tc_strings.map(tcf.encode)))
def test_a_damaged_string_is_read_or_unreadable(text: str) -> None:
    with suppress(Unreadable):
        tcf.check(tcf.decode(text), NOW)


@given(st.binary(max_size=300), st.sampled_from("CD"))
def test_any_bits_are_read_or_unreadable(bits: bytes, family: str) -> None:
    writer = BitWriter()
    for byte in bits:
        writer.number(byte, 8)
    for decode in (tcf.decode, gpp.decode):
        with suppress(Unreadable):
            decode(family + writer.text())


@pytest.mark.parametrize("decode", [tcf.decode, gpp.decode])
def test_what_is_too_long_is_not_even_looked_at(decode: Decode) -> None:
    assert refused(decode, "C" * (MAX_SIGNS + 1)) == "too_long"


def test_a_few_bytes_that_name_every_vendor_cost_a_few_bytes() -> None:
    string = replace(GOOD, vendor_consents=Spans(((1, 65_535),)))
    read = tcf.decode(tcf.encode(string))
    assert read.vendor_consents.runs == ((1, 65_535),)
    assert 40_000 in read.vendor_consents


@pytest.mark.parametrize("text", ["", ".", "C", "C.", "CQSbk4AQSbk4ANwAAAENAwCgAAAA", "CP=="])
def test_what_is_cut_short_is_unreadable(text: str) -> None:
    assert refused(tcf.decode, text) in {"empty", "cut_short", "alphabet"}


def test_something_behind_the_end_is_unreadable() -> None:
    core = tcf.encode(replace(GOOD, disclosed=None))
    assert refused(tcf.decode, core + "B") == "trailing"
    assert refused(tcf.decode, core + "AAAA") == "trailing"


def test_a_string_that_keeps_every_rule_counts() -> None:
    tcf.check(GOOD, NOW)


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("no_cmp", {"cmp_id": 0}),
        ("no_cmp", {"cmp_id": 1}),
        ("not_service_specific", {"is_service_specific": False}),
        ("policy_version", {"policy": 3}),
        ("legitimate_interest", {"interests": frozenset({1})}),
        ("legitimate_interest", {"interests": frozenset({2, 6})}),
        ("no_disclosed_vendors", {"disclosed": None}),
        ("times", {"created": JUNE + timedelta(days=1)}),
        ("in_future", {"created": JUNE, "last_updated": NOW + timedelta(days=2)}),
        (
            "too_old",
            {"created": NOW - timedelta(days=400), "last_updated": NOW - timedelta(days=397)},
        ),
    ],
)
def test_a_string_that_breaks_a_rule_does_not_count(
    reason: str, changes: dict[str, Any]
) -> None:
    string = replace(GOOD, **changes)
    assert refused(lambda _: tcf.check(tcf.decode(tcf.encode(string)), NOW), "") == reason


def test_vendors_had_not_to_be_disclosed_before_version_2_3() -> None:
    day_before = datetime(2026, 2, 27, tzinfo=UTC)
    old = replace(GOOD, created=day_before, last_updated=day_before, disclosed=None)
    tcf.check(old, NOW)
    day = day_before + timedelta(days=1)
    with pytest.raises(Unreadable):
        tcf.check(replace(old, last_updated=day), NOW)


# ------------------------------------------------------------------------------- GPP


@pytest.mark.parametrize(("ids", "head"), GPP["headers_pad8_reference_lib"].items())
def test_headers_are_written_as_the_library_writes_them(ids: str, head: str) -> None:
    assert gpp.header(json.loads(ids)) == head
    assert gpp.section_ids(head) == tuple(json.loads(ids))


@pytest.mark.parametrize(("ids", "head"), GPP["headers_pad6_spec"].items())
def test_headers_of_the_specification_are_read_too(ids: str, head: str) -> None:
    assert gpp.section_ids(head) == tuple(json.loads(ids))


@pytest.mark.parametrize("text", GPP["strings"])
def test_known_gpp_strings_round_trip(text: str) -> None:
    assert gpp.encode(gpp.decode(text)) == text


def test_known_sections_are_read_as_others_read_them() -> None:
    [section] = gpp.decode("DBABLA~CEQRAAAAAABA.YA").sections
    assert isinstance(section, UsSection)
    named = {name for name, values in section.fields.items() if values == (1,)}
    assert named == {
        "SaleOptOutNotice",
        "TargetedAdvertisingOptOutNotice",
        "SaleOptOut",
        "TargetedAdvertisingOptOut",
        "MspaCoveredTransaction",
    }
    assert section.gpc is True
    for core, told in GPP["usca_core"].items():
        [section] = gpp.decode(f"{gpp.header([gpp.USCA])}~{core}").sections
        assert isinstance(section, UsSection)
        assert section.gpc is told["Gpc"]
        for name, value in told.items():
            if name != "Gpc":
                assert section.fields[name] == (
                    tuple(value) if isinstance(value, list) else (value,)
                )


def test_the_us_privacy_string_is_read() -> None:
    assert gpp.decode("DBABTA~1YNN").sections == (UspSection("Y", "N", "N"),)
    for wrong in ("1YN", "1YNNN", "2YNN", "1ynn", "1YNX", ""):
        assert refused(gpp.decode, f"DBABTA~{wrong}") == "usp"


@given(gpp_strings())
def test_any_gpp_string_round_trips(string: GppString) -> None:
    assert gpp.decode(gpp.encode(string)) == string


@given(damaged(gpp_strings().map(gpp.encode)))
def test_a_damaged_gpp_string_is_read_or_unreadable(text: str) -> None:
    with suppress(Unreadable):
        gpp.decode(text)


def test_a_header_must_name_the_sections_that_follow() -> None:
    assert refused(gpp.decode, "DBABTA") == "section_count"
    assert refused(gpp.decode, "DBABTA~1YNN~1YNN") == "section_count"
    assert refused(gpp.decode, "DBACNYA~1YNN") == "section_count"
    assert refused(gpp.decode, "CBABTA~1YNN") == "header"
    assert refused(gpp.decode, "DCABTA~1YNN") == "header"


def test_a_section_of_an_unknown_version_is_unreadable() -> None:
    assert refused(gpp.decode, f"{gpp.header([8])}~CUUAAABA.YA") == "section_version"


def test_a_section_with_an_impossible_value_is_unreadable() -> None:
    assert refused(gpp.decode, f"{gpp.header([8])}~B_UAAABA.YA") == "field_value"
    assert refused(gpp.decode, f"{gpp.header([8])}~BUUAAAAA.YA") == "field_value"
    assert refused(gpp.decode, f"{gpp.header([8])}~BUUAAABA.YA.YA") == "segment_type"
    assert refused(gpp.decode, f"{gpp.header([8])}~BUUAAABA.gA") == "segment_type"


def test_a_section_that_is_not_known_is_kept_as_it_came() -> None:
    text = f"{gpp.header([5, 40])}~abc~whatever.it.is"
    assert gpp.encode(gpp.decode(text)) == text


def test_every_state_has_its_own_layout() -> None:
    names = {layout.name for layout in LAYOUTS.values()}
    assert len(names) == 21
    assert {layout.section_id for layout in LAYOUTS.values()} == set(range(7, 28))
    assert (7, 1) in LAYOUTS
    assert (7, 2) in LAYOUTS


def test_a_field_with_too_few_numbers_is_a_mistake_of_ours() -> None:
    [section] = gpp.decode("DBABBg~BUUAAABA.YA").sections
    assert isinstance(section, UsSection)
    fields = {**section.fields, "SensitiveDataProcessing": (0,)}
    with pytest.raises(ValueError, match="9 numbers in usca"):
        gpp.encode(GppString((replace(section, fields=fields),)))


def test_sections_that_are_not_in_order_are_not_written() -> None:
    usp = UspSection("Y", "N", "N")
    with pytest.raises(ValueError, match="ascend"):
        gpp.encode(GppString((usp, usp)))
