"""From the door's counters and samples to the view of the page of connections."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from candor.domain.catalogue.model import InForce
from candor.domain.collect.model import Outcome
from candor.domain.collect.service.read import CounterRow, RefusalRow
from candor.surface.console import words
from candor.surface.console.desk import HOME
from candor.surface.console.door.views import (
    DoorPage,
    OutcomeLine,
    Sample,
    SourcePanel,
)
from candor.surface.console.hours import WINDOWS, Steps, Window
from candor.surface.console.views import Option

_TURNED_AWAY: Final = (Outcome.DUPLICATE, Outcome.NO_PURPOSE, Outcome.REFUSED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks to see."""

    source: str | None
    outcome: str | None
    window: Window


@dataclass(frozen=True, slots=True)
class Seen:
    """What was counted and kept since the window began."""

    counters: Sequence[CounterRow]
    samples: Sequence[RefusalRow]
    steps: Steps
    since: datetime


def door_page(asked: Asked, seen: Seen, in_force: InForce) -> DoorPage:
    """Return the view; call it inside `reading`."""
    codes = [code for code in in_force.sources if asked.source in {None, code}]
    shown = [
        row
        for row in seen.counters
        if asked.outcome in {None, row.outcome}
        and row.source_id in {in_force.numbers.sources[code] for code in codes}
    ]
    return DoorPage(
        url=f"{HOME}/connections/door",
        window=asked.window.inside,
        source_options=tuple(Option(s.code, s.title) for s in in_force.document.sources),
        outcome_options=tuple(
            Option(code, happening.label) for code, happening in words.OUTCOMES.items()
        ),
        window_options=tuple(Option(w.code, w.label) for w in WINDOWS.values()),
        source=asked.source,
        outcome=asked.outcome,
        window_code=asked.window.code,
        total=sum(row.count for row in shown),
        total_label=(
            words.happening(asked.outcome).label if asked.outcome else "of every kind"
        ),
        sources=tuple(_panel(code, asked, seen, shown, in_force) for code in codes),
    )


def _panel(
    code: str, asked: Asked, seen: Seen, shown: Sequence[CounterRow], in_force: InForce
) -> SourcePanel:
    source_id = in_force.numbers.sources[code]
    source = in_force.sources[code]
    own = [row for row in seen.counters if row.source_id == source_id]
    outcome = asked.outcome or Outcome.STORED
    label = words.happening(outcome).label
    return SourcePanel(
        code=code,
        name=source.title,
        heard=seen.steps.heard(source_id),
        stored=sum(row.count for row in own if row.outcome == Outcome.STORED),
        not_stored=sum(row.count for row in own if row.outcome in _TURNED_AWAY),
        trend=seen.steps.line(outcome, source_id),
        trend_label=f"{label.capitalize()} from {source.place}, {asked.window.step}",
        outcomes=tuple(
            _line(row, in_force)
            for row in sorted(shown, key=_rank)
            if row.source_id == source_id and row.count
        ),
        samples=tuple(
            _sample(row, in_force)
            for row in seen.samples
            if row.source_id == source_id and row.refused_at >= seen.since
        )
        if asked.outcome in {None, Outcome.REFUSED}
        else (),
    )


def _rank(row: CounterRow) -> tuple[int, int]:
    """Order what happened as the words do, and the most frequent first."""
    order = list(words.OUTCOMES)
    place = order.index(row.outcome) if row.outcome in words.OUTCOMES else len(order)
    return place, -row.count


def _line(row: CounterRow, in_force: InForce) -> OutcomeLine:
    happening = words.happening(row.outcome)
    what = words.plain(row.what) if row.outcome == Outcome.REFUSED else row.what
    if row.what in in_force.attributes:
        what = in_force.attributes[row.what].title
    elif row.what in in_force.identifiers:
        what = in_force.identifiers[row.what].title
    return OutcomeLine(
        row.outcome,
        happening.label,
        happening.tone,
        what or "a call",
        row.count,
        happening.help,
    )


def _sample(row: RefusalRow, in_force: InForce) -> Sample:
    shape = msgspec.json.format(msgspec.json.encode(row.sample), indent=2).decode()
    what = row.what if row.what in in_force.events else row.what or "a call"
    return Sample(words.plain(row.reason), row.message, what, row.refused_at, shape)
