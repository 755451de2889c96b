"""Files go out packed to whoever takes that, and only to them."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.infra.web.static import FILES, pack, takes_packed


@pytest.mark.parametrize(
    ("said", "takes"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("identity", False),
        ("", False),
        ("*", False),
    ],
)
def test_whoever_names_it_takes_it(said: str, takes: bool) -> None:
    assert takes_packed(said) is takes


@given(st.text(max_size=40))
def test_no_header_breaks_it(said: str) -> None:
    assert takes_packed(said) in {True, False}


def test_what_is_packed_is_the_file_and_much_smaller() -> None:
    for file in FILES.values():
        assert gzip.decompress(file.packed) == file.body
        assert file.packed == pack(file.body)
    assert len(FILES["base.css"].packed) * 3 < len(FILES["base.css"].body)
