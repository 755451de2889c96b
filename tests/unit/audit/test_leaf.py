"""What is hashed is canonical JSON, for every entry that can exist."""

import json
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.audit.model import Entry
from candor.domain.audit.model.leaf import canonical, line_of, lines_of

# What PostgreSQL can keep as text: no zero byte and no half of a pair.
_TEXT = st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40
)
_CODES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
_WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
_TIMES = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2999, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from(
        [UTC, timezone(timedelta(hours=-3)), timezone(timedelta(hours=9))]
    ),
)
_ENTRIES = st.builds(
    Entry,
    entry_id=st.integers(1, 2**53 - 1),
    recorded_at=_TIMES,
    actor_kind=st.sampled_from(["staff", "customer", "machine"]),
    actor_id=_TEXT,
    action=_TEXT,
    subject=st.none() | st.binary(min_size=16, max_size=16),
    purpose=st.none() | _TEXT,
    fields=st.lists(_TEXT, max_size=5),
    outcome=st.sampled_from(["done", "allowed", "refused"]),
    reason=st.none() | _TEXT,
    request_id=st.none() | _TEXT,
    detail=st.dictionaries(_CODES, _WHOLE | _TEXT, max_size=5),
)


@given(_ENTRIES)
def test_it_is_rfc_8785(entry: Entry) -> None:
    line = line_of(entry)
    assert canonical(line) == rfc8785.dumps(msgspec.to_builtins(line))


@given(_ENTRIES)
def test_it_does_not_matter_how_the_database_spells_it(entry: Entry) -> None:
    line = line_of(entry)
    spelt = json.dumps([msgspec.to_builtins(line)], ensure_ascii=True, indent=3)
    assert [canonical(one) for one in lines_of(spelt)] == [canonical(line)]


@given(_ENTRIES, _ENTRIES)
def test_no_two_entries_have_the_same_bytes(one: Entry, other: Entry) -> None:
    same = line_of(one) == line_of(other)
    assert (canonical(line_of(one)) == canonical(line_of(other))) is same


def test_it_has_one_line_whatever_is_in_it() -> None:
    entry = Entry(
        entry_id=1,
        recorded_at=datetime(2026, 3, 2, 13, 0, tzinfo=timezone(timedelta(hours=1))),
        actor_kind="machine",
        actor_id="a\nb\u2028c",
        action="x",
        subject=None,
        purpose=None,
        fields=[],
        outcome="done",
        reason=None,
        request_id=None,
        detail={},
    )
    text = canonical(line_of(entry))
    assert b"\n" not in text
    assert b'"recorded_at":"2026-03-02T12:00:00.000000Z"' in text
