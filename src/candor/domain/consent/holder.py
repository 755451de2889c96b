"""How consent answers rights. Choices stay after erasure, as evidence, under a bare pseudonym."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from candor.domain.consent.model.state import Standing
from candor.domain.consent.queries import choices as stored
from candor.domain.consent.service import choices
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import Exported
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId


class ConsentHolder:
    """The holder of choices."""

    name: ClassVar[str] = "consent"

    def __init__(self, clock: Clock) -> None:
        """Take the clock."""
        self._clock = clock

    async def export_person(self, tx: ReadTx, members: Sequence[ProfileId]) -> Exported:
        """Return every choice that was made."""
        rows = await stored.records(tx, profile_ids=members)
        return {
            "consent.record": [
                {
                    "purpose_id": r.purpose_id,
                    "choice": r.choice,
                    "decided_at": r.decided_at.isoformat(),
                    "surface": r.surface,
                    "notice": r.notice,
                }
                for r in rows
            ]
        }

    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
        """Mark the profiles as erased: nothing is allowed any more. The evidence stays."""
        await choices.set_standing(tx, members, Standing.ERASED, self._clock)
        return {"consent.record": 0}
