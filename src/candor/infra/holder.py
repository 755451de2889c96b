"""What each slice that keeps personal data must answer: the interface of a *holder*.

Rights are carried out by walking the registry of holders that `candor.app` wires; no slice
knows another. The schema tests fail on a personal column whose slice registers none. A duty that
does not concern a slice has a default here that says so; export and erasure have none.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

# A row on its way out: what is personal stays wrapped until the archive writes it.
Plain = str | int | float | bool | list[Any] | dict[str, Any] | None
Row = Mapping[str, "Pii[Any] | Plain"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one table about one person. A table may come in several batches."""

    table: str  # `schema.table`
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Expired:
    """What is over in one table by one rule: how many rows, and how many are left for next time."""

    table: str
    rule: str  # a code of the catalogue, or the retention that the table declares
    rows: int
    is_all: bool = True


@dataclass(frozen=True, slots=True)
class Erased:
    """Rows gone per table, rows that stay per table with the ground, of one slice."""

    gone: Mapping[str, int]
    kept: Mapping[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])


class Holder(Protocol):
    """A slice that keeps something about people."""

    name: ClassVar[str]

    def export_person(self, tx: Tx, members: Sequence[ProfileId]) -> AsyncIterator[Batch]:
        """Give what is kept about the profiles of one person, opened for the person; audited.

        Every column that is classified personal is there, under its own name or, where several
        make one fact, under the fact's.
        """
        ...

    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Erased:
        """Erase what is kept about the profiles of one person. May be done again without harm."""
        ...

    async def restrict_person(
        self, tx: Tx, members: Sequence[ProfileId], *, is_restricted: bool
    ) -> bool:
        """Stop all use but storage (GDPR Art. 18), or lift that; tell whether it concerned us."""
        del tx, members, is_restricted
        return False

    async def object_to(
        self, tx: Tx, members: Sequence[ProfileId], *, purpose: str, surface: str, locale: str
    ) -> bool:
        """Stop a purpose for a person (Art. 21); tell whether it concerned us."""
        del tx, members, purpose, surface, locale
        return False

    async def rectify_person(
        self, tx: Tx, members: Sequence[ProfileId], *, code: str, value: Pii[Any]
    ) -> bool:
        """Keep what the person says instead (Art. 16); tell whether it concerned us."""
        del tx, members, code, value
        return False

    async def sweep(
        self, tx: Tx, *, now: datetime, is_dry: bool, at_most: int
    ) -> Sequence[Expired]:
        """Remove what is over by the catalogue or its table's rule, or only count it."""
        del tx, now, is_dry, at_most
        return ()
