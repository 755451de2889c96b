"""Fills the page Who looked: log entries by day, one look per request, machines folded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from candor.domain.audit.model import ActorKind, DayCount, Entry, LookCount, Outcome, Window
from candor.domain.catalogue.model import InForce
from candor.domain.consent.service.gate import OWN_DATA
from candor.infra.web.reading import Reader
from candor.infra.web.reading import translate as _
from candor.surface.portal import words
from candor.surface.portal.looks.views import Look, LookDay, LooksPage, MachineLooks, OwnLooks
from candor.surface.portal.views import Pager

OPENED: Final = "vault.open"
PROOF_URL: Final = "/me/looks/proof"
Key = tuple[str, str, str, str | None]


@dataclass(slots=True)
class _Act:
    """What one request did: its entries about several profiles of one person are one act."""

    entry: Entry
    names: set[str] = field(default_factory=set[str])
    is_refused: bool = False


def count(looks: Iterable[LookCount], kind: ActorKind) -> int:
    """Return how often data was opened by staff, machine or customer."""
    return sum(c.times for c in looks if c.actor_kind == kind and not c.is_refused)


def fill(
    window: Window,
    looks: Sequence[LookCount],
    roles: Mapping[str, str],
    in_force: InForce,
    reader: Reader,
    pager: Pager,
) -> LooksPage:
    """Return the page, for use inside `reading`."""
    zone = ZoneInfo(reader.zone)
    acts: dict[date, dict[Key, _Act]] = {}
    for entry in window.entries:
        of_day = acts.setdefault(entry.recorded_at.astimezone(zone).date(), {})
        act = of_day.setdefault(_key(entry), _Act(entry))
        act.names.update(entry.fields)
        act.is_refused = act.is_refused or entry.outcome == Outcome.REFUSED
    folded: dict[date, list[DayCount]] = {}
    for line in window.days:
        folded.setdefault(line.day, []).append(line)
    return LooksPage(
        people=count(looks, ActorKind.STAFF),
        machines=count(looks, ActorKind.MACHINE),
        days=tuple(
            LookDay(
                day=day,
                looks=tuple(_look(act, roles, in_force) for act in acts.get(day, {}).values()),
                machine=_machine(folded.get(day, []), in_force, reading=True),
                work=_machine(folded.get(day, []), in_force, reading=False),
                own=_own(folded.get(day, [])),
                acts=_acts(folded.get(day, [])),
            )
            for day in sorted({*acts, *folded}, reverse=True)
        ),
        pager=pager,
    )


def _key(entry: Entry) -> Key:
    """Return what makes entries one act: the request or the merge, who, what and why."""
    thing = entry.detail.get("merge") or entry.request_id or entry.entry_id
    return str(thing), entry.actor_id, entry.action, entry.purpose


def _look(act: _Act, roles: Mapping[str, str], in_force: InForce) -> Look:
    entry = act.entry
    return Look(
        at=entry.recorded_at,
        who=words.who(entry.actor_kind, entry.actor_id, roles),
        purpose=_what(entry.action, entry.purpose, in_force),
        fields=words.fields(in_force, sorted(act.names)),
        is_refused=act.is_refused,
        proof_url=f"{PROOF_URL}/{entry.entry_id}",
    )


def _machine(
    lines: Sequence[DayCount], in_force: InForce, *, reading: bool
) -> tuple[MachineLooks, ...]:
    return tuple(
        MachineLooks(_by_machine(line.action, line.purpose, in_force), line.times)
        for line in lines
        if line.actor_kind == ActorKind.MACHINE and (line.action == OPENED) is reading
    )


def _own(lines: Sequence[DayCount]) -> OwnLooks | None:
    """Return the person's own visits to their pages: each opened the data once."""
    own = [
        line
        for line in lines
        if line.actor_kind == ActorKind.CUSTOMER and line.action == OPENED
    ]
    if not own:
        return None
    return OwnLooks(
        sum(line.times for line in own),
        min(line.first_at for line in own),
        max(line.last_at for line in own),
    )


def _acts(lines: Sequence[DayCount]) -> tuple[MachineLooks, ...]:
    """Return what the person did themselves, other than reading; newest first.

    What reads the same is one line: a choice is one act, whichever purpose it was about.
    """
    times: dict[str, int] = {}
    for line in sorted(lines, key=lambda line: line.last_at, reverse=True):
        if line.actor_kind == ActorKind.CUSTOMER and line.action != OPENED:
            said = words.own_act(line.action)
            times[said] = times.get(said, 0) + line.times
    return tuple(MachineLooks(said, n) for said, n in times.items())


def _by_machine(action: str, purpose: str | None, in_force: InForce) -> str:
    """Return what a machine did; nobody but its owner reads a page, so it wrote to them."""
    if action == OPENED and purpose == OWN_DATA:
        return str(_("writing to you about your sign-in"))
    return _what(action, purpose, in_force)


def _what(action: str, purpose: str | None, in_force: InForce) -> str:
    if action == OPENED:
        return words.purpose(in_force, purpose)
    return words.act(action)
