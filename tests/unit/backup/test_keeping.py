"""Which backups stay: the newest of days and weeks, what they rest on, and the last good one."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from candor.domain.backup.model import Deed, Kept, Run, health, to_remove
from candor.kernel.ids import new_id

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def _nightly(days: int) -> list[Kept]:
    return [Kept(f"d{n:03}", NOON + timedelta(days=n)) for n in range(days)]


def test_days_and_weeks_stay_and_the_rest_goes() -> None:
    gone = set(to_remove(_nightly(60), 7, 4, good=set()))
    stays = [each.label for each in _nightly(60) if each.label not in gone]
    assert stays == ["d041", "d048", *(f"d{n:03}" for n in range(53, 60))]


def test_what_an_incremental_one_rests_on_stays() -> None:
    kept = [
        Kept("full", NOON),
        Kept("part", NOON + timedelta(days=30), parent="full"),
        Kept("more", NOON + timedelta(days=31), parent="part"),
    ]
    assert to_remove(kept, 1, 0, good=set()) == []


def test_the_last_good_one_stays_however_old() -> None:
    assert "d000" not in to_remove(_nightly(60), 1, 0, good={"d000"})


@given(
    days=st.integers(0, 80),
    keep=st.tuples(st.integers(1, 10), st.integers(0, 6)),
    good=st.sets(st.integers(0, 79)),
)
def test_laws_of_keeping(days: int, keep: tuple[int, int], good: set[int]) -> None:
    kept = _nightly(days)
    labels = {each.label for each in kept}
    well = {f"d{n:03}" for n in good} & labels
    gone = set(to_remove(kept, *keep, good=well))
    assert gone <= labels
    assert not labels or max(labels) not in gone
    assert not well or max(well) not in gone
    left = [each for each in kept if each.label not in gone]
    assert to_remove(left, *keep, good=well) == []


def _run(kind: Deed, age: timedelta, outcome: str | None) -> Run:
    return Run(new_id(), kind, "a", NOON - age, NOON, outcome, {})


def test_a_failure_counts_until_the_same_went_well() -> None:
    day = timedelta(days=1)
    well = [_run(Deed.CREATE, day, "well"), _run(Deed.DRILL, day, "well")]
    assert health(well, NOON).is_well
    failed = _run(Deed.CREATE, timedelta(hours=1), "failed")
    assert health([failed, *well], NOON).last_failure is failed
    again = _run(Deed.CREATE, timedelta(minutes=1), "well")
    assert health([again, failed, *well], NOON).is_well


def test_nothing_done_is_late() -> None:
    found = health([], NOON)
    assert (found.backup_is_late, found.drill_is_late) == (True, True)
    old = [
        _run(Deed.CREATE, timedelta(days=2), "well"),
        _run(Deed.DRILL, timedelta(days=9), "well"),
    ]
    found = health(old, NOON)
    assert (found.backup_is_late, found.drill_is_late) == (True, True)
