"""Every connection that a how-to shows is one that could be applied as it stands."""

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Final

import pytest

from candor.app.exchanging import REGISTRY
from candor.domain.connections.adapters.audience.normalising import GOOGLE, META
from candor.domain.connections.adapters.listmonk import words as listmonk
from candor.domain.connections.adapters.mautic import words as mautic
from candor.domain.connections.model import document
from candor.domain.connections.model.document import Document

HOWTOS: Final = Path(__file__).resolve().parents[3] / "docs/howto"
_BLOCK: Final = re.compile(r"^ *```toml\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
# The page about connections as such shows how a file is built, and leaves the settings to a kind.
_PARTIAL: Final = frozenset({"connections.md"})


def shown() -> Iterator[tuple[str, str]]:
    """Yield the files of connections that how-tos show, with the name of the page."""
    for page in sorted(HOWTOS.glob("*.md")):
        for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
            if "\nadapter = " in dedent(block):
                yield page.name, dedent(block)


@pytest.mark.parametrize(("page", "text"), list(shown()))
def test_what_a_howto_shows_can_be_applied(page: str, text: str) -> None:
    found = document.read(text)
    spec = REGISTRY[found.adapter].spec
    settings = {one.name: one for one in spec.settings}
    secrets = {one.name for one in spec.secrets}
    assert found.secrets.keys() <= secrets
    assert found.settings.keys() <= settings.keys() - secrets
    assert set(found.directions) <= (spec.directions or set(found.directions))
    for one in spec.settings:
        assert not one.choices or found.texts.get(one.name, one.choices[0]) in one.choices
    if page not in _PARTIAL:
        needed = {one.name for one in spec.settings if one.is_required and not one.default}
        assert needed <= found.settings.keys() | found.secrets.keys()
    assert {p for one in found.field for p in one.purposes} <= set(found.purposes)
    assert not found.field or any(one.is_key for one in found.field)
    _in_its_words(found)


def _in_its_words(found: Document) -> None:
    """Hold a mapping against what its kind knows."""
    match found.adapter:
        case "listmonk":
            assert listmonk.checked(found.field)
        case "mautic":
            assert mautic.checked(found.field)
        case "audience":
            rules = META if found.texts["platform"] == "meta" else GOOGLE
            assert {one.there for one in found.field if not one.is_choice} <= rules.keys()
            assert any(one.is_choice for one in found.field)
        case _:
            pass


def test_every_kind_that_a_howto_is_about_shows_a_connection() -> None:
    kinds = {document.read(text).adapter for _, text in shown()}
    assert kinds >= {"audience", "hubspot", "listmonk", "mautic", "salesforce", "smtp", "sms"}
