"""Every mistake is named with its file, its line and what to write instead."""

from pathlib import Path
from textwrap import dedent

import pytest

from candor.domain.catalogue import document, service
from candor.domain.catalogue.errors import Invalid
from candor.domain.catalogue.model import Controller, LegalBasis, Regime, ValueType

COMPANY = '[company]\nname = "Ex"\nlocales = ["en"]\n'
PURPOSE = """\
[purpose.orders]
basis = "contract"
[purpose.orders.text.en]
title = "Bring your order"
plain = "We use your address to bring it."
"""
EMAIL = '[identifier.email]\ntitle = "E-mail"\nnormalise = "email"\n'
NAME = '[attribute.name]\ntitle = "Name"\ngroup = "contact"\npurposes = ["orders"]\n'
BASE = {"a.toml": COMPANY, "b.toml": PURPOSE, "c.toml": EMAIL, "d.toml": NAME}
DEMO = Path(__file__).parents[3] / "src" / "candor" / "demo" / "catalogue"


def told(text: str, **others: str) -> list[str]:
    """Return what is said about one more file beside a sound catalogue."""
    files = BASE | {name.replace("_", "."): other for name, other in others.items()}
    return [str(p) for p in document.parse({**files, "x.toml": dedent(text)}).problems]


def event(lines: str) -> str:
    """Return an event that has these further lines, which begin in line 4."""
    return f'[event."Bought"]\ntitle = "Bought"\npurposes = ["orders"]\n{dedent(lines)}'


def test_the_base_of_these_tests_is_sound() -> None:
    assert told("") == []


def test_the_demo_catalogue_is_sound_and_raises_no_doubt() -> None:
    reading = document.inspect(DEMO)
    assert reading.problems == ()
    assert reading.document is not None
    assert len(reading.document.purposes) == 10
    found = reading.document
    for declared in (*found.purposes, *found.channels, *found.topics):
        assert set(declared.texts) == {"en", "de", "pl", "ru", "pt"}
    assert {p.code for p in found.purposes if p.is_sale} == {"partner_advertising"}
    assert all(p.dpv for p in found.purposes)
    assert {t.purpose for t in found.topics} == {"newsletter", "personal_offers"}
    named = {code for t in found.topics for code in (*t.channels, *t.offers)}
    assert named == {c.code for c in found.channels}


def test_every_problem_is_told_at_once_in_order() -> None:
    problems = told("""\
        [purpose.newsletter]
        leagal_basis = "consent"
        retention = "2 years"
        [purpose.newsletter.text.en]
        titel = "News"
        plain = "We write."
        """)
    assert [p.split(":")[0] for p in problems] == [
        "x.toml, line 1",  # no legal basis
        "x.toml, line 1",  # used by nothing
        "x.toml, line 2",
        "x.toml, line 3",
        "x.toml, line 4",
        "x.toml, line 5",
    ]
    assert "x.toml, line 2: unknown key `leagal_basis` in purpose.newsletter; did you mean" in (
        " ".join(problems)
    )


