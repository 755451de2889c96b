"""The program in the docs verifies what we hand out, and shares no code with us."""

import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candor.domain.audit.model.tree import folded
from candor.domain.audit.service import proving
from tests.db.audit.conftest import Log

ROOT: Final = Path(__file__).resolve().parents[3]
HOWTO: Final = ROOT / "docs/howto/verify-the-log.md"


def program() -> str:
    """Return the program that stands in the docs."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", HOWTO.read_text(), re.DOTALL | re.MULTILINE)
    return code


@pytest.fixture
async def held(log: Log, tmp_path: Path) -> dict[str, str]:
    """Return what an auditor holds: files of a log of 300 entries that was 37 once."""
    older = await log.grow(37)
    newer = await log.grow(263)
    async with log.db.read() as tx:
        lines = [
            line for at in (0, 256) for line in await proving.export(tx, begin=at, size=300)
        ]
        entry = await proving.prove(tx, 30)
        growth = await proving.consistent(tx, 37, 300)
    (tmp_path / "program.py").write_text(program())
    return {
        "older": older.note,
        "newer": newer.note,
        "log": "".join(line.decode() + "\n" for line in lines),
        "entry": entry.file,
        "growth": growth.text,
        "vkey": log.notary.signer.verifier.vkey,
    }


def run(folder: Path, vkey: str, what: str, *texts: str) -> tuple[int, str]:
    """Run the program as a stranger does."""
    names: list[str] = []
    for place, text in enumerate(texts):
        path = folder / f"{place}.txt"
        path.write_text(text, encoding="utf-8")
        names.append(str(path))
    done = subprocess.run(
        [sys.executable, "-I", str(folder / "program.py"), vkey, what, *names],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


async def test_it_verifies_log_entry_and_growth(held: dict[str, str], tmp_path: Path) -> None:
    key = held["vkey"]
    assert run(tmp_path, key, "log", held["log"], held["newer"]) == (0, "")
    assert run(tmp_path, key, "log", held["log"], held["older"]) == (0, "")
    assert run(tmp_path, key, "entry", held["entry"]) == (0, "")
    growth = (held["older"], held["newer"], held["growth"])
    assert run(tmp_path, key, "growth", *growth) == (0, "")


async def test_it_refuses_whatever_was_changed(held: dict[str, str], tmp_path: Path) -> None:
    key = held["vkey"]
    changed = held["log"].replace('"entry_id":200', '"entry_id":201')
    code, said = run(tmp_path, key, "log", changed, held["newer"])
    assert (code, said) == (1, "not genuine: the hashes do not fit\n")
    code, said = run(tmp_path, key, "log", held["log"], held["newer"].replace("300", "299"))
    assert (code, said) == (1, "not genuine: the signature does not fit\n")
    swapped = (held["newer"], held["older"], held["growth"])
    assert run(tmp_path, key, "growth", *swapped)[0] == 1
    other = key.replace("shop.example", "shop.invalid")
    assert "short form" in run(tmp_path, other, "entry", held["entry"])[1]


async def test_no_changed_byte_passes(held: dict[str, str]) -> None:
    names: dict[str, Any] = {"__name__": "verifier"}
    exec(program(), names)  # noqa: S102 - our own document
    is_entry: Callable[[str, str], bool] = names["is_entry"]
    text = held["entry"]
    spots = st.integers(0, len(text.rstrip()) - 1)

    @settings(max_examples=150, deadline=None)
    @given(spots, st.sampled_from("ABCxyz012+/=\n "))
    def refused(at: int, sign: str) -> None:
        if text[at] == sign:
            return
        bent = text[:at] + sign + text[at + 1 :]
        try:
            passed = is_entry(held["vkey"], bent)
        except Exception:  # noqa: BLE001 - any refusal is one
            passed = False
        assert not passed

    refused()


def test_it_is_short() -> None:
    body = [line for line in program().splitlines() if line.strip()]
    assert len(body) <= 85


def test_an_empty_log_has_the_root_of_nothing() -> None:
    assert b64encode(folded([])) == b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
