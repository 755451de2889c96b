"""What goes wrong at real companies, in numbers that are known exactly.

Each kind spoils calls of its own, so that the counts never overlap. Purchases stay valid: cards
in them (see `orders`) are masked or dropped by the door, the basket itself arrives.
"""

from typing import Final

from candor.demo import rates
from candor.demo.calls import DAY, HOUR, Dirt, Plan, Source, Who
from candor.demo.dice import Dice
from candor.demo.people import Person
from candor.demo.records import account
from candor.demo.timeline import YEAR_DAYS, Timeline

_UNKNOWN_EVENTS: Final = ("Cart Abandoned v2", "debug", "Experiment Viewed", "order_completed")


def plan_dirt(plan: Plan, person: Person, timeline: Timeline) -> None:
    """Plan the spoiled calls around one person."""
    dice = Dice("dirt", person.household_id)
    till = Who(person.cluster, person.cards[0])
    if dice.chance(rates.UNKNOWN_EVENT):
        name, at = dice.pick(_UNKNOWN_EVENTS), _some_day(dice, timeline)
        source, who = (Source.SHOP, account(person)) if person.has_shop else (Source.TILL, till)
        plan.track(at, source, who, name, {"value": dice.below(100)}, Dirt.UNKNOWN_EVENT)
    if dice.chance(rates.NO_IDS):
        page = {"path": "/offers"}
        at = _some_day(dice, timeline)
        plan.view(at, Source.SHOP, till, "Offers", page, Dirt.NO_IDS)
    coupon = {"coupon_id": "51111079120", "discount": 1.0}
    for rate, dirt in ((rates.BAD_TIME, Dirt.BAD_TIME), (rates.FUTURE_TIME, Dirt.FUTURE_TIME)):
        if dice.chance(rate):
            at = _some_day(dice, timeline)
            plan.track(at, Source.TILL, till, "Coupon Redeemed", coupon, dirt)
    if dice.chance(rates.EMAIL_IN_SEARCH) and person.has_shop:
        searched = {"query": f"order for {person.email}", "results": 0}
        at = timeline.shop_at + dice.between(1, 60) * DAY
        kind = Dirt.EMAIL_IN_SEARCH
        plan.track(at, Source.SHOP, account(person), "Products Searched", searched, kind)


def _some_day(dice: Dice, timeline: Timeline) -> int:
    """Return some opening hour after the person joined."""
    days = max(1, YEAR_DAYS - 2 - (timeline.joined_at - timeline.starts_at) // DAY)
    midnight = timeline.joined_at - (timeline.joined_at - timeline.starts_at) % DAY
    return midnight + dice.between(1, days) * DAY + dice.between(8 * HOUR, 20 * HOUR)
