"""What each source believes about a person, and when it tells: the identify calls.

The sources overlap and disagree on purpose. The shop has what people typed themselves; the app
much the same under camelCase names; the CRM second names, older e-mails, local phone numbers and
birthdays a day off; the till what fits on a receipt, in plain capitals.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from candor.demo import rates
from candor.demo.calls import DAY, Dirt, Fields, Json, Plan, Source, Who
from candor.demo.dice import Dice
from candor.demo.people import Address, Person, latin
from candor.demo.timeline import Timeline, night_after

BLOCKED_EMAILS: Final = ("null", "test@example.com", "none@none")
NEVER: Final = 1 << 40
_CRM_LEARNS_DAYS: Final = (3, 14)  # how long a change takes to reach the CRM


def account(person: Person, anonymous_id: str | None = None) -> Who:
    """Return how shop and app name a person."""
    return Who(person.cluster, person.customer_number, anonymous_id)


def card_at(person: Person, timeline: Timeline, at: int) -> str:
    """Return the loyalty card that a person shows at this moment."""
    has_second = timeline.second_card_at and at >= timeline.second_card_at
    return person.cards[1] if has_second else person.cards[0]


def home_at(person: Person, timeline: Timeline, at: int) -> Address:
    """Return where a person lives at this moment."""
    return person.next_home if person.next_home and at >= timeline.moved_at else person.home


def email_at(person: Person, timeline: Timeline, at: int) -> str:
    """Return the e-mail that a person uses at this moment."""
    return (
        person.old_email
        if person.old_email and at < timeline.email_changed_at
        else person.email
    )


def shop_traits(person: Person, timeline: Timeline, at: int) -> Fields:
    """Return what the web shop knows: what people typed."""
    dice = Dice("shop-record", person.household_id)
    home = home_at(person, timeline, at)
    traits: dict[str, Json] = {
        "first_name": person.given,
        "last_name": person.family,
        "email": email_at(person, timeline, at),
        "address": {
            "street": home.street,
            "postal_code": home.postal_code,
            "city": home.city,
            "country": person.origin.country,
        },
        "language": person.origin.language,
        "time_zone": person.origin.time_zone,
    }
    if not dice.chance(rates.BLANK_PHONE):
        traits["phone"] = person.phone
    if not dice.chance(rates.BLANK_BIRTHDAY):
        traits["birthday"] = person.birthday.isoformat()
    if person.links_card:
        traits["loyalty_card"] = card_at(person, timeline, at)
    return traits


def app_traits(person: Person, timeline: Timeline, at: int) -> Fields:
    """Return what the app knows; its phone numbers are verified by a code."""
    dice = Dice("app-record", person.household_id)
    traits: dict[str, Json] = {
        "firstName": person.given,
        "lastName": person.family,
        "email": email_at(person, timeline, at),
        "phone": person.phone,
        "locale": person.origin.language,
        "timezone": person.origin.time_zone,
    }
    if not dice.chance(rates.BLANK_BIRTHDAY):
        traits["birthDate"] = person.birthday.isoformat()
    if person.links_card:
        traits["loyaltyCard"] = card_at(person, timeline, at)
    return traits


def crm_traits(person: Person, timeline: Timeline, at: int) -> tuple[Fields, Dirt]:
    """Return what the CRM knows at a moment, and whether its e-mail is nobody's."""
    dice = Dice("crm-record", person.household_id)
    home = home_at(person, timeline, at)
    is_off = dice.chance(rates.BIRTHDAY_OFF)
    traits: dict[str, Json] = {
        "first_name": f"{person.given} {person.second}".rstrip(),
        "last_name": latin(person.family) if dice.chance(rates.CRM_LATIN) else person.family,
        "street": home.street,
        "postal_code": home.postal_code,
        "city": home.city,
        "country": person.origin.country,
    }
    dirt = Dirt.BLOCKED_EMAIL if dice.chance(rates.BLOCKED_EMAIL) else Dirt.NONE
    blocked = dice.pick(BLOCKED_EMAILS)
    traits["email"] = blocked if dirt else email_at(person, timeline, at)
    if not dice.chance(rates.BLANK_PHONE):
        traits["phone"] = person.local_phone if dice.chance(rates.LOCAL_PHONE) else person.phone
    if not dice.chance(rates.BLANK_BIRTHDAY):
        traits["birthday"] = (person.birthday + timedelta(days=is_off)).isoformat()
    if dice.chance(rates.CRM_KNOWS_CARD):
        traits["loyalty_card"] = card_at(person, timeline, at)
    opened_at = min((t for t in (timeline.shop_at, timeline.app_at) if t), default=0)
    if dice.chance(rates.CRM_KNOWS_CUSTOMER_NUMBER) and 0 < opened_at <= at:
        traits["customer_number"] = person.customer_number
    return {**traits, **_household(person)}, dirt


