"""What signals mean: a yes only where a string proves it bit by bit, everything else is a no."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.consent.errors import Unreadable
from candor.domain.consent.model import gpp, tcf
from candor.domain.consent.model.gpp import GppString, UnknownSection, UspSection, UsSection
from candor.domain.consent.model.signal import Meaning, Says, SignalKind, meaning_of
from tests.factories.house import VECTORS
from tests.factories.strings import GOOD, JUNE, damaged, gpp_strings, tc_strings, with_consents

NOW = datetime(2026, 6, 10, 15, tzinfo=UTC)
SALE, BOTH, TCF_ONLY, NEITHER = 0, 1, 2, 3


@dataclass(frozen=True)
class Spoken:
    """Four purposes: one of sale, one of both, one of the TCF, and one of which nothing speaks."""

    sale: frozenset[int]
    tcf: dict[int, frozenset[int]]


SPOKEN = Spoken(frozenset({SALE, BOTH}), {BOTH: frozenset({2, 3}), TCF_ONLY: frozenset({8})})


def read(kind: SignalKind, value: str | None, now: datetime = NOW) -> Meaning:
    """Return what a signal means."""
    return meaning_of(kind, value, SPOKEN, now)


def said(meaning: Meaning) -> dict[int, bool]:
    """Return yes or no by purpose."""
    return {bit: says.is_yes for bit, says in meaning.choices.items()}


def us(**fields: int) -> str:
    """Return a string with one section of California."""
    layout = gpp.LAYOUTS[gpp.USCA, 1]
    values = {name: (0,) * count for name, count in layout.fields} | {
        "MspaCoveredTransaction": (1,)
    }
    values |= {
        name: (value, *values[name][1:]) for name, value in fields.items() if name in values
    }
    gpc = {0: False, 1: True}.get(fields.get("Gpc", 2))
    return gpp.encode(GppString((UsSection(gpp.USCA, 1, values, gpc),)))


def test_global_privacy_control_says_no_to_sale() -> None:
    assert said(read(SignalKind.GPC, None)) == {SALE: False, BOTH: False}


@pytest.mark.parametrize(
    "kind", ["stop", "start", "unsubscribe", "complaint", "bounce", "reachable"]
)
def test_what_is_about_a_channel_says_nothing_about_purposes(kind: str) -> None:
    assert said(read(SignalKind(kind), None)) == {}


def test_a_string_consents_where_every_purpose_it_needs_is_set() -> None:
    assert said(read(SignalKind.TCF, with_consents(2, 3, 8))) == {BOTH: True, TCF_ONLY: True}
    assert said(read(SignalKind.TCF, with_consents(2, 8))) == {BOTH: False, TCF_ONLY: True}
    assert said(read(SignalKind.TCF, with_consents())) == {BOTH: False, TCF_ONLY: False}


@pytest.mark.parametrize(
    "value", [None, "", "yes", "true", "C", "1YNN", "DBAA", "\ud800", "\0"]
)
def test_what_cannot_be_read_is_a_no(value: str | None) -> None:
    meaning = read(SignalKind.TCF, value)
    assert not meaning.is_readable
    assert said(meaning) == {BOTH: False, TCF_ONLY: False}
    if value != "DBAA":
        meaning = read(SignalKind.GPP, value)
        assert not meaning.is_readable
        assert said(meaning) == {SALE: False, BOTH: False, TCF_ONLY: False}


def test_a_string_that_breaks_the_rules_is_a_no() -> None:
    meaning = read(SignalKind.TCF, with_consents(2, 3, 8, disclosed=None))
    assert meaning.reason == "no_disclosed_vendors"
    assert said(meaning) == {BOTH: False, TCF_ONLY: False}


@pytest.mark.parametrize(
    "fields",
    [
        {"SaleOptOut": 1},
        {"SharingOptOut": 1},
        {"Gpc": 1},
        {"KnownChildSensitiveDataConsents": 1},
    ],
)
def test_an_opt_out_of_a_state_is_a_no_to_sale(fields: dict[str, int]) -> None:
    assert said(read(SignalKind.GPP, us(**fields))) == {SALE: False, BOTH: False}


def test_not_opting_out_is_no_consent() -> None:
    assert said(read(SignalKind.GPP, us(SaleOptOut=2, SharingOptOut=2, Gpc=0))) == {}
    assert said(read(SignalKind.GPP, "DBAA")) == {}


def test_the_us_privacy_string_opts_out_by_its_third_sign() -> None:
    for text, no in {"1YYN": True, "1YNN": False, "1---": False, "1NYY": True}.items():
        assert bool(said(read(SignalKind.GPP, f"DBABTA~{text}"))) is no


def test_a_section_that_is_not_known_is_a_no_to_sale() -> None:
    text = gpp.encode(GppString((UnknownSection(40, "whatever"),)))
    assert said(read(SignalKind.GPP, text)) == {SALE: False, BOTH: False}


def test_the_section_of_the_tcf_counts_as_a_tcf_string() -> None:
    consents = with_consents(2, 3, 8)
    head = gpp.header([gpp.TCFEU])
    assert said(read(SignalKind.GPP, f"{head}~{consents}")) == {BOTH: True, TCF_ONLY: True}
    both = gpp.header([gpp.TCFEU, gpp.USP])
    assert said(read(SignalKind.GPP, f"{both}~{consents}~1YYN")) == {
        SALE: False,
        BOTH: False,
        TCF_ONLY: True,
    }


@pytest.mark.parametrize("text", VECTORS["gpp"]["strings"])
def test_no_known_string_of_the_states_is_a_yes(text: str) -> None:
    assert not any(said(read(SignalKind.GPP, text)).values())


# ------------------------------------------------------------------------------- the law
anything = st.one_of(
    st.text(),
    tc_strings.map(tcf.encode),
    gpp_strings().map(gpp.encode),
    damaged(tc_strings.map(tcf.encode)),
    damaged(gpp_strings().map(gpp.encode)),
)


@given(st.sampled_from(SignalKind), anything, st.integers(0, 1_500))
def test_there_is_no_way_from_unreadable_or_unknown_to_yes(
    kind: SignalKind, value: str, days: int
) -> None:
    now = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(days=days)
    meaning = read(kind, value, now)
    yes = {bit for bit, says in meaning.choices.items() if says.is_yes}
    if not yes:
        return
    assert meaning.is_readable
    assert kind in {SignalKind.TCF, SignalKind.GPP}
    strings = [tcf.decode(value)] if kind is SignalKind.TCF else tcf_of(value)
    for bit in yes:
        assert any(SPOKEN.tcf[bit] <= string.consents for string in strings)
        if kind is SignalKind.GPP and bit in SPOKEN.sale:
            assert not any(
                isinstance(section, UspSection) and section.opted_out == "Y"
                for section in gpp.decode(value).sections
            )


def tcf_of(value: str) -> list[tcf.TCString]:
    """Return the TCF strings in a GPP string."""
    with suppress(Unreadable):
        return [s.string for s in gpp.decode(value).sections if isinstance(s, gpp.TcfSection)]
    return []


@given(damaged(st.just(with_consents(2, 3, 8))))
def test_damage_never_turns_a_no_into_a_yes_beyond_its_bits(text: str) -> None:
    meaning = read(SignalKind.TCF, text)
    assert meaning.choices.keys() == {BOTH, TCF_ONLY}


# --------------------------------------------------------------------------------- times
def test_a_yes_counts_from_the_first_instant_of_its_day_and_a_no_from_the_last() -> None:
    sent = JUNE + timedelta(days=3)
    assert Says(is_yes=True, since=JUNE).time(sent) == JUNE
    assert Says(is_yes=False, since=JUNE).time(sent) == JUNE + timedelta(days=1) - timedelta(
        microseconds=1
    )


def test_no_choice_is_later_than_its_signal() -> None:
    sent = JUNE + timedelta(hours=5)
    for is_yes in (True, False):
        assert Says(is_yes, since=JUNE).time(sent) <= sent
        assert Says(is_yes, since=JUNE + timedelta(days=1)).time(sent) == sent
        assert Says(is_yes).time(sent) == sent


def test_a_string_with_an_hour_is_taken_at_its_word() -> None:
    at = JUNE + timedelta(hours=9)
    string = tcf.encode(replace(GOOD, created=at, last_updated=at))
    assert read(SignalKind.TCF, string).choices[BOTH].time(NOW) == at
