"""A small world in which somebody is erased, with everything that can come in between.

One person, one request, two workers, one system outside that is told, one source whose events
arrive late, one member of staff who may place a hold, and one backup. What can happen is bounded
by `Chances`; within them every order is looked at.

The steps bear the names of `rights/service/erasure`, and each happens as the code does it: a task
is leased in one transaction (`take_task`), done in others (the step), and what came of it is
written in a last one (`write_task`), unless the lease went to another worker meanwhile. Between
any two of them a worker can die, its lease can run out, and everybody else can act.

`Rules` are the promises that the code keeps. Each can be switched off: then the world must break,
which shows that the promise is needed and that this model would notice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

DESTROY, PURGE, PURGE_AGAIN, TELL, LET_GO, SCAN, CERTIFICATE = range(7)
STEPS: Final = ("destroy", "purge", "purge_again", "tell", "let_go", "scan", "certificate")
_STAGES: Final = (0, 1, 2, 3, 4, 5, 6)
_STAGES_SCAN_EARLY: Final = (0, 1, 3, 4, 5, 2, 6)
_STAGES_LET_GO_EARLY: Final = (0, 1, 2, 4, 3, 5, 6)
_ROWS: Final = 2  # of the person, before; more arrive


@dataclass(frozen=True)
class Rules:
    """What the code promises; False: a code that forgot it."""

    leases_run_out: bool = True
    work_before_done: bool = True
    scan_after_last_purge: bool = True
    purge_waits_for_the_open: bool = True  # for transactions from before the destruction
    tombstone_with_destruction: bool = True  # in one transaction
    hold_seen_inside: bool = True  # in the transaction that destroys
    request_seen_inside: bool = True  # locked there, and still wanted
    withdrawal_sees_destruction: bool = True  # not only the state of the task
    withdrawal_lifts: bool = True  # the restriction under which the person waited for a hold
    own_restriction_stays: bool = True  # that they asked for besides
    one_certificate: bool = True  # by its primary key
    restore_replays: bool = True
    replay_buries: bool = True  # puts tombstones up again
    asks_before_waiting: bool = True  # the system outside
    lets_go_after_answers: bool = True  # of what must be known to remove somebody outside


@dataclass(frozen=True)
class Chances:
    """How often what may happen happens at most."""

    deaths: int = 1
    slow: int = 1  # leases that run out on a worker that lives
    events: int = 1
    holds: int = 1
    withdrawals: int = 1
    backups: int = 1
    restrictions: int = 0  # that the person asks for themselves


class Stored(NamedTuple):
    """What the database keeps, and a backup of it holds."""

    request: str = "none"  # none, in_progress, fulfilled, withdrawn
    # A letter each: W waiting, R running, A asked, S stuck, D done, X dropped.
    tasks: str = "-" * len(STEPS)
    has_key: bool = True
    is_buried: bool = False
    rows: int = _ROWS
    is_linked: bool = True  # it is known how the system outside calls the person
    is_reborn: bool = False  # a new profile, with a key, for the same person
    is_held: bool = False
    is_restricted: bool = False  # nothing but storage, for whatever reason
    is_own: bool = False  # they asked for a restriction themselves
    is_scanned: bool = False  # and no row came or went since
    certificates: int = 0


class Worker(NamedTuple):
    """What a worker is at."""

    task: int
    phase: str  # leased; looked, cut: between two transactions of `destroy`; else the answer
    has_lease: bool = True


class State(NamedTuple):
    """The whole world."""

    db: Stored = Stored()
    workers: tuple[Worker, ...] = ()
    is_open: bool = False  # a transaction of the door that saw the person before
    is_noted: bool = False  # in the ledger outside the database: destroyed
    asked: int = 0
    is_answered: bool = False
    backup: Stored | None = None
    wrong: str | None = None  # what must never happen, when it happens in a step
    deaths: int = 0
    slow: int = 0
    events: int = 0
    holds: int = 0
    withdrawals: int = 0
    backups: int = 0
    restrictions: int = 0


def first(chances: Chances) -> State:
    """Return the world before anybody asks."""
    return State(
        deaths=chances.deaths,
        slow=chances.slow,
        events=chances.events,
        holds=chances.holds,
        withdrawals=chances.withdrawals,
        backups=chances.backups,
        restrictions=chances.restrictions,
    )


def wrong(state: State) -> str | None:
    """Return which promise is broken in a state."""
    db = state.db
    if state.wrong is not None:
        return state.wrong
    if state.is_noted and ((db.has_key and db.rows) or db.is_reborn):
        return "something of a destroyed person can be read"
    if db.is_own and not db.is_restricted:
        return "a restriction that the person asked for is lifted"
    if db.request == "withdrawn" and db.is_restricted and not db.is_own:
        return "the erasure is taken back, and the person still restricted for it"
    if db.certificates > 1:
        return "there are two certificates"
    if db.certificates and (db.rows or state.is_open or not db.is_scanned):
        return "certified, and something is left, may yet come, or was not looked for"
    if db.certificates and db.is_linked:
        return "certified, and it is known how others call the person"
    if db.request == "fulfilled" and not db.certificates:
        return "closed as done without a certificate"
    if db.request == "fulfilled" and not state.asked:
        return "closed, and the system outside was never asked"
    return None


def is_over(state: State) -> bool:
    """Tell whether nothing is left to do."""
    db = state.db
    is_settled = db.request in {"fulfilled", "withdrawn"} or (
        db.request == "none" and not db.has_key
    )
    return is_settled and not state.workers and not state.is_open


def following(state: State, rules: Rules) -> Iterator[tuple[str, State]]:
    """Give everything that can happen next."""
    yield from _people(state, rules)
    yield from _door(state)
    yield from _outside(state)
    yield from _workers(state, rules)
    yield from _machine(state, rules)


# ------------------------------------------------------------------ what people do


def _people(state: State, rules: Rules) -> Iterator[tuple[str, State]]:
    db = state.db
    if db.request == "none" and db.has_key:
        asked = db._replace(request="in_progress", tasks="W" * len(STEPS))
        yield "the person asks to be erased", state._replace(db=asked)
    if state.holds and db.has_key and not db.is_held:
        held = db._replace(is_held=True)
        yield "a hold is placed", state._replace(db=held, holds=state.holds - 1)
    if state.restrictions and db.has_key:
        own = db._replace(is_restricted=True, is_own=True)
        fewer = state.restrictions - 1
        yield "the person restricts", state._replace(db=own, restrictions=fewer)
    if db.is_held:
        yield "the hold is lifted", state._replace(db=db._replace(is_held=False))
    if state.withdrawals and db.request == "in_progress" and _may_withdraw(db, rules):
        stays = db.is_own and rules.own_restriction_stays
        closed = db._replace(
            request="withdrawn",
            tasks=_dropped(db.tasks),
            is_restricted=stays if rules.withdrawal_lifts else db.is_restricted,
        )
        after = "something was destroyed, and the request withdrawn"
        yield (
            "the person withdraws",
            state._replace(
                db=closed,
                withdrawals=state.withdrawals - 1,
                workers=_lost(state.workers),
                wrong=None if db.has_key else after,
            ),
        )
    for task, letter in enumerate(db.tasks):
        if letter == "S" and task == TELL:
            yield "somebody asks the system by letter", _set(state, task, "D", asked=1)
        elif letter == "S":
            yield f"somebody lets {STEPS[task]} be tried again", _set(state, task, "W")


def _may_withdraw(db: Stored, rules: Rules) -> bool:
    if rules.withdrawal_sees_destruction:
        return db.has_key
    return db.tasks[DESTROY] != "D"


# ------------------------------------------------------------------ what arrives


def _door(state: State) -> Iterator[tuple[str, State]]:
    db = state.db
    if state.events and not state.is_open:
        fewer = state._replace(events=state.events - 1)
        if db.has_key:
            yield "an event arrives, its transaction begins", fewer._replace(is_open=True)
        elif not db.is_buried:
            born = db._replace(is_reborn=True, is_scanned=False)
            yield "an event arrives, and begins the person anew", fewer._replace(db=born)
        else:
            yield "an event arrives, is refused and counted", fewer
    if state.is_open:
        kept = db._replace(rows=db.rows + 1, is_scanned=False)
        yield "the event's transaction commits", state._replace(db=kept, is_open=False)
        yield "the event's transaction is undone", state._replace(is_open=False)


def _outside(state: State) -> Iterator[tuple[str, State]]:
    if not state.asked:
        return
    if state.db.tasks[TELL] == "A":
        answered = _set(state, TELL, "D")._replace(is_answered=True)
        yield "the system outside answers", answered
    elif not state.is_answered:
        yield "the system outside answers late or again", state._replace(is_answered=True)


# ------------------------------------------------------------------ what workers do


def _workers(state: State, rules: Rules) -> Iterator[tuple[str, State]]:
    if len(state.workers) < 2 and state.db.request == "in_progress":
        for task in _ready(state, rules):
            leased = _set(state, task, "R" if rules.work_before_done else "D")
            busy = (*state.workers, Worker(task, "leased"))
            yield f"a worker leases {STEPS[task]}", _with(leased, busy)
    for number, worker in enumerate(state.workers):
        others = state.workers[:number] + state.workers[number + 1 :]
        name = STEPS[worker.task]
        if worker.phase in {"leased", "looked", "cut"}:
            for label, after, phase in _work(state, worker, rules):
                yield f"{name}: {label}", _with(after, (*others, worker._replace(phase=phase)))
        else:
            yield (
                f"{name} is written as {_WORDS[worker.phase]}",
                _with(_written(state, worker, rules), others),
            )
        if state.deaths:
            dead = state._replace(deaths=state.deaths - 1)
            yield f"the worker on {name} dies", _with(dead, others)
        if state.slow and worker.has_lease and rules.leases_run_out:
            slow = state._replace(slow=state.slow - 1)
            late = worker._replace(has_lease=False)
            yield (
                f"the lease on {name} runs out, the worker goes on",
                _with(slow, (*others, late)),
            )


_WORDS: Final = {"D": "done", "W": "to be gone on with", "A": "asked", "S": "stuck"}


def _ready(state: State, rules: Rules) -> Iterator[int]:
    """Give the tasks that can be leased: their stage has come, and nobody has them."""
    stages = _STAGES
    if not rules.scan_after_last_purge:
        stages = _STAGES_SCAN_EARLY
    elif not rules.lets_go_after_answers:
        stages = _STAGES_LET_GO_EARLY
    tasks = state.db.tasks
    leased = {worker.task for worker in state.workers if worker.has_lease}
    stage = min((stages[t] for t, letter in enumerate(tasks) if letter not in "DX"), default=-1)
    for task, letter in enumerate(tasks):
        if stages[task] == stage and (
            letter in "WA" or (letter == "R" and task not in leased and rules.leases_run_out)
        ):
            yield task


def _work(state: State, worker: Worker, rules: Rules) -> Iterator[tuple[str, State, str]]:
    """Give what a step does in its next transaction: what is said, the world, its phase."""
    match STEPS[worker.task]:
        case "destroy":
            yield from _destroy(state, worker, rules)
        case "purge":
            yield _purge(state)
        case "purge_again" if state.is_open and rules.purge_waits_for_the_open:
            yield "waits for what was open", state, "W"
        case "purge_again":
            yield _purge(state)
        case "tell":
            yield _tell(state, rules)
        case "let_go":
            yield _let_go(state)
        case "scan":
            yield _scan(state)
        case _:
            yield _certify(state, rules)


def _destroy(state: State, worker: Worker, rules: Rules) -> Iterator[tuple[str, State, str]]:
    db = state.db
    if worker.phase == "cut":
        buried = state._replace(db=db._replace(is_buried=True))
        yield "the tombstone is put up afterwards", buried, "D"
        return
    if rules.request_seen_inside and db.request != "in_progress":
        yield "nobody wants it any more", state, "D"
        return
    if db.is_held and (rules.hold_seen_inside or worker.phase == "leased"):
        yield "finds a hold", state._replace(db=db._replace(is_restricted=True)), "W"
        return
    if not rules.hold_seen_inside and worker.phase == "leased":
        yield "finds no hold", state, "looked"
        return
    if not db.has_key:
        yield "finds it destroyed", state, "D"
        return
    broken = None
    if db.is_held:
        broken = "a held person was destroyed"
    elif db.request != "in_progress":
        broken = "a person was destroyed who does not ask for it any more"
    gone = db._replace(has_key=False, is_buried=rules.tombstone_with_destruction)
    after = state._replace(db=gone, is_noted=True, wrong=broken)
    if rules.tombstone_with_destruction:
        yield "key destroyed, tombstone up", after, "D"
    else:
        yield "key destroyed", after, "cut"


def _purge(state: State) -> tuple[str, State, str]:
    db = state.db
    if not db.rows:
        return "finds nothing more", state, "D"
    left = db._replace(rows=db.rows - 1, is_scanned=False)
    return "some rows are purged", state._replace(db=left), "W" if left.rows else "D"


def _tell(state: State, rules: Rules) -> tuple[str, State, str]:
    if state.is_answered:
        return "finds the answer", state, "D"
    if state.asked >= 2:
        return "gives up waiting for an answer", state, "S"
    if not rules.asks_before_waiting and not state.asked:
        return "is taken for told", state, "D"
    return "the system outside is asked", state._replace(asked=state.asked + 1), "A"


def _let_go(state: State) -> tuple[str, State, str]:
    db = state.db
    if not db.is_linked:
        return "finds nothing to forget", state, "D"
    is_early = db.tasks[TELL] != "D"
    after = "nobody can be removed outside any more who is held there"
    gone = state._replace(db=db._replace(is_linked=False), wrong=after if is_early else None)
    return "what named the person outside is forgotten", gone, "D"


def _scan(state: State) -> tuple[str, State, str]:
    db = state.db
    if db.rows or db.is_reborn:
        return "finds something", state, "S"
    return "finds nothing", state._replace(db=db._replace(is_scanned=True)), "D"


def _certify(state: State, rules: Rules) -> tuple[str, State, str]:
    db = state.db
    if db.certificates and rules.one_certificate:
        return "there is one", state, "D"
    signed = db._replace(certificates=db.certificates + 1)
    return "it is signed", state._replace(db=signed), "D"


def _written(state: State, worker: Worker, rules: Rules) -> State:
    """Write what came of a task, unless the lease went to another, or the task was dropped."""
    if not worker.has_lease or not rules.work_before_done:
        return state
    answered = (
        worker.phase == "A" and state.is_answered
    )  # the answer came before it was written
    return _set(state, worker.task, "D" if answered else worker.phase)


# ------------------------------------------------------------------ what the machine does


def _machine(state: State, rules: Rules) -> Iterator[tuple[str, State]]:
    db = state.db
    if db.request == "in_progress" and all(letter in "DX" for letter in db.tasks):
        yield "the request is closed", state._replace(db=db._replace(request="fulfilled"))
    if state.backups and state.backup is None:
        yield "a backup is taken", state._replace(backup=db, backups=state.backups - 1)
    if state.backup is not None:
        back = state.backup
        if rules.restore_replays and state.is_noted and (back.has_key or back.is_reborn):
            back = back._replace(
                has_key=False,
                rows=0,
                is_linked=False,
                is_scanned=False,
                is_buried=rules.replay_buries,
            )
        # The server was down: no worker and no transaction of before lives on.
        yield (
            "the backup is restored",
            state._replace(db=back, workers=(), is_open=False, backup=None),
        )


def _set(state: State, task: int, letter: str, *, asked: int = 0) -> State:
    tasks = state.db.tasks
    changed = tasks[:task] + letter + tasks[task + 1 :]
    after = state._replace(db=state.db._replace(tasks=changed), asked=max(state.asked, asked))
    if letter in "RD":  # whoever had a lease on it has none any more
        return after._replace(workers=_lost(state.workers, task))
    return after


def _lost(workers: tuple[Worker, ...], task: int | None = None) -> tuple[Worker, ...]:
    return tuple(
        sorted(
            one._replace(has_lease=False) if task in {None, one.task} else one
            for one in workers
        )
    )


def _dropped(tasks: str) -> str:
    return "".join(letter if letter == "D" else "X" for letter in tasks)


def _with(state: State, workers: tuple[Worker, ...]) -> State:
    """Set the workers, in one order: which of them is which does not matter."""
    return state._replace(workers=tuple(sorted(workers)))
