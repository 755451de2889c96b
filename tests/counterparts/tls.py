"""Certificates of servers on this machine, good ones and others, of an authority of the tests' own.

Keys are of the curve P-256, made in an instant; nothing is kept longer than a process.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from tests.counterparts.contract import Impatient

HERE: Final = "127.0.0.1"
_DAY: Final = timedelta(days=1)
_NOW: Final = datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey

    def serving(self, folder: Path) -> ssl.SSLContext:
        """Return what a server shows."""
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.renew(found, folder)
        return found

    def renew(self, context: ssl.SSLContext, folder: Path) -> None:
        """Let a running server show this one from now on.

        Its file is written for a moment: OpenSSL wants one.
        """
        path = folder / "server.pem"
        kind = PrivateFormat.PKCS8
        path.write_bytes(
            self.certificate.public_bytes(Encoding.PEM)
            + self.key.private_bytes(Encoding.PEM, kind, NoEncryption())
        )
        context.load_cert_chain(path)
        path.unlink()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _made(
    name: str, issuer: Certificate | None, begins: datetime, ends: datetime, *, is_ca: bool
) -> Certificate:
    key = generate_private_key(SECP256R1())
    names: x509.GeneralName = x509.IPAddress(ip_address(HERE))
    if name != HERE:
        names = x509.DNSName(name)
    public = key.public_key() if issuer is None else issuer.key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(name) if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), False)
    )
    signer = key if issuer is None else issuer.key
    return Certificate(builder.sign(signer, SHA256()), key)


@cache
def authority() -> Certificate:
    """Return the authority that tests trust."""
    return _made("authority.example", None, _NOW - 30 * _DAY, _NOW + 30 * _DAY, is_ca=True)


def good() -> Certificate:
    """Return one that is in order."""
    return _made(HERE, authority(), _NOW - _DAY, _NOW + _DAY, is_ca=False)


def expired() -> Certificate:
    """Return one that ran out an hour ago, and is in order else."""
    return _made(HERE, authority(), _NOW - 2 * _DAY, _NOW - _DAY / 24, is_ca=False)


def early() -> Certificate:
    """Return one that begins tomorrow."""
    return _made(HERE, authority(), _NOW + _DAY, _NOW + 2 * _DAY, is_ca=False)


def of_another() -> Certificate:
    """Return one of another host."""
    return _made("other.example", authority(), _NOW - _DAY, _NOW + _DAY, is_ca=False)


def of_nobody() -> Certificate:
    """Return one that signed itself."""
    return _made(HERE, None, _NOW - _DAY, _NOW + _DAY, is_ca=False)


class Trusting(Impatient):
    """The way out, believing the tests' authority and nobody else."""

    def __init__(self, *hosts: str) -> None:
        """Take the `host:port` pairs that may be private."""
        super().__init__(allowed_private=hosts)
        pem = authority().certificate.public_bytes(Encoding.PEM).decode()
        self._tls = ssl.create_default_context(cadata=pem)
