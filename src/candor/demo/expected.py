"""What a load of the demo sends, counted without a door: the figures to compare a door with."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from candor.demo import consents, rates, records
from candor.demo.calls import Dirt, Planned, Source
from candor.demo.journey import Journey
from candor.demo.people import Person
from candor.demo.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Expected:
    """What a load sends, in exact numbers that need no door to be known."""

    first_day: date
    last_day: date
    households: int
    loyalty_cards: int
    people: Mapping[str, int]  # source → people it knows; visitors: never signed in
    cases: Mapping[str, int]  # what is particular about people → how many; see `_cases`
    answers: Mapping[str, Mapping[str, int]]  # category → yes, no, never asked: people
    baskets: Mapping[str, int]  # source → purchases, each once
    lines: int
    paid_minor: int  # cents, over all purchases
    sent: Mapping[str, int]  # source → calls, retries included
    kinds: Mapping[str, int]  # event or identify → calls, retries left out
    kinds_by_source: Mapping[str, Mapping[str, int]]
    dirt: Mapping[str, int]  # what is wrong → calls

    @property
    def events_sent(self) -> int:
        """Return how many calls are sent, retries included."""
        return sum(self.sent.values())

    @property
    def duplicates(self) -> int:
        """Return how many of them were sent before."""
        return self.dirt.get(Dirt.RETRY.name.lower(), 0)


def expect(
    journey: Journey,
    people: Sequence[Person],
    timelines: Mapping[int, Timeline],
    calls: Iterable[Planned],
    *,
    days: tuple[date, date],
    visitors: int,
) -> Expected:
    """Count calls and people. `cases` and `answers` speak of the whole year in any case."""
    counts = _Counts()
    for call in calls:
        counts.add(call, journey)
    return Expected(
        first_day=days[0],
        last_day=days[1],
        households=len(people),
        loyalty_cards=sum(len(p.cards) for p in people),
        people={
            "crm": sum(bool(p.crm_id) for p in people),
            "shop": sum(p.has_shop for p in people),
            "app": sum(p.has_app for p in people),
            "till": len(people),
            "visitors": visitors,
        },
        cases=_cases(people, timelines),
        answers=_answers(people, timelines, journey.baskets.at[-1]),
        baskets=dict(counts.baskets),
        lines=counts.lines,
        paid_minor=counts.paid_minor,
        sent=dict(counts.sent),
        kinds=dict(counts.kinds),
        kinds_by_source={code: dict(kinds) for code, kinds in counts.by_source.items()},
        dirt=dict(counts.dirt),
    )


def _cases(people: Sequence[Person], timelines: Mapping[int, Timeline]) -> dict[str, int]:
    """Count people who are a case of something; the CRM by its last import."""
    cases: Counter[str] = Counter()
    for person in people:
        cases["has_account"] += bool(person.customer_number)
        cases["links_card"] += person.links_card
        cases["two_cards"] += len(person.cards) > 1
        cases["changed_email"] += bool(person.old_email)
        cases["moved"] += person.next_home is not None
        cases["shares_email"] += person.shares_email  # with the account before: pairs
        cases["at_tablet"] += person.at_tablet
        cases["has_demographics"] += person.demographics is not None
        if person.crm_id:
            timeline = timelines[person.household_id]
            seen = records.seen_by_crm(person, timeline)
            traits, dirt = records.crm_traits(person, seen, records.NEVER - 1)
            name = (traits["first_name"], traits["last_name"])
            cases["crm_spells_differently"] += name != (person.given, person.family)
            cases["crm_blocked_email"] += dirt is Dirt.BLOCKED_EMAIL
            cases["crm_older_email"] += traits["email"] == person.old_email
            cases["crm_names_card"] += "loyalty_card" in traits
            cases["crm_names_account"] += "customer_number" in traits
            birthday = traits.get("birthday", "")
            cases["crm_birthday_off"] += birthday not in {"", person.birthday.isoformat()}
    return dict(cases)


def _answers(
    people: Sequence[Person], timelines: Mapping[int, Timeline], ends_at: int
) -> dict[str, dict[str, int]]:
    """Count the last answers of people; the cookie banner is another question."""
    found = {category: {"yes": 0, "no": 0, "never": 0} for category in rates.ASKED}
    for person in people:
        last: dict[str, bool] = {}
        for asked in consents.history(person, timelines[person.household_id]):
            if asked.at <= ends_at:
                last.update(asked.answers)
        for category, count in found.items():
            said = last.get(category)
            count["never" if said is None else "yes" if said else "no"] += 1
    return found


class _Counts:
    """Adds up planned calls."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.baskets: Counter[str] = Counter()
        self.dirt: Counter[str] = Counter()
        self.by_source: dict[str, Counter[str]] = {s.code: Counter() for s in Source}
        self.lines = 0
        self.paid_minor = 0

    def add(self, call: Planned, journey: Journey) -> None:
        """Count one call."""
        self.sent[call.source.code] += 1
        if call.dirt:
            self.dirt[call.dirt.name.lower()] += 1
        if call.dirt is Dirt.RETRY:
            return
        self.kinds[call.kind] += 1
        self.by_source[call.source.code][call.kind] += 1
        if isinstance(call.body, int):
            place, first = call.body, journey.baskets.first_line
            self.baskets[call.source.code] += 1
            self.lines += first[place + 1] - first[place]
            self.paid_minor += journey.baskets.paid_minor[place]
