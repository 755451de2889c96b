"""The picture of the flows: who is heard on the left, who is told on the right, Candor between."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from candor.domain.catalogue.model import InForce
from candor.domain.collect.model import Outcome
from candor.domain.connections.model.connection import State
from candor.domain.connections.service.reading import Health
from candor.infra.web.reading import show_number
from candor.surface.console import words
from candor.surface.console.connections import naming
from candor.surface.console.connections.views import FlowBox, Picture
from candor.surface.console.desk import HOME
from candor.surface.console.hours import Steps

STEP: Final = 64  # units between the tops of two boxes
_MOST_SIGNS: Final = 26
_STILL: Final = frozenset({State.DRAFT, State.PAUSED, State.STOPPING})


def drawn(
    health: Sequence[Health],
    hourly: Mapping[UUID, tuple[int, ...]],
    steps: Steps,
    in_force: InForce,
    *,
    may_see_door: bool,
) -> Picture:
    """Return the picture; call it inside `reading`."""
    told = [one for one in health if one.connection.is_told]
    heard_as = {one.connection.source: one for one in health if one.connection.is_heard}
    left = [
        _source(number, code, heard_as.get(code), steps, in_force, may_see_door=may_see_door)
        for number, code in enumerate(in_force.sources)
    ]
    right = [
        _destination(number, one, sum(hourly.get(one.connection.connection_id, ())[-2:]))
        for number, one in enumerate(told)
    ]
    rows = max(len(left), len(right), 1)
    return Picture(
        sources=_centred(left, rows),
        destinations=_centred(right, rows),
        height=rows * STEP,
        company=in_force.document.company,
        told=(
            f"{words.counted(len(left), 'source', 'sources')} to Candor, and Candor to "
            f"{words.counted(len(right), 'system', 'systems')} that follow."
        ),
    )


def _centred(boxes: list[FlowBox], rows: int) -> tuple[FlowBox, ...]:
    """Move the shorter side to the middle of the longer."""
    shift = (rows - len(boxes)) * STEP // 2
    return tuple(
        FlowBox(one.name, one.note, one.tone, one.top + shift, one.href) for one in boxes
    )


def _source(
    number: int,
    code: str,
    connection: Health | None,
    steps: Steps,
    in_force: InForce,
    *,
    may_see_door: bool,
) -> FlowBox:
    """Return a source of the catalogue; one that a connection speaks as looks as that one does."""
    count = sum(steps.line(Outcome.STORED, in_force.numbers.sources[code])[-2:])
    count += sum(steps.line(Outcome.IDENTIFIED, in_force.numbers.sources[code])[-2:])
    door = f"{HOME}/connections/door?source={code}" if may_see_door else None
    return FlowBox(
        name=_short(in_force.sources[code].title),
        note=f"{show_number(count)} in two hours" if count else "quiet",
        tone=_tone(connection) if connection else ("good" if count else "still"),
        top=number * STEP,
        href=_href(connection) if connection else door,
    )


def _destination(number: int, one: Health, count: int) -> FlowBox:
    if one.connection.state is not State.ACTIVE:
        note = naming.state(one.connection)[0].partition(":")[0]
    elif one.waiting:
        note = f"{show_number(one.waiting)} wait, {naming.span(one.lag_seconds)}"
    else:
        note = f"{show_number(count)} in two hours"
    return FlowBox(
        name=_short(one.connection.name),
        note=note,
        tone=_tone(one),
        top=number * STEP,
        href=_href(one),
    )


def _tone(one: Health) -> str:
    if naming.is_troubled(one):
        return "attention"
    return "still" if one.connection.state in _STILL else "good"


def _href(one: Health) -> str:
    return f"{HOME}/connections/{one.connection.connection_id}"


def _short(name: str) -> str:
    return name if len(name) <= _MOST_SIGNS else f"{name[: _MOST_SIGNS - 1]}…"
