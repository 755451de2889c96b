"""A receipt is verified by our command and by the program in the docs, which share no code."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from candor.app import Candor, registry_of
from candor.cli import app
from candor.domain.audit.errors import NotSealedYet
from candor.domain.consent.errors import NoSuchChoice
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.receipt import KIND
from candor.domain.consent.service import receipts
from candor.infra.jws import BadSignature, Signer, encode, named, opened
from candor.infra.note import NoteSigner
from candor.kernel.errors import CandorError
from candor.kernel.ids import ProfileId, new_id
from tests.db.consent.test_receipts import chosen, issued, issuer
from tests.factories.house import TEST, make_person
from tests.factories.logs import seal

ROOT: Final = Path(__file__).resolve().parents[3]
HOWTO: Final = ROOT / "docs/howto/verify-a-receipt.md"
_SIGNS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


def _program() -> str:
    """Return the program that stands in the docs."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", HOWTO.read_text(), re.DOTALL | re.MULTILINE)
    return code


def _namespace() -> dict[str, Any]:
    """Return what the program defines, without running its last lines."""
    names: dict[str, Any] = {}
    exec(_program().partition("\ntry:\n")[0], names)  # noqa: S102 - our own document
    return names


@dataclass(frozen=True)
class Held:
    """A receipt and keys on somebody's disk."""

    folder: Path
    compact: str

    def put(self, text: str) -> str:
        file = self.folder / "receipt.jws"
        file.write_text(text, encoding="utf-8")
        return str(file)

    @property
    def keys(self) -> str:
        return str(self.folder / "keys.json")


@pytest.fixture
async def held(candor: Candor, tmp_path: Path) -> Held:
    """Return a real receipt of Ada's, and the keys that are published."""
    ada = await make_person(candor, number="A1", name="Ada", email="ada@example.org")
    compact = await issued(candor, ada, await chosen(candor, ada, Choice.GRANTED))
    (tmp_path / "keys.json").write_bytes(msgspec.json.encode(issuer(candor, 2).keys))
    return Held(tmp_path, compact)


def ours(held: Held, text: str, *more: str) -> tuple[int, str]:
    """Run our command; return its exit code and what it said."""
    given_ = ["receipt", "verify", held.put(text), *(more or ("--keys", held.keys))]
    answer = CliRunner().invoke(app, given_)
    error = answer.exception
    if isinstance(error, CandorError):  # said by `main`, which ends with 1
        return 1, f"{error.message} {error.hint}"
    return answer.exit_code, answer.output


def theirs(held: Held, text: str) -> tuple[int, str]:
    """Run the program of the docs as a stranger does; return its exit code and what it said."""
    program = held.folder / "verify_receipt.py"
    program.write_text(_program())
    run = subprocess.run(
        [sys.executable, "-I", str(program), held.put(text), held.keys],
        capture_output=True,
        text=True,
        check=False,
        cwd=held.folder,
    )
    return run.returncode, run.stdout + run.stderr


def forged(held: Held, **header: str) -> str:
    """Return the receipt under another header, signed by a key that nobody published."""
    mine = Signer(b"m" * 32)
    payload = held.compact.split(".")[1]
    head = {"alg": "Ed25519", "kid": mine.public.kid, "typ": KIND, **header}
    signed = f"{encode(json.dumps(head, separators=(',', ':')).encode())}.{payload}"
    return f"{signed}.{encode(mine._private.sign(signed.encode()))}"


def test_the_program_is_short() -> None:
    assert len(_program().splitlines()) <= 50


async def test_our_command_tells_what_was_chosen(held: Held) -> None:
    code, said = ours(held, held.compact)
    assert code == 0
    for words in ("Genuine", "yes", "We use it for news.", "2026-03-02 11:59:00", "GDPR", "Ex"):
        assert words in said


async def test_a_line_end_after_it_is_forgiven(held: Held) -> None:
    assert ours(held, held.compact + "\n")[0] == theirs(held, held.compact + "\n")[0] == 0
    assert ours(held, held.compact + " ")[0] == 1


async def test_a_stranger_reads_the_same(held: Held, candor: Candor) -> None:
    code, said = theirs(held, held.compact)
    assert code == 0
    payload = opened(held.compact, named(issuer(candor).keys), kind=KIND).payload
    assert json.loads(said) == json.loads(payload)


@pytest.mark.parametrize("run", [ours, theirs])
async def test_what_is_wrong_is_said(
    held: Held, run: Callable[[Held, str], tuple[int, str]]
) -> None:
    head, payload, signature = held.compact.split(".")
    other = "B" if payload[40] != "B" else "C"
    for text, words in (
        (f"{head}.{payload[:40]}{other}{payload[41:]}.{signature}", "does not fit"),
        (forged(held), "key"),
        (forged(held, alg="none"), "Ed25519"),
        (forged(held, typ="other"), "receipt"),
        ("not a receipt", ""),
        (f"{head}.{payload}.", ""),
    ):
        code, said = run(held, text)
        assert code == 1, text
        assert words in said, said


