"""Every mistake is named with its file, its line and what to write instead."""

from pathlib import Path
from textwrap import dedent

import pytest

from candor.domain.catalogue import document, service
from candor.domain.catalogue.errors import Invalid
from candor.domain.catalogue.model import LegalBasis, Regime, ValueType

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
    for purpose in reading.document.purposes:
        assert set(purpose.texts) == {"en", "de", "pl", "ru", "pt"}


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


DOUBTS = {
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
