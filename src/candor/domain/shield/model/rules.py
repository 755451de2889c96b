"""The rules by which an attack is seen in the audit log, as one table. Pure.

A rule says which entries it looks at, whom it counts against, what it counts, and how much of it
in how much time is too much; then how urgent that is and what is done by itself. Each has a
runbook of the same name (docs/howto/runbooks.md) and a test that replays its attack; a test of an
ordinary busy day holds the thresholds from below.

Where people differ in what is usual for them (`Usual`), the threshold is where a rule begins to
ask: it fires at so many times the busiest span that this person, or the median of the colleagues
of the same role, had in four weeks, and at `most` whatever was usual, so that patience does not
train it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from candor.domain.audit.model import ActorKind, Entry, Outcome
from candor.domain.shield.model.alert import Severity
from candor.domain.shield.model.measure import MeasureKind, kind_of

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
API: Final = "api:"  # how keys of the API stand in the log: machine `api:id`
USUAL_OVER: Final = timedelta(days=28)
CANARY: Final = "canary_touched"
CANARY_ACTION: Final = "shield.canary_touched"
NEW_NETWORK_ACTION: Final = "shield.network_new"
FAILED_ACTION: Final = "access.sign_in_failed"
SIGNED_IN_ACTION: Final = "access.signed_in"
READ_ACTIONS: Final = ("vault.open",)
# By which the API and pages hand out much, or what people keep: see also `export` of each slice.
EXPORT_ACTIONS: Final = ("consent.receipt_issued", "consent.exported", "audit.exported")


class Against(StrEnum):
    """Whom a rule counts against."""

    ACTOR = "actor"  # the member of staff or the key that acted
    NETWORK = "network"  # where attempts come from
    ACCOUNT = "account"  # whose account is tried
    MACHINE = "machine"  # the part of Candor that noticed, for what concerns the whole house


class Counts(StrEnum):
    """What a rule counts."""

    ENTRIES = "entries"
    PEOPLE = "people"  # persons opened: the profiles of one request are one, up to a limit
    ACCOUNTS = "accounts"
    NETWORKS = "networks"
    PURPOSES = "purposes"


@dataclass(frozen=True, slots=True)
class Usual:
    """How much more than usual is too much, and how much always is."""

    times: int
    most: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    `name` is its code and the name of its runbook; `needs_night`: only at hours of the night at
    which this person never works; `lasts`: how long what is done stays in force.
    """

    name: str
    title: str
    actions: tuple[str, ...]
    against: Against
    counts: Counts
    threshold: int
    window: timedelta
    severity: Severity
    responses: tuple[MeasureKind, ...] = ()
    lasts: timedelta = _HOUR
    actors: frozenset[str] = frozenset({"staff", "key", "network", "account", "machine"})
    outcome: Outcome | None = None
    usual: Usual | None = None
    needs_night: bool = False


_STAFF: Final = frozenset({"staff"})
_KEY: Final = frozenset({"key"})
_READS_OF_KEYS: Final = (
    *READ_ACTIONS,
    "profiles.find",
    "consent.looked",
    "consent.explained",
    "consent.preferences_read",
    "consent.guardians_read",
    "consent.regime_read",
    *EXPORT_ACTIONS,
)

