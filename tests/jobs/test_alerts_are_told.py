"""Alerts leave by mail and by a signed webhook: once, few messages in a storm, tried again."""

import asyncio
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.shield.alert_jobs import Alarm, Recipient, call_webhook, send_mail, tell
from candor.domain.shield.model.rules import RULES
from candor.domain.shield.service.watch import ALIVE
from candor.infra import webhook
from candor.infra.db.pool import ReadTx
from candor.infra.http import Outbound, OutboundFailed
from candor.infra.mail import Outbox
from candor.infra.settings import BadSetting, Secret, Settings
from candor.kernel.clock import FixedClock
from candor.kernel.pii import Pii
from tests.factories.attacks import begun, caught_up, fail, staff

SECRET = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
SECOND = timedelta(seconds=1)


@dataclass
class Receiver:
    """A system of the company's that hears of alerts; answers with a status."""

    status: int = 204
    heard: list[tuple[dict[str, str], bytes]] = field(
        default_factory=list[tuple[dict[str, str], bytes]]
    )
    port: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value
            for name, _, value in (line.partition(": ") for line in head[1:])
        }
        body = await reader.readexactly(int(headers["content-length"]))
        self.heard.append((headers, body))
        writer.write(f"HTTP/1.1 {self.status} X\r\ncontent-length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncGenerator[Receiver]:
    """Listen on this machine."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver


def alarm_of(candor: Candor, recipients: list[Recipient], port: int = 0) -> Alarm:
    """Return what telling needs, with a receiver on this machine or none."""

    async def told(tx: ReadTx) -> list[Recipient]:
        del tx
        return recipients

    async def company(tx: ReadTx) -> str:
        return (await candor.rulebook.rules(tx)).in_force.document.company

    return Alarm(
        candor.mailer,
        told,
        Outbound(allowed_private=[f"127.0.0.1:{port}"]),
        "http://localhost:8700",
        company,
        f"http://127.0.0.1:{port}/alerts" if port else "",
        SECRET,
    )


async def storm(candor: Candor, networks: int) -> None:
    """Let many networks attack within seconds."""
    watch = await begun(candor)
    for network in range(networks):
        for n in range(RULES["stuffing_network"].threshold):
            await fail(candor, f"account{n}", f"bad{network}", after=timedelta(0))
    await caught_up(watch)


async def jobs_of(candor: Candor, name: str) -> list[dict[str, str]]:
    """Return what the jobs of a name are given."""
    async with candor.database.read() as tx:
        cursor = await tx.connection.execute(
            "SELECT args FROM jobs.procrastinate_jobs WHERE task_name = %s", (name,)
        )
        return [row[0] for row in await cursor.fetchall()]


def mails(candor: Candor) -> list[str]:
    """Return the texts of the mails that left, with their subjects."""
    assert isinstance(candor.mailer, Outbox)
    folder: Path = candor.mailer.folder
    texts: list[str] = []
    for path in sorted(folder.glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=default)
        body = message.get_body(("plain",))
        assert body is not None
        texts.append(f"{message['Subject']}\n{body.get_content()}")
    return texts


async def test_a_storm_is_one_mail_and_the_rest_follows(
    candor: Candor, clock: FixedClock
) -> None:
    guard = await staff(candor, Role.SECURITY)
    alarm = alarm_of(candor, [Recipient(guard.staff_id, Pii("guard@example.org"))])
    await storm(candor, 30)
    assert len(await jobs_of(candor, "shield.tell")) == 1
    # Thirty networks, and ten accounts that were tried from many.
    assert await tell(candor.database, alarm, clock) == 40
    assert await tell(candor.database, alarm, clock) == 0
    clock.advance(ALIVE)  # another watcher takes over
    await storm(candor, 33)  # three new networks; thirty are known
    assert await tell(candor.database, alarm, clock) == 0  # too soon after the last
    clock.advance(timedelta(minutes=5))
    assert await tell(candor.database, alarm, clock) == 3
    jobs = await jobs_of(candor, "shield.mail")
    assert len(jobs) == 2
    for job in jobs:
        at = datetime.fromisoformat(job["told_at"])
        assert await send_mail(candor.database, alarm, clock, guard.staff_id, at)
    first, second = sorted(mails(candor), key=len, reverse=True)
    assert first.startswith("Security alert at Ex: One network tries many accounts")
    assert "and 20 more" in first
    assert "http://localhost:8700/console/security/alerts/" in second
    assert "more:" not in second


async def test_who_left_meanwhile_gets_no_mail(candor: Candor, clock: FixedClock) -> None:
    guard = await staff(candor, Role.SECURITY)
    alarm = alarm_of(candor, [Recipient(guard.staff_id, Pii("guard@example.org"))])
    await storm(candor, 1)
    await tell(candor.database, alarm, clock)
    gone = alarm_of(candor, [])
    assert not await send_mail(candor.database, gone, clock, guard.staff_id, clock.now())
    assert not mails(candor)


@pytest.mark.asvs("16.4.3")
async def test_the_webhook_is_signed_and_tried_again(candor: Candor, clock: FixedClock) -> None:
    async with listening() as receiver:
        alarm = alarm_of(candor, [], receiver.port)
        await storm(candor, 1)
        assert await tell(candor.database, alarm, clock) == 1
        (job,) = await jobs_of(candor, "shield.webhook")
        at = datetime.fromisoformat(job["told_at"])
        receiver.status = 500
        with pytest.raises(OutboundFailed):
            await call_webhook(candor.database, alarm, clock, at)
        receiver.status = 204
        assert await call_webhook(candor.database, alarm, clock, at)
    (refused, _), (headers, body) = receiver.heard
    assert refused["webhook-id"] == headers["webhook-id"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = b64decode(SECRET.removeprefix("whsec_"))
    expected = b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    told = json.loads(body)
    assert told["type"] == "security.alerts"
    assert told["data"]["alerts"][0]["rule"] == "stuffing_network"


def test_the_signature_is_the_one_of_the_specification() -> None:
    """The example of the reference libraries (standard-webhooks/standard-webhooks)."""
    at = datetime.fromtimestamp(1614265330, UTC)
    made = webhook.headers(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["", "secret", "whsec_c2hvcnQ=", "whsec_not base64"])
def test_a_webhook_without_a_good_secret_is_refused(secret: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting):
        Settings.load(
            {
                "CANDOR_CONFIG": str(tmp_path / "none"),
                "CANDOR_ALERT_WEBHOOK_URL": "https://example.org/alerts",
                "CANDOR_ALERT_WEBHOOK_SECRET": secret,
            }
        )
