"""A widget token opens one person's choices to one origin for a quarter of an hour."""

from datetime import timedelta

import pytest

from candor.infra.keyring import LocalKeyring
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from candor.surface.plain.widget import LASTS, WidgetTokens, WrongToken

PAGE = "https://shop.example"


@pytest.fixture
def tokens(keyring: LocalKeyring) -> WidgetTokens:
    """Return the maker and reader of tokens."""
    return WidgetTokens(keyring)


def test_a_token_names_its_person_until_its_end(
    tokens: WidgetTokens, clock: FixedClock
) -> None:
    who, now = ProfileId(new_id()), clock.now()
    issued = tokens.issue(who, PAGE, now)
    assert tokens.read(f"Bearer {issued.token}", PAGE, now) == who
    assert tokens.read(f"bearer {issued.token}", PAGE, now + LASTS - timedelta(1 / 86400))
    with pytest.raises(WrongToken):
        tokens.read(f"Bearer {issued.token}", PAGE, now + LASTS)


def test_no_token_lasts_longer_than_a_quarter_of_an_hour(
    tokens: WidgetTokens, clock: FixedClock
) -> None:
    issued = tokens.issue(ProfileId(new_id()), PAGE, clock.now(), timedelta(days=1))
    assert issued.expires_at == clock.now() + timedelta(minutes=15)


@pytest.mark.asvs("9.2.4")
def test_a_token_is_good_for_one_origin(tokens: WidgetTokens, clock: FixedClock) -> None:
    issued = tokens.issue(ProfileId(new_id()), PAGE, clock.now())
    for origin in ("https://evil.example", "http://shop.example", PAGE + "/", "null", ""):
        with pytest.raises(WrongToken):
            tokens.read(f"Bearer {issued.token}", origin, clock.now())


def test_any_changed_sign_spoils_it(tokens: WidgetTokens, clock: FixedClock) -> None:
    token = tokens.issue(ProfileId(new_id()), PAGE, clock.now()).token
    for place, sign in enumerate(token):
        other = "A" if sign != "A" else "B"
        with pytest.raises(WrongToken):
            tokens.read(f"Bearer {token[:place]}{other}{token[place + 1 :]}", PAGE, clock.now())
    for said in ("", "Bearer", "Bearer ", f"Basic {token}", token, f"Bearer {token}A"):
        with pytest.raises(WrongToken):
            tokens.read(said, PAGE, clock.now())
