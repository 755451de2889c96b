"""Importing earlier choices: row by row, with reasons, and as often as one likes."""

import csv
import json
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.app import Candor
from candor.cli.consent import Importer, Tally
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.earlier import COLUMNS, SAID, Flaw, Row, read_row
from candor.domain.consent.model.notice import shown
from candor.domain.consent.service import gate
from candor.kernel.errors import Refused
from candor.kernel.ids import ProfileId, new_id
from tests.factories.choices import POLICY
from tests.factories.house import choose, find, make_person, policy_of, rules_of

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
GOOD = {
    "kind": "email",
    "value": "anna@example.org",
    "purpose": "news",
    "choice": "granted",
    "decided_at": "2025-05-01T09:30:00+02:00",
    "surface": "old_shop",
    "edition": "1",
    "evidence": "form/2025-17",
}


class Import:
    """The command, without the command line."""

    def __init__(self, candor: Candor) -> None:
        self.candor = candor

    async def __call__(
        self,
        *rows: dict[str, Any] | str,
        source: str = "",
        is_dry: bool = False,
        is_csv: bool = False,
    ) -> tuple[Tally, list[dict[str, str]]]:
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        body = "\n".join(lines)
        if is_csv:
            out = StringIO()
            writer = csv.DictWriter(out, list[str](COLUMNS))
            writer.writeheader()
            writer.writerows(row for row in rows if isinstance(row, dict))
            body = out.getvalue()
        report = StringIO()
        importer = Importer(source, report, lambda _done, _tally: None, is_dry=is_dry)
        tally = await importer.run(self.candor, BytesIO(body.encode()), is_csv=is_csv)
        return tally, list(csv.DictReader(StringIO(report.getvalue())))


@pytest.fixture
def bring(candor: Candor) -> Import:
    return Import(candor)


@pytest.fixture
async def anna(candor: Candor) -> ProfileId:
    return await make_person(candor, email="anna@example.org")


async def allows(candor: Candor, who: ProfileId, purpose: str = "news") -> bool:
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        found = await gate.explained(tx, who, policy=policy, now=candor.clock.now())
    return found[purpose].allowed


def counted(owner: psycopg.Connection[Any], sql: LiteralString) -> int:
    row = owner.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("is_csv", [True, False])
async def test_an_earlier_yes_counts_with_its_evidence(
    candor: Candor,
    anna: ProfileId,
    bring: Import,
    owner: psycopg.Connection[Any],
    is_csv: bool,
) -> None:
    tally, report = await bring(GOOD, is_csv=is_csv)
    assert (tally.new, tally.refused, report) == (1, 0, [])
    assert await allows(candor, anna)
    row = owner.execute("SELECT surface, evidence, decided_at, edition FROM consent.record")
    assert row.fetchone() == (
        "old_shop",
        {"imported": True, "reference": "form/2025-17"},
        datetime(2025, 5, 1, 7, 30, tzinfo=UTC),
        1,
    )


async def test_repeating_is_harmless(
    anna: ProfileId, bring: Import, owner: psycopg.Connection[Any]
) -> None:
    del anna
    await bring(GOOD, GOOD)
    records = counted(owner, "SELECT count(*) FROM consent.record")
    entries = "SELECT count(*) FROM audit.entry WHERE action = 'consent.recorded'"
    before = counted(owner, entries)
    tally, _ = await bring(GOOD, {**GOOD, "choice": "denied", "edition": 1})
    assert (tally.new, tally.known) == (1, 1)
    assert counted(owner, "SELECT count(*) FROM consent.record") == records + 1
    assert counted(owner, entries) == before + 1


async def test_an_earlier_yes_never_undoes_a_later_no(
    candor: Candor, anna: ProfileId, bring: Import
) -> None:
    await choose(candor, anna, "news", Choice.WITHDRAWN, after=-timedelta(days=1))
    await bring(GOOD)
    assert not await allows(candor, anna)


async def test_bad_rows_are_listed_with_a_reason_and_without_the_person(
    candor: Candor, anna: ProfileId, bring: Import
) -> None:
    rows: list[dict[str, Any] | str] = [
        {**GOOD, "value": "nobody@example.org"},
        {**GOOD, "choice": "yes"},
        GOOD,
        "{not json",
        '["a", "list"]',
        {**GOOD, "edition": None},
        {**GOOD, "nested": {"a": 1}},
        {**GOOD, "profile": str(anna)},
        {**GOOD, "notice": "0" * 64},
    ]
    tally, report = await bring(*rows)
    assert tally.new == 1
    assert [(int(row["line"]), row["code"]) for row in report] == [
        (1, Flaw.UNKNOWN_PERSON),
        (2, Flaw.BAD_CHOICE),
        (4, Flaw.UNREADABLE),
        (5, Flaw.UNREADABLE),
        (6, Flaw.NO_WORDS),
        (7, Flaw.UNREADABLE),
        (8, Flaw.TWO_PEOPLE),
        (9, Flaw.UNKNOWN_NOTICE),
    ]
    assert "example.org" not in str(report)
    assert await allows(candor, anna)


