"""Finding, for each sighting of identifiers, the profile that it is about.

The common case, an identifier that was seen before, is answered from memory. A new one begins a
profile. Several identifiers of different people are put before the merge rule. What is found
out is written to the database at once and to memory only after the commit (`Resolver.adopt`),
so that an undone transaction leaves no trace.

The memory holds blind indexes and profile ids, no identifier in the clear.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from candor.domain.audit.model import Actor
from candor.domain.consent import service as consent
from candor.domain.consent.model import Rules, State
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.profiles import queries
from candor.domain.profiles.model import Course, MergeRule, Person, rule_on
from candor.domain.profiles.service import merge
from candor.domain.vault.model import Place, SubjectKey
from candor.domain.vault.service import INDEX_VERSION, Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId, new_id

IDENTIFIER: Final = Place("profiles.identifier", "sealed")
_PREFIX: Final = IDENTIFIER.prefix()
_CACHED: Final = 500_000  # identifiers in memory, about 250 bytes each


@dataclass(frozen=True, slots=True)
class Sighted:
    """One identifier as a source sent it, normalised."""

    kind: str
    index: bytes
    value: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Sighting:
    """The identifiers that one event carries: first the one whose event it is."""

    identifiers: tuple[Sighted, ...]
    source_id: int
    source_code: str
    regime: str | None
    seen_at: datetime


@dataclass(slots=True)
class Batch:
    """What one transaction found out: overlays the memory until it is committed."""

    owners: dict[bytes, tuple[ProfileId, bool]] = field(
        default_factory=dict[bytes, tuple[ProfileId, bool]]
    )
    states: dict[ProfileId, State] = field(default_factory=dict[ProfileId, State])
    keys: dict[ProfileId, SubjectKey] = field(default_factory=dict[ProfileId, SubjectKey])
    newcomers: list[tuple[ProfileId, Sighting]] = field(
        default_factory=list[tuple[ProfileId, Sighting]]
    )
    limited: int = 0  # identifiers that were not kept because the person has too many


class Resolver:
    """Whose is this? One per process."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        """Start with an empty memory."""
        self._vault = vault
        self._clock = clock
        self._owners: dict[bytes, tuple[ProfileId, bool]] = {}
        self._states: dict[ProfileId, State] = {}

    def forget_states(self, profile_ids: Iterable[ProfileId]) -> None:
        """Drop what is remembered of these profiles' heads and choices: it changed."""
        for profile_id in profile_ids:
            self._states.pop(profile_id, None)

    def forget_all(self) -> None:
        """Drop everything: the catalogue or the database changed under us."""
        self._owners.clear()
        self._states.clear()

    def adopt(self, batch: Batch) -> None:
        """Remember what a transaction found out, after its commit."""
        if len(self._owners) > _CACHED:
            self._owners.clear()
            self._states.clear()
        self._owners.update(batch.owners)
        self._states.update(batch.states)
        self._vault.remember(batch.keys.values())

    def state(self, batch: Batch, profile_id: ProfileId) -> State | None:
        """Return the state of a profile that this batch resolved."""
        return batch.states.get(profile_id) or self._states.get(profile_id)

    async def resolve(
        self, tx: Tx, batch: Batch, sightings: Sequence[Sighting], rules: Rules
    ) -> list[ProfileId]:
        """Return the profile of each sighting, beginning and merging profiles as needed.

        Raises:
            UniqueViolation: another process began a profile for the same identifier at the same
                time; undo the transaction and run it again.
        """
        await self._load(tx, batch, sightings)
        found: list[ProfileId] = []
        for sighting in sightings:
            quick = self._quick(batch, sighting)
            found.append(quick or await self._slow(tx, batch, sighting, rules))
        await self._begin(tx, batch, rules)
        return found

    async def load_states(
        self, tx: ReadTx, batch: Batch, profile_ids: Iterable[ProfileId]
    ) -> None:
        """Read the states of profiles that are not remembered, in one query."""
        missing = [p for p in set(profile_ids) if self.state(batch, p) is None]
        if missing:
            batch.states |= await consent.states(tx, missing)

    async def _load(self, tx: ReadTx, batch: Batch, sightings: Sequence[Sighting]) -> None:
        """Read whose the identifiers are that are not remembered, in one query."""
        wanted = {
            one.index: one.kind
            for sighting in sightings
            for one in sighting.identifiers
            if one.index not in self._owners and one.index not in batch.owners
        }
        if wanted:
            rows = await queries.owners(tx, kinds=list(wanted.values()), indexes=list(wanted))
            for row in rows:
                batch.owners[row.blind_index] = (ProfileId(row.profile_id), row.is_verified)
        owners = [
            owner[0]
            for sighting in sightings
            for one in sighting.identifiers
            if (owner := self._owner(batch, one)) is not None
        ]
        await self.load_states(tx, batch, owners)

    def _owner(self, batch: Batch, one: Sighted) -> tuple[ProfileId, bool] | None:
        return batch.owners.get(one.index) or self._owners.get(one.index)

    def _quick(self, batch: Batch, sighting: Sighting) -> ProfileId | None:
        """Return the profile when everything is known and belongs to one person, or is all new."""
        first = self._owner(batch, sighting.identifiers[0])
        if first is None:
            if any(self._owner(batch, one) for one in sighting.identifiers[1:]):
                return None
            return self._newcomer(batch, sighting)
        state = self.state(batch, first[0])
        if state is None:
            return None if len(sighting.identifiers) > 1 else first[0]
        if sighting.identifiers[0].is_verified and not first[1]:
            return None
        for one in sighting.identifiers[1:]:
            owner = self._owner(batch, one)
            if owner is None or (one.is_verified and not owner[1]):
                return None
            other = self.state(batch, owner[0])
            if other is None or other.head_id != state.head_id:
                return None
        return first[0]

    def _newcomer(self, batch: Batch, sighting: Sighting) -> ProfileId:
        profile_id = ProfileId(new_id())
        batch.newcomers.append((profile_id, sighting))
        for one in sighting.identifiers:
            batch.owners[one.index] = (profile_id, one.is_verified)
        return profile_id

    async def _begin(self, tx: Tx, batch: Batch, rules: Rules) -> None:
        """Write the profiles that wait to be begun, all at once."""
        if not batch.newcomers:
            return
        newcomers, batch.newcomers = batch.newcomers, []
        ids = [profile_id for profile_id, _ in newcomers]
        kinds = rules.in_force.identifiers
        keys = await self._vault.create(tx, ids)
        batch.keys |= keys
        await queries.insert_profiles(
            tx,
            {
                "profile_ids": ids,
                "is_known": [
                    any(kinds[one.kind].names_person for one in sighting.identifiers)
                    for _, sighting in newcomers
                ],
                "source_ids": [sighting.source_id for _, sighting in newcomers],
                "created_at": [sighting.seen_at for _, sighting in newcomers],
            },
        )
        await self._insert(
            tx,
            [
                (profile_id, one, sighting)
                for profile_id, sighting in newcomers
                for one in sighting.identifiers
            ],
            keys,
        )
        by_regime: dict[str | None, list[ProfileId]] = {}
        for profile_id, sighting in newcomers:
            by_regime.setdefault(sighting.regime, []).append(profile_id)
        for regime, begun in by_regime.items():
            fresh = await consent.start(
                tx, begun, regime=regime, policy=rules.policy, clock=self._clock
            )
            for p in begun:
                batch.states[p] = State(
                    p, p, fresh.standing, regime, fresh.allowed, fresh.valid_until
                )
        await feed.publish(tx, Changed.CREATED, ids, self._clock)

    async def _insert(
        self,
        tx: Tx,
        rows: Sequence[tuple[ProfileId, Sighted, Sighting]],
        keys: dict[ProfileId, SubjectKey],
    ) -> None:
        """Write new identifiers, sealed."""
        await queries.insert_identifiers(
            tx,
            {
                "index_version": INDEX_VERSION,
                "profile_ids": [profile_id for profile_id, _, _ in rows],
                "kinds": [one.kind for _, one, _ in rows],
                "indexes": [one.index for _, one, _ in rows],
                "sealed": [
                    keys[p].seal(_PREFIX, one.value.encode(), one.index) for p, one, _ in rows
                ],
                "source_ids": [sighting.source_id for _, _, sighting in rows],
                "is_verified": [one.is_verified for _, one, _ in rows],
                "first_seen_at": [sighting.seen_at for _, _, sighting in rows],
            },
        )

    async def _slow(self, tx: Tx, batch: Batch, sighting: Sighting, rules: Rules) -> ProfileId:
        """Resolve a sighting that brings something new or names several people."""
        first = self._owner(batch, sighting.identifiers[0])
        unknown = tuple(one for one in sighting.identifiers if not self._owner(batch, one))
        known = [one for one in sighting.identifiers if self._owner(batch, one)]
        if first is None:
            own = Sighting(
                unknown,
                sighting.source_id,
                sighting.source_code,
                sighting.regime,
                sighting.seen_at,
            )
            profile_id = self._newcomer(batch, own)
            unknown = ()
        else:
            profile_id = first[0]
        await self._begin(tx, batch, rules)
        await self.load_states(tx, batch, [profile_id])
        await self._vouch(tx, batch, known)
        if unknown:
            await self._attach(tx, batch, profile_id, unknown, sighting, rules)
        for one in sorted(known, key=lambda k: -rules.in_force.identifiers[k.kind].priority):
            owner = self._owner(batch, one)
            if owner is not None and owner[0] != profile_id:
                await self._consider(tx, batch, profile_id, owner, one, sighting, rules)
        return profile_id

    async def _vouch(self, tx: Tx, batch: Batch, known: Sequence[Sighted]) -> None:
        """Note identifiers that this source vouches for and none did before."""
        fresh = [
            one
            for one in known
            if one.is_verified and (owner := self._owner(batch, one)) and not owner[1]
        ]
        if fresh:
            kinds, indexes = [o.kind for o in fresh], [o.index for o in fresh]
            await queries.mark_verified(tx, kinds=kinds, indexes=indexes)
            for one in fresh:
                owner = self._owner(batch, one)
                if owner:
                    batch.owners[one.index] = (owner[0], True)

    async def _attach(
        self,
        tx: Tx,
        batch: Batch,
        profile_id: ProfileId,
        unknown: Sequence[Sighted],
        sighting: Sighting,
        rules: Rules,
    ) -> None:
        """Give a profile identifiers that nobody has yet, within the limit of each kind."""
        state = self.state(batch, profile_id)
        keys = await self._keys(tx, batch, [profile_id])
        if state is None or profile_id not in keys:
            return
        held = {
            row.kind: row.held
            for row in await queries.count_identifiers(tx, head_ids=[state.head_id])
        }
        taken: list[Sighted] = []
        for one in unknown:
            if held.get(one.kind, 0) >= rules.in_force.identifiers[one.kind].limit:
                batch.limited += 1
                continue
            held[one.kind] = held.get(one.kind, 0) + 1
            taken.append(one)
        if not taken:
            return
        await self._insert(tx, [(profile_id, one, sighting) for one in taken], keys)
        for one in taken:
            batch.owners[one.index] = (profile_id, one.is_verified)
        names = any(rules.in_force.identifiers[one.kind].names_person for one in taken)
        if names and await queries.mark_known(tx, profile_ids=[profile_id]):
            await merge.regroup_known(tx, [profile_id], policy=rules.policy, clock=self._clock)
            await self._reload(tx, batch, profile_id)
        await feed.publish(tx, Changed.IDENTIFIERS, [profile_id], self._clock)

    async def _consider(
        self,
        tx: Tx,
        batch: Batch,
        profile_id: ProfileId,
        owner: tuple[ProfileId, bool],
        one: Sighted,
        sighting: Sighting,
        rules: Rules,
    ) -> None:
        """Put two people that share an identifier before the merge rule, and do what it says."""
        await self.load_states(tx, batch, [profile_id, owner[0]])
        mine, theirs = self.state(batch, profile_id), self.state(batch, owner[0])
        if mine is None or theirs is None or mine.head_id == theirs.head_id:
            return
        people = await self._people(tx, (mine, theirs))
        kinds = rules.in_force.identifiers
        ruling = rule_on(
            people[0], people[1], kinds[one.kind], kinds, verified=one.is_verified and owner[1]
        )
        evidence = {"kind": one.kind, "index": one.index.hex()}
        if ruling.course is Course.REVIEW:
            await merge.ask(
                tx,
                profile_id,
                owner[0],
                reason=ruling.reason,
                evidence=evidence,
                clock=self._clock,
            )
        elif ruling.course is Course.MERGE:
            await self._keys(tx, batch, [profile_id, owner[0]])
            await merge.merge(
                tx,
                profile_id,
                owner[0],
                rule=MergeRule(ruling.reason),
                evidence=evidence,
                actor=Actor.machine(f"source {sighting.source_code}"),
                vault=self._vault,
                policy=rules.policy,
                clock=self._clock,
            )
            await self._reload(tx, batch, profile_id)

    async def _people(self, tx: Tx, states: tuple[State, State]) -> tuple[Person, Person]:
        """Return what the merge rule needs to know, with the people's rows locked."""
        head_ids = [state.head_id for state in states]
        members = await queries.lock_members(tx, head_ids=head_ids)
        held = await queries.count_identifiers(tx, head_ids=head_ids)
        since = self._clock.now() - timedelta(days=1)
        merges = await queries.merges_since(tx, head_ids=head_ids, since=since)
        apart = await queries.apart(tx, profile_ids=[m.profile_id for m in members])

        def person(head_id: object) -> Person:
            own = [m for m in members if m.head_id == head_id]
            ids = frozenset(m.profile_id for m in own)
            return Person(
                profile_ids=ids,
                is_known=any(m.is_known for m in own),
                identifiers={row.kind: row.held for row in held if row.head_id == head_id},
                apart_from=frozenset(
                    other
                    for pair in apart
                    for here, other in (
                        (pair.profile_id, pair.other_id),
                        (pair.other_id, pair.profile_id),
                    )
                    if here in ids
                ),
                merges_today=sum(row.merges for row in merges if row.head_id == head_id),
            )

        return person(states[0].head_id), person(states[1].head_id)

    async def _reload(self, tx: Tx, batch: Batch, profile_id: ProfileId) -> None:
        """Read the states of a person again after a merge."""
        batch.states |= await consent.states(tx, await consent.members(tx, profile_id))

    async def _keys(
        self, tx: ReadTx, batch: Batch, profile_ids: Sequence[ProfileId]
    ) -> dict[ProfileId, SubjectKey]:
        """Return keys, those that this very transaction made included."""
        own = {p: batch.keys[p] for p in profile_ids if p in batch.keys}
        rest = [p for p in profile_ids if p not in own]
        return own | (await self._vault.keys(tx, rest) if rest else {})
