"""Erasure in every order of what can happen; and each promise, broken, is noticed."""

import sys
from dataclasses import replace
from functools import partial

import pytest

from tests.models.erasing import Chances, Rules, State, first, following, is_over, wrong
from tests.models.exploring import Explored, explore

MOST = 200_000

NONE = Chances(deaths=0, slow=0, events=0, holds=0, withdrawals=0, backups=0)
PEOPLE = Chances(deaths=1, slow=1, events=1, holds=1, withdrawals=1, backups=0)
RESTRICTING = replace(NONE, holds=1, withdrawals=1, restrictions=1)
RESTORED = Chances(deaths=1, slow=0, events=1, holds=1, withdrawals=0, backups=1)

# What is forgotten; what then comes to light, and in which world.
FORGOTTEN = {
    "leases_run_out": ("no end is in reach", replace(NONE, deaths=1)),
    "work_before_done": ("something is left", replace(NONE, deaths=1)),
    "scan_after_last_purge": ("was not looked for", replace(NONE, events=1)),
    "purge_waits_for_the_open": ("may yet come", replace(NONE, events=1)),
    "tombstone_with_destruction": ("can be read", PEOPLE),
    "hold_seen_inside": ("a held person was destroyed", PEOPLE),
    "request_seen_inside": ("does not ask for it any more", PEOPLE),
    "withdrawal_sees_destruction": ("and the request withdrawn", PEOPLE),
    "withdrawal_lifts": ("still restricted for it", PEOPLE),
    "own_restriction_stays": ("asked for is lifted", RESTRICTING),
    "one_certificate": ("two certificates", replace(NONE, slow=1)),
    "restore_replays": ("can be read", RESTORED),
    "replay_buries": ("can be read", RESTORED),
    "asks_before_waiting": ("never asked", NONE),
    "lets_go_after_answers": ("nobody can be removed outside", NONE),
}


def explored(rules: Rules, chances: Chances) -> Explored[State]:
    """Look at every state of a world."""
    return explore(first(chances), partial(following, rules=rules), wrong, is_over, MOST)


def _show(text: str) -> None:
    """Show something to whoever runs this with `-s`."""
    sys.stdout.write(text + "\n")


@pytest.mark.parametrize(
    "chances",
    [
        Chances(deaths=2, slow=1, events=1, holds=0, withdrawals=0, backups=0),
        PEOPLE,
        replace(RESTRICTING, deaths=1, slow=1),
        RESTORED,
    ],
    ids=["dying", "people", "restricting", "restored"],
)
def test_whatever_happens_every_promise_is_kept(chances: Chances) -> None:
    found = explored(Rules(), chances)
    assert found.broken is None, str(found.broken)
    _show(f"{len(found.states):,} states")
    ends = [state for state in found.states if is_over(state)]
    assert any(state.db.certificates for state in ends)


@pytest.mark.parametrize("promise", FORGOTTEN)
def test_a_promise_that_is_forgotten_is_noticed(promise: str) -> None:
    what, chances = FORGOTTEN[promise]
    found = explored(replace(Rules(), **{promise: False}), chances)
    assert found.broken is not None
    _show(f"\nwithout {promise}: {found.broken}")
    assert what in found.broken.what


def test_every_promise_has_its_story() -> None:
    assert set(FORGOTTEN) == set(Rules.__dataclass_fields__)
