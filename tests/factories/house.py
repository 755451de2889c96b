"""A whole Candor of one process, for one small company, and the few verbs that tests need.

The company has one purpose of every kind, identifiers with every protection, and sources that
verify different things. People are made as in life: by what sources send to the door.
"""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from candor.app import Candor, compose
from candor.domain.access.service.passwords import Cost
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import (
    Attribute,
    Channel,
    ChannelText,
    Controller,
    Document,
    Event,
    Frequency,
    Identifier,
    InForce,
    LegalBasis,
    Property,
    Purpose,
    Regime,
    Source,
    Survivorship,
    Topic,
    TopicText,
    ValueType,
)
from candor.domain.collect.model import Load
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.policy import Policy, Rules
from candor.domain.consent.model.state import State
from candor.domain.consent.service import choices, gate, notices
from candor.domain.consent.service.choices import Statement
from candor.domain.profiles.service import read
from candor.infra.settings import Settings
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.catalogue import make_purpose

Call = Mapping[str, Any]

TEST: Final = Actor.machine("test")
CHEAP: Final = Cost(passes=1, memory_kib=64, lanes=1)  # Argon2id as RFC 9106 has it at least
VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data/vectors.json").read_text(encoding="utf-8")
)
_numbers = count(1)


def _channel(code: str, *, contact: str = "", is_loud: bool = False) -> Channel:
    texts = {"en": ChannelText(code.title())}
    return Channel(code=code, texts=texts, contact=contact, is_loud=is_loud)


def _topic(
    code: str,
    purpose: str,
    *,
    channels: tuple[str, ...],
    offers: tuple[str, ...] = (),
    frequency: Frequency = Frequency.WEEKLY,
) -> Topic:
    texts = {"en": TopicText(code.title(), f"About {code}.")}
    return Topic(code, purpose, texts, channels, offers, frequency)