# text of x.toml, then the whole of one problem that is told about it
MISTAKES = {
    "unknown key with its neighbour": (
        NAME.replace("name", "nick").replace("title", "titel"),
        "x.toml, line 2: unknown key `titel` in attribute.nick; did you mean `title`?",
    ),
    "unknown key with a synonym": (
        f'{NAME.replace("name", "nick")}enum = ["a"]\n',
        "x.toml, line 5: unknown key `enum` in attribute.nick; did you mean `values`?",
    ),
    "unknown table": (
        '[purposes.x]\ntitle = "x"\n',
        "x.toml, line 1: unknown table `purposes`; did you mean `purpose`?",
    ),
    "a kind without a name": (
        "purpose = 1\n",
        "x.toml, line 1: `purpose` needs a name: write [purpose.some_name]",
    ),
    "a value instead of a table": (
        "[purpose]\nx = 1\n",
        "x.toml, line 2: purpose.x is a table: write [purpose.x] and its keys under it",
    ),
    "not TOML": ("[purpose.x\n", "x.toml, line 1: this is not TOML: expected ']' at the end of"),
    "declared in two files": (
        PURPOSE,
        "x.toml, line 1: purpose.orders is declared twice, first in b.toml, line 1; keep one",
    ),
    "wrong type of text": (
        NAME.replace("name", "nick").replace('"Name"', "5"),
        'x.toml, line 2: `title` in attribute.nick must be a text in "quotes", not the number 5',
    ),
    "wrong type of list": (
        NAME.replace("name", "nick").replace('["orders"]', '"orders"'),
        "x.toml, line 4: `purposes` in attribute.nick must be a list",
    ),
    "a list of numbers": (
        f'{NAME.replace("name", "nick")}accepts = [1]\n',
        "x.toml, line 5: `accepts` in attribute.nick must be a list of texts",
    ),
    "wrong type of flag": (
        f'{NAME.replace("name", "nick")}is_sensitive = "yes"\n',
        "x.toml, line 5: `is_sensitive` in attribute.nick must be true or false",
    ),
    "wrong type of number": (
        f'{NAME.replace("name", "nick")}max_length = true\n',
        "x.toml, line 5: `max_length` in attribute.nick must be a whole number, not true or false",
    ),
    "the same word twice": (
        f'{NAME.replace("name", "nick")}accepts = ["n", "n"]\n',
        "x.toml, line 5: `accepts` in attribute.nick names `n` twice; keep one",
    ),
    "unknown choice": (
        f'{NAME.replace("name", "nick")}type = "txt"\n',
        "x.toml, line 5: `type` in attribute.nick cannot be `txt`; did you mean `text`?",
    ),
    "a choice that is no text": (
        f'{NAME.replace("name", "nick")}type = 2026-01-01\n',
        "x.toml, line 5: `type` in attribute.nick must be one of text, enum",
    ),
    "something needed is missing": (
        '[attribute.nick]\ngroup = "contact"\npurposes = ["orders"]\n',
        "x.toml, line 1: attribute.nick needs `title`",
    ),
    "undeclared purpose": (
        NAME.replace("name", "nick").replace("orders", "order"),
        "x.toml, line 4: `purposes` in attribute.nick names `order`, which is not declared;"
        " did you mean `orders`?",
    ),
    "undeclared identifier": (
        f'{NAME.replace("name", "nick")}identifier = "e_mail"\n',
        "x.toml, line 5: `identifier` in attribute.nick names `e_mail`, which is not declared;"
        " did you mean `email`?",
    ),
    "undeclared identifier of a source": (
        '[source.till]\ntitle = "Till"\nplace = "the till"\nuser_id = "card"\n',
        "x.toml, line 4: `user_id` in source.till names `card`, which is not declared;"
        " write one of email",
    ),
    "trust out of range": (
        '[source.till]\ntitle = "T"\nplace = "the till"\nuser_id = "email"\ntrust = 101\n',
        "x.toml, line 5: `trust` goes from 0 to 100, not 101",
    ),
    "no purpose": (
        '[event."Bought"]\ntitle = "Bought"\npurposes = []\n',
        "x.toml, line 3: event.Bought has no purpose, so it may not be kept",
    ),
    "no English": (
        PURPOSE.replace("orders", "more").replace(".en]", ".de]"),
        "x.toml, line 3: purpose.more has no English words; add [purpose.more.text.en]",
    ),
    "a language that the company has not": (
        PURPOSE.replace("orders", "more").replace(".en]", ".eng]"),
        "x.toml, line 3: `eng` is not among the languages of [company]; did you mean `en`?",
    ),
    "words without a language": (
        '[purpose.more]\nbasis = "contract"\n[purpose.more.text]\ntitle = "x"\n',
        "x.toml, line 4: `title` stands one level too high; write it under [purpose.more.text.en]",
    ),
    "no legal basis for a law": (
        PURPOSE.replace("orders", "more").replace('"contract"', '{ gdpr = "contract" }'),
        "x.toml, line 2: purpose.more has no legal basis under uk_gdpr, ccpa, lgpd",
    ),
    "a law that is none": (
        PURPOSE.replace("orders", "more").replace('"contract"', '{ dsgvo = "contract" }'),
        "x.toml, line 2: unknown key `dsgvo` in purpose.more.basis",
    ),
    "opt-out where a yes is needed": (
        PURPOSE.replace("orders", "more").replace("contract", "opt_out"),
        "x.toml, line 2: `opt_out` is no legal basis under gdpr, which asks for a yes first",
    ),
    "a bad duration": (
        f'{NAME.replace("name", "nick")}retention = "P"\n',
        "x.toml, line 5: `retention` in attribute.nick: `P` is no span of time; write P90D",
    ),
    "no time at all": (
        f'{NAME.replace("name", "nick")}retention = "P0D"\n',
        "x.toml, line 5: `retention` in attribute.nick: `P0D` is no span of time",
    ),
    "consent that ends without consent": (
        PURPOSE.replace("orders", "more").replace('ct"\n', 'ct"\nconsent_lasts = "P1Y"\n'),
        "x.toml, line 3: `consent_lasts` is only for purposes that rest on consent; take it out",
    ),
    "a field that means I do not want": (
        NAME.replace("name", "do_not_call"),
        "x.toml, line 1: `do_not_call` says what is not wanted; name what happens after a yes",
    ),
    "a code that is no small name": (
        NAME.replace(".name", ".nickName"),
        "x.toml, line 1: `nickName` must be a small_name: a to z, 0 to 9 and _",
    ),
    "an attribute that may never be kept": (
        f'{NAME.replace("name", "nick")}accepts = ["cardNumber"]\n',
        "x.toml, line 5: `cardNumber` may never be kept (cards, passwords, codes); take it out",
    ),
    "a name that leads to two attributes": (
        f'{NAME.replace("name", "nick")}accepts = ["name"]\n',
        "x.toml, line 5: `name` already leads to attribute.name; take it out of one",
    ),
    "a list as attribute": (
        f'{NAME.replace("name", "nick")}type = "list"\n',
        "x.toml, line 5: an attribute is one fact and cannot be a list; use an event",
    ),
    "an enum without values": (
        f'{NAME.replace("name", "nick")}type = "enum"\n',
        "x.toml, line 1: attribute.nick is an enum; add values",
    ),
    "values without an enum": (
        f'{NAME.replace("name", "nick")}values = ["a"]\n',
        'x.toml, line 5: attribute.nick has values, so it must be an enum: write type = "enum"',
    ),
    "a group that is none": (
        NAME.replace("name", "nick").replace("contact", "contacts"),
        "x.toml, line 3: `group` in attribute.nick cannot be `contacts`; did you mean `contact`?",
    ),
    "a length that is none": (
        f'{NAME.replace("name", "nick")}max_length = 0\n',
        "x.toml, line 5: `max_length` goes from 1 to 10000",
    ),
    "a normaliser that is none": (
        '[identifier.phone]\ntitle = "Phone"\nnormalise = "fone"\n',
        "x.toml, line 3: `normalise` in identifier.phone cannot be `fone`; did you mean `phone`?",
    ),
    "a limit that is none": (
        '[identifier.phone]\ntitle = "Phone"\nlimit = 0\n',
        "x.toml, line 3: `limit` is how many one person may have; write 1 or more",
    ),
    "an amount that is no property": (
        event('amount = "totl"\n[event."Bought".property]\ntotal = { type = "number" }\n'),
        "x.toml, line 4: `amount` names `totl`, which is no declared number of event.Bought;"
        " did you mean `total`?",
    ),
    "an amount that is no number": (
        event('amount = "total"\n[event."Bought".property]\ntotal = {}\n'),
        "x.toml, line 4: `amount` names `total`, which is no declared number of event.Bought",
    ),
    "a favourite that is personal": (
        event('favourite = "note"\n[event."Bought".property]\nnote = { is_personal = true }\n'),
        "x.toml, line 4: `favourite` names `note`, which is no text or enum of event.Bought",
    ),
    "a property that may never be kept": (
        event("[event.Bought.property]\ncvv = {}\n"),
        "x.toml, line 5: `cvv` may never be kept (cards, passwords, codes); take it out",
    ),
    "a property with a dot": (
        event('[event.Bought.property]\n"a.b" = {}\n'),
        "x.toml, line 5: a property's name is not empty and has no dot",
    ),
    "items without a list": (
        event("[event.Bought.property.products.item.sku]\n"),
        "x.toml, line 4: event.Bought.property.products has items, so it must be a list",
    ),
    "a list inside a list": (
        event(
            '[event.Bought.property.products]\ntype = "list"\n'
            '[event.Bought.property.products.item.tags]\ntype = "list"\n'
        ),
        "x.toml, line 7: event.Bought.property.products.item.tags would be a list inside a list",
    ),
    "somebody else in a list": (
        event(
            '[event.Bought.property.guests]\ntype = "list"\n'
            '[event.Bought.property.guests.item.mail]\nidentifier = "email"\n'
        ),
        "x.toml, line 7: an identifier inside a list is somebody else's; leave it out",
    ),
    "personal items": (
        event(
            '[event.Bought.property.guests]\ntype = "list"\n'
            "[event.Bought.property.guests.item.mail]\nis_personal = true\n"
        ),
        "x.toml, line 7: only a whole list can be personal: put is_personal on the list",
    ),
    "a required item": (
        event(
            '[event.Bought.property.guests]\ntype = "list"\n'
            "[event.Bought.property.guests.item.name]\nrequired = true\n"
        ),
        "x.toml, line 7: only a property of the event itself can be required",
    ),
    "free text that is no text": (
        event('[event.Bought.property]\nn = { type = "number", is_free_text = true }\n'),
        "x.toml, line 5: event.Bought.property.n is no text, so it cannot be free text",
    ),
    "what the door understands itself": (
        '[event."Segment Consent Preference Updated"]\ntitle = "x"\npurposes = ["orders"]\n',
        "x.toml, line 1: `Segment Consent Preference Updated` is understood without being",
    ),
    "an event with blanks around it": (
        '[event." Bought"]\ntitle = "x"\npurposes = ["orders"]\n',
        "x.toml, line 1: an event's name has 1 to 100 characters, none blank at its ends",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_with_its_place_and_its_remedy(text: str, wanted: str) -> None:
    files = {**BASE, "x.toml": text}
    reading = document.parse(files)
    told_ = [str(p) for p in reading.problems if not p.is_warning]
    assert [p for p in told_ if p.startswith(wanted)], told_
    assert reading.document is None


ASKED = PURPOSE.replace("orders", "ads").replace("contract", "consent")
CHANNEL = '[channel.mail]\ncontact = "email"\n[channel.mail.text.en]\ntitle = "E-mail"\n'
TOPIC = """\
[topic.recipes]
purpose = "ads"
channels = ["mail"]
[topic.recipes.text.en]
title = "Recipes"
plain = "What to cook."
"""
CONTROLLER = "[company.controller]\n"
SOURCE = '[source.shop]\ntitle = "S"\nplace = "our shop"\nuser_id = "email"\n'


def with_key(text: str, line: str) -> str:
    """Return a declaration with one more key, which then stands in line 2."""
    head, _, rest = text.partition("\n")
    return f"{head}\n{line}\n{rest}"


# text of x.toml beside a purpose `ads` that rests on consent, a channel `mail`, a topic `recipes`
STEERING = {
    "no edition": (
        with_key(PURPOSE.replace("orders", "more"), "edition = 0"),
        "x.toml, line 2: `edition` counts from 1 to 32767, not 0",
    ),
    "an edition that does not fit": (
        with_key(PURPOSE.replace("orders", "more"), "edition = 32768"),
        "x.toml, line 2: `edition` counts from 1 to 32767, not 32768",
    ),
    "sale that nobody is asked about": (
        with_key(PURPOSE.replace("orders", "more"), "is_sale = true"),
        "x.toml, line 2: purpose.more is sale or sharing, which needs a yes first",
    ),
    "sale on interest": (
        with_key(
            PURPOSE.replace("orders", "more").replace("contract", "legitimate_interest"),
            "is_sale = true",
        ),
        "x.toml, line 2: purpose.more is sale or sharing, which needs a yes first",
    ),
    "confirming what nobody says yes to": (
        with_key(PURPOSE.replace("orders", "more"), "confirm = true"),
        "x.toml, line 2: `confirm` is only for purposes that rest on consent; take it out",
    ),
    "a TC string about a contract": (
        with_key(PURPOSE.replace("orders", "more"), "tcf = [1]"),
        "x.toml, line 2: a TC string cannot say no to purpose.more, which nobody asks for",
    ),
    "a purpose that the TCF has not": (
        with_key(ASKED.replace("ads", "more"), "tcf = [1, 12]"),
        "x.toml, line 2: 12 is no purpose of the TCF; they go from 1 to 11",
    ),
    "purposes of the TCF as texts": (
        with_key(ASKED.replace("ads", "more"), 'tcf = ["1"]'),
        "x.toml, line 2: `tcf` in purpose.more must be a list of whole numbers such as [1, 2]",
    ),
    "one purpose of the TCF alone": (
        with_key(ASKED.replace("ads", "more"), "tcf = 1"),
        "x.toml, line 2: `tcf` in purpose.more must be a list of whole numbers such as [1, 2],"
        " not the number 1",
    ),
    "a purpose of the TCF twice": (
        with_key(ASKED.replace("ads", "more"), "tcf = [1, 1]"),
        "x.toml, line 2: `tcf` in purpose.more names 1 twice; keep one",
    ),
    "no time before asking again": (
        with_key(ASKED.replace("ads", "more"), 'ask_again = "never"'),
        "x.toml, line 2: `ask_again` in purpose.more: `never` is no span of time",
    ),
    "asking again too soon under CCPA": (
        with_key(
            ASKED.replace("ads", "more").replace(
                '"consent"', '{ default = "consent", ccpa = "opt_out" }'
            ),
            'ask_again = "P11M"',
        ),
        "x.toml, line 2: who said no to purpose.more would be asked again after P11M",
    ),
    "a term with its prefix": (
        with_key(PURPOSE.replace("orders", "more"), 'dpv = "dpv:Marketing"'),
        "x.toml, line 2: `dpv:Marketing` is no term of the Data Privacy Vocabulary",
    ),
    "a channel that reaches nothing declared": (
        CHANNEL.replace("channel.mail", "channel.post").replace('"email"', '"emial"'),
        "x.toml, line 2: `contact` in channel.post names `emial`, which is not declared",
    ),
    "a channel that says what is not wanted": (
        CHANNEL.replace("channel.mail", "channel.no_mail"),
        "x.toml, line 1: `no_mail` says what is not wanted",
    ),
    "a channel that is no small name": (
        CHANNEL.replace("channel.mail", "channel.Mail"),
        "x.toml, line 1: `Mail` must be a small_name",
    ),
    "a channel without English": (
        CHANNEL.replace("channel.mail", "channel.post").replace(".en]", ".de]"),
        "x.toml, line 3: channel.post has no English words; add [channel.post.text.en]",
    ),
    "a channel without words": (
        CHANNEL.replace("channel.mail", "channel.post").replace("title", "tilte"),
        "x.toml, line 4: unknown key `tilte` in channel.post.text.en; did you mean `title`?",
    ),
    "a topic without a purpose": (
        TOPIC.replace("recipes", "more").replace('purpose = "ads"\n', ""),
        "x.toml, line 1: topic.more needs `purpose`",
    ),
    "a topic of an unknown purpose": (
        TOPIC.replace("recipes", "more").replace('"ads"', '"adds"'),
        "x.toml, line 2: `purpose` in topic.more names `adds`, which is not declared;"
        " did you mean `ads`?",
    ),
    "a topic that nobody can say no to": (
        TOPIC.replace("recipes", "more").replace('"ads"', '"orders"'),
        "x.toml, line 2: topic.more serves `orders`, which nobody can say no to",
    ),
    "a topic on an unknown channel": (
        TOPIC.replace("recipes", "more").replace('"mail"', '"male"'),
        "x.toml, line 3: `channels` in topic.more names `male`, which is not declared;"
        " did you mean `mail`?",
    ),
    "a topic that offers an unknown channel": (
        with_key(TOPIC.replace("recipes", "more"), 'offers = ["pigeon"]'),
        "x.toml, line 2: `offers` in topic.more names `pigeon`, which is not declared",
    ),
    "a topic that offers what is open": (
        with_key(TOPIC.replace("recipes", "more"), 'offers = ["mail"]'),
        "x.toml, line 2: `mail` is open with the yes already; take it out of `offers`",
    ),
    "a topic on no channel": (
        TOPIC.replace("recipes", "more").replace('channels = ["mail"]\n', ""),
        "x.toml, line 1: topic.more comes on no channel; add `channels` or `offers`",
    ),
    "a topic that never comes": (
        with_key(TOPIC.replace("recipes", "more"), 'frequency = "never"'),
        "x.toml, line 2: topic.more would never come; write how often",
    ),
    "a topic that comes at an unknown pace": (
        with_key(TOPIC.replace("recipes", "more"), 'frequency = "week"'),
        "x.toml, line 2: `frequency` in topic.more cannot be `week`; did you mean `weekly`?",
    ),
    "a topic in a language that is none": (
        TOPIC.replace("recipes", "more").replace(".en]", ".eng]"),
        "x.toml, line 4: `eng` is not among the languages of [company]; did you mean `en`?",
    ),
    "an origin with a path": (
        f'{SOURCE}origins = ["https://shop.example/"]\n',
        "x.toml, line 5: `https://shop.example/` is no origin of web pages",
    ),
}  # fmt: skip


DECISION = """\
[decision.limit]
purpose = "orders"
inputs = ["email"]
outcomes = ["little", "much"]
[decision.limit.text.en]
title = "Limit"
plain = "We look at your address."
meaning = "You may spend little or much."
contest = "Ask us."
"""

DECIDING = {
    "a decision of an unknown purpose": (
        DECISION.replace('"orders"', '"order"'),
        "x.toml, line 2: `purpose` in decision.limit names `order`, which is not declared;"
        " did you mean `orders`?",
    ),
    "a decision that looks at what is not declared": (
        DECISION.replace('"email"', '"zodiac"'),
        "x.toml, line 3: `inputs` in decision.limit names `zodiac`, which is not declared",
    ),
    "a decision that looks at nothing": (
        DECISION.replace('inputs = ["email"]\n', ""),
        "x.toml, line 1: decision.limit looks at nothing; add inputs",
    ),
    "a decision that decides nothing": (
        DECISION.replace(', "much"', ""),
        "x.toml, line 4: decision.limit decides nothing; name two outcomes or more",
    ),
    "an outcome with a blank": (
        DECISION.replace('"much"', '"very much"'),
        "x.toml, line 4: `very much` is no outcome; write a small_name such as accepted",
    ),
    "no edition": (
        with_key(DECISION, "edition = 0"),
        "x.toml, line 2: `edition` counts from 1 to 32767, not 0",
    ),
    "no span": (
        with_key(DECISION, 'retention = "3 years"'),
        "x.toml, line 2: `retention` in decision.limit: `3 years` is no span of time",
    ),
    "what weighs much and rests on an interest": (
        ASKED.replace("ads", "risk").replace("consent", "legitimate_interest")
        + with_key(DECISION.replace('"orders"', '"risk"'), "is_significant = true"),
        "x.toml, line 7: decision.limit weighs much for people, so it must rest on a contract",
    ),
    "no word on how to contest": (
        DECISION.replace('contest = "Ask us."\n', ""),
        "x.toml, line 5: decision.limit.text.en needs `contest`",
    ),
    "a name of what is not wanted": (
        DECISION.replace("decision.limit", "decision.no_limit"),
        "x.toml, line 1: `no_limit` says what is not wanted",
    ),
}


@pytest.mark.parametrize(("text", "wanted"), DECIDING.values(), ids=DECIDING.keys())
def test_a_mistake_in_what_machines_decide_is_told(text: str, wanted: str) -> None:
    reading = document.parse({**BASE, "x.toml": text})
    told_ = [str(p) for p in reading.problems if not p.is_warning]
    assert [p for p in told_ if p.startswith(wanted)], told_
    assert reading.document is None


def test_a_decision_that_looks_at_sensitive_data_needs_an_officer() -> None:
    text = DECISION.replace('["email"]', '["illness"]').replace(
        "outcomes", "is_significant = true\noutcomes"
    )
    illness = (
        '[attribute.illness]\ntitle = "I"\ngroup = "about"\npurposes = ["orders"]\n'
        "is_sensitive = true\n"
    )
    reading = document.parse({**BASE, "x.toml": text, "y.toml": illness})
    assert reading.document is not None
    assert any("GDPR Art. 22(4)" in str(p) for p in reading.warnings)


@pytest.mark.parametrize(("text", "wanted"), STEERING.values(), ids=STEERING.keys())
def test_a_mistake_in_what_customers_steer_with_is_told(text: str, wanted: str) -> None:
    files = {**BASE, "s.toml": ASKED + CHANNEL + TOPIC, "x.toml": text}
    assert document.parse({**files, "x.toml": ""}).document is not None
    reading = document.parse(files)
    told_ = [str(p) for p in reading.problems if not p.is_warning]
    assert [p for p in told_ if p.startswith(wanted)], told_
    assert reading.document is None


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example",
        "https://shop-1.shop.example:8443",
        "http://localhost",
        "http://localhost:8700",
        "http://127.0.0.1:65535",
        "https://localhost:1",
    ],
)
def test_an_origin_is_scheme_host_and_port(origin: str) -> None:
    read = document.parse({**BASE, "x.toml": f'{SOURCE}origins = ["{origin}"]\n'}).document
    assert read is not None
    assert read.sources[0].origins == (origin,)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "",
        "shop.example",
        "http://shop.example",
        "https://*.shop.example",
        "https://Shop.example",
        "https://shop.example/",
        "https://shop.example:0",
        "https://shop.example:65536",
        "https://shop.example:8 ",
        "https://user@shop.example",
        "https://shop",
        "https://-shop.example",
        "http://localhost.evil.example",
        "http://127.0.0.11",
        "https://shop.example\\n",
        "ftp://shop.example",
    ],
)
def test_anything_else_is_no_origin(origin: str) -> None:
    reading = document.parse({**BASE, "x.toml": f'{SOURCE}origins = ["{origin}"]\n'})
    assert any("is no origin of web pages" in str(p) for p in reading.problems)
    assert reading.document is None


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('country = "Germany"', "`Germany` is no country; write a code such as DE or BR"),
        ('time_zone = "Berlin"', "`Berlin` is no time zone; write one such as Europe/Berlin"),
        ('quiet_hours = "21:00-8:00"', "`21:00-8:00` are no quiet hours; write from-to"),
        ('quiet_hours = "8-8"', "`8-8` are no quiet hours"),
        ('quiet_hours = "0-24"', "`0-24` are no quiet hours"),
        ('quiet_hours = "21-25"', "`21-25` are no quiet hours"),
        ('quiet_hours = "٢-٣"', "are no quiet hours"),
        ('email = "x@example.com"', "unknown key `email` in company.controller"),
    ],
)
def test_who_answers_must_be_well_formed(line: str, wanted: str) -> None:
    files = BASE | {"a.toml": f"{COMPANY}{CONTROLLER}{line}\n"}
    (problem,) = document.parse(files).problems
    assert str(problem).startswith("a.toml, line 5: ")
    assert wanted in problem.message


