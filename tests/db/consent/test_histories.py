"""Any history of choices, signals, preferences, merges and time: state is replay, gates agree.

One law over everything at once: whatever happened in whatever order, what the gate reads is what
folding the histories from nothing gives, the gate in SQL is the gate in Python, and nothing that
needs a yes is allowed without one that still counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candor.app import Candor
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import LegalBasis, Regime
from candor.domain.consent import jobs
from candor.domain.consent.model.choice import Choice, Record, fold
from candor.domain.consent.model.decision import Ask, decide
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.preference import Wish, fold_wishes
from candor.domain.consent.model.signal import Signal, SignalKind
from candor.domain.consent.queries import preferences as preferred
from candor.domain.consent.service import choices, gate, preferences, signals
from candor.domain.consent.service.folding import GPC
from candor.domain.consent.service.preferences import Said
from candor.domain.vault.service import Vault
from candor.kernel.clock import Clock, FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.choices import channel_kinds, wish_values
from tests.factories.house import TEST, policy_of, say, start_profiles, statement, states_of
from tests.factories.strings import with_consents

Owner = psycopg.Connection[tuple[object, ...]]
PEOPLE = 3
places = st.integers(0, PEOPLE - 1)
STRINGS = (with_consents(2, 3), with_consents(2), with_consents(), "CQ-no-string", "")


@dataclass(frozen=True, slots=True)
class Chooses:
    """Somebody chooses, some days ago."""

    place: int
    purpose: int
    choice: Choice
    days: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """Somebody says how they want to be written to, some days ago."""

    place: int
    wish: Wish
    days: int


@dataclass(frozen=True, slots=True)
class Signals:
    """A machine says something for somebody."""

    place: int
    kind: SignalKind
    value: str | None = None
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Joins:
    """Two turn out to be one person."""

    one: int
    other: int


@dataclass(frozen=True, slots=True)
class Parts:
    """Nobody is one with anybody any more."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Days pass; what runs out is folded again."""

    days: int


Step = Chooses | Wishes | Signals | Joins | Parts | Waits
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        Chooses, places, st.integers(0, 4), st.sampled_from(Choice), st.integers(-500, 0)
    ),
    st.builds(Wishes, places, wish_values, st.integers(-3, 0)),
    st.builds(Signals, places, st.just(SignalKind.GPC)),
    st.builds(
        Signals,
        places,
        st.sampled_from([SignalKind.TCF, SignalKind.GPP]),
        st.sampled_from(STRINGS),
    ),
    st.builds(
        Signals,
        places,
        st.sampled_from(channel_kinds).map(SignalKind),
        st.none(),
        st.integers(0, 2),
    ),
    st.builds(Joins, places, places),
    st.builds(Parts),
    st.builds(Waits, st.integers(1, 400)),
)


class _With(TypedDict):
    actor: Actor
    vault: Vault
    policy: Policy
    clock: Clock


