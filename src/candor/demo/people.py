"""One invented person per household: names and contact data from a fixed seed.

A person is the truth; what each source believes about them stands in `records`. Deterministic
per household and stable under prefixes: the first 50 households are the same people whether 50
or all are made. E-mail addresses end in the reserved domains of RFC 2606; phone numbers are
valid by their country's plan, so that they normalise, and may by chance be somebody's: nothing
in the demo calls or writes to them.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import phonenumbers
from faker import Faker

from candor.demo import rates
from candor.demo.dice import Dice
from candor.demo.journey import Demographics, Journey

TABLET_CLUSTER: Final = -1  # everyone who used the tablet in the store


@dataclass(frozen=True, slots=True)
class Origin:
    """Where somebody lives and how they write."""

    names: str  # Faker locale of the name
    places: str  # Faker locale of the address
    country: str  # ISO 3166
    language: str
    time_zone: str


# Share of each origin. People who write Russian live mostly in Germany and Poland.
ORIGINS: Final[Sequence[tuple[Origin, float]]] = (
    (Origin("de_DE", "de_DE", "DE", "de", "Europe/Berlin"), 0.38),
    (Origin("pl_PL", "pl_PL", "PL", "pl", "Europe/Warsaw"), 0.19),
    (Origin("en_GB", "en_GB", "GB", "en", "Europe/London"), 0.13),
    (Origin("en_US", "en_US", "US", "en", "America/New_York"), 0.06),
    (Origin("ru_RU", "de_DE", "DE", "ru", "Europe/Berlin"), 0.08),
    (Origin("ru_RU", "pl_PL", "PL", "ru", "Europe/Warsaw"), 0.03),
    (Origin("ru_RU", "ru_RU", "RU", "ru", "Europe/Moscow"), 0.02),
    (Origin("pt_PT", "pt_PT", "PT", "pt", "Europe/Lisbon"), 0.07),
    (Origin("pt_BR", "pt_BR", "BR", "pt", "America/Sao_Paulo"), 0.04),
)

# Beginnings of mobile numbers and how many digits follow, per country.
_MOBILE: Final = {
    "DE": (("+49151", "+49157", "+49160", "+49170", "+49176"), 8),
    "PL": (("+4850", "+4860", "+4869", "+4879", "+4888"), 7),
    "GB": (("+4474", "+4475", "+4477", "+4478"), 8),
    "US": (("+1212", "+1312", "+1415", "+1617"), 7),
    "RU": (("+7903", "+7916", "+7926"), 7),
    "PT": (("+35191", "+35192", "+35193", "+35196"), 7),
    "BR": (("+55119", "+55219", "+55319"), 8),
}

_AGES: Final[Sequence[tuple[str, float]]] = (  # where the set says nothing: its own mix
    ("19-24", 46),
    ("25-34", 142),
    ("35-44", 194),
    ("45-54", 288),
    ("55-64", 59),
    ("65+", 72),
)
_OLDEST: Final = 88
_RESERVED_DOMAINS: Final = ("example.com", "example.org", "example.net")
_NUMBER_FIRST: Final = frozenset({"GB", "US"})  # 12 High Street; elsewhere the number follows


@dataclass(frozen=True, slots=True)
class Address:
    """Where post arrives."""

    street: str
    postal_code: str
    city: str


@dataclass(frozen=True, slots=True)
class Person:
    """The truth about one household's member who shops."""

    household_id: int
    cluster: int  # people who share a device or an e-mail are sent in one order
    given: str
    second: str  # second given name, or empty
    family: str
    origin: Origin
    birthday: date
    home: Address
    next_home: Address | None  # they moved there during the year
    email: str
    old_email: str  # what they used before they changed it, or empty
    phone: str  # E.164
    cards: tuple[str, ...]  # loyalty cards, one or two
    customer_number: str  # of the account in shop or app, or empty
    has_shop: bool
    has_app: bool
    crm_id: str  # or empty
    links_card: bool  # typed the loyalty card into the account
    at_tablet: bool
    shares_email: bool  # with the account before: two people, one address
    demographics: Demographics | None

    @property
    def local_phone(self) -> str:
        """Return the phone number as people of the country write it."""
        number = phonenumbers.parse(self.phone)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def chosen(journey: Journey, households: int | None = None) -> list[int]:
    """Return the households that take part: all, or the first so many, by number."""
    return journey.households[:households]


def make(journey: Journey, *, year: int, households: int | None = None) -> list[Person]:
    """Make everybody, in order of household. `year` is the one in which the data ends.

    About a second and a half of CPU for all 2,469.
    """
    mailed = {h for campaign in journey.campaigns for h in campaign.households}
    return list(_people(journey, chosen(journey, households), mailed, year))


def _people(
    journey: Journey, households: Sequence[int], mailed: set[int], year: int
) -> Iterator[Person]:
    fakers = _fakers()
    taken: set[str] = {"test@example.com"}
    before: Person | None = None  # the account before, while it shares nothing
    for household in households:
        person = _person(
            household,
            fakers=fakers,
            demographics=journey.demographics.get(household),
            is_mailed=household in mailed,
            taken=taken,
            before=before,
            year=year,
        )
        if person.has_shop:
            before = None if person.shares_email or person.at_tablet else person
        yield person


def _fakers() -> dict[str, Faker]:
    providers = ["faker.providers.person", "faker.providers.address"]
    wanted = {o.names for o, _ in ORIGINS} | {o.places for o, _ in ORIGINS}
    return {locale: Faker(locale, providers=providers) for locale in sorted(wanted)}


