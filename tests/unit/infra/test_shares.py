"""A root in several hands: enough of them give it back, fewer nothing, a slip is found."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.infra.keyring import shares
from candor.infra.keyring.shares import BadShare, Share, TooFewShares
from candor.kernel.errors import Refused

roots = st.binary(min_size=32, max_size=32)


@given(roots, st.data())
def test_any_threshold_of_the_shares_gives_the_root_back(
    root: bytes, data: st.DataObject
) -> None:
    number = data.draw(st.integers(2, shares.MOST_SHARES))
    threshold = data.draw(st.integers(2, number))
    made = shares.split(root, shares=number, threshold=threshold)
    some = data.draw(st.permutations(made))[:threshold]
    assert shares.joined([shares.read(share.text()) for share in some]) == root
    with pytest.raises(TooFewShares):
        shares.joined(some[1:])


def test_every_three_of_five_do() -> None:
    root = bytes(range(32))
    made = shares.split(root, shares=5, threshold=3)
    assert all(shares.joined(three) == root for three in combinations(made, 3))


@given(roots)
def test_one_share_too_few_fits_every_root(root: bytes) -> None:
    """With one share missing, each byte of the root may still be any: shares say nothing."""
    [one, _] = shares.split(root, shares=2, threshold=2)
    # For any byte at 0 there is a line through it and the share that we hold.
    slopes = {shares._over(one.data[0] ^ guess, one.number) for guess in range(256)}
    assert len(slopes) == 256


def test_the_same_share_twice_counts_once() -> None:
    [one, *_] = shares.split(bytes(32), shares=3, threshold=2)
    with pytest.raises(TooFewShares):
        shares.joined([one, one])


def test_shares_of_two_roots_do_not_mix() -> None:
    [one, _] = shares.split(bytes(32), shares=2, threshold=2)
    [_, other] = shares.split(bytes(31) + b"\x01", shares=2, threshold=2)
    with pytest.raises(TooFewShares):
        shares.joined([one, other])


def test_shares_of_two_splits_of_one_root_do_not_make_another() -> None:
    [one, _] = shares.split(bytes(32), shares=2, threshold=2)
    [_, other] = shares.split(bytes(32), shares=2, threshold=2)
    with pytest.raises(TooFewShares):
        shares.joined([one, other])


@given(st.integers(0, 110), st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789-"))
def test_a_slip_of_the_pen_is_found(place: int, letter: str) -> None:
    text = shares.split(bytes(range(32)), shares=2, threshold=2)[0].text()
    place %= len(text)
    wrong = text[:place] + letter + text[place + 1 :]
    if wrong == text:
        assert shares.read(wrong).number == 1
    else:
        with pytest.raises(BadShare):
            shares.read(wrong)


def test_a_share_may_be_typed_in_capitals_and_lines() -> None:
    share = shares.split(bytes(range(32)), shares=2, threshold=2)[0]
    text = share.text()
    assert shares.read(f" {text[:30].upper()}\n{text[30:]} \n") == share


@pytest.mark.parametrize(("number", "threshold"), [(1, 1), (3, 1), (2, 3), (17, 3), (0, 0)])
def test_what_makes_no_sense_is_refused(number: int, threshold: int) -> None:
    with pytest.raises(Refused):
        shares.split(bytes(32), shares=number, threshold=threshold)


@pytest.mark.parametrize("text", ["", "x", "candor-share", "candor-share-a-b-c-d-e", "-" * 6])
def test_what_is_no_share_is_no_share(text: str) -> None:
    with pytest.raises(BadShare):
        shares.read(text)


def test_a_share_says_its_set_and_number() -> None:
    share = Share("0123456789abcdef", 3, 2, bytes(32))
    assert share.text().startswith("candor-share-0123456789abcdef-3-2-aaaa")