async def test_a_dry_run_writes_nothing(
    anna: ProfileId, bring: Import, owner: psycopg.Connection[Any]
) -> None:
    del anna
    new = {**GOOD, "value": "new@example.org"}
    tally, _ = await bring(GOOD, new, source="shop", is_dry=True)
    assert (tally.new, tally.begun) == (2, 1)
    assert not counted(owner, "SELECT count(*) FROM consent.record")
    assert counted(owner, "SELECT count(*) FROM profiles.profile") == 1
    assert not counted(owner, "SELECT count(*) FROM audit.entry WHERE action LIKE 'consent.%'")


async def test_unknown_people_are_begun_only_when_asked_for(
    candor: Candor, bring: Import
) -> None:
    tally, _ = await bring(GOOD, {**GOOD, "value": "not an address"}, source="shop")
    assert (tally.new, tally.begun, tally.refused) == (1, 1, 1)
    assert await allows(candor, await find(candor, "email", "anna@example.org"))
    with pytest.raises(Refused):
        await bring({**GOOD, "value": "x@example.org"}, source="nowhere")


async def test_a_profile_and_its_exact_words_may_be_named(
    candor: Candor, anna: ProfileId, bring: Import
) -> None:
    notice = shown(await rules_of(candor), "news", "en").notice_id
    row = {k: v for k, v in GOOD.items() if k not in {"kind", "value", "edition"}}
    tally, _ = await bring(
        {**row, "profile": str(anna), "notice": notice},
        {**row, "profile": str(new_id()), "notice": notice},
        {**row, "profile": str(anna), "purpose": "ads", "notice": notice},
    )
    assert (tally.new, tally.refused) == (1, 2)
    assert await allows(candor, anna)


async def test_many_rows_go_in_batches(
    anna: ProfileId, bring: Import, owner: psycopg.Connection[Any]
) -> None:
    del anna
    start = datetime(2025, 1, 1, tzinfo=UTC)
    rows = [
        {**GOOD, "decided_at": (start + timedelta(minutes=n)).isoformat()} for n in range(1_100)
    ]
    tally, _ = await bring(*rows)
    assert tally.new == counted(owner, "SELECT count(*) FROM consent.record") == 1_100
    summary = owner.execute(
        "SELECT detail FROM audit.entry WHERE action = 'consent.imported'"
    ).fetchone()
    assert summary == ({"new": 1_100, "known": 0, "refused": 0},)


@pytest.mark.parametrize("body", ["name,choice\nx,granted\n", "kind,kind\n", ""])
async def test_a_file_of_other_columns_is_refused_whole(candor: Candor, body: str) -> None:
    importer = Importer("", StringIO(), lambda _done, _tally: None, is_dry=False)
    with pytest.raises(Refused):
        await importer.run(candor, BytesIO(body.encode()), is_csv=True)


async def test_a_file_that_is_no_text_is_refused_whole(candor: Candor) -> None:
    importer = Importer("", StringIO(), lambda _done, _tally: None, is_dry=False)
    for is_csv in (True, False):
        with pytest.raises(Refused):
            await importer.run(candor, BytesIO(b"\xff\xfe\x00k"), is_csv=is_csv)


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=70), max_size=11))
def test_any_row_is_read_or_refused(fields: dict[str, str]) -> None:
    assert isinstance(read_row(1, fields, POLICY, NOW), Row | Flaw)


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"decided_at": "2025-05-01T09:30:00"}, Flaw.BAD_TIME),
        ({"decided_at": "yesterday"}, Flaw.BAD_TIME),
        ({"decided_at": "2999-05-01T09:30:00Z"}, Flaw.IN_THE_FUTURE),
        ({"decided_at": "1890-05-01T09:30:00Z"}, Flaw.TOO_OLD),
        ({"purpose": "world_peace"}, Flaw.UNDECLARED_PURPOSE),
        ({"surface": "Old shop!"}, Flaw.BAD_SURFACE),
        ({"evidence": "Anna told me so"}, Flaw.BAD_EVIDENCE),
        ({"edition": "2"}, Flaw.BAD_EDITION),
        ({"edition": "0"}, Flaw.BAD_EDITION),
        ({"locale": "not a tag"}, Flaw.BAD_LOCALE),
        ({"notice": "abc"}, Flaw.BAD_NOTICE),
        ({"value": ""}, Flaw.NO_PERSON),
        ({"kind": "", "value": "", "profile": "7"}, Flaw.BAD_PROFILE),
        ({"colour": "red"}, Flaw.UNKNOWN_COLUMN),
    ],
)
def test_each_flaw_has_its_name(changes: dict[str, str], flaw: Flaw) -> None:
    assert read_row(1, {**GOOD, **changes}, POLICY, NOW) is flaw


def test_the_id_of_a_record_says_nothing_about_the_address() -> None:
    one = read_row(1, GOOD, POLICY, NOW)
    other = read_row(9, {**GOOD, "value": "ben@example.org"}, POLICY, NOW)
    later = read_row(1, {**GOOD, "evidence": "form/2025-18"}, POLICY, NOW)
    assert isinstance(one, Row)
    assert isinstance(other, Row)
    assert isinstance(later, Row)
    via = UUID(int=7)
    assert one.record_id(via) == other.record_id(via)
    assert one.record_id(via) != one.record_id(UUID(int=8))
    assert one.record_id(via) != later.record_id(via)
    assert one.record_id(via).version == 8
    assert "anna" not in repr(one)


def test_every_flaw_has_words() -> None:
    assert SAID.keys() == set(Flaw)
