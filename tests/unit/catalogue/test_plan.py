"""A plan names what differs as the files do, and says what follows for people."""

import pytest
from msgspec.structs import replace

from candor.domain.catalogue import diff
from candor.domain.catalogue.model import (
    Controller,
    Difference,
    Document,
    Frequency,
    How,
    Identifier,
    LegalBasis,
    Property,
    Purpose,
    PurposeText,
    Regime,
    ValueType,
)
from tests.factories.catalogue import (
    make_channel,
    make_decision,
    make_document,
    make_purpose,
    make_topic,
)

BEFORE = make_document()
ORDERS, NEWS = BEFORE.purposes
NAME, EMAIL = BEFORE.attributes
ORDER, PAGE = BEFORE.events
(SHOP,) = BEFORE.sources
EMAIL_KIND, DEVICE = BEFORE.identifiers


MAIL, PUSH = make_channel("email", contact="email"), make_channel("push", is_loud=True)
TOPIC = make_topic("recipes", channels=("email",), offers=("push",))
STEERED = make_document(channels=(MAIL, PUSH), topics=(TOPIC,))


def change(**changes: object) -> Document:
    return replace(BEFORE, **changes)


def purposes(orders: Purpose = ORDERS, news: Purpose = NEWS) -> Document:
    return change(purposes=(orders, news))


def with_property(name: str, **changes: object) -> Document:
    new = tuple(replace(p, **changes) if p.name == name else p for p in ORDER.properties)
    return change(events=(replace(ORDER, properties=new), PAGE))


def test_everything_is_new_when_nothing_is_in_force() -> None:
    plan = diff.plan(None, BEFORE)
    assert {c.how for c in plan.changes} == {How.ADDED}
    assert plan.count(How.ADDED) == len(plan.changes) == 10
    assert plan.warnings == ()


def test_changes_are_named_as_in_the_files() -> None:
    after = with_property("total", required=True)
    (changed,) = diff.plan(BEFORE, after).changes
    assert (changed.kind, changed.name, changed.how) == ("event", "Order Completed", "changed")
    assert changed.differences == (Difference("property.total.required", "no", "yes"),)


def test_a_property_that_comes_or_goes_is_shown_in_short() -> None:
    more = (*ORDER.properties, Property(name="tip", type=ValueType.NUMBER, required=True))
    after = change(events=(replace(ORDER, properties=more), PAGE))
    assert diff.plan(BEFORE, after).changes[0].differences == (
        Difference("property.tip", "", "number, required"),
    )
    assert diff.plan(after, BEFORE).changes[0].differences == (
        Difference("property.tip", "number, required", ""),
    )


def test_a_new_language_is_shown_by_its_title() -> None:
    texts = {**NEWS.texts, "de": PurposeText("Neues", "Wir schreiben.", "Mehr.")}
    (changed,) = diff.plan(BEFORE, purposes(news=replace(NEWS, texts=texts))).changes
    assert changed.differences == (Difference("text.de", "", "Neues"),)


def test_company_and_lists_are_compared() -> None:
    (changed,) = diff.plan(BEFORE, change(locales=("en", "de"))).changes
    assert changed.differences == (Difference("locales", "en", "en, de"),)
    silent = change(sources=(replace(SHOP, verifies=()),))
    assert diff.plan(BEFORE, silent).changes[0].differences == (
        Difference("verifies", "email", "none"),
    )


def basis(law: Regime, after: LegalBasis) -> Document:
    return purposes(news=replace(NEWS, basis=NEWS.basis | {law: after}))


