"""Notices: published with the catalogue that says them, never changed, found by their id."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from candor.domain.audit.model import Actor
from candor.domain.catalogue import service as catalogue
from candor.domain.catalogue.model import Document, InForce
from candor.domain.consent.errors import NoSuchNotice
from candor.domain.consent.model.notice import Notice, canonical, id_of, notices
from candor.domain.consent.model.notice import notice_of as words_of
from candor.domain.consent.queries import choices as stored_states
from candor.domain.consent.queries import notices as stored
from candor.domain.consent.queries.notices import NoticeRow
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock

_ID: Final = re.compile(r"[0-9a-f]{64}")  # SHA-256 in hex


@dataclass(frozen=True, slots=True)
class Published:
    """A notice, and since when it was shown."""

    notice_id: str
    notice: Notice
    published_at: datetime


async def put_in_force(tx: Tx, *, document: Document, actor: Actor, clock: Clock) -> InForce:
    """Put a catalogue in force and publish what it says: the way to apply one.

    Audited as `catalogue.applied`. In one transaction, so there is no moment in which words are
    shown that are not kept. Purposes whose edition or legal basis is another than before are
    denied to everybody until they were folded again: what counted under the old rules must not
    pass the gate for the minute that takes. Writes the state of whoever was allowed them.

    Raises:
        Invalid, PurposesUsedUp, NumbersUsedUp: as `catalogue.service.apply`.
    """
    before = await catalogue.find_current(tx)
    in_force = await catalogue.apply(tx, document=document, actor=actor, clock=clock)
    await publish(tx, in_force, clock=clock)
    if before is not None:
        await stored_states.deny_until_folded(tx, bits=_otherwise_ruled(before, in_force))
    return in_force


def _otherwise_ruled(before: InForce, after: InForce) -> int:
    """Return the mask of purposes that stand under other rules than before."""
    codes = [
        code
        for code, purpose in after.purposes.items()
        if code in before.purposes
        and (purpose.edition, purpose.basis)
        != (before.purposes[code].edition, before.purposes[code].basis)
    ]
    return after.mask(tuple(codes))


async def publish(tx: Tx, in_force: InForce, *, clock: Clock) -> int:
    """Keep every notice of a catalogue that is not kept yet; return how many were new."""
    return await _keep(tx, in_force, notices(in_force), clock)


async def notice_of(
    tx: Tx, purpose: str, locale: str, in_force: InForce, *, clock: Clock
) -> str:
    """Return the id of a purpose's notice in a language, after making sure that it is kept.

    Raises:
        KeyError: the purpose is not declared.
    """
    found = words_of(in_force.document, in_force.purposes[purpose], locale)
    await _keep(tx, in_force, [found], clock)
    return id_of(found)


async def notice(tx: ReadTx, notice_id: str) -> Published:
    """Return the exact words behind an id.

    Raises:
        NoSuchNotice: none of this id was ever published here.
    """
    found = await find(tx, notice_id)
    if found is None:
        raise NoSuchNotice
    return found


async def find(tx: ReadTx, notice_id: str) -> Published | None:
    """Return the exact words behind an id, or None when it was never published here."""
    if not _ID.fullmatch(notice_id):
        return None
    row = await stored.find_notice(tx, notice_id=notice_id)
    return None if row is None else _published(row)


async def editions(tx: ReadTx, notice_ids: Collection[str]) -> dict[tuple[str, int], int]:
    """Return the edition of these words, by their id and the purpose they are about."""
    if not notice_ids:
        return {}
    found = await stored.known_notices(tx, notice_ids=sorted(notice_ids))
    return {(one.notice_id, one.purpose_id): one.edition for one in found}


async def about(tx: ReadTx, purpose_id: int) -> list[Published]:
    """Return everything that was ever said about a purpose, newest first."""
    return [_published(row) for row in await stored.notices_about(tx, purpose_id=purpose_id)]


async def _keep(tx: Tx, in_force: InForce, said: list[Notice], clock: Clock) -> int:
    now = clock.now()
    rows = [
        NoticeRow(
            notice_id=id_of(one),
            purpose_id=in_force.numbers.purposes[one.purpose],
            locale=one.locale,
            edition=one.edition,
            content=canonical(one).decode(),
            published_at=now,
        )
        for one in said
    ]
    return await stored.insert_notices(tx, rows, at=now)


def _published(row: NoticeRow) -> Published:
    return Published(
        row.notice_id, msgspec.json.decode(row.content, type=Notice), row.published_at
    )
