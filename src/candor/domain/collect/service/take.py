"""Taking requests in: read each at once, commit many together, answer after the commit.

While one group is being committed the next gathers, so groups grow with the load and no timer
is needed. One transaction: what changed since the last one → messages never seen before → whose
they are → choices → facts → events that a purpose allows → one line of counts. If it fails
because two processes began the same profile, it is undone and run again; if one request breaks
it, each of its requests is tried alone, so that only the broken one fails.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from time import perf_counter
from typing import Final
from uuid import UUID

import msgspec

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.errors import NoCatalogue
from candor.domain.collect import queries
from candor.domain.collect.errors import Busy
from candor.domain.collect.model import Counts, Load, Outcome, Refusal, Taken
from candor.domain.collect.plan import TrackingPlan
from candor.domain.collect.reading import Reader
from candor.domain.collect.rows import Row, copied, listed
from candor.domain.collect.service.listen import Listener
from candor.domain.collect.service.yeses import Yeses
from candor.domain.consent.model.choice import Choice, evidence_of
from candor.domain.consent.model.decision import in_effect
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import choices, gate
from candor.domain.consent.service.choices import Statement
from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.feed import service as feed
from candor.domain.feed.model import CHANGES_STANDING, Changed, Horizon
from candor.domain.profiles.errors import ErasedMeanwhile
from candor.domain.profiles.model import Sighting
from candor.domain.profiles.service import birthdays, keep, tombstones
from candor.domain.profiles.service.keep import Said
from candor.domain.profiles.service.resolve import Batch, Resolver
from candor.domain.vault.model import Place, SubjectKey
from candor.domain.vault.service import Vault
from candor.infra import metrics
from candor.infra.db.errors import (
    DeadlockDetected,
    SerializationFailure,
    UniqueViolation,
)
from candor.infra.db.pool import Database, Tx
from candor.infra.log import logger
from candor.kernel.clock import Clock
from candor.kernel.errors import Bug, CandorError, Unavailable
from candor.kernel.ids import ProfileId, new_id

__all__ = ["Compiled", "Door", "Reader"]

EVENT: Final = Place("collect.event", "sealed")
_PREFIX: Final = EVENT.prefix()
_ACTOR: Final = Actor.machine("door")
MOST_WAITING: Final = 60_000
_GROUP_EVENTS: Final = 4_000
_FEW_EVENTS: Final = 200
_CROWD: Final = 64
_MOMENT: Final = 0.004  # seconds
_TRIES: Final = 6
_SAMPLE_EVERY: Final = timedelta(seconds=1)
_log: Final = logger("door")


@dataclass(slots=True)
class _Waiting:
    """A request that was read and waits for its commit."""

    load: Load
    answer: "asyncio.Future[None]"


class _Kept(msgspec.Struct, frozen=True, gc=False):
    """An event that is kept, whose it is, and for which purposes."""

    load: Load
    taken: Taken
    owner: ProfileId
    purposes: int


@dataclass(frozen=True, slots=True)
class Compiled:
    """The catalogue in force, compiled for the door."""

    plan: TrackingPlan
    rules: Rules


class Door:
    """The door of one process."""

    def __init__(
        self, database: Database, vault: Vault, rulebook: Rulebook, clock: Clock
    ) -> None:
        """Prepare; `open` must come before the first request."""
        self._database = database
        self._vault = vault
        self._rulebook = rulebook
        self._clock = clock
        self._resolver = Resolver(vault, clock)
        self._compiled: Compiled | None = None
        self._readers: dict[str, Reader] = {}
        self._waiting: list[_Waiting] = []
        self._waiting_events = 0
        self._expected = 1  # requests that the next commit waits for
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._horizon: Horizon | None = None
        self._months: set[tuple[int, int]] = set()
        self._sampled: dict[tuple[int, str], datetime] = {}
        self._listener = Listener(vault, clock, self._resolver, _ACTOR)

    async def open(self) -> None:
        """Read the catalogue and start committing."""
        with suppress(NoCatalogue):  # the door stays shut until a catalogue is applied
            await self._refresh()
        self._task = asyncio.create_task(self._commit_for_ever())

    async def close(self) -> None:
        """Commit what waits, then stop."""
        while self._waiting_events and self._task and not self._task.done():
            self._wake.set()
            await asyncio.sleep(0.005)
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def reader(self, source_code: str) -> Reader:
        """Return the reader for a source's requests.

        Raises:
            NoCatalogue: nothing is declared yet.
            KeyError: the source is not declared any more.
        """
        if self._compiled is None:
            await self._refresh()
        reader = self._readers.get(source_code)
        if reader is None and self._compiled is not None:
            in_force = self._compiled.rules.in_force
            source = in_force.sources[source_code]
            reader = self._readers[source_code] = Reader(
                self._compiled.plan, source, self._vault
            )
        if reader is None:
            message = "the catalogue was not compiled"
            raise Bug(message)
        return reader

    async def take(self, load: Load) -> None:
        """Take a read request in; return when it is committed.

        Raises:
            Busy: too much is waiting already.
            Unavailable: the database is away; nothing of this request was kept.
        """
        if not (load.taken or load.refused or load.counts):
            return
        if self._waiting_events > MOST_WAITING:
            raise Busy
        if self._task is None or self._task.done():
            raise Unavailable("The door is closed.")
        waiting = _Waiting(load, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._waiting_events += len(load.taken) + 1
        if self._are_enough():
            self._wake.set()
        await waiting.answer

    async def _commit_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            group = self._next_group()
            if not group:
                self._expected = 1
                self._wake.clear()
                continue
            began = perf_counter()
            metrics.DOOR_WAITING.set(self._waiting_events)
            await self._commit(group)
            metrics.DOOR_FLUSH.observe(perf_counter() - began)
            self._expect_again(len(group))

    def _expect_again(self, answered: int) -> None:
        """Let the next commit wait for those just answered, who are about to send again.

        One commit for all of them costs the least. It comes without them after a moment; who
        sends alone, or much at once, never waits.
        """
        self._expected = min(answered + len(self._waiting), _CROWD)
        if not self._are_enough():
            self._wake.clear()
            asyncio.get_running_loop().call_later(_MOMENT, self._wake.set)

    def _are_enough(self) -> bool:
        return len(self._waiting) >= self._expected or self._waiting_events >= _FEW_EVENTS

    def _next_group(self) -> list[_Waiting]:
        """Return the requests that go into the next commit."""
        size = 0
        for place, waiting in enumerate(self._waiting):
            size += len(waiting.load.taken) + 1
            if size > _GROUP_EVENTS and place:
                group, self._waiting = self._waiting[:place], self._waiting[place:]
                return group
        group, self._waiting = self._waiting, []
        return group

    async def _commit(self, group: Sequence[_Waiting]) -> None:
        """Commit a group and answer its requests, whatever happens."""
        error = await self._try(group)
        is_known = isinstance(error, CandorError) and not isinstance(error, Bug)
        if error is not None and not is_known and len(group) > 1:
            # One of them carries what cannot be written down: find it, spare the others.
            for waiting in group:
                await self._commit([waiting])
            return
        for waiting in group:
            self._waiting_events -= len(waiting.load.taken) + 1
            if waiting.answer.done():
                continue  # the client went away; its events are kept all the same
            if error is None:
                waiting.answer.set_result(None)
            elif isinstance(error, CandorError):
                waiting.answer.set_exception(error)
            else:
                _log.error("a request could not be committed", exc_info=error)
                waiting.answer.set_exception(Bug("a request could not be committed"))
        metrics.DOOR_WAITING.set(self._waiting_events)

    async def _try(self, group: Sequence[_Waiting]) -> Exception | None:
        """Commit a group, again where another process was quicker; return what went wrong."""
        error: Exception | None = None
        for attempt in range(_TRIES):
            try:
                await self._flush([waiting.load for waiting in group])
            except (
                UniqueViolation,
                DeadlockDetected,
                SerializationFailure,
                ErasedMeanwhile,
            ) as clash:
                error = clash
            except Unavailable as away:
                error = away
                cause = away.__cause__
                if not isinstance(cause, DeadlockDetected | SerializationFailure):
                    return away
            except Exception as other:  # noqa: BLE001 - answered to every request of the group
                return other
            else:
                return None
            self._resolver.forget_all()
            await asyncio.sleep(0.002 * 2**attempt)
        return error

    async def _flush(self, loads: Sequence[Load]) -> None:
        """Commit some requests in one transaction."""
        batch = Batch()
        now = self._clock.now()
        counts: dict[int, Counts] = {}
        for load in loads:
            counts.setdefault(load.source_id, Counter()).update(load.counts)
        async with self._database.tx() as tx:
            compiled = await self._follow(tx)
            fresh = await self._fresh(tx, loads, counts, now)
            fresh = await self._unburied(tx, batch, fresh, compiled.rules, counts)
            sightings = _sightings(fresh)
            owners = await self._resolver.resolve(tx, batch, sightings, compiled.rules)
            for source_id, number in batch.limited.items():
                counts[source_id][Outcome.LIMITED_IDENTIFIER, ""] += number
            await self._choose(tx, batch, fresh, owners, compiled.rules, counts)
            settled = await self._listener.listen(
                tx, batch, fresh, owners, compiled.rules.policy
            )
            states = await self._resolver.states(tx, batch, owners)
            allowed = [in_effect(s, compiled.rules.policy, now) if s else 0 for s in states]
            await self._keep_facts(tx, batch, fresh, owners, allowed, counts, compiled.rules)
            kept = _gate(fresh, owners, allowed, counts)
            await self._sample(tx, loads, now)
            flush_id = await self._store(tx, batch, kept, now, _lines(counts))
            await audit.record(
                tx,
                actor=_ACTOR,
                action="collect.taken",
                clock=self._clock,
                detail={"flush": flush_id, "requests": len(loads), "events": len(kept)},
            )
        # Only now: what an undone transaction made is not there.
        self._resolver.adopt(batch)
        self._listener.settle(settled)
        self._months |= _months_of(kept)
        for load in loads:
            for (outcome, _), number in counts.pop(load.source_id, Counter()).items():
                metrics.DOOR_EVENTS.labels(load.source_code, outcome).inc(number)

    async def _follow(self, tx: Tx) -> Compiled:
        """Drop what changed since the last commit from memory; return the catalogue in force."""
        if self._horizon is None:
            self._horizon = await feed.now(tx)
        else:
            self._horizon = await self._forget_changed(tx, self._horizon)
        return await self._compile(tx)

    async def _forget_changed(self, tx: Tx, horizon: Horizon) -> Horizon:
        """Drop from memory what was changed since, by whomever; return the next horizon."""
        since = await feed.follow(tx, horizon=horizon, kinds=CHANGES_STANDING)
        if since.profile_ids:
            self._resolver.forget_states(ProfileId(p) for p in since.profile_ids)
            self._listener.forget(ProfileId(p) for p in since.profile_ids)
            erased = await feed.follow(tx, horizon=horizon, kinds=(Changed.ERASED,))
            if erased.profile_ids:
                self._resolver.forget_all()
                self._vault.forget(ProfileId(p) for p in erased.profile_ids)
        return since.horizon

    async def _refresh(self) -> None:
        async with self._database.tx() as tx:
            await self._compile(tx)

    async def _compile(self, tx: Tx) -> Compiled:
        """Return the rules in force, compiled; again only when the catalogue changed."""
        rules = await self._rulebook.rules(tx)
        if self._compiled is None or self._compiled.rules is not rules:
            self._compiled = Compiled(TrackingPlan(rules.in_force), rules)
            self._readers.clear()
            self._listener.forget_all()
            self._resolver.forget_all()
        return self._compiled

    async def _fresh(
        self, tx: Tx, loads: Sequence[Load], counts: dict[int, Counts], now: datetime
    ) -> list[tuple[Load, Taken]]:
        """Return the calls that were never seen before, each once."""
        calls: dict[bytes, tuple[Load, Taken]] = {}
        for load in loads:
            for taken in load.taken:
                if taken.message_key in calls:
                    counts[load.source_id][Outcome.DUPLICATE, taken.what] += 1
                else:
                    calls[taken.message_key] = (load, taken)
        if not calls:
            return []
        # Sorted: two processes that take the same messages wait for each other in one order.
        new = await queries.remember_messages(tx, message_keys=sorted(calls), today=now.date())
        if new is None:
            return list(calls.values())
        for key, (load, taken) in calls.items():
            if key not in new:
                counts[load.source_id][Outcome.DUPLICATE, taken.what] += 1
        return [call for key, call in calls.items() if key in new]

    async def _unburied(
        self,
        tx: Tx,
        batch: Batch,
        fresh: list[tuple[Load, Taken]],
        rules: Rules,
        counts: dict[int, Counts],
    ) -> list[tuple[Load, Taken]]:
        """Return the calls that name nobody who was erased; refuse and count the others."""
        buried = await self._resolver.buried(tx, batch, _sightings(fresh), rules)
        if not buried:
            return fresh
        for place in buried:
            counts[fresh[place][0].source_id][Outcome.ERASED, fresh[place][1].what] += 1
        await tombstones.count(tx, Counter(chain.from_iterable(buried.values())))
        return [call for place, call in enumerate(fresh) if place not in buried]

    async def _choose(
        self,
        tx: Tx,
        batch: Batch,
        fresh: Sequence[tuple[Load, Taken]],
        owners: Sequence[ProfileId],
        rules: Rules,
        counts: dict[int, Counts],
    ) -> None:
        """Record the choices that calls carry, before anything is gated by them."""
        if not any(taken.choices for _, taken in fresh):
            return
        policy = rules.policy
        yeses = await Yeses.of(tx, fresh, owners, rules)
        statements: list[Statement] = []
        for (load, taken), owner in zip(fresh, owners, strict=True):
            for bit, says_yes in taken.choices:
                doubt = yeses.doubt(load, taken, owner, bit) if says_yes else ""
                said = doubt or ("yes" if says_yes else "no")
                counts[load.source_id][Outcome.CONSENT, said] += 1
                if doubt:
                    continue
                shown = taken.shown.get(bit)
                statements.append(
                    Statement(
                        record_id=_record_id(taken.message_key, bit),
                        via=owner,
                        purpose_id=bit,
                        choice=Choice.GRANTED if says_yes else Choice.DENIED,
                        decided_at=taken.occurred_at,
                        surface=f"source {load.source_code}",
                        source_id=load.source_id,
                        notice=shown.id if shown else None,
                        locale=taken.locale,
                        evidence=evidence_of(is_over_gpc=says_yes and taken.is_over(bit)),
                        edition=yeses.edition(bit, shown),
                    )
                )
        if statements:
            touched = await choices.record(
                tx,
                statements,
                actor=_ACTOR,
                vault=self._vault,
                policy=policy,
                clock=self._clock,
            )
            self._listener.forget(touched)
            batch.states |= await gate.states(tx, touched)

    async def _keep_facts(
        self,
        tx: Tx,
        batch: Batch,
        fresh: Sequence[tuple[Load, Taken]],
        owners: Sequence[ProfileId],
        allowed: Sequence[int],
        counts: dict[int, Counts],
        rules: Rules,
    ) -> None:
        """Keep the facts of identify calls that a purpose allows."""
        said: list[Said] = []
        for (load, taken), owner, mask in zip(fresh, owners, allowed, strict=True):
            if taken.what == "identify":
                counts[load.source_id][Outcome.IDENTIFIED, ""] += 1
            if not taken.traits:
                continue
            for trait in taken.traits:
                purposes = trait.mask & mask
                outcome = Outcome.FACT_KEPT if purposes else Outcome.FACT_NO_PURPOSE
                counts[load.source_id][outcome, trait.code] += 1
                if purposes:
                    said.append(
                        Said(
                            owner,
                            trait.attribute_id,
                            load.source_id,
                            trait.value,
                            purposes,
                            "machine",
                            taken.occurred_at,
                        )
                    )
        if said:
            keys = await self._keys(tx, batch, {one.profile_id for one in said})
            await keep.put(tx, said, keys, self._clock)
            minors = await birthdays.note(
                tx, said, actor=_ACTOR, rules=rules, vault=self._vault, clock=self._clock
            )
            if minors:
                self._listener.forget(minors)
                batch.states |= await gate.states(tx, minors)

    async def _store(
        self, tx: Tx, batch: Batch, kept: Sequence[_Kept], at: datetime, counts: str
    ) -> int:
        """Begin the group commit and write its events; return its number."""
        for month in _months_of(kept) - self._months:
            await queries.ensure_month(tx, day=date(*month, 1))
        rows = await self._rows(tx, batch, kept)
        if 0 < len(rows) <= _FEW_EVENTS:
            flush_id = await queries.store_few(tx, at=at, counts=counts, rows=listed(rows))
        else:
            flush_id = await queries.insert_flush(tx, at=at, counts=counts)
            if rows:
                await queries.copy_events(tx, (copied(rows, flush_id),))
        return flush_id

    async def _rows(self, tx: Tx, batch: Batch, kept: Sequence[_Kept]) -> list[Row]:
        """Return the rows of events, their personal part sealed."""
        keys = [self._vault.cached(call.owner) for call in kept]
        if not all(keys):
            found = await self._keys(tx, batch, {call.owner for call in kept})
            keys = [found.get(call.owner) for call in kept]
        rows: list[Row] = []
        for call, key in zip(kept, keys, strict=True):
            taken = call.taken
            if key is None and taken.personal:
                continue  # erased meanwhile
            rows.append(
                Row(
                    profile_id=key.id_bytes if key else call.owner.bytes,
                    occurred_at=taken.occurred_at,
                    event_id=taken.message_key,
                    event_type_id=taken.event_type_id,
                    source_id=call.load.source_id,
                    received_at=call.load.received_at,
                    purposes=call.purposes,
                    properties=taken.properties,
                    sealed=key.seal(_PREFIX, taken.personal, taken.message_key)
                    if key and taken.personal
                    else None,
                )
            )
        return rows

    async def _keys(
        self, tx: Tx, batch: Batch, owners: Iterable[ProfileId]
    ) -> dict[ProfileId, SubjectKey]:
        """Return subject keys, those that this very transaction made included."""
        wanted = set(owners)
        own = {p: batch.keys[p] for p in wanted if p in batch.keys}
        rest = wanted - own.keys()
        return own | (await self._vault.keys(tx, rest) if rest else {})

    async def _sample(self, tx: Tx, loads: Sequence[Load], now: datetime) -> None:
        """Keep a few masked samples of what was refused: one per source, reason and second."""
        picked: list[tuple[int, Refusal]] = []
        for load in loads:
            for refusal in load.refused:
                place = (load.source_id, refusal.reason)
                last = self._sampled.get(place)
                if last is None or now - last >= _SAMPLE_EVERY:
                    self._sampled[place] = now
                    picked.append((load.source_id, refusal))
        if picked:
            await queries.insert_refusals(
                tx,
                {
                    "at": now,
                    "refusal_ids": [new_id() for _ in picked],
                    "source_ids": [source_id for source_id, _ in picked],
                    "reasons": [refusal.reason for _, refusal in picked],
                    "whats": [refusal.what for _, refusal in picked],
                    "messages": [refusal.message for _, refusal in picked],
                    "samples": [refusal.sample for _, refusal in picked],
                },
            )


def _sightings(calls: Sequence[tuple[Load, Taken]]) -> list[Sighting]:
    return [
        Sighting(t.identifiers, o.source_id, o.source_code, o.regime, t.occurred_at)
        for o, t in calls
    ]


def _gate(
    fresh: Sequence[tuple[Load, Taken]],
    owners: Sequence[ProfileId],
    allowed: Sequence[int],
    counts: dict[int, Counts],
) -> list[_Kept]:
    """Return the events that some purpose allows now, with those purposes."""
    kept: list[_Kept] = []
    stored: dict[tuple[int, str], int] = {}
    for (load, taken), owner, mask in zip(fresh, owners, allowed, strict=True):
        if not taken.event_type_id:
            continue
        purposes = taken.mask & mask
        if purposes:
            kept.append(_Kept(load, taken, owner, purposes))
            place = (load.source_id, taken.what)
            stored[place] = stored.get(place, 0) + 1
        else:
            counts[load.source_id][Outcome.NO_PURPOSE, taken.what] += 1
    for (source_id, what), number in stored.items():
        counts[source_id][Outcome.STORED, what] += number
    return kept


def _record_id(message_key: bytes, bit: int) -> UUID:
    """Return the name of a choice: the same when the same message comes again."""
    return UUID(int=(int.from_bytes(message_key) + bit) % (1 << 128))


def _months_of(kept: Sequence[_Kept]) -> set[tuple[int, int]]:
    return {(call.taken.occurred_at.year, call.taken.occurred_at.month) for call in kept}


def _lines(counts: dict[int, Counts]) -> str:
    """Return the counts of a group commit as they are kept: source, outcome, what, number."""
    return json.dumps(
        [
            [source_id, outcome, what, number]
            for source_id, own in counts.items()
            for (outcome, what), number in own.items()
            if number
        ]
    )
