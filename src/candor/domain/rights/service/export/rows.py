"""The rows of an archive: what all holders give out about one person, opened, table by table.

Personal values are plain from here on, and only on their way into the person's own archive. After
each batch was opened it is made sure that the person was not erased meanwhile: nothing that was
opened after an erasure was committed leaves.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from candor.domain.catalogue.model import InForce, LegalBasis, Regime
from candor.domain.rights.service.office import Office
from candor.infra.db.pool import ReadTx
from candor.infra.holder import Exported, Holder, Opener, Origin, Row, Section
from candor.kernel.errors import Kind, Refused
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii

Plain = dict[str, Any]
_TO_TAKE: Final = frozenset({Origin.PROVIDED.value, Origin.OBSERVED.value})
_BASES: Final = frozenset({LegalBasis.CONSENT, LegalBasis.CONTRACT})


class ErasedMeanwhile(Refused):
    """The person was erased while their archive was being made."""

    code: ClassVar[str] = "rights.erased_meanwhile"
    kind: ClassVar[Kind] = Kind.GONE
    default_hint: ClassVar[str] = "What arrived of the archive is worth nothing: delete it."


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose archive it is, and what is to be in it."""

    members: tuple[ProfileId, ...]
    opener: Opener
    in_force: InForce
    regime: Regime
    is_to_take: bool  # portability: only what Art. 20 reaches

    def is_in(self, table: Exported, row: Mapping[str, Any]) -> bool:
        """Tell whether a row belongs into the archive.

        To take along is what the person provided or did, under a purpose that rests on their
        consent or a contract with them (GDPR Art. 20(1); WP 242 rev.01, p. 8-10).
        """
        if not self.is_to_take:
            return True
        origin = row.get("origin") or table.origin.value
        if origin not in _TO_TAKE:
            return False
        codes: Any = row.get("purposes")
        return codes is None or any(self._is_agreed(code) for code in codes)

    def _is_agreed(self, code: str) -> bool:
        purpose = self.in_force.purposes.get(code)
        return purpose is not None and purpose.basis.get(self.regime) in _BASES


@dataclass(frozen=True, slots=True)
class Opened:
    """Some rows of a table, in the clear. `is_first` begins a table."""

    table: Exported
    rows: list[Plain]
    is_first: bool


def tables_of(holders: Mapping[str, Holder], *, is_to_take: bool) -> list[Exported]:
    """Return the tables of an archive, in the order in which holders give them."""
    return [
        table
        for holder in in_order(holders)
        for table in holder.exported
        if not is_to_take or table.origin.value in _TO_TAKE
    ]


def in_order(holders: Mapping[str, Holder]) -> list[Holder]:
    """Return the holders that give something out, in the order of the chapters."""
    chapters = list(Section)
    giving = [holder for holder in holders.values() if holder.exported]
    return sorted(giving, key=lambda holder: chapters.index(holder.exported[0].section))


async def rows(tx: ReadTx, subject: Subject, office: Office) -> AsyncGenerator[Opened, None]:
    """Give every table of a person, each begun once even if it is empty, in batches.

    Raises:
        ErasedMeanwhile: the keys of the person are gone; nothing opened since is given.
    """
    for holder in in_order(office.holders):
        wanted = {
            table.table: table
            for table in tables_of({holder.name: holder}, is_to_take=subject.is_to_take)
        }
        begun: set[str] = set()
        async for batch in holder.export_person(tx, subject.members, subject.opener):
            table = wanted.get(batch.table)
            if table is None:
                continue
            found = list(_plain(batch.rows, table, subject))
            await _still_there(subject, office)
            yield Opened(table, found, is_first=table.table not in begun)
            begun.add(table.table)
        for name in wanted.keys() - begun:
            yield Opened(wanted[name], [], is_first=True)


def _plain(batch: Sequence[Row], table: Exported, subject: Subject) -> Iterator[Plain]:
    for row in batch:
        if subject.is_in(table, row):
            yield {name: _open(value) for name, value in row.items()}


def _open(value: Any) -> Any:  # noqa: ANN401 - whatever JSON has
    return value.reveal() if isinstance(value, Pii) else value  # pyright: ignore[reportUnknownVariableType] - whatever was sealed


async def _still_there(subject: Subject, office: Office) -> None:
    """Look past the snapshot of the archive: an erasure counts from its commit."""
    async with office.database.read("rights") as tx:
        if not await office.vault.still_has(tx, subject.members):
            raise ErasedMeanwhile
