"""A small catalogue that is sound, to be changed by tests, and any catalogue that is."""

import msgspec
from hypothesis import strategies as st

from candor.domain.access.model.roles import Role
from candor.domain.audit.model import Actor
from candor.domain.catalogue import service
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
    MachineDecision,
    MachineDecisionText,
    Property,
    Purpose,
    PurposeText,
    Regime,
    Source,
    Survivorship,
    Topic,
    TopicText,
    ValueType,
)
from candor.infra.db.pool import Database
from candor.kernel.clock import Clock
from candor.kernel.redact import is_secret_name


def make_purpose(
    code: str, basis: LegalBasis = LegalBasis.CONTRACT, **changes: object
) -> Purpose:
    """Return a purpose with one basis under every law."""
    text = PurposeText(title=code.title(), plain=f"We use it for {code}.", gain="It works.")
    basis_of = dict.fromkeys(Regime, basis)
    purpose = Purpose(code=code, texts={"en": text}, basis=basis_of, roles=tuple(Role))
    return msgspec.structs.replace(purpose, **changes)


def make_channel(code: str, **changes: object) -> Channel:
    """Return a channel that needs no contact point and stays silent by itself."""
    channel = Channel(code=code, texts={"en": ChannelText(title=code.title())})
    return msgspec.structs.replace(channel, **changes)


def make_topic(code: str, purpose: str = "news", **changes: object) -> Topic:
    """Return a topic that can be switched on for e-mail."""
    text = TopicText(title=code.title(), plain=f"All about {code}.")
    topic = Topic(code=code, purpose=purpose, texts={"en": text}, offers=("email",))
    return msgspec.structs.replace(topic, **changes)


def make_decision(code: str, purpose: str = "orders", **changes: object) -> MachineDecision:
    """Return a decision by machine that looks at the name and says yes or no."""
    text = MachineDecisionText(
        title=code.title(),
        plain=f"We look at your name for {code}.",
        meaning="You get it, or you do not.",
        contest="Ask us, and a human looks at it.",
    )
    decision = MachineDecision(
        code=code,
        texts={"en": text},
        purpose=purpose,
        inputs=("name",),
        outcomes=("granted", "refused"),
    )
    return msgspec.structs.replace(decision, **changes)


def make_document(**changes: object) -> Document:
    """Return a sound catalogue: two purposes, two attributes, one event, one source."""
    document = Document(
        company="Ex",
        locales=("en",),
        purposes=(make_purpose("orders"), make_purpose("news", LegalBasis.CONSENT)),
        identifiers=(
            Identifier(kind="email", title="E-mail", normalise="email", merges=True),
            Identifier(kind="device", title="Device", names_person=False),
        ),
        attributes=(
            Attribute(code="name", title="Name", group="contact", purposes=("orders",)),
            Attribute(
                code="email",
                title="E-mail",
                group="contact",
                purposes=("orders", "news"),
                identifier="email",
                accepts=("mail", "address.email"),
            ),
        ),
        events=(
            Event(
                code="Order Completed",
                title="Order",
                purposes=("orders", "news"),
                amount="total",
                favourite="products.category",
                properties=(
                    Property(name="order_id", required=True),
                    Property(name="total", type=ValueType.NUMBER),
                    Property(name="note", is_personal=True, is_free_text=True),
                    Property(name="paid_by", type=ValueType.ENUM, values=("card", "cash")),
                    Property(
                        name="products",
                        type=ValueType.LIST,
                        items=(Property(name="category"), Property(name="sku")),
                    ),
                ),
            ),
            Event(
                code="Page Viewed",
                title="Page",
                purposes=("news",),
                properties=(Property(name="path"), Property(name="name")),
            ),
        ),
        sources=(
            Source(
                code="shop",
                title="Shop",
                place="our shop",
                user_id="email",
                verifies=("email",),
            ),
        ),
    )
    return msgspec.structs.replace(document, **changes)


async def apply_catalogue(db: Database, clock: Clock, **changes: object) -> InForce:
    """Put a sound catalogue in force and commit."""
    async with db.tx() as tx:
        return await service.apply(
            tx, document=make_document(**changes), actor=Actor.machine("test"), clock=clock
        )


# ---------------------------------------------------------------------------- any catalogue
_CODES = st.from_regex(r"[a-z]{3,8}", fullmatch=True).filter(
    lambda code: not is_secret_name(f"a_{code}")
)
_TEXT = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
_DURATIONS = st.sampled_from(["P25M", "P1Y", "P90D", "P2Y6M"])
_BASES = st.sampled_from([b for b in LegalBasis if b is not LegalBasis.OPT_OUT])


def _subset(names: list[str], smallest: int = 1) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(
        st.sampled_from(names), unique=True, min_size=smallest, max_size=len(names)
    ).map(tuple)


@st.composite
def _purposes(draw: st.DrawFn, code: str) -> Purpose:
    words = PurposeText(draw(_TEXT), draw(_TEXT), draw(st.sampled_from(["", "More."])))
    basis = draw(st.fixed_dictionaries(dict.fromkeys(Regime, _BASES)))
    return Purpose(
        code=code,
        texts={"en": words} | draw(st.sampled_from([{}, {"de": words}])),
        basis=basis,
        recipients=tuple(draw(st.lists(_TEXT, unique=True, max_size=2))),
        retention=draw(_DURATIONS),
        consent_lasts="P1Y" if LegalBasis.CONSENT in basis.values() else "",
        roles=draw(st.sampled_from([(), ("support",), ("privacy", "admin")])),
        edition=draw(st.integers(1, 9)),
        is_sale=set(basis.values()) == {LegalBasis.CONSENT} and draw(st.booleans()),
        tcf=draw(st.sampled_from([(), (1,), (8, 9)])) if _may_refuse(basis) else (),
        confirm=LegalBasis.CONSENT in basis.values() and draw(st.booleans()),
        ask_again=draw(st.sampled_from(["P12M", "P2Y"])),
        dpv=draw(st.sampled_from(["", "DirectMarketing"])),
    )


