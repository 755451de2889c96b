"""When things happen to a person: joining, signing up, moving, changing the e-mail.

Times are seconds since 1970 in the set's own time; 0 means that it does not happen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from candor.demo import rates
from candor.demo.calls import DAY, HOUR
from candor.demo.dice import Dice
from candor.demo.journey import Journey
from candor.demo.people import Person

MEMBER_ALREADY_DAYS: Final = (
    28  # who buys in the first weeks had the card before the year began
)
YEAR_DAYS: Final = 365
_MINUTE: Final = 60
OLD_ACCOUNT_AFTER: Final = 20 * _MINUTE


@dataclass(frozen=True, slots=True)
class Timeline:
    """When things happen to one person."""

    starts_at: int  # midnight of the first day of the set
    joined_at: int  # the till knows the loyalty card
    crm_at: int  # first nightly import with them
    shop_at: int  # sign-up in the shop
    app_at: int  # first start of the app
    second_card_at: int
    email_changed_at: int
    moved_at: int
    store_id: int  # where they bought first

    def is_old(self, account_at: int) -> bool:
        """Tell whether an account existed before the loyalty card was known to the demo."""
        return account_at == self.joined_at + OLD_ACCOUNT_AFTER


def night_after(at: int, starts_at: int, household: int) -> int:
    """Return the moment of the next nightly CRM import (from three o'clock) for a household."""
    midnight = at - (at - starts_at) % DAY
    import_at = midnight + 3 * HOUR + household
    return import_at if import_at >= at else import_at + DAY


def baskets_of(journey: Journey) -> dict[int, list[int]]:
    """Return the places of each household's baskets, in order of time."""
    places: dict[int, list[int]] = {}
    for place, household in enumerate(journey.baskets.household_id):
        places.setdefault(household, []).append(place)
    return places


def first_midnight(journey: Journey) -> int:
    """Return the midnight before the first purchase of the set."""
    first = journey.baskets.at[0]
    return first - first % DAY


def make(
    journey: Journey, people: Sequence[Person], places: Mapping[int, Sequence[int]]
) -> dict[int, Timeline]:
    """Return everybody's timeline by household."""
    mailed: dict[int, int] = {}
    for campaign in journey.campaigns:
        for household in campaign.households:
            mailed[household] = min(
                campaign.starts_at, mailed.get(household, campaign.starts_at)
            )
    for redemption in journey.redemptions:
        earliest = mailed.get(redemption.household_id, redemption.day_at)
        mailed[redemption.household_id] = min(redemption.day_at, earliest)
    starts_at = first_midnight(journey)
    return {
        person.household_id: _timeline(
            person,
            starts_at,
            journey.baskets.at[places[person.household_id][0]],
            mailed.get(person.household_id),
            journey.baskets.store_id[places[person.household_id][0]],
        )
        for person in people
    }


def _timeline(
    person: Person, starts_at: int, first_basket_at: int, mailed_at: int | None, store_id: int
) -> Timeline:
    dice = Dice("timeline", person.household_id)
    first = first_basket_at if mailed_at is None else min(first_basket_at, mailed_at)
    joined_at = first - dice.between(2, 15) * _MINUTE
    if first < starts_at + MEMBER_ALREADY_DAYS * DAY:
        joined_at = starts_at + 10 * _MINUTE + person.household_id // 10
    shop_at = _sign_up(dice, starts_at, joined_at) if person.has_shop else 0
    app_at = _sign_up(dice, starts_at, joined_at) if person.has_app else 0
    account_at = min(at for at in (shop_at, app_at, joined_at) if at)
    return Timeline(
        starts_at=starts_at,
        joined_at=joined_at,
        crm_at=night_after(joined_at, starts_at, person.household_id) if person.crm_id else 0,
        shop_at=shop_at,
        app_at=app_at,
        second_card_at=_later(dice, joined_at, starts_at) if len(person.cards) > 1 else 0,
        email_changed_at=_later(dice, max(shop_at, app_at), starts_at)
        if person.old_email
        else 0,
        moved_at=_later(dice, account_at, starts_at) if person.next_home else 0,
        store_id=store_id,
    )


def _sign_up(dice: Dice, starts_at: int, joined_at: int) -> int:
    """Return when an account was made: before the year for many, else on some evening."""
    if dice.chance(rates.SIGNED_UP_BEFORE):
        return joined_at + OLD_ACCOUNT_AFTER
    day = starts_at + dice.below(rates.SIGN_UP_DAYS) * DAY
    at = day + dice.between(8 * HOUR, 22 * HOUR)
    return max(at, joined_at + HOUR)


def _later(dice: Dice, after: int, starts_at: int) -> int:
    """Return a moment in the daytime, at least a day after, some time during the year."""
    days_left = max(1, YEAR_DAYS - 3 - (after - starts_at) // DAY)
    midnight = after - (after - starts_at) % DAY
    return midnight + dice.between(1, days_left) * DAY + dice.between(9 * HOUR, 20 * HOUR)
