"""One valid view of every page, for rendering templates without a database.

Names are invented, addresses are in reserved domains.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from candor.infra.web import pages
from candor.infra.web.reading import Reader
from candor.surface.console.capture.views import CapturedPage, CapturePage, Words
from candor.surface.console.catalogue.views import (
    AttributeLine,
    CataloguePage,
    ChannelLine,
    DecisionLine,
    EventCard,
    PurposeCard,
    SourceLine,
    TopicLine,
    VersionLine,
)
from candor.surface.console.catalogue.views import IdentifierLine as CatalogueIdentifier
from candor.surface.console.door.views import DoorPage, OutcomeLine, Sample, SourcePanel
from candor.surface.console.guarding.views import Appointed, GuardiansPage
from candor.surface.console.people.views import PeoplePage
from candor.surface.console.person.views import (
    AllowLine,
    AskForm,
    AskPage,
    ChannelStand,
    EventLine,
    Fact,
    FactGroup,
    GateAnswer,
    GateGround,
    GuardianLine,
    Half,
    IdentifierLine,
    MergeStep,
    OtherAnswer,
    PersonPage,
    Protection,
    PurposePage,
    ReaderLine,
    RegimeLine,
    RegimePage,
    SaidLine,
    TopicCell,
    TopicRow,
    Trait,
    UnmergePage,
    Writing,
)
from candor.surface.console.reviews.views import Review, ReviewSide, ReviewsPage
from candor.surface.console.security.views import AuditLine, AuditPage
from candor.surface.console.sign_in.views import StaffSignInPage
from candor.surface.console.today.views import (
    Bar,
    Count,
    Decision,
    DoorCount,
    DoorLine,
    RuleLine,
    TodayPage,
)
from candor.surface.console.views import ConsoleFrame, Option, Pager, Pair, RailItem
from candor.surface.plain.views import ErrorPage, GalleryPage, PlainFrame
from candor.surface.portal.activity.views import Activity, ActivityDay, ActivityPage
from candor.surface.portal.allow.views import (
    AllowPage,
    Answer,
    ChoiceCard,
    ChoiceLine,
    ChoicesPage,
    Confirmation,
    PurposeWords,
    WordsPage,
)
from candor.surface.portal.confirm.views import Asked, ConfirmPage
from candor.surface.portal.facts.views import Done, FactsPage, KnownFact, KnownGroup
from candor.surface.portal.facts.views import OtherAnswer as KnownOther
from candor.surface.portal.home.views import (
    Given,
    LetterPage,
    LookShare,
    Receiver,
    SourceShare,
)
from candor.surface.portal.looks.views import (
    Look,
    LookDay,
    LooksPage,
    MachineLooks,
    OwnLooks,
)
from candor.surface.portal.unsubscribe.views import StopWay, UnsubscribePage
from candor.surface.portal.views import NavItem, PortalFrame
from candor.surface.portal.views import Pager as PortalPager
from candor.surface.portal.why.views import Because, Ground, WhyPage
from candor.surface.portal.write.views import (
    ChannelField,
    ShutChannel,
    TopicCard,
    WishesPage,
    WishLine,
    WritePage,
)
from candor.surface.portal.write.views import (
    Option as Choosable,
)
from candor.surface.sdk.shop_views import Shelf, ShopPage, Tile
from candor.surface.trust.rounding import Say, Share
from candor.surface.trust.views import (
    Answering,
    DecisionPart,
    FigurePart,
    KeyLine,
    LanguageLink,
    PacePart,
    PurposePart,
    SystemPart,
    TrustFrame,
    TrustPage,
)
from tests.factories import (
    backup_views,
    browser_views,
    choosing_views,
    connections_console_views,
    entering_views,
    files_views,
    guarding_views,
    log_views,
    passkey_views,
    reached_views,
    rights_console_views,
    rights_views,
    staff_views,
    vault_views,
)
from tests.factories.letters import (
    ACCOUNT,
    ACCOUNT_WRONG,
    CARDS,
    CORRECT,
    CORRECT_BY_PROOF,
    CORRECT_WRONG,
    OWN_WORD,
    SET_ASIDE,
)

NOW: Final = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
READER: Final = Reader(NOW)
_DAY: Final = timedelta(days=1)
_HOURS: Final = (2, 1, 0, 0, 1, 4, 18, 60, 88, 97, 110, 121, 140, 132, 118, 109, 125, 160, 171)
_HOURLY: Final = (*_HOURS, 140, 96, 55, 21, 8)
_QUIET: Final = (0,) * 24

PLAIN: Final = PlainFrame("Nordmarkt", "en", "ltr", is_demo=True)

CONSOLE: Final = ConsoleFrame(
    company="Nordmarkt",
    locale="en",
    direction="ltr",
    is_demo=True,
    staff_name="Dora Lindqvist",
    role="privacy officer",
    csrf_token="token",
    current="today",
    rail=(
        RailItem("today", "/console"),
        RailItem("people", "/console/people"),
        RailItem("reviews", "/console/reviews", waiting=4),
        RailItem("audiences", "/console/choices"),
        RailItem("connections", "/console/connections"),
        RailItem("requests", "/console/requests"),
        RailItem("catalogue", "/console/catalogue"),
        RailItem("security", "/console/audit"),
        RailItem("settings", "/console/settings/keys"),
    ),
    home_url="/console",
    sign_out_url="/console/sign-out",
)

PORTAL: Final = PortalFrame(
    company="Nordmarkt",
    contact="privacy@nordmarkt.example",
    contact_url="mailto:privacy@nordmarkt.example",
    locale="en",
    direction="ltr",
    is_demo=True,
    csrf_token="token",
    current="home",
    nav=(
        NavItem("home", "/me"),
        NavItem("facts", "/me/facts"),
        NavItem("allow", "/me/allow"),
        NavItem("write", "/me/write"),
        NavItem("reached", "/me/reached"),
        NavItem("looks", "/me/looks"),
        NavItem("activity", "/me/activity"),
        NavItem("rights", "/me/rights"),
        NavItem("account", "/me/account"),
    ),
    home_url="/me",
    sign_out_url="/me/sign-out",
    written_at=NOW,
)

TODAY: Final = TodayPage(
    now=NOW,
    profiles=Count(6214, "#profiles-by-source"),
    people=Count(2469, "#people-by-profiles"),
    known_people=2469,
    merges=Count(3745, "#merges-by-rule"),
    undone=Count(3, "#merges-by-rule"),
    reviews=Count(4, "/console/reviews"),
    decisions=(
        Decision("2 security alerts are open", "/console/security/alerts", note="1 critical"),
        Decision("No backup was restored as a drill for too long", "/console/security/backups"),
        Decision(
            "4 pairs of profiles may be one person", "/console/reviews", since=NOW - 2 * _DAY
        ),
    ),
    people_by_profiles=(
        Bar("1 profile", 312),
        Bar("2 profiles", 904),
        Bar("3 profiles", 1011),
        Bar("4 or more", 242),
    ),
    profiles_by_source=(Bar("Till", 2580), Bar("Online shop", 1510)),
    merges_by_rule=(
        RuleLine("the same verified e-mail address", 3200, 3),
        RuleLine("signed in on the same browser", 545, 0),
    ),
    stored=DoorCount(1_482_099, _HOURLY, "/console/connections/door?outcome=stored"),
    duplicate=DoorCount(
        1204, tuple(n // 20 for n in _HOURLY), "/console/connections/door?outcome=duplicate"
    ),
    no_purpose=DoorCount(
        8411, tuple(n // 7 for n in _HOURLY), "/console/connections/door?outcome=no_purpose"
    ),
    refused=DoorCount(
        37, (*_QUIET[:20], 5, 22, 8, 2), "/console/connections/door?outcome=refused"
    ),
    masked_card=DoorCount(0, _QUIET, "/console/connections/door?outcome=card_masked"),
    sources=(
        DoorLine(
            "Till",
            "/console/connections/door?source=till",
            "this hour",
            1_301_877,
            802,
            7400,
            0,
            0,
            _HOURLY,
        ),
        DoorLine(
            "Online shop",
            "/console/connections/door?source=shop",
            "18:00 to 19:00",
            120_410,
            390,
            911,
            35,
            0,
            tuple(reversed(_HOURLY)),
        ),
        DoorLine(
            "App",
            "/console/connections/door?source=app",
            "this hour",
            59_812,
            12,
            100,
            2,
            0,
            _HOURLY,
        ),
        DoorLine(
            "Customer database",
            "/console/connections/door?source=crm",
            "nothing yet",
            0,
            0,
            0,
            0,
            0,
            _QUIET,
        ),
    ),
    hours=tuple(Option(str(n), f"{(19 + n) % 24:02}:00") for n in range(24)),
)

_KINDS: Final = (
    Option("email", "E-mail address"),
    Option("phone", "Telephone number"),
    Option("loyalty_card", "Loyalty card"),
    Option("customer_number", "Customer number"),
)

PEOPLE: Final = PeoplePage(
    kinds=_KINDS,
    purposes=(
        Option("support", "Answer this person’s question"),
        Option("rights", "Carry out a request about their data"),
        Option("fraud", "Look into misuse of an account"),
    ),
    post_url="/console/people",
    csrf_token="token",
)

PEOPLE_WRONG: Final = replace(
    PEOPLE,
    kind="email",
    value="anna@",
    value_error="This is not a whole e-mail address.",
    purpose_error="Choose why you need to see this person.",
)

ASK_FORM: Final = AskForm(
    url="/console/people/7f3a/ask",
    stated="orders",
    purposes=(Option("orders", "Order questions"), Option("news", "Offers by e-mail")),
    channels=(Option("email", "E-mail"), Option("sms", "Text message")),
    topics=(Option("prices", "Next week’s prices (offers by e-mail)"),),
)
ASK: Final = AskPage(
    code="7f3a 91c0",
    purpose="order questions",
    back_url="/console/people/7f3a",
    change_purpose_url="/console/people/7f3a",
    form=replace(ASK_FORM, about="news", channel="email", topic="prices"),
    answer=GateAnswer(
        about="Offers by e-mail: Next week’s prices, E-mail",
        is_allowed=False,
        reason="they wrote STOP",
        law="needs their yes",
        at=NOW,
        ask_after=NOW + 100 * _DAY,
        grounds=(
            GateGround(
                "Choice: granted",
                "through the online shop, edition 2",
                NOW - 200 * _DAY,
                f"/console/notices/{'0' * 64}",
                "The words that were shown",
            ),
            GateGround("As the catalogue begins", "they said nothing about it: once a week"),
        ),
    ),
)
REGIME: Final = RegimePage(
    code="7f3a 91c0",
    back_url="/console/people/7f3a",
    post_url="/console/people/7f3a/regime",
    csrf_token="token",
    regime="GDPR (European Union)",
    lines=(
        RegimeLine("gdpr", "GDPR (European Union)", True, (), ()),
        RegimeLine("ccpa", "CCPA (California)", False, ("sharing with partners",), ()),
        RegimeLine("unknown", "unknown: the strictest counts", False, (), ("orders",)),
    ),
    profiles=3,
)

PERSON: Final = PersonPage(
    title="Anna Peters",
    code="7f3a 91c0",
    standing="active",
    purpose="answering her question",
    change_purpose_url="/console/people",
    is_reading_visible=True,
    known_since=NOW - 700 * _DAY,
    profile_count=3,
    sources=("the till", "the online shop", "the app"),
    groups=(
        FactGroup(
            "Contact",
            (
                Fact(
                    "Name",
                    "Anna Peters",
                    is_masked=False,
                    masked_because=None,
                    source="the customer database",
                    observed_at=NOW - 30 * _DAY,
                    purposes=("order questions", "offers by e-mail"),
                    others=(
                        OtherAnswer("Ana Peters", "the till", NOW - 400 * _DAY, "older"),
                        OtherAnswer("A. Peters", "the app", NOW - 20 * _DAY, "less trusted"),
                    ),
                ),
                Fact(
                    "City",
                    "Hamburg",
                    is_masked=False,
                    masked_because=None,
                    source="the online shop",
                    observed_at=NOW - 12 * _DAY,
                    purposes=("order questions",),
                ),
            ),
        ),
        FactGroup(
            "Household",
            (
                Fact(
                    "Age group",
                    "••–••",
                    is_masked=True,
                    masked_because="this purpose does not need it",
                    source="the loyalty card form",
                    observed_at=NOW - 640 * _DAY,
                    purposes=("personal offers",),
                ),
                Fact(
                    "Size of household",
                    "about 3",
                    is_masked=False,
                    masked_because=None,
                    source="purchases at the till",
                    observed_at=NOW - _DAY,
                    purposes=("personal offers",),
                    is_guess=True,
                ),
            ),
        ),
    ),
    identifiers=(
        IdentifierLine(
            "E-mail address",
            "a•••@e•••.org",
            is_masked=True,
            is_verified=True,
            source="the online shop",
            first_seen_at=NOW - 700 * _DAY,
            profile="shop 7f3a",
        ),
        IdentifierLine(
            "Loyalty card",
            "2900 0412 3317",
            is_masked=False,
            is_verified=True,
            source="the till",
            first_seen_at=NOW - 690 * _DAY,
            profile="till 91c0",
        ),
        IdentifierLine(
            "Device",
            "•••• 08ef",
            is_masked=True,
            is_verified=False,
            source="the app",
            first_seen_at=NOW - 90 * _DAY,
            profile="app 2b11",
        ),
    ),
    merges=(
        MergeStep(
            NOW - 90 * _DAY,
            "App profile 2b11 joined, when she signed in",
            "Rule: signed in with a known e-mail address. By the app.",
            "done",
            "/console/people/7f3a/merges/2/undo",
        ),
        MergeStep(
            NOW - 400 * _DAY,
            "Till profile 55aa joined",
            "Rule: shared telephone number. Undone by Dora Lindqvist.",
            "undone",
            None,
        ),
        MergeStep(
            NOW - 690 * _DAY,
            "Till profile 91c0 joined",
            "Rule: the same verified e-mail address. By the till.",
            "done",
            "/console/people/7f3a/merges/1/undo",
        ),
    ),
    traits=(
        Trait("Last purchase", "2 days ago", None),
        Trait("Purchases", "4 a month", "over the last 12 months"),
        Trait("Spends", "€86.40 a month", "over the last 12 months"),
        Trait("Buys most", "bread, soft drinks, yoghurt", "most often in the last 12 months"),
    ),
    allows=(
        AllowLine(
            code="orders",
            purpose="Order questions",
            title="Answer you about your orders",
            is_allowed=True,
            reason="needed for the contract",
            law="part of the contract, no choice",
            edition=None,
            lapsed=None,
            ask_after=None,
            said=(),
        ),
        AllowLine(
            code="news",
            purpose="Offers by e-mail",
            title="Send you offers",
            is_allowed=True,
            reason="consent given",
            law="needs their yes",
            edition=2,
            lapsed=None,
            ask_after=None,
            said=(
                SaidLine(
                    "granted",
                    "good",
                    NOW - 200 * _DAY,
                    "the online shop",
                    NOW + 165 * _DAY,
                    2,
                    by_guardian=True,
                    words_url=f"/console/notices/{'0' * 64}",
                    url="/console/people/7f3a/choices/1",
                ),
            ),
        ),
        AllowLine(
            code="profile",
            purpose="Personal offers",
            title="Make offers that fit you",
            is_allowed=False,
            reason="the yes was to other words",
            law="needs their yes",
            edition=3,
            lapsed="Their yes of 3 March was to edition 2; edition 3 is in force.",
            ask_after=None,
            said=(),
        ),
        AllowLine(
            code="partners",
            purpose="Sharing with partners",
            title="Tell partners what interests you",
            is_allowed=False,
            reason="withdrawn",
            law="needs their yes",
            edition=1,
            lapsed=None,
            ask_after=NOW + 300 * _DAY,
            said=(
                SaidLine(
                    "withdrawn",
                    "no",
                    NOW - 65 * _DAY,
                    "the app",
                    None,
                    1,
                    by_guardian=False,
                    words_url=None,
                    url=None,
                ),
            ),
        ),
    ),
    writing=Writing(
        channels=(
            ChannelStand("E-mail", True, None, None),
            ChannelStand(
                "Text message",
                True,
                "They wrote STOP. START, or a choice of their own, opens it again.",
                NOW - 3 * _DAY,
            ),
            ChannelStand("Letter", False, None, None),
        ),
        topics=(
            TopicRow(
                "Next week’s prices",
                "offers by e-mail",
                True,
                (
                    TopicCell("E-mail", "once a week", True, None),
                    TopicCell("Text message", "never", False, NOW - 20 * _DAY),
                    TopicCell("Letter", None, False, None),
                ),
            ),
            TopicRow(
                "Partners",
                "sharing with partners",
                False,
                (
                    TopicCell("E-mail", "once a month", True, None),
                    TopicCell("Text message", None, False, None),
                    TopicCell("Letter", None, False, None),
                ),
            ),
        ),
        paused_until=NOW + 12 * _DAY,
        quiet="from 21:00 to 08:00",
        zone="Europe/Berlin",
        is_own_zone=False,
        sends_gpc=True,
        gpc_at=NOW - 9 * _DAY,
    ),
    protection=Protection(
        regime="GDPR (European Union)",
        differs=True,
        is_minor=True,
        minor_until=(NOW + 500 * _DAY).date(),
        guardians=(
            GuardianLine(
                "91c0 7f3a", "/console/people/91c0", NOW - 90 * _DAY, None, "case-2026-17"
            ),
        ),
        change_url="/console/people/7f3a/regime",
    ),
    ask=ASK_FORM,
    readers=(
        ReaderLine(NOW, "Dora Lindqvist", "privacy officer", "answering a question", ("name",)),
        ReaderLine(
            NOW - 3 * _DAY,
            "Mail platform",
            "",
            "offers by e-mail",
            ("e-mail address", "first name"),
        ),
    ),
    events=(
        EventLine(
            NOW - 2 * _DAY,
            "Order completed",
            "Till",
            (Pair("store", "Hamburg 367"), Pair("things", "7")),
            ("accounting", "personal offers"),
            2341,
            "EUR",
        ),
        EventLine(
            NOW - 3 * _DAY,
            "Coupon used",
            "Till",
            (Pair("campaign", "18"),),
            ("accounting",),
            -150,
            "EUR",
        ),
        EventLine(
            NOW - 4 * _DAY, "Product viewed", "App", (), ("personal offers",), is_masked=True
        ),
    ),
    events_total=1204,
    events_pager=Pager(None, "?before=1"),
)

PURPOSE: Final = PurposePage(
    code="7f3a 91c0", url="/console/people/7f3a", purposes=PEOPLE.purposes
)

UNMERGE: Final = UnmergePage(
    title="Person 7f3a 91c0",
    merged_at=NOW - 90 * _DAY,
    rule="she signed in to the app with an e-mail address that the shop knew.",
    halves=(
        Half(
            "Anna Peters stays", 2, 3, 11, 1180, ("e-mail a•••@e•••.org", "card 2900 0412 3317")
        ),
        Half("A person without a name", 1, 1, 0, 24, ("device •••• 08ef",)),
    ),
    purposes_changed=(
        "For the person without a name: personal offers, allowed → not allowed.",
    ),
    is_kept_apart=True,
    post_url="/console/people/7f3a/merges/2/undo",
    back_url="/console/people/7f3a",
    csrf_token="token",
)

_LEFT: Final = ReviewSide(
    code="7f3a 91c0",
    href="/console/people/7f3a",
    source="the online shop",
    first_seen_at=NOW - 700 * _DAY,
    profiles=2,
    identifiers=(
        Pair("E-mail", "from the online shop, verified"),
        Pair("Telephone", "from the online shop, not verified"),
    ),
    facts=("First name", "City"),
    events=1180,
)

REVIEWS: Final = ReviewsPage(
    waiting=4,
    reviews=(
        Review(
            review_id="1",
            opened_at=NOW - 2 * _DAY,
            reason="The till has not verified the number, so the machine did not decide.",
            shared=("The same telephone number",),
            left=_LEFT,
            right=replace(
                _LEFT,
                code="55aa 0172",
                source="the till",
                profiles=1,
                events=34,
                facts=("First name", "City"),
                identifiers=(
                    Pair("Telephone", "from the till, not verified"),
                    Pair("Loyalty card", "from the till, verified"),
                ),
            ),
            effect="Merging joins 3 profiles, 4 identifiers and 1,214 events.",
        ),
    ),
    pager=Pager(None, None),
    post_url="/console/reviews",
    csrf_token="token",
)

DOOR: Final = DoorPage(
    url="/console/connections",
    window="in the last 24 hours",
    source_options=(Option("shop", "Online shop"), Option("till", "Till")),
    outcome_options=(Option("stored", "Stored"), Option("refused", "Refused")),
    window_options=(Option("24h", "Last 24 hours"), Option("7d", "Last 7 days")),
    source=None,
    outcome=None,
    window_code="24h",
    total=121_746,
    total_label="of every kind",
    sources=(
        SourcePanel(
            "shop",
            "Online shop",
            "this hour",
            120_410,
            1336,
            _HOURLY,
            "Stored from the online shop, by hour",
            (
                OutcomeLine("stored", "stored", "good", "Order Completed", 88_001, None),
                OutcomeLine("duplicate", "came twice", "calm", "Product Viewed", 390, None),
                OutcomeLine(
                    "no_purpose",
                    "no purpose allowed it",
                    "attention",
                    "Product Viewed",
                    911,
                    "Ask for a yes first, or send it only after one.",
                ),
                OutcomeLine(
                    "wrong_type",
                    "refused: wrong type",
                    "refusal",
                    "Order Completed",
                    35,
                    "Send total as a number, such as 23.41, not as text.",
                ),
            ),
            (
                Sample(
                    "wrong type",
                    'The property total must be a number; text came. Send 23.41, not "23,41 €".',
                    "Order Completed",
                    NOW - timedelta(minutes=40),
                    '{\n  "event": "Order Completed",\n'
                    '  "properties": {\n    "total": "••,•• €"\n  }\n}',
                ),
            ),
        ),
        SourcePanel("crm", "Customer database", "nothing yet", 0, 0, _QUIET, "", (), ()),
    ),
)

_VERSION: Final = VersionLine(
    2, NOW - _DAY, "Ines Duarte", "b5a7c0d991c0", "14 attributes, 9 events, 5 purposes"
)

CATALOGUE: Final = CataloguePage(
    version=_VERSION,
    controller=(Pair("Name", "Ex Ltd"), Pair("People write to", "privacy@ex.example")),
    purposes=(
        PurposeCard(
            "order",
            "Order questions",
            "To deliver what you order and answer what you ask about it.",
            "the contract",
            (("How long", "3 years after the last order"), ("Who receives it", "nobody else")),
        ),
        PurposeCard(
            "offers_email",
            "Offers by e-mail",
            "To write to you when something that you buy often is cheaper.",
            "your yes",
            (
                ("How long", "until you change your mind"),
                ("Who receives it", "our mail platform"),
            ),
        ),
        PurposeCard(
            "personal_offers",
            "Personal offers",
            "To choose offers by what you have bought.",
            "your yes",
            (("How long", "2 years"),),
        ),
    ),
    attributes=(
        AttributeLine(
            "first_name",
            "First name",
            "text",
            "contact",
            ("order questions", "offers by e-mail"),
            "life of the profile",
            "most trusted, then newest",
        ),
        AttributeLine(
            "age_group",
            "Age group",
            "one of 6",
            "demographic",
            ("personal offers",),
            "2 years",
            "newest",
        ),
    ),
    identifiers=(
        CatalogueIdentifier(
            "email", "E-mail address", "joins two people when verified", 4, ("order questions",)
        ),
        CatalogueIdentifier(
            "device", "Browser", "joins an anonymous history to who signs in", 20, ()
        ),
    ),
    events=(
        EventCard(
            "Order Completed",
            "Order completed",
            ("accounting", "personal offers"),
            "3 years",
            (Pair("total", "money"), Pair("store_id", "whole number")),
        ),
        EventCard("Product Viewed", "Product viewed", ("personal offers",), "1 year", ()),
    ),
    sources=(
        SourceLine("till", "Till", "3 of 5", "events, loyalty cards", ()),
        SourceLine(
            "shop",
            "Web shop",
            "5 of 5",
            "names, addresses, consent",
            ("https://shop.example", "http://localhost:8700"),
        ),
    ),
    channels=(
        ChannelLine("email", "E-mail", "people with a verified e-mail address", "their own"),
        ChannelLine("post", "Letter", "everybody", "silent in our quiet hours and in theirs"),
    ),
    topics=(
        TopicLine(
            "recipes",
            "Cooking with the season",
            "What the fields bring in just now.",
            "offers by e-mail",
            ("E-mail",),
            (),
            "once a week",
        ),
        TopicLine(
            "tastings",
            "Tastings",
            "When there is something to try.",
            "offers by e-mail",
            (),
            ("E-mail", "Letter"),
            "whenever there is something",
        ),
    ),
    decisions=(
        DecisionLine(
            "invoice_limit",
            "Paying by invoice",
            "A machine adds up the orders that you have paid for.",
            "orders",
            ("Order placed", "Country"),
            ("pay first", "up to 100"),
            is_significant=True,
            edition=2,
            retention="3 years",
        ),
    ),
    versions=(
        _VERSION,
        replace(_VERSION, number=1, applied_at=NOW - 9 * _DAY, digest="11ff02ab77d0"),
    ),
)

AUDIT: Final = AuditPage(
    url="/console/audit",
    actions=(
        Option("vault.open", "vault.open"),
        Option("profiles.unmerge", "profiles.unmerge"),
    ),
    kinds=(
        Option("staff", "Staff"),
        Option("customer", "Customers"),
        Option("machine", "Machine"),
    ),
    outcomes=(
        Option("done", "Done"),
        Option("allowed", "Allowed"),
        Option("refused", "Refused"),
    ),
    action=None,
    who=None,
    outcome=None,
    entries=(
        AuditLine(
            20417,
            NOW,
            "Dora Lindqvist",
            "staff",
            "vault.open",
            "91c0e2b4",
            "support",
            ("name", "city"),
            "allowed",
            None,
        ),
        AuditLine(
            20416,
            NOW - timedelta(minutes=4),
            "Cleo Adeyemi",
            "staff",
            "vault.open",
            "77d0ab11",
            "marketing",
            ("email",),
            "refused",
            "consent.never_asked",
        ),
        AuditLine(
            20415,
            NOW - timedelta(minutes=9),
            "collect.door",
            "machine",
            "profiles.merge",
            "02ab77d0",
            None,
            (),
            "done",
            None,
        ),
    ),
    pager=Pager(None, "?before=20415"),
)

LETTER: Final = LetterPage(
    name="Anna",
    known_since=NOW - 700 * _DAY,
    facts=14,
    facts_url="/me/facts",
    sources=(
        SourceShare("the till in Hamburg", 6),
        SourceShare("the online shop", 5),
        SourceShare("the app", 3),
    ),
    guesses=1,
    disagreements=2,
    records_joined=3,
    joined_by=("your e-mail address", "your loyalty card"),
    purposes=CARDS,
    choose_url="/me/allow/choose",
    back="/me",
    allow_url="/me/allow",
    write_url="/me/write",
    account_url="/me/account",
    receivers=(
        Receiver("Parcel Post", ("Your orders",)),
        Receiver("Print house Lindner", ("Your orders", "Offers by e-mail")),
    ),
    given=(
        Given("Posthorn Mail", "Germany", ("Offers by e-mail",), NOW - _DAY, is_held=True),
        Given("Print house Lindner", None, ("Your orders",), NOW - 9 * _DAY, is_held=False),
    ),
    looks=3,
    looks_url="/me/looks",
    look_shares=(
        LookShare("customer service", 2, "your question about an order"),
        LookShare("the privacy officer", 1, "a check of duplicates"),
    ),
    machine_looks=12,
    activity=1204,
    activity_url="/me/activity",
    activity_since=NOW - 690 * _DAY,
)

LETTER_EMPTY: Final = replace(
    LETTER,
    given=(),
    name=None,
    facts=0,
    sources=(),
    guesses=0,
    disagreements=0,
    records_joined=1,
    joined_by=(),
    purposes=(),
    looks=0,
    look_shares=(),
    machine_looks=0,
    activity=0,
    activity_since=None,
    is_restricted=True,
)

FACTS: Final = FactsPage(
    total=5,
    sources=3,
    groups=(
        KnownGroup(
            "How to reach you",
            None,
            (
                KnownFact(
                    "E-mail address",
                    "anna.peters@example.org",
                    "the online shop",
                    NOW - 700 * _DAY,
                    ("your orders", "offers by e-mail"),
                    others=(
                        KnownOther(
                            "a.peters@example.com", "the app", NOW - 800 * _DAY, "older"
                        ),
                        KnownOther(
                            "anna.peters@example.org",
                            "the till in Hamburg",
                            NOW - 600 * _DAY,
                            "says the same",
                            agrees=True,
                        ),
                    ),
                ),
                KnownFact(
                    "Telephone number",
                    "+49 40 5550 0141",
                    "the till in Hamburg",
                    NOW - 600 * _DAY,
                    ("your orders",),
                ),
            ),
        ),
        KnownGroup(
            "About you",
            None,
            (
                KnownFact(
                    "Name",
                    "Anna Peters",
                    "the online shop",
                    NOW - 700 * _DAY,
                    ("your orders", "offers by e-mail"),
                ),
            ),
        ),
        KnownGroup(
            "What we guess",
            "Nobody told us this. We worked it out, and we may be wrong.",
            (
                KnownFact(
                    "Size of your household",
                    "about 3",
                    "purchases at the till",
                    NOW - _DAY,
                    ("personal offers",),
                    is_guess=True,
                ),
                KnownFact(
                    "Purchases",
                    "45 times, 1,623.43 in all",
                    "your purchases and visits",
                    NOW - _DAY,
                    (),
                    is_count=True,
                    details=("bread, 22 times", "yoghurt, 9 times"),
                    more=("candles, once",),
                ),
            ),
        ),
    ),
)

LOOKS: Final = LooksPage(
    people=3,
    machines=12,
    days=(
        LookDay(
            date(2026, 11, 21),
            (
                Look(
                    NOW,
                    "Customer service",
                    "to answer your question",
                    ("name", "city"),
                    proof_url="/me/looks/proof/7",
                ),
                Look(
                    NOW - timedelta(hours=1),
                    "Marketing",
                    "for personal offers",
                    (),
                    is_refused=True,
                ),
            ),
            (MachineLooks("offers by e-mail", 2), MachineLooks("your orders", 9)),
            (MachineLooks("took two of our records for one person", 2),),
        ),
        LookDay(date(2026, 11, 18), (), (), own=OwnLooks(4, NOW - 3 * _DAY, NOW - 3 * _DAY)),
    ),
    pager=PortalPager(None, "?before=2026-11-18"),
)

ACTIVITY: Final = ActivityPage(
    total=1204,
    since=NOW - 690 * _DAY,
    days=(
        ActivityDay(
            date(2026, 11, 19),
            (
                Activity(
                    NOW - 2 * _DAY,
                    "Bought 7 things",
                    "the till in Hamburg",
                    ("bread", "yoghurt", "soft drinks", "4 more"),
                    ("accounting", "your points"),
                    amount_minor=2341,
                    currency="EUR",
                    lines=(
                        ("Order id", ("41338217726",)),
                        ("Products", ("Name: bread; Price: 2.3", "Name: yoghurt; Price: 1.1")),
                    ),
                ),
                Activity(
                    NOW - 2 * _DAY,
                    "Used a coupon",
                    "the till in Hamburg",
                    (),
                    ("accounting",),
                    amount_minor=-150,
                    currency="EUR",
                ),
            ),
        ),
        ActivityDay(
            date(2026, 11, 17),
            (
                Activity(
                    NOW - 4 * _DAY, "Looked at a product", "the app", (), ("personal offers",)
                ),
            ),
        ),
    ),
    pager=PortalPager(None, "?before=2026-11-17"),
)

_STAFF_SIGN_IN: Final = StaffSignInPage(
    state="confirm",
    name="Dora Lindqvist",
    role="privacy officer",
    works_until=NOW + timedelta(hours=12),
    post_url="/console/sign-in",
    token="token",
    csrf_token="token",
)
CONFIRM: Final = ConfirmPage(
    "ask",
    asked=(
        Asked(
            title="Send you our newsletter",
            plain="Once a week we write to you about offers, recipes and what is new.",
            gain="You hear first what is cheaper this week.",
            recipients=("Briefwerk (sends our mail)",),
            retention="2 years",
            lasts="2 years",
            language="en",
        ),
    ),
    asked_at=NOW - timedelta(hours=2),
    works_until=NOW + timedelta(days=7),
    confirmed_at=NOW - timedelta(minutes=1),
    post_url="/confirm/token",
    csrf_token="0" * 64,
    home_url="/me",
    contact="privacy@nordmarkt.example",
)
CAPTURE: Final = CapturePage(
    code="7f3a 91c0",
    back_url="/console/people/1",
    url="/console/people/1/capture",
    purposes=(Option("newsletter", "Send you our newsletter"),),
    languages=(Option("en", "English"), Option("de", "German")),
    editions=(Option("a" * 64, "since 1 March 2026, edition 1 (in force)"),),
    purpose="newsletter",
    language="en",
    notice="a" * 64,
    words=Words(
        title="Send you our newsletter",
        plain="Once a week we write to you about offers, recipes and what is new.",
        gain="You hear first what is cheaper this week.",
        recipients=("Briefwerk (sends our mail)",),
        data=("E-mail address", "First name"),
        retention="2 years",
        lasts="2 years",
        company="Nordmarkt eG",
        edition=1,
        since=NOW - timedelta(days=200),
        is_in_force=False,
    ),
    means=(Option("paper", "On paper"), Option("call_centre", "On the telephone")),
    colleagues=(Option("sana", "Sana Rahimi (sana)"),),
    csrf_token="0" * 64,
    zone="Europe/Berlin",
)
GUARDIANS: Final = GuardiansPage(
    code="7f3a 91c0",
    back_url="/console/people/1",
    capture_url="/console/people/1/capture",
    post_url="/console/people/1/guardians",
    minor_until=NOW.date() + timedelta(days=900),
    is_minor=True,
    guardians=(
        Appointed("1", "7f3a 91c1", NOW - timedelta(days=3), None, "form/17", "staff:sana"),
        Appointed(
            "2",
            "7f3a 91c2",
            NOW - timedelta(days=90),
            NOW - timedelta(days=4),
            "case/3",
            "staff:sana",
        ),
    ),
    kinds=(Option("email", "E-mail address"),),
    csrf_token="0" * 64,
)
CAPTURED: Final = CapturedPage(
    code="7f3a 91c0",
    back_url="/console/people/1",
    again_url="/console/people/1/capture?about=newsletter",
    receipt_url="/console/people/1/choices/2/receipt",
    purpose="Send you our newsletter",
    choice="granted",
    decided_at=NOW - timedelta(hours=2),
    means="On paper",
    is_allowed=True,
    reason="consent given",
)


def _console(key: str) -> ConsoleFrame:
    return replace(CONSOLE, current=key)


TRUST_FRAME: Final = TrustFrame(
    company="Nordmarkt",
    locale="en-GB",
    direction="ltr",
    is_demo=True,
    written_at=NOW,
    portal_url="/me",
    languages=tuple(
        LanguageLink(tag, name, f"/trust?lang={tag}", tag == "en")
        for tag, name in (("en", "English"), ("de", "Deutsch"), ("ru", "Русский"))
    ),
)
TRUST: Final = TrustPage(
    decisions=(
        DecisionPart(
            code="invoice_limit",
            title="Paying by invoice",
            plain="A machine adds up the orders that you have paid for.",
            meaning="It decides whether you may pay after delivery.",
            contest="Press the button, and a human looks at it anew.",
            inputs=("Order placed", "Country"),
            is_significant=True,
            kept_for="3 years",
        ),
    ),
    purposes=(
        PurposePart(
            code="orders",
            title="Bring you what you ordered",
            plain="We use your name and address to deliver your order.",
            gain="Your shopping arrives at the right door.",
            because=("It is needed for what you ask of us as a customer",),
            data=("First name", "Street and house number", "Order placed"),
            recipients=("Nordpost (parcels)",),
            kept_for="3 years",
            yes_lasts=None,
            needs_yes=False,
            is_sale=False,
            share=None,
            opened=5_300,
        ),
        PurposePart(
            code="ads",
            title="Partner advertising",
            plain="We tell partners which goods interest you.",
            gain="",
            because=("Only with your yes (European Union)", "Until you say no (California)"),
            data=(),
            recipients=(),
            kept_for="13 months",
            yes_lasts="1 year",
            needs_yes=True,
            is_sale=True,
            share=Share(Say.SHARE, 43),
            opened=None,
        ),
    ),
    figures=FigurePart(2_500, 37, 120, 5_300, None, 1_200, 48_000, NOW),
    answering=Answering(
        "Nordmarkt eG",
        "Kornhausplatz 3, 24103 Kiel",
        "privacy@nordmarkt.example",
        "mailto:privacy@nordmarkt.example",
        "The authority",
    ),
    keys=(
        KeyLine("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", is_retired=False),
        KeyLine("1IG2tMH7K2wwBZnuf8LJzQitKv7LvOaAElsuDMVM54Y", is_retired=True),
    ),
    keys_url="/.well-known/candor-keys.json",
    log_url="/trust/log",
    smallest=10,
    days=30,
    systems=(
        SystemPart("Customer service", None, ("Your orders",)),
        SystemPart("Posthorn Mail", "Germany", ("Offers by e-mail", "Your orders")),
    ),
    pace=PacePart("0.3 seconds later", "0.9 seconds later", "2 seconds later"),
)
TRUST_FEW: Final = replace(
    TRUST,
    purposes=tuple(
        replace(TRUST.purposes[1], code=say.value, title=f"Letter {n}", share=Share(say))
        for n, say in enumerate((Say.NEARLY_ALL, Say.HARDLY_ANY, Say.TOO_FEW))
    ),
    answering=Answering("Ex", "", "+49 431 000", None, ""),
)


# ------------------------------------------------------------------------------ what one allows
_WORDS: Final = PurposeWords(
    title="The Friday letter",
    plain="Every Friday we write to you by e-mail: what is in season, what is cheaper.",
    gain="You know next week's prices three days before everybody else.",
    data=("First name", "E-mail address", "Preferred language"),
    recipients=("Brieftaube (sends our e-mails)",),
    kept_for="25 months",
    yes_lasts="2 years",
    law="We may do this only while you say yes. The law calls it consent.",
    article="GDPR Art. 6(1)(a)",
)
_CHOICE: Final = ChoiceLine(
    key="01a1",
    said="Yes",
    tone="good",
    at=NOW - 2 * _DAY,
    where="you, on these pages",
    until=NOW + 728 * _DAY,
    words_url="/me/allow/words/" + "0a" * 32,
    receipt_url="/me/allow/receipt/01a1",
)
_NO_CHOICE: Final = replace(
    _CHOICE, key="01a0", said="No", tone="no", where="our web shop", until=None, words_url=None
)
_YES: Final = Answer("granted", "Yes")
_NO: Final = Answer("denied", "No")
_CARD: Final = ChoiceCard(
    code="newsletter",
    words=_WORDS,
    kind="ask",
    is_on=True,
    because="You said yes on 19 November 2026",
    chosen="granted",
    yes=_YES,
    no=_NO,
    asks=None,
    again_at=None,
    hears_browser=False,
    is_over_browser=False,
    history=(_CHOICE, _NO_CHOICE),
    history_url="/me/allow/newsletter",
    done=Confirmation(is_yes=True, at=NOW, until=NOW + 730 * _DAY),
)
ALLOW: Final = AllowPage(
    cards=(
        replace(
            _CARD,
            code="order_fulfilment",
            words=replace(
                _WORDS,
                title="Bring you what you ordered",
                gain="",
                recipients=(),
                yes_lasts=None,
                law="It is a part of what you ask of us, so there is no button here.",
                article="GDPR Art. 6(1)(b)",
            ),
            kind="fixed",
            because="Comes with being our customer",
            chosen=None,
            history=(),
            history_url=None,
            done=None,
        ),
        _CARD,
        replace(
            _CARD,
            code="personal_offers",
            words=replace(_WORDS, title="Offers that fit what you buy"),
            is_on=False,
            because="You said no on 21 November 2026",
            chosen="denied",
            again_at=NOW + 365 * _DAY,
            history=(replace(_NO_CHOICE, key="01a2"),),
            history_url=None,
            done=Confirmation(is_yes=False, at=NOW, until=None),
        ),
        replace(
            _CARD,
            code="analytics",
            words=replace(_WORDS, title="Make the shop better", data=(), article=None),
            is_on=False,
            because="What we do has changed since your yes",
            chosen=None,
            asks="Your yes of 3 March 2026 was to other words. Say yes again if you like.",
            history=(replace(_CHOICE, key="01a3"),),
            history_url=None,
            done=None,
        ),
        replace(
            _CARD,
            code="partner_advertising",
            words=replace(_WORDS, title="Advertising with our partners"),
            is_on=False,
            because="You have not said yes, so it stays off",
            chosen=None,
            hears_browser=True,
            history=(),
            history_url=None,
            done=None,
        ),
        replace(
            _CARD,
            code="fraud_and_security",
            words=replace(_WORDS, title="Keep your account safe", yes_lasts=None),
            kind="object",
            because="We need it; you may object, and then it stops",
            chosen=None,
            yes=Answer("granted", "This may go on"),
            no=Answer("denied", "I object"),
            hears_browser=True,
            is_over_browser=True,
            history=(),
            history_url=None,
            done=None,
        ),
    ),
    choose_url="/me/allow/choose",
    stop_url="/me/allow/stop",
    undo_url="/me/allow/undo",
    can_stop=True,
    back="/me/allow",
)
CHOICES: Final = ChoicesPage(
    "The Friday letter",
    (_CHOICE, _NO_CHOICE),
    "/me/allow#purpose-newsletter",
    PortalPager("/me/allow/newsletter", "/me/allow/newsletter?before=x"),
)
NOTICE: Final = WordsPage(
    words=_WORDS,
    edition=2,
    since=NOW - 200 * _DAY,
    fingerprint="0a" * 32,
    company="Nordmarkt eG",
    address="Kornhausplatz 3, 24103 Kiel",
    contact="privacy@nordmarkt.example",
    authority="Unabhängiges Landeszentrum für Datenschutz Schleswig-Holstein",
    back_url="/me/allow#purpose-newsletter",
)

# -------------------------------------------------------------------- how somebody is written to
_OFTEN: Final = (
    Choosable("never", "never"),
    Choosable("monthly", "at most once a month"),
    Choosable("weekly", "at most once a week"),
    Choosable("daily", "at most once a day"),
    Choosable("any", "whenever there is something"),
)
_HOURS_OF_DAY: Final = tuple(Choosable(str(at), f"{at:02}:00") for at in range(24))
_TOPIC: Final = TopicCard(
    code="weekly_offers",
    title="Next week's prices",
    plain="On Friday: what gets cheaper from Monday on.",
    purpose="The Friday letter",
    purpose_url="/me/allow#purpose-newsletter",
    is_allowed=True,
    fields=(
        ChannelField("weekly_offers-email", "email", "E-mail", "weekly", None),
        ChannelField("weekly_offers-sms", "sms", "Text message", "never", "closed, see above"),
        ChannelField("weekly_offers-push", "push", "Message in the app", "never", None),
    ),
    is_done=True,
)
_WISH: Final = WishLine(
    "01b1", "Next week's prices, E-mail: at most once a week", NOW, "you, on these pages"
)
WRITE: Final = WritePage(
    topics=(
        _TOPIC,
        replace(
            _TOPIC,
            code="coupons",
            title="Your own coupons",
            purpose="Offers that fit what you buy",
            is_allowed=False,
            fields=(ChannelField("coupons-post", "post", "Letter", "any", None),),
            is_done=False,
        ),
    ),
    frequencies=_OFTEN,
    post_url="/me/write",
    done="Done: nothing with a topic comes any more, from this moment on.",
    undo_token="token",
    can_stop=True,
    paused_until=NOW + 30 * _DAY,
    pauses=(
        Choosable("week", "Pause for a week"),
        Choosable("month", "Pause for a month"),
        Choosable("quarter", "Pause for three months"),
    ),
    earliest=NOW.date() + _DAY,
    latest=NOW.date() + 730 * _DAY,
    quiet="from 21:00 to 08:00",
    quiet_from="21",
    quiet_to="8",
    has_quiet=True,
    zone="Europe/Berlin",
    hours=_HOURS_OF_DAY,
    shut=(
        ShutChannel(
            "sms",
            "Text message",
            "You wrote STOP, so nothing comes this way any more.",
            NOW - 9 * _DAY,
            "If you want messages this way again, open it here or write START.",
            can_open=True,
        ),
        ShutChannel(
            "post",
            "Letter",
            "Our messages came back, so we stopped trying.",
            None,
            "Tell us how to reach you.",
            can_open=False,
        ),
    ),
    history=(_WISH, replace(_WISH, key="01b2", said="Quiet hours: no quiet hours")),
    history_url="/me/write/history",
    why_url="/me/why",
)
WRITE_EMPTY: Final = replace(
    WRITE,
    topics=(),
    done=None,
    undo_token=None,
    can_stop=False,
    paused_until=None,
    quiet="no quiet hours",
    has_quiet=False,
    shut=(),
    history=(),
    history_url=None,
    is_restricted=True,
)
WISHES: Final = WishesPage((_WISH,), "/me/write", PortalPager("/me/write/history", None))
WHY: Final = WhyPage(
    url="/me/why",
    topics=(Choosable("weekly_offers", "Next week's prices"),),
    channels=(Choosable("email", "E-mail"), Choosable("sms", "Text message")),
    purposes=(Choosable("newsletter", "The Friday letter"),),
    topic="weekly_offers",
    channel="email",
    purpose=None,
    now=NOW,
    answer=Because(
        about="Next week's prices, E-mail",
        may_come=True,
        reason="You said yes to what it is for.",
        grounds=(
            Ground(
                "Yes to: The Friday letter",
                NOW - 2 * _DAY,
                "you, on these pages",
                "/me/allow/newsletter#choice-01a1",
                "Look at this choice",
            ),
            Ground(
                "You have not chosen how often; this is how it begins.",
                None,
                None,
                "/me/write#topic-weekly_offers",
                "Choose how often",
            ),
        ),
    ),
    back_url="/me/write",
)
UNSUBSCRIBE: Final = UnsubscribePage(
    "ask",
    "/me/write",
    post_url="/u/token",
    about="Next week's prices, E-mail",
    ways=(
        StopWay("topic", "Stop this", "Nothing comes any more about: Next week's prices."),
        StopWay("all", "Stop all of this", "Nothing comes any more for: The Friday letter."),
        StopWay("pause", "Pause for a month", "For 30 days nothing of the kind comes."),
    ),
    csrf_token="token",
)


def _portal(key: str) -> PortalFrame:
    return replace(PORTAL, current=key)


def _error(kind: str, reference: str | None = None) -> ErrorPage:
    return ErrorPage(kind, message=None, hint=None, reference=reference, home_url="/")


# name of the case: template, view, frame
SHOP: Final = ShopPage(
    company="Nordmarkt",
    locale="en",
    direction="ltr",
    write_key="key",
    shelves=(
        Shelf(
            "From the orchard and the field",
            (
                Tile("apple", "Apples", "1 kg", "Fruit", "Produce", 279, "apple", "apple"),
                Tile("honey", "Honey", "a jar", "Honey", "Grocery", 589, "honey", "honey"),
            ),
        ),
    ),
    count=0,
    total_minor=279,
    customer=None,
    csrf_token="token",
    languages=(("en", "English"), ("de", "Deutsch")),
)
PAGES: Final[Mapping[str, tuple[str, object, object]]] = {
    "gallery": ("gallery.html", GalleryPage(NOW), _console("none")),
    "error-404": ("plain/error.html", _error("not_found"), PLAIN),
    "error-403": ("plain/error.html", _error("forbidden"), PLAIN),
    "error-invalid": ("plain/error.html", _error("invalid"), PLAIN),
    "error-conflict": ("plain/error.html", _error("conflict"), PLAIN),
    "error-gone": ("plain/error.html", _error("gone"), PLAIN),
    "error-limited": ("plain/error.html", _error("limited"), PLAIN),
    "error-unavailable": ("plain/error.html", _error("unavailable", "01j-7f3a"), PLAIN),
    "error-bug": ("plain/error.html", _error("bug", "01j-7f3a"), PLAIN),
    "staff-sign-in": ("console/sign_in.html", _STAFF_SIGN_IN, PLAIN),
    "staff-sign-in-used": ("console/sign_in.html", StaffSignInPage("used"), PLAIN),
    **{name: (path, view, PLAIN) for name, (path, view) in staff_views.CARDS.items()},
    **{
        name: (path, view, _console("security"))
        for name, (path, view) in staff_views.PAGES.items()
    },
    "today": ("console/today.html", TODAY, _console("today")),
    "today-empty": (
        "console/today.html",
        replace(
            TODAY,
            profiles=Count(0, "/"),
            people=Count(0, "/"),
            known_people=0,
            reviews=Count(0, "/"),
            decisions=(),
            people_by_profiles=(),
            sources=(),
        ),
        _console("today"),
    ),
    "people": ("console/people.html", PEOPLE, _console("people")),
    "people-wrong": ("console/people.html", PEOPLE_WRONG, _console("people")),
    "people-not-found": (
        "console/people.html",
        replace(PEOPLE, is_not_found=True),
        _console("people"),
    ),
    "person": ("console/person.html", PERSON, _console("people")),
    "person-empty": (
        "console/person.html",
        replace(
            PERSON,
            title="Person 7f3a 91c0",
            standing="restricted",
            done="The merge is undone.",
            groups=(),
            merges=(),
            traits=(),
            readers=(),
            events=(),
            events_total=0,
            events_pager=Pager(None, None),
        ),
        _console("people"),
    ),
    **{
        case: (template, view, _console(place))
        for case, template, view, place in (
            *choosing_views.SAMPLES,
            *guarding_views.SAMPLES,
            *backup_views.SAMPLES,
            *vault_views.SAMPLES,
        )
    },
    **{
        case: (template, view, _console(""))
        for case, template, view in (*passkey_views.CONSOLE, *passkey_views.PROVIDER_CASES)
    },
    **{case: (template, view, PLAIN) for case, template, view in passkey_views.PROVIDER_CARDS},
    "today-backups": (
        "console/today.html",
        replace(TODAY, decisions=(backup_views.WARNING,)),
        _console("today"),
    ),
    "today-trust": (
        "console/today.html",
        replace(TODAY, trust=choosing_views.TRUST),
        _console("today"),
    ),
    "ask": ("console/ask.html", ASK, _console("people")),
    "ask-wrong": (
        "console/ask.html",
        replace(
            ASK,
            form=replace(ASK_FORM, error="Choose the purpose that you ask about."),
            answer=None,
        ),
        _console("people"),
    ),
    "regime": ("console/regime.html", REGIME, _console("people")),
    "regime-wrong": (
        "console/regime.html",
        replace(REGIME, error="Choose one of the laws."),
        _console("people"),
    ),
    "purpose": ("console/purpose.html", PURPOSE, _console("people")),
    "purpose-refused": (
        "console/purpose.html",
        replace(PURPOSE, purpose="fraud", refused="“Keep it safe”: they objected."),
        _console("people"),
    ),
    "unmerge-still-one": (
        "console/unmerge.html",
        replace(UNMERGE, halves=UNMERGE.halves[:1], is_kept_apart=False),
        _console("people"),
    ),
    "guardians": ("console/guardians.html", GUARDIANS, _console("people")),
    "guardians-wrong": (
        "console/guardians.html",
        replace(
            GUARDIANS,
            minor_until=None,
            is_minor=False,
            guardians=(),
            errors={"until": "Write down the day.", "value": "Nobody.", "proof": "No number."},
        ),
        _console("people"),
    ),
    "capture": ("console/capture.html", CAPTURE, _console("people")),
    "capture-minor": (
        "console/capture.html",
        replace(CAPTURE, guardians=(Option("1", "7f3a 91c1 (form/17)"),)),
        _console("people"),
    ),
    "capture-wrong": (
        "console/capture.html",
        replace(
            CAPTURE,
            values={"means": "paper", "day": "2026-12-24", "hour": "10:00"},
            errors={
                "day": "This lies in the future. When did they say it?",
                "form": "Write down the number of the paper, so that it is found again.",
                "choice": "Press what the person said: yes or no.",
            },
        ),
        _console("people"),
    ),
    "capture-nothing": (
        "console/capture.html",
        replace(CAPTURE, words=None),
        _console("people"),
    ),
    "captured": ("console/captured.html", CAPTURED, _console("people")),
    "unmerge": ("console/unmerge.html", UNMERGE, _console("people")),
    "reviews": ("console/reviews.html", REVIEWS, _console("reviews")),
    "reviews-empty": (
        "console/reviews.html",
        replace(REVIEWS, waiting=0, reviews=(), done="Kept apart."),
        _console("reviews"),
    ),
    "door": ("console/door.html", DOOR, _console("connections")),
    "door-empty": ("console/door.html", replace(DOOR, sources=()), _console("connections")),
    "catalogue": ("console/catalogue.html", CATALOGUE, _console("catalogue")),
    "audit": ("console/audit.html", AUDIT, _console("security")),
    "audit-nothing-fits": (
        "console/audit.html",
        replace(AUDIT, entries=(), action="vault.open", pager=Pager(None, None)),
        _console("security"),
    ),
    "confirm": ("portal/confirm.html", CONFIRM, PLAIN),
    "confirm-done": ("portal/confirm.html", replace(CONFIRM, state="done"), PLAIN),
    "confirm-spent": (
        "portal/confirm.html",
        ConfirmPage("spent", home_url="/me", contact=CONFIRM.contact),
        PLAIN,
    ),
    **{name: (path, view, PLAIN) for name, (path, view) in entering_views.CARDS.items()},
    **{
        name: (path, view, _portal("account"))
        for name, (path, view) in entering_views.PAGES.items()
    },
    **{
        case: (template, view, _portal("account"))
        for case, template, view in passkey_views.PORTAL
    },
    **{
        case: (template, view, _portal("rights")) for case, template, view in rights_views.PAGES
    },
    **{case: (template, view, PLAIN) for case, template, view in rights_views.CARDS},
    "home": ("portal/home.html", LETTER, _portal("home")),
    "home-empty": ("portal/home.html", LETTER_EMPTY, _portal("home")),
    "facts": ("portal/facts.html", FACTS, _portal("facts")),
    "facts-empty": ("portal/facts.html", FactsPage(0, 0, ()), _portal("facts")),
    "facts-done": (
        "portal/facts.html",
        replace(
            FACTS,
            groups=(KnownGroup("What we guess", None, (SET_ASIDE, OWN_WORD)),),
            done=Done(
                "Town: your answer counts from now on", "Yours comes first.", "/me/facts/city"
            ),
        ),
        _portal("facts"),
    ),
    "correct": ("portal/correct.html", CORRECT, _portal("facts")),
    "correct-wrong": ("portal/correct.html", CORRECT_WRONG, _portal("facts")),
    "correct-by-proof": ("portal/correct.html", CORRECT_BY_PROOF, _portal("facts")),
    "account": ("portal/account.html", ACCOUNT, _portal("account")),
    "account-wrong": ("portal/account.html", ACCOUNT_WRONG, _portal("account")),
    "allow": ("portal/allow.html", ALLOW, _portal("allow")),
    "allow-stopped": (
        "portal/allow.html",
        replace(ALLOW, stopped=True, undo_token="token", can_stop=False, is_restricted=True),
        _portal("allow"),
    ),
    "allow-empty": (
        "portal/allow.html",
        replace(ALLOW, cards=(), can_stop=False, undone=True),
        _portal("allow"),
    ),
    "choices": ("portal/choices.html", CHOICES, _portal("allow")),
    "choices-empty": (
        "portal/choices.html",
        replace(CHOICES, lines=(), pager=PortalPager(None, None)),
        _portal("allow"),
    ),
    "notice": ("portal/notice.html", NOTICE, _portal("allow")),
    "write": ("portal/write.html", WRITE, _portal("write")),
    "write-empty": ("portal/write.html", WRITE_EMPTY, _portal("write")),
    "wishes": ("portal/wishes.html", WISHES, _portal("write")),
    "wishes-empty": ("portal/wishes.html", replace(WISHES, lines=()), _portal("write")),
    "why": ("portal/why.html", WHY, _portal("write")),
    "why-asks": ("portal/why.html", replace(WHY, answer=None, topics=()), _portal("write")),
    "unsubscribe": ("portal/unsubscribe.html", UNSUBSCRIBE, PLAIN),
    "unsubscribe-done": (
        "portal/unsubscribe.html",
        replace(UNSUBSCRIBE, state="done", done="Nothing comes any more.", undo_token="token"),
        PLAIN,
    ),
    "unsubscribe-undone": (
        "portal/unsubscribe.html",
        replace(UNSUBSCRIBE, state="undone"),
        PLAIN,
    ),
    "unsubscribe-kept": ("portal/unsubscribe.html", replace(UNSUBSCRIBE, state="kept"), PLAIN),
    "unsubscribe-spent": (
        "portal/unsubscribe.html",
        replace(UNSUBSCRIBE, state="spent", contact="privacy@nordmarkt.example"),
        PLAIN,
    ),
    "unsubscribe-unknown": (
        "portal/unsubscribe.html",
        replace(UNSUBSCRIBE, state="unknown", contact="privacy@nordmarkt.example"),
        PLAIN,
    ),
    "looks": ("portal/looks.html", LOOKS, _portal("looks")),
    "looks-empty": (
        "portal/looks.html",
        replace(LOOKS, people=0, machines=0, days=()),
        _portal("looks"),
    ),
    "activity": ("portal/activity.html", ACTIVITY, _portal("activity")),
    "activity-empty": (
        "portal/activity.html",
        replace(ACTIVITY, total=0, since=None, days=(), pager=PortalPager(None, None)),
        _portal("activity"),
    ),
    "shop": ("sdk/shop.html", SHOP, PLAIN),
    "shop-signed-in": ("sdk/shop.html", replace(SHOP, customer="N100733", count=2), PLAIN),
    "trust": ("trust/page.html", TRUST, TRUST_FRAME),
    "trust-few": ("trust/page.html", TRUST_FEW, TRUST_FRAME),
    "trust-uncounted": ("trust/page.html", replace(TRUST, figures=None), TRUST_FRAME),
    **log_views.samples(NOW, _console, TRUST_FRAME),
    **reached_views.samples(NOW, _portal),
    **browser_views.samples(NOW, _portal),
    **rights_console_views.samples(_console, TRUST_FRAME, PERSON, TODAY),
    **connections_console_views.samples(_console, TODAY),
    **files_views.samples(_console),
}


def render(case: str) -> str:
    """Return the page of one case."""
    template, view, frame = PAGES[case]
    return pages.render(template, view, reader=READER, frame=frame)
