"""Contact points, as the gate needs them: through which channels somebody can be reached.

The door notes them as identifiers arrive; a catalogue that declares another channel makes
them be worked out anew for everybody.
"""

from uuid import UUID

from candor.domain.consent.model.policy import Policy
from candor.domain.consent.service import preferences
from candor.domain.profiles import queries
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId

NOBODY = UUID(int=0)


async def refresh(tx: Tx, *, after: UUID, policy: Policy, at_most: int = 1_000) -> UUID | None:
    """Work out the contact points of some profiles after another; return the last, None: no more.

    Locks the states of the people they belong to. Harmless to repeat.
    """
    rows = await queries.verified_kinds(tx, after=after, at_most=at_most)
    if not rows:
        return None
    points: dict[ProfileId, int] = {}
    for row in rows:
        mask = 0
        for kind in row.kinds:
            mask |= policy.points.get(kind, 0)
        points[ProfileId(row.profile_id)] = mask
    await preferences.set_points(tx, points)
    return rows[-1].profile_id
