"""A certificate is verified by our command and by the program in the docs, which share no code."""

import asyncio
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg
import pytest
from typer.testing import CliRunner, Result

from candor.app import Candor
from candor.app.forgetting import means_of
from candor.cli import app
from candor.domain.consent.service.receipts import issuer_of
from candor.domain.rights.model import certificate as form
from candor.domain.rights.service import certificates
from candor.infra.db.embedded import Urls
from candor.infra.jws import encode
from candor.kernel.errors import CandorError
from tests.factories import erasing

HOWTO: Final = Path(__file__).resolve().parents[4] / "docs/howto"


def block(file: str, language: str) -> str:
    """Return the one block of code of a page."""
    text = (HOWTO / file).read_text()
    (code,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return code


@dataclass(frozen=True)
class Held:
    """A certificate and the published keys on somebody's disk."""

    folder: Path
    compact: str

    def put(self, text: str) -> Path:
        """Write a certificate down."""
        file = self.folder / "certificate.jws"
        file.write_text(text, encoding="utf-8")
        return file

    @property
    def keys(self) -> Path:
        return self.folder / "candor-keys.json"

    async def ours(self, text: str, *more: str) -> tuple[int, str]:
        """Run our command; return its exit code and what it said."""
        given = ("verify", str(self.put(text)), *(more or ("--keys", str(self.keys))))
        answer = await rights(*given)
        error = answer.exception
        if isinstance(error, CandorError):  # said by `main`, which ends with 1
            return 1, f"{error.message} {error.hint}"
        return answer.exit_code, answer.output

    def theirs(self, text: str) -> tuple[int, str]:
        """Run the program of the docs as a stranger does; return its exit code and words."""
        self.put(text)
        (self.folder / "verify_receipt.py").write_text(block("verify-a-receipt.md", "python"))
        commands = block("verify-a-certificate.md", "sh").replace(
            "python ", f"{sys.executable} -I "
        )
        run = subprocess.run(
            ["/bin/sh", "-ec", commands],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
        )
        return run.returncode, run.stdout + run.stderr


async def rights(*words: str) -> Result:
    """Run a command of `candor rights`, which has a loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, ["rights", *words])


@pytest.fixture
async def held(candor: Candor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Held:
    """Return a real certificate, and the keys that are published."""
    monkeypatch.setenv("COLUMNS", "200")
    who, _ = await erasing.make_somebody(candor)
    request = await erasing.carried(candor, await erasing.ask(candor, who))
    async with candor.database.read() as tx:
        compact = await certificates.body_of(tx, request.request_id)
        assert (await means_of(candor).signer(tx)).public.kid
    assert compact is not None
    folder = tmp_path / "stranger"
    folder.mkdir()
    keys = issuer_of(candor.keyring, number=2, choose_at="").keys
    (folder / "candor-keys.json").write_bytes(msgspec.json.encode(keys))
    return Held(folder, compact)


async def test_both_tell_what_was_done(held: Held) -> None:
    code, said = await held.ours(held.compact)
    assert code == 0
    for words in ("Genuine", "of profiles.identifier", "of consent.record: evidence"):
        assert words in said
    code, said = held.theirs(held.compact)
    assert code == 0
    assert json.loads(said) == dict(erasing.payload_of(held.compact))


async def test_what_was_changed_is_refused(held: Held) -> None:
    head, payload, signature = held.compact.split(".")
    other = "B" if payload[40] != "B" else "C"
    receipt = json.loads(erasing.jws.decoded(head)) | {"typ": "consent-receipt+jws"}
    for text in (
        f"{head}.{payload[:40]}{other}{payload[41:]}.{signature}",
        f"{encode(json.dumps(receipt).encode())}.{payload}.{signature}",
        f"{head}.{payload}.",
        "no certificate",
    ):
        assert (await held.ours(text))[0] == 1, text
        assert held.theirs(text)[0] == 1, text


async def test_without_keys_those_of_this_installation_count(
    held: Held, candor: Candor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANDOR_KEYRING", str(candor.settings.keyring))
    assert (await held.ours(held.compact, "--keys", ""))[0] == 0


async def test_one_of_another_version_is_not_guessed_at(
    held: Held, candor: Candor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANDOR_KEYRING", str(candor.settings.keyring))
    async with candor.database.read() as tx:
        signer = await means_of(candor).signer(tx)
    said = {**erasing.payload_of(held.compact), "schema": "candor-erasure/2"}
    code, words = await held.ours(
        signer.sign(msgspec.json.encode(said), kind=form.KIND), "--keys", ""
    )
    assert code == 1
    assert "newest" in words


@pytest.mark.usefixtures("held")
async def test_whoever_looks_again_is_told_what_is_left(
    candor: Candor,
    database_urls: Urls,
    owner: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CANDOR_DATABASE_URL", database_urls.app)
    monkeypatch.setenv("CANDOR_HOME", str(candor.settings.home))
    who = owner.execute("SELECT profile_id FROM vault.erasure").fetchone()
    assert who is not None
    owner.execute("CREATE SCHEMA other")
    owner.execute("CREATE TABLE other.stray (words text)")
    owner.execute("INSERT INTO other.stray VALUES (%s)", (f"seen {who[0]}",))
    owner.execute("GRANT USAGE ON SCHEMA other TO candor_app")
    owner.execute("GRANT SELECT ON other.stray TO candor_app")
    found = await rights("scan")
    assert found.exit_code == 1
    assert "1 rows in other.stray" in found.output
    owner.execute("DROP TABLE other.stray")
    found = await rights("scan")
    assert found.exit_code == 0, found.output
    assert "Nobody who was erased is left anywhere." in found.output
    assert "0 erasures" in (await rights("scan")).output
