"""What stands about people, as far as others may be told of it: purposes and topics, yes or no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from candor.domain.consent.model.decision import in_effect
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.preference import Reach
from candor.domain.consent.model.state import State
from candor.domain.consent.queries import choices as stored
from candor.domain.consent.queries import people as related
from candor.domain.consent.queries import preferences as preferred
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId


@dataclass(frozen=True, slots=True)
class Stands:
    """What stands about one person.

    `allowed`: codes of declared purposes that are allowed now. `topics`: "topic/channel" → whether
    messages about it may come at all; how often, and at what hours, is not in it. `paused_until`:
    when a pause ends; None: there is none.
    """

    state: State
    allowed: frozenset[str]
    topics: Mapping[str, bool] = field(default_factory=dict[str, bool])
    paused_until: datetime | None = None


async def what_stands(
    tx: ReadTx,
    profile_ids: Sequence[ProfileId],
    topics: Sequence[str],
    *,
    policy: Policy,
    now: datetime,
) -> dict[ProfileId, Stands]:
    """Return what stands about each of these profiles; one that was never seen is missing.

    `topics`: as "topic/channel"; an undeclared one is no. Two queries for all of them.
    """
    states = await stored.states(tx, profile_ids=list(profile_ids))
    reach: dict[tuple[UUID, int], Reach] = {}
    if topics and states:
        rows = await preferred.reach(tx, profile_ids=[one.profile_id for one in states])
        reach = {(row.profile_id, row.channel_id): row for row in rows}
    return {
        ProfileId(state.profile_id): _stands(state, topics, reach, policy, now)
        for state in states
    }


async def people_after(tx: ReadTx, after: UUID | None, *, at_most: int) -> list[ProfileId]:
    """Return the heads of people in the order of their ids, behind one; None: from the first.

    Erased ones too: what is held of them elsewhere must go.
    """
    found = await related.heads_after(tx, after=after or UUID(int=0), at_most=at_most)
    return [ProfileId(one) for one in found]


async def count_people(tx: ReadTx, *, up_to: UUID | None = None) -> int:
    """Return about how many people there are, or how many up to one in the order of ids."""
    return await related.count_heads(tx, up_to=up_to)


def _stands(
    state: State,
    topics: Sequence[str],
    reach: Mapping[tuple[UUID, int], Reach],
    policy: Policy,
    now: datetime,
) -> Stands:
    mask = in_effect(state, policy, now)
    allowed = frozenset(
        code for code, bit in policy.bits.items() if bit in policy.declared and mask >> bit & 1
    )
    is_paused = state.paused_until > now
    return Stands(
        state,
        allowed,
        {
            one: not is_paused and _may_come(state, one, allowed, reach, policy)
            for one in topics
        },
        state.paused_until if is_paused else None,
    )


def _may_come(
    state: State,
    name: str,
    allowed: frozenset[str],
    reach: Mapping[tuple[UUID, int], Reach],
    policy: Policy,
) -> bool:
    """Tell whether messages about a topic may come through a channel; unknown means no."""
    code, _, where = name.partition("/")
    topic, channel = policy.topics.get(code), policy.channels.get(where)
    if topic is None or channel is None or topic.purpose not in allowed:
        return False
    said = reach.get((state.profile_id, channel.bit))
    if said is not None and said.blocked is not None:
        return False
    masks = said.masks if said is not None else channel.silence
    return bool(masks.topics >> topic.bit & 1)
