"""What each slice that keeps personal data must answer: the interface of a *holder*.

Rights are carried out by walking the registry of holders that `candor.app` wires; no slice
knows another. The schema tests fail on a personal column whose slice registers none.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId

Exported = Mapping[str, Sequence[Mapping[str, object]]]


class Holder(Protocol):
    """A slice that keeps something about people."""

    name: ClassVar[str]

    async def export_person(self, tx: ReadTx, members: Sequence[ProfileId]) -> Exported:
        """Return what is kept about the profiles of one person: rows by name of the table."""
        ...

    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
        """Erase what is kept about the profiles of one person; return rows gone per table."""
        ...
