"""A database is reached by the name that its certificate bears, and by no other."""

import shutil
import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from candor.domain.connections.adapters.mariadb.adapter import adapter
from candor.domain.connections.errors import Unreached
from candor.infra.mariadb_server import OwnMariaDB, is_installed
from tests.counterparts.databases import in_mariadb


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None or not is_installed():
        pytest.skip("MariaDB or openssl is not on this machine")
    key, certificate = folder / "server.key", folder / "server.pem"
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
            "-keyout", str(key), "-out", str(certificate),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return key, certificate


@pytest.mark.parametrize("name", ["localhost", "other.example"])
async def test_the_certificate_is_held_against_the_name(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    folder = tmp_path_factory.mktemp("tls")  # short: the path of a socket is
    key, certificate = _certificate(folder, name)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = (f"--ssl-cert={certificate}", f"--ssl-key={key}")
    server = OwnMariaDB(folder / "maria", port=port, options=options)
    server.start()
    speaking = adapter(10.0)
    try:
        with in_mariadb(server) as there:
            line = there.line(
                host="localhost",
                port=str(port),
                tls="verify",
                authority=certificate.read_text(encoding="ascii"),
            )
            there.set_up(line)
            strange = replace(line, settings={**line.settings, "authority": ""})
            with pytest.raises(Unreached):
                await speaking.check(strange)
            if name == "localhost":
                await speaking.check(line)
            else:
                with pytest.raises(Unreached):
                    await speaking.check(line)
            await speaking.close()
    finally:
        server.stop()
