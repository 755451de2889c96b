"""The pages about the catalogue tell every key, and their examples work."""

import re
from pathlib import Path

import msgspec
import pytest

from candor.domain.catalogue import document, errors
from candor.domain.catalogue.errors import CatalogueError
from candor.domain.catalogue.model import (
    Attribute,
    Channel,
    ChannelText,
    Controller,
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
    Topic,
    TopicText,
    ValueType,
)

DOCS = Path(__file__).parents[3] / "docs"
REFERENCE = (DOCS / "reference" / "catalogue.md").read_text(encoding="utf-8")
HOWTO = (DOCS / "howto" / "declare-data.md").read_text(encoding="utf-8")

SECTIONS: dict[str, type[msgspec.Struct]] = {
    "### `[company.controller]`": Controller,
    "## `[purpose.NAME]`": Purpose,
    "### `[purpose.NAME.text.LANGUAGE]`": PurposeText,
    "## `[identifier.NAME]`": Identifier,
    "## `[attribute.NAME]`": Attribute,
    '## `[event."NAME"]`': Event,
    '### `[event."NAME".property.NAME]`': Property,
    "## `[source.NAME]`": Source,
    "## `[channel.NAME]`": Channel,
    "### `[channel.NAME.text.LANGUAGE]`": ChannelText,
    "## `[topic.NAME]`": Topic,
    "### `[topic.NAME.text.LANGUAGE]`": TopicText,
    "## `[decision.NAME]`": MachineDecision,
    "### `[decision.NAME.text.LANGUAGE]`": MachineDecisionText,
}
IN_TOML = {"texts": "text", "properties": "property", "items": "item"}
ARE_NAMES: dict[type[msgspec.Struct], set[str]] = {Identifier: {"kind"}, Property: {"name"}}


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_documented_with_its_default_and_no_other(heading: str) -> None:
    struct = SECTIONS[heading]
    section = REFERENCE.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    told = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|", section, re.MULTILINE))
    fields = {
        IN_TOML.get(field.name, field.name): field.default
        for field in msgspec.structs.fields(struct)
        if field.name not in ARE_NAMES.get(struct, {"code"})
    }
    assert set(told) == set(fields)
    for name, default in fields.items():
        if isinstance(default, bool):
            assert told[name] == f"`{str(default).lower()}`"
        elif isinstance(default, int | str) and default != "":
            assert told[name] == f"`{default}`"


@pytest.mark.parametrize("word", [*LegalBasis, *Regime, *ValueType, *Frequency])
def test_every_word_that_may_be_written_is_documented(word: str) -> None:
    assert f"`{word}`" in REFERENCE


def test_every_error_is_documented() -> None:
    codes = {
        kind.code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, CatalogueError)
    } - {CatalogueError.code}
    assert codes == set(re.findall(r"^\| `(catalogue\.\w+)`", REFERENCE, re.MULTILINE))


def test_the_example_of_the_how_to_is_a_sound_catalogue() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", HOWTO, re.DOTALL)
    reading = document.parse({"all.toml": "\n".join(blocks)})
    assert reading.problems == ()
    assert reading.document is not None
    assert reading.document.events[0].properties[-1].items
    assert reading.document.topics[0].channels
    assert reading.document.sources[1].origins
