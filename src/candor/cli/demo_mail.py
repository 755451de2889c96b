"""The demo's mail platform: a small listmonk in a process of its own, connected in both directions.

It runs as a process of `candor run` and ends with it; the first page does not wait for it.
"""

import asyncio
import os
import secrets
from contextlib import closing
from datetime import timedelta
from importlib.resources import files
from threading import Event, Thread
from typing import Final
from uuid import UUID

from candor.app import Candor
from candor.app.exchanging import exchange_of
from candor.cli.place import reached, services
from candor.demo import mail_page
from candor.demo.mailroom import Mailroom
from candor.domain.audit.model import Actor
from candor.domain.connections.model import document as documents
from candor.domain.connections.model.connection import Connection, State
from candor.domain.connections.model.document import Document
from candor.domain.connections.service import applying, connecting, steering
from candor.domain.governance import service as vendors
from candor.domain.governance.errors import NoSuchVendor
from candor.domain.governance.model import Transfer, Wanted
from candor.infra.db.pool import Tx
from candor.infra.settings import Settings
from candor.kernel.clock import SystemClock

_ACTOR: Final = Actor.machine("demo")
_DOCUMENT: Final = "brieftaube.toml"
_HOST: Final = "127.0.0.1"
_BESIDE: Final = 30  # its port is that many above the one of the pages
_CONTRACT: Final = timedelta(days=730)


def place_of(settings: Settings) -> str:
    """Return host and port where it listens: for CANDOR_OUTBOUND_HOSTS, and for browsers."""
    return f"{_HOST}:{settings.port + _BESIDE}"


def serve(settings: Settings) -> None:
    """Run the platform and connect it, until we are told to stop.

    Raises:
        OSError: its port is in use.
    """
    folder = settings.home / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    token = _token(settings)
    room = Mailroom(SystemClock(), token, folder / "mailroom.sqlite3")
    with closing(room), mail_page.serve(room, settings.port + _BESIDE) as server:
        Thread(target=server.serve_forever, name="mailroom", daemon=True).start()
        try:
            asyncio.run(_connect(settings, token))
            Event().wait()
        finally:
            server.shutdown()


def _token(settings: Settings) -> str:
    """Return what Candor proves itself with there; made the first time."""
    file = settings.home / "keys" / "demo_mail_token"
    if not file.exists():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as written:
            written.write(secrets.token_hex(20))
    return file.read_text(encoding="ascii")


async def _connect(settings: Settings, token: str) -> None:
    """Bring vendor and connection to what their file says, and start it the first time."""
    text = (files("candor.demo.connections") / _DOCUMENT).read_text(encoding="utf-8")
    address = {"base_url": f"http://{place_of(settings)}"}
    document = documents.with_settings(documents.read(text), address)
    with reached(settings) as place:
        async with services(place) as candor:
            connection = await _applied(candor, document, token)
            # Whoever paused or stopped it meant that.
            if connection.state is State.DRAFT:
                async with candor.database.tx("demo") as tx:
                    found = await connecting.find(tx, connection.connection_id)
                    await steering.start(
                        tx, found.connection_id, actor=_ACTOR, clock=candor.clock
                    )


async def _applied(candor: Candor, document: Document, token: str) -> Connection:
    async with candor.database.tx("demo") as tx:
        done = await applying.apply(
            tx,
            document,
            secrets={"token": token},
            vendor_id=await _vendor(tx, candor, document),
            actor=_ACTOR,
            exchange=exchange_of(candor),
        )
    return done.connection


async def _vendor(tx: Tx, candor: Candor, document: Document) -> UUID | None:
    """Return the vendor's record; made the first time, with a contract of two years."""
    code = document.vendor
    if code is None:
        return None
    try:
        return (await vendors.by_code(tx, code)).vendor_id
    except NoSuchVendor:
        wanted = Wanted(
            name=document.name,
            country="DE",
            transfer=Transfer.INSIDE,
            contact="privacy@brieftaube.example",
            contract="Contracts / Brieftaube / Article 28",
            contract_until=(candor.clock.now() + _CONTRACT).date(),
        )
        return await vendors.add(tx, code, wanted, actor=_ACTOR, clock=candor.clock)
