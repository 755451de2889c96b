"""One spelling per identifier: the same address is the same person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.vault.normalising import normalise

RULES = ("email", "phone", "digits", "exact")
addresses = st.from_regex(
    r"[a-z0-9]{1,10}(\.[a-z0-9]{1,5})?@[a-z]{1,8}\.(example|test)", fullmatch=True
)
any_text = st.text(max_size=40) | st.from_regex(r"[ a-zA-Z0-9.+_-]{1,20}@[a-zA-Z0-9.-]{1,20}")


@pytest.mark.parametrize(
    ("rule", "text", "region", "found"),
    [
        ("email", " Ada.L@Example.ORG ", None, "ada.l@example.org"),
        ("email", "ada@bücher.example", None, "ada@bücher.example"),
        ("email", "ADA@BÜCHER.example", None, "ada@bücher.example"),
        ("email", "ada@xn--bcher-kva.example", None, "ada@bücher.example"),
        ("email", "ada", None, None),
        ("email", "a..b@example.org", None, None),
        ("email", "ada@localhost", None, None),
        ("email", "", None, None),
        ("email", "a" * 250 + "@example.org", None, None),
        ("phone", "+49 (30) 901-820", None, "+4930901820"),
        ("phone", "0049 30 901820", None, "+4930901820"),
        ("phone", "030 901820", "DE", "+4930901820"),
        ("phone", "030 901820", None, None),
        ("phone", "+49 1", None, None),
        ("digits", "1234-5678 90", None, "1234567890"),
        ("digits", "none", None, None),
        ("exact", "  A-1  ", None, "A-1"),
        ("exact", "   ", None, None),
        ("exact", "A\x00", None, None),
    ],
)
def test_an_identifier_has_one_spelling_or_none(
    rule: str, text: str, region: str | None, found: str | None
) -> None:
    assert normalise(rule, text, region) == found


@given(st.sampled_from(RULES), any_text)
def test_normalising_again_changes_nothing(rule: str, text: str) -> None:
    once = normalise(rule, text)
    if once is not None:
        assert normalise(rule, once) == once


@given(
    st.from_regex(
        r"[a-z0-9]{1,10}(\.[a-z0-9]{1,5})?@[a-z]{1,8}\.(example|test)", fullmatch=True
    )
)
def test_capitals_and_blanks_around_do_not_make_another_address(address: str) -> None:
    assert normalise("email", f" {address.upper()}\t") == normalise("email", address)