_TABLE: Final = (
    # ------------------------------------------------------------------ at the doors
    Rule(
        "stuffing_network", "One network tries many accounts",
        (FAILED_ACTION,), Against.NETWORK, Counts.ACCOUNTS, 10, 10 * _MINUTE,
        Severity.WARNING, (MeasureKind.CHALLENGE, MeasureKind.SLOW),
    ),
    Rule(
        "stuffing_everywhere", "Many accounts are tried from many places",
        (FAILED_ACTION,), Against.MACHINE, Counts.ACCOUNTS, 100, 10 * _MINUTE,
        Severity.CRITICAL, (MeasureKind.CHALLENGE,),
    ),
    Rule(
        "slow_guessing", "One account is tried from many networks, over days",
        (FAILED_ACTION,), Against.ACCOUNT, Counts.NETWORKS, 6, 3 * _DAY,
        Severity.WARNING, (MeasureKind.CHALLENGE,), lasts=7 * _DAY,
    ),
    # ------------------------------------------------------------------ reading people
    Rule(
        "bulk_reading", "Somebody opens far more people than usual, in an hour",
        READ_ACTIONS, Against.ACTOR, Counts.PEOPLE, 40, _HOUR,
        Severity.WARNING, (MeasureKind.STEP_UP, MeasureKind.NO_EXPORT), lasts=8 * _HOUR,
        actors=_STAFF, outcome=Outcome.ALLOWED, usual=Usual(3, 200),
    ),
    Rule(
        "slow_reading", "Somebody opens far more people than usual, over a day",
        READ_ACTIONS, Against.ACTOR, Counts.PEOPLE, 150, _DAY,
        Severity.WARNING, (MeasureKind.STEP_UP, MeasureKind.NO_EXPORT), lasts=_DAY,
        actors=_STAFF, outcome=Outcome.ALLOWED, usual=Usual(3, 600),
    ),
    Rule(
        "scraping", "Somebody opens people as fast as a machine",
        READ_ACTIONS, Against.ACTOR, Counts.PEOPLE, 40, 2 * _MINUTE,
        Severity.CRITICAL, (MeasureKind.END_SESSIONS, MeasureKind.NO_EXPORT), lasts=_DAY,
        actors=_STAFF, outcome=Outcome.ALLOWED,
    ),
    Rule(
        "unusual_hour", "Somebody opens people at an hour at which they never work",
        READ_ACTIONS, Against.ACTOR, Counts.PEOPLE, 5, _HOUR,
        Severity.NOTICE, (MeasureKind.STEP_UP,),
        actors=_STAFF, outcome=Outcome.ALLOWED, needs_night=True,
    ),
    Rule(
        "purposes_tried", "Somebody tries purposes until one opens",
        READ_ACTIONS, Against.ACTOR, Counts.ENTRIES, 12, 10 * _MINUTE,
        Severity.WARNING, (MeasureKind.STEP_UP,),
        actors=_STAFF, outcome=Outcome.REFUSED,
    ),
    Rule(
        "people_probed", "Somebody asks who is known here, one after another",
        ("profiles.find",), Against.ACTOR, Counts.ENTRIES, 40, 10 * _MINUTE,
        Severity.WARNING, (MeasureKind.STEP_UP,), actors=_STAFF,
    ),
    Rule(
        "key_reading", "A key reads far more people than usual",
        _READS_OF_KEYS, Against.ACTOR, Counts.PEOPLE, 5_000, _HOUR,
        Severity.CRITICAL, (MeasureKind.SUSPEND,),
        actors=_KEY, usual=Usual(3, 50_000),
    ),
    Rule(
        "export_spike", "Somebody takes out far more than one person's papers",
        EXPORT_ACTIONS, Against.ACTOR, Counts.ENTRIES, 20, _HOUR,
        Severity.WARNING, (MeasureKind.NO_EXPORT,), lasts=8 * _HOUR,
        actors=_STAFF, usual=Usual(3, 100),
    ),
    # ------------------------------------------------------------------ from elsewhere
    Rule(
        "new_network", "Somebody signs in from a network that they never used",
        (NEW_NETWORK_ACTION,), Against.ACTOR, Counts.NETWORKS, 1, _MINUTE,
        Severity.NOTICE, actors=_STAFF,
    ),
    Rule(
        "two_places", "An account is used from several new networks at once",
        (NEW_NETWORK_ACTION,), Against.ACTOR, Counts.NETWORKS, 2, 30 * _MINUTE,
        Severity.CRITICAL, (MeasureKind.END_SESSIONS,), actors=_STAFF,
    ),
    Rule(
        "key_elsewhere", "A key is used from a network that never used it",
        (NEW_NETWORK_ACTION,), Against.ACTOR, Counts.NETWORKS, 1, _MINUTE,
        Severity.WARNING, actors=_KEY,
    ),
    Rule(
        "key_in_many_places", "A key is used from several new networks at once",
        (NEW_NETWORK_ACTION,), Against.ACTOR, Counts.NETWORKS, 3, _HOUR,
        Severity.CRITICAL, (MeasureKind.SUSPEND,), actors=_KEY,
    ),
    # ------------------------------------------------------------------ reaching for more
    Rule(
        "denied_often", "Somebody knocks at doors that their role does not open",
        ("access.permission_denied",), Against.ACTOR, Counts.ENTRIES, 10, 10 * _MINUTE,
        Severity.WARNING, (MeasureKind.STEP_UP,), actors=_STAFF,
    ),
    Rule(
        "role_raised", "A role or a permission was raised",
        ("access.role_changed", "access.permit_granted"), Against.ACTOR, Counts.ENTRIES, 1,
        _MINUTE, Severity.NOTICE,
    ),
    Rule(
        "waved_through", "Proposals are approved faster than they can be read",
        ("access.approved",), Against.ACTOR, Counts.ENTRIES, 4, 5 * _MINUTE,
        Severity.WARNING, (MeasureKind.STEP_UP,), actors=_STAFF,
    ),
    # ------------------------------------------------------------------ what is never a mistake
    Rule(
        CANARY, "Somebody touched what nobody has a reason to touch",
        (CANARY_ACTION,), Against.ACTOR, Counts.ENTRIES, 1, _MINUTE, Severity.CRITICAL,
        (
            MeasureKind.END_SESSIONS, MeasureKind.SUSPEND, MeasureKind.NO_EXPORT,
            MeasureKind.CHALLENGE, MeasureKind.SLOW,
        ),
        lasts=_DAY,
    ),
    Rule(
        "log_broken", "The audit log does not prove itself",
        ("audit.rewritten", "audit.verified"), Against.MACHINE, Counts.ENTRIES, 1, _MINUTE,
        Severity.CRITICAL, outcome=Outcome.REFUSED,
    ),
    Rule(
        "backup_failed", "A backup, or the test of one, failed",
        ("backup.created", "backup.verified", "backup.drilled", "backup.restored"),
        Against.MACHINE, Counts.ENTRIES, 1, _MINUTE, Severity.WARNING, outcome=Outcome.REFUSED,
    ),
    Rule(
        "refusals_drifted", "Refusals here and in another system had drifted apart",
        ("connections.drifted",), Against.MACHINE, Counts.ENTRIES, 1, _MINUTE, Severity.NOTICE,
    ),
)  # fmt: skip
RULES: Final[Mapping[str, Rule]] = {rule.name: rule for rule in _TABLE}
ACTIONS: Final = tuple(sorted({action for rule in _TABLE for action in rule.actions}))


