"""What translators get is what the pages say; what they wrote is what readers get."""

import re

import pytest
from babel.messages.catalog import Message

from tools.messages import (
    LANGUAGES,
    TEMPLATE,
    as_text,
    compiled,
    mo_of,
    po_of,
    template,
    updated,
)

# Pages that customers see, wholly: a page half in another language is worse than one in English.
WRITTEN = (
    "src/candor/demo/catalogue",
    "src/candor/infra/web",
    "src/candor/surface/portal",
    "src/candor/ui/layouts/plain.html",
    "src/candor/ui/layouts/portal.html",
    "src/candor/ui/plain",
)
_PLACE = re.compile(r"%\(\w+\)s")
AGAIN = "run: python -m tools.messages"


def forms(text: object) -> list[str]:
    """Return the forms of a text: one, or one per plural."""
    return [str(form) for form in text] if isinstance(text, tuple | list) else [str(text or "")]


def messages(language: str) -> list[Message]:
    return [message for message in updated(language) if message.id]


def test_the_template_holds_every_text() -> None:
    assert TEMPLATE.read_text(encoding="utf-8") == as_text(template()), AGAIN


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_of_a_language_are_up_to_date(language: str) -> None:
    words = updated(language)
    assert po_of(language).read_text(encoding="utf-8") == as_text(words), AGAIN
    assert mo_of(language).read_bytes() == compiled(words), AGAIN


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_customers_are_written_in_every_language(language: str) -> None:
    missing = [
        message.id
        for message in messages(language)
        if any(place.startswith(WRITTEN) for place, _ in message.locations)
        and not all(forms(message.string))
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_names_the_same_values(language: str) -> None:
    for message in messages(language):
        wanted = set(_PLACE.findall(forms(message.id)[-1]))
        *some, last = forms(message.string)
        assert not last or set(_PLACE.findall(last)) == wanted, message.id
        for form in (*some, last):  # "once" names no number
            assert set(_PLACE.findall(form)) <= wanted, message.id
            assert form.count("%") == len(_PLACE.findall(form)), message.id
