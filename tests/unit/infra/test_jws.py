"""Signed statements: the published vectors, and that nothing but the exact bytes is accepted."""

import json
from typing import Final

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from candor.infra.jws import (
    BadSignature,
    Flaw,
    KeySet,
    PublicKey,
    Signer,
    decoded,
    encode,
    named,
    opened,
    verify,
)
from tests.factories.house import VECTORS

KIND: Final = "test+jws"
SIGNER: Final = Signer(bytes(range(32)))
KEYS: Final = named(KeySet((SIGNER.public,)))
_SIGNS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


def handmade(header: object, payload: bytes = b"{}") -> str:
    """Sign any header with the right key."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    signed = f"{encode(raw)}.{encode(payload)}"
    return f"{signed}.{encode(SIGNER._private.sign(signed.encode()))}"


def flaw_of(compact: str) -> Flaw:
    with pytest.raises(BadSignature) as caught:
        opened(compact, KEYS, kind=KIND)
    assert caught.value.message
    assert caught.value.hint
    return caught.value.flaw


def test_the_signature_of_rfc_8032() -> None:
    vector = VECTORS["ed25519_rfc8032_test1"]
    signer = Signer(bytes.fromhex(vector["seed"]))
    assert decoded(signer.public.x).hex() == vector["public"]
    verify(signer.public, b"", bytes.fromhex(vector["signature"]))
    with pytest.raises(BadSignature):
        verify(signer.public, b"x", bytes.fromhex(vector["signature"]))


@pytest.mark.parametrize("name", ["compact_EdDSA", "compact_Ed25519"])
def test_the_statement_of_rfc_8037(name: str) -> None:
    vector = VECTORS["jws_ed25519"]
    signer = Signer(decoded(vector["jwk"]["d"]))
    assert signer.public.x == vector["jwk"]["x"]
    assert signer.public.kid == signer.public.thumbprint == vector["rfc7638_thumbprint"]
    head, body, signature = vector[name].split(".")
    assert decoded(body).decode() == vector["payload"]
    verify(signer.public, f"{head}.{body}".encode(), decoded(signature))


def test_the_canonical_json_of_rfc_8785() -> None:
    vector = VECTORS["jcs_rfc8785"]
    found = rfc8785.dumps(json.loads(vector["input_python"]))
    assert found.decode() == vector["output"]


@given(st.binary())
def test_what_is_signed_is_read_again(payload: bytes) -> None:
    compact = SIGNER.sign(payload, kind=KIND)
    assert compact == SIGNER.sign(payload, kind=KIND)
    found = opened(compact, KEYS, kind=KIND)
    assert found.payload == payload
    assert msgspec.to_builtins(found.header) == {
        "alg": "Ed25519",
        "kid": SIGNER.public.thumbprint,
        "typ": KIND,
    }


@given(st.data(), st.binary(max_size=80))
def test_any_changed_character_is_refused(data: st.DataObject, payload: bytes) -> None:
    compact = SIGNER.sign(payload, kind=KIND)
    place = data.draw(st.integers(0, len(compact) - 1))
    signs = st.sampled_from([*_SIGNS, "=", " ", "\n", "\x00", "é"])
    other = data.draw(signs.filter(lambda sign: sign != compact[place]))
    flaw_of(compact[:place] + other + compact[place + 1 :])


@given(st.data())
def test_any_cut_or_addition_is_refused(data: st.DataObject) -> None:
    compact = SIGNER.sign(b'{"a":1}', kind=KIND)
    flaw_of(compact[: data.draw(st.integers(0, len(compact) - 1))])
    flaw_of(compact + data.draw(st.text(st.sampled_from(_SIGNS + "= \n"), min_size=1)))


@given(st.text())
def test_no_text_does_more_than_be_refused(text: str) -> None:
    flaw_of(text)


@pytest.mark.parametrize("algorithm", ["none", "None", "", "HS256", "EdDSA", "ES256"])
def test_no_other_algorithm_is_accepted(algorithm: str) -> None:
    header = {"alg": algorithm, "kid": SIGNER.public.kid, "typ": KIND}
    spelt = json.dumps(header, separators=(",", ":")).encode()
    assert flaw_of(handmade(spelt)) is Flaw.WRONG_ALGORITHM


def test_a_missing_signature_is_refused() -> None:
    compact = SIGNER.sign(b"{}", kind=KIND)
    assert flaw_of(compact.rpartition(".")[0] + ".") is Flaw.MALFORMED


def test_a_statement_of_another_kind_is_refused() -> None:
    assert flaw_of(SIGNER.sign(b"{}", kind="other+jws")) is Flaw.WRONG_TYPE


def test_a_key_that_is_not_given_is_refused() -> None:
    assert flaw_of(Signer(bytes(32)).sign(b"{}", kind=KIND)) is Flaw.UNKNOWN_KEY


def test_the_header_has_one_spelling() -> None:
    header = {"alg": "Ed25519", "kid": SIGNER.public.kid, "typ": KIND}
    assert flaw_of(handmade(header)) is Flaw.NOT_CANONICAL  # spaces after the commas
    assert flaw_of(handmade({**header, "crit": ["x"], "x": 1})) is Flaw.MALFORMED
    assert flaw_of(handmade({**header, "jwk": {}})) is Flaw.MALFORMED
    assert flaw_of(handmade(b"[]")) is Flaw.MALFORMED
    assert flaw_of(handmade(b"\xff")) is Flaw.MALFORMED


def test_keys_are_known_by_what_they_are_not_by_what_they_say() -> None:
    lying = msgspec.structs.replace(Signer(bytes(32)).public, kid=SIGNER.public.kid)
    elliptic = PublicKey(kty="EC", crv="P-256", x="AA", kid=SIGNER.public.kid)
    assert SIGNER.public.kid not in named(KeySet((lying, elliptic)))


def test_what_is_no_key_verifies_nothing() -> None:
    short = PublicKey(kty="OKP", crv="Ed25519", x="AA")
    compact = SIGNER.sign(b"{}", kind=KIND)
    with pytest.raises(BadSignature):
        opened(compact, {SIGNER.public.kid: short}, kind=KIND)
