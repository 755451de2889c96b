"""Signed notes: the vector of the format, and every way in which one is none."""

from base64 import b64decode, b64encode
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.infra.note import BadNote, NoteSigner, names_in, opened, verifier_of
from tests.factories.house import VECTORS

_V: Final[dict[str, Any]] = VECTORS["signed_note_ed25519"]
_NOTE: Final = f"{_V['text']}\n{_V['signature_line']}\n"
_KEY: Final = verifier_of(_V["vkey"])
_OURS: Final = NoteSigner("shop.example/trust/log", b"s" * 32)


def test_the_note_of_the_format_is_read() -> None:
    assert opened(_NOTE, [_KEY]) == _V["text"]
    assert _KEY.vkey == _V["vkey"]
    assert names_in(_NOTE) == ["example.com/foo"]


def test_what_we_sign_we_read() -> None:
    note = _OURS.sign("one\ntwo\n")
    assert opened(note, [_KEY, _OURS.verifier]) == "one\ntwo\n"
    assert note == _OURS.sign("one\ntwo\n")


def test_others_may_have_signed_too() -> None:
    note = _OURS.sign(_V["text"]) + _V["signature_line"] + "\n"
    assert opened(note, [_OURS.verifier]) == opened(note, [_KEY]) == _V["text"]
    bent = note.replace("Uw2QOk", "Uw2QOl")  # the other signature is wrong
    with pytest.raises(BadNote, match="does not fit"):
        opened(bent, [_KEY, _OURS.verifier])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        _V["text"] + "\n",
        _NOTE.removesuffix("\n"),
        _NOTE.replace("—", "-"),
        _NOTE.replace("\n\n", "\n"),
        _NOTE.replace("example.com/foo ", ""),
        _NOTE.replace("message", "mess\x07age"),
        _NOTE + _NOTE.splitlines()[-1] * 101,
        f"{_V['text']}\n— example.com/foo !!\n",
        f"{_V['text']}\n— example.com/foo AAAA\n",
    ],
)
def test_what_is_no_note(note: str) -> None:
    with pytest.raises(BadNote):
        opened(note, [_KEY])


def test_a_note_of_others_is_not_one_of_ours() -> None:
    with pytest.raises(BadNote, match="known keys"):
        opened(_NOTE, [_OURS.verifier])
    with pytest.raises(BadNote):
        opened(_NOTE, [])


@given(st.integers(0, len(_NOTE) - 2), st.characters(exclude_categories=["Cs"]))
def test_a_changed_sign_is_refused(at: int, sign: str) -> None:
    if _NOTE[at] == sign:
        return
    bent = _NOTE[:at] + sign + _NOTE[at + 1 :]
    try:
        text = opened(bent, [_KEY])
    except BadNote:
        return
    raise AssertionError(f"{bent!r} was read as {text!r}")


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "x" * 300])
def test_names_that_a_key_cannot_have(name: str) -> None:
    with pytest.raises(BadNote):
        NoteSigner(name, b"s" * 32)


@pytest.mark.parametrize("text", ["no line feed", "a\tb\n", "a\x00\n"])
def test_texts_that_are_not_signed(text: str) -> None:
    with pytest.raises(BadNote):
        _OURS.sign(text)


def test_keys_that_are_none() -> None:
    name, short, blob = _V["vkey"].split("+", 2)
    other = b64encode(b"\x02" + b64decode(blob)[1:]).decode()
    for vkey in (
        "",
        "a",
        f"{name}+00000000+{blob}",
        f"{name}+{short}+{other}",
        f"{name}+{short}+!",
    ):
        with pytest.raises(BadNote):
            verifier_of(vkey)
