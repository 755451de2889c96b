"""The log beside the backups: which of two copies of an unfinished file knows more."""

import os
from pathlib import Path

import pytest

from candor.infra.backup.errors import BackupBroken
from candor.infra.backup.manifest import Seal
from candor.infra.backup.wal import PARTIAL, get, knows_less, names, needed, put

SIZE = 3 << 20
FIRST = "000000010000000000000004"


@pytest.mark.parametrize(
    ("drawn", "copied", "less"),
    [(100, 200, True), (200, 100, False), (2_500_000, 100, False), (100, 2_500_000, True)],
)
def test_the_longer_one_is_read(tmp_path: Path, *, drawn: int, copied: int, less: bool) -> None:
    log = b"\x01" + os.urandom(SIZE - 2) + b"\x01"
    stale = b"\x07" * SIZE  # what a file that is used again held before
    one, other = tmp_path / "drawn", tmp_path / "copied"
    one.write_bytes(log[:drawn].ljust(SIZE, b"\0"))
    other.write_bytes(log[:copied] + stale[copied:])
    assert knows_less(one, other) == (less and log[drawn:copied].strip(b"\0") != b"")


def test_files_of_the_log_are_sealed_under_their_names(tmp_path: Path) -> None:
    seal = Seal(b"k" * 32)
    path = tmp_path / FIRST
    path.write_bytes(b"log" * 100_000)
    put(path, tmp_path / "backups", seal)
    assert names(tmp_path / "backups") == [FIRST]
    get(tmp_path / "backups", seal, FIRST, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    sealed = tmp_path / "backups" / "wal" / f"{FIRST}.sealed"
    sealed.rename(sealed.with_name(f"{FIRST[:-1]}5.sealed"))
    with pytest.raises(BackupBroken):
        get(tmp_path / "backups", seal, f"{FIRST[:-1]}5", tmp_path / "again")


def test_a_gap_is_noticed_and_the_last_unfinished_file_counts(tmp_path: Path) -> None:
    folder = tmp_path / "wal"
    folder.mkdir()
    for end in ("3", "4", "5", f"6{PARTIAL}", f"5{PARTIAL}"):
        (folder / f"{FIRST[:-1]}{end}.sealed").touch()
    wanted = [FIRST, f"{FIRST[:-1]}5", f"{FIRST[:-1]}6{PARTIAL}"]
    assert needed(tmp_path, FIRST) == wanted
    (folder / f"{FIRST[:-1]}8.sealed").touch()
    with pytest.raises(BackupBroken, match="gap"):
        needed(tmp_path, FIRST)
