"""Keys kept by a key server: the same for every process, gone when deleted, and its failures."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from candor.infra.http import Outbound, OutboundRefused
from candor.infra.keyring import KeyringUnavailable, MissingEpoch, TransitKeyring, transit
from candor.infra.keyring.provider import BrokenKeyring
from candor.infra.keyring.transit import TransitPlace, TransitRefused
from candor.infra.settings import Secret
from tests.factories.transit import TOKEN, KeyServer, key_server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyServer]:
    """Return a running key server; nobody pauses long before trying again."""
    monkeypatch.setattr(transit, "_PAUSES", (0.0, 0.0, 0.0))
    with key_server() as running:
        yield running


def place(server: KeyServer, token: str = TOKEN, file: Path | None = None) -> TransitPlace:
    """Return where the server is."""
    return TransitPlace(server.url, "transit", server.namespace, Secret(token), file)


def keyring(server: KeyServer, token: str = TOKEN) -> TransitKeyring:
    """Return a keyring of another process."""
    outbound = Outbound(allowed_private=[f"localhost:{server.port}"])
    return TransitKeyring(outbound, place(server, token))


def test_every_process_gets_the_same_keys(server: KeyServer) -> None:
    one, other = keyring(server), keyring(server)
    one.create_epoch(7)
    assert one.epoch_key(7) == other.epoch_key(7)
    assert len(one.epoch_key(7)) == 32
    assert one.fixed_key("csrf") == other.fixed_key("csrf")
    assert one.fingerprint == other.fingerprint
    assert set(server.keys) == {"candor-root", "candor-epoch-7"}


def test_what_the_server_keeps_is_not_the_key_that_is_used(server: KeyServer) -> None:
    ring = keyring(server)
    ring.create_epoch(1)
    assert ring.epoch_key(1) not in server.keys.values()


def test_making_an_epoch_twice_keeps_its_key(server: KeyServer) -> None:
    one, other = keyring(server), keyring(server)
    one.create_epoch(1)
    key = one.epoch_key(1)
    other.create_epoch(1)
    assert other.epoch_key(1) == key


def test_epochs_have_different_keys(server: KeyServer) -> None:
    ring = keyring(server)
    for epoch in (1, 2):
        ring.create_epoch(epoch)
    assert ring.epoch_key(1) != ring.epoch_key(2)


def test_a_destroyed_epoch_is_gone_for_everybody_within_the_hour(
    server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = keyring(server), keyring(server)
    one.create_epoch(1)
    other.epoch_key(1)
    one.destroy_epoch(1)
    assert "candor-epoch-1" not in server.keys
    with pytest.raises(MissingEpoch):
        one.epoch_key(1)
    later = transit.time.monotonic() + 3601
    monkeypatch.setattr(transit.time, "monotonic", lambda: later)
    with pytest.raises(MissingEpoch):
        other.epoch_key(1)


def test_destroying_twice_is_as_destroying_once(server: KeyServer) -> None:
    ring = keyring(server)
    ring.create_epoch(1)
    ring.destroy_epoch(1)
    ring.destroy_epoch(1)


def test_an_epoch_that_may_not_be_deleted_is_not_said_to_be_destroyed(
    server: KeyServer,
) -> None:
    ring = keyring(server)
    ring.create_epoch(1)
    server.may_delete = False
    with pytest.raises(TransitRefused):
        ring.destroy_epoch(1)
    assert ring.epoch_key(1)


def test_an_epoch_never_opened_is_missing(server: KeyServer) -> None:
    with pytest.raises(MissingEpoch):
        keyring(server).epoch_key(5)


@pytest.mark.asvs("16.5.2")
def test_a_sealed_server_is_unavailable_and_what_is_in_memory_goes_on(
    server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = keyring(server)
    ring.create_epoch(1)
    ring.create_epoch(2)
    key = ring.epoch_key(1)
    server.is_sealed = True
    with pytest.raises(KeyringUnavailable) as caught:
        ring.epoch_key(2)
    assert "sealed" in caught.value.message
    assert TOKEN not in f"{caught.value.message} {caught.value.hint}"
    later = transit.time.monotonic() + 3601
    monkeypatch.setattr(transit.time, "monotonic", lambda: later)
    assert ring.epoch_key(1) == key
    with pytest.raises(KeyringUnavailable):
        ring.check()
    with pytest.raises(KeyringUnavailable):
        keyring(server)


def test_while_it_is_away_only_the_first_waits(server: KeyServer) -> None:
    ring = keyring(server)
    server.is_sealed = True
    before = len(server.asked)
    for _ in range(5):
        with pytest.raises(KeyringUnavailable):
            ring.epoch_key(9)
    assert len(server.asked) - before == 3


def test_a_busy_server_is_asked_again(server: KeyServer) -> None:
    server.busy = 2
    assert keyring(server).fixed_key("csrf")


def test_nobody_listening_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transit, "_PAUSES", (0.0,))
    outbound = Outbound(allowed_private=["localhost:1"])
    nowhere = TransitPlace("http://localhost:1", "transit", "", Secret(TOKEN), None)
    with pytest.raises(KeyringUnavailable) as caught:
        TransitKeyring(outbound, nowhere)
    assert "cannot be reached" in caught.value.message


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_wrong_token_is_refused_at_once(server: KeyServer, token: str) -> None:
    with pytest.raises(TransitRefused):
        keyring(server, token)
    assert len(server.asked) == 1
    assert not server.keys


def test_the_token_file_is_read_at_each_use(server: KeyServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    outbound = Outbound(allowed_private=[f"localhost:{server.port}"])
    ring = TransitKeyring(outbound, place(server, "", file))
    server.token = "renewed"
    file.write_text("renewed")
    ring.create_epoch(1)
    assert ring.epoch_key(1)


def test_a_namespace_is_sent(server: KeyServer) -> None:
    server.namespace = "shop"
    assert keyring(server).fingerprint


def test_a_mount_that_is_not_there_is_no_reason_to_make_keys(server: KeyServer) -> None:
    outbound = Outbound(allowed_private=[f"localhost:{server.port}"])
    elsewhere = TransitPlace(server.url, "nothing", "", Secret(TOKEN), None)
    with pytest.raises(TransitRefused):
        TransitKeyring(outbound, elsewhere)
    assert not server.keys


def test_another_root_is_noticed(server: KeyServer) -> None:
    ring = keyring(server)
    ring.check()
    server.keys["candor-root"] = bytes(32)
    with pytest.raises(BrokenKeyring):
        ring.check()


def test_without_tls_only_a_named_host_is_called(server: KeyServer) -> None:
    with pytest.raises(OutboundRefused):
        TransitKeyring(Outbound(), place(server))
