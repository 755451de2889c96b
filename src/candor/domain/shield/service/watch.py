"""Watching the audit log: every entry is seen once, by one process at a time, and none is skipped.

A pass reads what was written since the last, feeds it to the windows of the rules and writes down
alerts, measures and how far it came, all in one transaction: what is killed midway is done again,
and nothing is done twice. Windows live in memory; a process that takes over (a start, another node,
a failed pass) fills them from the log before it goes on. Several nodes may watch: the one that has
the lock does, and the others leave it to that one as long as it is seen to be at work.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from candor.domain.audit.model import Actor, ActorKind, Entry
from candor.domain.audit.model.following import Horizon
from candor.domain.audit.service import following
from candor.domain.shield.model import rules as table
from candor.domain.shield.model.canary import Canary, CanaryKind
from candor.domain.shield.model.measure import kind_of
from candor.domain.shield.model.rules import API, RULES, USUAL_OVER, Rule, Usual
from candor.domain.shield.model.windows import Sighting, Windows, longest
from candor.domain.shield.queries import alerts as stored_alerts
from candor.domain.shield.queries import watching as stored
from candor.domain.shield.service import alerts, canaries, networks
from candor.domain.shield.service.measures import Deeds
from candor.infra.db.pool import Database, ReadTx, Tx
from candor.kernel.clock import Clock

WATCHER: Final = "rules"
PAGE: Final = 20_000
ALIVE: Final = timedelta(seconds=5)  # a watcher that looked within this is at work
_SAYS_SO_EACH: Final = timedelta(seconds=2)
_FORGETS_EACH: Final = timedelta(minutes=1)
_LIMIT_LASTS: Final = timedelta(hours=1)
_NO_LIMIT: Final = 1 << 40
_NIGHT: Final = frozenset({22, 23, 0, 1, 2, 3, 4, 5})
_LEAST_HISTORY_DAYS: Final = 3  # of somebody newer it is not known when they work
_ACTIONS: Final = tuple(sorted({*table.ACTIONS, table.SIGNED_IN_ACTION}))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the shield must ask others, handed in by the composition root.

    `peers`: ids of the members of staff with the same role as one, that one included.
    `zone`: the company's time zone (IANA name).
    """

    deeds: Deeds
    peers: Callable[[ReadTx, UUID], Awaitable[Sequence[UUID]]]
    zone: Callable[[ReadTx], Awaitable[str]]


