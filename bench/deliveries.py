"""DELIVERIES: deliveries per second from start to acknowledgement, by kind of adapter.

Everybody is compared with a new connection: decided on, opened, written down, sent, settled. The
kind "sink" takes everything at once, a hundred people in a call, and does nothing: what Candor
itself costs. "post" is one plain POST per person to a system on loopback that answers 204;
"webhook" the same, signed by Standard Webhooks. "listmonk" is told over its API (the demo's mail
platform, in a process of its own); "postgresql" and "mariadb" hold a table of people on real
servers, reached by their sockets. "hubspot", "salesforce", "mautic" and "rest" are told over the
APIs of the tests' counterparts, each in a process of its own (`bench/opposites.py`). "smtp" and
"sms" carry messages and are told of nobody: for them it is messages handed over, without the gate.

Beside each stands a bare loop that brings as many people to the same system with the least that it
takes, and keeps no promise: the same POSTs, or a POST and a PUT per subscriber, eight at once; or
one INSERT and COMMIT per row. All of it shares one machine.
"""

import asyncio
import os
from base64 import b64encode
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Final, cast

import psycopg
import pymysql

from bench import opposites
from bench.corresponding import (
    MAPPING,
    PURPOSE,
    connect,
    exchange_for,
    is_there,
    make_people,
    settings_of,
)
from bench.opposites import Opposite, in_lanes
from bench.result import NO_GOAL, Baseline, Figure
from bench.stage import Stage, free_port, stage
from candor.app import Candor, compose
from candor.demo.mailroom import USER
from candor.domain.connections.adapters.line import Carrier, Line, Maker
from candor.domain.connections.model.connection import Field, What
from candor.domain.connections.model.talk import Message, Taken, Ticket
from candor.domain.connections.service import delivering, reading, routing
from candor.domain.connections.service.exchange import Exchange
from candor.infra.mariadb_server import OwnMariaDB, is_installed
from candor.kernel.ids import new_id
from candor.kernel.pii import Pii

