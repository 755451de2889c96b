"""Leaving for good: what a person could be found by, and what is done at that instant."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, cast

from candor.domain.catalogue.model import InForce
from candor.domain.consent.service import gate
from candor.domain.consent.service.folding import lock
from candor.domain.profiles import queries
from candor.domain.profiles.model import SealedAttribute, SealedIdentifier
from candor.domain.profiles.service import tombstones
from candor.domain.profiles.service.keep import ATTRIBUTE, row_of
from candor.domain.profiles.service.merge import lock_people
from candor.domain.profiles.service.resolve import IDENTIFIER
from candor.domain.vault.service import SealedField, Vault
from candor.infra.db.pool import Tx
from candor.infra.holder import Needle, Sort
from candor.infra.keyring import MissingEpoch
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

SHORTEST: Final = 5  # signs; what is shorter stands everywhere by chance
_PLAIN_WORD: Final = re.compile(r"[^\W\d_]+")  # Berlin, Anna: many people's
_NUMBER_OR_DAY: Final = re.compile(r"[\d\s.,:/TZ+-]{1,12}")


async def whole_person(tx: Tx, profile_id: ProfileId) -> list[ProfileId]:
    """Lock everything that says who belongs to a person; return their profiles.

    In the order in which a merge locks: profiles by id, then states by id. Whoever merges at this
    moment is waited for, and counts; whoever would merge after needs the profiles that are locked.
    """
    members = sorted(ProfileId(p.profile_id) for p in await lock_people(tx, [profile_id]))
    await lock(tx, members)
    return members


async def needles(
    tx: Tx, members: Sequence[ProfileId], *, vault: Vault, in_force: InForce
) -> list[Needle]:
    """Open what these people could be found by, under their own right; audited.

    All identifiers, with their blind indexes and marks, and facts that tell one person from
    another (`is_telling`).

    Raises:
        NoKey: they were erased.
    """
    identifiers = await queries.identifiers(tx, profile_ids=members)
    attributes = await queries.attributes(tx, profile_ids=members)
    fields = [_identifier(row) for row in identifiers]
    fields += [_attribute(row, in_force) for row in attributes]
    opened = await vault.open(
        tx, fields, purpose=gate.OWN_DATA, actor=gate.RIGHTS, about=members
    )
    found: list[Needle] = []
    for row, value in zip(identifiers, opened, strict=False):
        text = value.map(bytes.decode)
        mark = vault.mark(row.kind, text.reveal()).hex()
        found.append(Needle(Sort.INDEX, Pii(bytes(row.blind_index).hex())))
        found.append(Needle(Sort.MARK, Pii(mark)))
        if len(text.reveal()) >= SHORTEST:
            found.append(Needle(Sort.VALUE, text, row.kind))
    for value in opened[len(identifiers) :]:
        found += [Needle(Sort.VALUE, text) for text in _texts(value)]
    return found


async def cut_off(
    tx: Tx, members: Sequence[ProfileId], *, vault: Vault, in_force: InForce, clock: Clock
) -> int:
    """Put up the tombstones of these people, and take their identifiers away; return how many.

    In the transaction that destroys their keys, before it does. From its commit on nobody is found
    by what they had, and what names them is refused.
    """
    rows = await queries.identifiers(tx, profile_ids=members)
    # In an old backup the epoch of their keys may be gone: then nobody can work the marks out.
    with suppress(MissingEpoch):
        marks = await vault.marks(
            tx, [row.kind for row in rows], [_identifier(r) for r in rows]
        )
        await tombstones.put_up(tx, _naming(rows, marks, in_force), clock)
    return await queries.delete_identifiers(tx, profile_ids=members)


def is_telling(text: str) -> bool:
    """Tell whether a text tells one person from others: to be looked for after an erasure.

    Not a single word (a town, a first name), not a number or a day: those stand in many places
    for other reasons, and a scan that cries wolf proves nothing.
    """
    return (
        len(text) >= SHORTEST
        and _PLAIN_WORD.fullmatch(text) is None
        and _NUMBER_OR_DAY.fullmatch(text) is None
    )


def _naming(
    rows: Sequence[SealedIdentifier], marks: Sequence[bytes | None], in_force: InForce
) -> Iterator[tuple[str, bytes]]:
    """Return the marks of identifiers that name a person; a device may be a household's."""
    for row, mark in zip(rows, marks, strict=True):
        declared = in_force.identifiers.get(row.kind)
        if mark is not None and (declared is None or declared.names_person):
            yield row.kind, mark


def _texts(value: Pii[bytes]) -> Iterator[Pii[str]]:
    """Return the telling texts in a sealed fact."""
    for text in _strings(value.map(json.loads).reveal()):
        if is_telling(text):
            yield Pii(text)


def _strings(value: Any) -> Iterable[str]:  # noqa: ANN401 - whatever the catalogue declares
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return (text for item in cast("list[Any]", value) for text in _strings(item))
    return ()


def _identifier(row: SealedIdentifier) -> SealedField:
    return SealedField(
        row.kind, ProfileId(row.profile_id), IDENTIFIER, row.sealed, row.blind_index
    )


def _attribute(row: SealedAttribute, in_force: InForce) -> SealedField:
    declared = in_force.attributes_by_id.get(row.attribute_id)
    name = declared.code if declared else f"attribute {row.attribute_id}"
    place = row_of(row.attribute_id, row.source_id)
    return SealedField(name, ProfileId(row.profile_id), ATTRIBUTE, row.sealed, place)
