"""How consent answers rights.

What was chosen and signalled stays after erasure, as evidence, under a bare pseudonym (GDPR
Art. 7(1), 17(3)(e)); what only served to write to the person goes.
"""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from typing_extensions import override

from candor.domain.consent.model.state import Standing
from candor.domain.consent.queries import choices as stored
from candor.domain.consent.queries import holding
from candor.domain.consent.queries import preferences as preferred
from candor.domain.consent.service import choices
from candor.infra.db.pool import Tx
from candor.infra.holder import Batch, Erased, Holder
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId


class ConsentHolder(Holder):
    """The holder of choices, preferences and signals."""

    name: ClassVar[str] = "consent"

    def __init__(self, clock: Clock) -> None:
        """Take the clock."""
        self._clock = clock

    @override
    async def export_person(self, tx: Tx, members: Sequence[ProfileId]) -> AsyncIterator[Batch]:
        """Return everything that was chosen, preferred, signalled, asked and sent."""
        found = {
            "consent.record": [
                {
                    "purpose_id": r.purpose_id,
                    "choice": r.choice,
                    "decided_at": r.decided_at.isoformat(),
                    "surface": r.surface,
                    "notice": r.notice,
                }
                for r in await stored.records(tx, profile_ids=members)
            ],
            "consent.wish": [
                {
                    "kind": w.kind,
                    "topic_id": w.topic_id,
                    "channel_id": w.channel_id,
                    "frequency": w.frequency,
                    "until": None if w.until is None else w.until.isoformat(),
                    "hours": w.hours,
                    "zone": w.zone,
                    "decided_at": w.decided_at.isoformat(),
                    "surface": w.surface,
                }
                for w in await preferred.wishes(tx, profile_ids=members)
            ],
            "consent.signal": [
                {
                    "kind": s.kind,
                    "channel_id": s.channel_id,
                    "value": s.value,
                    "is_readable": s.is_readable,
                    "decided_at": s.decided_at.isoformat(),
                    "surface": s.surface,
                }
                for s in await holding.signals(tx, profile_ids=members)
            ],
            "consent.confirmation": [
                {
                    "choices": c.choices,
                    "asked_at": c.asked_at.isoformat(),
                    "confirmed_at": None
                    if c.confirmed_at is None
                    else c.confirmed_at.isoformat(),
                    "surface": c.surface,
                }
                for c in await holding.confirmations(tx, profile_ids=members)
            ],
            "consent.guardian": [
                {
                    "since": g.since.isoformat(),
                    "ended_at": None if g.ended_at is None else g.ended_at.isoformat(),
                    "proof": g.proof,
                }
                for g in await holding.guardians(tx, profile_ids=members)
            ],
            "consent.contact": [
                {
                    "channel_id": c.channel_id,
                    "topic_id": c.topic_id,
                    "last_at": c.last_at.isoformat(),
                }
                for c in await preferred.last_contacts(tx, profile_ids=list(members)[:1])
            ],
        }
        for table, rows in found.items():
            yield Batch(table, rows)

    @override
    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Erased:
        """Mark the profiles as erased: nothing is allowed any more. The evidence stays."""
        await choices.set_standing(tx, members, Standing.ERASED, self._clock)
        await holding.bare_states(tx, profile_ids=members)
        return Erased(
            {
                "consent.record": 0,
                "consent.wish": 0,
                "consent.signal": 0,
                "consent.reach": await holding.delete_reach(tx, profile_ids=members),
                "consent.contact": await holding.delete_contacts(tx, profile_ids=members),
                "consent.confirmation": await holding.delete_confirmations(
                    tx, profile_ids=members
                ),
                "consent.guardian": await holding.delete_guardians(tx, profile_ids=members),
            }
        )