_FULL, _SHORT = 10_000, 300
_LONGEST_SECONDS: Final = 1_800
_TOKEN: Final = "bench"  # noqa: S105 - of a room that lives for a minute
_SECRET: Final = "whsec_" + b64encode(bytes(32)).decode()
_TABLE: Final = (
    "CREATE TABLE contacts (contact_id {serial} PRIMARY KEY, email varchar(254) UNIQUE,"
    " first_name varchar(100), news {boolean}, version bigint NOT NULL DEFAULT 0)"
)
_INSERT: Final = "INSERT INTO contacts (email, first_name, news) VALUES (%s, %s, %s)"
_EMPTY: Final = "DELETE FROM contacts"
_USER, _WORD = "crm", "bench"
_COLUMNS: Final = (
    Field("email", What.IDENTIFIER, "email", is_key=True),
    Field("first_name", What.ATTRIBUTE, "first_name"),
    Field("news", What.PURPOSE, PURPOSE),
)
_LISTED: Final = (
    Field("email", What.IDENTIFIER, "email", is_key=True),
    Field("name", What.ATTRIBUTE, "first_name"),
    Field("list:1", What.PURPOSE, PURPOSE),
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of system: how it is connected, and how a bare loop fills it, in people a second."""

    adapter: str
    about: str
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    mapping: Sequence[Field] = MAPPING
    bare: Callable[[Candor, int], Awaitable[float]] | None = None


def measure(*, is_short: bool) -> list[Figure]:
    """Measure each kind."""
    number = int(os.environ.get("BENCH_PEOPLE", "0")) or (_SHORT if is_short else _FULL)
    with stage() as here, ExitStack() as open_ones:
        ports = [free_port(), free_port()]
        kinds = _over_http(here, *ports)
        hosts = opposites.start(here)
        kinds += [
            _Kind(name, one.about, one.settings, one.secrets, one.mapping, one.bare)
            for name, one in opposites.mirrors(hosts).items()
        ]
        kinds.append(open_ones.enter_context(_postgresql(here)))
        if is_installed():
            kinds.append(open_ones.enter_context(_mariadb(here.folder)))
        return asyncio.run(_measure(here, kinds, hosts, ports, number))


async def _measure(
    here: Stage,
    kinds: Sequence[_Kind],
    hosts: Mapping[str, str],
    ports: Sequence[int],
    number: int,
) -> list[Figure]:
    sockets = [
        f"{kind.settings['host']}:{kind.settings['port']}"
        for kind in kinds
        if "host" in kind.settings
    ]
    sockets += hosts.values()
    settings = settings_of(str(here.folder), here.urls.app, *ports, sockets=sockets)
    async with compose(settings, here.urls.app, pool=8).running() as candor:
        await make_people(candor, number)
        for port in ports:
            await is_there(port)
        exchange = exchange_for(candor)
        figures: list[Figure] = []
        for kind in kinds:
            bare = None if kind.bare is None else await kind.bare(candor, number)
            rate = await _delivered(exchange, kind, number)
            beside = None if bare is None else Baseline("a bare loop", [bare])
            figures.append(
                Figure(
                    "DELIVERIES",
                    f"{kind.adapter}: {kind.about}",
                    "/s",
                    [rate],
                    NO_GOAL,
                    beside,
                    extra={"people": number},
                )
            )
        for name, one in opposites.carriers(hosts).items():
            bare = await one.bare(candor, number)
            rate = await _carried(exchange, name, one, number)
            what = f"{name}: {one.about}"
            beside = Baseline("a bare loop", [bare])
            extra = {"people": number}
            figures.append(
                Figure("DELIVERIES", what, "/s", [rate], NO_GOAL, beside, extra=extra)
            )
        return figures


async def _carried(exchange: Exchange, name: str, to: Opposite, number: int) -> float:
    """Return how many messages a second an adapter hands over."""
    adapter = exchange.adapter(name)
    assert isinstance(adapter, Carrier)
    made = adapter.make({}) if isinstance(adapter, Maker) else dict[str, str]()
    line = Line(
        connection_id=new_id(),
        code=name,
        settings=to.settings,
        secrets={**made, **to.secrets},
        mapping=(),
        outbound=exchange.outbound,
        clock=exchange.clock,
        callback_url=f"{exchange.public_url}/hooks/{name}",
    )
    is_text = name == "sms"
    messages = [
        Message(
            ticket=Ticket(new_id(), 1, 1),
            to=Pii(opposites.number_of(place) if is_text else f"p{place}@example.org"),
            locale="en",
            subject="" if is_text else "News",
            text="News",
        )
        for place in range(number)
    ]
    size, began = adapter.spec.at_once, perf_counter()
    for start in range(0, number, size):
        outcomes = await adapter.carry(line, messages[start : start + size])
        if not all(isinstance(one, Taken) for one in outcomes):
            raise RuntimeError(f"{name}: {outcomes[0]}")
    return number / (perf_counter() - began)


async def _delivered(exchange: Exchange, kind: _Kind, number: int) -> float:
    """Return how many people a second a new connection is told of."""
    connection = await connect(
        exchange, kind.adapter, kind.settings, secrets=kind.secrets, mapping=kind.mapping
    )
    began, done = perf_counter(), 0
    await routing.follow(exchange, connection.connection_id)
    while done < number:
        await routing.sweep(exchange, connection.connection_id)
        some = await delivering.deliver(exchange, connection.connection_id)
        while some.count:
            done += some.acknowledged
            if some.parked:
                raise RuntimeError(f"{kind.adapter}: {some.parked} deliveries are parked")
            some = await delivering.deliver(exchange, connection.connection_id)
        if perf_counter() - began > _LONGEST_SECONDS:
            async with exchange.database.read("bench") as tx:
                health = await reading.health_of(
                    tx, connection.connection_id, clock=exchange.clock
                )
            told = f"{done} of {number} in half an hour: {health.problem}"
            raise RuntimeError(f"{kind.adapter}: {told}")
    return number / (perf_counter() - began)


# ------------------------------------------------------------------ over HTTP
def _over_http(here: Stage, port: int, room: int) -> list[_Kind]:
    here.start("destination", "bench.corresponding", "serve", str(port))
    here.start(
        "room", "bench.corresponding", "room", str(room), str(here.folder / "room"), _TOKEN
    )
    url, base = f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{room}"

    async def post(candor: Candor, number: int) -> float:
        async def one(place: int) -> None:
            await candor.outbound.request("POST", url, json=_said(place))

        return await in_lanes(one, number)

    async def subscribe(candor: Candor, number: int) -> float:
        async def one(place: int) -> None:
            await _subscribed(candor, base, place)

        rate = await in_lanes(one, number)
        for start in range(1, number + 1):
            await candor.outbound.request(
                "DELETE", f"{base}/api/subscribers/{start}", headers=_proof()
            )
        return rate

    return [
        _Kind("sink", "100 people a call"),
        _Kind("post", "one request a person", {"url": url}, bare=post),
        _Kind(
            "webhook",
            "one signed request a person",
            {"url": url},
            {"secret": _SECRET},
            bare=post,
        ),
        _Kind(
            "listmonk",
            "found, made, put on a list",
            {"base_url": base, "user": USER},
            {"token": _TOKEN},
            _LISTED,
            subscribe,
        ),
    ]


def _said(place: int) -> dict[str, object]:
    return {
        "act": "put",
        "id": None,
        "keys": {"mail": f"p{place}@example.org"},
        "facts": {"first_name": f"Ada {place}"},
        "choices": {"news": True},
    }


def _proof() -> dict[str, str]:
    return {"authorization": f"token {USER}:{_TOKEN}"}


async def _subscribed(candor: Candor, base: str, place: int) -> None:
    made = await candor.outbound.request(
        "POST",
        f"{base}/api/subscribers",
        headers=_proof(),
        json={"email": f"p{place}@example.org", "name": f"Ada {place}", "status": "enabled"},
    )
    number = cast("dict[str, Any]", made.json())["data"]["id"]
    body: dict[str, object] = {
        "ids": [number],
        "action": "add",
        "target_list_ids": [1],
        "status": "confirmed",
    }
    await candor.outbound.request(
        "PUT", f"{base}/api/subscribers/lists", headers=_proof(), json=body
    )


# ------------------------------------------------------------------ databases
@contextmanager
def _postgresql(here: Stage) -> Generator[_Kind]:
    folder = here.urls.owner.split("host=", 1)[1]
    server = here.urls.owner.split("?", 1)[0].rsplit("/", 1)[0]
    with psycopg.connect(f"{server}/postgres?host={folder}", autocommit=True) as owner:
        owner.execute("CREATE DATABASE crm")
        owner.execute(f"CREATE ROLE {_USER} LOGIN PASSWORD '{_WORD}'")
    with psycopg.connect(f"{server}/crm?host={folder}", autocommit=True) as owner:
        serial = "bigint GENERATED BY DEFAULT AS IDENTITY"
        owner.execute(_TABLE.format(serial=serial, boolean="boolean").encode())
        owner.execute(f"GRANT ALL ON contacts TO {_USER}")

        async def bare(candor: Candor, number: int) -> float:
            del candor

            def insert() -> float:
                began = perf_counter()
                for place in range(number):
                    owner.execute(_INSERT, (f"p{place}@example.org", f"Ada {place}", True))
                rate = number / (perf_counter() - began)
                owner.execute(_EMPTY)
                return rate

            return await asyncio.to_thread(insert)

        yield _in_table("postgresql", {"host": folder, "port": "5432"}, bare)


@contextmanager
def _mariadb(folder: Path) -> Generator[_Kind]:
    place = folder / "maria"
    place.mkdir()
    server = OwnMariaDB(place)
    server.start()
    try:
        owner = pymysql.connect(unix_socket=str(server.socket), user="root", autocommit=True)
        with owner, owner.cursor() as cursor:
            cursor.execute("CREATE DATABASE crm")
            cursor.execute("USE crm")
            serial = "bigint AUTO_INCREMENT"
            cursor.execute(_TABLE.format(serial=serial, boolean="tinyint(1)"))
            cursor.execute(f"CREATE USER {_USER}@'%' IDENTIFIED BY '{_WORD}'")
            cursor.execute(f"GRANT ALL ON crm.* TO {_USER}@'%'")

            async def bare(candor: Candor, number: int) -> float:
                del candor

                def insert() -> float:
                    began = perf_counter()
                    for place in range(number):
                        cursor.execute(_INSERT, (f"p{place}@example.org", f"Ada {place}", 1))
                    rate = number / (perf_counter() - began)
                    cursor.execute(_EMPTY)
                    return rate

                return await asyncio.to_thread(insert)

            yield _in_table("mariadb", {"host": str(server.socket), "port": "3306"}, bare)
    finally:
        server.stop()


def _in_table(
    adapter: str, where: Mapping[str, str], bare: Callable[[Candor, int], Awaitable[float]]
) -> _Kind:
    settings = {
        **where,
        "database": "crm",
        "user": _USER,
        "tls": "off",
        "table": "contacts",
        "id_column": "contact_id",
        "version_column": "version",
        "removing": "delete",
    }
    about = "one transaction a person"
    return _Kind(adapter, about, settings, {"password": _WORD}, _COLUMNS, bare)
