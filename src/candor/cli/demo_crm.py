"""The demo's CRM database: a MariaDB in the data folder, connected in both directions.

It runs as a process of `candor run` and ends with it. The first page does not wait for it; a
machine without MariaDB has a demo without it.
"""

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from rich.table import Table

from candor.app import Candor
from candor.app.exchanging import exchange_of
from candor.cli.place import reached, services
from candor.cli.screen import out
from candor.demo import crm
from candor.domain.audit.model import Actor
from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model import document as documents
from candor.domain.connections.model.connection import Connection, State
from candor.domain.connections.service import applying, connecting, preparing, steering
from candor.domain.connections.service.exchange import Exchange
from candor.infra.mariadb_server import NoMariaDB, OwnMariaDB, folder_in
from candor.infra.settings import Settings
from candor.infra.sql import SqlFailed

_ACTOR: Final = Actor.machine("demo")
_SETUP_DONE: Final = f"SHOW TABLES FROM {crm.DATABASE} LIKE 'contacts_candor_change'"


class NotRunning(NoMariaDB):
    """The demo's CRM database does not run."""

    code = "cli.crm_not_running"
    default_hint = "Start the demo with `candor run`; it needs mariadb-server on this machine."


def serve(settings: Settings) -> None:
    """Run the database and connect it, until we are told to stop.

    Raises:
        NoMariaDB: it does not come up.
    """
    server = OwnMariaDB(folder_in(settings.home))
    try:
        server.start()
        _make(server, _password(settings))
        asyncio.run(_connect(settings, server))
        while server.is_running:
            time.sleep(0.5)
    finally:
        server.stop()


def show(settings: Settings, statement: str) -> None:
    """Do a statement in the CRM database and print its rows; none: open a client there.

    Raises:
        NotRunning: it does not run, or there is no client program.
        BadConnection: the database does not understand the statement.
    """
    server = OwnMariaDB(folder_in(settings.home))
    if not statement:
        _open_client(server)
    try:
        session = server.session(crm.DATABASE)
    except SqlFailed:
        raise NotRunning from None
    try:
        _print(session.table(statement))
    except SqlFailed as failed:
        message = f"The database does not do that ({failed.problem})."
        raise BadConnection(message) from None
    finally:
        session.close()


def _open_client(server: OwnMariaDB) -> None:
    client = shutil.which("mariadb")
    if client is None or not server.socket.exists():
        raise NotRunning
    os.execv(  # noqa: S606 - MariaDB's own program takes our place
        client, [client, "--no-defaults", f"--socket={server.socket}", crm.DATABASE]
    )


def _print(found: tuple[Sequence[str], Sequence[Sequence[object]]]) -> None:
    names, rows = found
    if not names:
        out.print("done")
        return
    table = Table(*names, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*("NULL" if one is None else str(one) for one in row))
    out.print(table)


# ------------------------------------------------------------------ making
def _password(settings: Settings) -> str:
    """Return what Candor proves itself with there; made the first time."""
    file = settings.home / "keys" / "demo_crm_password"
    if not file.exists():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as written:
            written.write(secrets.token_hex(20))
    return file.read_text(encoding="ascii")


def _make(server: OwnMariaDB, password: str) -> None:
    """Make database, table and user, as whoever runs a CRM would have."""
    session = server.session()
    try:
        session.change(f"CREATE DATABASE IF NOT EXISTS {crm.DATABASE}")
        session.change(f"USE {crm.DATABASE}")
        for statement in crm.TABLES:
            session.change(statement)
        session.change(f"CREATE OR REPLACE USER {crm.USER}@'%%' IDENTIFIED BY %s", (password,))
    finally:
        session.close()


async def _connect(settings: Settings, server: OwnMariaDB) -> None:
    """Bring the connection to what its file says, prepare the table for it, and start it."""
    text = (files("candor.demo.connections") / crm.DOCUMENT).read_text(encoding="utf-8")
    document = documents.with_settings(documents.read(text), {"host": str(server.socket)})
    given = {"password": _password(settings)}
    with reached(settings) as place:
        async with services(place) as candor:
            exchange = exchange_of(candor)
            async with candor.database.tx("demo") as tx:
                done = await applying.apply(
                    tx, document, secrets=given, vendor_id=None, actor=_ACTOR, exchange=exchange
                )
            _prepare(server, done.connection, exchange)
            await _start(candor, done.connection)


def _prepare(server: OwnMariaDB, connection: Connection, exchange: Exchange) -> None:
    """Run what the adapter prints: change table and triggers once, grants each time."""
    session = server.session(crm.DATABASE)
    try:
        is_done = bool(session.rows(_SETUP_DONE))
        for statement in preparing.statements(connection, exchange):
            if not is_done or statement.startswith("GRANT"):
                session.change(statement)
    finally:
        session.close()


async def _start(candor: Candor, connection: Connection) -> None:
    """Start it when it was never started: whoever paused or stopped it meant that."""
    if connection.state is not State.DRAFT:
        return
    async with candor.database.tx("demo") as tx:
        found = await connecting.find(tx, connection.connection_id)
        await steering.start(tx, found.connection_id, actor=_ACTOR, clock=candor.clock)
