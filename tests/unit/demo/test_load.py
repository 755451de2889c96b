"""Loading through a door that is slow, busy, shut or strict."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from candor.demo import door as doors
from candor.demo import load as loader
from candor.demo.door import Door, DoorClosedError, DoorRefusedError
from candor.demo.journey import Journey
from candor.demo.load import Progress, Report, load
from tests.unit.demo.conftest import NOW

KEYS = {source: f"key-of-{source}" for source in ("crm", "shop", "app", "till")}
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"success":true}'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n0\r\n\r\n"
BUSY = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
HANG_UP = b""

Told = Callable[[int], bytes]  # number of the request → what the door says


class FakeDoor:
    """Keeps what it took, in order."""

    def __init__(self, says: Told) -> None:
        self.says = says
        self.requests = 0
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.url = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                body = await reader.readexactly(int(fields["Content-Length"]))
                answer = self.says(self.requests)
                self.requests += 1
                assert len(body) < 500_000
                if answer.startswith(b"HTTP/1.1 200"):
                    batch = msgspec.json.decode(body)["batch"]
                    self.taken.extend((fields["Authorization"], call) for call in batch)
                if answer == HANG_UP:
                    break
                writer.write(answer)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def opened(says: Told) -> AsyncGenerator[FakeDoor]:
    fake = FakeDoor(says)
    server = await asyncio.start_server(fake.talk, "127.0.0.1", 0, limit=1 << 20)
    port = server.sockets[0].getsockname()[1]
    fake.url = f"http://127.0.0.1:{port}"
    try:
        yield fake
    finally:
        server.close()
        await server.wait_closed()


async def load_few(fake: FakeDoor, state_file: Path, days: int, households: int = 40) -> Report:
    return await load(
        fake.url, KEYS, now=NOW, state_file=state_file, progress=lambda _: None,
        limit_days=days, households=households,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch, journey: Journey) -> None:
    """Read the data set once, and do not wait between attempts."""
    monkeypatch.setattr(loader.journey, "read", lambda: journey)
    monkeypatch.setattr(doors, "_FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(doors, "_LONGEST_WAIT_SECONDS", 0.002)


async def test_everything_arrives(tmp_path: Path) -> None:
    async with opened(lambda _: OK) as fake:
        seen: list[Progress] = []
        report = await load(
            fake.url, KEYS, now=NOW, state_file=tmp_path / "state", progress=seen.append,
            limit_days=20, households=40,
        )  # fmt: skip
    assert len(fake.taken) == report.expected.events_sent == report.events_sent
    assert fake.requests == report.requests
    assert not report.is_complete
    assert seen[0].events_sent == 0
    assert seen[-1].events_sent == seen[-1].events_total == report.events_sent
    assert seen[-1].day == report.expected.last_day
    assert [p.events_sent for p in seen] == sorted(p.events_sent for p in seen)


async def test_each_source_uses_its_own_key(tmp_path: Path) -> None:
    async with opened(lambda _: OK) as fake:
        await load_few(fake, tmp_path / "state", 20)
    assert {key for key, _ in fake.taken} == {
        "Basic " + word
        for word in (
            "a2V5LW9mLWNybTo=",
            "a2V5LW9mLXNob3A6",
            "a2V5LW9mLWFwcDo=",
            "a2V5LW9mLXRpbGw6",
        )
    }


async def test_a_busy_or_broken_door_gets_the_same_calls_again(tmp_path: Path) -> None:
    def moody(number: int) -> bytes:
        return {3: BUSY, 7: HANG_UP, 11: CHUNKED}.get(number, OK)

    async with opened(moody) as fake:
        report = await load_few(fake, tmp_path / "state", 20)
    assert report.retries == 2
    assert len(fake.taken) == report.expected.events_sent


async def test_a_stopped_load_goes_on(tmp_path: Path) -> None:
    state_file = tmp_path / "deep" / "state"
    async with opened(lambda _: OK) as fake:
        first = await load_few(fake, state_file, 8)
        second = await load_few(fake, state_file, 20)
    assert second.was_resumed
    assert first.events_sent + second.events_sent == second.expected.events_sent
    ids = [call["messageId"] for _, call in fake.taken]
    assert len(set(ids)) == len(ids) - second.expected.duplicates


async def test_a_load_that_is_cut_off_loses_nothing(tmp_path: Path) -> None:
    state_file = tmp_path / "state"
    refusal = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nwho?"
    async with opened(lambda number: OK if number < 60 else refusal) as fake:
        with pytest.raises(DoorRefusedError, match="401: who"):
            await load_few(fake, state_file, 20)
        fake.says = lambda _: OK
        report = await load_few(fake, state_file, 20)
    assert report.was_resumed
    ids = {call["messageId"] for _, call in fake.taken}
    assert len(ids) == report.expected.events_sent - report.expected.duplicates


async def test_a_resumed_load_keeps_its_dates(tmp_path: Path) -> None:
    state_file = tmp_path / "state"
    async with opened(lambda _: OK) as fake:
        first = await load_few(fake, state_file, 5)
        later = await load(
            fake.url, KEYS, now=NOW.replace(year=2027), state_file=state_file,
            progress=lambda _: None, limit_days=6, households=40,
        )  # fmt: skip
    assert later.expected.first_day == first.expected.first_day


async def test_other_households_start_anew(tmp_path: Path) -> None:
    async with opened(lambda _: OK) as fake:
        await load_few(fake, tmp_path / "state", 5)
        report = await load_few(fake, tmp_path / "state", 5, households=50)
    assert not report.was_resumed


async def test_an_unreadable_state_starts_anew(tmp_path: Path) -> None:
    state_file = tmp_path / "state"
    state_file.write_text("{")
    async with opened(lambda _: OK) as fake:
        report = await load_few(fake, state_file, 2)
    assert not report.was_resumed


async def test_one_person_s_calls_of_one_source_keep_their_order(tmp_path: Path) -> None:
    async with opened(lambda _: OK) as fake:
        await load_few(fake, tmp_path / "state", 60)
    last: dict[tuple[str, str], str] = {}
    spoiled = 0
    for key, call in fake.taken:
        who = (key, call.get("userId", ""))
        if call.get("event") in {"Coupon Redeemed", "Order Completed"} or not who[1]:
            continue  # retries and wrong times are out of order on purpose
        spoiled += last.get(who, "") > call["timestamp"]
        last[who] = call["timestamp"]
    assert last
    assert not spoiled


async def test_a_shut_door_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "_TRIES", 3)
    async with opened(lambda _: HANG_UP) as fake:
        door = Door(fake.url)
        with pytest.raises(DoorClosedError, match="load again"):
            await door.batch("key", b"{}")
    assert door.retries == 3


async def test_missing_keys_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no write key for crm, app"):
        await load(
            "http://127.0.0.1:1", {"shop": "a", "till": "b"}, now=NOW,
            state_file=tmp_path / "state", progress=lambda _: None,
        )  # fmt: skip


def test_an_address_must_be_one() -> None:
    with pytest.raises(ValueError, match="http://host:port"):
        Door("localhost:8080")


def test_batches_stay_below_the_limits_of_the_door() -> None:
    bodies = [b"x" * 30_000] * 40
    packed = list(loader._packed(bodies))
    assert sum(count for count, _ in packed) == 40
    assert all(len(body) < 500_000 for _, body in packed)
    many = list(loader._packed([b"{}"] * 6_000))
    assert [count for count, _ in many] == [2_500, 2_500, 1_000]
    assert list(loader._packed([])) == []
