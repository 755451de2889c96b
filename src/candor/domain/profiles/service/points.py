"""Contact points, as the gate needs them: through which channels somebody can be reached.

The door notes them as identifiers arrive; a catalogue that declares another channel makes
them be worked out anew for everybody. What reaches people without an identifier of theirs (a
browser that takes messages) is said by whoever keeps it, as channels: see `Also`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final
from uuid import UUID

from candor.domain.consent.model.policy import Policy
from candor.domain.consent.service import preferences
from candor.domain.profiles import queries
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId

NOBODY: Final = UUID(int=0)
Reached = Mapping[ProfileId, AbstractSet[str]]
# By which channels, by code, some profiles are reached besides their identifiers.
Also = Callable[[ReadTx, Sequence[ProfileId]], Awaitable[Reached]]


async def refresh(
    tx: Tx, *, after: UUID, policy: Policy, also: Also, at_most: int = 1_000
) -> UUID | None:
    """Work out the contact points of some profiles after another; return the last, None: no more.

    Locks the states of the people they belong to. Harmless to repeat.
    """
    rows = await queries.verified_kinds(tx, after=after, at_most=at_most)
    if not rows:
        return None
    await _set(tx, rows, await also(tx, [ProfileId(row.profile_id) for row in rows]), policy)
    return rows[-1].profile_id


async def renew(
    tx: Tx, profile_ids: Sequence[ProfileId], *, policy: Policy, also: Also
) -> None:
    """Work out the contact points of these profiles; locks the states of their people."""
    rows = await queries.verified_kinds_of(tx, profile_ids=profile_ids)
    await _set(tx, rows, await also(tx, profile_ids), policy)


async def _set(
    tx: Tx, rows: Sequence[queries.VerifiedKinds], reached: Reached, policy: Policy
) -> None:
    points: dict[ProfileId, int] = {}
    for row in rows:
        profile_id, mask = ProfileId(row.profile_id), 0
        for kind in row.kinds:
            mask |= policy.points.get(kind, 0)
        for code in reached.get(profile_id, ()):
            channel = policy.channels.get(code)
            mask |= 0 if channel is None else channel.point
        points[profile_id] = mask
    await preferences.set_points(tx, points)