def test_who_answers_is_read() -> None:
    lines = (
        'legal_name = "Ex Ltd"\naddress = "1 Road"\ncountry = "GB"\ncontact = "x@example.com"\n'
        'authority = "ICO"\ntime_zone = "Europe/London"\nquiet_hours = "20-24"\n'
    )
    read = document.parse(BASE | {"a.toml": COMPANY + CONTROLLER + lines}).document
    assert read is not None
    assert read.controller == Controller(
        legal_name="Ex Ltd",
        address="1 Road",
        country="GB",
        contact="x@example.com",
        authority="ICO",
        time_zone="Europe/London",
        quiet_hours="20-24",
    )


@pytest.mark.parametrize(("kind", "most"), [("channel", 31), ("topic", 63)])
def test_no_more_channels_and_topics_than_fit(kind: str, most: int) -> None:
    one = CHANNEL.replace("channel.mail", "channel.cN") if kind == "channel" else TOPIC
    one = one.replace("recipes", "cN")
    fit = "".join(one.replace("cN", f"c{n}") for n in range(most))
    base = {**BASE, "s.toml": ASKED + (CHANNEL if kind == "topic" else "")}
    assert document.parse({**base, "x.toml": fit}).document is not None
    over = document.parse({**base, "x.toml": fit + one.replace("cN", "over")})
    (problem,) = [p for p in over.problems if not p.is_warning]
    assert f"{most + 1} {kind}s are too many; at most {most} fit" in problem.message


