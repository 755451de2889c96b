"""Purchases: through which channel a basket went, and the call that reports it."""

from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from candor.demo import rates
from candor.demo.calls import CONTEXT, DAY, HOUR, ORDER, Call, Dirt, Plan, Source
from candor.demo.dice import Dice, name_of
from candor.demo.journey import Journey, Redemption
from candor.demo.people import Person
from candor.demo.records import card_at
from candor.demo.timeline import Timeline

# Numbers that card schemes publish for testing; they pass the check digit.
TEST_CARDS: Final = (
    "4111 1111 1111 1111",
    "5555555555554444",
    "378282246310005",
    "6011-1111-1111-1117",
)
_NOTES: Final = {
    "de": ("Bitte beim Nachbarn abgeben", "Zweiter Hof links", "Nicht klingeln, Baby schläft"),
    "pl": ("Proszę zostawić u sąsiada", "Kod do bramy jest na dole", "Drugie piętro"),
    "en": ("Leave with the neighbour", "Please ring twice", "Side door, please"),
    "ru": ("Оставьте у соседа", "Позвоните за десять минут", "Второй подъезд"),
    "pt": ("Deixar com o vizinho", "Portão azul", "Não tocar à campainha"),
}
_PAYMENT: Final = {
    Source.TILL: (("card", 0.55), ("cash", 0.35), ("wallet", 0.10)),
    Source.SHOP: (("card", 0.55), ("wallet", 0.25), ("invoice", 0.20)),
    Source.APP: (("wallet", 0.60), ("card", 0.40)),
}


class Item(msgspec.Struct, frozen=True, gc=False):
    """One purchase line."""

    product_id: str
    category: str
    department: str
    brand: str
    quantity: int
    price: float  # euro, for the whole line


class Order(msgspec.Struct, omit_defaults=True, gc=False):
    """Properties of `Order Completed`. Amounts in euro."""

    order_id: str
    store_id: str
    revenue: float
    total: float
    currency: str
    payment_method: str
    products: list[Item]
    discount: float = 0.0
    coupon: str | None = None
    loyalty_card: str | None = None
    delivery_note: str | None = None
    payment_reference: str | None = None  # not in the catalogue: the door drops it


def coupons_by_basket(
    journey: Journey, places: Mapping[int, Sequence[int]]
) -> tuple[dict[int, str], dict[Redemption, int]]:
    """Match coupons to the first basket of their household on their day.

    Returns the coupon by basket, and the basket by redemption where there is one.
    """
    day_of: dict[tuple[int, int], int] = {}
    for household, own in places.items():
        for place in own:
            at = journey.baskets.at[place]
            day_of.setdefault((household, at - at % DAY), place)
    coupons: dict[int, str] = {}
    baskets: dict[Redemption, int] = {}
    for redemption in journey.redemptions:
        place = day_of.get((redemption.household_id, redemption.day_at))
        if place is not None:
            coupons.setdefault(place, redemption.coupon)
            baskets[redemption] = place
    return coupons, baskets


def channel_of(place: int, at: int, person: Person, timeline: Timeline) -> Source:
    """Return through which channel a basket went: never before the sign-up there."""
    dice = Dice("channel", person.household_id, place)
    wants_shop, wants_app = dice.chance(rates.SHOP_BASKET), dice.chance(rates.APP_BASKET)
    if wants_shop and person.has_shop and at > timeline.shop_at + HOUR:
        return Source.SHOP
    if wants_app and person.has_app and at > timeline.app_at + HOUR:
        return Source.APP
    return Source.TILL


