"""Reading a folder of TOML files into a `Document`, with every mistake by file and line.

All problems are collected before anything is refused, so that one run shows the whole list.
Reading is strict: an unknown key is a mistake, because a misspelt `retention` that is quietly
dropped keeps data for too long. The rules between declarations are in `rules.py`.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from candor.domain.catalogue import rules
from candor.domain.catalogue.errors import Invalid, Problem
from candor.domain.catalogue.lines import Keys, line_at, lines_of
from candor.domain.catalogue.model import (
    Attribute,
    Channel,
    ChannelText,
    Controller,
    Document,
    Event,
    Frequency,
    Identifier,
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
from candor.domain.catalogue.table import Table, did_you_mean

COMPANY: Final = "company"
KINDS: Final = (
    "purpose",
    "identifier",
    "attribute",
    "event",
    "source",
    "channel",
    "topic",
    "decision",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What came out of reading: a document unless something is wrong, and all problems."""

    document: Document | None
    problems: tuple[Problem, ...]

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Return what should be looked at but stops nothing."""
        return tuple(p for p in self.problems if p.is_warning)


@dataclass(frozen=True, slots=True)
class _Home:
    """The file in which something was declared, and the lines of its keys."""

    file: str
    lines: Mapping[Keys, int]


@dataclass(slots=True)
class _Report:
    """Problems as they are found, and where everything was declared."""

    homes: dict[Keys, _Home] = field(default_factory=dict[Keys, _Home])
    problems: list[Problem] = field(default_factory=list[Problem])

    def at(self, keys: Keys, message: str, *, is_warning: bool = False) -> None:
        """Note a problem at a key, such as `("purpose", "newsletter", "basis")`."""
        home = self.homes.get(keys[:2]) or self.homes.get(keys[:1]) or _Home("catalogue", {})
        line = line_at(home.lines, keys)
        self.problems.append(Problem(home.file, line, message, is_warning))

    @property
    def has_mistakes(self) -> bool:
        """Tell whether anything stops the document from being used."""
        return any(not problem.is_warning for problem in self.problems)

    def reading(self, document: Document | None) -> Reading:
        """Return the end of it."""
        problems = tuple(sorted(set(self.problems)))
        return Reading(None if self.has_mistakes else document, problems)


def read(folder: Path) -> Document:
    """Read the `*.toml` files of a folder.

    Raises:
        Invalid: something is wrong; it lists every problem.
    """
    reading = inspect(folder)
    if reading.document is None:
        raise Invalid(reading.problems)
    return reading.document


def inspect(folder: Path) -> Reading:
    """Read the `*.toml` files of a folder; return mistakes and warnings instead of raising."""
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if not files:
        message = "there is no file that ends in .toml here; name the folder of your catalogue"
        return Reading(None, (Problem(str(folder), 0, message),))
    return parse({file.name: file.read_text(encoding="utf-8") for file in files})


def parse(files: Mapping[str, str]) -> Reading:
    """Read a catalogue from the texts of its files, by file name."""
    report = _Report()
    tables = {file: _load(file, text, report) for file, text in files.items()}
    if report.has_mistakes:  # what is missing may stand in the file that cannot be read
        return report.reading(None)
    declared: dict[Keys, object] = {}
    for file, table in tables.items():
        _collect(_Home(file, lines_of(files[file])), table, declared, report)
    document = _document(declared, report)
    rules.check(document, report.at)
    return report.reading(document)


def _load(file: str, text: str, report: _Report) -> Mapping[str, object]:
    """Parse one file; note where it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        # "(at line 3, column 5)", or "(at end of document)"
        line = place.removeprefix("line ").split(",")[0]
        number = int(line) if line.isdigit() else text.count("\n") + 1
        message = f"this is not TOML: {reason[:1].lower()}{reason[1:]}"
        report.problems.append(Problem(file, number, message))
        return {}


def _collect(
    home: _Home, table: Mapping[str, object], declared: dict[Keys, object], report: _Report
) -> None:
    """Sort one file's declarations by kind and name; note unknown kinds and doubles."""
    for kind, content in table.items():
        if kind == COMPANY:
            _declare((kind,), content, home, declared, report)
        elif kind not in KINDS:
            hint = did_you_mean(kind, (*KINDS, COMPANY))
            line = line_at(home.lines, (kind,))
            report.problems.append(Problem(home.file, line, f"unknown table `{kind}`{hint}"))
        elif isinstance(content, Mapping):
            for name, inner in cast("Mapping[str, object]", content).items():
                _declare((kind, name), inner, home, declared, report)
        else:
            line = line_at(home.lines, (kind,))
            message = f"`{kind}` needs a name: write [{kind}.some_name]"
            report.problems.append(Problem(home.file, line, message))


