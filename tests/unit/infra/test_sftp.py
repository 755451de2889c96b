"""Files on other machines, with a real sshd at the other end."""

from collections.abc import Generator
from pathlib import Path

import pytest

from candor.infra import sftp
from tests.counterparts.sftp_server import SftpServer, sftp_server

SECONDS = 20.0


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Generator[SftpServer]:
    """Run a server for all tests here."""
    with sftp_server(tmp_path_factory.mktemp("sftp") / "there") as found:
        yield found


@pytest.fixture
def identity(there: SftpServer) -> str:
    """Make a key that is let in."""
    made = sftp.new_identity()
    there.allow(sftp.public_of(made))
    return made


async def test_a_file_goes_there_and_back(
    there: SftpServer, identity: str, tmp_path: Path
) -> None:
    """Put under another name, renamed, listed, fetched, taken away."""
    local, back = tmp_path / "x", tmp_path / "back"
    local.write_bytes(b"sealed" * 1000)
    server, folder = there.server(identity), there.files

    await sftp.run(
        server,
        [f"put {local} {folder}/x.part", f"rename {folder}/x.part {folder}/x.csv.age"],
        timeout_seconds=SECONDS,
    )
    (folder / "strange name.age").write_bytes(b"")
    (folder / "a-folder").mkdir()
    found = await sftp.listed(server, str(folder), timeout_seconds=SECONDS)
    await sftp.run(server, [f"get {folder}/x.csv.age {back}"], timeout_seconds=SECONDS)
    await sftp.run(server, [f"rm {folder}/x.csv.age"], timeout_seconds=SECONDS)

    assert found == [sftp.Entry("x.csv.age", 6000)]
    assert back.read_bytes() == local.read_bytes()
    assert await sftp.listed(server, str(folder), timeout_seconds=SECONDS) == []


async def test_another_host_key_is_another_server(there: SftpServer, identity: str) -> None:
    """Whoever stands between gets nothing."""
    other = sftp.public_of(sftp.new_identity())

    with pytest.raises(sftp.WrongKey):
        await sftp.listed(there.server(identity, host_key=other), "/", timeout_seconds=SECONDS)


async def test_a_key_that_is_not_let_in_is_said_so(there: SftpServer) -> None:
    """As what it is: a person must look."""
    with pytest.raises(sftp.WrongKey):
        await sftp.listed(there.server(sftp.new_identity()), "/", timeout_seconds=SECONDS)


async def test_nobody_there_is_tried_again(there: SftpServer, identity: str) -> None:
    """A port at which nobody listens, and a folder that is missing."""
    silent = sftp.Server("127.0.0.1", 1, "127.0.0.1", there.user, there.host_key, identity)

    with pytest.raises(sftp.Failed):
        await sftp.listed(silent, "/", timeout_seconds=SECONDS)
    with pytest.raises(sftp.Failed):
        await sftp.listed(there.server(identity), "/nowhere", timeout_seconds=SECONDS)


async def test_a_file_that_grows_too_large_is_let_be(
    there: SftpServer, identity: str, tmp_path: Path
) -> None:
    """Whatever the server said of its size."""
    large = there.files / "large.age"
    with large.open("wb") as file:
        file.truncate(3_000_000_000)
    target = tmp_path / "large"

    with pytest.raises(sftp.TooLarge):
        await sftp.run(
            there.server(identity),
            [f"get {large} {target}"],
            timeout_seconds=SECONDS,
            growing=target,
            at_most_bytes=1_000_000,
        )
    large.unlink()


@pytest.mark.parametrize(
    ("user", "folder"),
    [("-oProxyCommand=x", "/in"), ("anna", "/in put"), ("anna", "../up"), ("an na", "/in")],
)
def test_words_that_could_be_commands_are_refused(
    there: SftpServer, user: str, folder: str
) -> None:
    """Nothing of the settings is read as an option or a second command."""
    with pytest.raises(sftp.BadServer):
        sftp.check_server(user, there.host_key, folder)


def test_a_host_key_is_a_key(there: SftpServer) -> None:
    """With or without a comment behind it."""
    sftp.check_server("anna", f"{there.host_key} host@example", "/in")

    with pytest.raises(sftp.BadServer):
        sftp.check_server("anna", "SHA256:abc", "/in")
