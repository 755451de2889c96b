"""Finding, for each sighting of identifiers, the profile that it is about.

The common case, an identifier that was seen before, is answered from memory. A new one begins a
profile. Several identifiers of different people are put before the merge rule. What is found
out is written to the database at once and to memory only after the commit (`Resolver.adopt`),
so that an undone transaction leaves no trace.

The memory holds blind indexes and profile ids, no identifier in the clear.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import Final
from uuid import UUID

import msgspec

from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Identifier
from candor.domain.consent.model.policy import Policy, Rules
from candor.domain.consent.model.state import State
from candor.domain.consent.service import choices, gate, preferences
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.profiles import queries
from candor.domain.profiles.errors import ErasedMeanwhile
from candor.domain.profiles.model import (
    Course,
    MergeRule,
    Person,
    Profile,
    Sighted,
    Sighting,
    rule_on,
)
from candor.domain.profiles.service import merge, tombstones
from candor.domain.profiles.service.merge import Join, Question
from candor.domain.vault.model import Place, SubjectKey
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId, new_id

IDENTIFIER: Final = Place("profiles.identifier", "sealed")
_PREFIX: Final = IDENTIFIER.prefix()
_CACHED: Final = 500_000  # identifiers in memory, about 250 bytes each


@dataclass(slots=True)
class Batch:
    """What one transaction found out: overlays the memory until it is committed."""

    owners: dict[bytes, tuple[ProfileId, bool]] = field(
        default_factory=dict[bytes, tuple[ProfileId, bool]]
    )
    states: dict[ProfileId, State] = field(default_factory=dict[ProfileId, State])
    keys: dict[ProfileId, SubjectKey] = field(default_factory=dict[ProfileId, SubjectKey])
    people: dict[UUID, Person] = field(default_factory=dict[UUID, Person])  # by profile
    # identifiers, by source, that were not kept because the person has too many
    limited: Counter[int] = field(default_factory=Counter[int])
    # indexes that were looked up in this transaction and that nobody has
    missed: set[bytes] = field(default_factory=set[bytes])


@dataclass(slots=True)
class _Findings:
    """What a pass over sightings decided, to be written all at once."""

    newcomers: list[tuple[ProfileId, Sighting]] = field(
        default_factory=list[tuple[ProfileId, Sighting]]
    )
    attached: list[tuple[ProfileId, Sighted, Sighting]] = field(
        default_factory=list[tuple[ProfileId, Sighted, Sighting]]
    )
    vouched: list[Sighted] = field(default_factory=list[Sighted])
    known: set[ProfileId] = field(default_factory=set[ProfileId])
    joins: list[Join] = field(default_factory=list[Join])
    questions: list[Question] = field(default_factory=list[Question])


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
            self.forget_all()
        self._owners.update(batch.owners)
        self._states.update(batch.states)
        self._vault.remember(batch.keys.values())

    def state(self, batch: Batch, profile_id: ProfileId) -> State | None:
        """Return the state of a profile that this batch resolved."""
        return batch.states.get(profile_id) or self._states.get(profile_id)

    async def states(
        self, tx: ReadTx, batch: Batch, profile_ids: Sequence[ProfileId]
    ) -> list[State | None]:
        """Return the state of each profile, reading in one query those not remembered."""
        fresh, known = batch.states, self._states
        found = [fresh.get(p) or known.get(p) for p in profile_ids]
        if not all(found):  # `None in` would compare each with None
            missing = {p for p, state in zip(profile_ids, found, strict=True) if state is None}
            fresh |= await gate.states(tx, missing)
            found = [fresh.get(p) or known.get(p) for p in profile_ids]
        return found

    async def buried(
        self, tx: ReadTx, batch: Batch, sightings: Sequence[Sighting], rules: Rules
    ) -> dict[int, list[bytes]]:
        """Return the places of sightings that name somebody who was erased, with the marks.

        Such a sighting must not be resolved: it would begin them anew. Costs nothing where all is
        known already, else one query beyond what `resolve` asks anyway.
        """
        others = {
            place: self._indexed(sighting)
            for place, sighting in enumerate(sightings)
            if self._at_once(batch, sighting) is None
        }
        await self._load(tx, batch, list(others.values()))
        kinds = rules.in_force.identifiers
        named = {
            place: {
                (one.kind, one.value)
                for one in sighting.identifiers
                if kinds[one.kind].names_person and self._owner(batch, one) is None
            }
            for place, sighting in others.items()
        }
        found = await tombstones.buried(tx, chain.from_iterable(named.values()), self._vault)
        return {
            place: marks
            for place, asked in named.items()
            if (marks := [found[one] for one in asked if one in found])
        }

    async def resolve(
        self, tx: Tx, batch: Batch, sightings: Sequence[Sighting], rules: Rules
    ) -> list[ProfileId]:
        """Return the profile of each sighting, beginning and merging profiles as needed.

        Reads what is needed in a few queries, decides in memory in the order of the sightings,
        and writes in a few statements, however many sightings there are. Locks the people that
        may be merged.

        Raises:
            UniqueViolation: another process began a profile for the same identifier at the same
                time; undo the transaction and run it again.
            ErasedMeanwhile: somebody whom they name was erased at the same time; likewise.
        """
        found = [self._at_once(batch, sighting) for sighting in sightings]
        rest = [place for place, owner in enumerate(found) if owner is None]
        if rest:
            others = [self._indexed(sightings[place]) for place in rest]
            await self._load(tx, batch, others)
            if self._brings_unknown(batch, others) and await self._vault.indexing.hold(tx):
                others = [self._indexed(sighting) for sighting in others]
                await self._load(tx, batch, others)
            await self._meet(tx, batch, [s for s in others if not self._at_once(batch, s)])
            findings = _Findings()
            kinds = rules.in_force.identifiers
            for place, sighting in zip(rest, others, strict=True):
                found[place] = self._resolve(batch, findings, sighting, kinds)
            await self._write(tx, batch, findings, rules)
        return [owner for owner in found if owner is not None]

    def _indexed(self, sighting: Sighting) -> Sighting:
        """Return a sighting under the version of the index in use: it may have changed since."""
        index = self._vault.index
        if all(one.index == index(one.kind, one.value) for one in sighting.identifiers):
            return sighting
        return msgspec.structs.replace(
            sighting,
            identifiers=tuple(
                msgspec.structs.replace(one, index=index(one.kind, one.value))
                for one in sighting.identifiers
            ),
        )

    def _brings_unknown(self, batch: Batch, sightings: Sequence[Sighting]) -> bool:
        return any(
            self._owner(batch, one) is None
            for sighting in sightings
            for one in sighting.identifiers
        )

    async def _load(self, tx: ReadTx, batch: Batch, sightings: Sequence[Sighting]) -> None:
        """Read whose the identifiers are that are not remembered, in one query."""
        wanted: dict[bytes, Sighted] = {}
        for one in (one for sighting in sightings for one in sighting.identifiers):
            if self._owner(batch, one) is None and one.index not in batch.missed:
                wanted[one.index] = one
                older = self._vault.indexing.older_of(one.kind, one.value)
                if older is not None:
                    wanted[older] = one
        if wanted:
            kinds = [one.kind for one in wanted.values()]
            for row in await queries.owners(tx, kinds=kinds, indexes=list(wanted)):
                owner = (ProfileId(row.profile_id), row.is_verified)
                batch.owners[wanted[row.blind_index].index] = owner
            batch.missed |= {one.index for one in wanted.values()} - batch.owners.keys()
        owners = {
            owner[0]
            for sighting in sightings
            for one in sighting.identifiers
            if (owner := self._owner(batch, one)) is not None
        }
        await self.states(tx, batch, list(owners))

    async def _meet(self, tx: Tx, batch: Batch, sightings: Sequence[Sighting]) -> None:
        """Read and lock the people whom these sightings may change or merge."""
        wanted = {
            owner[0]
            for sighting in sightings
            for one in sighting.identifiers
            if (owner := self._owner(batch, one)) is not None
        }
        if not wanted:
            return
        members = await merge.lock_people(tx, wanted)
        by_head: dict[UUID, list[Profile]] = {}
        for member in members:
            by_head.setdefault(member.head_id, []).append(member)
        ids = [member.profile_id for member in members]
        head_ids = list(by_head)
        held = await queries.count_identifiers(tx, head_ids=head_ids)
        since = self._clock.now() - timedelta(days=1)
        merges = await queries.merges_since(tx, head_ids=head_ids, since=since)
        apart = await queries.apart(tx, profile_ids=ids)
        for head_id, own in by_head.items():
            own_ids = {member.profile_id for member in own}
            person = Person(
                profile_ids=own_ids,
                is_known=any(member.is_known for member in own),
                identifiers={row.kind: row.held for row in held if row.head_id == head_id},
                apart_from={p.other_id for p in apart if p.profile_id in own_ids}
                | {p.profile_id for p in apart if p.other_id in own_ids},
                merges_today=sum(row.merges for row in merges if row.head_id == head_id),
            )
            for profile_id in own_ids:
                batch.people[profile_id] = person

    def _owner(self, batch: Batch, one: Sighted) -> tuple[ProfileId, bool] | None:
        return batch.owners.get(one.index) or self._owners.get(one.index)

    def _at_once(self, batch: Batch, sighting: Sighting) -> ProfileId | None:
        """Return whose a sighting is if it brings nothing new: all known, vouched for, one person.

        Nothing that others in the batch bring changes that: an identifier keeps its profile, and
        people are only put together.
        """
        identifiers = sighting.identifiers
        first = self._owner(batch, identifiers[0])
        if first is None:
            return None
        if len(identifiers) == 1:
            return first[0] if first[1] or not identifiers[0].is_verified else None
        state = self.state(batch, first[0])
        for one in identifiers:
            owner = self._owner(batch, one)
            if state is None or owner is None or (one.is_verified and not owner[1]):
                return None
            other = self.state(batch, owner[0])
            if other is None or other.head_id != state.head_id:
                return None
        return first[0]

    def _resolve(
        self,
        batch: Batch,
        findings: _Findings,
        sighting: Sighting,
        kinds: Mapping[str, Identifier],
    ) -> ProfileId:
        """Decide about one sighting, in memory."""
        known = self._at_once(batch, sighting)
        if known is not None:
            return known
        owners = [(one, self._owner(batch, one)) for one in sighting.identifiers]
        unknown = [one for one, owner in owners if owner is None]
        first = owners[0][1]
        if first is None:
            profile_id = self._begin(batch, findings, sighting, unknown, kinds)
        else:
            profile_id = first[0]
            self._attach(batch, findings, profile_id, sighting, unknown, kinds)
        mine = batch.people.get(profile_id)
        for one, owner in owners:
            if owner is None or owner[1] or not one.is_verified:
                continue
            # A source vouches for its own customer. Somebody else's unverified claim does not
            # become true by it, or typing in a stranger's address would be a way to them.
            if owner[0] == profile_id or (mine and batch.people.get(owner[0]) is mine):
                batch.owners[one.index] = (owner[0], True)
                findings.vouched.append(one)
        ranked = sorted(owners, key=lambda pair: -kinds[pair[0].kind].priority)
        for one, owner in ranked:
            if owner is not None and owner[0] != profile_id:
                self._consider(batch, findings, profile_id, owner, one, sighting, kinds)
        return profile_id

    def _begin(
        self,
        batch: Batch,
        findings: _Findings,
        sighting: Sighting,
        unknown: Sequence[Sighted],
        kinds: Mapping[str, Identifier],
    ) -> ProfileId:
        """Begin a profile with the identifiers that nobody has yet."""
        profile_id = ProfileId(new_id())
        person = batch.people[profile_id] = Person(profile_ids={profile_id}, is_known=False)
        taken = [
            one for one in unknown if self._room(batch, person, one, kinds, sighting.source_id)
        ]
        for one in taken:
            batch.owners[one.index] = (profile_id, one.is_verified)
        own = Sighting(
            tuple(taken),
            sighting.source_id,
            sighting.source_code,
            sighting.regime,
            sighting.seen_at,
        )
        findings.newcomers.append((profile_id, own))
        return profile_id

    def _attach(
        self,
        batch: Batch,
        findings: _Findings,
        profile_id: ProfileId,
        sighting: Sighting,
        unknown: Sequence[Sighted],
        kinds: Mapping[str, Identifier],
    ) -> None:
        """Give a profile identifiers that nobody has yet, within the limit of each kind."""
        person = batch.people.get(profile_id)
        if person is None:
            return  # without a state: erased; nothing is attached to it any more
        for one in unknown:
            if self._room(batch, person, one, kinds, sighting.source_id):
                batch.owners[one.index] = (profile_id, one.is_verified)
                findings.attached.append((profile_id, one, sighting))
                if kinds[one.kind].names_person:
                    findings.known.add(profile_id)

    def _room(
        self,
        batch: Batch,
        person: Person,
        one: Sighted,
        kinds: Mapping[str, Identifier],
        source_id: int,
    ) -> bool:
        """Count an identifier for a person, if the limit of its kind allows it."""
        held = person.identifiers.get(one.kind, 0)
        if held >= kinds[one.kind].limit:
            batch.limited[source_id] += 1
            return False
        person.identifiers[one.kind] = held + 1
        person.is_known = person.is_known or kinds[one.kind].names_person
        return True

    def _consider(
        self,
        batch: Batch,
        findings: _Findings,
        profile_id: ProfileId,
        owner: tuple[ProfileId, bool],
        one: Sighted,
        sighting: Sighting,
        kinds: Mapping[str, Identifier],
    ) -> None:
        """Put two people that share an identifier before the merge rule."""
        mine, theirs = batch.people.get(profile_id), batch.people.get(owner[0])
        if mine is None or theirs is None or mine is theirs:
            return
        verified = one.is_verified and owner[1]
        ruling = rule_on(mine, theirs, kinds[one.kind], kinds, verified=verified)
        evidence = {"kind": one.kind, "index": one.index.hex()}
        if ruling.course is Course.REVIEW:
            findings.questions.append(Question(profile_id, owner[0], ruling.reason, evidence))
        elif ruling.course is Course.MERGE:
            mine.absorb(theirs)
            for absorbed in theirs.profile_ids:
                batch.people[absorbed] = mine
            actor = Actor.machine(f"source {sighting.source_code}")
            rule = MergeRule(ruling.reason)
            findings.joins.append(Join(profile_id, owner[0], rule, evidence, actor))

    async def _write(self, tx: Tx, batch: Batch, findings: _Findings, rules: Rules) -> None:
        """Write what a pass decided, each table once."""
        if findings.newcomers:
            await self._insert_newcomers(tx, batch, findings.newcomers, rules)
        if findings.attached:
            await self._insert(tx, batch, findings.attached)
            ids = {profile_id for profile_id, _, _ in findings.attached}
            await feed.publish(tx, Changed.IDENTIFIERS, ids, self._clock)
        if findings.vouched:
            await self._mark_verified(tx, findings.vouched)
        await preferences.add_points(tx, _points(batch, findings, rules.policy))
        fresh: set[ProfileId] = set()
        if findings.known and await queries.mark_known(tx, profile_ids=sorted(findings.known)):
            fresh = findings.known
        if findings.joins or fresh:
            moved = await merge.join(
                tx,
                findings.joins,
                also=fresh,
                vault=self._vault,
                policy=rules.policy,
                clock=self._clock,
            )
            batch.states |= await gate.states(tx, moved)
        for question in findings.questions:
            await merge.ask(tx, question, clock=self._clock)

    async def _mark_verified(self, tx: Tx, vouched: Sequence[Sighted]) -> None:
        """Note that a source vouches for identifiers, under whatever index they stand."""
        indexing = self._vault.indexing
        await indexing.hold(tx)
        fresh = [indexing.of(one.kind, one.value) for one in vouched]
        older = [indexing.older_of(one.kind, one.value) for one in vouched]
        await queries.mark_verified(
            tx,
            kinds=[one.kind for one in vouched],
            indexes=fresh,
            older=[old or new for old, new in zip(older, fresh, strict=True)],
        )

    async def _insert_newcomers(
        self,
        tx: Tx,
        batch: Batch,
        newcomers: Sequence[tuple[ProfileId, Sighting]],
        rules: Rules,
    ) -> None:
        """Write new profiles with their keys, identifiers and first states."""
        ids = [profile_id for profile_id, _ in newcomers]
        kinds = rules.in_force.identifiers
        batch.keys |= await self._vault.create(tx, ids)
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
            batch,
            [(p, one, sighting) for p, sighting in newcomers for one in sighting.identifiers],
        )
        by_regime: dict[str | None, list[ProfileId]] = {}
        for profile_id, sighting in newcomers:
            by_regime.setdefault(sighting.regime, []).append(profile_id)
        for regime, begun in by_regime.items():
            fresh = await choices.start(
                tx, begun, regime=regime, policy=rules.policy, clock=self._clock
            )
            for p in begun:
                batch.states[p] = State(
                    p, p, fresh.standing, regime, fresh.allowed, fresh.valid_until
                )
        await feed.publish(tx, Changed.CREATED, ids, self._clock)

    async def _insert(
        self, tx: Tx, batch: Batch, rows: Sequence[tuple[ProfileId, Sighted, Sighting]]
    ) -> None:
        """Write new identifiers, sealed with their profiles' keys."""
        wanted = {profile_id for profile_id, _, _ in rows}
        keys = {p: batch.keys[p] for p in wanted if p in batch.keys}
        keys |= await self._vault.keys(tx, wanted - keys.keys())
        if wanted - keys.keys():
            raise ErasedMeanwhile
        await queries.insert_identifiers(
            tx,
            {
                "index_version": self._vault.indexing.version,
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


def _points(batch: Batch, findings: _Findings, policy: Policy) -> dict[ProfileId, int]:
    """Return for which channels profiles have a verified contact point since this pass."""
    seen = [(p, one) for p, sighting in findings.newcomers for one in sighting.identifiers]
    seen += [(p, one) for p, one, _ in findings.attached]
    verified = [(p, one.kind) for p, one in seen if one.is_verified]
    verified += [
        (batch.owners[one.index][0], one.kind)
        for one in findings.vouched
        if one.index in batch.owners
    ]
    found: dict[ProfileId, int] = {}
    for profile_id, kind in verified:
        if kind in policy.points:
            found[profile_id] = found.get(profile_id, 0) | policy.points[kind]
    return found