async def test_keys_are_needed(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANDOR_HOME", str(held.folder / "empty"))
    assert "no keyring" in ours(held, held.compact, "--keys", "")[1]
    assert not (held.folder / "empty").exists()
    assert "There is no" in ours(held, held.compact, "--keys", "nowhere.json")[1]
    assert "no set of keys" in ours(held, held.compact, "--keys", __file__)[1]
    assert "address" in ours(held, held.compact, "--keys", "http://127.0.0.1:1")[1]


async def test_without_keys_those_of_this_installation_count(
    held: Held, candor: Candor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANDOR_KEYRING", str(candor.settings.keyring))
    assert ours(held, held.compact, "--keys", "")[0] == 0


async def test_any_changed_byte_is_refused(held: Held, candor: Candor) -> None:
    keys = issuer(candor).keys
    names = _namespace()

    @settings(max_examples=300)
    @given(st.integers(0, len(held.compact) - 1), st.sampled_from(_SIGNS + "= \n"))
    def refused(place: int, other: str) -> None:
        assume(other != held.compact[place])
        changed = held.compact[:place] + other + held.compact[place + 1 :]
        with pytest.raises(BadSignature):
            opened(changed, named(keys), kind=KIND)
        with pytest.raises((ValueError, names["InvalidSignature"])):
            names["verify"](changed, msgspec.to_builtins(keys))

    refused()


@dataclass(frozen=True)
class Logged:
    """A receipt, with the proof that its choice stands in the log."""

    held: Held
    proof: str
    key: str

    def verified(self, proof: str, *, key: str | None = None) -> tuple[int, str]:
        """Hold a receipt against a proof, as somebody does who knows the key of the log."""
        file = self.held.folder / "choice.tlog-proof"
        file.write_bytes(proof.encode("latin-1"))
        keys = ("--keys", self.held.keys)
        more = ("--log", str(file), "--log-key", self.key if key is None else key)
        return ours(self.held, self.held.compact, *keys, *more)


async def _proved(candor: Candor, who: ProfileId, record_id: UUID) -> str:
    async with candor.database.tx("wanted") as tx:
        found = await receipts.prove(
            tx,
            who,
            record_id,
            actor=TEST,
            vault=candor.vault,
            clock=candor.clock,
        )
    return found.file.encode().decode("latin-1")


@pytest.fixture
async def logged(candor: Candor, tmp_path: Path) -> Logged:
    ada = await make_person(candor, number="A1", name="Ada", email="ada@example.org")
    record_id = await chosen(candor, ada, Choice.GRANTED)
    with pytest.raises(NotSealedYet):
        await _proved(candor, ada, record_id)
    await seal(candor)
    (tmp_path / "keys.json").write_bytes(msgspec.json.encode(issuer(candor, 2).keys))
    held = Held(tmp_path, await issued(candor, ada, record_id))
    async with candor.database.read() as tx:
        notary = await registry_of(candor).notary(tx)
    return Logged(held, await _proved(candor, ada, record_id), notary.signer.verifier.vkey)


async def test_the_choice_behind_a_receipt_stands_in_the_log(logged: Logged) -> None:
    code, said = logged.verified(logged.proof)
    assert code == 0
    assert "The choice stands in the log of" in said


async def test_a_proof_with_one_changed_byte_proves_nothing(logged: Logged) -> None:
    for place in range(0, len(logged.proof), 7):
        changed = chr(ord(logged.proof[place]) ^ 1)
        wrong = logged.proof[:place] + changed + logged.proof[place + 1 :]
        code, said = logged.verified(wrong)
        assert code == 1, (place, said)
        assert "stands in the log of" not in said


async def test_a_proof_of_another_choice_or_another_log_is_refused(
    logged: Logged, candor: Candor
) -> None:
    ben = await make_person(candor, number="B1", name="Ben", email="ben@example.org")
    other = await chosen(candor, ben, Choice.GRANTED)
    await seal(candor)
    code, said = logged.verified(await _proved(candor, ben, other))
    assert (code, "of another entry" in said) == (1, True)
    stranger = NoteSigner("other.example/trust/log", b"s" * 32).verifier.vkey
    code, said = logged.verified(logged.proof, key=stranger)
    assert (code, "not signed by any of the known keys" in said) == (1, True)
    with pytest.raises(NoSuchChoice):
        await _proved(candor, ben, new_id())
