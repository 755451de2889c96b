"""Sealed files: what comes out, and what is refused."""

import secrets
from pathlib import Path

import pytest

from candor.infra import age

SIZE = 1_000_003


async def _sealed(tmp_path: Path, plain: bytes, *recipients: str) -> Path:
    async def write(sealing: age.Sealing) -> None:
        for start in range(0, len(plain), 50_000):
            await sealing.write(plain[start : start + 50_000])

    target = tmp_path / "people.csv.age"
    await age.seal(target, recipients, write)
    return target


async def _plain(path: Path, identity: str) -> bytes:
    return b"".join([some async for some in age.opened(path, identity)])


@pytest.mark.parametrize("size", [0, 1, 65_536, SIZE])
async def test_every_recipient_reads_what_was_sealed(tmp_path: Path, size: int) -> None:
    """Two recipients, each with their own key, read the same; the file shows nothing of it."""
    one, other = age.new_identity(), age.new_identity()
    plain = secrets.token_bytes(size)

    path = await _sealed(tmp_path, plain, age.public_of(one), age.public_of(other))

    assert await _plain(path, one) == await _plain(path, other) == plain
    assert await age.check(path, one) == size
    assert size < 16 or plain[:16] not in path.read_bytes()


async def test_nobody_else_reads_it(tmp_path: Path) -> None:
    """Another key opens nothing."""
    path = await _sealed(tmp_path, b"secret", age.public_of(age.new_identity()))

    with pytest.raises(age.Unreadable):
        await age.check(path, age.new_identity())


@pytest.mark.parametrize("at", [10, 300_000, -1])
async def test_one_turned_bit_is_noticed(tmp_path: Path, at: int) -> None:
    """In the header, in the middle, at the end."""
    identity = age.new_identity()
    path = await _sealed(tmp_path, bytes(SIZE), age.public_of(identity))
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)

    with pytest.raises(age.Unreadable):
        await age.check(path, identity)


@pytest.mark.parametrize("kept", [0, 100, 70_000, SIZE - 70_000])
async def test_a_file_that_was_cut_off_is_noticed(tmp_path: Path, kept: int) -> None:
    """Also where it ends between two chunks."""
    identity = age.new_identity()
    path = await _sealed(tmp_path, bytes(SIZE), age.public_of(identity))
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(age.Unreadable):
        await age.check(path, identity)


async def test_reading_may_stop_anywhere(tmp_path: Path) -> None:
    """Whoever has read enough leaves nothing running."""
    identity = age.new_identity()
    path = await _sealed(tmp_path, bytes(SIZE), age.public_of(identity))

    reading = age.opened(path, identity)
    first = await anext(reading)
    await reading.aclose()

    assert set(first) == {0}


async def test_what_fails_while_writing_fails(tmp_path: Path) -> None:
    """The file is of no use then, and whoever wrote hears why."""
    public = age.public_of(age.new_identity())

    async def write(sealing: age.Sealing) -> None:
        await sealing.write(b"some")
        message = "no more"
        raise ValueError(message)

    with pytest.raises(ValueError, match="no more"):
        await age.seal(tmp_path / "x", [public], write)


async def test_a_full_disk_is_said() -> None:
    """Not as a broken pipe: as what it is."""
    public = age.public_of(age.new_identity())

    async def write(sealing: age.Sealing) -> None:
        for _ in range(64):
            await sealing.write(bytes(65_536))

    with pytest.raises(OSError, match=r"sealing failed|No space left"):
        await age.seal(Path("/dev/full"), [public], write)


@pytest.mark.parametrize(
    "text",
    [
        "age1",
        "age1" + "q" * 58,
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB1",
        "a pass phrase",
        "AGE-SECRET-KEY-1QQQ",
    ],
)
def test_only_public_keys_are_recipients(text: str) -> None:
    """No pass phrases, no keys of SSH, no secret keys."""
    with pytest.raises(age.NotARecipient):
        age.recipients_of(text)


def test_recipients_are_read_from_lines() -> None:
    """With comments, sorted, each once."""
    one, other = (age.public_of(age.new_identity()) for _ in range(2))

    found = age.recipients_of(f"# the agency\n{one} # Anna\n\n{other}\n{one}\n")

    assert found == tuple(sorted((one, other)))


async def test_nobody_is_no_recipient(tmp_path: Path) -> None:
    """A file for nobody is not made."""

    async def write(_sealing: age.Sealing) -> None:
        return None

    with pytest.raises(age.NotARecipient):
        await age.seal(tmp_path / "x", [], write)
