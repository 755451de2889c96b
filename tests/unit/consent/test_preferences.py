"""Preferences fold to one thing whatever their order, and only ever towards less when in doubt."""

import random
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.catalogue.model import Frequency
from candor.domain.consent.model.preference import (
    LONG_AGO,
    Block,
    ChannelSignal,
    Masks,
    Pause,
    Quiet,
    TopicWish,
    WishRow,
    fold_wishes,
    hours_of,
    masks_of,
    quiet_between,
    rank,
)
from tests.factories.choices import NOON, make_wish, signals_of, wishes_of

ADA, BEN = UUID(int=1), UUID(int=2)
ONLY, BOTH = frozenset({ADA}), frozenset({ADA, BEN})
EMAIL, SMS = 0, 1


@given(wishes_of(ADA), signals_of(ADA), st.integers(0, 99))
def test_the_order_in_which_wishes_arrive_does_not_matter(
    wishes: list[WishRow], signals: list[ChannelSignal], seed: int
) -> None:
    shuffled, heard = wishes.copy(), signals.copy()
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - no secret
    random.Random(seed).shuffle(heard)  # noqa: S311 - no secret
    assert fold_wishes(shuffled, heard, ONLY) == fold_wishes(wishes, signals, ONLY)


@given(wishes_of(ADA), wishes_of(BEN), signals_of(ADA), signals_of(BEN))
def test_two_who_become_one_get_no_more_than_either_chose(
    ada: list[WishRow],
    ben: list[WishRow],
    heard_ada: list[ChannelSignal],
    heard_ben: list[ChannelSignal],
) -> None:
    one, other = (
        fold_wishes(ada, heard_ada, ONLY),
        fold_wishes(ben, heard_ben, frozenset({BEN})),
    )
    both = fold_wishes([*ada, *ben], [*heard_ada, *heard_ben], BOTH)
    for place, frequency in both.frequencies.items():
        said = [f.frequencies[place] for f in (one, other) if place in f.frequencies]
        assert frequency == min(said, key=rank)
    assert both.blocked.keys() == one.blocked.keys() | other.blocked.keys()
    assert both.paused_until == max(one.paused_until, other.paused_until)
    assert both.quiet_hours == one.quiet_hours | other.quiet_hours


@given(wishes_of(ADA, via=st.sampled_from([ADA, BEN])))
def test_what_was_opened_through_another_profile_counts_no_longer_when_they_part(
    wishes: list[WishRow],
) -> None:
    apart = fold_wishes(wishes, [], ONLY)
    own = [w for w in wishes if w.via_profile_id == ADA or w.frequency == Frequency.NEVER]
    expected = fold_wishes([w for w in own if w.kind == "topic"], [], ONLY)
    assert apart.frequencies == expected.frequencies


@pytest.mark.parametrize("tied", [Frequency.NEVER, Frequency.MONTHLY, Frequency.DAILY])
def test_of_two_at_once_the_more_restrictive_counts(tied: Frequency) -> None:
    often = make_wish(ADA, TopicWish(0, EMAIL, Frequency.ANY), number=2)
    seldom = make_wish(ADA, TopicWish(0, EMAIL, tied), number=1)
    assert fold_wishes([often, seldom], [], ONLY).frequencies == {(EMAIL, 0): tied}


def test_the_later_wish_counts_and_an_older_one_changes_nothing() -> None:
    late = make_wish(ADA, TopicWish(0, EMAIL, Frequency.ANY), days=0)
    early = make_wish(ADA, TopicWish(0, EMAIL, Frequency.NEVER), days=-1, number=2)
    assert fold_wishes([late, early], [], ONLY).frequencies == {(EMAIL, 0): Frequency.ANY}


def test_a_pause_is_ended_by_a_later_word() -> None:
    pause = make_wish(ADA, Pause(NOON + timedelta(days=30)), days=-1)
    end = make_wish(ADA, Pause(NOON), number=2)
    assert fold_wishes([pause], [], ONLY).paused_until == NOON + timedelta(days=30)
    assert fold_wishes([pause, end], [], ONLY).paused_until == NOON
    assert fold_wishes([], [], ONLY).paused_until == LONG_AGO


def test_quiet_hours_come_with_their_zone() -> None:
    night = make_wish(ADA, Quiet(quiet_between(22, 7), "Asia/Kolkata"))
    folded = fold_wishes([night], [], ONLY)
    assert (folded.quiet_hours, folded.zone) == (quiet_between(22, 7), "Asia/Kolkata")


def signal(kind: str, days: int) -> ChannelSignal:
    """Return a signal about text messages, some days from noon."""
    return ChannelSignal(ADA, kind, SMS, NOON + timedelta(days=days))


@pytest.mark.parametrize(
    ("history", "blocked"),
    [
        ([("stop", 0)], Block.STOP),
        ([("stop", -1), ("start", 0)], None),
        ([("stop", 0), ("start", 0)], Block.STOP),
        ([("start", -1), ("stop", 0)], Block.STOP),
        ([("complaint", -1), ("start", 0)], Block.COMPLAINT),
        ([("bounce", -1), ("start", 0)], Block.BOUNCE),
        ([("bounce", -1), ("reachable", 0)], None),
        ([("unsubscribe", -1), ("start", 0)], None),
        ([("bounce", 0), ("stop", 0)], Block.STOP),
    ],
)
def test_what_closes_a_channel_is_opened_by_what_answers_it_and_later(
    history: list[tuple[str, int]], blocked: Block | None
) -> None:
    folded = fold_wishes([], [signal(*one) for one in history], ONLY)
    assert folded.blocked.get(SMS) is blocked


@pytest.mark.parametrize("kind", ["stop", "unsubscribe", "complaint"])
def test_choosing_a_topic_on_a_closed_channel_opens_it_again(kind: str) -> None:
    back = make_wish(ADA, TopicWish(0, SMS, Frequency.WEEKLY), days=0)
    assert SMS not in fold_wishes([back], [signal(kind, -1)], ONLY).blocked
    assert SMS in fold_wishes([back], [signal(kind, 0)], ONLY).blocked
    never = replace(back, frequency="never")
    assert SMS in fold_wishes([never], [signal(kind, -1)], ONLY).blocked
    anothers = replace(back, via_profile_id=BEN)
    assert SMS in fold_wishes([anothers], [signal(kind, -1)], ONLY).blocked


@given(st.dictionaries(st.integers(0, 62), st.sampled_from(Frequency)))
def test_masks_give_back_the_frequencies(frequencies: dict[int, Frequency]) -> None:
    masks = masks_of(frequencies)
    assert {bit: masks.frequency(bit) for bit in frequencies} == frequencies
    assert Masks().frequency(3) is Frequency.NEVER


@pytest.mark.parametrize(
    ("span", "hours"),
    [
        ("21-8", {21, 22, 23, *range(8)}),
        ("8-21", set(range(8, 21))),
        ("22-24", {22, 23}),
        ("0-6", set(range(6))),
        ("", set()),
        ("8", set()),
        ("8-8", set()),
        ("25-3", set()),
        ("a-b", set()),
        ("-1-3", set()),
    ],
)
def test_spans_of_hours_are_read(span: str, hours: set[int]) -> None:
    assert hours_of(span) == sum(1 << hour for hour in hours)