def actor_of(entry: Entry) -> str | None:
    """Return the label of whoever acted; None for customers and parts of Candor.

    What nobody is signed in for, such as a canary key that was tried, acted from a network.
    """
    network = entry.detail.get("network")
    if entry.actor_kind == ActorKind.STAFF:
        return f"staff:{entry.actor_id}"
    if entry.actor_kind == ActorKind.MACHINE and entry.actor_id.startswith(API):
        return f"key:{entry.actor_id.removeprefix(API)}"
    return f"network:{network}" if network else None


def against(rule: Rule, entry: Entry) -> str | None:
    """Return whom an entry counts against under a rule; None: nobody."""
    if entry.action not in rule.actions:
        return None
    if rule.outcome is not None and entry.outcome != rule.outcome:
        return None
    match rule.against:
        case Against.ACTOR:
            label = actor_of(entry)
        case Against.NETWORK:
            label = _label("network", entry.detail.get("network"))
        case Against.ACCOUNT:
            label = _label("account", entry.detail.get("account"))
        case Against.MACHINE:
            label = f"machine:{entry.actor_id}"
    if label is None and entry.action == CANARY_ACTION:
        is_machine = entry.actor_kind == ActorKind.MACHINE
        label = f"machine:{entry.actor_id if is_machine else 'portal'}"
    return label if label is not None and kind_of(label) in rule.actors else None


def counted(rule: Rule, entry: Entry) -> str | None:
    """Return what an entry counts as under a rule: the same text counts once; None: nothing."""
    match rule.counts:
        case Counts.ENTRIES:
            return entry.request_id or str(entry.entry_id)
        case Counts.PEOPLE:
            return entry.subject.hex() if entry.subject is not None else None
        case Counts.ACCOUNTS:
            found = entry.detail.get("account")
        case Counts.NETWORKS:
            found = entry.detail.get("network")
        case Counts.PURPOSES:
            found = entry.purpose
    return None if found is None else str(found)


def _label(kind: str, mark: object) -> str | None:
    return f"{kind}:{mark}" if mark else None
