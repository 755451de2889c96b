"""Sweeping evidence away changes no decision, for whoever belongs together, then or later."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

import pytest

from candor.app import Candor
from candor.app.entitling import broom_of
from candor.domain.catalogue.model import Frequency
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.preference import Pause, Quiet, TopicWish, Wish
from candor.domain.consent.model.signal import SignalKind
from candor.domain.consent.queries import preferences as stored
from candor.domain.consent.service import choices, gate, preferences, signals
from candor.domain.consent.service.preferences import Said
from candor.domain.consent.service.signals import Signal
from candor.domain.rights.service import sweeping
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import TEST, make_person, policy_of, statement

_PEOPLE: Final = 30
_PURPOSES: Final = ("news", "ads", "insight")
_KINDS: Final = (SignalKind.GPC, SignalKind.STOP, SignalKind.START, SignalKind.BOUNCE)
_Heads = dict[ProfileId, ProfileId]
_Stand = tuple[object, object]


def _long_ago(dice: Random, now: datetime) -> datetime:
    return now - timedelta(days=dice.randrange(1, 4_000), seconds=dice.randrange(3))


def _wish(dice: Random, now: datetime, channels: int, topics: int) -> Wish:
    match dice.randrange(4):
        case 0:
            return Pause(now + timedelta(days=dice.randrange(-900, 900)))
        case 1:
            return Quiet(dice.randrange(1 << 24), "UTC")
        case _:
            frequency = dice.choice(list(Frequency))
            return TopicWish(dice.randrange(topics), dice.randrange(channels), frequency)


async def _speak(tx: Tx, candor: Candor, dice: Random, people: list[ProfileId]) -> None:
    """Let everybody say many things over eleven years, in any order."""
    policy, now = await policy_of(candor), candor.clock.now()
    tools = {"actor": TEST, "vault": candor.vault, "policy": policy, "clock": candor.clock}
    said = [
        statement(
            who,
            policy.bits[dice.choice(_PURPOSES)],
            dice.choice(list(Choice)),
            _long_ago(dice, now),
        )
        for who in people
        for _ in range(6)
    ]
    await choices.record(tx, said, **tools)  # pyright: ignore[reportArgumentType] - as above
    wished = [
        Said(
            new_id(),
            who,
            _wish(dice, now, len(policy.channels), len(policy.topics)),
            _long_ago(dice, now),
            "test",
        )
        for who in people
        for _ in range(4)
    ]
    await preferences.prefer(tx, wished, **tools)  # pyright: ignore[reportArgumentType]
    heard: list[Signal] = []
    for who in people:
        kind = dice.choice(_KINDS)
        channel = None if kind is SignalKind.GPC else dice.randrange(len(policy.channels))
        one = Signal(new_id(), who, kind, _long_ago(dice, now), "test", channel_id=channel)
        heard += [one, replace(one, signal_id=new_id(), decided_at=_long_ago(dice, now))]
    await signals.hear(tx, heard, **tools)  # pyright: ignore[reportArgumentType]


async def _stands(candor: Candor, heads: _Heads) -> dict[UUID, _Stand]:
    """Fold everybody anew, so grouped, and return what the gate reads of each."""
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        await choices.regroup(tx, heads, policy=policy, clock=candor.clock)
        states = await gate.states(tx, heads)
        reach = await stored.reach(tx, profile_ids=list(heads))
    return {
        p: (
            replace(state, head_id=UUID(int=0)),
            sorted((r.channel_id, str(r)) for r in reach if r.profile_id == p),
        )
        for p, state in states.items()
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_sweep_changes_no_fold(candor: Candor, seed: int) -> None:
    dice = Random(seed)  # noqa: S311 - examples, not secrets
    people = [await make_person(candor) for _ in range(_PEOPLE)]
    alone: _Heads = {one: one for one in people}
    pairs: _Heads = dict(zip(people, [p for p in people[::2] for _ in (0, 1)], strict=True))
    await _stands(candor, pairs)  # half is said while two belong together
    async with candor.database.tx() as tx:
        await _speak(tx, candor, dice, people[::2])
    await _stands(candor, alone)
    async with candor.database.tx() as tx:
        await _speak(tx, candor, dice, people)
    before = [await _stands(candor, heads) for heads in (alone, pairs)]
    done = await sweeping.run(broom_of(candor))
    assert done.problem is None
    assert done.counts["consent.record/replaced"] > 20
    assert done.counts["consent.wish/replaced"] > 5
    after = [await _stands(candor, heads) for heads in (alone, pairs)]
    assert after == before
