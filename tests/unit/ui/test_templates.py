"""Every page is whole, labelled, guarded and translatable, in every state that it has."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Final

import pytest
from typing_extensions import override

from candor.infra.web import pages
from candor.infra.web.pages import FOLDERS
from candor.infra.web.static import static
from tests.factories.views import PAGES, PEOPLE, READER, render

TEMPLATES: Final = sorted(
    path.relative_to(folder).as_posix() for folder in FOLDERS for path in folder.rglob("*.html")
)
# The console's own, and those of the demo's shop: first-party, and not needed to read the page.
SCRIPTS: Final = {
    static("candor-console.js"),
    static("candor-challenge.js"),
    static("candor-passkey.js"),
    static("candor-push.js"),
    static("shop.js"),
    "/sdk/candor.js",
    "/sdk/candor-consent.js",
}
# What stands in a template as it is: a name, signs.
UNTRANSLATED: Final = re.compile(r"Candor|&[a-z]+;")
_CODE: Final = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!?/?[a-zA-Z].*?>", re.DOTALL)


class Outline(HTMLParser):
    """What a page consists of, as far as these tests ask."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, *names: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element with one of these names."""
        return [attributes for name, attributes in self.tags if name in names]


def outline(case: str) -> Outline:
    parsed = Outline()
    parsed.feed(render(case))
    return parsed


def test_every_page_has_a_sample() -> None:
    shown = {template for template, _, _ in PAGES.values()}
    parts = {name for name in TEMPLATES if name.startswith(("components/", "layouts/"))}
    mails = {name for name in TEMPLATES if "/mail/" in name}  # seen by the tests of sending
    assert set(TEMPLATES) - parts - mails == shown


@pytest.mark.parametrize("case", PAGES)
def test_page_has_one_heading_a_title_and_a_language(case: str) -> None:
    html = render(case)
    page = outline(case)
    assert len(page.all("h1")) == 1
    assert re.search(r"<title>\s*\S", html)
    assert page.all("html")[0]["lang"]
    assert page.all("html")[0]["dir"]
    assert len(page.all("main")) == 1


@pytest.mark.parametrize("case", PAGES)
def test_every_input_has_a_label_and_every_id_is_given_once(case: str) -> None:
    page = outline(case)
    labelled = {label.get("for") for label in page.all("label")}
    for field in page.all("input", "select", "textarea"):
        assert field.get("type") == "hidden" or field.get("id") in labelled
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("case", PAGES)
def test_every_form_that_changes_something_carries_the_token(case: str) -> None:
    for form in re.findall(r'<form[^>]*method="post".*?</form>', render(case), re.DOTALL):
        assert 'name="csrf_token"' in form


@pytest.mark.asvs("14.2.3")
@pytest.mark.parametrize("case", PAGES)
def test_page_works_without_script_style_or_third_party(case: str) -> None:
    page = outline(case)
    assert {script["src"] for script in page.all("script")} <= SCRIPTS
    assert not page.all("style")
    for name, attributes in page.tags:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        leads_out = name == "a" and case == "provider-leaving"  # to the company's provider
        address = str(attributes.get("src") or attributes.get("href") or "")
        assert leads_out or not address.startswith("http")


@pytest.mark.asvs("1.1.2", "1.2.1")
def test_values_are_escaped() -> None:
    view = replace(PEOPLE, value='"><script>alert(1)</script>', value_error="<b>no</b>")
    frame = PAGES["people"][2]
    html = pages.render("console/people.html", view, reader=READER, frame=frame)
    assert "<script>alert" not in html
    assert "<b>no" not in html


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name != "gallery.html"])
def test_every_word_can_be_translated(name: str) -> None:
    source = next(folder / name for folder in FOLDERS if (folder / name).exists()).read_text()
    bare = UNTRANSLATED.sub("", _CODE.sub(" ", source))
    assert not re.findall(r"[A-Za-z]{2,}", bare), name
