"""A link says what it was made for, until its end, and nothing else opens anything."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.consent.errors import LinkInvalid, LinkSpent
from candor.domain.consent.service.links import (
    LASTS,
    LONGEST,
    STOPS,
    UNDOES,
    Links,
    Stop,
    unsubscribe_headers,
    unsubscribe_url,
)
from candor.kernel.ids import ProfileId, new_id

NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LINKS: Final = Links(b"k" * 32)
ADA: Final = ProfileId(new_id())
STOP: Final = Stop(3, 2, 1, new_id(), "de")
URL: Final = unsubscribe_url(LINKS, "https://service.nordmarkt.example/", ADA, STOP, NOON)
TOKEN: Final = URL.rpartition("/")[2]

stops = st.builds(
    Stop,
    st.integers(0, 62),
    st.none() | st.integers(0, 62),
    st.none() | st.integers(0, 30),
    st.none() | st.uuids(),
    st.sampled_from(["en", "de", "pl", "ru", "pt"]),
)


@given(stop=stops, profile_id=st.uuids(), lasts=st.timedeltas(timedelta(seconds=1)))
def test_what_goes_in_comes_out(stop: Stop, profile_id: ProfileId, lasts: timedelta) -> None:
    expires = min(NOON + min(lasts, LASTS * 20), NOON + LASTS * 20)
    read = LINKS.read(LINKS.make(STOPS, profile_id, stop, expires), STOPS, Stop, NOON)
    assert read.about == stop
    assert read.profile_id == profile_id
    assert read.expires_at == expires.replace(microsecond=0)


@given(place=st.integers(0, len(TOKEN) - 1), sign=st.characters())
def test_a_changed_token_opens_nothing(place: int, sign: str) -> None:
    edited = TOKEN[:place] + sign + TOKEN[place + 1 :]
    if edited != TOKEN:
        with pytest.raises(LinkInvalid):
            LINKS.read(edited, STOPS, Stop, NOON)


@given(length=st.integers(0, len(TOKEN) - 1))
def test_a_cut_token_opens_nothing(length: int) -> None:
    for cut in (TOKEN[:length], TOKEN[length + 1 :]):
        with pytest.raises(LinkInvalid):
            LINKS.read(cut, STOPS, Stop, NOON)


@given(st.text(max_size=2 * LONGEST))
def test_anything_else_opens_nothing(text: str) -> None:
    with pytest.raises(LinkInvalid):
        LINKS.read(text, STOPS, Stop, NOON)


@pytest.mark.parametrize("more", ["A", "AA", "=", "%3D", "\n", " ", "A" * LONGEST])
def test_a_longer_token_opens_nothing(more: str) -> None:
    with pytest.raises(LinkInvalid):
        LINKS.read(TOKEN + more, STOPS, Stop, NOON)


def test_a_link_of_another_kind_key_or_time_opens_nothing() -> None:
    with pytest.raises(LinkInvalid):
        LINKS.read(TOKEN, UNDOES, Stop, NOON)
    with pytest.raises(LinkInvalid):
        Links(b"x" * 32).read(TOKEN, STOPS, Stop, NOON)
    assert LINKS.read(TOKEN, STOPS, Stop, NOON + timedelta(days=60)).about == STOP
    with pytest.raises(LinkSpent):
        LINKS.read(TOKEN, STOPS, Stop, NOON + LASTS)


def test_a_mail_carries_both_headers_and_names_nobody() -> None:
    headers = unsubscribe_headers(URL)
    assert headers == {
        "List-Unsubscribe": f"<https://service.nordmarkt.example/u/{TOKEN}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert all(len(f"{name}: {text}") < 200 for name, text in headers.items())
    assert TOKEN.replace("-", "").replace("_", "").isalnum()
