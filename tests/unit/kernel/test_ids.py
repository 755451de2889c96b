"""Ids: ordered by time, unique, not to be guessed."""

from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122

import pytest

from candor.kernel import ids
from candor.kernel.ids import new_id


def test_each_id_is_greater_than_those_before() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(set(made))


def test_they_are_uuids_of_version_7() -> None:
    for _ in range(100):
        one = new_id()
        assert (one.version, one.variant) == (7, RFC_4122)


def test_threads_get_different_ids() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: new_id(), range(5_000)))
    assert len(set(made)) == 5_000


def test_a_clock_that_goes_back_does_not_break_the_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = new_id()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 0)
    made = [new_id() for _ in range(10_000)]
    assert [first, *made] == sorted({first, *made})


def test_neighbours_share_no_random_bits() -> None:
    tails = {new_id().int & ((1 << 62) - 1) for _ in range(1_000)}
    assert len(tails) == 1_000
