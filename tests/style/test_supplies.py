"""What we ship of others: locked, listed, licensed, and looked up in advisories."""

import json
from pathlib import Path
from typing import Final

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools import sbom
from tools.advisories import Advisory, Finding, affected, read

# Apache-2.0 for Candor means permissive parts only. psycopg is LGPL: a library that stands beside
# us, is replaced by whoever wants, and is not changed here.
PERMISSIVE: Final = ("MIT", "BSD", "Apache", "ISC", "PSF", "MPL-2.0", "Unlicense", "Python")
ALLOWED_BESIDE: Final = {"psycopg", "psycopg-binary", "psycopg-pool"}


@pytest.mark.asvs("15.1.2")
def test_the_bill_of_materials_is_what_is_locked() -> None:
    assert sbom.TARGET.read_text(encoding="utf-8") == sbom.written(), (
        "write it again: python -m tools.sbom"
    )


def test_the_bill_is_valid_and_names_no_registry() -> None:
    text = sbom.TARGET.read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert "://" not in text.replace("http://cyclonedx.org/schema/bom-1.6.schema.json", "")
    parts = json.loads(text)["components"]
    assert {one["name"] for one in parts} == set(sbom.locked())
    assert all(one["hashes"] for one in parts)


def test_every_part_has_a_licence_that_we_may_ship() -> None:
    said = {
        one["name"]: one["licenses"][0]["license"]["name"]
        for one in json.loads(sbom.TARGET.read_text(encoding="utf-8"))["components"]
    }
    odd = {name: text for name, text in said.items() if not any(p in text for p in PERMISSIVE)}
    assert set(odd) <= ALLOWED_BESIDE, odd


# ------------------------------------------------------------------------- advisories
def advisory(**ranges: str) -> Advisory:
    """Return an advisory of one range in the form of OSV."""
    events = [{kind: number} for kind, number in ranges.items()]
    return read(
        {
            "id": "TEST-1",
            "summary": "Something can be broken into.",
            "affected": [
                {
                    "package": {"ecosystem": "PyPI", "name": "Some.Thing"},
                    "ranges": [{"type": "ECOSYSTEM", "events": events}],
                    "versions": ["0.1"],
                }
            ],
        }
    )


@pytest.mark.asvs("15.2.1")
@pytest.mark.parametrize(
    ("locked", "ranges", "is_affected"),
    [
        ("1.4", {"introduced": "0", "fixed": "1.5"}, True),
        ("1.5", {"introduced": "0", "fixed": "1.5"}, False),
        ("1.10", {"introduced": "1.9", "fixed": "1.11"}, True),
        ("1.8", {"introduced": "1.9", "fixed": "1.11"}, False),
        ("2.0", {"introduced": "1.0"}, True),
        ("2.0", {"introduced": "1.0", "last_affected": "1.9"}, False),
        ("1.9", {"introduced": "1.0", "last_affected": "1.9"}, True),
        ("0.1", {"introduced": "1.0"}, True),  # named by its version
    ],
)
def test_a_locked_version_is_held_against_the_range(
    locked: str, ranges: dict[str, str], is_affected: bool
) -> None:
    found = affected({"some-thing": locked, "other": "1.0"}, [advisory(**ranges)])
    expected = [Finding("some-thing", locked, "TEST-1", "Something can be broken into.")]
    assert found == (expected if is_affected else [])


def test_a_withdrawn_advisory_and_another_ecosystem_say_nothing() -> None:
    raw = {
        "id": "TEST-2",
        "withdrawn": "2026-01-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "x"}, "versions": ["1"]}],
    }
    assert affected({"x": "1"}, [read(raw)]) == []
    other = {
        "id": "T",
        "affected": [{"package": {"ecosystem": "npm", "name": "x"}, "versions": ["1"]}],
    }
    assert affected({"x": "1"}, [read(other)]) == []


@pytest.mark.parametrize("text", ["[]", "{}", '{"id": 7}', "not json"])
def test_an_advisory_that_cannot_be_read_is_an_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(ValueError, match=r"bad\.json"):
        affected({}, Advisory.of_folder(tmp_path))
