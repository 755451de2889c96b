"""Whose an e-mail address is, and opening exactly that address to write to it.

For letting customers in: only an address counts that a source has verified, and only while one
person alone has it. An address that several share, under whichever kind of identifier, is nobody's
here: the wrong one of them must not come in.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import InForce
from candor.domain.consent.service.gate import OWN_DATA
from candor.domain.profiles import queries
from candor.domain.profiles.model import SealedAttribute, SealedIdentifier
from candor.domain.profiles.service.keep import ATTRIBUTE, NOTHING, row_of
from candor.domain.profiles.service.resolve import IDENTIFIER
from candor.domain.vault.service import SealedField, Vault, normalise
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

_MAIL: Final = "email"  # how identifiers are normalised that mail can be sent to
_LANGUAGE: Final = (
    "language"  # code of the attribute, by the convention of the demo's catalogue
)
_LONGEST: Final = 4_096  # signs of a mark that are read


@dataclass(frozen=True, slots=True)
class Mark:
    """By what an address is found: a kind of identifier and a blind index of it."""

    kind: str
    index: bytes


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody to write to: their address, and their language where it is known."""

    profile_id: ProfileId
    address: Pii[str]
    language: str | None


def marks_of(text: str, *, in_force: InForce, vault: Vault) -> tuple[Mark, ...]:
    """Return what an address is found by; nothing when it is not one. Asks no database."""
    value = normalise(_MAIL, text)
    if value is None:
        return ()
    marks: list[Mark] = []
    for kind, declared in sorted(in_force.identifiers.items()):
        if declared.normalise == _MAIL:
            older = vault.indexing.older_of(kind, value)  # while the key of the index changes
            marks += [Mark(kind, one) for one in (vault.index(kind, value), older) if one]
    return tuple(marks)


def written(marks: tuple[Mark, ...]) -> str:
    """Return marks as a text, to be kept for some minutes: it holds no address."""
    return " ".join(f"{mark.kind}:{mark.index.hex()}" for mark in marks)


def read(text: str) -> tuple[Mark, ...]:
    """Return the marks that `written` wrote."""
    pairs = (word.partition(":") for word in text[:_LONGEST].split())
    return tuple(Mark(kind, bytes.fromhex(index)) for kind, _, index in pairs)


async def holder_of(tx: ReadTx, marks: tuple[Mark, ...]) -> ProfileId | None:
    """Return the profile that has an address, if it was verified and one person alone has it.

    As far as we know: a household that shares a mailbox, each with an account of their own, is
    several people at one address. None of them comes in by it, for each would see the other.
    """
    if not marks:
        return None
    owners = await queries.owners(
        tx, kinds=[mark.kind for mark in marks], indexes=[mark.index for mark in marks]
    )
    profiles = await queries.profiles(
        tx, profile_ids=[ProfileId(owner.profile_id) for owner in owners]
    )
    verified = [ProfileId(owner.profile_id) for owner in owners if owner.is_verified]
    if len({profile.head_id for profile in profiles}) != 1 or not verified:
        return None
    joined = await queries.members(tx, profile_id=min(verified))
    is_shared = await queries.shares_verified(
        tx,
        profile_ids=[profile.profile_id for profile in joined],
        kinds=sorted({mark.kind for mark in marks}),
    )
    return None if is_shared else min(verified)


async def marks_of_person(
    tx: ReadTx, profile_id: ProfileId, *, in_force: InForce
) -> tuple[Mark, ...]:
    """Return what the newest verified address of a person is found by; nothing without one."""
    joined = await queries.members(tx, profile_id=profile_id)
    verified = [
        one
        for one in await queries.identifiers(
            tx, profile_ids=[ProfileId(profile.profile_id) for profile in joined]
        )
        if one.is_verified
        and (declared := in_force.identifiers.get(one.kind)) is not None
        and declared.normalise == _MAIL
    ]
    if not verified:
        return ()
    newest = max(verified, key=lambda one: (one.first_seen_at, one.kind))
    return (Mark(newest.kind, bytes(newest.blind_index)),)


async def open_address(
    tx: Tx,
    profile_id: ProfileId,
    marks: tuple[Mark, ...],
    *,
    actor: Actor,
    in_force: InForce,
    vault: Vault,
) -> Addressee | None:
    """Open the one address that was asked for, and the person's language, for themselves.

    Written down first (`Vault.open`, purpose `own_data`). None: the address is not theirs (any
    more).

    Raises:
        NotAllowed: commit the transaction, it holds the entry about it.
        NoKey: the person was erased.
    """
    wanted = {(mark.kind, mark.index) for mark in marks}
    found = [
        one
        for one in await queries.identifiers(tx, profile_ids=[profile_id])
        if (one.kind, bytes(one.blind_index)) in wanted and one.is_verified
    ]
    if not found:
        return None
    fields = [_address(found[0])]
    spoken = await _spoken(tx, profile_id, in_force)
    if spoken is not None:
        fields.append(_language(spoken))
    opened = await vault.open(tx, fields, purpose=OWN_DATA, actor=actor)
    language: str | None = None
    if spoken is not None and opened[1] != NOTHING:
        language = opened[1].map(_text).reveal()
    return Addressee(profile_id, opened[0].map(bytes.decode), language)


async def _spoken(
    tx: ReadTx, profile_id: ProfileId, in_force: InForce
) -> SealedAttribute | None:
    """Return what says in which language somebody reads, the newest of this profile."""
    number = in_force.numbers.attributes.get(_LANGUAGE)
    if number is None or _LANGUAGE not in in_force.attributes:
        return None
    said = [
        row
        for row in await queries.attributes(tx, profile_ids=[profile_id])
        if row.attribute_id == number
    ]
    return max(said, key=lambda row: row.observed_at, default=None)


def _address(row: SealedIdentifier) -> SealedField:
    return SealedField(
        name=row.kind,
        profile_id=ProfileId(row.profile_id),
        place=IDENTIFIER,
        sealed=row.sealed,
        row=row.blind_index,
    )


def _language(row: SealedAttribute) -> SealedField:
    return SealedField(
        name=_LANGUAGE,
        profile_id=ProfileId(row.profile_id),
        place=ATTRIBUTE,
        sealed=row.sealed,
        row=row_of(row.attribute_id, row.source_id),
    )


def _text(raw: bytes) -> str:
    said: object = msgspec.json.decode(raw)
    return said if isinstance(said, str) else ""
