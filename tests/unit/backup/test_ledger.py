"""The ledger of erasures: kept twice, added to, and not to be changed without being noticed."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from candor.infra.backup.errors import LedgerBroken
from candor.infra.backup.ledger import Ledger
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId, new_id

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KEY = b"k" * 32


def _ids(number: int) -> list[ProfileId]:
    return [ProfileId(new_id()) for _ in range(number)]


def _file(folder: Path) -> Path:
    return next((folder / "erasures").glob("*.jsonl"))


def _two(tmp_path: Path) -> Ledger:
    return Ledger(KEY, [tmp_path / "home", tmp_path / "backups"])


def test_what_was_noted_is_read_again_in_order_from_either_copy(tmp_path: Path) -> None:
    ledger, noted = _two(tmp_path), [_ids(1), _ids(3), _ids(1)]
    for ids in noted:
        ledger.note(ids, AT, "7/12")
    for folders in (["home", "backups"], ["home"], ["backups"]):
        found = Ledger(KEY, [tmp_path / name for name in folders]).erasures()
        assert [list(erasure.profiles) for erasure in found] == noted
    assert _file(tmp_path / "home").read_bytes() == _file(tmp_path / "backups").read_bytes()


def test_many_profiles_make_several_lines(tmp_path: Path) -> None:
    ledger, ids = _two(tmp_path), _ids(1_200)
    ledger.note(ids, AT, "7/12")
    found = ledger.erasures()
    assert len(found) == 3
    assert [p for erasure in found for p in erasure.profiles] == ids


def test_a_line_that_was_cut_off_by_a_crash_is_dropped(tmp_path: Path) -> None:
    ledger, ids = _two(tmp_path), _ids(2)
    ledger.note(ids[:1], AT, "7/12")
    for folder in ("home", "backups"):
        with _file(tmp_path / folder).open("a") as file:
            file.write('{"at": "2026')
    assert len(ledger.erasures()) == 1
    ledger.note(ids[1:], AT, "7/13")
    assert [erasure.profiles[0] for erasure in ledger.erasures()] == ids


@pytest.mark.parametrize("change", ["value", "left out", "moved", "number"])
def test_a_change_is_noticed(tmp_path: Path, change: str) -> None:
    ledger = _two(tmp_path)
    for _ in range(3):
        ledger.note(_ids(1), AT, "7/12")
    path = _file(tmp_path / "home")
    lines = path.read_text().splitlines()
    match change:
        case "value":
            lines[1] = lines[1].replace("7/12", "7/99")
        case "left out":
            del lines[1]
        case "moved":
            lines[0], lines[1] = lines[1], lines[0]
        case _:
            lines[2] = json.dumps({**json.loads(lines[2]), "n": 7}, sort_keys=True)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(LedgerBroken):
        ledger.erasures()


def test_a_head_that_a_backup_saw_must_still_be_there(tmp_path: Path) -> None:
    ledger = _two(tmp_path)
    for _ in range(2):
        ledger.note(_ids(1), AT, "7/12")
    heads = ledger.heads()
    ledger.require(heads)
    for folder in ("home", "backups"):
        path = _file(tmp_path / folder)
        path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(LedgerBroken, match="misses line 2"):
        ledger.require(heads)


def test_what_was_undone_does_not_count(tmp_path: Path) -> None:
    ledger = _two(tmp_path)
    ledger.note(_ids(1), AT, "7/12")
    ledger.note(_ids(1), AT, "7/13")
    undone = ledger.erasures()[0]
    ledger.void([undone], AT)
    assert [erasure.transaction for erasure in ledger.erasures()] == ["7/13"]


def test_nobody_is_erased_where_it_cannot_be_noted(tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("a file, where a folder should be")
    with pytest.raises(Unavailable, match="nobody is erased"):
        _two(tmp_path).note(_ids(1), AT, "7/12")
