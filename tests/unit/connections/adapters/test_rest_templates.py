"""What is put into a request is never more than a value."""

from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.connections.adapters.rest.dotted import MISSING, at, built, clash
from candor.domain.connections.adapters.rest.records import instant
from candor.domain.connections.adapters.rest.templates import DoesNotFit, request

VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.text("/\\?#&=%.\"'{}\r\n\x00 :;@é", max_size=30),
    st.sampled_from(["..", ".", "../..", "%2e%2e", "{id}", "{record}", '"}', "//evil.example"]),
)
NAMES = st.lists(st.sampled_from(["a", "b", "value", "0", "1"]), min_size=1, max_size=4).map(
    ".".join
)


@given(VALUES)
def test_a_value_stays_in_its_segment_of_a_path(value: str) -> None:
    asked = request("PATCH /people/{id}/notes?of={id}&x=1", "", "Test", ["id"])
    assert asked is not None
    if value in {"", ".", ".."}:
        with pytest.raises(DoesNotFit):
            asked.target({"id": value})
        return
    target = asked.target({"id": value})
    assert target.isascii()
    assert target.isprintable()
    parts = urlsplit(f"https://host.example{target}")
    segments = parts.path.split("/")
    assert (parts.netloc, parts.fragment) == ("host.example", "")
    assert [segments[1], segments[3], len(segments)] == ["people", "notes", 4]
    assert segments[2] not in {"", ".", ".."}
    assert unquote(segments[2]) == value
    assert parse_qsl(parts.query, keep_blank_values=True) == [("of", value), ("x", "1")]


@given(VALUES)
def test_a_value_stays_a_value_of_a_body(value: str) -> None:
    body = '{"filter": [{"is": "{key}", "and": {"deep": ["{key}", 1]}}], "n": null}'
    asked = request("POST /search", body, "Test", ["key"])
    assert asked is not None
    sent = msgspec.json.decode(msgspec.json.encode(asked.content({"key": value})))
    assert sent == {"filter": [{"is": value, "and": {"deep": [value, 1]}}], "n": None}


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_what_is_built_by_names_is_found_by_them(values: dict[str, str]) -> None:
    if clash(values) is not None:
        return
    made = msgspec.json.decode(msgspec.json.encode(built(values)))
    if all(part not in name.split(".") for name in values for part in ("0", "1")):
        assert {name: at(made, name) for name in values} == values
    for name, value in values.items():
        assert at(made, name) == value


@given(
    NAMES,
    st.recursive(VALUES | st.none(), lambda one: st.lists(one) | st.dictionaries(VALUES, one)),
)
def test_looking_for_a_name_fails_on_nothing(name: str, content: object) -> None:
    found = at(content, name)
    assert found is MISSING or found is None or isinstance(found, str | list | dict)


def test_an_empty_part_of_a_query_is_left_out() -> None:
    asked = request(
        "GET /people?since={since}&cursor={cursor}", "", "Test", ["since", "cursor"]
    )
    assert asked is not None
    assert asked.target({"since": "1", "cursor": ""}) == "/people?since=1"
    assert asked.target({}) == "/people"


@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.none(), st.booleans()))
def test_any_text_is_an_instant_or_none(value: object) -> None:
    found = instant(value)
    assert found is None or found.tzinfo is not None


@pytest.mark.parametrize(
    "value", ["2026-03-02T12:00:00Z", "2026-03-02 13:00:00+01:00", 1772452800, "1772452800000"]
)
def test_an_instant_is_read_in_each_spelling(value: object) -> None:
    found = instant(value)
    assert found is not None
    assert found.isoformat() == "2026-03-02T12:00:00+00:00"
