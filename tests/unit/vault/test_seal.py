"""Sealing, apart from any database: what was sealed opens in its own place, unchanged, only."""

from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import assume, given
from hypothesis import strategies as st

from candor.domain.vault.errors import Malformed, SealBroken, WrongKey
from candor.domain.vault.model import (
    INDEX_BYTES,
    EpochKey,
    Place,
    SubjectKey,
    blind_index,
    blind_index_full,
)
from tests.factories.house import VECTORS

NAME = Place("profiles.attribute", "sealed").prefix()
OTHER_COLUMN = Place("profiles.attribute", "sealed_too").prefix()
OTHER_TABLE = Place("profiles.identifier", "sealed").prefix()
ADA, BEN = UUID(int=1), UUID(int=2)
FIRST = EpochKey(1, bytes(32))
KEY = SubjectKey(ADA, bytes(range(32)))
keys = st.binary(min_size=32, max_size=32)
epochs = st.integers(0, 2**31 - 1)


@given(keys, st.uuids(), st.binary(max_size=300), st.binary(max_size=20))
def test_what_was_sealed_opens_unchanged(
    key: bytes, profile_id: UUID, plain: bytes, row: bytes
) -> None:
    subject = SubjectKey(profile_id, key)
    assert subject.unseal(NAME, subject.seal(NAME, plain, row), row) == plain


