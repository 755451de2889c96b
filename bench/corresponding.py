"""Another system to correspond with, people to tell it about, and a worker that does: for figures.

`python -m bench.corresponding serve PORT` is the other system: HTTP/1.1 on loopback that answers
204 to everything and keeps nothing. `python -m bench.corresponding room PORT FILE TOKEN` is the
demo's mail platform. `python -m bench.corresponding work HOME URL PORT` is a worker that follows,
delivers and does nothing else, as `candor work` does it.
"""

import asyncio
import contextlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from candor.app import Candor, compose
from candor.app.exchanging import exchange_of
from candor.demo import mail_page
from candor.demo.mailroom import Mailroom
from candor.domain.audit.model import Actor
from candor.domain.connections import jobs
from candor.domain.connections.adapters.line import Line
from candor.domain.connections.errors import Unreached
from candor.domain.connections.model.connection import (
    Connection,
    Direction,
    Field,
    State,
    What,
)
from candor.domain.connections.model.talk import (
    Acknowledged,
    Kind,
    Later,
    Parcel,
    Reply,
    Setting,
    Spec,
)
from candor.domain.connections.service import connecting
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.exchange import Exchange
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.service import choices
from candor.domain.consent.service.choices import Statement
from candor.infra.http import OutboundFailed
from candor.infra.settings import Settings
from candor.kernel.clock import SystemClock
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii

BENCH: Final = Actor.machine("bench")
PURPOSE: Final = "newsletter"
_BATCH: Final = 500
_ANSWER: Final = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
MAPPING: Final = (
    Field("mail", What.IDENTIFIER, "email", is_key=True),
    Field("first_name", What.ATTRIBUTE, "first_name"),
    Field("news", What.PURPOSE, PURPOSE),
)


def body_of(parcel: Parcel) -> dict[str, object]:
    """Return a parcel as it is posted."""
    return {
        "act": parcel.act.value,
        "id": parcel.remote_id.reveal() if parcel.remote_id else None,
        "keys": {there: key.reveal() for there, key in parcel.keys.items()},
        "facts": {there: fact.reveal() for there, fact in parcel.facts.items()},
        "choices": dict(parcel.choices),
    }


@dataclass(frozen=True, slots=True)
class Post:
    """The least that an adapter does: one person, one POST over the one way out."""

    spec: Spec = Spec(  # noqa: RUF009 - a value, made once
        "post",
        "Post",
        "Posts JSON.",
        frozenset({Direction.OUT}),
        (Setting("url", "Address", kind=Kind.URL),),
    )

    async def check(self, line: Line) -> None:
        """Find out nothing."""
        del line

    async def send(self, line: Line, parcels: Sequence[Parcel]) -> Sequence[Reply]:
        """Post each."""
        return [await self._post(line, parcel) for parcel in parcels]

    async def _post(self, line: Line, parcel: Parcel) -> Reply:
        headers = {"Idempotency-Key": parcel.ticket.key}
        try:
            answer = await line.outbound.request(
                "POST", line.settings["url"], headers=headers, json=body_of(parcel)
            )
        except OutboundFailed:
            raise Unreached("failed") from None
        if not answer.is_well:
            return Later(f"status_{answer.status}")
        return Acknowledged(parcel.remote_id or next(iter(parcel.keys.values())))


@dataclass(frozen=True, slots=True)
class Sink:
    """A system that takes everything at once and does nothing: what Candor itself costs."""

    spec: Spec = Spec(  # noqa: RUF009 - a value, made once
        "sink", "Sink", "Takes everything.", frozenset({Direction.OUT}), at_once=100
    )

    async def check(self, line: Line) -> None:
        """Find out nothing."""
        del line

    async def send(self, line: Line, parcels: Sequence[Parcel]) -> Sequence[Reply]:
        """Take them."""
        del line
        return [Acknowledged(Pii(parcel.ticket.key)) for parcel in parcels]


def exchange_for(candor: Candor) -> Exchange:
    """Return what connections are worked with, with the adapters of figures."""
    exchange = exchange_of(candor)
    return replace(exchange, adapters={**exchange.adapters, "post": Post(), "sink": Sink()})


