"""The SDKs that people already use arrive by changing their host, whatever happens meanwhile."""

import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.factories.live import Live, fresh_mark

pytestmark = pytest.mark.sdk

HERE: Final = Path(__file__).parent
ORDERS: Final = 120  # several batches of every SDK
PROGRAMS: Final = {
    "segment-analytics-python": (sys.executable, "send.py", "segment"),
    "rudder-sdk-python": (sys.executable, "send.py", "rudder"),
    "@segment/analytics-node": ("node", "segment_node.mjs"),
    "@rudderstack/rudder-sdk-node": ("node", "rudder_node.mjs"),
}


def command_of(sdk: str) -> list[str]:
    """Return how a program with an SDK is started; skips where Node.js is not there."""
    runner, file, *rest = PROGRAMS[sdk]
    if runner == "node" and not (shutil.which(runner) and (HERE / "node_modules").exists()):
        pytest.skip("the SDKs for Node.js are not installed: tools/setup node")
    return [runner, str(HERE / file), *rest]


def somebody() -> str:
    """Return a customer number of one test alone."""
    return f"sdk{fresh_mark()[-12:]}"


@contextmanager
def sending(live: Live, sdk: str, prefix: str) -> Generator[subprocess.Popen[str], None, None]:
    """Give a program that has called everything and half of the orders, and waits for a line."""
    command = [*command_of(sdk), live.url, live.keys["shop"], prefix, str(ORDERS)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "half\n"
            yield process
        finally:
            process.kill()


def finish(process: subprocess.Popen[str]) -> str:
    """Let a program send the rest; return what it says about it."""
    said, _ = process.communicate("\n", timeout=90)
    return said.strip()


def stored(live: Live, prefix: str) -> dict[str, int]:
    """Return how often each order of a customer is kept."""
    with live.owner() as connection:
        rows = connection.execute(
            "SELECT properties ->> 'order_id', count(*) FROM collect.event"
            " WHERE properties ->> 'order_id' LIKE %s GROUP BY 1",
            (f"{prefix}-%",),
        )
        return dict(rows.fetchall())


def each_once(prefix: str) -> dict[str, int]:
    return {f"{prefix}-{number}": 1 for number in range(ORDERS)}


@pytest.mark.parametrize("sdk", PROGRAMS)
def test_everything_that_an_sdk_can_call_arrives_once(live: Live, sdk: str) -> None:
    prefix = somebody()
    with sending(live, sdk, prefix) as process:
        assert finish(process) == "done"
    assert stored(live, prefix) == each_once(prefix)
    with live.owner() as connection:
        profile = connection.execute(
            "SELECT profile_id FROM collect.event WHERE properties ->> 'order_id' = %s",
            (f"{prefix}-0",),
        ).fetchone()
        kinds = connection.execute(
            "SELECT code, count(*) FROM collect.event"
            " JOIN catalogue.event_type USING (event_type_id)"
            " WHERE profile_id = %s GROUP BY 1",
            profile,
        ).fetchall()
        facts = connection.execute(
            "SELECT code FROM profiles.attribute JOIN catalogue.attribute"
            " USING (attribute_id) WHERE profile_id = %s",
            profile,
        ).fetchall()
        identifiers = connection.execute(
            "SELECT kind FROM profiles.identifier WHERE profile_id = %s", profile
        ).fetchall()
        said = connection.execute(
            "SELECT DISTINCT choice FROM consent.record WHERE profile_id = %s", profile
        ).fetchall()
    # Of `group` nothing is kept: the demo's catalogue does not declare it.
    assert dict(kinds) == {"Order Completed": ORDERS, "Page Viewed": 1, "Screen Viewed": 1}
    assert {row[0] for row in facts} == {"first_name", "email"}
    assert sorted(row[0] for row in identifiers) == ["customer_number", "device", "email"]
    assert said == [("granted",)]


def test_a_server_that_is_killed_midway_loses_and_doubles_nothing(live: Live) -> None:
    senders = {sdk: somebody() for sdk in PROGRAMS}
    with ExitStack() as stack:
        running = {
            sdk: stack.enter_context(sending(live, sdk, prefix))
            for sdk, prefix in senders.items()
        }
        live.kill("serve")
        for process in running.values():
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        live.start("serve")
        said = {sdk: process.communicate(timeout=100)[0] for sdk, process in running.items()}
    assert said == dict.fromkeys(PROGRAMS, "done\n")
    for prefix in senders.values():
        assert stored(live, prefix) == each_once(prefix)
