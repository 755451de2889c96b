"""What people said when they were asked, and when they changed their minds.

Answers come as `Segment Consent Preference Updated` from where somebody is asked: the first
account that they make, in shop or app, else a paper form that the CRM imports. Who is only known
at the till was never asked. The form is answered just before the account or record is sent, so
that what depends on a yes is kept the first time. The cookie banner is another question to
another browser, which account holders mostly answer in the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from candor.demo import rates
from candor.demo.calls import DAY, HOUR, Plan, Source, Who
from candor.demo.dice import Dice
from candor.demo.people import Person
from candor.demo.records import account
from candor.demo.timeline import YEAR_DAYS, Timeline

Answers = dict[str, bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """One time that somebody answered."""

    at: int
    source: Source
    answers: Answers


def history(person: Person, timeline: Timeline) -> list[Asked]:
    """Return all answers of a person, in order of time. Empty: never asked."""
    dice = Dice("consent", person.household_id)
    accounts = sorted(
        (at, source)
        for at, source in ((timeline.shop_at, Source.SHOP), (timeline.app_at, Source.APP))
        if at
    )
    surfaces = accounts + ([(timeline.crm_at, Source.CRM)] if timeline.crm_at else [])
    answers = {
        c: dice.chance(rates.SAID_YES[c]) for c in rates.ASKED if dice.chance(rates.ASKED[c])
    }
    if not surfaces or not answers:
        return []
    at, source = surfaces[0]
    # In a first visit between the banner and signing in, else just before the record.
    is_visit = source is not Source.CRM and not timeline.is_old(at)
    found = [Asked(at + 15 if is_visit else at - 15, source, answers)]
    if dice.chance(rates.ASKED_TWICE) and len(surfaces) > 1:
        second_at, second = surfaces[1]
        again = {c: dice.chance(rates.SAID_YES[c]) for c in answers}
        found.append(Asked(second_at + dice.between(2, 40) * DAY + 120, second, again))
    changes = dice.chance(rates.CHANGED_MIND)
    withdraws = dice.chance(rates.WITHDREW_ALL)
    if changes:
        category = dice.pick(sorted(answers))
        changed = {category: not answers[category]}
        found.append(Asked(_later(dice, at, timeline), source, changed))
    if withdraws:
        found.append(Asked(_later(dice, at, timeline), source, dict.fromkeys(answers, False)))
    return sorted(found, key=lambda asked: asked.at)


def last_answer(asked: Sequence[Asked], category: str, at: int) -> bool | None:
    """Return what somebody said last about a category before a moment; None: nothing."""
    said = [one.answers[category] for one in asked if one.at < at and category in one.answers]
    return said[-1] if said else None


def plan_consents(plan: Plan, person: Person, asked_when: Sequence[Asked]) -> None:
    """Plan the answers, and a first letter ordered by those who want it."""
    for asked in asked_when:
        is_crm = asked.source is Source.CRM
        who = Who(person.cluster, person.crm_id) if is_crm else account(person)
        plan.consent(asked.at, asked.source, who, asked.answers)
        if asked.source is Source.SHOP and asked.answers.get("Marketing"):
            joined = {"placement": "account"}
            plan.track(asked.at + 5, Source.SHOP, who, "Newsletter Joined", joined)


def _later(dice: Dice, after: int, timeline: Timeline) -> int:
    days_left = max(2, YEAR_DAYS - 3 - (after - timeline.starts_at) // DAY)
    midnight = after - (after - timeline.starts_at) % DAY
    return midnight + dice.between(2, days_left) * DAY + dice.between(9 * HOUR, 21 * HOUR)