def make_company(**changes: object) -> Document:
    """Return the catalogue of the small company."""
    consent_of_a_year: Purpose = msgspec.structs.replace(
        make_purpose("news", LegalBasis.CONSENT), consent_lasts="P1Y", categories=("marketing",)
    )
    ads: Purpose = msgspec.structs.replace(
        make_purpose("ads", LegalBasis.CONSENT),
        basis=dict.fromkeys(Regime, LegalBasis.CONSENT) | {Regime.CCPA: LegalBasis.OPT_OUT},
        categories=("marketing", "advertising"),
        is_sale=True,
        tcf=(2, 3),
    )
    insight: Purpose = msgspec.structs.replace(
        make_purpose("insight", LegalBasis.LEGITIMATE_INTEREST), categories=("analytics",)
    )
    document = Document(
        company="Ex",
        locales=("en",),
        purposes=(
            make_purpose("orders"),
            make_purpose("books", LegalBasis.LEGAL_OBLIGATION),
            insight,
            consent_of_a_year,
            ads,
        ),
        identifiers=(
            Identifier(
                kind="customer_number",
                title="Number",
                priority=100,
                limit=2,
                merges=True,
                purposes=("orders",),
                blocked=("0", "Guest"),
            ),
            Identifier(
                kind="loyalty_card", title="Card", normalise="digits", priority=80, merges=False
            ),
            Identifier(
                kind="email",
                title="E-mail",
                normalise="email",
                priority=60,
                limit=3,
                merges=True,
                purposes=("orders", "news"),
                blocked=("none@example.com",),
            ),
            Identifier(
                kind="phone", title="Phone", normalise="phone", priority=50, merges=True
            ),
            Identifier(
                kind="device",
                title="Device",
                priority=10,
                limit=4,
                merges=True,
                names_person=False,
                blocked=("null",),
            ),
        ),
        attributes=(
            Attribute(code="name", title="Name", group="contact", purposes=("orders",)),
            Attribute(
                code="email",
                title="E-mail",
                group="contact",
                purposes=("orders", "news"),
                identifier="email",
            ),
            Attribute(
                code="phone",
                title="Phone",
                group="contact",
                purposes=("orders",),
                identifier="phone",
            ),
            Attribute(
                code="city",
                title="City",
                group="contact",
                purposes=("orders", "insight"),
                accepts=("address.city",),
            ),
            Attribute(
                code="hobby",
                title="Hobby",
                group="about",
                purposes=("news",),
                survivorship=Survivorship.MOST_RECENT,
            ),
            Attribute(
                code="points",
                title="Points",
                group="about",
                purposes=("orders",),
                type=ValueType.NUMBER,
            ),
        ),
        events=(
            Event(
                code="Order Completed",
                title="Order",
                purposes=("orders", "insight", "news"),
                amount="total",
                favourite="products.category",
                properties=(
                    Property(name="order_id", required=True),
                    Property(name="total", type=ValueType.NUMBER),
                    Property(name="pieces", type=ValueType.INTEGER),
                    Property(name="gift", type=ValueType.BOOLEAN),
                    Property(name="due", type=ValueType.DATE),
                    Property(name="at", type=ValueType.TIME),
                    Property(name="note", is_personal=True, is_free_text=True),
                    Property(name="email", identifier="email"),
                    Property(name="paid_by", type=ValueType.ENUM, values=("card", "cash")),
                    Property(name="labels", type=ValueType.LIST),
                    Property(
                        name="products",
                        type=ValueType.LIST,
                        items=(
                            Property(name="category"),
                            Property(name="price", type=ValueType.NUMBER),
                        ),
                    ),
                ),
            ),
            Event(
                code="Page Viewed",
                title="Page",
                purposes=("insight",),
                properties=(Property(name="path"), Property(name="name")),
            ),
            Event(
                code="News Read",
                title="News",
                purposes=("news",),
                properties=(Property(name="issue"),),
            ),
        ),
        channels=(
            _channel("email", contact="email"),
            _channel("sms", contact="phone", is_loud=True),
            _channel("post"),
        ),
        topics=(
            _topic("offers", "news", channels=("email",), offers=("sms", "post")),
            _topic("recipes", "news", channels=("email",), frequency=Frequency.ANY),
            _topic("partners", "ads", channels=("email",), frequency=Frequency.MONTHLY),
        ),
        controller=Controller(time_zone="Europe/Berlin", quiet_hours="21-8"),
        sources=(
            Source(
                code="shop",
                title="Shop",
                place="our shop",
                user_id="customer_number",
                verifies=("customer_number", "email", "device"),
                trust=80,
                regime=Regime.GDPR,
            ),
            Source(
                code="crm",
                title="CRM",
                place="service",
                user_id="email",
                verifies=("phone",),
                trust=60,
                regime=Regime.GDPR,
            ),
            Source(
                code="till",
                title="Till",
                place="the till",
                user_id="loyalty_card",
                verifies=("loyalty_card",),
                trust=40,
                regime=Regime.GDPR,
            ),
            Source(
                code="far",
                title="Far shop",
                place="our far shop",
                user_id="customer_number",
                verifies=("customer_number", "email", "device"),
                trust=30,
                regime=Regime.CCPA,
            ),
        ),
    )
    return msgspec.structs.replace(document, **changes)


async def apply_company(candor: Candor, **changes: object) -> InForce:
    """Put the company's catalogue in force and commit."""
    async with candor.database.tx() as tx:
        return await notices.put_in_force(
            tx, document=make_company(**changes), actor=TEST, clock=candor.clock
        )


@asynccontextmanager
async def running(url: str, home: Path, clock: Clock) -> AsyncGenerator[Candor]:
    """Run a process of Candor on a database: open its pool and its door."""
    settings = Settings.load({"CANDOR_HOME": str(home), "CANDOR_CONFIG": str(home / "none")})
    candor = compose(settings, url, clock=clock, pool=6, password_cost=CHEAP)
    async with candor.running():
        await candor.door.open()
        try:
            yield candor
        finally:
            await candor.door.close()