def _declare(
    keys: Keys, content: object, home: _Home, declared: dict[Keys, object], report: _Report
) -> None:
    """Take one declaration, unless another file has it already."""
    if keys in declared:
        first = report.homes[keys]
        message = (
            f"{'.'.join(keys)} is declared twice, first in {first.file},"
            f" line {line_at(first.lines, keys)}; keep one"
        )
        report.problems.append(Problem(home.file, line_at(home.lines, keys), message))
        return
    declared[keys] = content
    report.homes[keys] = home


def _document(declared: Mapping[Keys, object], report: _Report) -> Document:
    """Build the document as well as it goes; what is missing is noted and left empty."""

    def of(kind: str) -> Iterable[tuple[str, Table]]:
        for keys, content in declared.items():
            if keys[0] == kind:
                yield keys[-1], Table(keys, content, report.at)

    if (COMPANY,) not in declared:
        message = 'say whose catalogue this is: [company] name = "…" locales = ["en"]'
        report.at((COMPANY,), message)
    company, locales, controller = "", ("en",), Controller()
    for _, table in of(COMPANY):
        company = table.text("name", needed=True)
        locales = table.texts("locales", ("en",))
        controller = _controller(table.table("controller"))
        table.done()
    return Document(
        company=company,
        locales=locales,
        purposes=tuple(_purpose(name, table) for name, table in of("purpose")),
        identifiers=tuple(_identifier(name, table) for name, table in of("identifier")),
        attributes=tuple(_attribute(name, table) for name, table in of("attribute")),
        events=tuple(_event(name, table) for name, table in of("event")),
        sources=tuple(_source(name, table) for name, table in of("source")),
        channels=tuple(_channel(name, table) for name, table in of("channel")),
        topics=tuple(_topic(name, table) for name, table in of("topic")),
        decisions=tuple(_decision(name, table) for name, table in of("decision")),
        controller=controller,
    )


def _controller(table: Table) -> Controller:
    controller = Controller(
        legal_name=table.text("legal_name"),
        address=table.text("address"),
        country=table.text("country"),
        contact=table.text("contact"),
        authority=table.text("authority"),
        time_zone=table.text("time_zone", "UTC"),
        quiet_hours=table.text("quiet_hours"),
    )
    table.done()
    return controller


def _purpose(code: str, table: Table) -> Purpose:
    leaves = ("title", "plain", "gain")
    texts = {locale: _words(text) for locale, text in table.tables("text", leaves)}
    purpose = Purpose(
        code=code,
        texts=texts,
        basis=_basis(table),
        recipients=table.texts("recipients"),
        retention=table.text("retention", "P25M"),
        consent_lasts=table.text("consent_lasts"),
        categories=table.texts("categories"),
        roles=table.texts("roles"),
        edition=table.whole("edition", 1),
        is_sale=table.flag("is_sale"),
        tcf=table.wholes("tcf"),
        confirm=table.flag("confirm"),
        ask_again=table.text("ask_again", "P12M"),
        dpv=table.text("dpv"),
    )
    table.done()
    return purpose


def _words(table: Table) -> PurposeText:
    text = PurposeText(
        title=table.text("title", needed=True),
        plain=table.text("plain", needed=True),
        gain=table.text("gain"),
    )
    table.done()
    return text


def _basis(table: Table) -> dict[Regime, LegalBasis]:
    """Read `basis = "consent"`, for every law, or a table by law with an optional `default`."""
    if not table.has_table("basis"):
        every = table.choice("basis", LegalBasis, None)
        return {} if every is None else dict.fromkeys(Regime, every)
    by_law = table.table("basis")
    default = by_law.choice("default", LegalBasis, None)
    basis = {law: by_law.choice(law, LegalBasis, default) for law in Regime}
    by_law.done()
    return {law: found for law, found in basis.items() if found is not None}


