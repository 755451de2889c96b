"""In which language somebody reads."""

import pytest

from candor.surface.plain.language import locale_of, preferred


@pytest.mark.parametrize(
    ("told", "locale"),
    [
        ("de", "de_DE"),
        ("de-AT", "de_AT"),
        ("pt_BR", "pt_BR"),
        ("en-US", "en_US"),
        ("RU", "ru_RU"),
        ("pl-xx-yy-zz", "pl_PL"),
        ("tlh", "en_GB"),
        ("", "en_GB"),
        ("de\x00../../etc", "en_GB"),
    ],
)
def test_locale_of_a_language_tag(told: str, locale: str) -> None:
    assert locale_of(told) == locale


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "en_GB"),
        ("fr, de;q=0.7, pl;q=0.9", "pl_PL"),
        ("de-CH,de;q=0.9,en;q=0.8", "de_CH"),
        ("*", "en_GB"),
        ("ru;q=x, pt", "pt_PT"),
        ("," * 5_000, "en_GB"),
    ],
)
def test_locale_that_a_browser_asks_for(header: str, locale: str) -> None:
    assert preferred(header) == locale
