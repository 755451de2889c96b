"""Cells that no spreadsheet runs, and that can be read back."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from candor.kernel.cells import plain, safe
from tests.factories.house import VECTORS

SIGNS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001 - the fullwidth forms are meant
TEXTS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(SIGNS + "'; "))
)


@pytest.mark.asvs("1.2.10")
@pytest.mark.parametrize("vector", VECTORS["csv_injection"], ids=lambda v: repr(v["in"]))
def test_vectors(vector: dict[str, str]) -> None:
    assert safe(vector["in"]) == vector["out"]


@pytest.mark.asvs("1.2.10")
@given(TEXTS)
@example("=cmd|' /C calc'!A0")
@example("  =1")
@example("'=1")
@example("''=1")
@example(" \t=;' =")
def test_no_text_begins_a_formula_and_each_comes_back(text: str) -> None:
    made = safe(text)
    assert made.strip(" ")[:1] not in set(SIGNS) or not made
    assert plain(made) == text
    # Where a semicolon separates cells, and lines end whatever stands in quotes:
    for cell_there in re.split(r"[;\t\r\n]", made):
        assert cell_there.strip(" ")[:1] not in set(SIGNS) or not cell_there


@pytest.mark.parametrize("text", ["\n" * 200_000, "; '" * 70_000, " " * 200_000, "'" * 200_000])
def test_long_texts_of_nothing_else_take_no_time(text: str) -> None:
    """Each would take minutes if every place were looked ahead from to the end."""
    assert plain(safe(text)) == text