def _person(
    household: int,
    *,
    fakers: dict[str, Faker],
    demographics: Demographics | None,
    is_mailed: bool,
    taken: set[str],
    before: Person | None,
    year: int,
) -> Person:
    dice = Dice("person", household)
    origin = dice.weighted(ORIGINS)
    is_woman = dice.chance(0.5)
    given, second, family = _names(fakers[origin.names], household, is_woman=is_woman)
    birthday = _birthday(dice, demographics, year)
    has_shop, has_app = dice.chance(rates.SHOP_ACCOUNT), dice.chance(rates.APP)
    has_crm = dice.chance(rates.CRM_WITHOUT_CAMPAIGN) or is_mailed
    has_account = has_shop or has_app
    at_tablet = dice.chance(rates.SHARED_TABLET) and has_shop
    shared = dice.chance(rates.SHARED_EMAIL) and has_shop and not at_tablet
    partner = before if shared else None
    own_email = _email(dice, given, family, birthday, taken)
    changes = dice.chance(rates.CHANGED_EMAIL) and has_account and partner is None
    old_email = _email(dice, given, family, birthday, taken) if changes else ""
    home, next_home = _homes(fakers[origin.places], household, origin)
    return Person(
        household_id=household,
        cluster=_cluster(household, partner, at_tablet=at_tablet),
        given=given,
        second=second if dice.chance(rates.SECOND_NAME) else "",
        family=family,
        origin=origin,
        birthday=birthday,
        home=home,
        next_home=next_home if dice.chance(rates.MOVED) else None,
        email=partner.email if partner else own_email,
        old_email=old_email,
        phone=_phone(dice, origin.country),
        cards=_cards(dice, household),
        customer_number=f"N{100_000 + household}" if has_account else "",
        has_shop=has_shop,
        has_app=has_app,
        crm_id=f"K-{20_000 + household * 3}" if has_crm else "",
        links_card=dice.chance(rates.CARD_LINKED) and has_account,
        at_tablet=at_tablet,
        shares_email=partner is not None,
        demographics=demographics,
    )


def _cluster(household: int, partner: Person | None, *, at_tablet: bool) -> int:
    if at_tablet:
        return TABLET_CLUSTER
    return partner.cluster if partner else household


def _names(fake: Faker, household: int, *, is_woman: bool) -> tuple[str, str, str]:
    fake.seed_instance(household * 2 + 1)
    if is_woman:
        return fake.first_name_female(), fake.first_name_female(), fake.last_name_female()
    return fake.first_name_male(), fake.first_name_male(), fake.last_name_male()


def _homes(fake: Faker, household: int, origin: Origin) -> tuple[Address, Address]:
    fake.seed_instance(household * 2)
    return _address(fake, origin), _address(fake, origin)


def _address(fake: Faker, origin: Origin) -> Address:
    number, street = fake.building_number(), fake.street_name()
    line = f"{number} {street}" if origin.country in _NUMBER_FIRST else f"{street} {number}"
    return Address(street=line, postal_code=fake.postcode(), city=fake.city())


def _birthday(dice: Dice, demographics: Demographics | None, year: int) -> date:
    """Return a birthday whose age fits the range all year long."""
    span = demographics.age if demographics else dice.weighted(_AGES)
    low, _, high = span.removesuffix("+").partition("-")
    age = dice.between(int(low), int(high or _OLDEST) - 1)  # on the first of January
    return date(year - age, 1, 1) - timedelta(days=dice.between(1, 364))


def _phone(dice: Dice, country: str) -> str:
    beginnings, count = _MOBILE[country]
    while True:
        number = dice.pick(beginnings) + dice.digits(count)
        if phonenumbers.is_valid_number(phonenumbers.parse(number)):
            return number


def _cards(dice: Dice, household: int) -> tuple[str, ...]:
    """Return loyalty cards of ten digits: too few for a payment card."""
    first = f"29{household * 10_007 % 100_000_000:08d}"
    has_two = dice.chance(rates.TWO_CARDS)
    return (first, f"30{household * 10_007 % 100_000_000:08d}") if has_two else (first,)


def _email(dice: Dice, given: str, family: str, birthday: date, taken: set[str]) -> str:
    first, last = _handle(given), _handle(family)
    pattern = dice.weighted(
        (
            (f"{first}.{last}", 0.45),
            (f"{first[:1]}{last}", 0.20),
            (f"{last}{birthday.year % 100:02d}", 0.15),
            (f"{first}{dice.between(10, 999)}", 0.20),
        )
    )
    domain = dice.pick(_RESERVED_DOMAINS)
    address, again = f"{pattern}@{domain}", 1
    while address in taken:
        again += 1
        address = f"{pattern}.{again}@{domain}"
    taken.add(address)
    return address


def _handle(name: str) -> str:
    """Return a name as people put it into an e-mail address: small Latin letters."""
    return "".join(c for c in latin(name).lower() if c.isascii() and c.isalnum()) or "x"


_SPELLED: Final = str.maketrans(
    dict(zip("äöüÄÖÜßłŁ", ("ae", "oe", "ue", "Ae", "Oe", "Ue", "ss", "l", "L"), strict=True))
)
_CYRILLIC: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        (
            *("a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o"),
            *("p", "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e"),
            *("yu", "ya"),
        ),
        strict=True,
    )
)


def latin(text: str) -> str:
    """Return a text in plain Latin letters: Russian transliterated, umlauts spelled out."""
    out: list[str] = []
    for sign in text:
        plain = _CYRILLIC.get(sign.lower())
        if plain is None:
            out.append(sign)
        else:
            out.append(plain.capitalize() if sign.isupper() else plain)
    decomposed = unicodedata.normalize("NFKD", "".join(out).translate(_SPELLED))
    return "".join(c for c in decomposed if not unicodedata.combining(c))
