"""Signatures of a domain: what a processor says under OpenDSR, and how it is checked.

A detached signature (SHA-256) over the exact bytes of a body, by a key of FIPS 186-4 whose
X.509 certificate names the domain. Ours is ECDSA on P-256, derived from the keyring, so there is
no further secret to keep; of others RSA (PKCS #1 v1.5) and ECDSA are understood. Bytes are verified
before anybody reads them.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from candor.kernel.errors import Kind, Refused

USE: Final = "opendsr"  # name of the fixed key that the key is derived from
LASTS: Final = timedelta(days=3650)
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
_WIDE: Final = 48  # bytes: enough more than the order that the remainder is even
_LONGEST_NAME: Final = 64  # of a common name (X.520)
_LEAST_RSA_BITS: Final = 2048


class BadDomainSignature(Refused):
    """This was not signed by the domain that it says."""

    code: ClassVar[str] = "opendsr.bad_signature"
    kind: ClassVar[Kind] = Kind.FORBIDDEN
    default_hint: ClassVar[str] = (
        "Has the other side a new certificate? Then fetch it and replace the one kept here."
    )


class BadCertificate(Refused):
    """This is no certificate that can be used for this domain."""

    code: ClassVar[str] = "opendsr.bad_certificate"
    default_hint: ClassVar[str] = (
        "PEM, RSA of 2048 bits or ECDSA, valid now, with the domain among its names."
    )


class DomainSigner:
    """Signs what one domain says."""

    def __init__(
        self, seed: bytes, domain: str, *, now: datetime, given: str | None = None
    ) -> None:
        """Derive the key; without a given certificate it is signed by itself.

        Raises:
            BadCertificate: the given one is of another key or domain, or not valid now.
        """
        self.domain = domain
        self._key = ec.derive_private_key(_scalar(seed), ec.SECP256R1())
        if given is None:
            self.certificate = self._self_signed(now)
            return
        found = check_certificate(given, domain, now)
        if found.public_key() != self._key.public_key():
            message = "The certificate is not of the key of this Candor."
            raise BadCertificate(message, hint="Ask for one with: candor rights certificate")
        self.certificate = given

    def sign(self, body: bytes) -> str:
        """Return the signature of these bytes, base64."""
        return b64encode(self._key.sign(body, ec.ECDSA(SHA256()))).decode()

    def asking(self) -> str:
        """Return a request for a certificate (PKCS #10, PEM), for an authority to sign."""
        builder = x509.CertificateSigningRequestBuilder(_name(self.domain)).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(self.domain)]), critical=False
        )
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM).decode()

    def _self_signed(self, now: datetime) -> str:
        name = _name(self.domain)
        built = (
            x509.CertificateBuilder(name, name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + LASTS)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(self.domain)]), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        )
        return built.sign(self._key, SHA256()).public_bytes(Encoding.PEM).decode()


def signer_of(
    seed: bytes, public_url: str, file: Path | None, *, now: datetime
) -> DomainSigner:
    """Return what signs for the host of an address, with the certificate in a file if there is one.

    Raises:
        BadCertificate: the file cannot be read, or is not of our key and domain.
    """
    given = None
    if file is not None:
        try:
            given = file.read_text(encoding="ascii")
        except (OSError, ValueError):
            raise BadCertificate from None
    return DomainSigner(
        seed, urlsplit(public_url).hostname or "localhost", now=now, given=given
    )


def check_certificate(pem: str, domain: str, now: datetime) -> x509.Certificate:
    """Return the first certificate of a PEM text, if it is one for this domain now.

    Raises:
        BadCertificate: it is not.
    """
    try:
        found = x509.load_pem_x509_certificates(pem.encode())[0]
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        domains = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
        key = found.public_key()
    except (ValueError, IndexError, x509.ExtensionNotFound, UnsupportedAlgorithm):
        raise BadCertificate from None
    is_ours = any(_matches(name, domain.lower()) for name in domains)
    is_valid = found.not_valid_before_utc <= now <= found.not_valid_after_utc
    is_strong = isinstance(key, ec.EllipticCurvePublicKey) or (
        isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS
    )
    if not (is_ours and is_valid and is_strong):
        raise BadCertificate
    return found


def verify(pem: str, *, domain: str, body: bytes, signature: str, now: datetime) -> None:
    """Verify what a domain signed.

    Raises:
        BadDomainSignature: these bytes were not signed by its key.
        BadCertificate: the certificate is not one for this domain now.
    """
    key = check_certificate(pem, domain, now).public_key()
    try:
        raw = b64decode("".join(signature.split()), validate=True)
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(raw, body, padding.PKCS1v15(), SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(raw, body, ec.ECDSA(SHA256()))
        else:
            raise BadDomainSignature
    except (InvalidSignature, NotBase64, ValueError):
        raise BadDomainSignature from None


def _matches(name: str, domain: str) -> bool:
    """Tell whether a name of a certificate is the domain; `*.` stands for one label."""
    if name.startswith("*."):
        return domain.partition(".")[2] == name[2:]
    return name == domain


def _scalar(seed: bytes) -> int:
    wide = HKDF(SHA256(), _WIDE, salt=None, info=b"candor/p256").derive(seed)
    return int.from_bytes(wide) % (_ORDER - 1) + 1


def _name(domain: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain[:_LONGEST_NAME])])
