"""What another system answered is unpacked, and never further than was asked for."""

import gzip
import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.infra.unpacking import CannotUnpack, Unpacking


def unpacked(encoding: str, body: bytes, at_most: int, step: int = 100) -> bytes:
    unpacking = Unpacking(encoding, at_most)
    parts = [unpacking.take(body[at : at + step]) for at in range(0, len(body), step)]
    unpacking.end()
    return b"".join(parts)


@given(
    st.binary(max_size=2_000),
    st.integers(1, 700),
    st.sampled_from(("gzip", "deflate", "", "GZIP ")),
)
def test_what_was_packed_comes_out_whole_in_whatever_pieces_it_came(
    plain: bytes, step: int, encoding: str
) -> None:
    how = {"gzip": gzip.compress, "deflate": zlib.compress, "": bytes}[encoding.strip().lower()]
    assert unpacked(encoding, how(plain), len(plain), step) == plain
    if plain:
        with pytest.raises(CannotUnpack):
            unpacked(encoding, how(plain), len(plain) - 1, step)


def test_a_little_that_becomes_gigabytes_is_not_unpacked_to_its_end() -> None:
    much = gzip.compress(bytes(50_000_000))
    unpacking = Unpacking("gzip", 1_000)
    with pytest.raises(CannotUnpack):
        unpacking.take(much)


@pytest.mark.parametrize(
    "encoding", ["gzip, gzip", "gzip,deflate", "br", "zstd", "identity, gzip"]
)
def test_what_nobody_asked_for_is_not_unpacked_at_all(encoding: str) -> None:
    with pytest.raises(CannotUnpack):
        Unpacking(encoding, 1_000)


def test_what_is_cut_short_damaged_or_followed_by_something_is_no_answer() -> None:
    noise = b"".join(hashlib.sha256(bytes([one])).digest() for one in range(28))
    body = gzip.compress(noise)
    assert unpacked("gzip", b"", 10) == b""  # the answer to HEAD
    for bad in (body[:-1], body + b"x", body[:300] + b"\0\0" + body[302:]):
        with pytest.raises(CannotUnpack):
            unpacked("gzip", bad, 1_000)
