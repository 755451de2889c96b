"""The keyring file: shared by processes, readable by nobody else, never losing a key."""

from pathlib import Path

import pytest

from candor.infra.keyring import LocalKeyring, MissingEpoch, UnsafeKeyring


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
