"""The exact bytes of an entry that the log proves, and their hash.

An entry is written as canonical JSON (RFC 8785: members in order, no space, one spelling), one
line of an export. Everything that says who did what to whom and why is in it, the number and the
time of the entry too. The transaction that wrote it is not: it is about the database, and another
database that the log is restored into counts otherwise.

The database gives entries as JSON; they are read into `Line` and written anew, so that the bytes
never depend on how the database spells JSON.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from candor.domain.audit.model import Entry

HASH_BYTES: Final = 32
_LEAF: Final = b"\x00"  # RFC 9162, 2.1.1: a leaf can never be taken for a node


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """An entry as it is hashed; the order of the members is that of the alphabet.

    The garbage collector need not look at it: nothing in it can point back.
    """

    action: str
    actor_id: str
    actor_kind: str
    detail: dict[str, Any]
    entry_id: int
    fields: list[str]
    outcome: str
    purpose: str | None
    reason: str | None
    recorded_at: str  # UTC, with all six digits of the microseconds
    request_id: str | None
    subject: str | None  # the pseudonym in hexadecimal


_encoder: Final = msgspec.json.Encoder(order="sorted")
_lines: Final = msgspec.json.Decoder(list[Line])
_detail: Final = msgspec.json.Decoder(dict[str, Any])


def canonical(line: Line) -> bytes:
    """Return the bytes of an entry: one line of an export, without its end."""
    return _encoder.encode(line)


def line_of(entry: Entry) -> Line:
    """Return an entry as it is hashed."""
    return Line(
        action=entry.action,
        actor_id=entry.actor_id,
        actor_kind=entry.actor_kind,
        detail=entry.detail,
        entry_id=entry.entry_id,
        fields=entry.fields,
        outcome=entry.outcome,
        purpose=entry.purpose,
        reason=entry.reason,
        recorded_at=moment(entry.recorded_at),
        request_id=entry.request_id,
        subject=entry.subject.hex() if entry.subject is not None else None,
    )


def lines_of(text: str) -> list[Line]:
    """Return the entries in a JSON array that the database made."""
    return _lines.decode(text)


def detail_of(text: str) -> dict[str, Any]:
    """Return the detail of an entry, which the database gave as JSON."""
    return _detail.decode(text)


def moment(at: datetime) -> str:
    """Return an instant as it stands in an entry."""
    in_utc = at.astimezone(UTC).replace(tzinfo=None)
    return in_utc.isoformat(timespec="microseconds") + "Z"


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of the bytes of an entry."""
    return hashlib.sha256(_LEAF + data).digest()
