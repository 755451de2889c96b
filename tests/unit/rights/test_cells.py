"""Cells that no spreadsheet runs, and that can be read back."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from candor.domain.rights.model.cells import plain, safe
from candor.domain.rights.service.export.tabular import BEGIN, cell, header, lines
from candor.infra.holder import Column, Exported, Kind, Origin, Section
from tests.factories.house import VECTORS

SIGNS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001 - the fullwidth forms are meant
TEXTS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(SIGNS + "' "))
)
VALUES = Column("value", Kind.VALUE)
TABLE = Exported("t.t", Section.FACTS, Origin.PROVIDED, "T", (Column("text"), VALUES))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
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
def test_no_text_begins_a_formula_and_each_comes_back(text: str) -> None:
    made = safe(text)
    assert made.strip(" ")[:1] not in set(SIGNS) or not made
    assert plain(made) == text


@given(TEXTS, JSON)
def test_what_is_written_is_read_whole(text: str, value: object) -> None:
    written = header(TABLE) + lines(TABLE, [{"text": text, "value": value}])
    assert written.startswith(BEGIN)
    rows = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    assert rows == [["text", "value"], [safe(text), cell(value, VALUES)]]
    assert plain(rows[1][0]) == text


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_stand_as_they_are(number: float) -> None:
    assert type(number)(cell(number, Column("n", Kind.NUMBER))) == number
