"""Visits to shop and app: looking around before signing in, and what leads to a purchase.

A browser has an anonymous id until it forgets it; the first visit with a new one begins
anonymous, and signing in ties it to the account. Visits just before a purchase look at what is
bought then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from candor.demo import rates
from candor.demo.calls import DAY, HOUR, Dirt, Fields, Json, Plan, Source, Who
from candor.demo.consents import Asked, last_answer
from candor.demo.dice import Dice, name_of
from candor.demo.journey import Journey, Product
from candor.demo.people import Person
from candor.demo.records import account, app_traits, shop_traits
from candor.demo.timeline import YEAR_DAYS, Timeline

TABLET: Final = "tablet-in-store-406"
_MOST_LOOKED_AT: Final = 3
_BANNER: Final = ("Analytics", "Advertising")
_SEARCHES: Final = ("milk", "Brot", "ser", "кофе", "azeite", "gluten free", "Windeln", "pão")
_APP_VERSIONS: Final = ("5.1.2", "5.2.0")
_OLD_VERSION: Final = "3.9.1"  # writes amounts with a comma, as text


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody looks around; `looks_at` are lines of the basket that follows, if one does."""

    at: int
    looks_at: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to look at."""

    journey: Journey

    def product(self, line: int) -> tuple[Product, float]:
        """Return the product of a purchase line and what was paid for it, in euro."""
        lines = self.journey.lines
        return self.journey.products[lines.product[line]], lines.paid_minor[line] / 100

    def any_line(self, dice: Dice) -> int:
        """Return some line: products that are bought often are looked at often."""
        return dice.below(len(self.journey.lines.product))

    def lines_of(self, place: int, dice: Dice) -> Sequence[int]:
        """Return a few lines of a basket."""
        first = self.journey.baskets.first_line
        count = first[place + 1] - first[place]
        return range(first[place], first[place] + min(count, dice.between(1, _MOST_LOOKED_AT)))


def visits(
    dice: Dice, shelf: Shelf, from_at: int, places: Sequence[int], starts_at: int
) -> list[Visit]:
    """Return a person's visits to one channel in order of time, the sign-up first."""
    found = [Visit(from_at)]
    for place in places:
        if dice.chance(rates.BROWSE_BEFORE_BASKET):
            at = shelf.journey.baskets.at[place] - dice.between(10 * 60, 40 * 60)
            found.append(Visit(max(at, from_at + 60), shelf.lines_of(place, dice)))
    days = YEAR_DAYS - (from_at - starts_at) // DAY
    for _ in range(dice.between(0, rates.IDLE_VISITS) * days // YEAR_DAYS):
        at = from_at + dice.between(1, max(1, days - 1)) * DAY + dice.below(6 * HOUR)
        found.append(Visit(at, [shelf.any_line(dice) for _ in range(dice.between(1, 2))]))
    return sorted(found, key=lambda visit: visit.at)


def plan_shop(
    plan: Plan,
    person: Person,
    timeline: Timeline,
    asked: Sequence[Asked],
    shelf: Shelf,
    places: Sequence[int],
) -> None:
    """Plan all visits of an account holder to the web shop. `places`: baskets through it."""
    dice = Dice("shop-visits", person.household_id)
    last_cookie = -1
    for visit in visits(dice, shelf, timeline.shop_at, places, timeline.starts_at):
        if visit.at == timeline.shop_at and timeline.is_old(timeline.shop_at):
            continue
        cookie = (visit.at - timeline.starts_at) // (rates.COOKIE_DAYS * DAY)
        device = name_of("browser", person.household_id, cookie)
        who = account(person, device)
        at = visit.at
        if cookie != last_cookie:
            anonymous = Who(person.cluster, None, device)
            _arrive(plan, at, anonymous, dice, _usual(asked, at + 60))
            is_sign_up = visit.at == timeline.shop_at
            traits: Fields = shop_traits(person, timeline, at) if is_sign_up else {}
            _sign_in(plan, at + 20, Source.SHOP, who, traits, dice)
            at += 25
        else:
            plan.view(at, Source.SHOP, who, "Home", {"path": "/"})
        last_cookie = cookie
        _look_around(plan, at + 30, who, visit, shelf, dice)
    if person.at_tablet:
        at = timeline.shop_at + dice.between(5, 60) * DAY
        who = account(person, TABLET)
        _sign_in(plan, at, Source.SHOP, who, {}, dice)
        plan.view(at + 5, Source.SHOP, who, "Offers", {"path": "/offers"})


def plan_visitor(plan: Plan, household: int, starts_at: int, shelf: Shelf) -> bool:
    """Plan somebody who looks around and never signs in; tell whether there was one."""
    dice = Dice("visitor", household)
    if not dice.chance(rates.VISITORS):
        return False
    who = Who(household, None, name_of("visitor", household))
    at = starts_at + dice.below(YEAR_DAYS - 30) * DAY + dice.between(7 * HOUR, 22 * HOUR)
    _arrive(plan, at, who, dice)
    for _ in range(dice.between(1, 3)):
        looks_at = [shelf.any_line(dice) for _ in range(dice.between(0, _MOST_LOOKED_AT))]
        _look_around(plan, at + 30, who, Visit(at, looks_at), shelf, dice)
        at += dice.between(1, 8) * DAY
    return True


def plan_app(
    plan: Plan, person: Person, timeline: Timeline, shelf: Shelf, places: Sequence[int]
) -> None:
    """Plan all visits of an app user; the app is always signed in after its first start."""
    dice = Dice("app-visits", person.household_id)
    device = name_of("phone", person.household_id)
    who = account(person, device)
    is_old_version = dice.chance(rates.OLD_APP)
    version = _OLD_VERSION if is_old_version else dice.pick(_APP_VERSIONS)
    for number, visit in enumerate(
        visits(dice, shelf, timeline.app_at, places, timeline.starts_at)
    ):
        is_debug = dice.chance(rates.DEBUG_TRACE) and not is_old_version
        dirt = Dirt.UNDECLARED if is_debug else Dirt.NONE
        trace: Fields = {"debug_trace": f"t{visit.at % 9973}"} if is_debug else {}
        opened: Fields = {"version": version, "from_background": number > 0, **trace}
        if number == 0:
            traits = app_traits(person, timeline, visit.at)
            first = Who(person.cluster, None, device)
            plan.track(visit.at, Source.APP, first, "App Opened", opened, dirt)
            _sign_in(plan, visit.at + 40, Source.APP, who, traits, dice)
        else:
            plan.track(visit.at, Source.APP, who, "App Opened", opened, dirt)
        plan.view(visit.at + 45, Source.APP, who, "Offers", trace, dirt)
        for step, line in enumerate(visit.looks_at):
            viewed = _viewed(shelf, line)
            if is_old_version:
                viewed["price"] = f"{viewed['price']:.2f}".replace(".", ",")
                dirt = Dirt.WRONG_TYPE
            at = visit.at + 60 + 20 * step
            plan.track(at, Source.APP, who, "Product Viewed", {**viewed, **trace}, dirt)
    if is_old_version:
        at = timeline.app_at + dice.between(1, 40) * DAY
        returned: Fields = {"order_id": f"R{person.household_id}", "revenue": "12,90"}
        plan.track(at, Source.APP, who, "Order Refunded", returned, Dirt.WRONG_TYPE)


def _arrive(
    plan: Plan, at: int, who: Who, dice: Dice, usual: Mapping[str, bool] | None = None
) -> None:
    """Plan the first page of a new browser and its answer to the banner.

    Who has answered in an account (`usual`) mostly answers so again.
    """
    plan.view(at, Source.SHOP, who, "Home", {"path": "/", "title": "Nordmarkt"})
    if dice.chance(rates.BANNER_ANSWERED):
        is_yes = dice.chance(rates.BANNER_YES)
        is_partner_yes = dice.chance(rates.BANNER_YES_ADVERTISING) and is_yes
        agrees = dice.chance(rates.BANNER_AGREES)
        answers = {"Analytics": is_yes, "Advertising": is_partner_yes}
        plan.consent(at + 6, Source.SHOP, who, usual if usual and agrees else answers)
    plan.view(at + 12, Source.SHOP, who, "Offers", {"path": "/offers"})


def _usual(asked: Sequence[Asked], at: int) -> dict[str, bool]:
    """Return what somebody said in the account about what a banner asks; empty: nothing."""
    said = {category: last_answer(asked, category, at) for category in _BANNER}
    return {category: answer for category, answer in said.items() if answer is not None}


def _sign_in(plan: Plan, at: int, source: Source, who: Who, traits: Fields, dice: Dice) -> None:
    plan.identify(at, source, who, traits)
    methods = ("app",) if source is Source.APP else ("password", "code", "passkey")
    signed_in: Fields = {"method": dice.pick(methods), "succeeded": True}
    plan.track(at + 1, source, who, "Signed In", signed_in)


def _look_around(plan: Plan, at: int, who: Who, visit: Visit, shelf: Shelf, dice: Dice) -> None:
    """Plan a look at a shelf of the shop, perhaps a search, and at some products."""
    if dice.chance(rates.SEARCH):
        searched: Fields = {"query": dice.pick(_SEARCHES), "results": dice.below(60)}
        plan.track(at, Source.SHOP, who, "Products Searched", searched)
    if visit.looks_at:
        product, _ = shelf.product(visit.looks_at[0])
        shelf_seen: Fields = {"category": product.category, "department": product.department}
        plan.track(at + 5, Source.SHOP, who, "Product List Viewed", shelf_seen)
    for step, line in enumerate(visit.looks_at):
        viewed = _viewed(shelf, line)
        plan.track(at + 10 + 15 * step, Source.SHOP, who, "Product Viewed", viewed)


def _viewed(shelf: Shelf, line: int) -> dict[str, Json]:
    product, paid = shelf.product(line)
    return {
        "product_id": product.product_id,
        "category": product.category,
        "department": product.department,
        "brand": product.brand,
        "price": paid,
        "currency": "EUR",
    }