def _may_refuse(basis: dict[Regime, LegalBasis]) -> bool:
    return not {LegalBasis.CONTRACT, LegalBasis.LEGAL_OBLIGATION} & set(basis.values())


@st.composite
def _channels(draw: st.DrawFn, code: str) -> Channel:
    words = ChannelText(draw(_TEXT))
    return Channel(
        code=code,
        texts={"en": words} | draw(st.sampled_from([{}, {"de": words}])),
        contact=draw(st.sampled_from(["", "email"])),
        is_loud=draw(st.booleans()),
    )


@st.composite
def _topics(draw: st.DrawFn, code: str, purpose: str, channels: list[str]) -> Topic:
    words = TopicText(draw(_TEXT), draw(_TEXT))
    named = draw(_subset(channels))
    opened = draw(st.integers(0, len(named)))
    return Topic(
        code=code,
        purpose=purpose,
        texts={"en": words} | draw(st.sampled_from([{}, {"de": words}])),
        channels=named[:opened],
        offers=named[opened:],
        frequency=draw(st.sampled_from([f for f in Frequency if f is not Frequency.NEVER])),
    )


_CONTROLLERS = st.sampled_from(
    [
        Controller(),
        Controller(legal_name='Ex "the shop" Ltd', contact="privacy@ex.example"),
        Controller(country="DE", time_zone="Europe/Berlin", quiet_hours="21-8"),
    ]
)


@st.composite
def _properties(draw: st.DrawFn, *, in_list: bool = False) -> tuple[Property, ...]:
    names = draw(st.lists(_TEXT.filter(lambda t: "." not in t), unique=True, max_size=3))
    return tuple(draw(_property(f"x{name}", in_list=in_list)) for name in names)


@st.composite
def _property(draw: st.DrawFn, name: str, *, in_list: bool) -> Property:
    types = [t for t in ValueType if not (in_list and t is ValueType.LIST)]
    kind = draw(st.sampled_from(types))
    is_text = kind is ValueType.TEXT
    return Property(
        name=name,
        type=kind,
        values=draw(_subset(["a", 'b"c', "ü"])) if kind is ValueType.ENUM else (),
        required=draw(st.booleans()) and not in_list,
        is_personal=draw(st.booleans()) and not in_list,
        is_free_text=is_text and draw(st.booleans()),
        identifier="email" if is_text and not in_list and draw(st.booleans()) else "",
        max_length=draw(st.integers(1, 10_000)),
        items=draw(_properties(in_list=True)) if kind is ValueType.LIST else (),
    )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw any sound catalogue."""
    codes = draw(st.lists(_CODES.map("p_{}".format), unique=True, min_size=1, max_size=4))
    attributes = draw(st.lists(_CODES.map("a_{}".format), unique=True, max_size=3))
    events = draw(st.lists(_TEXT, unique=True, max_size=3))
    purposes = tuple(draw(_purposes(code)) for code in codes)
    channels = draw(st.lists(_CODES.map("c_{}".format), unique=True, max_size=3))
    topics = draw(st.lists(_CODES.map("t_{}".format), unique=True, max_size=3))
    may_be_refused = [p.code for p in purposes if _may_refuse(p.basis)]
    if not channels or not may_be_refused:
        topics = []
    return Document(
        company=draw(_TEXT),
        locales=("en", "de"),
        purposes=purposes,
        identifiers=(
            Identifier(
                kind="email",
                title=draw(_TEXT),
                normalise=draw(st.sampled_from(["exact", "email", "phone", "digits"])),
                priority=draw(st.integers(0, 100)),
                limit=draw(st.integers(1, 9)),
                merges=draw(st.booleans()),
                names_person=draw(st.booleans()),
                purposes=draw(_subset(codes, 0)),
                blocked=draw(_subset(["null", "0", "x@example.com"], 0)),
            ),
        ),
        attributes=tuple(
            Attribute(
                code=code,
                title=draw(_TEXT),
                group=draw(st.sampled_from(["contact", "about"])),
                purposes=draw(_subset(codes)),
                identifier=draw(st.sampled_from(["", "email"])),
                survivorship=draw(st.sampled_from(Survivorship)),
                retention=draw(_DURATIONS),
            )
            for code in attributes
        ),
        events=tuple(
            Event(
                code=code,
                title=draw(_TEXT),
                purposes=draw(_subset(codes)),
                properties=draw(_properties()),
                retention=draw(_DURATIONS),
            )
            for code in events
        ),
        sources=tuple(
            Source(
                code=code,
                title=draw(_TEXT),
                place=draw(_TEXT),
                user_id="email",
                trust=draw(st.integers(0, 100)),
                regime=draw(st.sampled_from([None, *Regime])),
                origins=draw(_subset(["https://a.example", "http://localhost:1"], 0)),
            )
            for code in draw(st.lists(_CODES.map("s_{}".format), unique=True, max_size=2))
        ),
        channels=tuple(draw(_channels(code)) for code in channels),
        topics=tuple(
            draw(_topics(code, draw(st.sampled_from(may_be_refused)), channels))
            for code in topics
        ),
        decisions=tuple(
            make_decision(
                code,
                draw(st.sampled_from(codes)),
                inputs=tuple(attributes or events),
                edition=draw(st.integers(1, 9)),
                retention=draw(_DURATIONS),
            )
            for code in draw(st.lists(_CODES.map("d_{}".format), unique=True, max_size=2))
            if attributes or events
        ),
        controller=draw(_CONTROLLERS),
    )