@pytest.mark.asvs("11.3.3")
@given(st.binary(max_size=60), st.data())
def test_any_flipped_bit_breaks_the_seal(plain: bytes, data: st.DataObject) -> None:
    sealed = KEY.seal(NAME, plain, b"row")
    bit = data.draw(st.integers(8, len(sealed) * 8 - 1))  # the first byte names the form
    broken = bytearray(sealed)
    broken[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        KEY.unseal(NAME, bytes(broken), b"row")


@given(st.integers(0, 7))
def test_another_form_is_malformed(bit: int) -> None:
    sealed = KEY.seal(NAME, b"Ada")
    with pytest.raises(Malformed):
        KEY.unseal(NAME, bytes([sealed[0] ^ 1 << bit]) + sealed[1:])


@given(st.integers(0, 28))
def test_a_value_shorter_than_any_seal_is_malformed(length: int) -> None:
    with pytest.raises(Malformed):
        KEY.unseal(NAME, KEY.seal(NAME, b"Ada")[:length])


@given(st.integers(29, 49))
def test_a_value_that_lost_its_end_does_not_open(length: int) -> None:
    sealed = KEY.seal(NAME, b"x" * 21)
    with pytest.raises(SealBroken):
        KEY.unseal(NAME, sealed[:length])


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_a_value_moved_to_another_row_breaks_the_seal(row: bytes, other: bytes) -> None:
    assume(row != other)
    with pytest.raises(SealBroken):
        KEY.unseal(NAME, KEY.seal(NAME, b"Ada", row), other)


@pytest.mark.parametrize("place", [OTHER_COLUMN, OTHER_TABLE])
def test_a_value_moved_to_another_column_breaks_the_seal(place: bytes) -> None:
    with pytest.raises(SealBroken):
        KEY.unseal(place, KEY.seal(NAME, b"Ada", b"row"), b"row")


def test_a_value_moved_to_another_person_breaks_the_seal_even_under_one_key() -> None:
    ben = SubjectKey(BEN, bytes(range(32)))
    with pytest.raises(SealBroken):
        ben.unseal(NAME, KEY.seal(NAME, b"Ada"))


def test_the_key_of_another_person_does_not_open() -> None:
    with pytest.raises(SealBroken):
        SubjectKey(ADA, bytes(32)).unseal(NAME, KEY.seal(NAME, b"Ada"))


def test_the_same_value_is_never_sealed_alike_twice() -> None:
    assert len({KEY.seal(NAME, b"Ada") for _ in range(100)}) == 100


@given(keys, epochs, st.uuids(), keys)
def test_a_wrapped_key_is_unwrapped_unchanged(
    epoch_key: bytes, epoch_id: int, profile_id: UUID, key: bytes
) -> None:
    wrapped = EpochKey(epoch_id, epoch_key).wrap(profile_id, key)
    assert len(wrapped) == 61
    assert EpochKey(epoch_id, epoch_key).unwrap(profile_id, wrapped) == key


def test_the_key_of_another_epoch_is_the_wrong_key() -> None:
    wrapped = FIRST.wrap(ADA, bytes(range(32)))
    with pytest.raises(WrongKey):
        EpochKey(1, bytes(31) + b"\x01").unwrap(ADA, wrapped)


@pytest.mark.parametrize(("epoch_id", "profile_id"), [(2, ADA), (1, BEN)])
def test_a_wrapped_key_is_bound_to_its_epoch_and_its_profile(
    epoch_id: int, profile_id: UUID
) -> None:
    wrapped = FIRST.wrap(ADA, bytes(range(32)))
    with pytest.raises(WrongKey):
        EpochKey(epoch_id, bytes(32)).unwrap(profile_id, wrapped)


@given(st.integers(8, 61 * 8 - 1))
def test_any_flipped_bit_of_a_wrapped_key_makes_the_key_wrong(bit: int) -> None:
    wrapped = bytearray(FIRST.wrap(ADA, bytes(range(32))))
    wrapped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(WrongKey):
        FIRST.unwrap(ADA, bytes(wrapped))


@pytest.mark.parametrize("length", [0, 1, 60, 62])
def test_a_wrapped_key_of_another_length_is_malformed(length: int) -> None:
    wrapped = FIRST.wrap(ADA, bytes(range(32))) + b"\x00"
    with pytest.raises(Malformed):
        FIRST.unwrap(ADA, wrapped[:length])


@pytest.mark.asvs("11.3.2")
def test_a_seal_is_aes_256_gcm_as_published() -> None:
    vector = {
        name: bytes.fromhex(text) for name, text in VECTORS["aes"]["gcm_256_case16"].items()
    }
    aes = AESGCM(vector["key"])
    assert aes.encrypt(vector["nonce"], vector["pt"], vector["aad"]) == vector["ct_tag"]
    assert aes.decrypt(vector["nonce"], vector["ct_tag"], vector["aad"]) == vector["pt"]


def test_a_seal_can_be_verified_by_its_description_alone() -> None:
    sealed = KEY.seal(NAME, b"Ada", b"\x00\x07")
    bound = b"\x01profiles.attribute.sealed\x00" + ADA.bytes + b"\x00\x07"
    assert sealed[:1] == b"\x01"
    assert AESGCM(bytes(range(32))).decrypt(sealed[1:13], sealed[13:], bound) == b"Ada"


def test_the_blind_index_is_the_published_one() -> None:
    vector = VECTORS["blind_index"]
    key = bytes.fromhex(vector["key"])
    full = blind_index_full(key, "email", "ada@example.com")
    assert full.hex() == vector["hmac_sha256"]
    assert blind_index(key, "email", "ada@example.com") == full[:INDEX_BYTES]


@given(st.text(max_size=20), st.text(max_size=20))
def test_two_identifiers_have_two_indexes(one: str, other: str) -> None:
    assume(one != other)
    key = bytes(32)
    assert blind_index(key, "email", one) != blind_index(key, "email", other)
    assert blind_index(key, "email", one) != blind_index(key, "phone", one)
    assert blind_index(key, "email", one) != blind_index(b"\x01" * 32, "email", one)


def test_a_pseudonym_tells_nothing_of_the_profile_and_dies_with_the_key() -> None:
    assert len(KEY.pseudonym) == 16
    assert KEY.pseudonym == SubjectKey(ADA, bytes(range(32))).pseudonym
    assert KEY.pseudonym != SubjectKey(ADA, bytes(32)).pseudonym
    assert ADA.bytes != KEY.pseudonym
