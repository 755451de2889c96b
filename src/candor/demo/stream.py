"""The year as Segment calls, in order of time per source: what the demo company sends.

Time is shifted by a whole number of weeks, so that weekdays stay and the last purchase lies in
the week before loading. Message ids do not depend on the shift: loading twice stores once.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from candor.demo import browsing, consents, dirt, orders, records, timeline
from candor.demo import people as persons
from candor.demo.calls import DAY, HOUR, Plan, Planned, Source, Who
from candor.demo.dice import Dice
from candor.demo.expected import Expected, expect
from candor.demo.journey import Campaign, Journey, Redemption
from candor.demo.people import Person
from candor.demo.timeline import Timeline

WEEK: Final = 7 * DAY
_LETTER_HOUR: Final = 6  # campaigns go out in the morning


class Sent(NamedTuple):
    """One call, ready to be put into a batch."""

    source: Source
    cluster: int
    body: bytes


def shift_weeks(journey: Journey, now: datetime) -> int:
    """Return the whole weeks that bring the last purchase into the seven days before `now`."""
    return (int(now.timestamp()) - journey.baskets.at[-1]) // WEEK


class Stream:
    """Everything that the demo company sends, day by day."""

    def __init__(self, journey: Journey, *, weeks: int, households: int | None = None) -> None:
        """Plan the year; some six seconds of CPU for all. `households`: only the first so many."""
        self._journey = journey
        shift = weeks * WEEK
        ends_at = journey.baskets.at[-1]
        self.starts_at = timeline.first_midnight(journey)
        self.shift = timedelta(seconds=shift)
        year = datetime.fromtimestamp(ends_at + shift, UTC).year
        self.people = persons.make(journey, year=year, households=households)
        everyone = {person.household_id: person for person in self.people}
        places = timeline.baskets_of(journey)
        self.timelines = times = timeline.make(journey, self.people, places)
        coupons, handed_in = orders.coupons_by_basket(journey, places)
        self._writer = orders.OrderWriter(journey, everyone, times, coupons, shift)
        plan = Plan(starts_at=self.starts_at, ends_at=ends_at, shift_seconds=shift)
        shelf = browsing.Shelf(journey)
        self.visitors = 0
        for person in self.people:
            when, own = times[person.household_id], places[person.household_id]
            _plan_person(plan, journey, person, when, own, coupons, shelf)
            self.visitors += browsing.plan_visitor(
                plan, person.household_id, self.starts_at, shelf
            )
        for campaign in journey.campaigns:
            _plan_campaign(plan, campaign, everyone)
        for redemption in journey.redemptions:
            if redemption.household_id in everyone:
                person = everyone[redemption.household_id]
                place = handed_in.get(redemption)
                _plan_redemption(plan, journey, redemption, person, times, place)
        self._days = _by_day(plan)

    @property
    def days(self) -> int:
        """Return how many days there are; days without a call count too."""
        return len(self._days)

    def date_of(self, day: int) -> date:
        """Return the date that a day claims, in UTC."""
        moment = datetime.fromtimestamp(self.starts_at + day * DAY, UTC) + self.shift
        return moment.date()

    def planned(self, limit_days: int | None = None) -> Iterator[Planned]:
        """Yield all calls of the first days, not encoded, in order of time."""
        for day in self._days[:limit_days]:
            yield from day

    def day(self, day: int) -> Iterator[Sent]:
        """Yield the calls of a day in order of time. Days count from 0."""
        write = self._writer.write
        for call in self._days[day]:
            body = call.body
            if isinstance(body, int):
                body = write(body, call.source, call.dirt)
            yield Sent(call.source, call.cluster, body)

    def expected(self, limit_days: int | None = None) -> Expected:
        """Count the first days, or all; see `Expected`."""
        days = min(self.days, limit_days or self.days)
        return expect(
            self._journey,
            self.people,
            self.timelines,
            self.planned(limit_days),
            days=(self.date_of(0), self.date_of(days - 1)),
            visitors=self.visitors,
        )


def _by_day(plan: Plan) -> list[list[Planned]]:
    count = (plan.ends_at - plan.starts_at) // DAY + 1
    days: list[list[Planned]] = [[] for _ in range(count)]
    for call in plan.calls:
        days[max(0, call.at - plan.starts_at) // DAY].append(call)
    for day in days:
        day.sort(key=lambda call: (call.at, call.number))
    return days


def _plan_person(
    plan: Plan,
    journey: Journey,
    person: Person,
    when: Timeline,
    own: Sequence[int],
    coupons: Mapping[int, str],
    shelf: browsing.Shelf,
) -> None:
    records.plan_till(plan, person, when)
    asked = consents.history(person, when)
    records.plan_crm(plan, person, when, [one.at for one in asked])
    records.plan_accounts(plan, person, when)
    consents.plan_consents(plan, person, asked)
    through = orders.plan_orders(plan, journey, person, when, own, coupons)
    if person.has_shop:
        browsing.plan_shop(plan, person, when, asked, shelf, through[Source.SHOP])
    if person.has_app:
        browsing.plan_app(plan, person, when, shelf, through[Source.APP])
    dirt.plan_dirt(plan, person, when)


def _plan_campaign(plan: Plan, campaign: Campaign, everyone: Mapping[int, Person]) -> None:
    """Plan the letters of a campaign; one that ran before the first day goes out on the second.

    The CRM knows all households that got one: that is how they were written to.
    """
    starts_at = max(campaign.starts_at, plan.starts_at + DAY) + _LETTER_HOUR * HOUR
    for number, household in enumerate(campaign.households):
        person = everyone.get(household)
        if person is None:
            continue
        dice = Dice("campaign", campaign.campaign_id, household)
        channel = dice.weighted((("letter", 0.50), ("email", 0.35), ("app", 0.15)))
        if channel == "app" and not person.has_app:
            channel = "letter"
        received = {
            "campaign_id": str(campaign.campaign_id),
            "campaign_type": campaign.kind,
            "channel": channel,
        }
        who = Who(person.cluster, person.crm_id)
        plan.track(starts_at + number, Source.CRM, who, "Campaign Received", received)


def _plan_redemption(
    plan: Plan,
    journey: Journey,
    redemption: Redemption,
    person: Person,
    times: Mapping[int, Timeline],
    place: int | None,
) -> None:
    """Plan a coupon handed in: with its basket, or at noon where the set has none that day."""
    at = redemption.day_at + 12 * HOUR if place is None else journey.baskets.at[place] + 1
    card = records.card_at(person, times[person.household_id], at)
    redeemed = {"coupon_id": redemption.coupon, "campaign_id": str(redemption.campaign_id)}
    if place is not None:
        redeemed["order_id"] = str(journey.baskets.basket_id[place])
        redeemed["store_id"] = str(journey.baskets.store_id[place])
    plan.track(at, Source.TILL, Who(person.cluster, card), "Coupon Redeemed", redeemed)