DOUBTS = {
    "a mail to confirm that cannot go out": (
        with_key(ASKED, "confirm = true"),
        "no mail would go out, and no yes would count; declare [purpose.privacy_choices]",
    ),
    "nobody to write to": (
        ASKED,
        "who says yes must be told whom to write to about their data (GDPR Art. 13(1))",
    ),
    "asking again soon": (
        with_key(ASKED, 'ask_again = "P3M"'),
        "is asked again after P3M; that soon wears people down, write P12M",
    ),
    "a channel that rings at night": (
        with_key(CHANNEL, "is_loud = true"),
        "channel.mail rings at any hour; add quiet_hours to [company.controller]",
    ),
    "a double negative in a topic": (
        ASKED + CHANNEL + TOPIC.replace("What to cook", "You cannot refuse it"),
        "is a double negative",
    ),
    "a word of offices in a channel": (
        CHANNEL.replace('title = "E-mail"', 'title = "Opt-in mail"'),
        '"Opt-in" is a word of offices',
    ),
    "a double negative": (
        PURPOSE.replace("orders", "more").replace("to bring it", "unless you do not object"),
        "is a double negative",
    ),
    "a word of offices": (
        PURPOSE.replace("orders", "more").replace("We use", "Submit"),
        '"Submit" is a word of offices',
    ),
    "a purpose that uses nothing": (
        PURPOSE.replace("orders", "more"),
        "nothing is declared for purpose.more; is it needed?",
    ),
    "a yes without a gain": (
        PURPOSE.replace("orders", "more").replace("contract", "consent"),
        "does not say what the customer gets",
    ),
    "sensitive without consent": (
        f"{NAME.replace('name', 'nick')}is_sensitive = true\n",
        "is sensitive but `orders` rests not on consent; needs a privacy officer",
    ),
    "a guess that is not marked": (
        NAME.replace("name", "nick").replace("contact", "inferred"),
        "stands among the guesses; add is_inferred = true",
    ),
    "events that differ in capitals": (
        event("") + event("").replace('"Bought"]', '"BOUGHT"]'),
        "differ only in capitals; is it one event?",
    ),
}