# ----------------------------------------------------------------------------------- sending
def fresh(what: str = "x") -> str:
    """Return a word that no test used before."""
    return f"{what}{next(_numbers)}"


def fresh_email() -> str:
    """Return an address that no test used before, in a reserved domain (RFC 2606)."""
    return f"{fresh('somebody')}@example.org"


def body_of(*calls: Call, **envelope: object) -> bytes:
    """Return calls as the body of a batch."""
    return msgspec.json.encode({"batch": calls, **envelope})


async def send(candor: Candor, source: str, *calls: Call) -> Load:
    """Send a batch through the door; return when it is committed."""
    reader = await candor.door.reader(source)
    load = reader.batch(body_of(*calls), candor.clock.now())
    await candor.door.take(load)
    return load


def order(candor: Candor, **call: object) -> dict[str, Any]:
    """Return a call that tells of an order; `properties` are added to the required one."""
    properties = {"order_id": fresh("order"), "total": 9.5}
    given = call.pop("properties", {})
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": fresh("message"),
        "timestamp": candor.clock.now().isoformat(),
        "properties": properties | (given if isinstance(given, dict) else {}),
        **call,
    }


async def rules_of(candor: Candor) -> Rules:
    """Return the rules in force."""
    async with candor.database.read() as tx:
        return await candor.rulebook.rules(tx)


async def policy_of(candor: Candor) -> Policy:
    """Return the policy in force."""
    return (await rules_of(candor)).policy


async def find(candor: Candor, kind: str, value: str) -> ProfileId:
    """Return the head of the person who has an identifier."""
    rules = await rules_of(candor)
    async with candor.database.read() as tx:
        return await read.find(
            tx, kind, value, in_force=rules.in_force, vault=candor.vault, region=None
        )


async def make_person(
    candor: Candor, *, source: str = "shop", number: str = "", **traits: object
) -> ProfileId:
    """Make a known person by an identify call; return the profile."""
    user_id = number or (fresh_email() if source == "crm" else fresh("number"))
    call = {"type": "identify", "userId": user_id, "traits": traits}
    await send(candor, source, call)
    return await find(candor, "email" if source == "crm" else "customer_number", user_id)


# ----------------------------------------------------------------------------------- choosing
def statement(
    via: UUID,
    purpose_id: int,
    choice: Choice,
    at: datetime,
    record_id: UUID | None = None,
) -> Statement:
    """Return a choice on its way in."""
    return Statement(
        record_id=record_id or new_id(),
        via=ProfileId(via),
        purpose_id=purpose_id,
        choice=choice,
        decided_at=at,
        surface="test",
    )


async def say(candor: Candor, *statements: Statement) -> None:
    """Record choices and commit."""
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        await choices.record(
            tx, statements, actor=TEST, vault=candor.vault, policy=policy, clock=candor.clock
        )


async def choose(
    candor: Candor,
    via: UUID,
    purpose: str,
    choice: Choice,
    *,
    after: timedelta = timedelta(0),
) -> None:
    """Record a choice at the present, or some time after it."""
    bit = (await policy_of(candor)).bits[purpose]
    await say(candor, statement(via, bit, choice, candor.clock.now() + after))


async def start_profiles(candor: Candor, regimes: Sequence[Regime | None]) -> list[ProfileId]:
    """Start consent states alone, without anything else of a profile."""
    policy = await policy_of(candor)
    ids = [ProfileId(new_id()) for _ in regimes]
    async with candor.database.tx() as tx:
        for profile_id, regime in zip(ids, regimes, strict=True):
            await choices.start(
                tx, [profile_id], regime=regime, policy=policy, clock=candor.clock
            )
    return ids


async def states_of(candor: Candor, profile_ids: Sequence[UUID]) -> dict[ProfileId, State]:
    """Return the states of profiles."""
    async with candor.database.read() as tx:
        return await gate.states(tx, profile_ids)
