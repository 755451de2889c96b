"""Snapshots: a reader who stops on the way has seen what it read, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from candor.domain.feed.model import Snapshot


@st.composite
def histories(draw: st.DrawFn) -> tuple[Snapshot, Snapshot]:
    """Return the snapshots of an earlier and a later moment of one history."""
    running = draw(st.sets(st.integers(1, 12)))
    earlier = Snapshot(min(running, default=13), 13, frozenset(running))
    newer = draw(st.integers(0, 12))
    still = {xid for xid in running if draw(st.booleans())}
    still |= {xid for xid in range(13, 13 + newer) if draw(st.booleans())}
    return earlier, Snapshot(min(still, default=13 + newer), 13 + newer, frozenset(still))


@given(histories(), st.data())
def test_who_stopped_on_the_way_has_seen_what_was_read_and_nothing_else(
    moments: tuple[Snapshot, Snapshot], data: st.DataObject
) -> None:
    earlier, later = moments
    unseen = [x for x in range(1, later.xmax) if later.sees(x) and not earlier.sees(x)]
    if not unseen:
        return
    last = data.draw(st.sampled_from(unseen))
    partway = later.partway(earlier, last)
    for xid in range(1, later.xmax + 5):
        was_read = later.sees(xid) and xid <= last
        assert partway.sees(xid) is (earlier.sees(xid) or was_read), xid
    assert all(partway.sees(xid) for xid in range(1, partway.xmin))


@given(histories(), st.integers(1, 40))
def test_ones_own_transaction_counts_as_running(
    moments: tuple[Snapshot, Snapshot], own: int
) -> None:
    _, later = moments
    without = later.without(own)
    assert not without.sees(own)
    for xid in range(1, later.xmax + 5):
        assert xid == own or without.sees(xid) is later.sees(xid)
    assert all(without.sees(xid) for xid in range(1, without.xmin))


def test_it_is_written_as_it_is_read() -> None:
    for text in ("10:20:10,14,15", "10:10:", "7:9:8"):
        assert Snapshot.read(text).horizon == text