@pytest.mark.parametrize(("text", "wanted"), DOUBTS.values(), ids=DOUBTS.keys())
def test_a_doubt_is_told_and_stops_nothing(text: str, wanted: str) -> None:
    reading = document.parse({**BASE, "x.toml": text})
    assert reading.document is not None
    assert any(wanted in str(p) and p.line for p in reading.warnings), reading.problems
    assert reading.warnings == reading.problems


def test_channels_and_topics_want_every_language() -> None:
    files = BASE | {"a.toml": COMPANY.replace('"en"', '"en", "de"')}
    text = ASKED + CHANNEL + TOPIC
    told_ = [str(p) for p in document.parse({**files, "x.toml": text}).warnings]
    for place in ("channel.mail.text.de", "topic.recipes.text.de"):
        assert any(f"customers will read English; add [{place}]" in p for p in told_)


def test_a_missing_language_is_a_doubt() -> None:
    files = BASE | {"a.toml": COMPANY.replace('"en"', '"en", "de"')}
    assert "no words in `de`, customers will read English" in str(
        document.parse(files).warnings[0]
    )


def test_a_catalogue_without_a_company_says_so() -> None:
    told_ = document.parse({"b.toml": PURPOSE}).problems
    assert any("say whose catalogue this is" in str(p) for p in told_)


