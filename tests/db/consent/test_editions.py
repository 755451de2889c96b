"""Other words, or another law behind them, count from the moment they are applied."""

from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from candor.app import Candor
from candor.domain.catalogue.model import LegalBasis, Regime
from candor.domain.consent import jobs
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.decision import Reason
from candor.domain.consent.service import gate
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.factories.house import apply_company, choose, make_company, make_person, policy_of


async def reason(candor: Candor, profile_id: ProfileId, purpose: str) -> Reason:
    """Return why a purpose is allowed or not."""
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        found = await gate.explained(tx, profile_id, policy=policy, now=candor.clock.now())
    return found[purpose].reason


async def apply(candor: Candor, clock: FixedClock, purpose: str, **changes: Any) -> None:  # noqa: ANN401 - fields
    """Put a catalogue in force in which a purpose differs, some time after the last."""
    clock.advance(timedelta(hours=1))
    purposes = tuple(
        msgspec.structs.replace(p, **changes) if p.code == purpose else p
        for p in make_company().purposes
    )
    await apply_company(candor, purposes=purposes)


async def fold_all(candor: Candor) -> None:
    """Let the worker fold everybody under the catalogue in force."""
    await jobs.follow_once(candor.database, candor.rulebook, candor.clock, None)


@pytest.mark.parametrize("is_folded", [False, True])
async def test_a_yes_to_earlier_words_lapses_at_once(
    candor: Candor, clock: FixedClock, is_folded: bool
) -> None:
    ada = await make_person(candor)
    await choose(candor, ada, "news", Choice.GRANTED)
    assert await reason(candor, ada, "news") is Reason.CONSENT
    await apply(candor, clock, "news", edition=2)
    if is_folded:
        await fold_all(candor)
    assert await reason(candor, ada, "news") is Reason.NOTICE_CHANGED


async def test_what_needs_a_yes_from_now_on_is_off_at_once(
    candor: Candor, clock: FixedClock
) -> None:
    ada = await make_person(candor)
    assert await reason(candor, ada, "insight") is Reason.LEGITIMATE_INTEREST
    await apply(candor, clock, "insight", basis=dict.fromkeys(Regime, LegalBasis.CONSENT))
    assert await reason(candor, ada, "insight") is Reason.NEVER_ASKED


async def test_what_did_not_change_goes_on(candor: Candor, clock: FixedClock) -> None:
    ada = await make_person(candor)
    await choose(candor, ada, "news", Choice.GRANTED)
    await apply(candor, clock, "insight", edition=2)
    assert await reason(candor, ada, "news") is Reason.CONSENT
    await fold_all(candor)
    assert await reason(candor, ada, "insight") is Reason.LEGITIMATE_INTEREST


async def test_a_choice_that_crossed_the_new_catalogue_is_folded_again(
    candor: Candor, clock: FixedClock, owner: psycopg.Connection[Any]
) -> None:
    """Its transaction began under the old rules and ended after the new ones were applied."""
    ada = await make_person(candor)
    await choose(candor, ada, "news", Choice.GRANTED)
    await apply(candor, clock, "news", edition=2)
    first = await jobs.follow_once(candor.database, candor.rulebook, clock, None)
    bit = (await policy_of(candor)).bits["news"]
    owner.execute(
        "UPDATE consent.state SET allowed = allowed | %s, folded_at = %s WHERE profile_id = %s",
        (1 << bit, clock.now() + timedelta(seconds=20), ada),
    )
    clock.advance(timedelta(minutes=5))
    second = await jobs.follow_once(candor.database, candor.rulebook, clock, first)
    assert (first.is_settled, second.is_settled) == (False, True)
    assert await reason(candor, ada, "news") is Reason.NOTICE_CHANGED
    assert await jobs.follow_once(candor.database, candor.rulebook, clock, second) == second
