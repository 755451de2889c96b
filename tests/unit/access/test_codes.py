"""Codes and links: made of a key and a hash, read as people type, and unlike one another."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.access.errors import LinkSpent
from candor.domain.access.service import codes, new_devices
from candor.infra.keyring import LocalKeyring
from candor.kernel.clock import FixedClock

HASHES = st.binary(min_size=32, max_size=32)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ADA = UUID(int=7)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> LocalKeyring:
    """Return a keyring."""
    return LocalKeyring(tmp_path_factory.mktemp("keys") / "keyring.json")


def test_the_alphabet_holds_nothing_that_is_mistaken() -> None:
    assert len(set(codes.ALPHABET)) == len(codes.ALPHABET) == 24
    assert not set("01OILUSZBGAE") & set(codes.ALPHABET)


@given(of=HASHES, other=HASHES)
def test_each_ceremony_has_a_code_and_a_link_of_its_own(
    keys: LocalKeyring, of: bytes, other: bytes
) -> None:
    code, link = codes.code_of(keys, of), codes.link_of(keys, of)
    assert re.fullmatch(rf"[{codes.ALPHABET}]{{{codes.LENGTH}}}", code)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", link)
    assert code == codes.code_of(keys, of)
    if of != other:
        assert link != codes.link_of(keys, other)
    assert codes.read(link) != code


@given(of=HASHES, blanks=st.lists(st.sampled_from(" -\t\u00a0\u2009"), max_size=4))
def test_a_code_is_read_however_it_is_typed(
    keys: LocalKeyring, of: bytes, blanks: list[str]
) -> None:
    code = codes.code_of(keys, of)
    assert codes.read(codes.written(code)) == code
    assert codes.read("".join(blanks) + code[:3].lower() + "-" + code[3:]) == code


@given(typed=st.text(max_size=200))
def test_whatever_is_typed_can_be_read(typed: str) -> None:
    assert codes.read(typed).isalnum() or codes.read(typed) == ""


def test_another_keyring_makes_other_codes(keys: LocalKeyring, tmp_path: Path) -> None:
    other = LocalKeyring(tmp_path / "other.json")
    assert codes.code_of(keys, b"x" * 32) != codes.code_of(other, b"x" * 32)


def test_a_link_of_not_me_says_whose_until_its_end(keys: LocalKeyring) -> None:
    clock = FixedClock(NOON)
    token = new_devices.token_of(keys, ADA, NOON + new_devices.LASTS)
    assert new_devices.bearer_of(keys, token, clock) == ADA
    clock.advance(new_devices.LASTS - timedelta(seconds=1))
    assert new_devices.bearer_of(keys, token, clock) == ADA
    clock.advance(timedelta(seconds=1))
    with pytest.raises(LinkSpent):
        new_devices.bearer_of(keys, token, clock)


@given(place=st.integers(0, 74), sign=st.characters())
def test_any_changed_sign_spoils_it(keys: LocalKeyring, place: int, sign: str) -> None:
    token = new_devices.token_of(keys, ADA, NOON + new_devices.LASTS)
    changed = token[:place] + sign + token[place + 1 :]
    if changed != token:
        with pytest.raises(LinkSpent):
            new_devices.bearer_of(keys, changed, FixedClock(NOON))
