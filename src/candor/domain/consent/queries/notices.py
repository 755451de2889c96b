"""The statements of notices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from candor.infra.db.pool import ReadTx, Tx
from candor.infra.db.sql import load


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as it is kept; its content is JSON."""

    notice_id: str
    purpose_id: int
    locale: str
    edition: int
    content: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class KnownNotice:
    """What words are about: a purpose, and which edition of it."""

    notice_id: str
    purpose_id: int
    edition: int


_sql: Final = load(__file__)
_INSERT: Final = _sql.command("insert_notices")
_FIND: Final = _sql.rows("find_notice", NoticeRow)
_KNOWN: Final = _sql.rows("known_notices", KnownNotice)
_ABOUT: Final = _sql.rows("notices_about", NoticeRow)


async def insert_notices(tx: Tx, rows: Sequence[NoticeRow], *, at: datetime) -> int:
    """Publish notices; return how many were new."""
    params = {
        "notice_ids": [row.notice_id for row in rows],
        "purpose_ids": [row.purpose_id for row in rows],
        "locales": [row.locale for row in rows],
        "editions": [row.edition for row in rows],
        "contents": [row.content for row in rows],
        "at": at,
    }
    return await tx.run(_INSERT, params)


async def find_notice(tx: ReadTx, *, notice_id: str) -> NoticeRow | None:
    """Return one notice, or None when it was never published here."""
    return await tx.maybe(_FIND, {"notice_id": notice_id})


async def known_notices(tx: ReadTx, *, notice_ids: Sequence[str]) -> list[KnownNotice]:
    """Return what these words are about; unknown ones are missing."""
    return await tx.all(_KNOWN, {"notice_ids": list(notice_ids)})


async def notices_about(tx: ReadTx, *, purpose_id: int) -> list[NoticeRow]:
    """Return every notice about a purpose, newest first."""
    return await tx.all(_ABOUT, {"purpose_id": purpose_id})