class Watch:
    """The watcher of one process."""

    def __init__(self, database: Database, surroundings: Surroundings, clock: Clock) -> None:
        """Start with nothing remembered."""
        self._database = database
        self._around = surroundings
        self._clock = clock
        self._windows = Windows(RULES.values())
        self._written: Horizon | None = None  # what this process last wrote
        self._is_filled = False
        self._forgot_at: datetime | None = None

    async def once(self) -> int:
        """Look once at what was written since the last time; return how many entries counted.

        Raises:
            Unavailable: the database is away; nothing was done, and the next pass does it.
        """
        written: Horizon | None = None
        seen = 0
        is_filled, self._is_filled = self._is_filled, False  # until the pass ends well
        async with self._database.tx("") as tx:
            if not await stored.try_lock(tx, name="shield.watch"):
                return 0
            known = await stored.progress(tx, watcher=WATCHER)
            until = await following.horizon(tx)
            now = self._clock.now()
            if known is None or await following.is_foreign(tx, Horizon(known.horizon)):
                self._windows = Windows(RULES.values())
                await stored.put_progress(tx, watcher=WATCHER, horizon=until, at=now)
                written = until
            else:
                since = Horizon(known.horizon)
                if since != self._written and now - known.at < ALIVE:
                    return 0
                if since != self._written or not is_filled:
                    await self._fill(tx, since, now)
                seen = await self._read(tx, since, until)
                if seen or now - known.at >= _SAYS_SO_EACH or since != self._written:
                    await stored.put_progress(tx, watcher=WATCHER, horizon=until, at=now)
                    written = until
                else:
                    written = since
            self._forget(now)
        self._written = written
        self._is_filled = True
        return seen

    async def _fill(self, tx: ReadTx, known: Horizon, now: datetime) -> None:
        """Fill the windows with what was seen already, without what alerts have counted."""
        self._windows = Windows(RULES.values())
        since = now - longest(RULES.values())
        counted = {
            (one.rule, one.actor): one.last_entry
            for one in await stored_alerts.counted_until(tx, since=since)
        }
        for window in sorted({rule.window for rule in RULES.values()}):
            rules = [rule for rule in RULES.values() if rule.window == window]
            actions = sorted({action for rule in rules for action in rule.actions})
            for entry in await following.seen_since(
                tx, known, actions=actions, since=now - window
            ):
                self._windows.feed(entry, counted, window)

    async def _read(self, tx: Tx, since: Horizon, until: Horizon) -> int:
        out = await canaries.out(tx, [CanaryKind.PROFILE, CanaryKind.STAFF])
        by_mark = {bytes(canary.mark): canary for canary in out}
        after = seen = 0
        while True:
            entries = await following.stream(
                tx,
                since=since,
                until=until,
                actions=_ACTIONS,
                subjects=list(by_mark),
                after=after,
                at_most=PAGE,
            )
            for entry in entries:
                await self._notice(tx, entry, by_mark)
                for sighting in self._windows.feed(entry):
                    await self._judge(tx, sighting)
            seen += len(entries)
            if len(entries) < PAGE:
                return seen
            after = entries[-1].entry_id

    async def _notice(self, tx: Tx, entry: Entry, marks: dict[bytes, Canary]) -> None:
        """Write down what an entry means beyond itself; the next pass counts that."""
        if entry.action == table.CANARY_ACTION:
            return
        actor = Actor(ActorKind(entry.actor_kind), entry.actor_id)
        canary = _canary_of(entry, marks)
        if canary is not None:
            await canaries.touched(
                tx,
                canary,
                actor=actor,
                subject=entry.subject,
                entry_id=entry.entry_id,
                clock=self._clock,
            )
        network = entry.detail.get("network")
        is_staff = entry.actor_kind == ActorKind.STAFF
        if entry.action == table.SIGNED_IN_ACTION and is_staff and network:
            await networks.note(
                tx, actor, actor.label, bytes.fromhex(str(network)), self._clock
            )

    async def _judge(self, tx: Tx, sighting: Sighting) -> None:
        """Raise an alert, unless this much is usual for whoever did it."""
        usual = sighting.usual
        if sighting.needs_usual:
            limit, usual = await self._limit(tx, sighting)
            until = sighting.last_at + max(_LIMIT_LASTS, sighting.rule.window / 4)
            self._windows.set_limit(sighting, limit, usual, until)
            if sighting.count < limit:
                return
        await alerts.put_up(
            tx, sighting, usual=usual, deeds=self._around.deeds, clock=self._clock
        )
        self._windows.fired(sighting)

    async def _limit(self, tx: ReadTx, sighting: Sighting) -> tuple[int, int | None]:
        """Return how much is too much for an actor, and how much is usual."""
        rule = sighting.rule
        if rule.needs_night:
            is_unusual = await self._is_unusual_hour(tx, sighting)
            return (rule.threshold if is_unusual else _NO_LIMIT), None
        if rule.usual is None:
            return rule.threshold, None
        usual = await self._usual(tx, sighting)
        return limit_of(rule, rule.usual, usual), usual

    async def _usual(self, tx: ReadTx, sighting: Sighting) -> int:
        """Return the busiest span of an actor in four weeks, or of the median of their peers."""
        rule = sighting.rule
        kind, actor_id = _in_log(sighting.actor)
        asked = [actor_id]
        if kind == ActorKind.STAFF:
            peers = await self._around.peers(tx, UUID(actor_id))
            asked = sorted({actor_id, *(str(peer) for peer in peers)})
        before = sighting.last_at - rule.window
        found = await following.busiest(
            tx,
            actions=rule.actions,
            actor_kind=kind,
            actor_ids=asked,
            span=rule.window,
            since=before - USUAL_OVER,
            before=before,
        )
        others = [count for peer, count in found.items() if peer != actor_id]
        return max(found.get(actor_id, 0), median_low(others) if others else 0)

    async def _is_unusual_hour(self, tx: ReadTx, sighting: Sighting) -> bool:
        """Tell whether it is night, and somebody works who is known never to work then."""
        zone = await self._around.zone(tx)
        hour = sighting.last_at.astimezone(ZoneInfo(zone)).hour
        if hour not in _NIGHT:
            return False
        kind, actor_id = _in_log(sighting.actor)
        before = sighting.first_at
        habit = await following.habit(
            tx,
            actions=sighting.rule.actions,
            actor_kind=kind,
            actor_id=actor_id,
            hours=[(hour - 1) % 24, hour, (hour + 1) % 24],
            zone=zone,
            since=before - USUAL_OVER,
            before=before,
        )
        return habit.at_any >= _LEAST_HISTORY_DAYS and not habit.at_these_hours

    def _forget(self, now: datetime) -> None:
        if self._forgot_at is None or now - self._forgot_at >= _FORGETS_EACH:
            self._windows.forget(now, RULES)
            self._forgot_at = now


def limit_of(rule: Rule, usual: Usual, busiest: int) -> int:
    """Return from how many on a rule fires for somebody whose busiest span had so many."""
    return min(max(rule.threshold, busiest * usual.times), usual.most)


def _in_log(actor: str) -> tuple[ActorKind, str]:
    """Return kind and id of an actor as the audit log has them."""
    identity = actor.partition(":")[2]
    if kind_of(actor) == "key":
        return ActorKind.MACHINE, API + identity
    return ActorKind.STAFF, identity


def _canary_of(entry: Entry, marks: dict[bytes, Canary]) -> Canary | None:
    """Return the canary that an entry touches: by a person or a key; the machine may.

    A canary account touches itself by acting at all.
    """
    is_machine = entry.actor_kind == ActorKind.MACHINE
    if is_machine and not entry.actor_id.startswith(API):
        return None
    if entry.subject is not None and (found := marks.get(bytes(entry.subject))):
        return found
    if entry.actor_kind == ActorKind.STAFF:
        return marks.get(UUID(entry.actor_id).bytes)
    return None
