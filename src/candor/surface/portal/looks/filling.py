"""Fills the page Who looked: log entries by day, one look per request, machines folded."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from candor.domain.audit.model import ActorKind, Entry, LookCount, Outcome
from candor.domain.catalogue.model import InForce
from candor.infra.web.reading import Reader
from candor.surface.portal import words
from candor.surface.portal.looks.views import Look, LookDay, LooksPage, MachineLooks, OwnLooks
from candor.surface.portal.views import Pager

OPENED: Final = "vault.open"
Key = tuple[str, str, str, str, str | None]


@dataclass(slots=True)
class _Act:
    """What one request did: its entries about several profiles of one person are one act."""

    entry: Entry
    names: set[str] = field(default_factory=set[str])
    is_refused: bool = False


def key_of(entry: Entry) -> Key:
    """Return what makes entries one act: the request, who, what and why.

    A merge writes an entry about each of the two profiles, and both may be this person's.
    """
    request = entry.request_id or str(entry.entry_id)
    thing = str(entry.detail.get("merge", request))
    return thing, entry.actor_kind, entry.actor_id, entry.action, entry.purpose


def whole(entries: Sequence[Entry], at_most: int) -> tuple[list[Entry], int | None]:
    """Cut a page of entries between two requests; return it and where the next begins.

    Args:
        entries: newest first, one more than fit when there are more.
        at_most: how many fit.
    """
    if len(entries) <= at_most:
        return list(entries), None
    cut = at_most
    while cut > 1 and key_of(entries[cut - 1])[0] == key_of(entries[cut])[0]:
        cut -= 1
    if cut == 1:  # one request with more entries than fit: it is cut, nothing is lost
        cut = at_most
    return list(entries[:cut]), entries[cut - 1].entry_id


def count(looks: Iterable[LookCount], kind: ActorKind) -> int:
    """Return how often data was opened by staff, machine or customer."""
    return sum(c.times for c in looks if c.actor_kind == kind and not c.is_refused)


def fill(
    entries: Sequence[Entry],
    looks: Sequence[LookCount],
    roles: Mapping[str, str],
    in_force: InForce,
    reader: Reader,
    pager: Pager,
) -> LooksPage:
    """Return the page, for use inside `reading`."""
    zone = ZoneInfo(reader.zone)
    days: dict[date, dict[Key, _Act]] = {}
    for entry in entries:
        acts = days.setdefault(entry.recorded_at.astimezone(zone).date(), {})
        act = acts.setdefault(key_of(entry), _Act(entry))
        act.names.update(entry.fields)
        act.is_refused = act.is_refused or entry.outcome == Outcome.REFUSED
    return LooksPage(
        people=count(looks, ActorKind.STAFF),
        machines=count(looks, ActorKind.MACHINE),
        days=tuple(
            _day(day, list(acts.values()), roles, in_force) for day, acts in days.items()
        ),
        pager=pager,
    )


def _day(
    day: date, acts: Sequence[_Act], roles: Mapping[str, str], in_force: InForce
) -> LookDay:
    by_staff = [act for act in acts if act.entry.actor_kind == ActorKind.STAFF]
    by_machine = [act for act in acts if act.entry.actor_kind == ActorKind.MACHINE]
    read: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for act in by_machine:
        counted = read if act.entry.action == OPENED else done
        counted[_what(act.entry, in_force)] += 1
    # A request of the person's own may open several things: it is one visit to the page.
    own: dict[str, datetime] = {}
    for act in acts:
        if act.entry.actor_kind == ActorKind.CUSTOMER:
            own.setdefault(key_of(act.entry)[0], act.entry.recorded_at)
    return LookDay(
        day=day,
        looks=tuple(
            Look(
                at=act.entry.recorded_at,
                who=words.who(act.entry.actor_kind, act.entry.actor_id, roles),
                purpose=_what(act.entry, in_force),
                fields=words.fields(in_force, sorted(act.names)),
                is_refused=act.is_refused,
            )
            for act in by_staff
        ),
        machine=tuple(MachineLooks(what, times) for what, times in read.most_common()),
        work=tuple(MachineLooks(what, times) for what, times in done.most_common()),
        own=OwnLooks(len(own), min(own.values()), max(own.values())) if own else None,
    )


def _what(entry: Entry, in_force: InForce) -> str:
    if entry.action == OPENED:
        return words.purpose(in_force, entry.purpose)
    return words.act(entry.action)
