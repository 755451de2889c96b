"""Sealed streams: what comes out is what went in, and nothing that was touched opens."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candor.infra.backup.errors import BackupBroken
from candor.infra.backup.sealed import CHUNK, seal, unseal

KEY = os.urandom(32)
HEADER = 16 + 32
SEALED_CHUNK = CHUNK + 16


def _sealed(data: bytes, *, context: bytes = b"a/content") -> bytes:
    target = io.BytesIO()
    seal(target, [data], key=KEY, context=context, name="content")
    return target.getvalue()


def _opened(folder: Path, sealed: bytes, *, context: bytes = b"a/content") -> bytes:
    path = folder / "content.sealed"
    path.write_bytes(sealed)
    return b"".join(unseal(path, key=KEY, context=context))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_comes_out_is_what_went_in(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    assert _opened(tmp_path, _sealed(data)) == data


@settings(max_examples=20, deadline=None)
@given(pieces=st.lists(st.binary(max_size=4_000), max_size=20))
def test_pieces_of_any_size_are_one_stream(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    target = io.BytesIO()
    part = seal(target, pieces, key=KEY, context=b"x", name="n")
    assert part.plain_bytes == len(b"".join(pieces))
    assert part.sealed_bytes == len(target.getvalue())
    folder = tmp_path_factory.mktemp("sealed")
    assert _opened(folder, target.getvalue(), context=b"x") == b"".join(pieces)


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, HEADER + 2_016 - 1), bit=st.integers(0, 7))
def test_one_flipped_bit_anywhere_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    sealed = bytearray(_sealed(b"x" * 2_000))
    sealed[at] ^= 1 << bit
    with pytest.raises(BackupBroken, match=r"content\.sealed"):
        _opened(tmp_path_factory.mktemp("flipped"), bytes(sealed))


def test_a_cut_is_noticed_also_between_chunks(tmp_path: Path) -> None:
    sealed = _sealed(os.urandom(2 * CHUNK))
    for length in (0, 10, HEADER, HEADER + SEALED_CHUNK, len(sealed) - 1):
        with pytest.raises(BackupBroken):
            _opened(tmp_path, sealed[:length])


def test_chunks_cannot_change_places_come_twice_or_be_added(tmp_path: Path) -> None:
    sealed = _sealed(os.urandom(3 * CHUNK))
    head, rest = sealed[:HEADER], sealed[HEADER:]
    one, two, three = (rest[n * SEALED_CHUNK : (n + 1) * SEALED_CHUNK] for n in range(3))
    for wrong in ([two, one, three], [one, one, three], [one, three], [one, two, three, three]):
        with pytest.raises(BackupBroken):
            _opened(tmp_path, head + b"".join(wrong))


def test_a_file_of_another_backup_does_not_pass(tmp_path: Path) -> None:
    with pytest.raises(BackupBroken):
        _opened(tmp_path, _sealed(b"secret"), context=b"b/content")
    assert _opened(tmp_path, _sealed(b"secret")) == b"secret"


def test_the_plaintext_is_not_in_the_file() -> None:
    assert b"ada@example.com" not in _sealed(b"ada@example.com" * 100)
