"""Deciding about a message: each thing that can hold it back, in its order, and never more."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.catalogue.model import Frequency, Regime
from candor.domain.consent.model.choice import FOREVER, Choice, Record, fold
from candor.domain.consent.model.decision import Ask, Facts, Reason, decide, decide_message
from candor.domain.consent.model.preference import Block, Reach, quiet_between
from candor.domain.consent.model.state import Standing, State
from candor.kernel.ids import ProfileId
from tests.factories.choices import NOON, POLICY, make_record

ADA = ProfileId(UUID(int=1))
EVERYTHING = (1 << 62) - 1
OFFERS = Ask(ADA, "news", "email", "offers")


def make_facts(
    reach: Reach | None = None, *, hours_ago: float | None = None, **changes: object
) -> Facts:
    """Return somebody who said yes to everything and can be reached everywhere."""
    values: dict[str, object] = {
        "profile_id": ADA,
        "head_id": ADA,
        "standing": Standing.ACTIVE,
        "regime": Regime.GDPR,
        "allowed": EVERYTHING,
        "valid_until": FOREVER,
        "points": 0b111,
    }
    state = State(**values | changes)  # pyright: ignore[reportArgumentType] - a row as it comes
    last = None if hours_ago is None else NOON - timedelta(hours=hours_ago)
    return Facts(state, reach, last)


def email(**changes: object) -> Reach:
    """Return what somebody said about e-mail: everything, whenever there is something."""
    values: dict[str, object] = {
        "profile_id": ADA,
        "channel_id": 0,
        "topics": 0b111,
        "daily": 0,
        "weekly": 0,
        "monthly": 0,
        "blocked": None,
    }
    return Reach(**values | changes)  # pyright: ignore[reportArgumentType] - a row as it comes


def reason(facts: Facts, ask: Ask = OFFERS) -> Reason:
    """Return the reason of a decision at noon."""
    return decide_message(facts, POLICY, ask, NOON).reason


def test_with_a_yes_and_nothing_against_it_a_message_may_leave() -> None:
    decision = decide_message(make_facts(), POLICY, OFFERS, NOON)
    assert (decision.allowed, decision.reason) == (True, Reason.CONSENT)


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (Ask(ADA, "nothing", "email", "offers"), Reason.UNDECLARED_PURPOSE),
        (Ask(ADA, "news", "pigeon", "offers"), Reason.UNDECLARED_CHANNEL),
        (Ask(ADA, "news", None, "offers"), Reason.UNDECLARED_CHANNEL),
        (Ask(ADA, "news", "email", "gossip"), Reason.UNDECLARED_TOPIC),
        (Ask(ADA, "news", "email", "partners"), Reason.UNDECLARED_TOPIC),
        (Ask(ADA, "news", "email"), Reason.NEEDS_TOPIC),
        (Ask(ADA, "insight", "email"), Reason.NEEDS_TOPIC),
        (Ask(ADA, "news", "sms", "offers"), Reason.TOPIC_CLOSED),
        (Ask(ADA, "news", "sms", "recipes"), Reason.TOPIC_CLOSED),
    ],
)
def test_what_is_unknown_or_was_never_opened_is_refused(ask: Ask, expected: Reason) -> None:
    decision = decide_message(make_facts(), POLICY, ask, NOON)
    assert (decision.allowed, decision.reason) == (False, expected)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(None), Reason.UNKNOWN_PROFILE),
        (make_facts(standing=Standing.ERASED), Reason.ERASED),
        (make_facts(standing=Standing.RESTRICTED), Reason.RESTRICTED),
        (make_facts(allowed=0), Reason.NO_CONSENT),
        (make_facts(email(blocked="complaint")), Reason.COMPLAINED),
        (make_facts(email(blocked="unsubscribe")), Reason.UNSUBSCRIBED),
        (make_facts(email(topics=0)), Reason.TOPIC_CLOSED),
        (make_facts(paused_until=NOON + timedelta(seconds=1)), Reason.PAUSED),
        (make_facts(points=0b110), Reason.NO_CONTACT_POINT),
        (make_facts(hours_ago=24 * 7 - 1), Reason.TOO_OFTEN),
        (make_facts(email(daily=1), hours_ago=23), Reason.TOO_OFTEN),
        (make_facts(email(monthly=1), hours_ago=24 * 29), Reason.TOO_OFTEN),
        (make_facts(quiet_hours=quiet_between(13, 14)), Reason.QUIET_HOURS),
        (
            make_facts(quiet_hours=quiet_between(17, 18), zone="Asia/Kolkata"),
            Reason.QUIET_HOURS,
        ),
    ],
)
def test_whatever_holds_a_message_back_is_named(facts: Facts, expected: Reason) -> None:
    decision = decide_message(facts, POLICY, OFFERS, NOON)
    assert (decision.allowed, decision.reason) == (False, expected)


@pytest.mark.parametrize(
    "facts",
    [
        make_facts(paused_until=NOON),
        make_facts(hours_ago=24 * 7),
        make_facts(email(), hours_ago=0),
        make_facts(quiet_hours=quiet_between(14, 13)),
        make_facts(quiet_hours=quiet_between(12, 13), zone="nowhere"),
    ],
)
def test_what_has_passed_holds_nothing_back(facts: Facts) -> None:
    assert reason(facts) is Reason.CONSENT


def test_a_loud_channel_keeps_the_quiet_hours_of_the_company() -> None:
    ask = Ask(ADA, "news", "sms", "offers")
    text = email(channel_id=1)
    assert reason(make_facts(text), ask) is Reason.CONSENT
    at_night = decide_message(make_facts(text), POLICY, ask, NOON + timedelta(hours=9))
    assert at_night.reason is Reason.QUIET_HOURS


def test_what_belongs_to_an_order_needs_no_topic_and_stops_only_for_a_closed_channel() -> None:
    ask = Ask(ADA, "orders", "email")
    calm = make_facts(
        email(topics=0), paused_until=NOON + timedelta(days=9), quiet_hours=(1 << 24) - 1
    )
    assert reason(calm, ask) is Reason.CONTRACT
    assert reason(make_facts(email(blocked="complaint")), ask) is Reason.CONTRACT
    assert reason(make_facts(email(blocked="stop")), ask) is Reason.STOPPED
    assert reason(make_facts(email(blocked="bounce")), ask) is Reason.BOUNCED
    assert reason(make_facts(points=0), ask) is Reason.NO_CONTACT_POINT


states = st.builds(
    State,
    st.just(ADA),
    st.just(ADA),
    st.sampled_from([s.value for s in Standing]),
    st.sampled_from([None, *(r.value for r in Regime)]),
    st.integers(0, EVERYTHING),
    st.sampled_from([NOON, FOREVER]),
    st.integers(0, 7),
)
reaches = st.builds(
    Reach,
    st.just(ADA),
    st.integers(0, 2),
    *[st.integers(0, 7)] * 4,
    st.sampled_from([None, *(b.value for b in Block)]),
)
words = st.sampled_from([*POLICY.bits, "offers", "email", "sms", "post", "", "x"])


@given(st.none() | states, st.none() | reaches, words, st.none() | words, st.none() | words)
def test_nothing_leaves_that_the_purpose_does_not_allow(
    state: State | None,
    reach: Reach | None,
    purpose: str,
    channel: str | None,
    topic: str | None,
) -> None:
    decision = decide_message(
        Facts(state, reach), POLICY, Ask(ADA, purpose, channel, topic), NOON
    )
    if decision.allowed:
        assert decide(state, POLICY, purpose, NOON).allowed
        assert channel is None or channel in POLICY.channels
        assert topic is None or POLICY.topics[topic].purpose == purpose
        assert topic is None or channel is not None


# ------------------------------------------------------------------------- yeses that do not count
def mask(record: Record, minor_until: date | None = None) -> int:
    """Return what one record allows."""
    return fold([record], frozenset({ADA}), POLICY, Regime.GDPR, NOON, minor_until)[0]


def test_a_yes_to_earlier_words_must_be_asked_for_again() -> None:
    record = make_record(ADA, "news", Choice.GRANTED)
    bit = POLICY.bits["news"]
    assert mask(record) >> bit & 1
    assert not mask(replace(record, edition=0)) >> bit & 1
    refused = replace(make_record(ADA, "insight", Choice.DENIED), edition=0)
    assert not mask(refused) >> POLICY.bits["insight"] & 1


def test_a_minor_needs_a_guardian_for_a_yes_but_not_for_a_no() -> None:
    record = make_record(ADA, "news", Choice.GRANTED)
    bit, later, before = POLICY.bits["news"], NOON.date() + timedelta(1), NOON.date()
    assert not mask(record, later) >> bit & 1
    assert mask(replace(record, guardian_id=UUID(int=9)), later) >> bit & 1
    assert mask(record, before) >> bit & 1
    refused = make_record(ADA, "insight", Choice.DENIED)
    assert not mask(refused, later) >> POLICY.bits["insight"] & 1


def test_a_yes_of_a_child_does_not_begin_to_count_on_their_birthday() -> None:
    record = make_record(ADA, "news", Choice.GRANTED, days=-400)
    grown = NOON.date() - timedelta(1)
    assert not mask(record, grown) >> POLICY.bits["news"] & 1


def test_frequencies_are_as_declared_until_somebody_chooses() -> None:
    silence = POLICY.channels["email"].silence
    assert silence.frequency(POLICY.topics["offers"].bit) is Frequency.WEEKLY
    assert silence.frequency(POLICY.topics["recipes"].bit) is Frequency.ANY
    assert POLICY.channels["sms"].silence.topics == 0