def settings_of(home: str, url: str, *ports: int, sockets: Sequence[str] = ()) -> Settings:
    """Return the settings of a process that may call other systems on these ports and sockets."""
    return Settings.load(
        {
            "CANDOR_HOME": home,
            "CANDOR_DATABASE_URL": url,
            "CANDOR_CONFIG": f"{home}/none",
            "CANDOR_OUTBOUND_HOSTS": ",".join(
                [*(f"127.0.0.1:{port}" for port in ports), *sockets]
            ),
        }
    )


async def make_people(candor: Candor, number: int) -> list[ProfileId]:
    """Make people who take the news: by the door, then by what they choose."""
    await candor.door.open()
    reader = await candor.door.reader("shop")
    for start in range(0, number, _BATCH):
        calls = [
            {
                "type": "identify",
                "userId": f"N{place:07d}",
                "traits": {"email": f"p{place}@example.org", "first_name": f"Ada {place}"},
            }
            for place in range(start, min(start + _BATCH, number))
        ]
        body = msgspec.json.encode({"batch": calls})
        await candor.door.take(reader.batch(body, candor.clock.now()))
    await candor.door.close()
    async with candor.database.read("bench") as tx:
        rows = await tx.connection.execute("SELECT profile_id FROM profiles.profile")
        people = [ProfileId(row[0]) for row in await rows.fetchall()]
    for start in range(0, len(people), _BATCH):
        await choose(candor, people[start : start + _BATCH], Choice.GRANTED)
    return people


async def choose(candor: Candor, people: Sequence[ProfileId], choice: Choice) -> None:
    """Record a choice about the news for each, and commit."""
    async with candor.database.tx("bench") as tx:
        rules = await candor.rulebook.rules(tx)
        now = candor.clock.now()
        if choice is Choice.GRANTED:
            now -= timedelta(hours=1)
        said = [
            Statement(
                record_id=new_id(),
                via=one,
                purpose_id=rules.policy.bits[PURPOSE],
                choice=choice,
                decided_at=now,
                surface="bench",
            )
            for one in people
        ]
        await choices.record(
            tx,
            said,
            actor=BENCH,
            vault=candor.vault,
            policy=rules.policy,
            clock=candor.clock,
        )


async def connect(
    exchange: Exchange,
    adapter: str,
    settings: Mapping[str, str],
    *,
    secrets: Mapping[str, str] | None = None,
    mapping: Sequence[Field] = MAPPING,
) -> Connection:
    """Connect with the other system and start."""
    wanted = Wanted(
        name=adapter.title(),
        adapter=adapter,
        directions=frozenset({Direction.OUT}),
        purposes=(PURPOSE,),
        mapping=tuple(mapping),
        settings=settings,
        secrets=secrets or {},
        per_minute=1_000_000,  # the limit of a vendor is not what is measured
    )
    async with exchange.database.tx("bench") as tx:
        connection_id: UUID = await connecting.add(
            tx, adapter, wanted, actor=BENCH, exchange=exchange
        )
        return await connecting.move(
            tx, connection_id, State.ACTIVE, actor=BENCH, clock=exchange.clock
        )


async def is_there(port: int) -> None:
    """Wait until the other system listens."""
    for _ in range(300):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.1)
    raise RuntimeError("the other system does not listen")


async def _serve(port: int) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = 0
                for line in head.split(b"\r\n"):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                await reader.readexactly(length)
                writer.write(_ANSWER)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


def _room(port: int, file: str, token: str) -> None:
    with (
        contextlib.closing(Mailroom(SystemClock(), token, Path(file))) as room,
        mail_page.serve(room, port) as server,
    ):
        server.serve_forever()


async def _work(home: str, url: str, port: int) -> None:
    async with compose(settings_of(home, url, port), url, pool=8).running() as candor:
        await jobs.follow_for_ever(exchange_for(candor))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(_serve(int(sys.argv[2])))
    elif sys.argv[1] == "room":
        _room(int(sys.argv[2]), sys.argv[3], sys.argv[4])
    else:
        asyncio.run(_work(sys.argv[2], sys.argv[3], int(sys.argv[4])))
