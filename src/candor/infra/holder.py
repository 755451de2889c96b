"""What each slice that keeps personal data must answer: the interface of a *holder*.

Rights are carried out by walking the registry of holders that `candor.app` wires; no slice
knows another. The schema tests fail on a personal column whose slice registers none. A duty that
does not concern a slice has a default here that says so; export and erasure have none.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol
from uuid import UUID

from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

# A row on its way out: what is personal stays wrapped until the archive writes it.
Plain = str | int | float | bool | list[Any] | dict[str, Any] | None
Row = Mapping[str, "Pii[Any] | Plain"]


class Kind(StrEnum):
    """What stands in a column of what is given out; each may be missing (null)."""

    TEXT = "text"
    WORDS = "words"  # the company's own words, translated where they are known
    CODE = "code"
    CODES = "codes"  # a list of codes
    PURPOSES = "purposes"  # a list of codes of purposes
    NUMBER = "number"
    MINOR = "minor"  # an amount in hundredths
    BOOLEAN = "boolean"
    INSTANT = "instant"  # RFC 3339, UTC
    DAY = "day"  # ISO 8601
    VALUE = "value"  # whatever JSON has


class Origin(StrEnum):
    """Where data comes from, for what a person may take along (GDPR Art. 20; WP 242, p. 9)."""

    PROVIDED = "provided"  # by the person, or by others for them
    OBSERVED = "observed"  # of what the person did
    INFERRED = "inferred"  # worked out: not to take along
    OURS = "ours"  # of what the company did: not to take along


class Section(StrEnum):
    """The chapter of the archive in which something stands, as the person's pages have them."""

    FACTS = "facts"
    ACTIVITY = "activity"
    CHOICES = "choices"
    MESSAGES = "messages"
    LOOKS = "looks"
    REQUESTS = "requests"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of what is given out.

    `holds` names the columns of the database whose content it gives: its own name when empty.
    """

    name: str
    kind: Kind = Kind.TEXT
    title: str = ""  # English; empty: too technical for the readable page, in the files only
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exported:
    """One table of what is given out: what its rows have, and what it is to people."""

    table: str  # `schema.table`
    section: Section
    origin: Origin  # of all rows, unless a row says another in `origin`
    title: str
    columns: tuple[Column, ...]

    @property
    def holds(self) -> frozenset[str]:
        """Return the columns of the database whose content is given out."""
        return frozenset(
            name for column in self.columns for name in column.holds or (column.name,)
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one table about one person. A table may come in several batches, in a row."""

    table: str  # `schema.table`
    rows: Sequence[Row]


def instant(at: datetime | None) -> str | None:
    """Return an instant as it is given out: RFC 3339, UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Opener(Protocol):
    """Opens sealed values of one person, after that was decided and written down."""

    def __call__(
        self, table: str, column: str, profile_id: ProfileId, sealed: bytes, row: bytes = b""
    ) -> Pii[bytes]:
        """Open one value, sealed for a place and a row within it."""
        ...


@dataclass(frozen=True, slots=True)
class Expired:
    """What is over in one table by one rule: how many rows, and how many are left for next time."""

    table: str
    rule: str  # a code of the catalogue, or the retention that the table declares
    rows: int
    is_all: bool = True


@dataclass(frozen=True, slots=True)
class Round:
    """One round of sweeping away what is over at an instant.

    `spared` are the profiles that a hold or a restriction keeps as they are (GDPR Art. 17(3), 18).
    A dry round only counts, and counts all.
    """

    now: datetime
    spared: Collection[UUID]
    is_dry: bool
    at_most: int

    def params(self, **rest: Any) -> dict[str, Any]:  # noqa: ANN401 - of a statement
        """Return what the statement of a rule needs."""
        limit = None if self.is_dry else self.at_most
        return {"spared": list(self.spared), "is_dry": self.is_dry, "at_most": limit, **rest}

    def found(self, table: str, rule: str, rows: int | None) -> Expired:
        """Return what a rule found: less than a round may take is all."""
        count = rows or 0
        return Expired(table, rule, count, is_all=self.is_dry or count < self.at_most)


@dataclass(frozen=True, slots=True)
class Erased:
    """Rows gone per table, rows that stay per table with the ground, of one slice."""

    gone: Mapping[str, int]
    kept: Mapping[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    is_all: bool = True  # False: there is more, call again


class Sort(StrEnum):
    """What a needle is: where it may stand after an erasure depends on it."""

    VALUE = "value"  # an identifier or a telling fact, in the clear: nowhere
    INDEX = "index"  # what an identifier was looked up by, in hex: nowhere
    MARK = "mark"  # keyed hash of a tombstone, in hex: where tombstones stand
    PROFILE = "profile"  # the bare id: in evidence that stays, where the table says so


@dataclass(frozen=True, slots=True)
class Needle:
    """Something by which a person could be found: what a scan looks for after an erasure."""

    sort: Sort
    value: Pii[str]
    kind: str = ""  # of an identifier


class Holder(Protocol):
    """A slice that keeps something about people."""

    name: ClassVar[str]
    exported: ClassVar[Sequence[Exported]] = ()  # every table that `export_person` may give

    def export_person(
        self, tx: ReadTx, members: Sequence[ProfileId], opener: Opener
    ) -> AsyncIterator[Batch]:
        """Give what is kept about the profiles of one person, opened for the person.

        Every column that is classified personal is there, under its own name or, where several
        make one fact, under the fact's. Nothing of other people is (Art. 15(4)), and no secret.
        The batches of one table follow one another. Whoever made the opener had it decided and
        written down.
        """
        ...

    async def needles(self, tx: Tx, members: Sequence[ProfileId]) -> Sequence[Needle]:
        """Give what these people could be found by, opened under their own right; audited."""
        del tx, members
        return ()

    async def cut_off(self, tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
        """Do what an erasure does at once, in the transaction that destroys the keys.

        End what lets the person in or finds them; put up what keeps a late source from bringing
        them back. Returns the rows that went, by table.
        """
        del tx, members
        return {}

    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Erased:
        """Erase what is kept about the profiles of one person. May be done again without harm."""
        ...

    async def erase_some(self, tx: Tx, members: Sequence[ProfileId], *, at_most: int) -> Erased:
        """As `erase_person`, but about so many rows at most: for a slice that keeps very many."""
        del at_most
        return await self.erase_person(tx, members)

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

    async def sweep(self, tx: Tx, round_: Round) -> Sequence[Expired]:
        """Remove what is over by the catalogue or its table's rule, or only count it.

        Names every table and rule that it looks after, those with nothing over too.
        """
        del tx, round_
        return ()
