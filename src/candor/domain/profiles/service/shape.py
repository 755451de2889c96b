"""What people consist of, in numbers and kinds: enough to weigh a merge, nothing is opened."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from candor.domain.profiles import queries
from candor.domain.profiles.model import Profile
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId


@dataclass(frozen=True, slots=True)
class Mark:
    """An identifier without its value."""

    profile_id: UUID
    kind: str
    source_id: int
    is_verified: bool
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Shape:
    """What a group of profiles consists of."""

    profiles: tuple[Profile, ...]  # oldest first
    marks: tuple[Mark, ...]
    attribute_ids: frozenset[int]

    @property
    def profile_ids(self) -> list[ProfileId]:
        """Return the ids of the profiles."""
        return [ProfileId(profile.profile_id) for profile in self.profiles]


async def people_of(
    tx: ReadTx, profile_ids: Iterable[ProfileId]
) -> dict[ProfileId, frozenset[ProfileId]]:
    """Return, for each of these profiles, all profiles of the person that it is part of."""
    found: dict[ProfileId, set[ProfileId]] = {}
    for row in await queries.companions(tx, profile_ids=list(profile_ids)):
        found.setdefault(ProfileId(row.named_id), set()).add(ProfileId(row.member_id))
    return {profile_id: frozenset(members) for profile_id, members in found.items()}


async def shapes(tx: ReadTx, groups: Sequence[AbstractSet[ProfileId]]) -> list[Shape]:
    """Return what each group of profiles consists of, in three queries for all of them."""
    ids = [profile_id for group in groups for profile_id in group]
    profiles = await queries.profiles(tx, profile_ids=ids)
    identifiers = await queries.identifiers(tx, profile_ids=ids)
    attributes = await queries.attributes(tx, profile_ids=ids)
    return [
        Shape(
            profiles=tuple(
                sorted(
                    (p for p in profiles if p.profile_id in group),
                    key=lambda p: (p.created_at, p.profile_id),
                )
            ),
            marks=tuple(
                Mark(i.profile_id, i.kind, i.source_id, i.is_verified, i.first_seen_at)
                for i in identifiers
                if i.profile_id in group
            ),
            attribute_ids=frozenset(
                a.attribute_id for a in attributes if a.profile_id in group
            ),
        )
        for group in groups
    ]