def plan_orders(
    plan: Plan,
    journey: Journey,
    person: Person,
    timeline: Timeline,
    places: Sequence[int],
    coupons: Mapping[int, str],
) -> dict[Source, list[int]]:
    """Plan each basket once, and some of the till's again. Returns the baskets by channel.

    A basket with a coupon is always the till's: that is where coupons are handed in.
    """
    through: dict[Source, list[int]] = {source: [] for source in Source}
    for place in places:
        at = journey.baskets.at[place]
        source = Source.TILL
        if place not in coupons:
            source = channel_of(place, at, person, timeline)
        through[source].append(place)
        dice = Dice("basket", journey.baskets.basket_id[place])
        dirt = _dirt(dice) if source is Source.TILL else Dirt.NONE
        is_retried = dirt is Dirt.RETRY
        plan.basket(at, source, person.cluster, place, Dirt.NONE if is_retried else dirt)
        if is_retried:
            again_at = at + dice.between(60, 20 * HOUR)
            plan.basket(again_at, source, person.cluster, place, Dirt.RETRY)
    return through


def _dirt(dice: Dice) -> Dirt:
    return dice.weighted(
        (
            (Dirt.RETRY, rates.RETRIED),
            (Dirt.CARD_IN_NOTE, rates.CARD_IN_NOTE),
            (Dirt.CARD_IN_REFERENCE, rates.CARD_IN_REFERENCE),
            (Dirt.NONE, 1 - rates.RETRIED - rates.CARD_IN_NOTE - rates.CARD_IN_REFERENCE),
        )
    )


class OrderWriter:
    """Encodes purchases on their day."""

    def __init__(
        self,
        journey: Journey,
        people: Mapping[int, Person],
        timelines: Mapping[int, Timeline],
        coupons: Mapping[int, str],
        shift_seconds: int,
    ) -> None:
        """Take what a purchase is made of; the maps are by household and by basket."""
        self._journey = journey
        self._people = people
        self._timelines = timelines
        self._coupons = coupons
        self._shift = shift_seconds
        self._names = [
            (p.product_id, p.category, p.department, p.brand) for p in journey.products
        ]
        self._encoder = msgspec.json.Encoder()
        self._buffer = bytearray()

    def write(self, place: int, source: Source, dirt: Dirt) -> bytes:
        """Return the call for a basket; a retry gives the very same bytes again."""
        baskets = self._journey.baskets
        household = baskets.household_id[place]
        person, timeline = self._people[household], self._timelines[household]
        at, number = baskets.at[place], str(baskets.basket_id[place])
        dice = Dice("order", number)
        card = card_at(person, timeline, at)
        paid = baskets.paid_minor[place] / 100
        order = Order(
            order_id=number,
            store_id=str(baskets.store_id[place]),
            revenue=paid,
            total=paid,
            currency="EUR",
            payment_method=dice.weighted(_PAYMENT[source]),
            products=self._items(baskets.first_line, place),
            discount=baskets.discount_minor[place] / 100,
            coupon=self._coupons.get(place),
        )
        if source is Source.SHOP:
            names_card = dice.chance(rates.CARD_IN_ORDER) and person.links_card
            order.loyalty_card = card if names_card else None
            if dice.chance(rates.DELIVERY_NOTE):
                order.delivery_note = dice.pick(_NOTES[person.origin.language])
        elif dirt is Dirt.CARD_IN_NOTE:
            order.delivery_note = f"telephone order, card {dice.pick(TEST_CARDS)}"
        elif dirt is Dirt.CARD_IN_REFERENCE:
            order.payment_reference = dice.pick(TEST_CARDS)
        return self._encoder.encode(
            Call(
                type="track",
                message_id=name_of(source.code, ORDER, number),
                timestamp=datetime.fromtimestamp(at + self._shift, UTC),
                user_id=card if source is Source.TILL else person.customer_number,
                event=ORDER,
                properties=order,
                context=CONTEXT[source],
            )
        )

    def _items(self, first_line: "array[int]", place: int) -> list[Item]:
        lines, names = self._journey.lines, self._names
        first, end = first_line[place], first_line[place + 1]
        return [
            Item(*names[product], quantity, paid / 100)
            for product, quantity, paid in zip(
                lines.product[first:end],
                lines.quantity[first:end],
                lines.paid_minor[first:end],
                strict=True,
            )
        ]
