"""The keyring file: shared by processes, readable by nobody else, never losing a key."""

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from candor.infra.keyring import (
    BrokenKeyring,
    KeyringUnavailable,
    LocalKeyring,
    MissingEpoch,
    UnsafeKeyring,
)
from candor.infra.keyring.copies import (
    Cost,
    WeakPassphrase,
    WrongPassphrase,
    opened_root,
    read_epochs,
    sealed_root,
)
from candor.infra.keyring.local import restore

CHEAP: Final = Cost(memory_kib=64, passes=1, lanes=1)
PASSPHRASE: Final = "five words drawn by lot"


def test_two_processes_do_not_write_each_other_s_epochs_away(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    web, worker = LocalKeyring(path), LocalKeyring(path)
    web.create_epoch(1)
    worker.create_epoch(2)
    assert LocalKeyring(path).epoch_key(1) == web.epoch_key(1) == worker.epoch_key(1)
    assert web.epoch_key(2) == worker.epoch_key(2)


def test_an_epoch_that_is_there_keeps_its_key(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    first, second = LocalKeyring(path), LocalKeyring(path)
    first.create_epoch(1)
    second.create_epoch(1)
    assert LocalKeyring(path).epoch_key(1) == first.epoch_key(1)


def test_a_destroyed_epoch_is_missing_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    keyring = LocalKeyring(path)
    keyring.create_epoch(1)
    keyring.destroy_epoch(1)
    with pytest.raises(MissingEpoch):
        keyring.epoch_key(1)
    with pytest.raises(MissingEpoch):
        LocalKeyring(path).epoch_key(1)


@pytest.mark.asvs("13.3.2")
def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    LocalKeyring(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(UnsafeKeyring):
        LocalKeyring(path)


def test_fixed_keys_differ_by_name_and_stay_the_same(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    keyring = LocalKeyring(path)
    assert keyring.fixed_key("csrf") == LocalKeyring(path).fixed_key("csrf")
    assert keyring.fixed_key("csrf") != keyring.fixed_key("blind index 1")
    assert len(keyring.fixed_key("csrf")) == 32


# ------------------------------------------------------------------------------------- attacks
def test_a_file_that_was_cut_short_or_edited_is_refused_and_not_written_over(
    tmp_path: Path,
) -> None:
    path = tmp_path / "keyring.json"
    ring = LocalKeyring(path)
    ring.create_epoch(1)
    key, good = ring.epoch_key(1), path.read_text()
    stored = json.loads(good)
    swapped = {**stored, "epochs": {"2": stored["epochs"]["1"]}}
    flipped = {**stored, "root": stored["epochs"]["1"]}
    for bad in (good[:40], "", "[]", "{}", json.dumps(swapped), json.dumps(flipped)):
        path.write_text(bad)
        with pytest.raises(BrokenKeyring):
            LocalKeyring(path)
        with pytest.raises(BrokenKeyring):
            ring.create_epoch(2)
        assert path.read_text() == bad
        assert ring.epoch_key(1) == key  # what is in memory goes on
        with pytest.raises(BrokenKeyring):
            ring.check()
    path.write_text(good)
    ring.check()
    assert ring.epoch_key(1) == key


def test_a_keyring_of_before_the_check_is_read_and_gets_one(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    ring = LocalKeyring(path)
    ring.create_epoch(1)
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({"root": stored["root"], "epochs": stored["epochs"]}))
    again = LocalKeyring(path)
    assert again.epoch_key(1) == ring.epoch_key(1)
    again.create_epoch(2)
    assert "check" in json.loads(path.read_text())


def test_the_keyring_of_another_installation_put_in_place_is_noticed(tmp_path: Path) -> None:
    ring = LocalKeyring(tmp_path / "keyring.json")
    ring.create_epoch(1)
    key = ring.epoch_key(1)
    other = LocalKeyring(tmp_path / "other.json")
    other.create_epoch(1)
    (tmp_path / "other.json").replace(tmp_path / "keyring.json")
    assert ring.epoch_key(1) == key
    with pytest.raises(BrokenKeyring):
        ring.check()


def test_when_the_disk_is_full_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keyring.json"
    ring = LocalKeyring(path)
    ring.create_epoch(1)
    before = path.read_bytes()

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        for change in (ring.create_epoch, ring.destroy_epoch):
            with pytest.raises(KeyringUnavailable) as caught:
                change(2 if change == ring.create_epoch else 1)
            assert "No space left" in caught.value.message
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".new"] == []
    assert ring.epochs == {1}
    ring.create_epoch(2)
    assert ring.epochs == {1, 2}


def test_two_processes_changing_it_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    rings = [LocalKeyring(path) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: rings[n % 2].create_epoch(n), range(1, 41)))
        list(pool.map(lambda n: rings[n % 2].destroy_epoch(n), range(1, 21)))
    assert LocalKeyring(path).epochs == set(range(21, 41))
    assert rings[0].epochs == rings[1].epochs


# -------------------------------------------------------------------------------------- copies
def test_the_copy_follows_each_change_and_forgets_what_is_destroyed(tmp_path: Path) -> None:
    copy = tmp_path / "far" / "epochs.json"
    ring = LocalKeyring(tmp_path / "keyring.json", copy=copy)
    ring.create_epoch(1)
    ring.create_epoch(2)
    assert read_epochs(copy, ring.root) == {1: ring.epoch_key(1), 2: ring.epoch_key(2)}
    ring.destroy_epoch(1)
    assert set(read_epochs(copy, ring.root)) == {2}
    assert ring.copy_holds(2) is True
    assert ring.copy_holds(3) is False
    assert ring.epoch_key(2).hex() not in copy.read_text()


def test_what_cannot_be_taken_out_of_the_copy_is_not_destroyed(tmp_path: Path) -> None:
    copy = tmp_path / "far" / "epochs.json"
    ring = LocalKeyring(tmp_path / "keyring.json", copy=copy)
    ring.create_epoch(1)
    copy.unlink()
    copy.parent.rmdir()
    copy.parent.write_text("a file where the folder was")
    with pytest.raises(KeyringUnavailable):
        ring.destroy_epoch(1)
    assert ring.epochs == {1}
    ring.create_epoch(2)  # a new one is not held up: the copy is late, and doctor says so
    assert ring.copy_holds(2) is False


def test_root_and_copy_together_bring_everything_back_and_alone_they_do_not(
    tmp_path: Path,
) -> None:
    copy = tmp_path / "epochs.json"
    ring = LocalKeyring(tmp_path / "keyring.json", copy=copy)
    ring.create_epoch(1)
    sealed = sealed_root(ring.root, PASSPHRASE, CHEAP)
    assert ring.root.hex() not in sealed
    root = opened_root(sealed, PASSPHRASE)
    restore(tmp_path / "back.json", root, read_epochs(copy, root))
    back = LocalKeyring(tmp_path / "back.json")
    assert (back.epoch_key(1), back.fixed_key("links")) == (
        ring.epoch_key(1),
        ring.fixed_key("links"),
    )
    with pytest.raises(BrokenKeyring):
        read_epochs(copy, bytes(32))


def test_a_keyring_in_use_is_not_restored_over_and_an_unused_one_is_put_aside(
    tmp_path: Path,
) -> None:
    path = tmp_path / "keyring.json"
    fresh = LocalKeyring(path)
    restore(path, bytes(32), {1: bytes(32)})
    assert LocalKeyring(path).root == bytes(32)
    assert LocalKeyring(tmp_path / "keyring.unused").root == fresh.root
    with pytest.raises(KeyringUnavailable):
        restore(path, bytes(32), {})


def test_another_passphrase_or_a_changed_copy_opens_nothing(tmp_path: Path) -> None:
    ring = LocalKeyring(tmp_path / "keyring.json")
    sealed = sealed_root(ring.root, PASSPHRASE, CHEAP)
    with pytest.raises(WrongPassphrase):
        opened_root(sealed, PASSPHRASE + "!")
    with pytest.raises(WrongPassphrase):
        opened_root(sealed.replace(ring.fingerprint, "0" * 16), PASSPHRASE)
    for bad in ("", "{}", sealed[:-30], sealed.replace("candor-recovery-1", "other")):
        with pytest.raises(BrokenKeyring):
            opened_root(bad, PASSPHRASE)
    greedy = sealed.replace(f'"memory_kib": {CHEAP.memory_kib}', '"memory_kib": 99999999')
    assert greedy != sealed
    with pytest.raises(BrokenKeyring):
        opened_root(greedy, PASSPHRASE)


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeakPassphrase):
        sealed_root(LocalKeyring(tmp_path / "keyring.json").root, "short", CHEAP)