def test_bad_languages_are_told() -> None:
    files = BASE | {"a.toml": COMPANY.replace('"en"', '"English"')}
    told_ = [str(p) for p in document.parse(files).problems]
    assert (
        "a.toml, line 3: `English` is no language; write a code such as en, de or pt-BR"
        in told_
    )
    assert any('must contain "en"' in p for p in told_)


def test_more_than_63_purposes_do_not_fit() -> None:
    many = "".join(PURPOSE.replace("orders", f"p{n}") for n in range(63))
    problem = next(p for p in told(many) if "too many" in p)
    assert problem.startswith("x.toml, line 311: 64 purposes are too many; at most 63 fit")


def test_basis_can_be_one_word_or_differ_by_law() -> None:
    text = PURPOSE.replace("orders", "ads").replace(
        '"contract"', '{ default = "consent", ccpa = "opt_out" }'
    )
    read = document.parse({**BASE, "x.toml": text}).document
    assert read is not None
    assert set(read.purposes[0].basis.values()) == {LegalBasis.CONTRACT}
    assert read.purposes[1].basis == {
        Regime.GDPR: LegalBasis.CONSENT,
        Regime.UK_GDPR: LegalBasis.CONSENT,
        Regime.CCPA: LegalBasis.OPT_OUT,
        Regime.LGPD: LegalBasis.CONSENT,
    }


