"""From counts to the view of the page Today. Every number leads to what it counts."""

from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from candor.domain.access.model.roles import Permission
from candor.domain.catalogue.model import InForce, Purpose
from candor.domain.collect.model import Outcome
from candor.domain.consent.model.policy import Rules
from candor.domain.profiles.service.merge import Waiting
from candor.domain.profiles.service.read import BySize
from candor.infra.web.reading import show_time
from candor.surface.console import saying, words
from candor.surface.console.choices.counting import Counted
from candor.surface.console.choices.filling import URL as CHOICES
from candor.surface.console.choices.filling import drawn, lines_of, share
from candor.surface.console.desk import HOME, permitted
from candor.surface.console.hours import DAY, HOUR, YEAR, Steps
from candor.surface.console.today.counting import Unified
from candor.surface.console.today.views import (
    Bar,
    Count,
    DoorCount,
    DoorLine,
    OptIn,
    RuleLine,
    TodayPage,
    Trust,
)
from candor.surface.console.views import Option
from candor.surface.plain.visits import Visit

_LAST_BAR: Final = 5  # people of so many profiles or more stand in one bar


def today_page(
    visit: Visit,
    now: datetime,
    in_force: InForce,
    unified: Unified,
    waiting: Waiting,
    steps: Steps,
    trust: Trust | None,
) -> TodayPage:
    """Return the view; call it inside `reading`.

    People are not for browsing, so the numbers of people and profiles lead to how they are
    made up, further down on the page.
    """
    figures, breakdown = unified.figures, unified.breakdown
    door = f"{HOME}/connections/door?window={DAY.code}"
    reviews = permitted(visit, Permission.REVIEWS_SETTLE, f"{HOME}/reviews")

    def count(outcome: Outcome) -> DoorCount:
        line = steps.line(outcome)
        href = permitted(visit, Permission.DOOR_READ, f"{door}&outcome={outcome}")
        return DoorCount(sum(line), line, href)

    first = DAY.since(now)
    return TodayPage(
        now=now,
        profiles=Count(figures.profiles, "#profiles-by-source" if figures.profiles else None),
        people=Count(figures.people, "#people-by-profiles" if figures.people else None),
        known_people=figures.known_people,
        merges=Count(figures.merges, "#merges-by-rule" if breakdown.rules else None),
        undone=Count(figures.unmerges, "#merges-by-rule" if breakdown.rules else None),
        reviews=Count(waiting.reviews, reviews),
        people_by_profiles=_bars(breakdown.sizes),
        profiles_by_source=tuple(
            Bar(words.source(row.source_id, in_force), row.profiles)
            for row in breakdown.sources
        ),
        merges_by_rule=tuple(
            RuleLine(words.rule(row.rule, row.kind, in_force), row.merges, row.undone)
            for row in breakdown.rules
        ),
        stored=count(Outcome.STORED),
        duplicate=count(Outcome.DUPLICATE),
        no_purpose=count(Outcome.NO_PURPOSE),
        refused=count(Outcome.REFUSED),
        masked_card=count(Outcome.CARD_MASKED),
        sources=tuple(
            _line(visit, code, source_id, in_force, steps, door)
            for code, source_id in sorted(
                in_force.numbers.sources.items(), key=lambda pair: pair[1]
            )
            if code in in_force.sources
        ),
        hours=tuple(Option(str(n), show_time(first + n * HOUR)) for n in range(DAY.steps)),
        counted_at=show_time(unified.at) if unified.is_kept else None,
        trust=trust,
    )


def trust_of(visit: Visit, counted: Counted, rules: Rules) -> Trust:
    """Return how trust goes: purposes that people choose about; call it inside `reading`."""
    log = f"{HOME}/audit?{urlencode({'action': 'consent.recorded'})}"
    return Trust(
        purposes=tuple(
            _opt_in(purpose, counted, rules)
            for purpose in rules.in_force.document.purposes
            if rules.policy.consent_mask >> rules.policy.bits[purpose.code] & 1
        ),
        yeses_today=saying.count(sum(row.yeses for row in counted.today)),
        noes_today=saying.count(sum(row.noes for row in counted.today)),
        taken_back_today=saying.count(sum(row.taken_back for row in counted.today)),
        waiting=saying.count(counted.waiting.people),
        choices_url=CHOICES,
        log_url=permitted(visit, Permission.AUDIT_READ, log) or f"{CHOICES}#time",
        waiting_url=f"{CHOICES}#purposes",
    )


def _opt_in(purpose: Purpose, counted: Counted, rules: Rules) -> OptIn:
    stances = counted.stances[purpose.code]
    yeses, _, _ = lines_of(counted.steps, YEAR, rules.policy.bits[purpose.code])
    people = saying.count(stances.allowed)
    return OptIn(
        name=words.purpose(purpose.code).capitalize(),
        href=f"{CHOICES}#purpose-{purpose.code}",
        share=share(stances.allowed, counted.people),
        note=f"{people} {'person' if people == '1' else 'people'}",
        yeses=drawn(yeses),
    )


def _line(
    visit: Visit, code: str, source_id: int, in_force: InForce, steps: Steps, door: str
) -> DoorLine:
    stored = steps.line(Outcome.STORED, source_id)
    return DoorLine(
        name=in_force.sources[code].title,
        href=permitted(visit, Permission.DOOR_READ, f"{door}&source={code}"),
        heard=steps.heard(source_id),
        stored=sum(stored),
        duplicate=sum(steps.line(Outcome.DUPLICATE, source_id)),
        no_purpose=sum(steps.line(Outcome.NO_PURPOSE, source_id)),
        refused=sum(steps.line(Outcome.REFUSED, source_id)),
        masked_card=sum(steps.line(Outcome.CARD_MASKED, source_id)),
        hourly=stored,
    )


def _bars(sizes: tuple[BySize, ...]) -> tuple[Bar, ...]:
    bars = [
        Bar(words.counted(size.profiles, "profile", "profiles"), size.people)
        for size in sizes
        if size.profiles < _LAST_BAR
    ]
    more = sum(size.people for size in sizes if size.profiles >= _LAST_BAR)
    return (*bars, Bar(f"{_LAST_BAR} or more", more)) if more else tuple(bars)
