"""Choices that were made before Candor, as a file tells of them: one row, read and judged.

What is unknown, missing or unreadable is refused, row by row. A yes must say under which words it
was given; a no counts without.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.policy import Policy

COLUMNS: Final = (
    "profile", "kind", "value", "purpose", "choice", "decided_at", "surface", "notice", "edition",
    "locale", "evidence",
)  # fmt: skip
OLDEST: Final = timedelta(days=365 * 30)
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NOTICE: Final = re.compile(r"[0-9a-f]{64}")
_LOCALE: Final = re.compile(r"[a-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,2}")
_EVIDENCE: Final = re.compile(r"[A-Za-z0-9._:/-]{1,80}")


class Flaw(StrEnum):
    """Why a row is refused."""

    UNREADABLE = "unreadable"
    UNKNOWN_COLUMN = "unknown_column"
    NO_PERSON = "no_person"
    TWO_PEOPLE = "two_people"
    BAD_PROFILE = "bad_profile"
    UNKNOWN_PERSON = "unknown_person"
    UNDECLARED_PURPOSE = "undeclared_purpose"
    BAD_CHOICE = "bad_choice"
    BAD_TIME = "bad_time"
    IN_THE_FUTURE = "in_the_future"
    TOO_OLD = "too_old"
    BAD_SURFACE = "bad_surface"
    BAD_NOTICE = "bad_notice"
    UNKNOWN_NOTICE = "unknown_notice"
    BAD_EDITION = "bad_edition"
    NO_WORDS = "no_words"
    BAD_LOCALE = "bad_locale"
    BAD_EVIDENCE = "bad_evidence"


SAID: Final[Mapping[Flaw, str]] = {
    Flaw.UNREADABLE: "this line is not a row",
    Flaw.UNKNOWN_COLUMN: "it has a column that is not known",
    Flaw.NO_PERSON: "it names nobody: give profile, or kind and value",
    Flaw.TWO_PEOPLE: "it names somebody twice: give profile, or kind and value",
    Flaw.BAD_PROFILE: "profile is not an id",
    Flaw.UNKNOWN_PERSON: "nobody is known by this; --create makes them",
    Flaw.UNDECLARED_PURPOSE: "the catalogue declares no such purpose",
    Flaw.BAD_CHOICE: "choice is granted, denied or withdrawn",
    Flaw.BAD_TIME: "decided_at is a moment with its zone, 2024-05-01T09:30:00+02:00",
    Flaw.IN_THE_FUTURE: "decided_at lies in the future",
    Flaw.TOO_OLD: "decided_at is more than thirty years ago",
    Flaw.BAD_SURFACE: "surface is a code: small letters, digits, underscores",
    Flaw.BAD_NOTICE: "notice is the fingerprint of a notice: 64 hex digits",
    Flaw.UNKNOWN_NOTICE: "these words were never published here for this purpose",
    Flaw.BAD_EDITION: "edition is a number from 1 to the one in force",
    Flaw.NO_WORDS: "a yes needs notice or edition: the words it was given under",
    Flaw.BAD_LOCALE: "locale is a language tag such as de or pt-BR",
    Flaw.BAD_EVIDENCE: "evidence is a reference: letters, digits and . _ : / -",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One earlier choice."""

    line: int
    profile: UUID | None
    kind: str
    value: str = field(repr=False)
    purpose: str
    choice: Choice
    decided_at: datetime
    surface: str
    notice: str | None
    edition: int | None
    locale: str | None
    evidence: str

    def record_id(self, via: UUID) -> UUID:
        """Return the id of its record: the same for the same row, so that repeating is harmless.

        A UUID of version 8 (RFC 9562, 5.8) from SHA-256 over what the row says of a profile. The
        identifier is not in it: an id must not be a way to guess an address.
        """
        said = "\x1f".join((
            "earlier/1", str(via), self.purpose, self.choice, self.decided_at.isoformat(),
            self.surface, self.notice or "", str(self.edition or ""), self.evidence,
        ))  # fmt: skip
        raw = bytearray(hashlib.sha256(said.encode()).digest()[:16])
        raw[6] = raw[6] & 0x0F | 0x80
        raw[8] = raw[8] & 0x3F | 0x80
        return UUID(bytes=bytes(raw))


class Reference(msgspec.Struct, frozen=True, omit_defaults=True):
    """What proves an imported choice: where its proof is kept. No free text."""

    imported: bool
    reference: str = ""


def read_row(line: int, fields: Mapping[str, str], policy: Policy, now: datetime) -> Row | Flaw:
    """Return a row that can be recorded, or what is wrong with it."""
    if not fields.keys() <= set(COLUMNS):
        return Flaw.UNKNOWN_COLUMN
    given = {name: fields.get(name, "").strip() for name in COLUMNS}
    flaw = _person(given) or _said(given, policy)
    if flaw is not None:
        return flaw
    at = _moment(given["decided_at"])
    edition = int(given["edition"]) if given["edition"] else None
    choice = Choice(given["choice"])
    if at is None:
        return Flaw.BAD_TIME
    if at > now or at < now - OLDEST:
        return Flaw.IN_THE_FUTURE if at > now else Flaw.TOO_OLD
    if choice is Choice.GRANTED and not given["notice"] and edition is None:
        return Flaw.NO_WORDS
    return Row(
        line=line,
        profile=UUID(given["profile"]) if given["profile"] else None,
        kind=given["kind"],
        value=given["value"],
        purpose=given["purpose"],
        choice=choice,
        decided_at=at,
        surface=given["surface"] or "import",
        notice=given["notice"] or None,
        edition=edition,
        locale=given["locale"] or None,
        evidence=given["evidence"],
    )


def _person(given: Mapping[str, str]) -> Flaw | None:
    if given["profile"]:
        if given["kind"] or given["value"]:
            return Flaw.TWO_PEOPLE
        try:
            UUID(given["profile"])
        except ValueError:
            return Flaw.BAD_PROFILE
        return None
    return None if given["kind"] and given["value"] else Flaw.NO_PERSON


def _said(given: Mapping[str, str], policy: Policy) -> Flaw | None:
    bit = policy.bits.get(given["purpose"])
    if bit is None or bit not in policy.declared:
        return Flaw.UNDECLARED_PURPOSE
    if given["choice"] not in set(Choice):
        return Flaw.BAD_CHOICE
    for name, pattern, flaw in (
        ("surface", _CODE, Flaw.BAD_SURFACE),
        ("notice", _NOTICE, Flaw.BAD_NOTICE),
        ("locale", _LOCALE, Flaw.BAD_LOCALE),
        ("evidence", _EVIDENCE, Flaw.BAD_EVIDENCE),
    ):
        if given[name] and not pattern.fullmatch(given[name]):
            return flaw
    edition = given["edition"]
    if edition and not (
        edition.isascii() and edition.isdecimal() and len(edition) < 6
        and 1 <= int(edition) <= policy.editions.get(bit, 1)
    ):  # fmt: skip
        return Flaw.BAD_EDITION
    return None


def _moment(text: str) -> datetime | None:
    """Return an instant (RFC 3339), or None when it is none or lacks its zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None and "T" in text.upper().replace(" ", "T") else None