def till_traits(person: Person, timeline: Timeline) -> Fields:
    """Return what stands on the form for the loyalty card."""
    dice = Dice("till-record", person.household_id)
    traits: dict[str, Json] = {
        "firstname": latin(person.given).upper(),
        "lastname": latin(person.family).upper(),
        "favourite_store": str(timeline.store_id),
    }
    if dice.chance(rates.TILL_PHONE):
        traits["phone"] = person.local_phone if dice.chance(rates.LOCAL_PHONE) else person.phone
    return traits if person.crm_id else {**traits, **_household(person)}


def _household(person: Person) -> Fields:
    """Return the demographics that the set has for this household, blanks left out."""
    known = person.demographics
    if known is None:
        return {}
    answers = {
        "age_range": known.age,
        "income_range": known.income,
        "household_size": known.household_size,
        "household_composition": known.household_comp,
        "home_owner": known.home_ownership,
        "marital_status": known.marital_status,
        "kids_count": known.kids_count,
    }
    return {name: answer for name, answer in answers.items() if answer}


def plan_till(plan: Plan, person: Person, timeline: Timeline) -> None:
    """Plan the loyalty card forms: one when joining, one for a second card."""
    traits = till_traits(person, timeline)
    plan.identify(timeline.joined_at, Source.TILL, Who(person.cluster, person.cards[0]), traits)
    if timeline.second_card_at:
        who = Who(person.cluster, person.cards[1])
        plan.identify(timeline.second_card_at, Source.TILL, who, traits)


def seen_by_crm(person: Person, timeline: Timeline) -> Timeline:
    """Return the timeline as the CRM knows it: what it never learns of has not happened."""
    dice = Dice("crm-learns", person.household_id)
    learns_email = dice.chance(rates.CRM_LEARNS_EMAIL)
    learns_move = dice.chance(rates.CRM_LEARNS_MOVE)
    return replace(
        timeline,
        email_changed_at=timeline.email_changed_at if learns_email else NEVER,
        moved_at=timeline.moved_at if learns_move else NEVER,
    )


def plan_crm(
    plan: Plan, person: Person, timeline: Timeline, answered: Sequence[int] = ()
) -> None:
    """Plan the CRM's nightly imports: the first one, and one after each change it learns of.

    An answer about consent (`answered`: when) counts as a change: the record comes again.
    """
    if not person.crm_id:
        return
    dice = Dice("crm-nights", person.household_id)
    seen = seen_by_crm(person, timeline)
    opened_at = min((t for t in (timeline.shop_at, timeline.app_at) if t), default=0)
    nights = {timeline.crm_at}
    for at in answered:
        if at >= timeline.crm_at:
            nights.add(night_after(at, timeline.starts_at, person.household_id))
    for happened_at in (seen.second_card_at, seen.email_changed_at, seen.moved_at, opened_at):
        delay = dice.between(*_CRM_LEARNS_DAYS) * DAY
        if 0 < happened_at < NEVER:
            at = max(happened_at + delay, timeline.crm_at)
            nights.add(night_after(at, timeline.starts_at, person.household_id))
    for night in sorted(nights):
        traits, dirt = crm_traits(person, seen, night)
        plan.identify(night, Source.CRM, Who(person.cluster, person.crm_id), traits, dirt)


def plan_accounts(plan: Plan, person: Person, timeline: Timeline) -> None:
    """Plan what accounts tell without a visit: old accounts once, and later corrections.

    Corrections are made in the shop where there is one, and the app keeps its old answer.
    """
    if timeline.is_old(timeline.shop_at):
        traits = shop_traits(person, timeline, timeline.shop_at)
        plan.identify(timeline.shop_at, Source.SHOP, account(person), traits)
    if timeline.is_old(timeline.app_at):
        traits = app_traits(person, timeline, timeline.app_at)
        plan.identify(timeline.app_at, Source.APP, account(person), traits)
    for at in (timeline.email_changed_at, timeline.moved_at):
        if at and 0 < timeline.shop_at < at:
            plan.identify(at, Source.SHOP, account(person), shop_traits(person, timeline, at))
        elif at and 0 < timeline.app_at < at:
            plan.identify(at, Source.APP, account(person), app_traits(person, timeline, at))