def test_items_are_read_from_inline_tables_and_from_headers() -> None:
    inline = event(
        '[event.Bought.property]\nproducts = { type = "list", item = { sku = {} } }\n'
    )
    headers = event(
        '[event.Bought.property.products]\ntype = "list"\n'
        "[event.Bought.property.products.item.sku]\n"
    )
    one, other = (document.parse({**BASE, "x.toml": t}).document for t in (inline, headers))
    assert one is not None
    assert one == other
    products = one.events[0].properties[0]
    assert products.type is ValueType.LIST
    assert [item.name for item in products.items] == ["sku"]


def test_a_folder_without_files_is_told() -> None:
    with pytest.raises(Invalid, match="no file that ends in") as caught:
        service.read(Path(__file__).parent / "nowhere")
    assert caught.value.code == "catalogue.invalid"
    assert caught.value.hint


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name, text in BASE.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "notes.md").write_text("not a catalogue", encoding="utf-8")
    assert service.read(tmp_path) == document.parse(BASE).document


def test_what_pages_say_vouches_for_nobody() -> None:
    """The key of a page is public, so a source with pages verifies devices at most."""
    pages = f'{SOURCE}origins = ["https://shop.example"]\nverifies = ["email"]\n'
    reading = document.parse({**BASE, "x.toml": pages})
    assert any("key of a page is public" in str(p) for p in reading.problems)
    assert reading.document is None
