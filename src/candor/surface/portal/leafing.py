"""Leafing by key: the address names the line after which to go on, never a page number."""

from datetime import UTC, date, datetime
from typing import ClassVar, Final
from uuid import UUID

from candor.kernel.errors import Refused

# After everything: the place at which a list begins.
LAST: Final = (datetime.max.replace(tzinfo=UTC), UUID(int=(1 << 128) - 1))
_SIGN: Final = "~"
_EARLIEST: Final = date(1900, 1, 1)
_LATEST: Final = date(9000, 1, 1)


class LostPlace(Refused):
    """This address does not name a place in the list."""

    code: ClassVar[str] = "portal.lost_place"
    default_hint: ClassVar[str] = "Begin at the newest entry again."


def moment_and_id(text: str) -> tuple[datetime, UUID]:
    """Read a place in a list that is ordered by time and id.

    Raises:
        LostPlace: it is none.
    """
    moment, _, identity = text.partition(_SIGN)
    try:
        at = datetime.fromisoformat(moment)
        found = UUID(identity)
    except ValueError as error:
        raise LostPlace from error
    if at.tzinfo is None or not _EARLIEST <= at.date() <= _LATEST:
        raise LostPlace
    return at, found


def place(at: datetime, identity: UUID) -> str:
    """Write a place in a list that is ordered by time and id, fit for an address."""
    return f"{at.isoformat().replace('+00:00', 'Z')}{_SIGN}{identity}"


def day_of(text: str) -> date:
    """Read a place in a list that is ordered by days.

    Raises:
        LostPlace: it is none, or lies where no calendar reaches.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise LostPlace from error
    if not _EARLIEST <= day <= _LATEST:
        raise LostPlace
    return day
