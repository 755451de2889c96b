"""From alerts and measures to the views of their pages: codes become words here."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from candor.domain.access.model.keys import APIKey
from candor.domain.access.model.sign_in import Staff
from candor.domain.shield.model.alert import Alert, Severity, Verdict
from candor.domain.shield.model.measure import LASTS, Measure, MeasureKind
from candor.domain.shield.model.rules import RULES, Counts
from candor.surface.console import words
from candor.surface.console.alerts.views import AlertLine, MeasureLine
from candor.surface.console.desk import HOME
from candor.surface.console.views import Option

URL: Final = f"{HOME}/security/alerts"
_MARK_SHOWN: Final = 8
TONES: Final[Mapping[str, str]] = {
    Severity.CRITICAL: "refusal",
    Severity.WARNING: "attention",
    Severity.NOTICE: "calm",
}
VERDICTS: Final = (
    Option(Verdict.ATTACK, "It was an attack"),
    Option(Verdict.MISTAKE, "It was a mistake of ours"),
    Option(Verdict.EXPECTED, "It was expected, nothing is wrong"),
)
_VERDICT_WORDS: Final[Mapping[str, str]] = {
    Verdict.ATTACK: "an attack",
    Verdict.MISTAKE: "a mistake",
    Verdict.EXPECTED: "expected",
}
_MEASURES: Final[Mapping[str, str]] = {
    MeasureKind.CHALLENGE: "Must solve a challenge before each try to sign in",
    MeasureKind.SLOW: "Must solve harder challenges than others",
    MeasureKind.STEP_UP: "Must prove again who they are before anything risky",
    MeasureKind.END_SESSIONS: "All sign-ins were ended",
    MeasureKind.SUSPEND: "The key opens nothing until somebody has looked",
    MeasureKind.NO_EXPORT: "Can take nothing out in bulk",
}
_MACHINES: Final[Mapping[str, str]] = {
    "console": "the console’s sign-in",
    "portal": "the customers’ sign-in",
    "door": "the collection door",
    "api": "the API",
    "worker": "the worker",
}
_COUNTS: Final[Mapping[Counts, tuple[str, str]]] = {
    Counts.ENTRIES: ("time", "times"),
    Counts.PEOPLE: ("person", "people"),
    Counts.ACCOUNTS: ("account", "accounts"),
    Counts.NETWORKS: ("network", "networks"),
    Counts.PURPOSES: ("purpose", "purposes"),
}
_HOUR: Final = 60
_DAY: Final = 24 * _HOUR


def whom(actor: str, staff: Mapping[UUID, Staff], keys: Mapping[UUID, APIKey]) -> str:
    """Return whom an alert or a measure is about."""
    kind, _, identity = actor.partition(":")
    match kind:
        case "staff":
            member = staff.get(UUID(identity))
            return member.display_name if member else "somebody who left"
        case "key":
            key = keys.get(UUID(identity))
            return f"the key “{key.name}”" if key else "a key that is gone"
        case "network":
            return f"the network {identity[:_MARK_SHOWN]}"
        case "account":
            return f"the account {identity[:_MARK_SHOWN]}"
        case _:
            return _MACHINES.get(identity, words.plain(identity))


def alert_line(
    alert: Alert, staff: Mapping[UUID, Staff], keys: Mapping[UUID, APIKey]
) -> AlertLine:
    """Return an alert as a list shows it."""
    rule = RULES.get(alert.rule)
    by = staff.get(alert.settled_by) if alert.settled_by else None
    return AlertLine(
        href=f"{URL}/{alert.alert_id}",
        title=rule.title if rule else words.plain(alert.rule),
        against=whom(alert.actor, staff, keys),
        severity=alert.severity,
        tone=TONES.get(alert.severity, ""),
        times=alert.times,
        first_at=alert.first_at,
        last_at=alert.last_at,
        verdict=_VERDICT_WORDS.get(alert.verdict) if alert.verdict else None,
        settled_by=by.display_name if by else None,
    )


def measure_line(
    measure: Measure,
    staff: Mapping[UUID, Staff],
    keys: Mapping[UUID, APIKey],
    now: datetime,
    *,
    may_lift: bool,
) -> MeasureLine:
    """Return a measure as pages show it."""
    kind = MeasureKind(measure.kind)
    is_of_a_moment = LASTS.get(kind, timedelta(hours=1)) <= timedelta(seconds=1)
    stands = measure.stands_at(now) and not is_of_a_moment
    by = staff.get(measure.lifted_by) if measure.lifted_by else None
    state, tone = "over", ""
    if measure.lifted_at is not None:
        state, tone = "lifted", "good"
    elif is_of_a_moment:
        state, tone = "done", "good"
    elif stands:
        state, tone = "in force", "attention"
    return MeasureLine(
        measure_id=str(measure.measure_id),
        what=_MEASURES[kind],
        against=whom(measure.actor, staff, keys),
        since=measure.since,
        until=None if kind is MeasureKind.SUSPEND else measure.until,
        state=state,
        tone=tone,
        lifted_by=by.display_name if by else None,
        lift_url=f"{URL}/measures/{measure.measure_id}" if stands and may_lift else None,
        alert_url=f"{URL}/{measure.alert_id}" if measure.alert_id else None,
    )


def seen_words(alert: Alert) -> str:
    """Return what was counted, as a sentence."""
    rule = RULES.get(alert.rule)
    count, minutes = _number(alert, "count"), _number(alert, "minutes")
    if rule is None or not count:
        return "An older release saw this."
    said = words.counted(count, *_COUNTS[rule.counts])
    if rule.threshold == 1:
        return f"Seen {said}." if rule.counts is Counts.ENTRIES else f"Seen: {said}."
    return f"{said.capitalize()} within {_span(minutes)}."


def usual_words(alert: Alert) -> str | None:
    """Return what would have been usual, as a sentence; None where nothing is compared."""
    if "usual" not in alert.detail:
        return None
    usual = _number(alert, "usual")
    if not usual:
        return "They, and their colleagues, never did this in the four weeks before."
    return f"The busiest such span of the four weeks before had {usual:,}."


def _number(alert: Alert, name: str) -> int:
    value = alert.detail.get(name, 0)
    return value if isinstance(value, int) else 0


def _span(minutes: int) -> str:
    if minutes % _DAY == 0:
        return words.counted(minutes // _DAY, "day", "days")
    if minutes % _HOUR == 0:
        return words.counted(minutes // _HOUR, "hour", "hours")
    return words.counted(minutes, "minute", "minutes")