def _identifier(kind: str, table: Table) -> Identifier:
    identifier = Identifier(
        kind=kind,
        title=table.text("title", needed=True),
        normalise=table.text("normalise", "exact"),
        priority=table.whole("priority", 0),
        limit=table.whole("limit", 5),
        merges=table.flag("merges"),
        names_person=table.flag("names_person", default=True),
        purposes=table.texts("purposes"),
        blocked=table.texts("blocked"),
    )
    table.done()
    return identifier


def _attribute(code: str, table: Table) -> Attribute:
    attribute = Attribute(
        code=code,
        title=table.text("title", needed=True),
        group=table.text("group", needed=True),
        purposes=table.texts("purposes"),
        type=table.choice("type", ValueType, ValueType.TEXT),
        values=table.texts("values"),
        max_length=table.whole("max_length", 200),
        identifier=table.text("identifier"),
        accepts=table.texts("accepts"),
        survivorship=table.choice("survivorship", Survivorship, Survivorship.MOST_TRUSTED),
        retention=table.text("retention", "P36M"),
        is_sensitive=table.flag("is_sensitive"),
        is_inferred=table.flag("is_inferred"),
    )
    table.done()
    return attribute


def _event(code: str, table: Table) -> Event:
    event = Event(
        code=code,
        title=table.text("title", needed=True),
        purposes=table.texts("purposes"),
        properties=_properties(table, "property"),
        amount=table.text("amount"),
        favourite=table.text("favourite"),
        retention=table.text("retention", "P25M"),
        statutory=table.text("statutory"),
        statutory_ground=table.text("statutory_ground"),
    )
    table.done()
    return event


def _properties(table: Table, key: str) -> tuple[Property, ...]:
    return tuple(_property(name, inner) for name, inner in table.tables(key, ()))


def _property(name: str, table: Table) -> Property:
    found = Property(
        name=name,
        type=table.choice("type", ValueType, ValueType.TEXT),
        values=table.texts("values"),
        required=table.flag("required"),
        is_personal=table.flag("is_personal"),
        is_free_text=table.flag("is_free_text"),
        identifier=table.text("identifier"),
        max_length=table.whole("max_length", 500),
        items=_properties(table, "item"),
    )
    table.done()
    return found


def _source(code: str, table: Table) -> Source:
    source = Source(
        code=code,
        title=table.text("title", needed=True),
        place=table.text("place", needed=True),
        user_id=table.text("user_id", needed=True),
        trust=table.whole("trust", 50),
        verifies=table.texts("verifies"),
        regime=table.choice("regime", Regime, None),
        origins=table.texts("origins"),
    )
    table.done()
    return source


def _channel(code: str, table: Table) -> Channel:
    texts: dict[str, ChannelText] = {}
    for locale, words in table.tables("text", ("title",)):
        texts[locale] = ChannelText(title=words.text("title", needed=True))
        words.done()
    channel = Channel(
        code=code,
        texts=texts,
        contact=table.text("contact"),
        is_loud=table.flag("is_loud"),
    )
    table.done()
    return channel


def _topic(code: str, table: Table) -> Topic:
    texts: dict[str, TopicText] = {}
    for locale, words in table.tables("text", ("title", "plain")):
        title, plain = words.text("title", needed=True), words.text("plain", needed=True)
        texts[locale] = TopicText(title=title, plain=plain)
        words.done()
    topic = Topic(
        code=code,
        purpose=table.text("purpose", needed=True),
        texts=texts,
        channels=table.texts("channels"),
        offers=table.texts("offers"),
        frequency=table.choice("frequency", Frequency, Frequency.WEEKLY),
    )
    table.done()
    return topic


_TOLD: Final = ("title", "plain", "meaning", "contest")


def _decision(code: str, table: Table) -> MachineDecision:
    texts: dict[str, MachineDecisionText] = {}
    for locale, words in table.tables("text", _TOLD):
        texts[locale] = MachineDecisionText(
            **{key: words.text(key, needed=True) for key in _TOLD}
        )
        words.done()
    decision = MachineDecision(
        code=code,
        texts=texts,
        purpose=table.text("purpose", needed=True),
        inputs=table.texts("inputs"),
        outcomes=table.texts("outcomes"),
        is_significant=table.flag("is_significant"),
        edition=table.whole("edition", 1),
        retention=table.text("retention", "P36M"),
    )
    table.done()
    return decision
