"""When something is tried again, and how many calls may be made."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from candor.domain.connections.model.pacing import (
    LONGEST_SECONDS,
    Bucket,
    is_given_up,
    pause_after,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@given(st.integers(1, 1000), st.floats(0, 1))
def test_a_pause_is_never_longer_than_an_hour_and_never_none(tries: int, chance: float) -> None:
    assert 1 <= pause_after(tries, chance) <= LONGEST_SECONDS
    assert pause_after(tries, 1.0) <= pause_after(tries + 1, 1.0)


def test_it_is_given_up_after_twenty_tries_or_three_days() -> None:
    old = NOW - timedelta(days=3)
    assert not is_given_up(19, NOW, NOW)
    assert is_given_up(20, NOW, NOW)
    assert not is_given_up(1, old, NOW), "it was away, and is tried again first"
    assert is_given_up(3, old, NOW)


@given(
    per_minute=st.integers(1, 10_000),
    asks=st.lists(st.tuples(st.floats(0, 20), st.integers(1, 500), st.booleans()), max_size=40),
)
def test_no_minute_has_more_calls_than_allowed_and_a_burst(
    per_minute: int, asks: list[tuple[float, int, bool]]
) -> None:
    bucket, now = Bucket(0.0, None), NOW
    granted: list[tuple[datetime, int]] = []
    for seconds, wanted, is_mind in asks:
        now += timedelta(seconds=seconds)
        calls, bucket, wait = bucket.take(
            wanted, per_minute=per_minute, now=now, is_mind=is_mind
        )
        assert 0 <= calls <= wanted
        assert wait >= 0
        granted.append((now, calls))
    for start, _ in granted:
        window = [n for at, n in granted if start <= at < start + timedelta(minutes=1)]
        assert sum(window) <= per_minute * (1 + 1 / 6) + 2


def test_what_waits_long_enough_is_let_through() -> None:
    _, empty, _ = Bucket(0.0, None).take(1000, per_minute=60, now=NOW, is_mind=True)
    calls, same, wait = empty.take(5, per_minute=60, now=NOW, is_mind=False)
    assert calls == 0
    calls, _, _ = same.take(
        5, per_minute=60, now=NOW + timedelta(seconds=wait + 0.01), is_mind=False
    )
    assert calls == 1


def test_a_part_is_kept_for_changed_minds() -> None:
    full = Bucket(0.0, None)
    calls, left, _ = full.take(1000, per_minute=600, now=NOW, is_mind=False)
    assert calls == 80
    assert left.take(1000, per_minute=600, now=NOW, is_mind=True)[0] == 20
