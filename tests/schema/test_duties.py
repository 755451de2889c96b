"""No personal column without somebody who answers for it: each right finds each of them."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from candor.app import Candor, compose
from candor.infra.holder import Holder
from candor.infra.settings import Settings
from tests.factories.archives import downloaded, make_rich
from tests.schema.test_columns import columns

DUTY: Final = re.compile(r"(merge|split|export|erase|restrict|retain)=([^;]+)")
EXPORT: Final = re.compile(r"(yes|no|as)\b.*")
ERASE: Final = re.compile(r"(delete|keep|stops it)\b.*")
RESTRICT: Final = re.compile(r"(keep|standing restricted)\b.*")
RETAIN: Final = re.compile(
    r"(P\d+[YMWD]\b|life of the (profile|account)|as the catalogue says|as \w+\.\w+"
    r"|until no backup is older).*"
)


def personal(schema: psycopg.Connection[Any]) -> dict[str, set[str]]:
    """Return the personal columns of each table that has some, unless it says export=no."""
    found: dict[str, set[str]] = defaultdict(set)
    for space, table, column, comment, about in columns(schema):
        if (comment or "").startswith("pii:") and "export=no" not in (about or ""):
            found[f"{space}.{table}"].add(column)
    return found


def missing(found: Mapping[str, set[str]], holders: Mapping[str, Holder]) -> list[str]:
    """Return the personal columns that no holder gives out."""
    given = {
        table.table: table.holds for holder in holders.values() for table in holder.exported
    }
    return sorted(
        f"{table}.{column}"
        for table, wanted in found.items()
        for column in wanted - given.get(table, frozenset())
    )


def duties(schema: psycopg.Connection[Any]) -> dict[str, dict[str, str]]:
    """Return what each table about people says of its duties."""
    return {
        f"{space}.{table}": dict(DUTY.findall(about or ""))
        for space, table, _, _, about in columns(schema)
        if (about or "").startswith("person: ")
    }


@pytest.fixture
def holders(tmp_path: Path) -> Mapping[str, Holder]:
    """Return the holders that are registered."""
    settings = Settings.load({"CANDOR_HOME": str(tmp_path)})
    return compose(settings, "postgresql://nowhere").holders


def test_every_personal_column_is_given_out(
    schema: psycopg.Connection[Any], holders: Mapping[str, Holder]
) -> None:
    found = personal(schema)
    assert len(found) > 10
    assert missing(found, holders) == []


def test_a_new_personal_column_that_nobody_gives_out_is_noticed(
    schema: psycopg.Connection[Any], holders: Mapping[str, Holder]
) -> None:
    schema.execute("ALTER TABLE profiles.attribute ADD COLUMN shoe_size text")
    schema.execute(
        "COMMENT ON COLUMN profiles.attribute.shoe_size IS"
        " 'pii:body; planted; purpose: none; retention: P1D'"
    )
    assert missing(personal(schema), holders) == ["profiles.attribute.shoe_size"]


@pytest.mark.parametrize(
    ("duty", "shape"),
    [("export", EXPORT), ("erase", ERASE), ("restrict", RESTRICT), ("retain", RETAIN)],
)
def test_duties_are_in_words_that_can_be_carried_out(
    schema: psycopg.Connection[Any], duty: str, shape: re.Pattern[str]
) -> None:
    said = {table: words[duty] for table, words in duties(schema).items()}
    assert said
    assert not {table: word for table, word in said.items() if not shape.fullmatch(word)}


def test_every_slice_with_people_has_a_holder_for_every_duty(
    schema: psycopg.Connection[Any], holders: Mapping[str, Holder]
) -> None:
    """A table that is erased or exported belongs to a slice that registers a holder."""
    mine = {
        table.partition(".")[0]
        for table, words in duties(schema).items()
        if words["erase"].startswith("delete") or words["export"].startswith("yes")
    }
    assert mine - set(holders) <= {"feed"}  # erased by the change feed's own sweep


async def test_somebody_of_whom_all_is_kept_finds_all_of_it(
    candor: Candor, owner: psycopg.Connection[Any]
) -> None:
    """Each personal column has a row in the test's person, and its content is in the archive."""
    person = await make_rich(candor, owner)
    given = (await downloaded(candor, person)).tables
    columns_of = {
        table.table: table.columns
        for holder in candor.holders.values()
        for table in holder.exported
    }
    empty = [
        f"{table}.{column}"
        for table, wanted in personal(owner).items()
        for column in wanted
        if not _is_there(given[table], column, columns_of[table])
    ]
    assert not empty


def _is_there(rows: Sequence[Mapping[str, Any]], column: str, declared: Sequence[Any]) -> bool:
    names = [one.name for one in declared if column in (one.holds or (one.name,))]
    return any(row[name] not in (None, "", []) for row in rows for name in names)
