"""Tables of an archive that are read back whole."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from candor.domain.rights.service.export.tabular import BEGIN, cell, header, lines
from candor.infra.holder import Column, Exported, Kind, Origin, Section
from candor.kernel.cells import plain, safe
from tests.unit.kernel.test_cells import TEXTS

VALUES = Column("value", Kind.VALUE)
TABLE = Exported("t.t", Section.FACTS, Origin.PROVIDED, "T", (Column("text"), VALUES))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


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
