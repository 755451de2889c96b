"""Collects the words of all pages for translators, and makes what they wrote ready for use.

`python -m tools.messages` writes `candor.pot` (every text of every page, and the titles of the
demo's catalogue), brings each `candor.po` up to date with it and compiles it to `candor.mo`.
A test compares the three. English stands in the templates themselves.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import Final, cast

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from candor.domain.catalogue import service as catalogue
from candor.domain.catalogue.model import Document
from candor.kernel.errors import Refused

SOURCE: Final = Path(__file__).resolve().parents[1] / "src" / "candor"
LOCALES: Final = SOURCE / "locale"
TEMPLATE: Final = LOCALES / "candor.pot"
LANGUAGES: Final = ("de", "pl", "pt", "ru")
# Where texts stand, and how they are read.
_METHODS: Final = [
    ("surface/**.html", "jinja2"),
    ("ui/**.html", "jinja2"),
    ("domain/**.html", "jinja2"),  # mails
    ("domain/**.txt", "jinja2"),
    ("surface/**.py", "python"),
    ("infra/web/reading.py", "python"),
    ("domain/*/holder.py", "python"),  # what archives say
    ("domain/*/service/giving.py", "python"),
    ("domain/rights/service/export/*.py", "python"),
]
_KEYWORDS: Final = {
    "_": None,
    "translate": None,
    "message": None,
    "ngettext": (1, 2),
    "translate_many": (1, 2),
}
# Modules whose errors a customer may meet; those of staff and machines are in English.
_SHOWN_ERRORS: Final = (
    "candor.domain.consent.errors",
    "candor.domain.profiles.errors",
    "candor.domain.vault.errors",
    # of those that name some, the others are for staff and machines
    "candor.domain.audit.errors:NoSuchEntry,NotSealedYet,NoSuchCheckpoint",
    (
        "candor.domain.access.errors:CeremonyOver,LinkSpent,NotSignedIn,ProofNeeded,PasskeyRefused,"
        "NoSuchPasskey,TooManyPasskeys"
    ),
    (
        "candor.domain.rights.errors:ArchiveOver,TooManyDownloads,NoSuchRequest,WrongMove,"
        "ProofFailed,TooManyProofs,TooManyRequests,UnknownRight,NoSuchDecision"
    ),
    "candor.domain.shield.errors:TooMany,TooFast,ChallengeNeeded",
    "candor.surface.plain.visits",
    "candor.surface.portal.desk",
    "candor.surface.portal.leafing",
    "candor.surface.portal.refusals",
)
Text = str | tuple[str, ...]  # one form, or singular and plural
_SINCE: Final = datetime(2026, 11, 21, tzinfo=UTC)  # the same text every time it is written


def po_of(language: str) -> Path:
    """Return the file in which a language is written."""
    return LOCALES / language / "LC_MESSAGES" / "candor.po"


def mo_of(language: str) -> Path:
    """Return the file that is read at run time."""
    return po_of(language).with_suffix(".mo")


def template() -> Catalog:
    """Return every text that can be translated."""
    found = Catalog(project="Candor", version="1", creation_date=_SINCE, charset="utf-8")
    found_in: dict[Text, list[tuple[str, int]]] = {}
    texts = extract_from_dir(SOURCE, _METHODS, keywords=_KEYWORDS)
    for path, line, text, _comments, context in sorted(texts, key=lambda row: (row[0], row[1])):
        del line, context  # lines move with every change; contexts are not used
        said = text if isinstance(text, str) else tuple(text)
        found_in.setdefault(said, []).append((f"src/candor/{path}", 0))
    for title in _titles():
        found_in.setdefault(title, []).append(("src/candor/demo/catalogue", 0))
    for text, module in _refusals():
        found_in.setdefault(text, []).append((f"src/{module.replace('.', '/')}.py", 0))
    for text, places in found_in.items():
        found.add(text, locations=list(dict.fromkeys(places)))
    return found


def _refusals() -> Iterator[tuple[str, str]]:
    """Yield what errors say and advise that a customer's page may show, with the module of each."""
    for shown in _SHOWN_ERRORS:
        name, _, only = shown.partition(":")
        module = import_module(name)
        for kind in vars(module).values():
            if not (isinstance(kind, type) and issubclass(kind, Refused)):
                continue
            if only and kind.__name__ not in only.split(","):
                continue
            if kind.__module__ == module.__name__:
                said = cleandoc(kind.__doc__ or "").partition("\n")[0]
                yield said, module.__name__
                hints = (kind.default_hint, *getattr(kind, "hints", ()))
                yield from ((hint, module.__name__) for hint in hints if hint)


def _titles() -> Iterator[str]:
    """Yield the words of the demo's catalogue; texts of purposes are written there."""
    document = catalogue.read(SOURCE / "demo" / "catalogue")
    for purpose in document.purposes:
        yield from purpose.recipients
    for source in document.sources:
        yield source.place
    for titled in (*document.identifiers, *document.attributes, *document.events):
        yield titled.title
    for attribute in document.attributes:
        yield from (value for value in attribute.values if not value[:1].isdigit())
    for code in _codes(document):
        yield code.replace("_", " ").capitalize()


def _codes(document: Document) -> Iterator[str]:
    """Yield codes that are read as words: properties of events, and outcomes of decisions."""
    for event in document.events:
        for declared in event.properties:
            yield declared.name
            for item in declared.items:
                yield item.name
    for decision in document.decisions:
        yield from decision.outcomes


def as_text(words: Catalog) -> str:
    """Return a catalogue of messages as the text of a file."""
    out = io.BytesIO()
    write_po(out, words, width=96, include_lineno=False, ignore_obsolete=True)
    return out.getvalue().decode()


def updated(language: str) -> Catalog:
    """Return what is written in a language, with the texts that are new and without the old."""
    file = po_of(language)
    if file.exists():
        words = read_po(io.BytesIO(file.read_bytes()), locale=language)
    else:
        words = Catalog(language, project="Candor", version="1", charset="utf-8")
    words.update(template(), no_fuzzy_matching=True)
    words.creation_date = words.revision_date = _SINCE
    return words


def compiled(words: Catalog) -> bytes:
    """Return a language as it is read at run time; what is not written is left out."""
    out = io.BytesIO()
    write_mo(out, words)
    return out.getvalue()


def main() -> None:
    """Write all files anew."""
    TEMPLATE.write_text(as_text(template()), encoding="utf-8")
    for language in LANGUAGES:
        words = updated(language)
        po_of(language).parent.mkdir(parents=True, exist_ok=True)
        po_of(language).write_text(as_text(words), encoding="utf-8")
        mo_of(language).write_bytes(compiled(words))
        missing = sum(not _is_written(message.string) for message in words if message.id)
        print(f"{language}: {len(words)} texts, {missing} not written yet")


def _is_written(text: object) -> bool:
    return all(cast("tuple[str, ...]", text)) if isinstance(text, tuple) else bool(text)


if __name__ == "__main__":
    main()