CAUTIONS = {
    "purpose removed": (
        change(purposes=(ORDERS,)),
        "purpose news removed: 1 attribute and 2 events lose this reason",
    ),
    "consent is given up": (
        basis(Regime.GDPR, LegalBasis.LEGITIMATE_INTEREST),
        "purpose news: legal basis under gdpr changed from consent to legitimate interest:"
        " needs a privacy officer",
    ),
    "consent is asked for": (
        purposes(orders=make_purpose("orders", LegalBasis.CONSENT)),
        "changed from contract to consent: everybody has to be asked; until then it counts as no",
    ),
    "new words under a yes": (
        purposes(news=replace(NEWS, texts={"en": PurposeText("N", "We sell it.", "More.")})),
        "purpose news: new words in en; who said yes said it to the old ones",
    ),
    "a recipient": (
        purposes(news=replace(NEWS, recipients=("Mailer",))),
        "purpose news: Mailer is a new recipient; customers have to be told",
    ),
    "kept longer": (
        purposes(news=replace(NEWS, retention="P10Y")),
        "purpose news: kept for P10Y instead of P25M, longer than was promised",
    ),
    "kept shorter": (
        change(attributes=(replace(NAME, retention="P1Y"), EMAIL)),
        "attribute name: kept for P1Y instead of P36M; what is older has to go",
    ),
    "identifier removed": (
        change(identifiers=(EMAIL_KIND,)),
        "identifier device removed: nobody can be found by it any more",
    ),
    "spelling": (
        change(identifiers=(replace(EMAIL_KIND, normalise="exact"), DEVICE)),
        "those already kept were spelt by `email` and will not be found",
    ),
    "merges": (
        change(identifiers=(EMAIL_KIND, replace(DEVICE, merges=True))),
        "identifier device: it makes one person of two profiles from now on",
    ),
    "seen for more": (
        change(identifiers=(replace(EMAIL_KIND, purposes=("orders",)), DEVICE)),
        "identifier email: also used for orders, which nobody is asked for",
    ),
    "limit": (
        change(identifiers=(EMAIL_KIND, replace(DEVICE, limit=1))),
        "identifier device: people with more than 1 go to review",
    ),
    "attribute removed": (
        change(attributes=(EMAIL,)),
        "attribute name removed: it is refused at the door; what is kept of it has to go",
    ),
    "attribute used for more": (
        change(attributes=(replace(NAME, purposes=("orders", "bills")), EMAIL),
               purposes=(ORDERS, NEWS, make_purpose("bills"))),
        "attribute name: also used for bills, which nobody is asked for: needs a privacy officer",
    ),
    "type": (
        change(attributes=(replace(NAME, type=ValueType.DATE), EMAIL)),
        "attribute name: values already kept stay text",
    ),
    "finds profiles": (
        change(attributes=(NAME, replace(EMAIL, identifier=""))),
        "attribute email: finds profiles as nothing from now on",
    ),
    "event removed": (
        change(events=(ORDER,)),
        'event "Page Viewed" removed: it is refused at the door',
    ),
    "no longer sealed": (
        with_property("note", is_personal=False),
        'event "Order Completed", note: no longer sealed',
    ),
    "no longer searched": (
        with_property("note", is_free_text=False),
        'event "Order Completed", note: no longer searched for contacts',
    ),
    "source removed": (change(sources=()), "source shop removed: what it still sends is refused"),
    "vouches for more": (
        change(sources=(replace(SHOP, verifies=("email", "device")),)),
        "source shop: vouches for device from now on, so more profiles become one",
    ),
    "user id": (
        change(sources=(replace(SHOP, user_id="device"),)),
        "source shop: its userId is read as device, no longer as email",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("after", "wanted"), CAUTIONS.values(), ids=CAUTIONS.keys())
def test_what_follows_for_people_is_said(after: Document, wanted: str) -> None:
    warnings = diff.plan(BEFORE, after).warnings
    assert any(wanted in warning for warning in warnings), warnings


def words(title: str) -> dict[str, PurposeText]:
    return {"en": replace(NEWS.texts["en"], title=title)}


EDITIONS = {
    "words without an edition": (
        replace(NEWS, texts=words("Much more news")),
        "new words in en; who said yes said it to the old ones, and that yes stays."
        " Raise `edition` to 2 if it matters to them",
    ),
    "a promise without an edition": (
        replace(NEWS, recipients=("Mailer",), retention="P9Y"),
        "new recipients and retention; who said yes",
    ),
    "a yes that lasts longer": (
        replace(NEWS, consent_lasts=""),
        "new time that a yes lasts; who said yes",
    ),
    "a higher edition": (
        replace(NEWS, texts=words("Much more news"), edition=2),
        "edition 2 instead of 1; every yes lapses at once, and everybody has to be asked again",
    ),
}


@pytest.mark.parametrize(("news", "wanted"), EDITIONS.values(), ids=EDITIONS.keys())
def test_it_is_said_whether_yeses_stay(news: Purpose, wanted: str) -> None:
    before = purposes(news=replace(NEWS, consent_lasts="P1Y"))
    after = purposes(news=news if "lasts" in wanted else replace(news, consent_lasts="P1Y"))
    warnings = diff.plan(before, after).warnings
    assert any(wanted in warning for warning in warnings), warnings
    assert sum("yes" in warning for warning in warnings) == 1


def test_a_lower_edition_is_asked_about() -> None:
    after = diff.plan(purposes(news=replace(NEWS, edition=3)), BEFORE).warnings
    assert "purpose news: edition 1 instead of 3; is it a mistake?" in after[0]


def test_new_words_of_what_needs_no_yes_lapse_nothing() -> None:
    texts = {"en": replace(ORDERS.texts["en"], plain="We use it differently.")}
    assert diff.plan(BEFORE, purposes(orders=replace(ORDERS, texts=texts))).warnings == ()


def steered(**changes: object) -> Document:
    return replace(STEERED, **changes)


def topic(**changes: object) -> Document:
    return steered(topics=(replace(TOPIC, **changes),))


STEERING = {
    "sale": (
        steered(purposes=(ORDERS, replace(NEWS, is_sale=True))),
        "purpose news: counts as sale from now on",
    ),
    "channel removed": (
        steered(channels=(MAIL,)),
        "channel push removed: nothing comes this way any more (1 topic)",
    ),
    "channel reaches another": (
        steered(channels=(replace(MAIL, contact="device"), PUSH)),
        "channel email: reaches device, no longer email",
    ),
    "channel rings at night": (
        steered(channels=(MAIL, replace(PUSH, is_loud=False))),
        "channel push: no longer silent in the company's quiet hours",
    ),
    "topic removed": (
        steered(topics=()),
        "topic recipes removed: nothing about it is sent any more",
    ),
    "topic of another purpose": (
        topic(purpose="orders"),
        "topic recipes: serves orders instead of news; who said yes to orders gets it",
    ),
    "topic opens": (
        topic(channels=("email", "push"), offers=()),
        "topic recipes: opens on push for everybody who said yes to news and chose nothing else",
    ),
    "topic closes": (
        topic(channels=(), offers=("email", "push")),
        "topic recipes: closes on email for those who chose nothing else",
    ),
    "topic comes more often": (
        topic(frequency=Frequency.ANY),
        "topic recipes: whenever there is something instead of weekly",
    ),
    "new topic that starts open": (
        steered(topics=(TOPIC, make_topic("events", channels=("email",), offers=()))),
        "topic events: opens on email for everybody who said yes to news before it was there",
    ),
}


LIMIT = make_decision("limit", is_significant=True, edition=2)
DECIDED = make_document(decisions=(LIMIT,))


def decision(**changes: object) -> Document:
    return make_document(decisions=(replace(LIMIT, **changes),))


DECIDING: dict[str, tuple[Document, str]] = {
    "removed": (BEFORE, "decision limit removed: what a machine decided so far stays"),
    "kept longer": (decision(retention="P9Y"), "decision limit: kept for P9Y instead of P36M"),
    "older edition": (decision(edition=1), "decision limit: edition 1 instead of 2"),
    "other inputs": (decision(inputs=("email",)), "raise `edition` to 3"),
    "weighs less": (decision(is_significant=False), "no longer counts as weighing much"),
    "a new one": (
        make_document(decisions=(LIMIT, replace(LIMIT, code="other"))),
        "decision other: a machine decides alone what weighs much",
    ),
}


@pytest.mark.parametrize(("after", "wanted"), DECIDING.values(), ids=DECIDING.keys())
def test_what_follows_from_decisions_by_machine_is_said(after: Document, wanted: str) -> None:
    warnings = diff.plan(DECIDED, after).warnings
    assert any(wanted in warning for warning in warnings), warnings


def test_a_higher_edition_of_a_decision_needs_no_caution() -> None:
    plan = diff.plan(DECIDED, decision(edition=3, inputs=("email",)))
    assert len(plan.changes) == 1
    assert plan.warnings == ()


@pytest.mark.parametrize(("after", "wanted"), STEERING.values(), ids=STEERING.keys())
def test_what_follows_for_messages_is_said(after: Document, wanted: str) -> None:
    warnings = diff.plan(STEERED, after).warnings
    assert any(wanted in warning for warning in warnings), warnings


@pytest.mark.parametrize(
    "after",
    [
        steered(channels=(MAIL, PUSH, make_channel("letter"))),
        steered(topics=(TOPIC, make_topic("events"))),  # starts closed
        topic(frequency=Frequency.MONTHLY),
        steered(sources=(replace(SHOP, origins=("https://a.example",)),)),
    ],
)
def test_what_changes_nothing_for_people_is_not_warned_about(after: Document) -> None:
    plan = diff.plan(STEERED, after)
    assert len(plan.changes) == 1
    assert plan.warnings == ()


def test_channels_topics_and_the_controller_are_compared_by_key() -> None:
    (changed,) = diff.plan(STEERED, topic(frequency=Frequency.DAILY)).changes
    assert (changed.kind, changed.name) == ("topic", "recipes")
    assert changed.differences == (Difference("frequency", "weekly", "daily"),)
    controller = Controller(legal_name="Ex Ltd", quiet_hours="21-8")
    (changed,) = diff.plan(STEERED, steered(controller=controller)).changes
    assert changed.kind == "company"
    assert changed.differences == (
        Difference("controller.legal_name", "none", "Ex Ltd"),
        Difference("controller.quiet_hours", "none", "21-8"),
    )
    added = diff.plan(BEFORE, STEERED)
    assert [(c.kind, c.name, c.how) for c in added.changes] == [
        ("channel", "email", "added"),
        ("channel", "push", "added"),
        ("topic", "recipes", "added"),
    ]


def test_a_purpose_that_is_no_longer_sale_needs_an_officer() -> None:
    sale = purposes(news=replace(NEWS, is_sale=True, confirm=True))
    warnings = diff.plan(sale, BEFORE).warnings
    assert any("Global Privacy Control does not stop it any more" in w for w in warnings)
    assert any("an address that nobody has proven counts at once" in w for w in warnings)


def test_protection_that_falls_away_is_said() -> None:
    sensitive = change(attributes=(replace(NAME, is_sensitive=True), EMAIL))
    assert any(
        "no longer treated as sensitive" in w for w in diff.plan(sensitive, BEFORE).warnings
    )
    found = with_property("order_id", identifier="email")
    assert any("no longer taken out as email" in w for w in diff.plan(found, BEFORE).warnings)


@pytest.mark.parametrize(
    "after",
    [
        change(attributes=(replace(NAME, purposes=("orders", "news")), EMAIL)),  # is asked for
        change(identifiers=(EMAIL_KIND, DEVICE, Identifier(kind="card", title="Card"))),
        purposes(news=replace(NEWS, roles=("support",))),
        with_property("total", is_personal=True),
    ],
)
def test_what_harms_nobody_is_not_warned_about(after: Document) -> None:
    plan = diff.plan(BEFORE, after)
    assert not plan.is_empty
    assert plan.warnings == ()
