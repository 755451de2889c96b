"""One sample of every page of connections and vendors, in every state."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from candor.surface.console.connections.views import (
    Act,
    ActPage,
    Column,
    ConnectionLine,
    ConnectionPage,
    ConnectionsPage,
    Copy,
    DeliveriesPage,
    DeliveryLine,
    DryRunPage,
    Entry,
    FieldCount,
    Figure,
    FlowBox,
    FormPage,
    KindCard,
    KindsPage,
    MappingLine,
    Picture,
    PreviewLine,
    PreviewPage,
    ProblemLine,
    Row,
)
from candor.surface.console.today.views import Flowing, TodayPage
from candor.surface.console.vendors.filling import entries
from candor.surface.console.vendors.views import (
    CertificateLine,
    SentLine,
    VendorLine,
    VendorPage,
    VendorsPage,
)
from candor.surface.console.views import Option, Pager, Pair

NOW: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
_URL: Final = "/console/connections"
_ONE: Final = f"{_URL}/01a2b3c4-0000-7000-8000-000000000001"
_VENDOR: Final = f"{_URL}/vendors/01a2b3c4-0000-7000-8000-000000000002"
_HOURLY: Final = (
    0,
    0,
    1,
    0,
    2,
    5,
    12,
    30,
    41,
    38,
    44,
    51,
    60,
    58,
    49,
    61,
    70,
    64,
    40,
    22,
    9,
    4,
    2,
    7,
)
_CERTIFY: Final = (
    Entry("certificate", "Certificate", hint="ISO 27001, SOC 2 …", is_required=True),
    Entry("valid_until", "Its last day", type="date", is_required=True),
    Entry("is_required", "The flow stops when it lapses", "yes", type="check"),
)

_PICTURE: Final = Picture(
    sources=(
        FlowBox("Shop", "1,204 in two hours", "good", 0, f"{_URL}/door?source=shop"),
        FlowBox("App", "311 in two hours", "good", 64, f"{_URL}/door?source=app"),
        FlowBox("CRM", "quiet", "attention", 128, _ONE),
        FlowBox("Till", "8,420 in two hours", "good", 192, None),
    ),
    destinations=(
        FlowBox("Brieftaube", "402 in two hours", "good", 32, _ONE),
        FlowBox("Customer care (CRM)", "17 wait, 4 min", "attention", 96, _ONE),
        FlowBox("Advertising network", "paused", "still", 160, _ONE),
    ),
    height=256,
    company="Nordmarkt",
    told="4 sources to Candor, and Candor to 3 systems that follow.",
)
_FIGURES: Final = (
    Figure("Need somebody", 1, "of 3", is_alert=True, href="#each"),
    Figure("On their way", 17, "oldest 4 min"),
    Figure("Parked", 2, is_alert=True),
    Figure("Acknowledged", 1204, "in a day", href="#each"),
    Figure("A change took", "0.8 s", "99 of 100, at the slowest", href="#each"),
)
_LINE: Final = ConnectionLine(
    name="Brieftaube",
    href=_ONE,
    kind="listmonk",
    vendor="Brieftaube GmbH",
    ways="both ways",
    state="active",
    tone="good",
    problem=None,
    lag="none",
    waiting=0,
    parked=0,
    took="0.2 s / 0.4 s / 0.8 s",
    people=1204,
    answered_at=NOW,
    hourly=_HOURLY,
)
CONNECTIONS: Final = ConnectionsPage(
    picture=_PICTURE,
    figures=_FIGURES,
    lines=(
        _LINE,
        replace(
            _LINE,
            name="Customer care (CRM)",
            kind="MariaDB",
            vendor="our own system",
            problem="it does not answer in time",
            lag="4 min",
            waiting=17,
            parked=2,
        ),
        replace(
            _LINE,
            name="Advertising network",
            kind="Social audience",
            ways="is told",
            state="paused",
            tone="attention",
            took="–",
            answered_at=None,
            hourly=(0,) * 24,
        ),
    ),
    ended=(Option(_ONE, "The old mail platform"),),
    new_url=f"{_URL}/new",
)
CONNECTION: Final = ConnectionPage(
    name="Customer care (CRM)",
    eyebrow="MariaDB · our own system · crm_database",
    state="active",
    tone="good",
    why="",
    problem="it does not answer in time",
    advice="Nothing: it is tried again. Else ask the vendor.",
    url=_ONE,
    back_url=_URL,
    csrf_token="token",
    said=None,
    wrong=None,
    figures=(
        Figure("On their way", 17, "oldest 4 min", href=f"{_ONE}/deliveries?state=waiting"),
        Figure("Parked", 2, is_alert=True, href=f"{_ONE}/deliveries?state=parked"),
        Figure("People held there", 2469, href=f"{_ONE}/dry-run"),
        Figure("Half took", "0.2 s", "of 1,204 in a day"),
        Figure("95 of 100 took", "0.4 s"),
        Figure("99 of 100 took", "0.8 s"),
    ),
    columns=tuple(
        Column(f"{hour:02}:00", value, value // 4) for hour, value in enumerate(_HOURLY)
    ),
    sweep_percent=63,
    problems=(
        ProblemLine(
            "it does not answer in time",
            "Nothing: it is tried again. Else ask the vendor.",
            17,
            NOW,
            f"{_ONE}/deliveries?problem=timeout",
        ),
        ProblemLine(
            "it answers with status 422",
            "It does not take the record as it is: compare the mapping with its documentation.",
            2,
            NOW - timedelta(hours=2),
            f"{_ONE}/deliveries?problem=status_422",
        ),
    ),
    counts=(
        Option(f"{_ONE}/deliveries?state=waiting", "17 on their way"),
        Option(f"{_ONE}/deliveries?state=parked", "2 parked"),
    ),
    facts=(
        Pair("Goes", "both ways"),
        Pair("For", "orders, news"),
        Pair("When no purpose is left", "what it holds is emptied"),
        Pair("Last good answer", "22 November 2026 at 09:26"),
        Pair("Secrets", "set, and shown to nobody"),
    ),
    copies=(
        Copy(
            "Public key of push messages",
            "applicationServerKey",
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
        ),
    ),
    settings=(Pair("Host", "crm.example.com"), Pair("Table", "customers")),
    mapping=(
        MappingLine(
            "customer_no",
            "Customer number",
            "all of its purposes",
            "they are told",
            is_key=True,
        ),
        MappingLine("email", "E-mail address", "orders", "both ways", is_key=False),
        MappingLine(
            "newsletter",
            "whether “news” is allowed",
            "all of its purposes",
            "both ways",
            is_key=False,
        ),
    ),
    heard=(Pair("Taken", "41"), Pair("Said what we had said", "1,190")),
    drift="Compared today at 03:00: 3 people’s choices differed, and were set to no on both.",
    acts=(
        Act("Check now", f"{_ONE}/check", is_form=True),
        Act("Pause", f"{_ONE}/pause", is_form=True),
        Act("Send again …", f"{_ONE}/replay"),
        Act("Change …", f"{_ONE}/change"),
        Act("Set secrets …", f"{_ONE}/secrets"),
        Act("Stop …", f"{_ONE}/stop", look="danger"),
    ),
    looks=(
        Act("Deliveries", f"{_ONE}/deliveries"),
        Act("Dry run", f"{_ONE}/dry-run"),
        Act("Preview one person …", f"{_ONE}/preview"),
    ),
)
_DELIVERY: Final = DeliveryLine(
    code="7f3a91c0",
    state="parked",
    tone="refusal",
    cause="a choice",
    changed_at=NOW - timedelta(minutes=9),
    settled_at=None,
    took="–",
    attempts=20,
    fields="newsletter, email",
    problem="it answers with status 422",
    advice="It does not take the record as it is: compare the mapping with its documentation.",
    retry_url=f"{_ONE}/deliveries/retry",
    drop_url=f"{_ONE}/deliveries/drop",
    ref="01a2b3c4-0000-7000-8000-000000000003",
)
DELIVERIES: Final = DeliveriesPage(
    name="Customer care (CRM)",
    url=f"{_ONE}/deliveries",
    back_url=_ONE,
    csrf_token="token",
    states=(Option("waiting", "on its way"), Option("parked", "parked")),
    state="",
    lines=(
        _DELIVERY,
        replace(
            _DELIVERY,
            code="11aa22bb",
            state="acknowledged",
            tone="good",
            cause="a fact",
            settled_at=NOW,
            took="0.3 s",
            attempts=1,
            fields="email",
            problem=None,
            advice="",
            retry_url=None,
            drop_url=None,
        ),
    ),
    pager=Pager(None, f"{_ONE}/deliveries?after=x"),
    retry_url=f"{_ONE}/deliveries/retry",
    drop_url=f"{_ONE}/deliveries/drop",
    parked=1204,
    said=None,
)
STOP: Final = ActPage(
    title="Stop Brieftaube",
    eyebrow="active",
    back_url=_ONE,
    post_url=f"{_ONE}/stop",
    csrf_token="token",
    effects=(
        "1,204 people are removed at Brieftaube; each removal is acknowledged or stays here.",
        "Nothing else goes there any more, and it is heard no more.",
    ),
    button="Stop it",
)
KINDS: Final = KindsPage(
    kinds=(
        KindCard("HubSpot", "A CRM in the cloud.", "both ways", f"{_URL}/new/hubspot"),
        KindCard(
            "MariaDB", "Any table of a database of yours.", "both ways", f"{_URL}/new/mariadb"
        ),
        KindCard("Web push", "Messages to browsers.", "carries messages", f"{_URL}/new/push"),
    ),
    back_url=_URL,
)
_OURS: Final = (
    Option("identifier:email", "E-mail address"),
    Option("attribute:city", "City"),
    Option("purpose:news", "Whether “news” is allowed"),
)
FORM: Final = FormPage(
    title="Connect: MariaDB",
    eyebrow="Any table of a database of yours.",
    back_url=f"{_URL}/new",
    post_url=f"{_URL}/new/mariadb",
    csrf_token="token",
    button="Add it, a draft",
    about=(
        Entry("code", "Code", "", "Small letters, digits and _.", is_required=True),
        Entry("name", "Name", "", "As people read it.", is_required=True),
        Entry(
            "vendor",
            "Whose system it is",
            type="select",
            options=(Option("1", "Brieftaube GmbH"),),
            empty="Our own",
        ),
    ),
    directions=(
        Entry("way-out", "It is told", "yes", type="check"),
        Entry("way-in", "It is heard", "", type="check"),
    ),
    purposes=(
        Entry("purpose-orders", "Orders (orders)", "yes", type="check"),
        Entry("purpose-news", "News (news)", "", type="check"),
    ),
    settings=(
        Entry("set-host", "Host", "", "Name of the server.", is_required=True),
        Entry("set-ca", "Certificate of the authority", "", type="area", part="Who it is"),
        Entry("set-tls", "TLS", "yes", "Off only inside.", "check", part="Who it is"),
    ),
    secrets=(Entry("secret-password", "Password", type="password"),),
    rows=(
        Row(0, "customer_no", "identifier:email", "key", ""),
        Row(1, "newsletter", "purpose:news", "both", "news"),
        Row(2),
    ),
    ours=_OURS,
    ways=(
        Option("out", "they are told"),
        Option("both", "both ways"),
        Option("key", "finds the person"),
    ),
)
PREVIEW: Final = PreviewPage(
    name="Brieftaube",
    back_url=_ONE,
    post_url=f"{_ONE}/preview",
    csrf_token="token",
    kinds=(Option("email", "E-mail address"), Option("phone", "Phone number")),
    purposes=(Option("orders", "Orders (“To deliver what you order”)"),),
    values={"kind": "email", "value": "ada@example.org", "purpose": "orders"},
    outcome="This is what would stand there",
    lines=(
        PreviewLine(
            "email", "E-mail address", "ada@example.org", "goes", "good", "", is_news=False
        ),
        PreviewLine(
            "city",
            "City",
            None,
            "withheld",
            "no",
            "none of its purposes is allowed now",
            is_news=True,
        ),
        PreviewLine(
            "newsletter",
            "whether “news” is allowed",
            "no",
            "goes",
            "good",
            "a choice always goes as it stands",
            is_news=True,
        ),
    ),
)
DRY_RUN: Final = DryRunPage(
    name="Brieftaube",
    back_url=_ONE,
    figures=(
        Figure("People", 2469),
        Figure("Would be told", "1,204"),
        Figure("Would be removed", "fewer than 10"),
    ),
    fields=(FieldCount("email", "1,204", 49), FieldCount("city", "411", 17)),
)
VENDORS: Final = VendorsPage(
    lines=(
        VendorLine(
            "Brieftaube GmbH",
            _VENDOR,
            "DE",
            "stays inside the European Economic Area",
            date(2027, 6, 30),
            "in force",
            "good",
            1,
        ),
        VendorLine(
            "Crowd Reach Inc.",
            _VENDOR,
            "US",
            "standard contractual clauses (Art. 46)",
            date(2026, 11, 1),
            "the contract has lapsed",
            "refusal",
            2,
        ),
        VendorLine(
            "Postbote",
            _VENDOR,
            "AT",
            "stays inside the European Economic Area",
            None,
            "off-boarded",
            "",
            0,
        ),
    ),
    entries=entries(),
    post_url=f"{_URL}/vendors",
    csrf_token="token",
)
VENDOR: Final = VendorPage(
    name="Crowd Reach Inc.",
    eyebrow="US · crowd_reach",
    state="the contract has lapsed",
    tone="refusal",
    trouble="Renew it below, or off-board it.",
    back_url=f"{_URL}/vendors",
    url=_VENDOR,
    csrf_token="token",
    facts=(Pair("Keeps data in", "US"), Pair("Contract", "legal/2025/17")),
    certificates=(
        CertificateLine(
            "ISO 27001",
            date(2027, 3, 31),
            "valid",
            "good",
            is_required=True,
            drop_url=f"{_VENDOR}/uncertify",
        ),
        CertificateLine(
            "SOC 2", date(2026, 9, 30), "lapsed", "attention", is_required=False, drop_url=None
        ),
    ),
    sent=(
        SentLine(
            "Advertising network",
            _ONE,
            "paused",
            "attention",
            611,
            "E-mail address",
            "news",
            NOW,
        ),
    ),
    change=entries()[1:5],
    renew=(
        Entry("contract", "Where the contract is filed", "legal/2025/17"),
        Entry("until", "Its last day", "2026-11-01", "Empty: until it is ended.", "date"),
    ),
    certify=_CERTIFY,
    end_url=f"{_VENDOR}/end",
)


def samples(
    console: Callable[[str], object], today: TodayPage
) -> dict[str, tuple[str, Any, object]]:
    """Return each state of these pages: template, view, frame."""
    flowing = Flowing(1, 3, 17, "4 min", 1204, "0.8 s", _URL)
    return {
        "today-flowing": (
            "console/today.html",
            replace(today, flowing=flowing),
            console("today"),
        ),
        "today-flowing-well": (
            "console/today.html",
            replace(today, flowing=replace(flowing, troubled=0, waiting=0)),
            console("today"),
        ),
    } | {
        name: (path, view, console("connections"))
        for name, path, view in (
            ("connections", "console/connections.html", CONNECTIONS),
            (
                "connections-none",
                "console/connections.html",
                replace(
                    CONNECTIONS,
                    lines=(),
                    ended=(),
                    picture=replace(_PICTURE, destinations=()),
                ),
            ),
            (
                "connections-none-reader",
                "console/connections.html",
                replace(CONNECTIONS, lines=(), ended=(), new_url=None),
            ),
            ("connection", "console/connection.html", CONNECTION),
            (
                "connection-quiet",
                "console/connection.html",
                replace(
                    CONNECTION,
                    state="being set up",
                    tone="calm",
                    why="a colleague did that",
                    problem=None,
                    said="It is added, a draft.",
                    wrong="It does not let us in.",
                    sweep_percent=None,
                    problems=(),
                    settings=(),
                    mapping=(),
                    drift=None,
                    heard=(),
                    acts=(),
                ),
            ),
            ("deliveries", "console/deliveries.html", DELIVERIES),
            (
                "deliveries-none",
                "console/deliveries.html",
                replace(
                    DELIVERIES,
                    lines=(),
                    retry_url=None,
                    drop_url=None,
                    pager=Pager(None, None),
                    said="What was parked is tried again.",
                ),
            ),
            ("connection-stop", "console/connection_act.html", STOP),
            (
                "connection-secrets",
                "console/connection_act.html",
                replace(
                    STOP,
                    title="Secrets of Brieftaube",
                    look="",
                    entries=(Entry("secret-token", "Token", type="password"),),
                    error="Secret 'token' is empty.",
                ),
            ),
            (
                "connection-test",
                "console/connection_act.html",
                replace(
                    STOP,
                    title="Send a test by Text messages",
                    look="",
                    effects=(
                        "One message goes to the number that you type; it is not kept.",
                        "It is written down that you asked for it.",
                    ),
                    button="Send it",
                    entries=(
                        Entry(
                            "number",
                            "Number of your telephone",
                            type="tel",
                            hint="With the code of its country: +49 …",
                            is_required=True,
                        ),
                    ),
                ),
            ),
            ("connection-kinds", "console/connection_kinds.html", KINDS),
            (
                "connection-kinds-none",
                "console/connection_kinds.html",
                replace(KINDS, kinds=()),
            ),
            ("connection-new", "console/connection_form.html", FORM),
            (
                "connection-change",
                "console/connection_form.html",
                replace(
                    FORM,
                    settings=(),
                    secrets=(),
                    effects=("Everybody is compared with it anew.",),
                    error="Field 'x': there is no attribute 'x'.",
                ),
            ),
            ("connection-preview", "console/connection_preview.html", PREVIEW),
            (
                "connection-preview-none",
                "console/connection_preview.html",
                replace(PREVIEW, outcome=None, lines=(), values={}, error="Nobody is found."),
            ),
            ("connection-dry-run", "console/connection_dry_run.html", DRY_RUN),
            (
                "connection-dry-run-none",
                "console/connection_dry_run.html",
                replace(DRY_RUN, fields=()),
            ),
            ("vendors", "console/vendors.html", VENDORS),
            (
                "vendors-none",
                "console/vendors.html",
                replace(VENDORS, lines=(), error="The country is missing."),
            ),
            ("vendors-reader", "console/vendors.html", replace(VENDORS, entries=())),
            ("vendor", "console/vendor.html", VENDOR),
            (
                "vendor-ended",
                "console/vendor.html",
                replace(
                    VENDOR,
                    state="off-boarded",
                    tone="",
                    trouble=None,
                    certificates=(),
                    sent=(),
                    change=(),
                    renew=(),
                    certify=(),
                    end_url=None,
                    said="It is off-boarded.",
                    error="It was off-boarded before.",
                ),
            ),
        )
    }
