"""A restriction stops all use, whatever was said, under every law, on every way to ask."""

from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from candor.domain.catalogue.model import Regime
from candor.domain.consent.model.choice import FOREVER
from candor.domain.consent.model.decision import (
    Ask,
    Facts,
    Reason,
    decide,
    decide_message,
    in_effect,
)
from candor.domain.consent.model.state import Standing, State
from candor.kernel.ids import ProfileId
from tests.factories.choices import NOON, POLICY

_ADA = ProfileId(UUID(int=1))
_PURPOSES = st.sampled_from([*POLICY.bits, "undeclared"])
_TIMES = st.integers(-5_000, 5_000).map(lambda days: NOON + timedelta(days=days))


@given(
    allowed=st.integers(0, (1 << 63) - 1),
    regime=st.sampled_from([*Regime, None]),
    points=st.integers(0, 7),
    until=st.one_of(st.just(FOREVER), _TIMES),
    now=_TIMES,
    purpose=_PURPOSES,
    channel=st.sampled_from([None, *POLICY.channels]),
    topic=st.sampled_from([None, *POLICY.topics]),
)
def test_whoever_is_restricted_is_used_for_nothing(
    allowed: int,
    regime: Regime | None,
    points: int,
    until: datetime,
    now: datetime,
    purpose: str,
    channel: str | None,
    topic: str | None,
) -> None:
    state = State(_ADA, _ADA, Standing.RESTRICTED, regime, allowed, until, points)
    assert in_effect(state, POLICY, now) == 0
    assert decide(state, POLICY, purpose, now).reason is Reason.RESTRICTED
    ask = Ask(_ADA, purpose, channel, topic)
    assert not decide_message(Facts(state), POLICY, ask, now).allowed
