"""Dates, numbers and money as people write them in their language."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest
from markupsafe import Markup

from candor.infra.web.reading import (
    Reader,
    reading,
    show_ago,
    show_date,
    show_datetime,
    show_duration,
    show_money,
    show_month,
    show_number,
    show_time,
    translate,
    translate_many,
)
from candor.infra.web.static import FILES, static

NOW: Final = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
BRITISH: Final = Reader(NOW)
GERMAN: Final = Reader(NOW, "de_DE")


def test_a_moment_is_shown_in_the_time_zone_of_the_reader() -> None:
    with reading(BRITISH):
        assert show_datetime(NOW) == "3 Mar 2026, 00:30"
        assert show_date(NOW) == "3 March 2026"
        assert show_time(NOW) == "00:30"


def test_a_day_without_an_hour_is_not_moved_by_a_time_zone() -> None:
    with reading(GERMAN):
        assert show_date(date(2026, 3, 2)) == "2. März 2026"
        assert show_month(date(2026, 3, 2)) == "März 2026"


def test_ago_counts_from_the_readers_now_and_never_into_the_future() -> None:
    with reading(BRITISH):
        assert show_ago(NOW - timedelta(days=2)) == "2 days ago"
        assert show_ago(NOW) == "just now"
        assert show_ago(NOW + timedelta(hours=1)) == "just now"


def test_numbers_and_money_follow_the_language() -> None:
    with reading(GERMAN):
        assert show_number(1_482_099) == "1.482.099"
        assert show_money(2341, "EUR") == "23,41\xa0€"
    with reading(BRITISH):
        assert show_money(-150, "USD") == "-US$1.50"


def test_values_in_a_sentence_are_escaped_and_markup_is_not() -> None:
    with reading(BRITISH):
        assert translate("Hello %(name)s", name="<b>") == "Hello &lt;b&gt;"
        assert translate("Hello %(name)s", name=Markup("<b>A</b>")) == "Hello <b>A</b>"
        assert translate_many("%(num)s fact", "%(num)s facts", 1) == "1 fact"
        assert translate_many("%(num)s fact", "%(num)s facts", 2) == "2 facts"


def test_direction_and_tag_of_a_language() -> None:
    assert GERMAN.language_tag == "de-DE"
    assert GERMAN.direction == "ltr"
    assert Reader(NOW, "ar_EG").direction == "rtl"


def test_the_address_of_a_file_changes_with_its_content() -> None:
    assert static("base.css") == f"/static/base.css?v={FILES['base.css'].digest}"
    with pytest.raises(KeyError):
        static("nothing.css")


@pytest.mark.parametrize(
    ("locale", "duration", "said"),
    [
        ("en_GB", "P25M", "25 months"),
        ("en_GB", "P24M", "2 years"),
        ("en_GB", "P1Y", "1 year"),
        ("en_GB", "P1Y6M", "1 year and 6 months"),
        ("de_DE", "P10Y", "10 Jahre"),
        ("pl_PL", "P25M", "25 miesięcy"),
        ("ru_RU", "P3Y", "3 года"),
        ("pt_PT", "P14D", "14 dias"),
        ("en_GB", "P", None),
        ("en_GB", "", None),
        ("en_GB", "P0D", None),
        ("en_GB", "for ever", None),
    ],
)
def test_durations_are_said_in_the_language(
    locale: str, duration: str, said: str | None
) -> None:
    with reading(Reader(NOW, locale)):
        assert show_duration(duration) == said
