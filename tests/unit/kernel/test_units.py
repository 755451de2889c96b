"""Masks of purposes, words, clocks."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from candor.kernel.clock import FixedClock, SystemClock
from candor.kernel.text import folded, initials
from candor.kernel.units import MAX_PURPOSES, bits_of, mask_of


@given(st.sets(st.integers(0, MAX_PURPOSES - 1)))
def test_a_mask_keeps_its_bits(bits: set[int]) -> None:
    assert set(bits_of(mask_of(bits))) == bits
    assert list(bits_of(mask_of(bits))) == sorted(bits)
    assert 0 <= mask_of(bits) < 1 << 63


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_what_reads_the_same_folds_the_same() -> None:
    assert folded("  GUEST\u00a0 ") == folded("guest") == folded("\uff27uest")


def test_a_monogram_has_two_letters_at_most() -> None:
    assert [initials(n) for n in ("ada lovelace king", "ada", "")] == ["AL", "A", ""]


def test_a_clock_of_the_machine_is_aware() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_a_fixed_clock_moves_when_it_is_moved() -> None:
    clock = FixedClock(datetime(2026, 3, 2, tzinfo=UTC))
    clock.advance(timedelta(hours=1))
    assert clock.now() == datetime(2026, 3, 2, 1, tzinfo=UTC)