class Story:
    """Tells a history to Candor, and remembers who is one with whom."""

    def __init__(self, candor: Candor, policy: Policy, ids: Sequence[ProfileId]) -> None:
        """Begin with everybody apart."""
        self.candor = candor
        self.policy = policy
        self.ids = ids
        self.groups = [{one} for one in ids]

    async def tell(self, step: Step) -> None:
        """Let one thing happen."""
        candor, now = self.candor, self.candor.clock.now()
        match step:
            case Chooses(place, purpose, choice, days):
                one = statement(self.ids[place], purpose, choice, now + timedelta(days=days))
                await say(candor, one)
            case Wishes(place, wish, days):
                at = now + timedelta(days=days)
                said = Said(new_id(), self.ids[place], wish, at, "test")
                async with candor.database.tx() as tx:
                    await preferences.prefer(tx, [said], **self._with())
            case Signals(place, kind, value, channel):
                heard = Signal(
                    new_id(), self.ids[place], kind, now, "test", None, channel, value
                )
                async with candor.database.tx() as tx:
                    await signals.hear(tx, [heard], **self._with())
            case Joins(one, other):
                mine, theirs = self._group(one), self._group(other)
                if mine is not theirs:
                    self.groups.remove(theirs)
                    mine |= theirs
                await self._regroup()
            case Parts():
                self.groups = [{one} for one in self.ids]
                await self._regroup()
            case Waits(days):
                clock = candor.clock
                assert isinstance(clock, FixedClock)
                clock.advance(timedelta(days=days))
                await jobs.renew_run_out(candor.database, candor.rulebook, clock)

    def _group(self, place: int) -> set[ProfileId]:
        return next(group for group in self.groups if self.ids[place] in group)

    async def _regroup(self) -> None:
        heads = {member: min(group) for group in self.groups for member in group}
        async with self.candor.database.tx() as tx:
            await choices.regroup(tx, heads, policy=self.policy, clock=self.candor.clock)

    def _with(self) -> "_With":
        return {
            "actor": TEST,
            "vault": self.candor.vault,
            "policy": self.policy,
            "clock": self.candor.clock,
        }


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.sampled_from([None, *Regime]), min_size=PEOPLE, max_size=PEOPLE),
    st.lists(steps, max_size=14),
)
async def test_whatever_happened_the_state_is_its_replay_and_both_gates_agree(
    candor: Candor, owner: Owner, laws: list[Regime | None], history: list[Step]
) -> None:
    for table in ("state", "reach"):
        owner.execute(f"DELETE FROM consent.{table}".encode())
    policy = await policy_of(candor)
    ids = await start_profiles(candor, laws)
    story = Story(candor, policy, ids)
    for step in history:
        await story.tell(step)
    for group in story.groups:
        await hold_replay(candor, policy, frozenset(group))
    await hold_gates(candor, policy, [min(group) for group in story.groups])


async def hold_replay(candor: Candor, policy: Policy, group: frozenset[ProfileId]) -> None:
    """Hold what the gate reads of one person against their histories."""
    now, members = candor.clock.now(), list(group)
    states = await states_of(candor, members)
    async with candor.database.read() as tx:
        records = await gate.history(tx, members)
        wishes = await preferred.wishes(tx, profile_ids=members)
        about_channels = await preferred.channel_signals(tx, profile_ids=members)
        with_gpc = await preferred.with_gpc(tx, profile_ids=members)
    laws = {state.regime for state in states.values()}
    law = laws.pop() if len(laws) == 1 else None
    allowed, _ = fold(records, group, policy, law, now)
    folded = fold_wishes(wishes, about_channels, group)
    for state in states.values():
        for purpose, bit in policy.bits.items():
            is_allowed = decide(state, policy, purpose, now).allowed
            assert is_allowed == bool(allowed >> bit & 1), purpose
            if is_allowed and policy.basis(bit, law) is LegalBasis.CONSENT:
                assert any(is_standing_yes(records, member, bit, group) for member in group)
        assert state.heard == (GPC if with_gpc else 0)
        assert (state.paused_until, state.quiet_hours, state.zone) == (
            folded.paused_until,
            folded.quiet_hours,
            folded.zone,
        )


def is_standing_yes(
    records: Sequence[Record], member: ProfileId, bit: int, group: frozenset[ProfileId]
) -> bool:
    """Tell, the slow way, whether a profile's last word about a purpose is a yes of this person."""
    own = [r for r in records if r.profile_id == member and r.purpose_id == bit]
    noes = [r.decided_at for r in own if r.choice != Choice.GRANTED]
    return any(
        r.choice == Choice.GRANTED
        and r.via_profile_id in group
        and all(no < r.decided_at for no in noes)
        for r in own
    )


async def hold_gates(candor: Candor, policy: Policy, heads: Sequence[ProfileId]) -> None:
    """Hold the gate in SQL against the one in Python, for every purpose, topic and channel."""
    now = candor.clock.now()
    async with candor.database.read() as tx:
        for purpose in policy.bits:
            asks = [Ask(head, purpose) for head in heads]
            decided = await gate.decisions(tx, asks, policy=policy, now=now)
            reached = await gate.audience(tx, purpose, policy=policy, now=now)
            assert reached == sum(decision.allowed for decision in decided)
        for topic, rule in policy.topics.items():
            for channel in policy.channels:
                asks = [Ask(head, rule.purpose, channel, topic) for head in heads]
                decided = await gate.decisions(tx, asks, policy=policy, now=now)
                reached = await gate.audience(
                    tx, rule.purpose, policy=policy, now=now, channel=channel, topic=topic
                )
                assert reached == sum(decision.allowed for decision in decided)
