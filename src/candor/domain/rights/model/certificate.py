"""The certificate of an erasure: what was done, when, and by when the last copy is gone.

It names nobody: a request, counts, codes and days. The bytes that are signed are the canonical form
of RFC 8785; the signature is a JWS with Ed25519, under the keys that sign receipts.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
import rfc8785

KIND: Final = "erasure-certificate+jws"  # `typ` of the signed statement
SCHEMA: Final = "candor-erasure/1"


class Stays(msgspec.Struct, frozen=True):
    """Rows that stay in one table, and the ground (GDPR Art. 17(3)); they lead to nobody."""

    table: str
    rows: int
    ground: str


class Outside(msgspec.Struct, frozen=True):
    """What a system outside said of it: which, and the SHA-256 of its evidence.

    Of a connection also its name, and when it acknowledged that it holds nothing any more; null:
    it did not, somebody saw to it by hand or it held nothing.
    """

    party: str
    evidence: str
    name: str | None = None
    acknowledged_at: str | None = None


class Scan(msgspec.Struct, frozen=True):
    """What was looked for and where: words, columns, what stays by table; nothing else was left."""

    at: str
    words: int
    columns: int
    stay: Mapping[str, int]


class Certificate(msgspec.Struct, frozen=True):
    """What is certified. Instants are RFC 3339 in UTC, days ISO 8601."""

    schema: str
    company: str
    request: str
    law: str | None
    asked_at: str
    unreadable_at: str
    purged_at: str
    profiles: int
    gone: Mapping[str, int]
    stays: tuple[Stays, ...]
    outside: tuple[Outside, ...]
    scan: Scan
    # The last backup that holds the rows, which nobody can read, is gone by then; null: this
    # installation makes none by itself.
    backups_gone_by: str | None
    log_size: int  # entries of the audit log that a checkpoint signed before
    issued_at: str


def payload_of(certificate: Certificate) -> bytes:
    """Return the canonical bytes that are signed."""
    return rfc8785.dumps(msgspec.to_builtins(certificate))


def read(payload: bytes) -> Certificate:
    """Return what a signed payload says.

    Raises:
        msgspec.DecodeError: it is no certificate, or of a version that we do not know.
    """
    certificate = msgspec.json.decode(payload, type=Certificate)
    if certificate.schema != SCHEMA:
        message = "unknown version"
        raise msgspec.ValidationError(message)
    return certificate
